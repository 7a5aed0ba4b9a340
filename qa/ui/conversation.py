"""A conversation in, the HTML of it out, one string for each exchange; nothing of it but the marks is alive.

Sentences that the documents do not support are marked by an underline's shape and by words, never by colour
alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter, is_

from embeddings.types import Document, Hit
from qa.explain import refused_for_its_words
from qa.settings import looser
from qa.types import Answer, AnswerSentence, Citation, State
from qa.ui.answer_tools import reason_html, tools_html
from qa.ui.how import gate_of, gone_passages_html, how_html, searched_html
from qa.ui.markup import button, escaped, own_words
from qa.ui.places import source_name, words_of
from qa.ui.session import Exchange
from qa.ui.since import since_html
from qa.ui.texts import ENGLISH, Texts
from qa.ui.uploads import MOST_MB

SNIPPET_CHARS = 150
FLAGS: Mapping[State, tuple[str, str]] = {
    "unsupported": ("?", "not_in_documents"),
    "contradicted": ("≠", "differs_from_source"),
}
"""Sign and the key of the words that follow a sentence in this state."""


def conversation_html(
    exchanges: Sequence[Exchange], examples: Sequence[str], running: bool, say: Texts = ENGLISH, why_not: str = ""
) -> list[str]:
    """Return the HTML of each exchange, or of the opening view where there is none.

    `why_not` is the key of why nothing can be asked.
    """
    if not exchanges:
        return [_opening(examples, say, why_not)]
    last = len(exchanges) - 1
    return [
        _drawn(exchange, place, say, is_last=place == last, running=running) for place, exchange in enumerate(exchanges)
    ]


def whole(number: int, html: Sequence[str]) -> list[str]:
    """Return the conversation as its script takes it; `number` tells this state of it from every other one."""
    return [str(number), "0", *html]


def from_last(number: int, html: Sequence[str]) -> list[str]:
    """Return its last exchange alone; the others are as they were in the state with this number.

    Gradio copies and compares a value many times before the page has it: one that changes often has to be small.
    """
    return [str(number), str(len(html) - 1), html[-1]]


_state_of = attrgetter(*(field.name for field in fields(Exchange) if field.name != "drawn"))


def _drawn(exchange: Exchange, place: int, say: Texts, *, is_last: bool, running: bool) -> str:
    """Return the HTML of an exchange; of one that is done it is made anew only where something has changed.

    While an answer is written this comes many times a second, in a long conversation for many exchanges.
    """
    state = (f"{place} {is_last} {running}", say, *_state_of(exchange))
    if exchange.done and exchange.drawn is not None:
        (before, *others), html = exchange.drawn
        if before == state[0] and all(map(is_, others, state[1:])):
            return html
    html = _exchange(exchange, place, say, is_last=is_last, running=running)
    exchange.drawn = (state, html) if exchange.done else None
    return html


def _opening(examples: Sequence[str], say: Texts, why_not: str) -> str:
    if why_not == "no_documents":
        return _empty(say)
    buttons = "".join(f"<li>{button('example', 'example', escaped(text))}</li>" for text in examples)
    tried = f'<p class="try">{say("for_example")}</p><ul class="examples">{buttons}</ul>' if examples else ""
    return f'<section class="opening"><h2>{say("what_to_know")}</h2><p>{say("how_it_answers")}</p>{tried}</section>'


def _empty(say: Texts) -> str:
    """Return what to do where there is no document."""
    choose = button("action", "pick", say("choose_files"))
    paste = button("tool", "paste", say("paste_a_text"))
    kinds = f"{say('kinds_read')} {say('largest_file', n=MOST_MB)}"
    return (
        f'<section class="opening empty"><h2>{say("first_documents")}</h2><p>{say("how_to_add")}</p>'
        f'<div class="begin">{choose}{paste}</div><p class="help">{kinds}</p></section>'
    )


def _exchange(exchange: Exchange, place: int, say: Texts, *, is_last: bool, running: bool) -> str:
    edit = button("tool", "revise", say("edit"), turn=place, label=say("edit_question"))
    retry = button("tool", "again", say("try_again"), turn=place, label=say("answer_again"))
    tools = "" if running else edit
    can_ask = not running
    again = retry if can_ask and is_last else ""
    return (
        f'<article class="exchange" data-turn="{place}" data-number="{exchange.number}">'
        f'<div class="asked"><h2 class="question" dir="auto">{escaped(exchange.question)}</h2>{tools}</div>'
        f'<div class="replied">{_found(exchange, place, say)}{_asked_with(exchange, say)}'
        f"{_reply(exchange, place, say, can_ask=can_ask)}{_trouble(exchange, say)}{since_html(exchange, say)}"
        f'<div class="after">{_facts(exchange, say)}{tools_html(exchange, place, say)}{again}</div>'
        f"{reason_html(exchange, place, say)}"
        f"{how_html(exchange, place, say, can_ask=can_ask)}</div></article>"
    )


def _found(exchange: Exchange, place: int, say: Texts) -> str:
    """Return the passages that were found: open until the answer's first words, folded afterwards."""
    searched = exchange.searched
    if searched is None:
        return ""
    opened = "" if exchange.written or exchange.done else " open"
    rows = "".join(_hit(hit, exchange.documents, place, say) for hit in exchange.hits)
    added = (
        f'<p class="added">{say("searched_together", added=own_words(searched.added))}</p>' if searched.added else ""
    )
    return (
        f'<details class="found" data-turn="{place}"{opened}><summary>'
        f"{say('passages_found', n=len(exchange.hits) + exchange.n_gone)}</summary>{added}<ol>{rows}</ol>"
        f"{gone_passages_html(exchange, say)}</details>"
    )


def _hit(hit: Hit, documents: Mapping[str, Document], place: int, say: Texts) -> str:
    passage = hit.passage
    text = " ".join(passage.text.split())
    snippet = text if len(text) <= SNIPPET_CHARS else f"{text[:SNIPPET_CHARS].rsplit(' ', 1)[0]} …"
    name = source_name(documents.get(passage.doc_id), passage.start, say)
    inner = f'<bdi class="from">{escaped(name)}</bdi><span class="snippet">{escaped(snippet)}</span>'
    return f"<li>{button('passage', 'passage', inner, turn=place, item=hit.rank, words=words_of(passage))}</li>"


def _asked_with(exchange: Exchange, say: Texts) -> str:
    """Return what was set for this question alone."""
    told = []
    if exchange.loosened:
        told.append(say("asked_at", level=say(exchange.strictness)))
    if exchange.alone:
        told.append(say("asked_alone"))
    return f'<p class="asked-with">{" ".join(told)}</p>' if told else ""


def _reply(exchange: Exchange, place: int, say: Texts, *, can_ask: bool) -> str:
    answer = exchange.answer
    if answer is not None and answer.status == "not_found":
        return _refusal(answer, exchange, place, say, can_ask=can_ask)
    if answer is not None:
        return f'<div class="answer">{_sentences(answer.sentences, answer.text, exchange, place, say)}</div>'
    if exchange.written:
        caret = "" if exchange.done else '<span class="caret" aria-hidden="true"></span>'
        text = _sentences(exchange.sentences, exchange.written, exchange, place, say)
        return f'<div class="answer">{text}{caret}</div>'
    if exchange.done:
        return ""
    dots = '<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>'
    return f'<p class="waiting">{dots}{_doing(exchange, say)}</p>'


def _doing(exchange: Exchange, say: Texts) -> str:
    """Return what a question without any word of an answer waits for."""
    if not exchange.started:
        return say("waiting_behind", n=exchange.n_before) if exchange.n_before else say("waiting")
    if exchange.delayed:
        return say("waits_for_model")
    return say("searching" if exchange.searched is None else "reading")


def _sentences(sentences: Sequence[AnswerSentence], text: str, exchange: Exchange, place: int, say: Texts) -> str:
    """Return the text with its sentences marked; what comes between and after them stays as it is."""
    parts: list[str] = []
    reached = 0
    for sentence in sentences:
        if span := _span(sentence.text, text, reached):
            parts.append(escaped(text[reached : span[0]]))
            reached = span[1]
        elif parts:
            parts.append(" ")
        parts.append(_sentence(sentence, exchange, place, say))
    return "".join([*parts, escaped(text[reached:])])


def _span(sentence: str, text: str, start: int) -> tuple[int, int] | None:
    """Return where a sentence stands in the text, which may have line breaks where the sentence is kept with spaces."""
    here = len(text) - len(text[start:].lstrip())
    if text.startswith(sentence, here):  # nearly always, and many times as fast
        return here, here + len(sentence)
    found = re.compile(r"\s+".join(map(re.escape, sentence.split()))).search(text, start)
    return found.span() if found else None


def _sentence(sentence: AnswerSentence, exchange: Exchange, place: int, say: Texts) -> str:
    cited = [exchange.citation(label) for label in sentence.citations]
    marks = "".join(_mark(citation, exchange.documents, place, say) for citation in cited if citation)
    marks = f'<span class="marks">{marks}</span>' if marks else ""
    flag = ""
    if sentence.state in FLAGS:
        sign, key = FLAGS[sentence.state]
        flag = f'<span class="flag {sentence.state}"><span aria-hidden="true">{sign}</span> {say(key)}</span>'
    text = escaped(sentence.text)
    return f'<span class="sentence {sentence.state}"><span class="words">{text}</span>{marks}{flag}</span>'


def _mark(citation: Citation, documents: Mapping[str, Document], place: int, say: Texts) -> str:
    """Return the numbered mark that opens a citation's source and shows its quote while it is pointed at."""
    name = source_name(documents.get(citation.doc_id), citation.start, say)
    return button(
        "citation",
        "cite",
        str(citation.label),
        turn=place,
        item=citation.label,
        label=say("source_named", label=citation.label, name=name),
        quote=citation.quote,
        words=words_of(citation),
    )


def _refusal(answer: Answer, exchange: Exchange, place: int, say: Texts, *, can_ask: bool) -> str:
    nowhere = ""
    if answer.missing_words:
        words = say("comma").join(f"<bdi><b>{escaped(word)}</b></bdi>" for word in answer.missing_words)
        nowhere = f'<p class="nowhere">{say("in_no_document")} {words}</p>'
    rows = "".join(_nearest(citation, exchange.documents, place, say) for citation in answer.citations)
    nearest = f'<p class="nearest">{say("nearest")}</p><ol class="near">{rows}</ol>' if rows else ""
    offer = _offer(answer, exchange, place, say) if can_ask else ""
    return (
        '<div class="refusal"><p class="verdict"><span class="sign" aria-hidden="true">∅</span>'
        f" {say('refusal')}</p>{_withdrawn(exchange, place, say)}"
        f"{nowhere}{searched_html(exchange, answer, say)}{nearest}{offer}</div>"
    )


def _withdrawn(exchange: Exchange, place: int, say: Texts) -> str:
    """Return that something was written and withdrawn, and what, folded."""
    if not exchange.withdrawn:
        return ""
    return (
        f'<p class="withdrawing">{say("withdrawn")}</p><details class="withdrawn" data-turn="{place}">'
        f'<summary>{say("what_was_written")}</summary><p dir="auto">{escaped(exchange.withdrawn)}</p></details>'
    )


def _offer(answer: Answer, exchange: Exchange, place: int, say: Texts) -> str:
    """Return the offer to ask a refused question again at the next looser level, where that may change anything.

    It changes nothing where no gate refused, but a model that was told to.
    """
    if not answer.signals or refused_for_its_words(answer, gate_of(exchange, answer), exchange.strictness):
        return ""
    level = looser(exchange.strictness)
    if level is None:
        return f'<p class="offer">{say("refuses_least")}</p>'
    ask = button("tool", "looser", say("ask_again_at", level=say(level)), turn=place)
    return f'<p class="offer">{ask} {say("refuses_less", level=say(exchange.strictness))}</p>'


def _nearest(citation: Citation, documents: Mapping[str, Document], place: int, say: Texts) -> str:
    name = escaped(source_name(documents.get(citation.doc_id), citation.start, say))
    quote = f"<blockquote>{escaped(citation.quote)}</blockquote>"
    return f'<li>{quote}<bdi class="from">{name}</bdi>{_mark(citation, documents, place, say)}</li>'


def _trouble(exchange: Exchange, say: Texts) -> str:
    if exchange.error:
        return f'<p class="trouble">{escaped(say("broke_off", why=exchange.error))}</p>'
    if exchange.done and exchange.cut:
        return f'<p class="trouble">{say("cut_off")}</p>'
    if exchange.done and exchange.stopped:
        return f'<p class="stopped"><span aria-hidden="true">■</span> {say("stopped")}</p>'
    return ""


def _facts(exchange: Exchange, say: Texts) -> str:
    """Return how long the answer took and who wrote it."""
    answer = exchange.answer
    if answer is None:
        return ""
    total_s = answer.timings_s.get("total")
    took = [say("seconds", seconds=total_s)] if total_s is not None else []
    return f'<span class="facts">{" · ".join([*took, escaped(answer.model)])}</span>'
