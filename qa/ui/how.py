"""An answer in, the HTML that tells how it was made: what was searched, found, decided and sent to the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from embeddings.types import Document, Hit
from qa.explain import decision, signals_in_words
from qa.types import Answer
from qa.ui.markup import button, counted, escaped
from qa.ui.places import source_name

if TYPE_CHECKING:
    from qa.ui.session import Exchange

TIMES = {
    "retrieve": "to find passages",
    "gate": "until it was decided whether to answer",
    "first_token": "until the first word",
    "total": "in all",
}


def how_html(exchange: Exchange, place: int, *, can_ask: bool) -> str:
    """Return the folded account of an answer; empty while there is none. `can_ask`: it can be asked again."""
    answer = exchange.answer
    if answer is None:
        return ""
    parts = [
        ("Searched for", _search(exchange, answer, place, can_ask=can_ask)),
        ("Found", _hits(answer, exchange.documents)),
        ("Decided", _decision(exchange, answer)),
        (f"Sent to {answer.model}", _prompts(answer)),
        ("Took", _times(answer.timings_s)),
    ]
    rows = "".join(f"<dt>{escaped(name)}</dt><dd>{inner}</dd>" for name, inner in parts if inner)
    return (
        f'<details class="how" data-turn="{place}"><summary>How this answer was made</summary><dl>{rows}</dl></details>'
    )


def _search(exchange: Exchange, answer: Answer, place: int, *, can_ask: bool) -> str:
    searched = exchange.searched
    text = f"<p>{escaped(answer.search_text)}</p>"
    if exchange.alone:
        return f"{text}<p>Asked without the conversation before it.</p>"
    if searched is None or not searched.added:
        return text
    without = button("tool", "alone", "Ask again without it", turn=place) if can_ask else ""
    return f"{text}<p>Of this, “{escaped(searched.added)}” came from the conversation. {without}</p>"


def _hits(answer: Answer, documents: Mapping[str, Document]) -> str:
    if not answer.hits:
        return "<p>No passage.</p>"
    rows = "".join(_hit(hit, documents) for hit in answer.hits)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Passage", "Meaning", "Words", "Together"))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Passages with their scores"><table><thead><tr>{head}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
        "<p>Meaning is the cosine of question and passage, Words their BM25 score; Together is the average of "
        "both, each spread to 0 to 1.</p>"
    )


def _hit(hit: Hit, documents: Mapping[str, Document]) -> str:
    passage = hit.passage
    name = source_name(documents.get(passage.doc_id), passage.start)
    scores = (hit.dense_score, hit.word_score, hit.score)
    cells = "".join("<td>none</td>" if score is None else f"<td>{score:.2f}</td>" for score in scores)
    return f'<tr><th scope="row">{hit.rank}. {escaped(name)}, from character {passage.start:,}</th>{cells}</tr>'


def _decision(exchange: Exchange, answer: Answer) -> str:
    if exchange.gate is None or not answer.signals:
        return ""
    seen = "".join(f"<li>{escaped(text)}</li>" for text in signals_in_words(answer.signals))
    return f"<p>{escaped(decision(answer, exchange.gate, exchange.strictness))}</p><ul>{seen}</ul>"


def _prompts(answer: Answer) -> str:
    names = ("First, whether the passages state the answer", "Then, the answer")
    parts = [
        f'<p>{name}</p><pre tabindex="0" role="region" aria-label="{name}">{escaped(prompt)}</pre>'
        for name, prompt in zip(names, answer.prompts, strict=False)
    ]
    n_more = 2 - len(answer.prompts)
    left = "<p>The answer itself was not asked for.</p>" if parts and n_more == 1 else ""
    return "".join(parts) + left


def _times(timings_s: Mapping[str, float]) -> str:
    told = [f"<li>{timings_s[name]:.2f} s {words}</li>" for name, words in TIMES.items() if name in timings_s]
    return f"<ul>{''.join(told)}</ul>" if told else ""


def searched_html(exchange: Exchange, answer: Answer) -> str:
    """Return what was searched for an answer that could not be given."""
    n_hits = counted(exchange.n_passages, "passage")
    where = counted(len(exchange.documents), "document")
    return (
        f'<p class="searched">Searched {where} for “{escaped(answer.search_text)}” '
        f"and looked into the best {n_hits}.</p>"
    )
