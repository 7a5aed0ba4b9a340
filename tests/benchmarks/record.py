"""What every benchmark writes: what was measured, on which machine, with which versions, and how to repeat it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from qa.machine import described, now, program_sha256, versions


def write_record(out: Path, module: str, measured: dict[str, Any], note: str) -> None:
    """Write what was measured to `out`, with all that is needed to repeat it."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    record = {
        "command": f"python -m {module} {' '.join(sys.argv[1:])}",
        "date": now(),
        "note": note,
        "machine": described(),
        "load_of_the_last_minute": load,
        "versions": versions(),
        "program_sha256": program_sha256(),
        "measured": measured,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile, in milliseconds, of the times."""
    p50, p95 = np.percentile(np.asarray(seconds) * 1e3, [50, 95])
    return {"n": len(seconds), "p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3)}


def seconds_of(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = perf_counter()
    call()
    return perf_counter() - began


def resident_mb() -> dict[str, float]:
    """Return the memory that this process holds, all of it and without the mapped files; empty where /proc is not."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    stated = dict(line.split(":", 1) for line in lines)
    names = {"VmRSS": "resident_mb", "RssAnon": "without_files_mb", "VmHWM": "peak_mb"}
    return {name: round(int(stated[key].split()[0]) / 1024, 1) for key, name in names.items() if key in stated}


def uncached(folder: Path) -> bool:
    """Ask the system to forget what it has of the files below `folder`; return whether it can be asked."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True
