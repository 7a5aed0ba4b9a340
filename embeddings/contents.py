"""The documents of all segments of a store as one mapping, their passages as one sequence; read when asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import overload

import numpy as np
from numpy.typing import NDArray

from embeddings.places import Places
from embeddings.segment import Segment
from embeddings.types import Document, Passage

KEPT = 16
"""Documents that were read last stay in memory: an answer looks at the same few again and again."""


class Documents(Mapping[str, Document]):
    """Each document by its id, in the order of the segments; `removed` are the rows of each segment that are gone."""

    def __init__(self, segments: Sequence[Segment], removed: Sequence[Sequence[int]]) -> None:
        self._segments = segments
        self._removed = [frozenset(rows) for rows in removed]
        self._read = lru_cache(maxsize=KEPT)(partial(_document_at, segments))  # knows nothing of this, so both can go

    def find(self, doc_id: object) -> tuple[int, int] | None:
        """Return which segment has the document, and in which row; None: none has it."""
        if not isinstance(doc_id, str) or len(doc_id) != 64 or doc_id.strip("0123456789abcdef"):
            return None
        for part, segment in enumerate(self._segments):
            row = segment.row_of(doc_id)
            if row is not None and row not in self._removed[part]:
                return part, row
        return None

    def rows_of(self, doc_ids: Collection[str]) -> list[NDArray[np.int64]]:
        """Return for each segment the rows of those of the documents that it has, ascending."""
        found = [(segment.rows_of(doc_ids), self._removed[part]) for part, segment in enumerate(self._segments)]
        return [rows[~np.isin(rows, list(gone))] if gone else rows for rows, gone in found]

    def only(self, rows: Sequence[NDArray[np.int64]]) -> Documents:
        """Return the documents that stand in these rows of each segment alone."""
        counts = [len(segment.documents) for segment in self._segments]
        removed = [np.delete(np.arange(n), wanted).tolist() for n, wanted in zip(counts, rows, strict=True)]
        return Documents(self._segments, removed)

    def passage_counts(self) -> dict[str, int]:
        """Return for each document how many passages it has."""
        counts = [np.bincount(s.passages["document"], minlength=len(s.documents)).tolist() for s in self._segments]
        return {self._segments[part].doc_id(row): counts[part][row] for part, row in self.places()}

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield segment and row of each document, in order."""
        for part, segment in enumerate(self._segments):
            gone = self._removed[part]
            yield from ((part, row) for row in range(len(segment.documents)) if row not in gone)

    def __getitem__(self, doc_id: str) -> Document:
        place = self.find(doc_id)
        if place is None:
            raise KeyError(doc_id)
        return self._read(*place)

    def __contains__(self, doc_id: object) -> bool:
        return self.find(doc_id) is not None

    def __iter__(self) -> Iterator[str]:
        return (self._segments[part].doc_id(row) for part, row in self.places())

    def __len__(self) -> int:
        return sum(len(segment.documents) for segment in self._segments) - sum(map(len, self._removed))


def _document_at(segments: Sequence[Segment], part: int, row: int) -> Document:
    return segments[part].document(row)


class Passages(Sequence[Passage]):
    """Each passage by its id, which is its place in this order: segment after segment, without what was removed."""

    def __init__(self, segments: Sequence[Segment], places: Places) -> None:
        self._segments = segments
        self._places = places

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Passage, ...]: ...
    def __getitem__(self, place: int | slice) -> Passage | tuple[Passage, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(len(self))[place])
        (found,) = self._places.locate(np.array([place + len(self) if place < 0 else place], np.int64))
        return self._segments[found.part].passage(int(found.rows[0]))

    def __iter__(self) -> Iterator[Passage]:
        for found in self._places.locate(np.arange(len(self))):
            yield from (self._segments[found.part].passage(row) for row in found.rows.tolist())

    def __len__(self) -> int:
        return self._places.n
