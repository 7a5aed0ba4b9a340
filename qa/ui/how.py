"""An answer in, the HTML that tells how it was made: what was searched, found, decided and sent to the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from embeddings.types import Document, Hit
from qa.explain import decision, signals_in_words
from qa.gate import CLAIMED, Gate
from qa.support import fitted_checker
from qa.types import Answer
from qa.ui.markup import button, escaped, own_words
from qa.ui.places import source_name
from qa.ui.texts import Texts

if TYPE_CHECKING:
    from qa.ui.session import Exchange

TIMES = {
    "retrieve": "took_retrieve",
    "gate": "took_gate",
    "first_token": "took_first",
    "total": "took_total",
}
"""The keys of the texts."""


def how_html(exchange: Exchange, place: int, say: Texts, *, can_ask: bool) -> str:
    """Return the folded account of an answer; empty while there is none. `can_ask`: it can be asked again."""
    answer = exchange.answer
    if answer is None:
        return ""
    parts = [
        (say("searched_for"), _search(exchange, answer, place, say, can_ask=can_ask)),
        (say("found"), _found(exchange, say)),
        (say("decided"), _decision(exchange, answer, say)),
        (say("marks"), _worth(answer, say)),
        (say("sent_to", model=answer.model), _prompts(answer, say) or _not_kept(exchange, answer, say)),
        (say("took"), _times(answer.timings_s, say)),
    ]
    rows = "".join(f"<dt>{escaped(name)}</dt><dd>{inner}</dd>" for name, inner in parts if inner)
    return f'<details class="how" data-turn="{place}"><summary>{say("how_made")}</summary><dl>{rows}</dl></details>'


def _search(exchange: Exchange, answer: Answer, place: int, say: Texts, *, can_ask: bool) -> str:
    searched = exchange.searched
    text = f"<p>{escaped(answer.search_text)}</p>"
    if exchange.alone:
        return f"{text}<p>{say('asked_alone')}</p>"
    if searched is None or not searched.added:
        return text
    without = button("tool", "alone", say("ask_without"), turn=place) if can_ask else ""
    return f"{text}<p>{say('of_this', added=own_words(searched.added))} {without}</p>"


def _worth(answer: Answer, say: Texts) -> str:
    """Return how often the marks are right, where there are any."""
    if not answer.sentences:
        return ""
    checker = fitted_checker(by_head=CLAIMED in answer.signals)
    return f"<p>{escaped(say('marks_worth', accepted=checker.accepted, missed=1.0 - checker.told))}</p>"


def _found(exchange: Exchange, say: Texts) -> str:
    if exchange.unchecked or (exchange.n_gone and not exchange.hits):
        return gone_passages_html(exchange, say)
    return _hits(exchange.hits, exchange.documents, say) + gone_passages_html(exchange, say)


def gone_passages_html(exchange: Exchange, say: Texts) -> str:
    """Return how many of the passages found can still be shown, where some cannot."""
    if not exchange.n_gone:
        return ""
    return f"<p>{say('still_shown', n=len(exchange.hits), n_found=len(exchange.hits) + exchange.n_gone)}</p>"


def _hits(hits: Sequence[Hit], documents: Mapping[str, Document], say: Texts) -> str:
    if not hits:
        return f"<p>{say('no_passage')}</p>"
    rows = "".join(_hit(hit, documents, say) for hit in hits)
    head = "".join(f'<th scope="col">{say(key)}</th>' for key in ("passage", "meaning", "words", "together"))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{say("scores")}"><table><thead><tr>{head}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p>{say('scores_help')}</p>"
    )


def _hit(hit: Hit, documents: Mapping[str, Document], say: Texts) -> str:
    passage = hit.passage
    name = source_name(documents.get(passage.doc_id), passage.start, say)
    scores = (hit.dense_score, hit.word_score, hit.score)
    cells = "".join(f"<td>{say('none')}</td>" if score is None else f"<td>{score:.2f}</td>" for score in scores)
    place = f"{hit.rank}. <bdi>{escaped(name)}</bdi>{say('from_character', start=passage.start)}"
    return f'<tr><th scope="row">{place}</th>{cells}</tr>'


def gate_of(exchange: Exchange, answer: Answer) -> Gate | None:
    """Return the gate that decided; None: it is not known any more."""
    return exchange.gate_of(answer.signals) if exchange.gate_of else None


def _decision(exchange: Exchange, answer: Answer, say: Texts) -> str:
    if not answer.signals:
        return ""
    seen = "".join(f"<li>{escaped(say.told(text))}</li>" for text in signals_in_words(answer.signals))
    decided = decision(answer, gate_of(exchange, answer), exchange.strictness)
    return f"<p>{escaped(say.told(decided))}</p><ul>{seen}</ul>"


def _prompts(answer: Answer, say: Texts) -> str:
    names = (say("first_prompt"), say("second_prompt"))
    parts = [
        f'<p>{name}</p><pre tabindex="0" role="region" aria-label="{name}">{escaped(prompt)}</pre>'
        for name, prompt in zip(names, answer.prompts, strict=False)
    ]
    left = f"<p>{say('not_asked_for')}</p>" if len(parts) == len(names) - 1 else ""
    return "".join(parts) + left


def _not_kept(exchange: Exchange, answer: Answer, say: Texts) -> str:
    return f"<p>{say('prompts_not_kept')}</p>" if exchange.kept and answer.model else ""


def _times(timings_s: Mapping[str, float], say: Texts) -> str:
    told = [f"<li>{say(key, seconds=timings_s[name])}</li>" for name, key in TIMES.items() if name in timings_s]
    return f"<ul>{''.join(told)}</ul>" if told else ""


def searched_html(exchange: Exchange, answer: Answer, say: Texts) -> str:
    """Return what was searched for an answer that could not be given; of a kept one as much as was kept."""
    n_documents = exchange.kept.n_documents if exchange.kept else len(exchange.documents)
    text = own_words(answer.search_text)
    if n_documents is None:
        told = say("was_searched_for", text=text)
    else:
        told = say("was_searched", where=say("n_documents", n=n_documents), text=text)
    return f'<p class="searched">{told}</p>'
