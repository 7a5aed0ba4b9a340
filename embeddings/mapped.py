"""Files of bytes and of numbers, mapped into memory: only what is looked at is read.

The numbers stand alone, little-endian, without the head of an .npy file: numpy has Python's parser read that head,
which Python 3.11 cannot do in two threads at once.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mapped_bytes(path: Path) -> bytes | mmap.mmap:
    """Return a file's content, mapped; an empty file cannot be, and is no bytes. It stays when its name is gone."""
    with path.open("rb") as stream:
        if not path.stat().st_size:
            return b""
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def mapped_array(path: Path, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return the (n,) numbers or records that a file consists of. Raises ValueError where it does not."""
    content = mapped_bytes(path)
    if not content:
        return np.zeros(0, kind)
    return np.frombuffer(content, kind.newbyteorder("<"))


def write_array(path: Path, values: NDArray[Any]) -> None:
    """Write the numbers or records of an array, one after another."""
    path.write_bytes(np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes())
