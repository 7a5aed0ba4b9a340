"""A store and some of its documents in, a store that finds in those alone out; nothing is written or encoded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from embeddings.store import Store
from embeddings.types import Ranked


@dataclass(frozen=True, eq=False)
class Chosen(Store):
    """A store of which only the passages `ids` are found. Words weigh what they weigh in the whole store."""

    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def search_vectors(self, query_vector: NDArray[np.float32], k: int) -> Ranked:
        """Return the `k` nearest of the chosen passages with their cosines, best first; each is compared."""
        return _best(self.ids, self.cosines(query_vector, self.ids), k)

    def search_words(self, text: str, k: int) -> Ranked:
        """Return at most `k` of the chosen passages that share a word with `text`, with their BM25 scores."""
        scores = self.word_scores(text, self.ids)
        return _best(self.ids[scores > 0], scores[scores > 0], k)

    def word_frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word in how many of the chosen passages it occurs, in any inflection; 0: nowhere."""
        whole = super().word_frequencies(words)
        n_passages = len(self.passages)
        return {
            word: len(self.ids) if count == n_passages else int((self.word_scores(word, self.ids) > 0).sum())
            for word, count in whole.items()
        }


def chosen(store: Store, doc_ids: Collection[str]) -> Store:
    """Return a store that holds the documents `doc_ids` alone; the store itself where those are all."""
    documents = {doc_id: document for doc_id, document in store.documents.items() if doc_id in doc_ids}
    if len(documents) == len(store.documents):
        return store
    ids = [place for place, passage in enumerate(store.passages) if passage.doc_id in documents]
    values = {each.name: getattr(store, each.name) for each in fields(Store)}
    return Chosen(**{**values, "documents": documents}, ids=np.array(ids, np.int64))


def _best(ids: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> Ranked:
    order = np.lexsort((ids, -scores))[:k]
    return Ranked(ids[order], scores[order])
