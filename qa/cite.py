"""An answer's sentences and source sentences in; out comes for each the best support with exact offsets, or none.

The program cites, not the model. The source is the sentence that has the most of an answer's sentence; whether it
states it is `qa.support`'s to tell, and never where a number stands neither in it nor beside it, or a word such as
"before" where it says "after". Where it has the words
and does not state it, or where a number, name or negation differs, it contradicts the sentence. Knows nothing of
prompts or engines; no threshold moves until something sticks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Document, Sentence
from qa.evidence import MOST_BETWEEN, Candidate
from qa.few_words import lacking
from qa.missing import missing_numbers
from qa.opposed import opposed
from qa.quantities import conflicts
from qa.reader import Reader
from qa.support import SAME_WORDS, checker_for, measures
from qa.types import AnswerSentence, Citation, State
from qa.words import STOP_WORDS, content_stems, in_figures, names_of, negated_stems, stem, words_of

Weights = Callable[[Iterable[str]], Mapping[str, float]]
"""stems -> the weight of each; rare ones weigh more."""

Hear = Callable[[str], float | None]
"""text -> in log-odds whether what was read states it, as a trained head hears it; None: there is no head."""

WHOLE_WORDS = 4
"""Words from which an answer is taken for a sentence; of "In 1671" nothing can be compared but its words."""

SAME_MATTER = 0.60
"""Least part that a source must have of the rest of a sentence before a difference in it contradicts the sentence."""

SECOND_GAIN = 0.15
"""Least part that a second source sentence must add to be cited too. At .10 / .15 / .20 of the citations .824 / .835 /
.839 overlapped the gold evidence of SQuAD 2.0, and .798 / .835 / .854 that of ClapNQ, of which .378 / .378 / .336 was
cited."""

QUOTED_PART = 0.4
"""Least part of a sentence's word weight that a source needs to be quoted behind it, whatever the sentence's state."""

MOST_QUOTED_WORDS = 40
"""The longest source sentence that is quoted behind an answer."""

NEARBY = 0.6
"""What a word counts that stands not in the source sentence but in its document's title or the sentence before."""

NEW_WORD = 2.0
"""How much heavier a word weighs that the question did not already give."""

DIFFERENCE = 0.25
"""What each number or name of the claim that a source lacks takes from its closeness: one that has them is sought."""

LIGHT = 0.3
LIGHT_STEMS = frozenset(
    stem(word)
    for word in """take took taken takes place happen happened occur occurred call called know known name named include
    included including use used using make made makes refer referred mean means give given gave get got find found
    become became consider considered describe described""".split()
)
"""Words that carry a sentence rather than say something, and how much of their weight counts."""


@dataclass(frozen=True, slots=True)
class Support:
    """What one or two source sentences say of a claim: the part of it they have, 0 to 1, and what differs.

    `rest` is the part that they have of everything but what differs. `stated` is whether they state it as far as
    `qa.support` can tell: never where `told_apart` finds something. `heard` is what a trained head said
    of it, in log-odds; None: there is none.
    """

    sources: tuple[Sentence, ...]
    part: float
    differs: tuple[str, ...] = ()
    rest: float = 0.0
    stated: bool = False
    heard: float | None = None

    @property
    def state(self) -> State:
        """What the support amounts to."""
        if self.stated:
            return "supported"
        has_the_words = self.part >= SAME_WORDS and not self.differs
        return "contradicted" if has_the_words or (self.differs and self.rest >= SAME_MATTER) else "unsupported"


@dataclass(frozen=True, slots=True)
class Source:
    """A source sentence and what stands around it: the title of its document and the sentence before."""

    candidate: Candidate
    nearby: str

    @property
    def text(self) -> str:
        """The sentence's own text."""
        return self.candidate.sentence.text


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer with its vector and the weight of its words; `question` is what was asked."""

    text: str
    question: str
    vector: NDArray[np.float32]
    weights: Mapping[str, float]

    @classmethod
    def of(cls, text: str, question: str, vector: NDArray[np.float32], weigh: Weights) -> Claim:
        """Return the claim; words that the question does not give weigh NEW_WORD times as much."""
        given = content_stems(in_figures(question))
        weights = {
            word: weight * (1.0 if word in given else NEW_WORD) * (LIGHT if word in LIGHT_STEMS else 1.0)
            for word, weight in weigh(content_stems(in_figures(text))).items()
        }
        return cls(text, question, vector, weights)


def quotation(text: str, question: str, source: str) -> str:
    """Return the source in quotation marks where the text leaves something to be read in it; empty where it does not.

    It does where it has words of its own, which carry meaning and stand neither in the source, as they are written, nor
    in any form in the question, and where it has no other words than the question ("Wreaths is the Polish word for
    wreaths"). A source of more than MOST_QUOTED_WORDS is not quoted. Of 100 answerable questions of SQuAD 2.0 the
    answer as it was written held the gold answer in 80, with these quotations in 88; 22 got one, and the mean length
    rose from 12.5 to 18.0 words.
    """
    given = content_stems(question)
    there = set(words_of(source))
    own = [word for word in words_of(text) if word not in STOP_WORDS and word not in there and stem(word) not in given]
    return quoted(source) if own or content_stems(text) <= given else ""


def quoted(source: str, most_words: int = MOST_QUOTED_WORDS) -> str:
    """Return the source in quotation marks; empty where it is longer than `most_words`."""
    words = source.split()
    return f"“{' '.join(words)}”" if len(words) <= most_words else ""


def sources_of(candidates: Sequence[Candidate], titles: Mapping[str, str]) -> tuple[Source, ...]:
    """Return the candidates as sources, each with its title and the candidate before it where that is its neighbour."""
    ends = {(c.sentence.doc_id, c.sentence.end): c.sentence.text for c in candidates}
    found = []
    for candidate in candidates:
        sentence = candidate.sentence
        gaps = range(MOST_BETWEEN + 1)
        before = next((ends[key] for gap in gaps if (key := (sentence.doc_id, sentence.start - gap)) in ends), "")
        found.append(Source(candidate, f"{titles.get(sentence.doc_id, '')}. {before}"))
    return tuple(found)


def best_support(claim: Claim, sources: Sequence[Source], reader: Reader, hear: Hear = lambda _: None) -> Support:
    """Return the support of the best source sentence, or of the best two where the second adds enough.

    What has WHOLE_WORDS is also judged by `hear`.
    """
    if not sources or not claim.weights:
        return Support((), 0.0)
    chosen, heard = best_sources(claim, sources), None
    differs = _differences(claim, chosen)
    if len(words_of(claim.text)) < WHOLE_WORDS:
        differs = tuple(sorted({*differs, *lacking(claim.text, claim.question, _around(chosen))}))
        stated = _part(claim, chosen) >= SAME_WORDS and not differs
    else:
        heard = hear(claim.text)
        found = measured(claim, chosen, reader, heard)
        stated = checker_for(found).accepts(found) and not told_apart(claim.text, chosen)
    sentences = tuple(source.candidate.sentence for source in chosen)
    return Support(sentences, _part(claim, chosen), differs, _part(claim, chosen, frozenset(differs)), stated, heard)


def best_sources(claim: Claim, sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the source that fits the claim best, and a second one where that adds SECOND_GAIN."""
    ranked = sorted(sources, key=lambda source: -_closeness(claim, source))
    first = ranked[0]
    part = _part(claim, (first,))
    second = max(ranked[1:6], key=lambda source: _part(claim, (first, source)), default=None)
    if second is not None and _part(claim, (first, second)) - part >= SECOND_GAIN:
        return first, second
    return (first,)


def measured(claim: Claim, chosen: Sequence[Source], reader: Reader, heard: float | None) -> dict[str, float]:
    """Return what `qa.support` looks at of the claim and its sources."""
    read = reader.read([(claim.text, _readable(claim, chosen, reader))])[0]
    return measures(claim.text, [source.text for source in chosen], read, heard)


def has_the_words(claim: Claim, chosen: Sequence[Source]) -> bool:
    """Return whether the sources have the claim's words, by weight, and nothing differs."""
    return _part(claim, chosen) >= SAME_WORDS and not _differences(claim, chosen)


def _around(sources: Sequence[Source]) -> str:
    """Return the sources' texts, each behind what stands around it."""
    return " ".join(f"{source.nearby} {source.text}" for source in sources)


def _readable(claim: Claim, sources: Sequence[Source], reader: Reader) -> str:
    """Return the sources' texts, each behind what stands around it.

    Where the reader would leave out the end, what stands around each begins later: as many last words of it are kept as
    are read with the sources.
    """
    around = _around(sources)
    if reader.fits((claim.text, around)):
        return around
    nearby = [source.nearby.split() for source in sources]

    def with_last(n_words: int) -> str:
        kept = (words[max(0, len(words) - n_words) :] for words in nearby)
        return " ".join(" ".join([*words, source.text]) for words, source in zip(kept, sources, strict=True))

    fitting = range(1, max(map(len, nearby)))
    return with_last(bisect_left(fitting, True, key=lambda n: not reader.fits((claim.text, with_last(n)))))


def _closeness(claim: Claim, source: Source) -> float:
    """Return how well the source fits: the claim's words, the vectors, what differs, and the question's words."""
    cosine = float(claim.vector @ source.candidate.vector)
    fit = _part(claim, (source,)) + 0.4 * cosine + 0.2 * source.candidate.coverage
    return fit - DIFFERENCE * min(2, len(_differences(claim, (source,))))


def _part(claim: Claim, sources: Sequence[Source], without: frozenset[str] = frozenset()) -> float:
    """Return the part, 0 to 1, of the claim's word weight that the sources have; nearby words count NEARBY.

    Stems in `without` are left out of the claim.
    """
    own: set[str] = set().union(*(content_stems(in_figures(source.text)) for source in sources))
    near: set[str] = set().union(*(content_stems(in_figures(source.nearby)) for source in sources))
    weights = {word: weight for word, weight in claim.weights.items() if word not in without}
    had = sum(weight * (1.0 if word in own else NEARBY if word in near else 0.0) for word, weight in weights.items())
    total = sum(weights.values())
    return had / total if total else 0.0


def _differences(claim: Claim, sources: Sequence[Source]) -> tuple[str, ...]:
    """Return what tells the claim apart, the names that the sources lack, and the words that only one side negates."""
    own, around = " ".join(source.text for source in sources), _around(sources)
    names = names_of(claim.text) - content_stems(around)
    negated = negated_stems(claim.text) ^ negated_stems(own)
    shared = content_stems(claim.text) & content_stems(own)
    return tuple(sorted(told_apart(claim.text, sources)) + sorted(names) + sorted(negated & shared))


def told_apart(claim: str, sources: Sequence[Source]) -> frozenset[str]:
    """Return what in the claim shows without any reading that the sources do not state it; empty: nothing does.

    Those are numbers that stand neither in the sources nor around them, numbers that stand there for something else,
    and words that put a thing on the other side than the sources.
    """
    own, around = " ".join(source.text for source in sources), _around(sources)
    others = set(opposed(claim, own)) & set(opposed(claim, around))
    return missing_numbers(claim, around) | set(conflicts(claim, around)) | others


class Labels:
    """Gives each cited span its label, from 1 in order of use, and keeps the citations."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._labels: dict[tuple[str, int, int], int] = {}
        self.citations: list[Citation] = []

    def cite(self, sentence: Sentence) -> int:
        """Return the label of the sentence's span; a new one is checked against its document and kept."""
        key = (sentence.doc_id, sentence.start, sentence.end)
        if key not in self._labels:
            document = self._documents[sentence.doc_id]
            label = len(self.citations) + 1
            page = document.page_at(sentence.start)
            citation = Citation(
                label, sentence.doc_id, document.path, sentence.start, sentence.end, sentence.text, page
            )
            citation.check(document)
            self._labels[key] = label
            self.citations.append(citation)
        return self._labels[key]

    def mark(self, text: str, support: Support) -> AnswerSentence:
        """Return the answer's sentence with its state and the labels of its sources."""
        state = support.state
        sources = () if state == "unsupported" else support.sources
        return AnswerSentence(text, state, tuple(self.cite(source) for source in sources))
