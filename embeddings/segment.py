"""One segment of a store on disk: documents with their texts, passages, vectors and words. Never changed once written.

Everything is mapped and nothing is parsed before it is asked for, so that opening costs the same for ten passages as
for a hundred thousand. What a document says is checked when it is read: its id is the SHA-256 of its text.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from embeddings.dense import DensePart
from embeddings.errors import StoreDamaged
from embeddings.mapped import mapped_array, mapped_bytes, write_array
from embeddings.passages import passage_of
from embeddings.postings import Postings
from embeddings.sparse import index_words
from embeddings.types import Document, Passage
from embeddings.vectors import write_rows

LINES, TEXTS, DOCUMENTS, PASSAGES = "documents.jsonl", "texts.bin", "documents.bin", "passages.bin"
VECTORS, CODES, WORDS = "vectors.bin", "codes.faiss", "words"

_DOCUMENT = np.dtype(
    [("id", "V32"), ("line_start", "<i8"), ("line_end", "<i8"), ("text_start", "<i8"), ("text_end", "<i8")]
)
"""The document's id and where it stands, in bytes, in documents.jsonl and in texts.bin."""

_PASSAGE = np.dtype([("document", "<i4"), ("start", "<i4"), ("end", "<i4"), ("n_bytes", "<i4"), ("text_start", "<i8")])
"""The document's row, the passage's offsets in code points, and where it stands, in bytes, in texts.bin."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document and its passages, to be written."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Documents with their passages and the (n, dim) float32 unit rows of all of these, to be written together."""

    entries: tuple[Entry, ...]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Segment:
    """An opened segment; rows count from 0 in the order of writing."""

    name: str
    lines: bytes | mmap.mmap
    texts: bytes | mmap.mmap
    documents: NDArray[np.void]
    passages: NDArray[np.void]
    dense: DensePart
    words: Postings

    @classmethod
    def load(cls, folder: Path, dim: int) -> Segment:
        """Return the segment in `folder`, its vectors `dim` wide. Raises OSError or ValueError where it is none."""
        return cls(
            folder.name,
            mapped_bytes(folder / LINES),
            mapped_bytes(folder / TEXTS),
            mapped_array(folder / DOCUMENTS, _DOCUMENT),
            mapped_array(folder / PASSAGES, _PASSAGE),
            DensePart.load(folder / VECTORS, folder / CODES, dim),
            Postings.load(folder / WORDS),
        )

    def doc_id(self, row: int) -> str:
        """Return the id of a document."""
        return bytes(self.documents["id"][row]).hex()

    def row_of(self, doc_id: str) -> int | None:
        """Return the row of the document with this id; None: it is not here."""
        keys, rows = self._sorted_keys
        key = _keys_of(np.frombuffer(bytes.fromhex(doc_id), "V32"))[0]
        first, last = np.searchsorted(keys, key, "left"), np.searchsorted(keys, key, "right")
        return next((int(row) for row in rows[first:last] if self.doc_id(row) == doc_id), None)

    def rows_of(self, doc_ids: Collection[str]) -> NDArray[np.int64]:
        """Return the rows of those of the documents that are here, ascending."""
        ids = np.frombuffer(bytes.fromhex("".join(doc_ids)), "V32")
        keys, rows = self._sorted_keys
        if not len(ids) or not len(keys):
            return np.zeros(0, np.int64)
        at = np.minimum(np.searchsorted(keys, _keys_of(ids)), len(keys) - 1)
        found = self.documents["id"][rows[at]] == ids
        others = (self.row_of(bytes(each).hex()) for each in ids[~found])  # not here, or of one key with another
        return np.unique([*rows[at[found]].tolist(), *(row for row in others if row is not None)]).astype(np.int64)

    def path_of(self, row: int) -> str:
        """Return the path of a document."""
        return str(self._described(row)["path"])

    def document(self, row: int) -> Document:
        """Return a document. Raises StoreDamaged where its text is not the one that was written."""
        _, _, _, first, last = self.documents[row]
        described = self._described(row)
        try:
            text = self.texts[first:last].decode("utf-8", "surrogatepass")
            pages, headings = tuple(described["pages"]), tuple(described.get("headings", ()))
            return Document(self.doc_id(row), described["path"], described["title"], text, pages, headings)
        except (ValueError, TypeError, KeyError) as error:
            raise self._damaged(f"document {row}", error) from error

    def passage(self, row: int) -> Passage:
        """Return a passage; of its document only its own text is read."""
        document, start, end, n_bytes, first = self.passages[row].tolist()
        try:
            text = self.texts[first : first + n_bytes].decode("utf-8", "surrogatepass")
            return passage_of(self.doc_id(document), start, end, text)
        except ValueError as error:
            raise self._damaged(f"passage {row}", error) from error

    def passage_rows(self, documents: Iterable[int]) -> NDArray[np.int64]:
        """Return the rows of the passages of some documents, in the order of the documents."""
        rows = np.fromiter(documents, np.int32)
        firsts, lasts = (np.searchsorted(self._owners, rows, side=side) for side in ("left", "right"))
        ranges = [np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)]
        return np.concatenate([np.zeros(0, np.int64), *ranges])

    @cached_property
    def _owners(self) -> NDArray[np.int32]:
        """The row of each passage's document, one after the other: numpy would copy the column at each search in it."""
        return np.ascontiguousarray(self.passages["document"], np.int32)

    @cached_property
    def _sorted_keys(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The keys of all documents, ascending, and their rows."""
        keys = _keys_of(self.documents["id"])
        rows = np.argsort(keys, kind="stable")
        return keys[rows], rows

    def _described(self, row: int) -> dict[str, Any]:
        _, first, last, _, _ = self.documents[row]
        try:
            described = json.loads(self.lines[first:last])
        except ValueError as error:
            raise self._damaged(f"document {row}", error) from error
        return dict(described)

    def _damaged(self, what: str, error: Exception) -> StoreDamaged:
        return StoreDamaged(
            "{what} of {name} is not as it was written ({why}); build the store anew with: article-qa index "
            "PATH... --store NEW_FOLDER",
            what=what,
            name=self.name,
            why=error,
        )


def write_segment(folder: Path, blocks: Iterable[Block], dim: int) -> Segment:
    """Write a segment into `folder`, which is made; of its texts no more than one block is in memory."""
    folder.mkdir()
    with (folder / LINES).open("wb") as lines, (folder / TEXTS).open("wb") as texts:
        tables = _Tables(lines, texts)
        with (folder / VECTORS).open("wb") as vectors:
            words = Postings.build(index_words(p.text) for block in blocks for p in tables.passages_of(block, vectors))
    write_array(folder / DOCUMENTS, np.concatenate([np.zeros(0, _DOCUMENT), *tables.documents]))
    write_array(folder / PASSAGES, np.concatenate([np.zeros(0, _PASSAGE), *tables.passages]))
    DensePart.build(folder / VECTORS, folder / CODES, dim)
    words.save(folder / WORDS)
    return Segment.load(folder, dim)


class _Tables:
    """Where documents and passages stand in the files of lines and of texts, which are written block by block."""

    def __init__(self, lines: BinaryIO, texts: BinaryIO) -> None:
        self.documents: list[NDArray[np.void]] = []
        self.passages: list[NDArray[np.void]] = []
        self._lines, self._texts, self._n_documents = lines, texts, 0

    def passages_of(self, block: Block, vectors: BinaryIO) -> Iterator[Passage]:
        """Write a block, and yield its passages."""
        write_rows(vectors, block.vectors)
        own = [self._written(entry) for entry in block.entries]
        self.documents.append(np.array([document for document, _ in own], _DOCUMENT))
        self.passages.append(np.array([row for _, rows in own for row in rows], _PASSAGE))
        for entry in block.entries:
            yield from entry.passages

    def _written(self, entry: Entry) -> tuple[tuple[bytes, int, int, int, int], list[tuple[int, int, int, int, int]]]:
        """Write a document's line and text; return its row and those of its passages."""
        document, passages = entry.document, entry.passages
        line, text = _line(document), document.text.encode("utf-8", "surrogatepass")
        lines_at, text_at = self._lines.tell(), self._texts.tell()
        self._lines.write(line)
        self._texts.write(text)
        row, self._n_documents = self._n_documents, self._n_documents + 1
        spans = zip(passages, _in_bytes(document.text, passages), strict=True)
        rows = [(row, p.start, p.end, n_bytes, text_at + first) for p, (first, n_bytes) in spans]
        key = bytes.fromhex(document.doc_id)
        return (key, lines_at, lines_at + len(line), text_at, text_at + len(text)), rows


def _line(document: Document) -> bytes:
    """Return all of a document but its text as a line of ASCII: no character can break a line or an encoding."""
    described = {name: getattr(document, name) for name in ("doc_id", "path", "title", "pages")}
    if document.headings:
        described["headings"] = document.headings
    return (json.dumps(described) + "\n").encode("ascii")


def _in_bytes(text: str, passages: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """Yield for each passage, in the order of starts, its first byte in the text's UTF-8 and its number of bytes."""
    start = first = 0
    for passage in passages:
        first += len(text[start : passage.start].encode("utf-8", "surrogatepass"))
        start = passage.start
        yield first, len(passage.text.encode("utf-8", "surrogatepass"))


def _keys_of(ids: NDArray[np.void]) -> NDArray[np.uint64]:
    """Return the first eight bytes of each id as a number."""
    return np.ascontiguousarray(ids).view(">u8").reshape(-1, 4)[:, 0].astype(np.uint64)
