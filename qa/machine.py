"""What a record says of the machine, the libraries and the time that it was made with."""

from __future__ import annotations

import hashlib
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

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("embeddings", "qa")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that are here."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def program_sha256() -> str:
    """Return the SHA-256 of the program's own files, in order of their names: what it does depends on nothing less."""
    digest = hashlib.sha256()
    for path in sorted(
        path
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.suffix in {".py", ".json", ".safetensors"}
    ):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


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
