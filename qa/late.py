"""Token vectors of a question and of a passage in, how well they fit out: late interaction, the second stage of search.

Each token of the question is compared with each token of the passage, and its best match counts: MaxSim of Khattab and
Zaharia (ColBERT, 2020), here with the encoder's own token vectors and within windows, since an answer stands in a few
sentences and not all over a passage. Knows nothing of stores or of the other scores.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import Encoder

WINDOW, STEP = 72, 24
"""Tokens of a window, about three sentences, and from one window's start to the next."""

N_KEPT = 400
"""Passages whose token vectors are kept: 60 MB at 200 tokens of 384 half-precision numbers."""

Rows = NDArray[np.float32]


class TokenVectors:
    """The token vectors of texts, made once and kept while there is room."""

    def __init__(self, encoder: Encoder, capacity: int = N_KEPT) -> None:
        self.encoder = encoder
        self._capacity = capacity
        self._kept: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = Lock()

    def of(self, texts: Sequence[str]) -> list[Rows]:
        """Return for each text, in input order, (n_tokens, dim) float32 unit rows, rounded to half precision."""
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found |= {
                text: rows.astype(np.float16) for text, rows in zip(new, self.encoder.encode_tokens(new), strict=True)
            }
        with self._lock:
            for text in texts:
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return [found[text].astype(np.float32) for text in texts]


def late_interaction(question: Rows, passage: Rows) -> float:
    """Return the mean over the question's tokens of the best cosine within the passage's best window, -1 to 1.

    `question` is (n, dim), `passage` (m, dim), both unit rows. 0 where one of them has no token.
    """
    return _best_window(question @ passage.T)[0]


@dataclass(frozen=True, slots=True)
class Alone:
    """How well passages fit a question by tokens that stand alone, and the different tokens of each one's best window.

    `fits` is (n,), -1 to 1; `windows` are n sets of token ids.
    """

    fits: NDArray[np.float64]
    windows: tuple[frozenset[int], ...]


def alone_interaction(question: str, passages: Sequence[str], encoder: Encoder) -> Alone:
    """Return what late interaction makes of each passage with tokens that stand alone: words of like meaning.

    No text is read for it, so it costs a tenth of what `late_interaction` does with the token vectors.
    """
    table = encoder.token_table()
    asked, *ids = encoder.token_ids([question, *passages])
    if not len(asked) or not passages:
        return Alone(np.zeros(len(passages)), (frozenset(),) * len(passages))
    different, places = np.unique(np.concatenate(ids), return_inverse=True)
    cosines = table[asked].astype(np.float32) @ table[different].astype(np.float32).T
    ends = np.cumsum([len(each) for each in ids])[:-1]
    found = [_best_window(cosines[:, own]) for own in np.split(places, ends)]
    windows = tuple(frozenset(own[start : start + WINDOW].tolist()) for own, (_, start) in zip(ids, found, strict=True))
    return Alone(np.array([fit for fit, _ in found]), windows)


def first_alike(windows: Sequence[frozenset[int]], documents: Sequence[str], at_least: float) -> list[int]:
    """Return for each window the place of the first of another document that is so much like it; at last its own.

    Alike is Jaccard's part: the tokens that both have, of those that either has. Neighbours in a document share
    sentences too, and are not copies: what stands beside these tells them apart.
    """
    firsts: list[int] = []
    for place, window in enumerate(windows):
        others = (at for at in dict.fromkeys(firsts) if documents[at] != documents[place])
        alike = (at for at in others if len(window & windows[at]) >= at_least * len(window | windows[at]))
        firsts.append(next(alike, place))
    return firsts


def _best_window(cosines: Rows) -> tuple[float, int]:
    """Return the mean over the rows of the greatest of each within the best window, and where that starts."""
    n_asked, n_tokens = cosines.shape
    if not n_asked or not n_tokens:
        return 0.0, 0
    starts = range(0, max(1, n_tokens - WINDOW + STEP), STEP)
    return max(
        ((float(cosines[:, start : start + WINDOW].max(axis=1).mean()), start) for start in starts), key=itemgetter(0)
    )
