"""Documents that were read and wait to be written: their texts lie in a temporary file, not in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from embeddings.errors import StoreError
from embeddings.types import Document


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a document's text lies, in bytes, and all that is not its text."""

    start: int
    n_bytes: int
    doc_id: str
    title: str
    pages: tuple[int, ...]
    headings: tuple[int, ...]


class Spool(Mapping[str, Document]):
    """Documents by path; one that is put in under a path that is there takes its place. Closing removes the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, _Kept] = {}
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by whoever holds the spool
        except OSError as error:
            raise StoreError(
                "the folder {folder} cannot be written to: {why}", folder=folder, why=error.strerror or error
            ) from error

    def put(self, document: Document) -> None:
        """Take a document. Raises StoreError where the disk is full."""
        try:
            start = self._file.seek(0, 2)
            text = document.text.encode("utf-8", "surrogatepass")
            self._file.write(text)
            named = (document.doc_id, document.title, document.pages, document.headings)
            self._kept[document.path] = _Kept(start, len(text), *named)
        except OSError as error:
            raise StoreError(
                "the store {folder} could not be written: {why}; what it held before is still there; "
                "make room on the disk and try again",
                folder=self._folder,
                why=error.strerror or error,
            ) from error

    def __getitem__(self, path: str) -> Document:
        kept = self._kept[path]
        self._file.seek(kept.start)
        text = self._file.read(kept.n_bytes).decode("utf-8", "surrogatepass")
        return Document(kept.doc_id, path, kept.title, text, kept.pages, kept.headings)

    def __contains__(self, path: object) -> bool:
        return path in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # a disk that is full was told by `put`, and nothing of this is kept
            self._file.close()
