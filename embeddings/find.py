"""Paths in, files to read out, each with the name that the store gives it. Opens no file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embeddings.errors import LoadError
from embeddings.phrase import Phrase

TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".rst"})
WEB_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
SUFFIXES = TEXT_SUFFIXES | WEB_SUFFIXES | {".pdf", ".docx"}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why. `lasts`: what is in it is why, so that it is so until it changes."""

    path: str
    reason: str
    lasts: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read and the name that the store gives it, with "/" between its parts."""

    path: Path
    name: str


def find_files(paths: Sequence[str | Path]) -> tuple[tuple[Found, ...], tuple[Skipped, ...]]:
    """Return the files to read, in order of their names, and what of the folders cannot be read.

    A file in a folder is named by its path below the folder, a single file by its own name; where files would
    share a name, the names of the folders above are put before it. A file that is named twice is read once.
    Hidden files and links to folders are left out. Raises LoadError for a path that is not there.
    """
    found: dict[Path, Found] = {}
    skipped: list[Skipped] = []
    for given in paths:
        path = Path(given)
        alone = Found(path, _readable(path.name))
        for file in _files_below(path, skipped) if _is_folder(path) else [alone]:
            found.setdefault(_resolved(file.path), file)
    return _with_own_names(found), tuple(skipped)


def _is_folder(path: Path) -> bool:
    """Return whether the path is a folder. Raises LoadError where nothing is there or may be looked at."""
    try:
        path.stat()
        return path.is_dir()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise LoadError("there is no file or folder {path!r}; check the path", path=_readable(str(path))) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise LoadError("{path!r} cannot be looked at: {reason}", path=_readable(str(path)), reason=reason) from error


def _files_below(top: Path, skipped: list[Skipped]) -> Iterator[Found]:
    """Yield the files of a folder and of those in it, sorted; what is of no known kind goes to `skipped`."""

    def unreadable(error: OSError) -> None:
        name = _readable(os.path.relpath(error.filename, top)).replace(os.sep, "/")
        skipped.append(Skipped(name, Phrase("the folder cannot be read: {why}", why=error.strerror or error)))

    for folder, folders, names in os.walk(top, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
            name = _readable(path.relative_to(top).as_posix())
            if path.suffix.lower() in SUFFIXES:
                yield Found(path, name)
            else:
                kind = path.suffix or "without a suffix"
                skipped.append(Skipped(name, Phrase("files of the kind {kind} are not read", kind=kind)))


def _with_own_names(found: dict[Path, Found]) -> tuple[Found, ...]:
    """Return the files sorted by name; each of those that share one gets the folder above put before it."""
    named = dict(found)
    while True:
        holders: dict[str, list[Path]] = {}
        for path, file in named.items():
            holders.setdefault(file.name, []).append(path)
        alike = [(path, name) for name, sharing in holders.items() if len(sharing) > 1 for path in sharing]
        longer = {path: new for path, name in alike if (new := _longer_name(path, name)) != name}
        if not longer:
            return tuple(sorted(named.values(), key=lambda file: file.name))
        named.update({path: Found(named[path].path, name) for path, name in longer.items()})


def _longer_name(path: Path, name: str) -> str:
    """Return the name with one more of the folders above it, as far as there is one."""
    depth = name.count("/") + 1
    above = path.parents
    return f"{_readable(above[depth - 1].name)}/{name}" if depth < len(above) else name


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads back to itself
        return path.absolute()


def _readable(name: str) -> str:
    """Return a file name that can be written as UTF-8; bytes that are none become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")
