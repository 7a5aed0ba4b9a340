"""An encoder for tests: it hashes words, so the same text has the same vector and shared words make texts alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.types import Progress


class HashingEncoder:
    """An `Encoder` without weights. `encoded` records every text it was asked for, in order."""

    def __init__(self, dim: int = 32, max_tokens: int = 256, name: str = "hashing") -> None:
        self.name = name
        self.fingerprint = hashlib.sha256(f"{name} {dim}".encode()).hexdigest()
        self.dim = dim
        self.max_tokens = max_tokens
        self.encoded: list[str] = []
        self.count_calls: list[int] = []

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order; words beyond `max_tokens` are left out."""
        self.encoded.extend(texts)
        rows = np.zeros((len(texts), self.dim), np.float32)
        for done, text in enumerate(texts, start=1):
            for word in _words(text)[: self.max_tokens]:
                rows[done - 1] += _row(word, self.dim)
            norm = float(np.linalg.norm(rows[done - 1]))
            rows[done - 1] = rows[done - 1] / norm if norm else np.eye(self.dim, dtype=np.float32)[0]
            if progress is not None:
                progress("encoding passages", done, len(texts))
        return rows

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return for each text (n_words, dim) float32 unit rows: each word's own, wherever it stands."""
        words = [_words(text)[: self.max_tokens] for text in texts]
        return [
            np.stack([_row(word, self.dim) for word in row]) if row else np.zeros((0, self.dim), np.float32)
            for row in words
        ]

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return for each text (n_words,) numbers, one for each row that a word can have."""
        return [np.array([self._id_of(word) for word in _words(text)[: self.max_tokens]], np.int64) for text in texts]

    def token_table(self) -> NDArray[np.float16]:
        """Return (2 dim, dim) unit rows: 1 at each place, then -1."""
        return np.concatenate([np.eye(self.dim), -np.eye(self.dim)]).astype(np.float16)

    def _id_of(self, word: str) -> int:
        row = _row(word, self.dim)
        place = int(np.abs(row).argmax())
        return place if row[place] > 0 else self.dim + place

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many words and marks each text has."""
        self.count_calls.append(len(texts))
        return [len(_words(text)) for text in texts]


def _row(word: str, dim: int) -> NDArray[np.float32]:
    """Return the word's unit row: 1 or -1 at one place."""
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    row = np.zeros(dim, np.float32)
    row[digest[0] % dim] = 1.0 if digest[1] % 2 else -1.0
    return row


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())
