"""What an answer cites and what else was found in, the sentences that belong to the answer, too, out: none, one or two.

A small model answers in one sentence what an article tells in three. Whether a sentence that is not cited belongs to
the answer is told by what the reader makes of it, whether it stands near what is cited, what the search made of it, and
what kind of question it is, in a logistic model that `python -m qa.fit_further` fits to evidence that people marked
(further.json). Knows nothing of engines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from embeddings.types import Sentence
from qa.evidence import Candidate
from qa.logistic import Logistic
from qa.prompt import wants_more
from qa.types import Citation
from qa.words import content_stems

N_BEST = 12
"""Sentences that are looked at, the best by the search. Of the best 6 alone, .02 less of ClapNQ's gold evidence was
cited for as many citations of SQuAD 2.0 beside it."""

MOST_WORDS = 60
"""The longest sentence that is quoted for this. With 40 .02 less of ClapNQ's gold evidence was cited."""

CLEARLY = 3.0
"""Log-odds above what is cited beyond which a sentence is no better for more of it."""

SECOND = 0.5
"""Least probability of a second sentence."""

NEAR = 600
"""Characters between a cited sentence and another one within which that is near it."""


_MEASURED = "many|much|long|old|far|often|tall|big|large|high|deep|fast|soon|wide|heavy|late|early"
_KINDS = "year|date|day|time|percentage|percent|number|age|century|month|decade|proportion|share|amount|rate"
_FIGURE = re.compile(rf"\b(how ({_MEASURED})|when|(what|which) ({_KINDS}))\b", re.IGNORECASE)
_OPEN = re.compile(
    rf"^\W*(who (is|are|was|were)|what (is|are|was|were|does|do|did)|where|why|how(?! ({_MEASURED})))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Further(Logistic):
    """The model; a sentence belongs to the answer from `threshold` on."""

    threshold: float


@dataclass(frozen=True, slots=True)
class Other:
    """A sentence that is not cited. `answered` is in log-odds what the reader makes of the question beside it."""

    candidate: Candidate
    answered: float


@dataclass(frozen=True, slots=True)
class Told:
    """A question, what its answer cites, what the reader makes at most of that and of all found, and the best score."""

    question: str
    cited: tuple[Citation, ...]
    cited_answered: float
    best_answered: float
    best_score: float


@lru_cache(maxsize=1)
def fitted_further() -> Further:
    """Return the model that ships with the program."""
    return Further(**json.loads(Path(__file__).with_name("further.json").read_text(encoding="utf-8")))


def may_belong(candidate: Candidate, cited: Sequence[Citation]) -> bool:
    """Return whether the candidate is not cited, here or where another document says the same, and is short enough."""
    sentence = candidate.sentence
    words = sentence.text.split()
    said = any(words == citation.quote.split() for citation in cited)
    return len(words) <= MOST_WORDS and not said and not is_cited(sentence, cited)


def is_cited(sentence: Sentence, cited: Sequence[Citation]) -> bool:
    """Return whether a character of the sentence is."""
    return any(max(gaps) < 0 for gaps in _gaps(sentence, cited))


def measures(other: Other, told: Told) -> dict[str, float]:
    """Return what the model looks at, by name."""
    asks_figure = bool(_FIGURE.search(told.question)) and not wants_more(told.question)
    answers = max(0.0, other.answered)
    return {
        "answered": other.answered,
        "answers": answers,
        "above_cited": min(max(0.0, other.answered - told.cited_answered), CLEARLY),
        "below_best": other.answered - told.best_answered,
        "near": float(any(max(gaps) < NEAR for gaps in _gaps(other.candidate.sentence, told.cited))),
        "relative_score": other.candidate.score / told.best_score if told.best_score > 0 else 1.0,
        "asks_figure": float(asks_figure),
        "figure_answers": asks_figure * answers,
        "is_open": float(bool(_OPEN.search(told.question)) and not asks_figure),
        "n_stems": float(len(content_stems(told.question))),
    }


def further_sentences(others: Sequence[Other], told: Told, model: Further | None = None) -> tuple[Sentence, ...]:
    """Return those of the others that belong to the answer, likeliest first: at most two that say different things."""
    model = model or fitted_further()
    judged = [(model.probability(measures(other, told)), other.candidate.sentence) for other in others]
    judged.sort(key=lambda pair: -pair[0])
    least = (model.threshold, max(model.threshold, SECOND))
    found: list[Sentence] = []
    for likely, sentence in judged:
        if len(found) == len(least) or likely < least[len(found)]:
            break
        if not any(_say_the_same(sentence, other) for other in found):
            found.append(sentence)
    return tuple(found)


def _say_the_same(one: Sentence, other: Sentence) -> bool:
    """Return whether two sentences have the same words, or a character in common."""
    overlap = one.doc_id == other.doc_id and one.start < other.end and other.start < one.end
    return overlap or one.text.split() == other.text.split()


def _gaps(sentence: Sentence, cited: Sequence[Citation]) -> Iterator[tuple[int, int]]:
    """Yield for each citation of the document the characters from its end to the sentence, and from that to it.

    One of the two is negative where they lie apart, both where they overlap.
    """
    for citation in cited:
        if citation.doc_id == sentence.doc_id:
            yield sentence.start - citation.end, citation.start - sentence.end
