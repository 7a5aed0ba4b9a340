"""Paths in, files to read out, each with the name that the store gives it. Opens no file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath

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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was met on the way: folders that were read, links to folders with their names, what is not read."""

    folders: set[Path]
    links: dict[Path, str]
    skipped: list[Skipped]

    def told(self) -> tuple[Skipped, ...]:
        """Return what is not read, first the linked folders; one that was read all the same is not among them."""
        why = Phrase("it is a link to a folder; name that folder itself")
        others = [Skipped(name, why) for link, name in self.links.items() if resolved(link) not in self.folders]
        return (*others, *self.skipped)


def find_files(paths: Sequence[str | Path]) -> tuple[tuple[Found, ...], tuple[Skipped, ...]]:
    """Return the files to read, in order of their names, and what of the folders cannot be read.

    A file in a folder is named by its path below the folder, a single file by its own name; where files would
    share a name, the names of the folders above are put before it. A file that is named twice is read once.
    Hidden files are left out; links to folders are not followed. Raises LoadError for a path that is not there.
    """
    found: dict[Path, Found] = {}
    seen = _Seen(set(), {}, [])
    for given in paths:
        path = Path(given)
        alone = Found(path, _readable(path.name))
        for file in _files_below(path, seen) if _is_folder(path) else [alone]:
            found.setdefault(resolved(file.path), file)
    return _with_own_names(found.values()), seen.told()


def named_apart(files: Iterable[Found], taken: Collection[str]) -> tuple[Found, ...]:
    """Return the files, each under a name of its own and none that is `taken`.

    A name that another has already gets the folders above the file put before it, and at last a number.
    """
    names, apart = set(taken), list[Found]()
    for file in files:
        name = next(name for name in _names(file) if name not in names)
        names.add(name)
        apart.append(Found(file.path, name))
    return tuple(apart)


def resolved(path: Path) -> Path:
    """Return the absolute path, links followed; a link that leads back to itself is not."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def place_of(path: Path) -> Path:
    """Return the absolute path, no link followed, as far as that can be said of one with ".." behind a link."""
    place = Path(os.path.normpath(path.absolute()))
    return place if ".." not in path.parts or resolved(place) == resolved(path) else resolved(path)


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


def _files_below(top: Path, seen: _Seen) -> Iterator[Found]:
    """Yield the files of a folder and of those in it, sorted; what is of no known kind goes to `seen`."""

    def unreadable(error: OSError) -> None:
        name = _readable(os.path.relpath(error.filename, top)).replace(os.sep, "/")
        seen.skipped.append(Skipped(name, Phrase("the folder cannot be read: {why}", why=error.strerror or error)))

    for folder, folders, names in os.walk(top, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        _note_folders(Path(folder), folders, top, seen)
        for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
            name = _readable(path.relative_to(top).as_posix())
            if path.suffix.lower() in SUFFIXES:
                yield Found(path, name)
            else:
                kind = _readable(path.suffix) or "without a suffix"
                seen.skipped.append(Skipped(name, Phrase("files of the kind {kind} are not read", kind=kind)))


def _note_folders(folder: Path, inside: Sequence[str], top: Path, seen: _Seen) -> None:
    """Note that a folder is read, and which of those inside are links."""
    place = resolved(folder)
    seen.folders.add(place)
    for name in inside:
        if (folder / name).is_symlink():
            seen.links.setdefault(place / name, _readable((folder / name).relative_to(top).as_posix()))


def _with_own_names(files: Iterable[Found]) -> tuple[Found, ...]:
    """Return the files sorted by name; each of those that share one gets the folder above put before it."""
    named = list(files)
    while True:
        n_of = Counter(file.name for file in named)
        longer = [Found(file.path, _longer_name(file)) if n_of[file.name] > 1 else file for file in named]
        if longer == named:
            break
        named = longer
    apart = named_apart(sorted(named, key=lambda file: (file.name, file.path)), ())
    return tuple(sorted(apart, key=lambda file: file.name))


def _names(file: Found) -> Iterator[str]:
    """Yield the file's name, then with more and more of the folders above it, then with numbers."""
    yield file.name
    while (longer := _longer_name(file)) != file.name:
        file = Found(file.path, longer)
        yield longer
    path = PurePosixPath(file.name)
    for number in count(2):
        yield str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


def _longer_name(file: Found) -> str:
    """Return the file's name with one more of the folders in which it was found, as far as there is one."""
    above, depth = (resolved(file.path.parent) / file.path.name).parents, file.name.count("/")
    return f"{_readable(above[depth].name)}/{file.name}" if depth + 1 < len(above) else file.name


def _readable(name: str) -> str:
    r"""Return a file name that can be written as UTF-8; a byte that is none becomes, e.g., "\xe9"."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
