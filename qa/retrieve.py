"""Search texts in, ranked Hits out: cosine and BM25 fused, then the best of them compared word by word.

First stage: each leg names its best 100 passages; over the union of both, each score is spread to 0..1 and the two are
averaged. Measured on three data sets this min-max average was better than either leg alone, and rank fusion was not.
Second stage: of the 40 best, the tokens are compared with the question's (`qa.late`), first as they stand alone, which
costs little; those up to 12 that may come first, of near copies one, are encoded and compared again, and half of the
score is that. On COVID-QA (120 questions) it lifted hit@1 / hit@5 from .575 / .758 to .625 / .850, on SQuAD 2.0 (100)
from .89 / .97 to .92 / .99. Knows nothing of the conversation or of the model that writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.one_thread import one_thread
from embeddings.types import Hit
from qa.late import TokenVectors, alone_interaction, first_alike, late_interaction
from qa.settings import Fusion

if TYPE_CHECKING:
    from embeddings.store import Store

DEPTH = 100
"""Passages that each leg names. Source: the measurement above."""

N_COMPARED, N_RESCORED = 40, 12
"""Passages that the second stage looks at token by token, and those that it encodes for it, at most."""

WITHIN = 0.4
"""How far below the best one a passage may lie, with tokens that stand alone, to be encoded. At the median of four
data sets 2,150 tokens are encoded without a limit, 1,500 with .5, 1,110 with .45, 830 with .4 and 670 with .35; the
mean hit@1 / hit@5 of five is .836 / .941, .836 / .941, .832 / .941, .830 / .941 and .827 / .940. All 20 best, as it was
before, were 3,660 tokens, .833 / .942."""

ALIKE = 0.3
"""Of passages of different documents whose best windows share so great a part of their tokens, one is encoded; the
others' late interaction is its own, moved by what they differ in with tokens that stand alone. The mean hit@1 / hit@5
of five data sets is .830 / .940 with .4, .33 and where each is encoded, .830 / .942 with .27, .828 / .940 with .2."""

SHARES = (0.2, 0.3, 0.5)
"""What cosine, BM25 and late interaction count. Equal thirds, or more for the cosine, found fewer of COVID-QA."""

RANK_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Found:
    """What one search text found: n passages by id, ascending, with the cosine and the BM25 score of each."""

    ids: NDArray[np.int64]
    cosines: Scores
    word_scores: Scores


def retrieve(
    search_texts: Sequence[str], store: Store, tokens: TokenVectors, *, fusion: Fusion, n_hits: int
) -> tuple[Hit, ...]:
    """Return the `n_hits` best passages, best first; of several search texts each passage keeps its best score.

    Ties are broken by the order of the passages in the store, so that a search gives the same result twice.
    """
    with one_thread():
        return _best(search_texts, store, tokens, fusion, n_hits)


def _best(
    search_texts: Sequence[str], store: Store, tokens: TokenVectors, fusion: Fusion, n_hits: int
) -> tuple[Hit, ...]:
    best: dict[int, tuple[float, float, float]] = {}
    for text, vector in zip(search_texts, tokens.encoder.encode(list(search_texts)), strict=True):
        found = _search(text, vector, store)
        scores = fuse(found.cosines, found.word_scores, fusion)
        if fusion == "late-interaction" and found.ids.size:
            scores = _rescored(text, found, scores, store, tokens)
        for key, score, cosine, word in zip(found.ids, scores, found.cosines, found.word_scores, strict=True):
            if int(key) not in best or score > best[int(key)][0]:
                best[int(key)] = (float(score), float(cosine), float(word))
    order = sorted(best, key=lambda key: (-best[key][0], key))[:n_hits]
    return tuple(
        Hit(store.passages[key], best[key][0], rank, dense_score=best[key][1], word_score=best[key][2])
        for rank, key in enumerate(order, start=1)
    )


def _search(text: str, query_vector: NDArray[np.float32], store: Store) -> _Found:
    """Return the union of both legs' best."""
    dense = store.search_vectors(query_vector, DEPTH)
    words = store.search_words(text, DEPTH)
    ids = np.union1d(dense.ids, words.ids).astype(np.int64)
    cosines = store.cosines(query_vector, ids).astype(np.float64)
    return _Found(ids, cosines, store.word_scores(text, ids).astype(np.float64))


def _rescored(text: str, found: _Found, fused: Scores, store: Store, tokens: TokenVectors) -> Scores:
    """Return (n,) scores: cosine, BM25 and, for the best by `fused`, late interaction, each by its share.

    Which of the best are encoded for it is told by the same sum with tokens that stand alone.
    """
    first = np.argsort(-fused, kind="stable")[:N_COMPARED]
    passages = [store.passages[int(found.ids[place])] for place in first]
    texts = [passage.text for passage in passages]
    of_cosine, of_words, of_late = SHARES
    plain = of_cosine * _spread(found.cosines) + of_words * _spread(found.word_scores)
    alone = alone_interaction(text, texts, tokens.encoder)
    expected = plain[first] + of_late * _spread(alone.fits)
    best = np.argsort(-expected, kind="stable")[:N_RESCORED]
    best = best[expected[best] >= expected[best[:1]] - WITHIN]
    windows, documents = zip(*((alone.windows[place], passages[place].doc_id) for place in best), strict=True)
    read = best[first_alike(windows, documents, ALIKE)]
    question, *rows = tokens.of([text, *(texts[place] for place in read)])
    fits = np.array([late_interaction(question, own) for own in rows])
    late = _spread(fits + alone.fits[best] - alone.fits[read])
    plain[first[best]] += of_late * (late if late.any() else 1.0)
    return plain


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
