"""Texts in, a model's tokens out: counted whole, or cut to what the model reads. Owner of tokenizers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import WeightsError

SLAB_TEXTS = 2048
"""Texts tokenized in one go: what the tokenizer says of all texts at once would fill the memory."""

WIDTH_STEP = 16
"""What is read together is made as wide as a multiple of this: for every other width the library compiles anew.

After 200 searches 80 MB less are held, and they take .92 of the time; steps of 8 and of 32 gain less.
"""


class Tokens:
    """The tokenizer of a model, from its own file; safe for threads."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise WeightsError(
                "the encoder in {folder} has no tokenizer.json, so its tokens cannot be counted", folder=folder
            )
        try:
            self._whole, self._cut = Tokenizer.from_file(str(path)), Tokenizer.from_file(str(path))
        except UnicodeEncodeError as error:
            raise WeightsError(
                "the path of {folder} is not UTF-8, which the encoder needs; name another folder with ARTICLE_QA_CACHE",
                folder=folder,
            ) from error
        for tokenizer in (self._whole, self._cut):
            tokenizer.no_padding()
        self._whole.no_truncation()
        self._cut.enable_truncation(max_tokens)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, nothing cut off, marks at the ends not counted."""
        return [
            len(encoding.ids)
            for slab in slabs(texts)
            for encoding in self._whole.encode_batch_fast(clean(slab), add_special_tokens=False)
        ]

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, marks at the ends among them, `max_tokens` at most."""
        return [encoding.ids for encoding in self._cut.encode_batch_fast(clean(texts))]

    def ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return the token ids of each text as (n,) arrays, marks at the ends left out, as many as are read."""
        return [np.array(ids[1:-1], np.int64) for slab in slabs(texts) for ids in self.cut(slab)]


def width_of(n_tokens: int) -> int:
    """Return how wide the rows are made in which the longest text has so many tokens."""
    return -(-n_tokens // WIDTH_STEP) * WIDTH_STEP


class PairTokens:
    """The tokenizer of a BERT, for two texts that are read together; safe for threads."""

    def __init__(self, folder: Path, max_first: int, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        begin, between = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        if begin is None or between is None:
            raise WeightsError("the tokenizer in {folder} has no marks for reading two texts together", folder=folder)
        self._begin, self._between = begin, between
        self._max_first, self._max_tokens = max_first, max_tokens

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return whether the second text of the pair is read to its end."""
        ((first, _), (second, _)) = next(self._read([pair]))
        return len(second) <= self._room(first)

    def of(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], list[int]]]:
        """Return the token ids of each pair and their types: 0 for the first text and its marks, 1 for the second."""
        return [self._joined(first, second) for (first, _), (second, _) in self._read(pairs)]

    def with_spans(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[list[int], list[int], list[tuple[int, int]]]]:
        """Return also where in the first text each of its tokens stands, as they are read."""
        return [
            (*self._joined(first, second), spans[: self._max_first])
            for (first, spans), (second, _) in self._read(pairs)
        ]

    def _read(self, pairs: Sequence[tuple[str, str]]) -> Iterator[list[tuple[list[int], list[tuple[int, int]]]]]:
        texts = clean([text for pair in pairs for text in pair])
        read = [(found.ids, found.offsets) for found in self._tokenizer.encode_batch(texts, add_special_tokens=False)]
        return (read[place : place + 2] for place in range(0, len(read), 2))

    def _joined(self, first: list[int], second: list[int]) -> tuple[list[int], list[int]]:
        first, second = first[: self._max_first], second[: self._room(first)]
        ids = [self._begin, *first, self._between, *second, self._between]
        return ids, [0] * (len(first) + 2) + [1] * (len(second) + 1)

    def _room(self, first: list[int]) -> int:
        """Return how many tokens of the second text are read behind the first one and the marks."""
        return self._max_tokens - min(len(first), self._max_first) - 3


def clean(texts: Sequence[str]) -> list[str]:
    """Return the texts with lone surrogates, which no tokenizer takes, replaced one for one."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def slabs(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the texts in order, some at a time."""
    return (texts[start : start + SLAB_TEXTS] for start in range(0, len(texts), SLAB_TEXTS))
