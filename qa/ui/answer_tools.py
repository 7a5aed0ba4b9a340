"""What can be done with an answer that is there: copied, judged and why. As HTML."""

from __future__ import annotations

from typing import get_args

from qa.conversations import Judgement
from qa.export import cited_text, plain_text
from qa.ui.markup import button, escaped
from qa.ui.reopened import asked_of
from qa.ui.session import Exchange
from qa.ui.texts import Texts

MAX_REASON_CHARS = 500

THUMB = (
    '<svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" focusable="false"><path fill="none"'
    ' stroke="currentColor" stroke-width="2" stroke-linejoin="round" d="M7 10v11H3V10h4zm0 0 4-8c1.7 0 3 1.3 3 3v4h6'
    'c1.2 0 2.2 1.1 2 2.3l-1.4 8c-.2 1-1 1.7-2 1.7H7"/></svg>'
)


def tools_html(exchange: Exchange, place: int, say: Texts) -> str:
    """Return the buttons below an answer; none while there is nothing to copy or judge."""
    if not exchange.done or not (exchange.answer or exchange.written):
        return ""
    asked = asked_of(exchange, say)
    copies = _copy(say("copy"), plain_text(asked, say.told), say)
    if exchange.citations:
        copies += _copy(say("copy_cited"), cited_text(asked, say.told), say)
    thumbs = "".join(_thumb(exchange, place, verdict, say) for verdict in get_args(Judgement))
    return f'<div class="answer-tools">{copies}<span class="thumbs" role="group">{thumbs}</span></div>'


def _copy(name: str, text: str, say: Texts) -> str:
    return (
        f'<button type="button" class="tool" data-copy="{escaped(text)}" data-done="{say("copied")}"'
        f' data-failed="{say("not_copied")}">{name}</button>'
    )


def _thumb(exchange: Exchange, place: int, verdict: Judgement, say: Texts) -> str:
    label = say("good_answer" if verdict == "up" else "bad_answer")
    pressed = "true" if exchange.verdict == verdict else "false"
    return (
        f'<button type="button" class="tool thumb {verdict}" data-event="judge" data-turn="{place}"'
        f' data-item="{verdict}" aria-pressed="{pressed}" aria-label="{label}" title="{label}">{THUMB}</button>'
    )


def reason_html(exchange: Exchange, place: int, say: Texts) -> str:
    """Return the field for the reason of a judgement, where there is one."""
    if exchange.verdict is None:
        return ""
    label = say("why_good" if exchange.verdict == "up" else "why_bad")
    return (
        f'<div class="why"><input type="text" class="reason" data-turn="{place}" value="{escaped(exchange.reason)}"'
        f' maxlength="{MAX_REASON_CHARS}" dir="auto" aria-label="{label}" placeholder="{label}">'
        f"{button('tool', 'because', say('save'), turn=place)}"
        f'<span role="status">{say("saved") if exchange.reason else ""}</span></div>'
    )
