"""Vectors in, nearest ids and cosine scores out. Owner of faiss.

A segment of up to EXACT_MOST vectors is searched by comparing every one with the query. In a larger one faiss looks
through codes of 4 bits for every 4 numbers, a thirty-second of the vectors' size, and the best of them are compared
exactly: a score is always a cosine, only a passage among the last of those wanted may be missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.places import Places, best
from embeddings.types import Ranked
from embeddings.vectors import Vectors

if TYPE_CHECKING:
    import faiss

EXACT_MOST = 20_000
"""Above, codes are faster than comparing with every vector (docs/guide/how-fast-is-it.md)."""

NUMBERS_PER_CODE, CODE_BITS = 4, 4

RESCORED = 5
"""Vectors compared exactly for each that is wanted: with 4, .9995 of the true first 10 of 100,000 were found."""

TRAINED_ON = 8192
"""Vectors that the codes are fitted to: 512 for each of the 16 values of a code."""

MORE_ASKED = 4
"""How many times as many are asked for where too many of the best are removed ones."""

BLOCK = 16_384
"""Vectors brought into memory at once."""

EXACT, CODES = "exact", f"codes of {CODE_BITS} bits, the best compared exactly"


@dataclass(frozen=True, slots=True)
class DensePart:
    """One segment's (n, dim) float32 unit rows on disk and, where there are many, their codes."""

    vectors: Vectors
    codes: faiss.Index | None

    @classmethod
    def build(cls, vectors_path: Path, codes_path: Path, dim: int, exact_most: int = EXACT_MOST) -> DensePart:
        """Return the index of the rows in `vectors_path`; where there are many, write their codes to `codes_path`."""
        vectors = Vectors.open(vectors_path, dim)
        if vectors.shape[0] <= exact_most:
            return cls(vectors, None)
        import faiss

        codes = _codes_of(vectors)
        codes_path.write_bytes(faiss.serialize_index(codes).tobytes())
        return cls(vectors, codes)

    @classmethod
    def load(cls, vectors_path: Path, codes_path: Path, dim: int) -> DensePart:
        """Return the index that `build` made; the files were checked by whoever calls this."""
        if not codes_path.exists():
            return cls(Vectors.open(vectors_path, dim), None)
        import faiss

        codes = faiss.deserialize_index(np.fromfile(codes_path, dtype=np.uint8))
        return cls(Vectors.open(vectors_path, dim), codes)

    @property
    def kind(self) -> str:
        """How the segment is searched, as the manifest states it."""
        return EXACT if self.codes is None else CODES

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return self.vectors.shape[0]

    def candidates(self, query: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return all rows with their cosines, or the `n` best with what their codes say of them."""
        if self.codes is None:
            return np.arange(self.size), cosines_of(self.vectors.mapped, query)
        scores, rows = self.codes.search(query.reshape(1, -1), min(n, self.size))
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """The vectors of all segments; the id of a vector is its passage's."""

    parts: Sequence[DensePart]
    places: Places

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return self.places.n

    def search(self, query_vector: NDArray[np.float32], k: int) -> Ranked:
        """Return the `k` nearest ids, or as many as there are, with their cosines, best first, then by id."""
        query = np.ascontiguousarray(query_vector, dtype=np.float32)
        if min(k, self.size) < 1:
            return Ranked(np.zeros(0, np.int64), np.zeros(0, np.float32))
        exact = [self._present(place, query, k) for place, part in enumerate(self.parts) if part.codes is None]
        coded = [self._present(place, query, k) for place, part in enumerate(self.parts) if part.codes is not None]
        ids, cosines = (np.concatenate(each) for each in zip(*exact, *self._rescored(coded, query, k), strict=True))
        order = best(ids, cosines, k)
        return Ranked(ids[order], cosines[order])

    def scores(self, query_vector: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m,) cosines of the vectors `ids`, in that order."""
        cosines = np.zeros(len(ids), np.float32)
        for found in self.places.locate(ids):
            rows = self.parts[found.part].vectors.take(found.rows)
            cosines[found.asked_at] = cosines_of(rows, query_vector)
        return cosines

    def _present(self, place: int, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best ids of one segment with what their codes say, or all with their cosines.

        Where rows are removed, more are asked for, until as many as are wanted are there, or all were asked for: to a
        query without a direction faiss gives none.
        """
        part, n_present = self.parts[place], self.places.sizes[place] - self.places.n_removed(place)
        wanted = min(RESCORED * k, n_present)
        asked = max(1, wanted * part.size // max(1, n_present))
        while True:
            rows, scores = part.candidates(query, asked)
            present = self.places.is_present(place, rows)
            if asked >= part.size or int(present.sum()) >= wanted:
                return self.places.ids(place, rows[present]), scores[present]
            asked *= MORE_ASKED

    def _rescored(
        self, coded: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], query: NDArray[np.float32], k: int
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Return the ids whose codes are best in all segments together, with their cosines."""
        if not coded:
            return []
        ids, scores = (np.concatenate(each) for each in zip(*coded, strict=True))
        chosen = ids[best(ids, scores, RESCORED * k)]
        return [(chosen, self.scores(query, chosen))]


def cosines_of(rows: NDArray[np.float32], query_vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the (n,) cosines of unit rows and a unit vector."""
    cosines: NDArray[np.float32] = rows @ np.asarray(query_vector, dtype=np.float32)
    return cosines


def _codes_of(vectors: Vectors) -> faiss.Index:
    """Return the codes of all rows, fitted to a sample of them."""
    import faiss

    n, dim = vectors.shape
    n_codes = next(m for m in range(max(1, dim // NUMBERS_PER_CODE), 0, -1) if dim % m == 0)
    index = faiss.IndexPQFastScan(dim, n_codes, CODE_BITS, faiss.METRIC_INNER_PRODUCT)
    sample = np.sort(np.random.default_rng(0).permutation(n)[:TRAINED_ON])
    index.train(vectors.take(sample))
    for start in range(0, n, BLOCK):
        index.add(np.ascontiguousarray(vectors.mapped[start : start + BLOCK]))
    return index
