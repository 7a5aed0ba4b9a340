"""Which files a store's texts were read from: one line of JSON each, sorted by path, read as far as is asked for.

A store of a million passages may come from a hundred thousand files: to find the file of one document, a few lines are
read. Knows nothing of what is in the files.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FILES = "files.jsonl"


@dataclass(frozen=True, slots=True)
class FileState:
    """A source file as it was when it was read; where size and time are the same, it is not read again.

    `source` is the file's absolute path, empty for what was not read from a file.
    """

    path: str
    doc_id: str
    source: str = ""
    size: int = -1
    mtime_ns: int = -1


@dataclass(frozen=True, slots=True)
class Files:
    """The lines of files.jsonl. All methods raise ValueError or TypeError where these are not what was written."""

    lines: bytes | mmap.mmap

    def all(self) -> tuple[FileState, ...]:
        """Return every file, sorted by path."""
        rows = json.loads(b"[" + b",".join(bytes(self.lines).splitlines()) + b"]")
        return tuple(FileState(**row) for row in rows)

    def under(self, path: str) -> FileState | None:
        """Return the file of this path, None where there is none; the middle is looked at first."""
        first, last = 0, len(self.lines)
        while first < last:
            start = self.lines.rfind(b"\n", first, (first + last) // 2) + 1 or first
            state = self._at(start)
            if state.path == path:
                return state
            first, last = (self._end(start), last) if state.path < path else (first, start)
        return None

    def of(self, doc_id: str) -> Iterator[FileState]:
        """Yield the files that hold the document's text, sorted by path."""
        wanted, end = f'"{doc_id}"'.encode("ascii", "replace"), 0
        while (found := self.lines.find(wanted, end)) >= 0:
            state, end = self._at(self.lines.rfind(b"\n", 0, found) + 1), self._end(found)
            if state.doc_id == doc_id:
                yield state

    def _at(self, start: int) -> FileState:
        return FileState(**json.loads(self.lines[start : self._end(start)]))

    def _end(self, start: int) -> int:
        """Return where the next line starts."""
        end = self.lines.find(b"\n", start)
        return end + 1 if end >= 0 else len(self.lines)


def write_files(path: Path, states: Iterable[FileState]) -> None:
    """Write the files, sorted by path, one a line, in ASCII: no character in a path can break a line or an encoding."""
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.writelines(_line(state) for state in states)


def _line(state: FileState) -> str:
    row = {"path": state.path, "doc_id": state.doc_id, "source": state.source}
    return json.dumps({**row, "size": state.size, "mtime_ns": state.mtime_ns}) + "\n"
