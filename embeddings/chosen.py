"""A store and some of its documents in, a store that finds in those alone out; nothing is written, encoded or read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings.dense import EXACT_MOST, DenseIndex
from embeddings.places import Places, best
from embeddings.sparse import WordIndex
from embeddings.store import Store
from embeddings.types import Ranked


@dataclass(frozen=True, eq=False)
class Chosen(Store):
    """A store of which only the passages of `documents` are found. Words weigh what they weigh in the whole store.

    `among` has the rows of the chosen passages; `ids` what they are called in the whole store, ascending. Of up to
    `exact_most` passages each is compared with the question's vector.
    """

    among: Places = field(default_factory=lambda: Places.of([]))
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    exact_most: int = EXACT_MOST

    def search_vectors(self, query_vector: NDArray[np.float32], k: int) -> Ranked:
        """Return the `k` nearest of the chosen passages with their cosines, best first."""
        if len(self.ids) <= self.exact_most:
            cosines = self.cosines(query_vector, self.ids)
            order = best(self.ids, cosines, k)
            return Ranked(self.ids[order], cosines[order])
        return self._named(DenseIndex(self.dense.parts, self.among).search(self._usable(query_vector), k))

    def search_words(self, text: str, k: int) -> Ranked:
        """Return at most `k` of the chosen passages that share a word with `text`, with their BM25 scores."""
        return self._named(self.words.search(text, k, self.among))

    def word_frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word in how many of the chosen passages it occurs, in any inflection; 0: nowhere."""
        return self._own_words.document_frequency(words)

    @cached_property
    def _own_words(self) -> WordIndex:
        return replace(self.words, places=self.among)

    def _named(self, found: Ranked) -> Ranked:
        """Return what was found under the ids that the whole store has for it."""
        return Ranked(self.ids[found.ids], found.scores)


def chosen(store: Store, doc_ids: Collection[str], exact_most: int = EXACT_MOST) -> Store:
    """Return a store that holds the documents `doc_ids` alone; the store itself where those are all."""
    rows = store.documents.rows_of(doc_ids)
    if sum(map(len, rows)) == len(store.documents):
        return store
    wanted = [segment.passage_rows(own) for segment, own in zip(store.segments, rows, strict=True)]
    sizes, whole = [len(segment.passages) for segment in store.segments], store.dense.places
    left_out = [np.delete(np.arange(n), own) for n, own in zip(sizes, wanted, strict=True)]
    ids = np.concatenate([np.zeros(0, np.int64), *(whole.ids(part, own) for part, own in enumerate(wanted))])
    values = {each.name: getattr(store, each.name) for each in fields(Store)}
    values |= {"documents": store.documents.only(rows)}
    return Chosen(**values, among=Places.of(sizes, left_out), ids=ids, exact_most=exact_most)
