"""Passages in, best ids and BM25 scores out.

Words are runs of letters, their marks and digits, in lower case and in compatibility form (so that a ligature, a
full-width digit or a letter with a separate accent is found by its usual spelling), stemmed. Each Chinese,
Japanese or Korean character is a word of its own, so that texts without spaces between words can be searched.
Common English words are left out: with them, the right passage came as often among the first 1 and 5 of three
data sets.

Scores are worked out when they are asked for, from the counts of `embeddings.postings`: how rare a word is and how
long a text is beside the others changes with each text that comes or goes.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.places import Places, best
from embeddings.postings import Posting, Postings
from embeddings.stems import MARKS, plain_figures, spelled, stem
from embeddings.types import Ranked

K1, B = 0.9, 0.4
"""BM25's saturation and length parameters: better than 1.5 and 0.75 on the three sets it was measured on."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}](?:[^\W_{_CJK}]|[{MARKS}])*")
_STOP_WORDS = frozenset(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there these they
    this to was will with""".split()
)


def index_words(text: str) -> list[str]:
    """Return the words of `text` as the index holds them, in order."""
    plain = plain_figures(spelled(unicodedata.normalize("NFKC", text))).lower()
    return [stem(word) for word in _WORD.findall(plain) if word not in _STOP_WORDS]


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query: how much it weighs, and its postings in each segment."""

    weight: float
    postings: tuple[Posting, ...]


@dataclass(frozen=True)
class WordIndex:
    """BM25 over the texts of all segments as if they were one; the id of a text is its passage's."""

    parts: Sequence[Postings]
    places: Places

    @classmethod
    def of(cls, postings: Postings) -> WordIndex:
        """Return the index of one segment."""
        return cls((postings,), Places.of([postings.size]))

    @property
    def size(self) -> int:
        """How many texts there are."""
        return self.places.n

    def search(self, text: str, k: int, among: Places | None = None) -> Ranked:
        """Return at most `k` texts with one of the words and their BM25 scores, best first, then by id.

        With `among`, texts that are not there are left out, and ids are those that it gives; scores stay the same.
        """
        terms, among = self._terms(text), among or self.places
        found = [self._best_of(place, terms, k, among) for place in range(len(self.parts))] if terms and k > 0 else []
        if not found:
            return Ranked(np.zeros(0, np.int64), np.zeros(0, np.float32))
        ids, scores = (np.concatenate(each) for each in zip(*found, strict=True))
        order = best(ids, scores, k)
        return Ranked(ids[order], scores[order])

    def scores(self, text: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m,) BM25 scores of the texts `ids`, in that order; 0 where none of the words is."""
        scores, terms = np.zeros(len(ids), np.float32), self._terms(text)
        for found in self.places.locate(ids):
            scores[found.asked_at] = self._scores_of(found.part, found.rows, terms)
        return scores

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word in how many texts it occurs, in any inflection; 0: nowhere.

        What is cut into several words occurs as often as the rarest of them; a stop word is everywhere.
        """
        return {word: self._frequency(word) for word in words}

    def stem_frequency(self, stem_of_word: str) -> int:
        """Return in how many texts a word with this stem occurs.

        What is cut into several words occurs as often as the rarest of them; a stop word is everywhere.
        """
        count = self._n_with(stem_of_word)
        tokens = index_words(stem_of_word)
        if count or tokens == [stem_of_word]:
            return count
        return min(map(self._n_with, tokens), default=self.size)

    def _frequency(self, word: str) -> int:
        tokens = index_words(word)
        if not tokens:
            return self.size
        return min(map(self._n_with, tokens))

    def _n_with(self, token: str) -> int:
        return self._n_texts([part.of(token) for part in self.parts])

    def _n_texts(self, postings: Sequence[Posting]) -> int:
        """Return how many texts that are there the postings name."""
        return sum(
            int(self.places.is_present(place, posting.places).sum())
            if self.places.n_removed(place)
            else len(posting.places)
            for place, posting in enumerate(postings)
        )

    def _terms(self, text: str) -> list[Term]:
        """Return the words of `text` that occur, each once; the weight of a rare one is as Lucene has it."""
        terms: list[Term] = []
        for word, n_times in Counter(index_words(text)).items():
            postings = tuple(part.of(word) for part in self.parts)
            if n := self._n_texts(postings):
                terms.append(Term(n_times * math.log(1 + (self.size - n + 0.5) / (n + 0.5)), postings))
        return terms

    @cached_property
    def _discounts(self) -> tuple[NDArray[np.float32], ...]:
        """For each segment k1 (1 - b + b length / mean length) of each text."""
        lengths = [np.asarray(part.lengths, dtype=np.float32) for part in self.parts]
        present = [self.places.present[place] for place in range(len(self.parts))]
        total = sum(
            int(part.lengths.sum() if rows is None else part.lengths[rows].sum())
            for part, rows in zip(self.parts, present, strict=True)
        )
        mean = max(1e-9, total / max(1, self.size))
        return tuple((K1 * (1 - B + B * each / mean)).astype(np.float32) for each in lengths)

    def _best_of(
        self, place: int, terms: Sequence[Term], k: int, among: Places
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ids of at least the `k` best texts of one segment that have one of the words, with scores."""
        scores, discounts = np.zeros(self.parts[place].size, np.float32), self._discounts[place]
        for term in terms:
            texts, counts = term.postings[place].places, term.postings[place].counts.astype(np.float32)
            scores[texts] += np.float32(term.weight) * (counts / (counts + discounts[texts]))
        rows = np.flatnonzero(scores).astype(np.int64)
        rows = rows[among.is_present(place, rows)]
        if len(rows) > k:
            rows = rows[scores[rows] >= np.partition(scores[rows], -k)[-k]]
        return among.ids(place, rows), scores[rows]

    def _scores_of(self, place: int, rows: NDArray[np.int64], terms: Sequence[Term]) -> NDArray[np.float32]:
        """Return the (m,) scores of some rows of one segment: their words are looked up, no others."""
        scores, discounts = np.zeros(len(rows), np.float32), self._discounts[place][rows]
        for term in terms:
            posting = term.postings[place]
            if not len(posting.places):
                continue
            at = np.minimum(np.searchsorted(posting.places, rows), len(posting.places) - 1)
            counts = np.where(posting.places[at] == rows, posting.counts[at], 0).astype(np.float32)
            scores += np.float32(term.weight) * (counts / (counts + discounts))
        return scores
