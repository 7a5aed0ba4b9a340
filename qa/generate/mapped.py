"""Files that a library has mapped into this process, and the memory that they take in it. Linux; elsewhere nothing.

Knows nothing of models.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_DONTNEED = 4
"""MADV_DONTNEED: a page that is needed again is mapped anew from the file, which the system keeps if it can."""


def release_mapped(folder: Path) -> int:
    """Have the system take back what of the folder's files is mapped for reading; return how many bytes that can be.

    A model's weights are mapped, read once to be laid out anew, and then lie in memory twice.
    """
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    n_bytes = 0
    for start, end in _mapped(folder.resolve()):
        if libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONTNEED) == 0:
            n_bytes += end - start
    return n_bytes


def _mapped(folder: Path) -> list[tuple[int, int]]:
    """Return the spans of addresses at which this process has files of the folder that it cannot write to."""
    spans = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        addresses, rights, _offset, _device, _inode, *path = line.split(maxsplit=5)
        if path and "w" not in rights and Path(path[0]).parent == folder:
            start, end = addresses.split("-")
            spans.append((int(start, 16), int(end, 16)))
    return spans
