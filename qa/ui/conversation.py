"""A conversation in, the HTML of it out, one string for each exchange; nothing of it but the marks is alive.

Sentences that the documents do not support are marked by an underline's shape and by words, never by colour
alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from embeddings.types import Document, Hit
from qa.settings import looser
from qa.types import Answer, AnswerSentence, Citation, State
from qa.ui.answer_tools import reason_html, tools_html
from qa.ui.how import how_html, searched_html
from qa.ui.markup import button, counted, escaped
from qa.ui.places import source_name
from qa.ui.session import Exchange
from qa.ui.since import since_html
from qa.ui.texts import ENGLISH, Texts

SNIPPET_CHARS = 150
FLAGS: Mapping[State, tuple[str, str]] = {
    "unsupported": ("?", "not in the documents"),
    "contradicted": ("≠", "differs from the source"),
}
"""Sign and words that follow a sentence in this state."""


def conversation_html(
    exchanges: Sequence[Exchange], examples: Sequence[str], running: bool, say: Texts = ENGLISH
) -> list[str]:
    """Return the HTML of each exchange, or of the opening view where there is none."""
    if not exchanges:
        return [_opening(examples)]
    last = len(exchanges) - 1
    return [
        _exchange(exchange, place, say, is_last=place == last, running=running)
        for place, exchange in enumerate(exchanges)
    ]


def _opening(examples: Sequence[str]) -> str:
    buttons = "".join(
        f"<li>{button('example', 'example', escaped(text), item=place)}</li>" for place, text in enumerate(examples)
    )
    tried = f'<p class="try">For example</p><ul class="examples">{buttons}</ul>' if examples else ""
    return (
        '<section class="opening"><h2>What would you like to know?</h2>'
        "<p>Answers come from the documents alone. Each sentence carries a numbered mark: "
        "it opens the source beside it, at the exact words.</p>"
        f"{tried}</section>"
    )


def _exchange(exchange: Exchange, place: int, say: Texts, *, is_last: bool, running: bool) -> str:
    edit = button("tool", "revise", "Edit", turn=place, label="Edit this question")
    retry = button("tool", "again", "Try again", turn=place, label="Answer this question again")
    tools = "" if running else edit
    can_ask = is_last and not running
    again = retry if can_ask else ""
    return (
        f'<article class="exchange" data-turn="{place}">'
        f'<div class="asked"><h2 class="question" dir="auto">{escaped(exchange.question)}</h2>{tools}</div>'
        f'<div class="replied">{_found(exchange, place)}{_asked_with(exchange)}'
        f"{_reply(exchange, place, can_ask=can_ask)}{_trouble(exchange)}{since_html(exchange, say)}"
        f'<div class="after">{_facts(exchange)}{tools_html(exchange, place, say)}{again}</div>'
        f"{reason_html(exchange, place, say)}"
        f"{how_html(exchange, place, can_ask=can_ask)}</div></article>"
    )


def _found(exchange: Exchange, place: int) -> str:
    """Return the passages that were found: open until the answer's first words, folded afterwards."""
    searched = exchange.searched
    if searched is None:
        return ""
    opened = "" if exchange.written or exchange.done else " open"
    rows = "".join(_hit(hit, exchange.documents, place) for hit in searched.hits)
    added = (
        f'<p class="added">Searched together with what you asked before: “{escaped(searched.added)}”</p>'
        if searched.added
        else ""
    )
    return (
        f'<details class="found" data-turn="{place}"{opened}><summary>{counted(len(searched.hits), "passage")}'
        f" found</summary>{added}<ol>{rows}</ol></details>"
    )


def _hit(hit: Hit, documents: Mapping[str, Document], place: int) -> str:
    passage = hit.passage
    words = " ".join(passage.text.split())
    snippet = words if len(words) <= SNIPPET_CHARS else f"{words[:SNIPPET_CHARS].rsplit(' ', 1)[0]} …"
    name = source_name(documents.get(passage.doc_id), passage.start)
    inner = f'<span class="from">{escaped(name)}</span><span class="snippet">{escaped(snippet)}</span>'
    return f"<li>{button('passage', 'passage', inner, turn=place, item=hit.rank)}</li>"


def _asked_with(exchange: Exchange) -> str:
    """Return what was set for this question alone."""
    told = []
    if exchange.loosened:
        told.append(f"Asked at “{exchange.strictness.capitalize()}”, for this question alone.")
    if exchange.alone:
        told.append("Asked without the conversation before it.")
    return f'<p class="asked-with">{" ".join(told)}</p>' if told else ""


def _reply(exchange: Exchange, place: int, *, can_ask: bool) -> str:
    answer = exchange.answer
    if answer is not None and answer.status == "not_found":
        return _refusal(answer, exchange, place, can_ask=can_ask)
    if answer is not None:
        return f'<div class="answer">{_sentences(answer.sentences, answer.text, exchange, place)}</div>'
    if exchange.written:
        caret = "" if exchange.done else '<span class="caret" aria-hidden="true"></span>'
        text = _sentences(exchange.sentences, exchange.written, exchange, place)
        return f'<div class="answer">{text}{caret}</div>'
    if exchange.done:
        return ""
    before = f", {counted(exchange.n_before, 'question')} before it" if exchange.n_before else ""
    doing = "Searching the documents" if exchange.started else f"Waiting its turn{before}"
    if exchange.searched is not None:
        doing = "Reading what was found"
    return f'<p class="waiting"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>{doing}</p>'


def _sentences(sentences: Sequence[AnswerSentence], text: str, exchange: Exchange, place: int) -> str:
    """Return the text with its sentences marked; what comes between and after them stays as it is."""
    parts: list[str] = []
    reached = 0
    for sentence in sentences:
        # A sentence is kept with single spaces; the text may have line breaks in their place.
        words = r"\s+".join(map(re.escape, sentence.text.split()))
        if place_in_text := re.compile(words).search(text, reached):
            parts.append(escaped(text[reached : place_in_text.start()]))
            reached = place_in_text.end()
        elif parts:
            parts.append(" ")
        parts.append(_sentence(sentence, exchange, place))
    return "".join([*parts, escaped(text[reached:])])


def _sentence(sentence: AnswerSentence, exchange: Exchange, place: int) -> str:
    cited = [exchange.citation(label) for label in sentence.citations]
    marks = "".join(_mark(citation, exchange.documents, place) for citation in cited if citation)
    flag = ""
    if sentence.state in FLAGS:
        sign, words = FLAGS[sentence.state]
        flag = f'<span class="flag {sentence.state}"><span aria-hidden="true">{sign}</span> {words}</span>'
    text = escaped(sentence.text)
    return f'<span class="sentence {sentence.state}"><span class="words">{text}</span>{marks}{flag}</span>'


def _mark(citation: Citation, documents: Mapping[str, Document], place: int) -> str:
    """Return the numbered mark that opens a citation's source and shows its quote while it is pointed at."""
    name = source_name(documents.get(citation.doc_id), citation.start)
    return button(
        "citation",
        "cite",
        str(citation.label),
        turn=place,
        item=citation.label,
        label=f"Source {citation.label}: {name}",
        quote=citation.quote,
    )


def _refusal(answer: Answer, exchange: Exchange, place: int, *, can_ask: bool) -> str:
    text = answer.text or "The documents do not state this."
    nowhere = ""
    if answer.missing_words:
        words = ", ".join(f"<b>{escaped(word)}</b>" for word in answer.missing_words)
        nowhere = f'<p class="nowhere">In no document: {words}</p>'
    rows = "".join(_nearest(citation, exchange.documents, place) for citation in answer.citations)
    nearest = f'<p class="nearest">The nearest sentences</p><ol class="near">{rows}</ol>' if rows else ""
    return (
        '<div class="refusal"><p class="verdict"><span class="sign" aria-hidden="true">∅</span>'
        f" {escaped(text)}</p>"
        f"{nowhere}{searched_html(exchange, answer)}{nearest}{_offer(exchange, place) if can_ask else ''}</div>"
    )


def _offer(exchange: Exchange, place: int) -> str:
    """Return the offer to ask a refused question again at the next looser level."""
    level = looser(exchange.strictness)
    if level is None:
        return '<p class="offer">This is the level that refuses least.</p>'
    ask = button("tool", "looser", f"Ask again at “{level.capitalize()}”", turn=place)
    now = exchange.strictness.capitalize()
    return f'<p class="offer">{ask} It refuses less than “{now}”, so check the answer. For this question alone.</p>'


def _nearest(citation: Citation, documents: Mapping[str, Document], place: int) -> str:
    name = escaped(source_name(documents.get(citation.doc_id), citation.start))
    quote = f"<blockquote>{escaped(citation.quote)}</blockquote>"
    return f'<li>{quote}<span class="from">{name}</span>{_mark(citation, documents, place)}</li>'


def _trouble(exchange: Exchange) -> str:
    if exchange.error:
        return f'<p class="trouble">This answer broke off: {escaped(exchange.error)}</p>'
    if exchange.done and exchange.stopped:
        return '<p class="stopped"><span aria-hidden="true">■</span> Stopped</p>'
    return ""


def _facts(exchange: Exchange) -> str:
    """Return how long the answer took and who wrote it."""
    answer = exchange.answer
    if answer is None:
        return ""
    total_s = answer.timings_s.get("total")
    took = [f"{total_s:.1f} s"] if total_s is not None else []
    return f'<span class="facts">{" · ".join([*took, escaped(answer.model)])}</span>'
