"""Folders of the user's cache that are there whole or not at all. Knows nothing of what is put into them.

A folder is gathered beside its place, under a lock, stamped with what was checked of it, and put into its place in one
rename. What was gathered stays where gathering was interrupted, so that the next try goes on from there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock

from embeddings.errors import WeightsError
from embeddings.phrase import Phrase
from embeddings.types import Progress

STAMP = "VERIFIED.json"
READY = "ready"
INCOMPLETE = ".incomplete"
"""How the name of a file ends of which only a part has come yet."""

CONVERTED = "converted"
"""The folder of the cache with what was made of weights for this machine: it is made anew where it is missing."""


def default_cache() -> Path:
    """Return the folder for weights and stores in the user's cache.

    Raises WeightsError where this account has no home folder.
    """
    import platformdirs

    try:
        return platformdirs.user_cache_path("article-qa", appauthor=False).expanduser()  # an older one leaves the "~"
    except RuntimeError as error:
        raise WeightsError("there is no home folder; name one for the cache with ARTICLE_QA_CACHE") from error


def converted_sizes(cache: Path) -> dict[Path, int]:
    """Return every folder with what was made of weights, or begun, and the bytes that it takes."""
    folders = sorted(path for path in (cache / CONVERTED).glob("*") if path.is_dir())
    return {folder: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) for folder in folders}


def remove_converted(cache: Path) -> int:
    """Remove what was made of weights and return how many bytes are free again."""
    n_bytes = sum(converted_sizes(cache).values())
    for path in (cache / CONVERTED).glob("*"):  # not that folder itself, which may be a link to another disk
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return n_bytes


def stamp_of(folder: Path) -> dict[str, Any]:
    """Return what was checked of the folder before it came into the cache; empty: it did not come whole."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def fill(
    folder: Path,
    what: str,
    gather: Callable[[Path], Mapping[str, Any]],
    is_filled: Callable[[], bool],
    progress: Progress | None = None,
) -> None:
    """Put into the cache what `gather` leaves in the subfolder READY of the path it is given, stamped with its result.

    One process at a time gathers; the others wait and then find the folder filled. Raises WeightsError where the disk
    does not take it; what `gather` raises otherwise goes through.
    """
    part = folder.with_name(f".{folder.name}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(part.with_suffix(".lock"), what, progress):
            if is_filled():
                return
            part.mkdir(exist_ok=True)
            stamp = gather(part)
            (part / READY / STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")
            if folder.exists():
                shutil.rmtree(folder)
            (part / READY).replace(folder)
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise WeightsError(
            "{what} could not be written to {folder}: {why}; make room there, or name another folder with "
            "ARTICLE_QA_CACHE",
            what=what,
            folder=folder.parent,
            why=error.strerror or error,
        ) from error


@contextmanager
def _lock(path: Path, what: str, progress: Progress | None) -> Iterator[None]:
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        if progress is not None:
            progress(Phrase("waiting for another program that is fetching {what}", what=what), 1, 0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def require_room(part: Path, needed_bytes: int, what: str) -> None:
    """Raise WeightsError unless the disk of `part` has room for what is not there yet of `needed_bytes`."""
    here = sum(path.stat().st_size for path in part.rglob("*") if path.is_file())
    free, missing = shutil.disk_usage(part).free, max(0, needed_bytes - here)
    if free < missing:
        raise WeightsError(
            "the disk of {folder} has {free_gb:.1f} GB free and {what} needs {missing_gb:.1f} GB; make room, or name "
            "another folder with ARTICLE_QA_CACHE",
            folder=part.parent,
            free_gb=free / 1e9,
            what=what,
            missing_gb=missing / 1e9,
        )
