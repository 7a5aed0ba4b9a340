"""How much memory this machine has and how much of it is free, and how much a model takes while it is loaded.

Linux, macOS and Windows account for it each in its own way; on other systems nobody knows.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

WEIGHTS_TIMES = 3.4
OTHER_BYTES = 150_000_000
"""The most that OpenVINO had resident while a GGUF file was prepared, loaded and asked: 3.82 GB for a file of 1.12 GB,
0.44 GB for one of 0.10 GB; 2.92 and 0.42 GB where it was prepared before."""

HELD_TIMES = 1.6
"""What a model that was asked holds besides mapped files, which can be dropped: 1.82 GB for a file of 1.12 GB."""

VM_STAT, VM_STAT_S = "/usr/bin/vm_stat", 5.0
"""What tells the pages of macOS, and how long it is waited for."""


def needed_bytes(weights_bytes: int) -> int:
    """Return how much memory a model with so many bytes of weights takes at most while it is loaded; 0: not known."""
    return round(WEIGHTS_TIMES * weights_bytes) + OTHER_BYTES if weights_bytes else 0


def held_bytes(weights_bytes: int) -> int:
    """Return how much memory is free again, at least, when such a model is let go."""
    return round(HELD_TIMES * weights_bytes)


def available_bytes() -> int | None:
    """Return how much memory can be had without anything being swapped out; None: not known."""
    system = platform.system()
    if system == "Linux":
        return free_on_linux()
    if system == "Darwin":
        return free_on_mac()
    return free_on_windows() if system == "Windows" else None


def total_bytes(root: Path = Path("/")) -> int | None:
    """Return the machine's memory, or what a group of processes that this one is in may take, if that is less.

    None: not known.
    """
    if platform.system() == "Windows":
        memory = windows_memory()
        return None if memory is None else int(memory.total)
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return min([total, *(group.limit for group in groups_above(root))])


# --- Linux


@dataclass(frozen=True, slots=True)
class Group:
    """A control group in bytes: the most it may take, what it takes, and how much of that is files it can drop."""

    limit: int
    used: int
    dropped: int


@dataclass(frozen=True, slots=True)
class _Accounts:
    """Where a version of control groups keeps them: `own` finds this process's group in /proc/self/cgroup."""

    own: str
    folder: str
    limit: str
    used: str
    dropped: str


_VERSION_2 = _Accounts(r"^0::/(.*)$", "", "memory.max", "memory.current", "inactive_file")
_VERSION_1 = _Accounts(
    r"^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:/(.*)$",
    "memory",
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "total_inactive_file",
)


def free_on_linux(root: Path = Path("/")) -> int | None:
    """Return what the machine has free, or what a group of processes that this one is in may still take, if less."""
    found = re.search(r"^MemAvailable:\s*(\d+) kB$", _text(root / "proc/meminfo"), re.MULTILINE)
    if found is None:
        return None
    left = (group.limit - group.used + group.dropped for group in groups_above(root))
    return max(0, min([int(found.group(1)) * 1024, *left]))


def groups_above(root: Path = Path("/")) -> Iterator[Group]:
    """Yield each control group above this process that has a limit: of version 2, of version 1, or of both."""
    for version in (_VERSION_2, _VERSION_1):
        top = root / "sys/fs/cgroup" / version.folder
        own = re.search(version.own, _text(root / "proc/self/cgroup"), re.MULTILINE)
        lowest = top / own.group(1) if own else top
        for group in (lowest, *(parent for parent in lowest.parents if parent.is_relative_to(top))):
            limit, used = _text(group / version.limit).strip(), _text(group / version.used).strip()
            dropped = re.search(rf"^{version.dropped} (\d+)$", _text(group / "memory.stat"), re.MULTILINE)
            if limit.isdecimal() and used.isdecimal():
                yield Group(int(limit), int(used), int(dropped.group(1)) if dropped else 0)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


# --- macOS


def free_on_mac(said: str | None = None) -> int | None:
    """Return the pages that are free, that hold files, or that their programs gave up, in bytes.

    The last two are what Apple's Activity Monitor calls cached files. Inactive pages of programs are not counted: they
    would be compressed or swapped out. `said` stands in place of what `vm_stat` says.
    """
    said = _vm_stat() if said is None else said
    size = re.search(r"\(page size of (\d+) bytes\)", said)
    names = ("Pages free", "Pages purgeable", "File-backed pages")
    found = [re.search(rf"^{name}:\s+(\d+)\.$", said, re.MULTILINE) for name in names]
    counts = [int(count.group(1)) for count in found if count]
    return int(size.group(1)) * sum(counts) if size and len(counts) == len(names) else None


def _vm_stat() -> str:
    """Return what `vm_stat` says; empty where it says nothing."""
    try:
        ran = subprocess.run([VM_STAT], capture_output=True, timeout=VM_STAT_S, check=False, encoding="ascii")
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return ran.stdout


# --- Windows


class WindowsMemory(ctypes.Structure):
    """MEMORYSTATUSEX; `total` and `free` are bytes of the machine's memory."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load_percent", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("total_page_file", ctypes.c_uint64),
        ("free_page_file", ctypes.c_uint64),
        ("total_virtual", ctypes.c_uint64),
        ("free_virtual", ctypes.c_uint64),
        ("free_extended_virtual", ctypes.c_uint64),
    )


def windows_memory(fill: Callable[[WindowsMemory], int] | None = None) -> WindowsMemory | None:
    """Return what Windows accounts for; `fill` stands in place of its GlobalMemoryStatusEx. None: it does not say."""
    memory = WindowsMemory(length=ctypes.sizeof(WindowsMemory))
    return memory if (fill or _global_memory_status)(memory) else None


def free_on_windows(fill: Callable[[WindowsMemory], int] | None = None) -> int | None:
    """Return the memory that can be used at once, nothing having to be written to disk before."""
    memory = windows_memory(fill)
    return None if memory is None else int(memory.free)


def _global_memory_status(memory: WindowsMemory) -> int:
    if sys.platform == "win32":
        return int(ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(memory)))
    return 0
