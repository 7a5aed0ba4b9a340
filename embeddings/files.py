"""Which files a store's texts were read from, and whether they are still there.

One line of JSON each, sorted by path, read as far as is asked for.

A store of a million passages may come from a hundred thousand files: to find the file of one document, a few lines are
read. Knows nothing of what is in the files.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from embeddings.find import place_of, resolved

FILES = "files.jsonl"

ADDED = "added"
"""The folder of a store with the files that were added to it by being copied there."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A source file as it was when it was read; where size and time are the same, it is not read again.

    `source` is the file's absolute path, links followed, empty for what was not read from a file. `found` is where it
    was found, where a link leads from there to `source`, else empty.
    """

    path: str
    doc_id: str
    source: str = ""
    size: int = -1
    mtime_ns: int = -1
    found: str = ""

    @property
    def place(self) -> str:
        """Where the file was found, no link followed; a store of many files makes no `Path` of each."""
        return self.found or self.source

    @property
    def is_led_to(self) -> bool:
        """Whether a link leads from where the file was found to where it lies."""
        return bool(self.found) and str(resolved(Path(self.place))) == self.source


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
    found = {"found": state.found} if state.found else {}
    return json.dumps({**row, "size": state.size, "mtime_ns": state.mtime_ns, **found}) + "\n"


def is_gone(state: FileState) -> bool:
    """Return whether a file is gone, or a link leads elsewhere now; one that is only out of reach is not gone."""
    if not state.source:
        return False
    try:
        status = os.stat(state.place)  # noqa: PTH116 - of a hundred thousand files at a time
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        return error.errno == errno.ELOOP
    if not stat.S_ISREG(status.st_mode):
        return True
    is_as_it_was = (status.st_size, status.st_mtime_ns) == (state.size, state.mtime_ns)
    return not is_as_it_was and str(resolved(Path(state.place))) != state.source


def moved_along(state: FileState, store: Path) -> FileState:
    """Return the state of a file; of one that was added to the store and moved along with it, with its new place."""
    if not state.path.startswith(f"{ADDED}/"):
        return state
    place = resolved(store) / state.path
    try:
        has_moved = is_gone(state) and place.is_file()
    except OSError:  # a name that is too long there
        return state
    return replace(state, source=str(place), found="") if has_moved else state


def found_again(states: Collection[FileState], paths: Collection[Path]) -> frozenset[FileState]:
    """Return those of the files that are among `paths` with another source than they had.

    A link leads elsewhere, a folder above became a link, or the name is spelled otherwise, with large letters for small
    ones, on a disk to which that is the same.
    """
    if not states:
        return frozenset()
    places = {str(place_of(path)) for path in paths}
    now: dict[tuple[int, int], list[Path]] = {}
    for path in paths:
        if identity := _identity(path):
            now.setdefault(identity, []).append(path)
    return frozenset(state for state in states if state.source and (state.place in places or _is_one_of(now, state)))


def _is_one_of(files: Mapping[tuple[int, int], Collection[Path]], state: FileState) -> bool:
    """Return whether it is one of the files by what the disk says and by name: one file may have two names for good."""
    identity = _identity(state.place)
    alike = files.get(identity, ()) if identity is not None else ()
    return any(_spelled(path) == _spelled(Path(state.place)) for path in alike)


def _identity(path: str | Path) -> tuple[int, int] | None:
    """Return what the disk calls the file; None: it cannot be looked at."""
    try:
        status = os.stat(path)  # noqa: PTH116 - of a hundred thousand files at a time
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _spelled(path: Path) -> str:
    """Return the path, links followed, the same for all spellings that a disk may take for one."""
    return unicodedata.normalize("NFC", str(resolved(path))).casefold()
