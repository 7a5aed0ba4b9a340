"""Which row of which segment a passage's id stands for. Ids count what is there, segment after segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one segment, and where in a list of ids they were asked for."""

    part: int
    rows: NDArray[np.int64]
    asked_at: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """`starts` (one more than there are segments) holds the first id of each segment; a row that is removed has none.

    `present` holds for each segment its rows that are there, ascending; None: all of them.
    """

    sizes: tuple[int, ...]
    present: tuple[NDArray[np.int64] | None, ...]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, sizes: Sequence[int], removed: Sequence[NDArray[np.int64]] | None = None) -> Places:
        """Return the places of segments of these sizes, without the rows `removed` of each, ascending."""
        gone = removed if removed is not None else [np.zeros(0, np.int64)] * len(sizes)
        present = [np.delete(np.arange(n), rows) if len(rows) else None for n, rows in zip(sizes, gone, strict=True)]
        counts = [n if rows is None else len(rows) for n, rows in zip(sizes, present, strict=True)]
        return cls(tuple(sizes), tuple(present), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    @property
    def n(self) -> int:
        """How many passages there are."""
        return int(self.starts[-1])

    def n_removed(self, part: int) -> int:
        """How many rows of the segment are removed."""
        return self.sizes[part] - int(self.starts[part + 1] - self.starts[part])

    def is_present(self, part: int, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return (m,) which of the rows are there."""
        present = self.present[part]
        if present is None:
            return np.ones(len(rows), np.bool_)
        at = np.minimum(np.searchsorted(present, rows), max(0, len(present) - 1))
        return present[at] == rows if len(present) else np.zeros(len(rows), np.bool_)

    def ids(self, part: int, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the (m,) ids of rows that are there."""
        present = self.present[part]
        within = rows if present is None else np.searchsorted(present, rows)
        return np.asarray(within + self.starts[part], dtype=np.int64)

    def locate(self, ids: NDArray[np.int64]) -> Iterator[Rows]:
        """Yield the rows that the ids stand for, segment by segment. Raises IndexError for an id of nothing."""
        if ids.size and (ids.min() < 0 or ids.max() >= self.n):
            raise IndexError(f"there are {self.n} passages and none with an id from {ids.min()} to {ids.max()}")
        parts = np.searchsorted(self.starts, ids, side="right") - 1
        for part in np.unique(parts):
            asked_at = np.flatnonzero(parts == part)
            within, present = ids[asked_at] - self.starts[part], self.present[part]
            yield Rows(int(part), within if present is None else present[within], asked_at)


def best(ids: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return where the `k` best scores stand, best first, among equals by id."""
    if k < 1:
        return np.zeros(0, np.int64)
    among = np.arange(len(ids))
    if len(ids) > k:  # whatever is as good as the k-th stays: ids decide among equals
        among = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
    return among[np.lexsort((ids[among], -scores[among]))[:k]]
