"""The vectors of a store's passages on disk: all of them mapped, or a few of them read.

Few are read with `preadv` and not through the mapping: a touched page brings its neighbours into the process's resident
memory, and after some thousand searches all of the file would be there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from embeddings.mapped import mapped_array

READ_MOST = 4096
"""More rows than these are taken out of the mapping: a call for each would take longer than the search."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """(n, dim) float32 rows of a file that stays open, so that it can be read when its name is gone."""

    file: BinaryIO
    mapped: NDArray[np.float32]

    @classmethod
    def open(cls, path: Path, dim: int) -> Vectors:
        """Return the rows in `path`. Raises ValueError where it does not hold rows of `dim` numbers."""
        return cls(path.open("rb", buffering=0), mapped_array(path, np.dtype(np.float32)).reshape(-1, dim))

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows there are, and of how many numbers."""
        return self.mapped.shape[0], self.mapped.shape[1]

    def take(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m, dim) rows at these places, in that order."""
        if len(places) > READ_MOST or not hasattr(os, "preadv"):  # Windows and older macOS
            return self.mapped[places]
        taken = np.empty((len(places), self.shape[1]), np.float32)
        width = taken.shape[1] * taken.itemsize
        handle = self.file.fileno()
        for row, place in zip(taken, places.tolist(), strict=True):
            if os.preadv(handle, [row.data], place * width) != width:
                raise EOFError(f"the vectors end before row {place}")
        return taken


def write_rows(stream: BinaryIO, rows: NDArray[np.float32]) -> None:
    """Write rows behind those that are there."""
    stream.write(np.ascontiguousarray(rows, dtype="<f4").tobytes())
