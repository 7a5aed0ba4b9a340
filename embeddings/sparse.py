"""Passages in, best ids and BM25 scores out. Owner of bm25s.

Words are runs of letters and digits, in lower case and in compatibility form (so that a ligature, a
full-width digit or a letter with a separate accent is found by its usual spelling), stemmed. Each Chinese,
Japanese or Korean character is a word of its own, so that texts without spaces between words can be searched.
Common English words are left out: with them, the right passage came as often among the first 1 and 5 of three
data sets.
"""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import bm25s
import numpy as np
from bm25s.stopwords import STOPWORDS_EN
from numpy.typing import NDArray

from embeddings.stems import plain_figures, stem
from embeddings.types import Ranked

K1, B = 0.9, 0.4
"""BM25's saturation and length parameters: better than 1.5 and 0.75 on the three sets it was measured on."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_STOP_WORDS = frozenset(STOPWORDS_EN)
logging.getLogger("bm25s").setLevel(logging.WARNING)  # it asks for all of its debug lines to be shown


def index_words(text: str) -> list[str]:
    """Return the words of `text` as the index holds them, in order."""
    plain = plain_figures(unicodedata.normalize("NFKC", text)).lower()
    return [stem(word) for word in _WORD.findall(plain) if word not in _STOP_WORDS]


@dataclass(frozen=True)
class WordIndex:
    """A BM25 index; the id of a text is its place in the order of building."""

    retriever: bm25s.BM25
    size: int

    @classmethod
    def build(cls, texts: Sequence[str]) -> WordIndex:
        """Return the index of the texts."""
        retriever = bm25s.BM25(k1=K1, b=B, method="lucene")
        corpus = [index_words(text) for text in texts]
        if not any(corpus):
            # bm25s cannot be built of no words at all; this one is never asked for
            corpus = [["\x00"], *corpus[1:]]
        retriever.index(corpus, show_progress=False)
        return cls(retriever, len(texts))

    @classmethod
    def load(cls, folder: Path) -> WordIndex:
        """Return the index written by `save`."""
        size = int(json.loads((folder / "size.json").read_text(encoding="utf-8")))
        return cls(bm25s.BM25.load(folder, load_corpus=False, load_vocab=True, allow_pickle=False), size)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, which is made."""
        folder.mkdir(parents=True)
        self.retriever.save(folder, show_progress=False, allow_pickle=False)
        (folder / "size.json").write_text(json.dumps(self.size), encoding="utf-8")

    def search(self, text: str, k: int) -> Ranked:
        """Return at most `k` texts with one of the words and their BM25 scores, best first, then by id."""
        scores = self._all_scores(text)
        found = np.flatnonzero(scores > 0)
        best = found[np.argsort(-scores[found], kind="stable")[: max(0, k)]]
        return Ranked(best.astype(np.int64), scores[best])

    def scores(self, text: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m,) BM25 scores of the texts `ids`, in that order; 0 where none of the words is."""
        return self._all_scores(text)[ids].astype(np.float32)

    def document_frequency(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word in how many texts it occurs, in any inflection; 0: nowhere.

        What is cut into several words occurs as often as the rarest of them; a stop word is everywhere.
        """
        return {word: self._frequency(word) for word in words}

    def stem_frequency(self, stem_of_word: str) -> int:
        """Return in how many texts a word with this stem occurs."""
        column = self.vocabulary.get(stem_of_word)
        return 0 if column is None else self._frequencies[column]

    def _frequency(self, word: str) -> int:
        tokens = index_words(word)
        if not tokens:
            return self.size
        return min(self.stem_frequency(token) for token in tokens)

    @property
    def vocabulary(self) -> dict[str, int]:
        """word -> its column."""
        vocabulary: dict[str, int] = self.retriever.vocab_dict
        return vocabulary

    @cached_property
    def _frequencies(self) -> list[int]:
        """In how many texts each column's word occurs."""
        return [int(count) for count in np.diff(self.retriever.scores["indptr"])]

    def _all_scores(self, text: str) -> NDArray[np.float32]:
        known = [token for token in index_words(text) if token in self.vocabulary]
        if not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(self.retriever.get_scores(known), dtype=np.float32)
