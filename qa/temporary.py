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
def own_folder() -> Iterator[Path]:
    """Give an empty folder that nobody else sees and that is gone at the end.

    Those of programs that were killed are removed. Raises OSError where none can be made.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            _remove_unused(left)
    temporary = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    with temporary as name, FileLock(Path(name) / IN_USE):
        yield Path(name)


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
