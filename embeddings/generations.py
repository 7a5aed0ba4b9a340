"""The names in a store's folder: which generations there are, which is in use, how a new one takes its place.

Standard library only. Knows nothing of what a generation holds, but that its manifest is written last.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from embeddings.errors import StoreError

CURRENT = "CURRENT"
MANIFEST = "MANIFEST.json"
_NAME = re.compile(r"gen-([0-9]{6,18})")


def is_name(name: str) -> bool:
    """Return whether `name` is one of a generation; other files and folders are nobody's to delete."""
    return _NAME.fullmatch(name) is not None


def number(name: str) -> int:
    """Return the number of a generation: a later one has a higher one."""
    return int(name.removeprefix("gen-"))


def names_in(folder: Path) -> tuple[str, ...]:
    """Return the names of all generations in the folder, whole or not, latest first."""
    try:
        found = [path.name for path in folder.iterdir() if is_name(path.name) and path.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise StoreError(
            "the folder {folder} cannot be read: {why}", folder=folder, why=error.strerror or error
        ) from error
    return tuple(sorted(found, key=number, reverse=True))


def current(folder: Path) -> str:
    """Return the text of CURRENT, the name of the generation in use; empty where there is no such file.

    Raises StoreError where it is there and cannot be read.
    """
    try:
        return (folder / CURRENT).read_bytes()[:100].decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise StoreError(
            "{file} cannot be read: {why}; see that it is a file that may be read, or build a store in a new folder",
            file=folder / CURRENT,
            why=error.strerror or error,
        ) from error


def in_order(folder: Path, in_use: str) -> tuple[str, ...]:
    """Return the generations to try: the one in use, those before it, latest first, and last those after it.

    One without a manifest was never finished and is left out, unless it is the one in use.
    """
    finished = [name for name in names_in(folder) if name != in_use and (folder / name / MANIFEST).exists()]
    if not is_name(in_use):
        return tuple(finished)
    before = [name for name in finished if number(name) < number(in_use)]
    return (in_use, *before, *(name for name in finished if name not in before))


def next_name(folder: Path) -> str:
    """Return a name later than that of every generation that is or was in use."""
    names = [*names_in(folder), *(name for name in [current(folder)] if is_name(name))]
    return f"gen-{max(map(number, names), default=0) + 1:06d}"


def put_in_place(folder: Path, name: str) -> None:
    """Make `name` the generation in use, in one rename, and return once that is on the disk."""
    beside = folder / f"{CURRENT}.new"
    beside.write_text(f"{name}\n", encoding="ascii")
    sync(beside)
    beside.replace(folder / CURRENT)
    sync(folder)


def remove_unfinished(folder: Path, kept: Collection[str]) -> None:
    """Delete what an interrupted write left: generations without a manifest, or later than the one in use."""
    in_use = current(folder)
    with suppress(OSError):
        (folder / f"{CURRENT}.new").unlink()
    for name in names_in(folder):
        later = is_name(in_use) and number(name) > number(in_use)
        if name not in {in_use, *kept} and (later or not (folder / name / MANIFEST).exists()):
            _remove(folder / name)


def remove_all_but(folder: Path, kept: Collection[str]) -> None:
    """Delete all other generations; what cannot be deleted stays for next time."""
    for name in names_in(folder):
        if name not in kept:
            _remove(folder / name)


def _remove(generation: Path) -> None:
    """Delete a generation, its manifest first, so that half of one is never taken for a whole one."""
    with suppress(OSError):
        (generation / MANIFEST).unlink()
    shutil.rmtree(generation, ignore_errors=True)


_NOT_FOR_FOLDERS = {errno.EINVAL, errno.EBADF, errno.ENOTSUP}


def sync(path: Path) -> None:
    """Return once a file's content or a folder's names are on the disk.

    Windows can do so for files only, and so can some shared folders.
    """
    windows = os.name == "nt"
    if windows and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOT_FOR_FOLDERS or not path.is_dir():
            raise
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Return once every file and folder below `folder`, and itself, are on the disk."""
    for path in [*sorted(folder.rglob("*")), folder]:
        sync(path)
