"""Hits in, the sentences that the model reads out: single sentences chosen from the best passages, within a budget.

Whole passages are slow to read on a CPU. Scoring each sentence of the best eight passages (cosine with the question,
the question's words that it holds, its passage's score, a part of the score of the sentence before it) and keeping the
best 200 tokens held the gold sentence of 98 of 100 SQuAD questions, as three whole passages of 600 tokens do. Leaving
out what scores far below the best sentence then reads 82 tokens at the median in place of 199, and still holds 96.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import Encoder
from embeddings.sentences import split_sentences, trimmed
from embeddings.types import Document, Hit, Passage, Sentence
from qa.types import Citation
from qa.words import content_stems

N_PASSAGES = 8
"""Passages whose sentences are scored. Measured: 3, 5, 8 gave .97, .97, .99 on SQuAD and .64, .64, .67 on COVID-QA."""

CLOSE = 0.75
"""Least part of the best sentence's score that another one needs to be read. Measured with a budget of 200 tokens: .5,
.7, .75 and .8 held .98, .97, .96 and .96 of the gold sentences of SQuAD in 196, 121, 82 and 66 tokens (median), .70,
.70, .69 and .69 of COVID-QA. Answers: .750 right and .933 of those rightly cited at .7, .760 and .961 at .75."""

CLOSE_FOR_MORE = 0.5
"""The same where the question asks for several sentences."""

MOST_BETWEEN = 4
"""Characters between neighbouring sentences at most: two line ends, as Windows writes them."""

NEIGHBOUR = 0.3
"""Part of the score that a sentence takes from the one before it: answers often follow the sentence with the names."""

N_VECTORS = 20_000
"""Sentence vectors kept: 30 MB at 384 numbers each."""

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may hold the answer. `coverage` is the weighted part of the question's words that it has."""

    sentence: Sentence
    vector: Vector
    cosine: float
    coverage: float
    score: float


class SentenceVectors:
    """The unit vectors of sentences, encoded once and kept while there is room."""

    def __init__(self, encoder: Encoder, capacity: int = N_VECTORS) -> None:
        self._encoder = encoder
        self._capacity = capacity
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._lock = Lock()

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order."""
        with self._lock:
            rows = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in rows]
        if new:
            rows |= zip(new, self._encoder.encode(new), strict=True)
        with self._lock:
            for text in texts:
                self._kept[text] = rows[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return np.stack([rows[text] for text in texts]) if texts else np.zeros((0, self._encoder.dim), np.float32)


def sentences_of_passage(passage: Passage) -> tuple[Sentence, ...]:
    """Return the passage's sentences without outer white space, in order."""
    found = []
    for span in split_sentences(passage.text):
        start, end = trimmed(passage.text, *span)
        if end > start:
            text = passage.text[start:end]
            found.append(Sentence(passage.doc_id, passage.start + start, passage.start + end, text))
    return tuple(found)


def score_sentences(
    question: str,
    hits: Sequence[Hit],
    vectors: SentenceVectors,
    weights: Mapping[str, float],
    kept: Sequence[Sentence] = (),
) -> tuple[Candidate, ...]:
    """Return the sentences of the best hits and those `kept` from the answer before, best first.

    `weights` holds the weight of each of the question's stems; a sentence in two passages counts once.
    """
    passage_scores: dict[Sentence, float] = dict.fromkeys(kept, 0.5)
    for hit in hits[:N_PASSAGES]:
        for sentence in sentences_of_passage(hit.passage):
            passage_scores[sentence] = max(hit.score, passage_scores.get(sentence, 0.0))
    sentences = sorted(passage_scores, key=lambda sentence: (sentence.doc_id, sentence.start))
    if not sentences:
        return ()
    rows = vectors.of([question, *(sentence.text for sentence in sentences)])
    cosines = rows[1:] @ rows[0]
    coverages = [coverage_of(sentence.text, weights) for sentence in sentences]
    raw = [
        float(cosine) + coverage + passage_scores[sentence]
        for sentence, cosine, coverage in zip(sentences, cosines, coverages, strict=True)
    ]
    candidates = [
        Candidate(sentence, rows[n + 1], float(cosines[n]), coverages[n], raw[n] + _from_before(n, sentences, raw))
        for n, sentence in enumerate(sentences)
    ]
    return tuple(sorted(candidates, key=lambda candidate: -candidate.score))


def coverage_of(text: str, weights: Mapping[str, float]) -> float:
    """Return the part, 0 to 1, of the weight of the stems in `weights` that `text` has."""
    total = sum(weights.values())
    return sum(weights[stem] for stem in content_stems(text) if stem in weights) / total if total else 0.0


def _from_before(n: int, sentences: Sequence[Sentence], raw: Sequence[float]) -> float:
    if n == 0:
        return 0.0
    return NEIGHBOUR * raw[n - 1] if _follows(sentences[n - 1], sentences[n]) else 0.0


def choose(
    candidates: Sequence[Candidate], n_tokens: Sequence[int], budget: int, close: float = CLOSE
) -> tuple[Candidate, ...]:
    """Return the best candidates whose tokens fit the budget together, best first; the best one always.

    `n_tokens` are the tokens of each candidate, in their order; one that scores less than `close` times the best score
    is left out.
    """
    chosen: list[Candidate] = []
    used = 0
    for candidate, tokens in zip(candidates, n_tokens, strict=True):
        if not chosen or (used + tokens <= budget and candidate.score >= close * candidates[0].score):
            chosen.append(candidate)
            used += tokens
    return tuple(chosen)


def in_groups(chosen: Sequence[Candidate]) -> tuple[tuple[Candidate, ...], ...]:
    """Return the chosen sentences as runs of neighbours in reading order; the run with the best sentence first."""
    order = {id(candidate): rank for rank, candidate in enumerate(chosen)}
    groups: list[list[Candidate]] = []
    for candidate in sorted(chosen, key=lambda item: (item.sentence.doc_id, item.sentence.start)):
        if groups and _follows(groups[-1][-1].sentence, candidate.sentence):
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    groups.sort(key=lambda group: min(order[id(item)] for item in group))
    return tuple(tuple(group) for group in groups)


def _follows(before: Sentence, after: Sentence) -> bool:
    return before.doc_id == after.doc_id and 0 <= after.start - before.end <= MOST_BETWEEN


def cited_sentences(citations: Sequence[Citation], documents: Mapping[str, Document]) -> tuple[Sentence, ...]:
    """Return the sentences that were cited before, as far as their documents are still here."""
    return tuple(
        Sentence(citation.doc_id, citation.start, citation.end, citation.quote)
        for citation in citations
        if citation.doc_id in documents
        and documents[citation.doc_id].text[citation.start : citation.end] == citation.quote
    )
