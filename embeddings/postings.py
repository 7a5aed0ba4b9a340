"""The words of texts in, for each word the texts that hold it and how often out; kept on disk, mapped into memory.

Counts, not scores, are kept: a score depends on how many other texts there are, a count does not, so that texts can
be added and taken away without touching what is there. Knows nothing of how a text is cut into words.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.mapped import mapped_array, mapped_bytes, write_array

_WORDS, _COUNTS = "words.bin", "counts.bin"
_ARRAYS = {"ends": np.int64, "starts": np.int64, "places": np.int32, "lengths": np.int32}
"""Each in a file of its own, nothing but numbers in it: see `embeddings.mapped`."""


@dataclass(frozen=True, slots=True)
class Posting:
    """The texts that hold one word: (m,) int32 places, ascending, and (m,) how often each holds it."""

    places: NDArray[np.int32]
    counts: NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True)
class Postings:
    """All words of n texts. `words` has them one after another in UTF-8, in the order of their bytes.

    `ends` says where each word ends in `words`, `starts` (one more than there are words) where its texts begin
    in `places` and `counts`. `lengths` holds how many words each text has.
    """

    words: bytes | mmap.mmap
    ends: NDArray[np.int64]
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    counts: NDArray[np.unsignedinteger]
    lengths: NDArray[np.int32]

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> Postings:
        """Return the postings of texts that are given as their words."""
        numbers: dict[str, int] = {}
        of_word, places, counts, lengths = array("i"), array("i"), array("i"), array("i")
        for place, words in enumerate(texts):
            counted = Counter(words)
            of_word.extend(numbers.setdefault(word, len(numbers)) for word in counted)
            counts.extend(counted.values())
            places.extend([place] * len(counted))
            lengths.append(len(words))
        encoded = [word.encode("utf-8", "surrogatepass") for word in numbers]
        ordered = sorted(range(len(encoded)), key=encoded.__getitem__)
        rank = np.empty(len(encoded), np.int32)
        rank[ordered] = np.arange(len(encoded), dtype=np.int32)
        ranks = rank[_ints(of_word)]
        by_word = np.argsort(ranks, kind="stable")  # within a word, places stay ascending
        count_type = np.min_scalar_type(max(counts, default=0))
        return cls(
            b"".join(encoded[number] for number in ordered),
            np.cumsum([len(encoded[number]) for number in ordered], dtype=np.int64),
            np.concatenate([[0], np.cumsum(np.bincount(ranks, minlength=len(encoded)))]).astype(np.int64),
            _ints(places)[by_word],
            _ints(counts)[by_word].astype(count_type),
            _ints(lengths),
        )

    @classmethod
    def load(cls, folder: Path) -> Postings:
        """Return the postings written by `save`, mapped: only what is asked for is read."""
        arrays = {name: mapped_array(folder / f"{name}.bin", np.dtype(kind)) for name, kind in _ARRAYS.items()}
        n_bytes = (folder / _COUNTS).stat().st_size // max(1, len(arrays["places"]))
        counts = mapped_array(folder / _COUNTS, np.dtype(f"<u{max(1, n_bytes)}"))
        return cls(mapped_bytes(folder / _WORDS), counts=counts, **arrays)

    def save(self, folder: Path) -> None:
        """Write the postings into `folder`, which is made."""
        folder.mkdir(parents=True)
        (folder / _WORDS).write_bytes(self.words)
        for name in (*_ARRAYS, "counts"):
            write_array(folder / f"{name}.bin", getattr(self, name))

    @property
    def size(self) -> int:
        """How many texts there are."""
        return len(self.lengths)

    def of(self, word: str) -> Posting:
        """Return the texts that hold `word`, none where no text does."""
        key = word.encode("utf-8", "surrogatepass")
        number = bisect_left(range(len(self.ends)), key, key=self._word)
        known = number < len(self.ends) and self._word(number) == key
        first, last = (self.starts[number], self.starts[number + 1]) if known else (0, 0)
        return Posting(self.places[first:last], self.counts[first:last])

    def _word(self, number: int) -> bytes:
        return self.words[self.ends[number - 1] if number else 0 : self.ends[number]]


def _ints(values: array[int]) -> NDArray[np.int32]:
    return np.frombuffer(values, np.int32) if values else np.zeros(0, np.int32)
