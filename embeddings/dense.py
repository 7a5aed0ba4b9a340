"""Vectors in, nearest ids and cosine scores out. Owner of faiss: exact inner product over unit rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.types import Ranked


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """An exact index over (n, dim) float32 unit rows; the id of a vector is its row."""

    index: faiss.Index

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> DenseIndex:
        """Return the index of (n, dim) float32 unit rows."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Return the index written by `save`; its content was checked by whoever calls this."""
        return cls(faiss.deserialize_index(np.fromfile(path, dtype=np.uint8)))

    def save(self, path: Path) -> None:
        """Write the index to `path`."""
        path.write_bytes(faiss.serialize_index(self.index).tobytes())

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return int(self.index.ntotal)

    def search(self, query_vector: NDArray[np.float32], k: int) -> Ranked:
        """Return the `k` nearest ids, or as many as there are, with their cosines, best first, then by id."""
        if min(k, self.size) < 1:
            return Ranked(np.zeros(0, np.int64), np.zeros(0, np.float32))
        query = np.ascontiguousarray(query_vector, dtype=np.float32).reshape(1, -1)
        scores, ids = self.index.search(query, min(k, self.size))
        order = np.lexsort((ids[0], -scores[0]))
        return Ranked(ids[0][order].astype(np.int64), scores[0][order].astype(np.float32))

    def scores(self, query_vector: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m,) cosines of the vectors `ids`, in that order."""
        if ids.size == 0:
            return np.zeros(0, np.float32)
        rows = self.index.reconstruct_batch(ids)
        return np.asarray(rows @ np.asarray(query_vector, dtype=np.float32), dtype=np.float32)
