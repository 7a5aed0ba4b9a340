"""What this machine has, what is missing, and the command that mends it. Reaches nothing outside of it."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from embeddings.cache import CONVERTED, converted_sizes
from embeddings.encode import gpu
from embeddings.weights import is_cached, known_models, model_folder, verify
from qa.generate import may_have_gpu, missing_for_gguf
from qa.memory import total_bytes
from qa.terminal import size

OLDEST_PYTHON, FIRST_TOO_NEW_PYTHON = (3, 10), (3, 14)
MEMORY_BYTES = 5_000_000_000
"""The default model was measured at 3.8 GB; the system and the documents need the rest."""
EIGHT_BITS = ("avx512_vnni", "avx_vnni", "amx_int8")
"""The instructions for numbers of eight bits, with any of which the default model is read fast."""
FAST = ("avx2", "avx512f", *EIGHT_BITS)

LIBRARIES = {
    "faiss": "faiss-cpu",
    "openvino": "openvino",
    "openvino_genai": "openvino-genai",
    "tokenizers": "tokenizers",
    "pypdfium2": "pypdfium2",
    "torch": "torch",
    "transformers": "transformers",
    "gradio": "gradio",
}
"""Imported by the full check, with the packages that bring them: those with parts compiled for a machine."""

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` is what to do about it; `missing`: the program cannot work without it."""

    name: str
    state: State
    found: str
    mend: str = ""


def examine(cache: Path, *, full: bool = False) -> tuple[Check, ...]:
    """Return all checks in order; `full` also reads every byte of the weights and imports the libraries."""
    checks = [
        python_check(sys.version_info[:2]),
        *dependency_checks(requirements()),
        machine_check(),
        memory_check(),
    ]
    checks += [cache_check(cache), *weights_checks(cache, full=full), prepared_check(cache), accelerator_check()]
    if full:
        checks += [library_check(name) for name in LIBRARIES]
    return tuple(checks)


def python_check(version: tuple[int, ...]) -> Check:
    """Return whether this Python is one that the program is made for."""
    found = f"{'.'.join(map(str, version))} ({platform.python_implementation()}, {sys.executable})"
    if OLDEST_PYTHON <= version < FIRST_TOO_NEW_PYTHON:
        return Check("Python", "ok", found)
    return Check("Python", "missing", found, "make the environment with Python 3.10, 3.11, 3.12 or 3.13")


def requirements() -> tuple[str, ...] | None:
    """Return what the installed program requires ("numpy>=1.26"), without extras; None: not installed."""
    try:
        stated = importlib.metadata.requires("article-qa") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return tuple(requirement for requirement in stated if ";" not in requirement)


def dependency_checks(
    wanted: Sequence[str] | None, version_of: Callable[[str], str] = importlib.metadata.version
) -> Iterator[Check]:
    """Yield one check for all dependencies that are there, and one for each that is missing or too old."""
    if wanted is None:
        mend = "in the checkout: pip install -c constraints.txt -e ."
        yield Check("article-qa", "missing", "is not installed as a package", mend)
        return
    good = []
    for requirement in wanted:
        name, least = re.findall(r"^([\w.-]+)\s*(?:>=\s*([\d.]+))?", requirement)[0]
        mend = f'pip install "{requirement}"'
        try:
            version = version_of(name)
        except importlib.metadata.PackageNotFoundError:
            yield Check(name, "missing", "is not installed", mend)
            continue
        if _numbers(version) < _numbers(least):
            yield Check(name, "missing", f"{version} is older than {least}", mend)
        else:
            good.append(f"{name} {version}")
    yield Check("dependencies", "ok", ", ".join(good))


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: "2.13.0+cpu" -> (2, 13, 0)."""
    leading = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in leading.group().split(".")) if leading else ()


def machine_check(flags: frozenset[str] | None = None, architecture: str = "") -> Check:
    """Return the processor: how many cores may be used, and the instructions that make a model fast."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    architecture = architecture or platform.machine()
    flags = _processor_flags() if flags is None else flags
    named = f"{architecture}, {cores} core{'' if cores == 1 else 's'}"
    if flags is None or architecture not in {"x86_64", "AMD64"}:
        return Check("processor", "ok", named)
    known = ", ".join([named, *(name for name in FAST if name in flags)])
    if not flags.isdisjoint(EIGHT_BITS):
        return Check("processor", "ok", known)
    lacking = "VNNI (sums of products of eight bits)" if "avx2" in flags else "AVX2"
    mend = "answers take several times as long as on others; a server can answer: --model URL"
    return Check("processor", "note", f"{known}, without {lacking}", mend)


def _processor_flags() -> frozenset[str] | None:
    """Return the processor's flags as Linux lists them; None where there is no such list."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(found.group(1).split()) if found else frozenset()


def memory_check(n_bytes: int | None = None) -> Check:
    """Return how much memory this process may take in all, and whether the default model fits; 0: not known."""
    n_bytes = (total_bytes() or 0) if n_bytes is None else n_bytes
    if n_bytes == 0:
        return Check("memory", "note", "how much there is could not be told")
    if n_bytes >= MEMORY_BYTES:
        return Check("memory", "ok", size(n_bytes))
    found = f"{size(n_bytes)}, and the default model needs about {size(MEMORY_BYTES)}"
    return Check("memory", "note", found, "take a smaller model (--model smollm2-135m) or a server (--model URL)")


def cache_check(cache: Path) -> Check:
    """Return whether the cache can be written, and how much room its disk has."""
    mend = "make it writable, or name another folder with ARTICLE_QA_CACHE"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache) as stream:
            stream.write(b"x" * 4096)
        free = shutil.disk_usage(cache).free
    except OSError as error:
        return Check("cache", "missing", f"{cache} cannot be written: {error.strerror or error}", mend)
    return Check("cache", "ok", f"{cache}, {size(free)} free")


def weights_checks(cache: Path, *, full: bool) -> Iterator[Check]:
    """Yield for each model whether its weights are here; the first of each kind are needed."""
    seen: set[str] = set()
    for model in known_models():
        is_needed = model.kind not in seen
        seen.add(model.kind)
        name = f"weights of {model.name}"
        pull = f"article-qa models pull {model.name}"
        if not is_cached(model, cache):
            found = f"are not here ({size(model.size_bytes)})"
            yield Check(name, "missing" if is_needed else "note", found, pull)
        elif full and (problems := verify(model, cache)):
            remove = f"remove {model_folder(model, cache)}, then: {pull}"
            yield Check(name, "missing" if is_needed else "note", "; ".join(problems), remove)
        else:
            found = "are here and have the pinned SHA-256" if full else "are here"
            yield Check(name, "ok", f"{found} ({size(model.size_bytes)})")


def prepared_check(cache: Path) -> Check:
    """Return how much room is taken by what was prepared of weights, so that models load faster."""
    sizes = converted_sizes(cache)
    if not sizes:
        return Check("prepared models", "ok", "none yet: a model is prepared when it is first used")
    folder = f"{size(sum(sizes.values()))} in {cache / CONVERTED}"
    return Check("prepared models", "ok", f"{folder}; removed by: article-qa models clean")


def accelerator_check(
    may_have: Callable[[], bool] = may_have_gpu,
    usable: Callable[[], str | None] = gpu,
    lacking: Callable[[], tuple[str, ...]] = missing_for_gguf,
) -> Check:
    """Return what answers are computed on, by what the program itself asks when it loads a model.

    torch, which takes seconds, is imported only beside a driver.
    """
    if importlib.util.find_spec("torch") is None:
        return Check("accelerator", "note", "torch is not installed", 'pip install "torch"')
    version = importlib.metadata.version("torch")
    if not may_have():
        return Check("accelerator", "ok", f"torch {version}, no NVIDIA driver: the processor computes the answers")
    device = usable()
    if device is None:
        mend = "install a build of torch for it: https://pytorch.org/get-started/locally/"
        return Check("accelerator", "note", f"torch {version} cannot use the GPU that is here", mend)
    named = f"torch {version}, {_gpu_name(device)}"
    if packages := lacking():
        found = f"{named}; without {' and '.join(packages)} the processor computes the answers of GGUF models"
        return Check("accelerator", "note", found, 'pip install "article-qa[gguf]"')
    return Check("accelerator", "ok", named)


def _gpu_name(device: str) -> str:
    if device != "cuda":
        return "Apple's GPU"
    return str(importlib.import_module("torch").cuda.get_device_name(0))


def library_check(name: str, import_library: Callable[[str], object] = importlib.import_module) -> Check:
    """Return whether a library can be imported: compiled parts may lack what they need of the system."""
    try:
        import_library(name)
    except Exception as error:  # a broken library raises whatever it likes
        found = f"cannot be imported: {type(error).__name__}: {' '.join(str(error).split())}"
        return Check(name, "missing", found, f"pip install --force-reinstall {LIBRARIES.get(name, name)}")
    return Check(name, "ok", "can be imported")
