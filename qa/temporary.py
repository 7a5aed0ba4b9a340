"""A folder for what a program writes for as long as it runs; what one that was killed left goes when another starts."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "article-qa-serve-"
IN_USE = "in-use.lock"
"""The file that a running program holds a lock on."""

YOUNG_S = 60.0
"""A younger folder is let be: its program may not have taken the lock yet."""


@contextmanager
def own_folder(place: Path | None = None) -> Iterator[Path]:
    """Give an empty folder in `place`, or else where temporary files lie, that nobody else sees and is gone at the end.

    Those of programs that were killed are removed. It may be ended by another thread. Raises OSError where none can be
    made.
    """
    place = place or Path(tempfile.gettempdir())
    remove_left(place)
    temporary = tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True)
    with temporary as name, FileLock(Path(name) / IN_USE, thread_local=False):
        yield Path(name)


def remove_left(place: Path) -> None:
    """Remove the folders in `place` that programs left which are gone; what cannot be removed stays."""
    for left in place.glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            _remove_unused(left)


def _remove_unused(folder: Path) -> None:
    """Remove a folder that no program uses. Raises Timeout where one does, OSError where that cannot be found out."""
    lock = folder / IN_USE
    about = folder.lstat()
    is_ours = not hasattr(os, "getuid") or about.st_uid == os.getuid()
    if not is_ours or time.time() - lock.lstat().st_mtime < YOUNG_S:
        return
    with FileLock(lock, timeout=0):
        pass
    shutil.rmtree(folder, ignore_errors=True)
