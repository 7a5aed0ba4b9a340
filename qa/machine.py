"""What a record says of the machine, the libraries and the time that it was made with."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("article-qa", "bm25s", "faiss-cpu", "numpy", "openvino", "openvino-genai", "PyStemmer"),
    *("sentence-transformers", "torch", "transformers"),
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that are here."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def described() -> dict[str, Any]:
    """Return the system, and the processor with the number of its cores that this process may use."""
    return {"platform": platform.platform(), "cpu": _cpu_model(), "cpu_count": _cpu_count()}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()


def _cpu_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def now() -> str:
    """Return the time, in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
