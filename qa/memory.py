"""How much memory is free on this machine, as Linux accounts for it, and how much a model takes while it is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

WEIGHTS_TIMES = 3.4
OTHER_BYTES = 150_000_000
"""The most that OpenVINO had resident while a GGUF file was prepared, loaded and asked: 3.82 GB for a file of 1.12 GB,
0.44 GB for one of 0.10 GB; 2.92 and 0.42 GB where it was prepared before."""

HELD_TIMES = 1.6
"""What a model that was asked holds besides mapped files, which can be dropped: 1.82 GB for a file of 1.12 GB."""


def needed_bytes(weights_bytes: int) -> int:
    """Return how much memory a model with so many bytes of weights takes at most while it is loaded; 0: not known."""
    return round(WEIGHTS_TIMES * weights_bytes) + OTHER_BYTES if weights_bytes else 0


def held_bytes(weights_bytes: int) -> int:
    """Return how much memory is free again, at least, when such a model is let go."""
    return round(HELD_TIMES * weights_bytes)


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return how much memory can be had without anything being swapped out; None: not known, as on no Linux.

    That is what the machine has, or what a group of processes that this one is in may still take, if that is less.
    """
    found = re.search(r"^MemAvailable:\s*(\d+) kB$", _text(root / "proc/meminfo"), re.MULTILINE)
    if found is None:
        return None
    return max(0, min([int(found.group(1)) * 1024, *_left_to_groups(root)]))


def _left_to_groups(root: Path) -> Iterator[int]:
    """Yield what each control group above this process may still take; files that it read can be dropped."""
    top = root / "sys/fs/cgroup"
    own = re.search(r"^0::/(.*)$", _text(root / "proc/self/cgroup"), re.MULTILINE)
    lowest = top / own.group(1) if own else top
    for group in (lowest, *(parent for parent in lowest.parents if parent.is_relative_to(top))):
        limit, used = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
        dropped = re.search(r"^inactive_file (\d+)$", _text(group / "memory.stat"), re.MULTILINE)
        if limit.isdecimal() and used.isdecimal():
            yield int(limit) - int(used) + (int(dropped.group(1)) if dropped else 0)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
