"""What was not read of the files that one person added, with the reasons: a list that stays until a file is read."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from embeddings.load import Skipped

MOST_SKIPPED = 50
"""Of the files that were not read, no more are listed."""


class Unread:
    """The files that were not read, the last one last. Safe for threads."""

    def __init__(self) -> None:
        self.files: tuple[Skipped, ...] = ()
        self._refused: tuple[Skipped, ...] = ()
        self._lock = threading.Lock()

    def take(self, names: Collection[str], skipped: Sequence[Skipped]) -> None:
        """List what was not read of the files with these names; what was listed of them before holds no more."""
        plain = {_plain(name) for name in names}
        with self._lock:
            others = [file for file in self.files if _plain(file.path) not in plain]
            self.files = (*others, *skipped)[-MOST_SKIPPED:]

    def refuse(self, paths: Sequence[str], why: str) -> None:
        """List files that did not come, and tell it."""
        self.take(paths, tuple(Skipped(path, why) for path in paths))
        self.tell(paths, why)

    def tell(self, paths: Sequence[str], why: str) -> None:
        """Have it told once that these did not come."""
        refused = tuple(Skipped(path, why) for path in paths)
        with self._lock:
            self._refused = (*self._refused, *refused)

    def refused(self) -> tuple[Skipped, ...]:
        """Return what was refused since this was last asked."""
        with self._lock:
            refused, self._refused = self._refused, ()
        return refused


def _plain(path: str) -> str:
    """Return what the web server leaves as it is of every file's name."""
    return "".join(filter(str.isalnum, PurePosixPath(path).name))
