"""Search texts in, ranked Hits out: cosine and BM25, fused.

Each leg names its best 100 passages; over the union of both, each score is spread to 0..1 and the two are averaged.
Measured on three data sets this min-max average was better than either leg alone, and rank fusion was not. Knows
nothing of the conversation or of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Hit
from qa.settings import Fusion

if TYPE_CHECKING:
    from embeddings.encode import Encoder
    from embeddings.store import Store

DEPTH = 100
"""Passages that each leg names. Source: the measurement above."""

RANK_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)."""

Scores = NDArray[np.float64]


def retrieve(
    search_texts: Sequence[str], store: Store, encoder: Encoder, *, fusion: Fusion, n_hits: int
) -> tuple[Hit, ...]:
    """Return the `n_hits` best passages, best first; of several search texts each passage keeps its best score.

    Ties are broken by the order of the passages in the store, so that a search gives the same result twice.
    """
    query_vectors = encoder.encode(list(search_texts))
    found = [_search(text, vector, store) for text, vector in zip(search_texts, query_vectors, strict=True)]
    best: dict[int, tuple[float, float, float]] = {}
    for ids, cosines, word_scores in found:
        for key, score, cosine, word in zip(ids, fuse(cosines, word_scores, fusion), cosines, word_scores, strict=True):
            if int(key) not in best or score > best[int(key)][0]:
                best[int(key)] = (float(score), float(cosine), float(word))
    order = sorted(best, key=lambda key: (-best[key][0], key))[:n_hits]
    return tuple(
        Hit(store.passages[key], best[key][0], rank, dense_score=best[key][1], word_score=best[key][2])
        for rank, key in enumerate(order, start=1)
    )


def _search(text: str, query_vector: NDArray[np.float32], store: Store) -> tuple[NDArray[np.int64], Scores, Scores]:
    """Return the union of both legs' best ids, ascending, with the cosine and the BM25 score of each."""
    dense = store.search_vectors(query_vector, DEPTH)
    words = store.search_words(text, DEPTH)
    ids = np.union1d(dense.ids, words.ids).astype(np.int64)
    cosines = store.cosines(query_vector, ids).astype(np.float64)
    word_scores = store.word_scores(text, ids).astype(np.float64)
    return ids, cosines, word_scores


def fuse(cosines: Scores, word_scores: Scores, fusion: Fusion) -> Scores:
    """Return (n,) fused scores of the same n passages, higher is better."""
    if fusion == "dense":
        return cosines
    if fusion == "words":
        return word_scores
    if fusion == "rank":
        return 1.0 / (RANK_CONSTANT + _ranks(cosines)) + 1.0 / (RANK_CONSTANT + _ranks(word_scores))
    return (_spread(cosines) + _spread(word_scores)) / 2.0


def _spread(scores: Scores) -> Scores:
    """Return the scores moved and stretched to 0..1; all zeros where they are all the same."""
    if scores.size == 0 or scores.max() == scores.min():
        return np.zeros_like(scores)
    spread: Scores = (scores - scores.min()) / (scores.max() - scores.min())
    return spread


def _ranks(scores: Scores) -> Scores:
    """Return each score's rank from 1 for the highest; equal scores in the order given."""
    ranks = np.empty(scores.size, dtype=np.float64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, scores.size + 1)
    return ranks
