"""The values that stand between a file and a ranked passage. Standard library only (numpy in types).

Every offset counts Unicode code points in the text of a Document, which never changes.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is (0: not known)."""


def document_id(text: str) -> str:
    """Return the 64 hexadecimal digits of the SHA-256 of `text` in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """One text with its name. `pages` holds the offset at which each page starts; empty: no pages.

    `headings` holds the offset of each line that is a heading, ascending, where the file said so and its text does not.
    """

    doc_id: str
    path: str
    title: str
    text: str
    pages: tuple[int, ...] = ()
    headings: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.doc_id != document_id(self.text):
            raise ValueError(f"doc_id {self.doc_id[:12]} is not the SHA-256 of the text of {self.path}")
        if any(later < earlier for earlier, later in zip(self.pages, self.pages[1:], strict=False)):
            raise ValueError(f"the pages of {self.path} do not start in ascending order")

    @classmethod
    def of(
        cls, text: str, path: str, title: str, pages: tuple[int, ...] = (), headings: tuple[int, ...] = ()
    ) -> Document:
        """Return the Document of `text`, its id worked out."""
        return cls(document_id(text), path, title, text, pages, headings)

    def page_at(self, offset: int) -> int | None:
        """Return the number, from 1, of the page that holds `offset`; None where there are no pages."""
        if not self.pages:
            return None
        return max(1, bisect.bisect_right(self.pages, offset))

    def page_span(self, number: int) -> tuple[int, int]:
        """Return where page `number`, from 1, starts and ends; it has to be one of the document's."""
        return self.pages[number - 1], self.pages[number] if number < len(self.pages) else len(self.text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of a document's text: `document.text[start:end] == text`."""

    doc_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        _check_span(self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring sentences of one document, the unit of search: `document.text[start:end] == text`."""

    passage_id: str
    doc_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        _check_span(self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one index found: (m,) int64 ids and their (m,) float32 scores, best first, higher is better."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. Higher scores are better; `rank` counts from 1.

    `dense_score` is the cosine, `word_score` BM25; None: that leg did not return the passage.
    """

    passage: Passage
    score: float
    rank: int
    dense_score: float | None
    word_score: float | None

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"a rank counts from 1, not {self.rank}")


def _check_span(start: int, end: int, text: str) -> None:
    if not 0 <= start <= end:
        raise ValueError(f"{start} to {end} is no span")
    if end - start != len(text):
        raise ValueError(f"the span {start} to {end} does not fit its text of {len(text)} characters")
