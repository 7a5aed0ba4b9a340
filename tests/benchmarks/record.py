"""What every benchmark writes: what was measured, on which machine, with which versions, and how to repeat it."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.machine import described, now, program_sha256, versions

if TYPE_CHECKING:
    from embeddings.encode import Encoder


def write_record(out: Path, module: str, measured: dict[str, Any], note: str) -> None:
    """Write what was measured to `out`, with all that is needed to repeat it."""
    record = {**stamp(module), "note": note, "versions": versions(), "measured": measured}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def stamp(module: str) -> dict[str, Any]:
    """Return by which command and program something was measured, when, and on which machine.

    The processor stands there as `article-qa doctor` tells it, since one name is that of several.
    """
    from qa.doctor import machine_check  # here, or the memory that it takes would not count as the program's

    return {
        "command": " ".join(["python -m", module, *_repeatable(sys.argv[1:])]),
        "date": now(),
        "machine": {**described(), "processor": machine_check().found},
        "load_of_the_last_minute": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "program_sha256": program_sha256(),
    }


def threads() -> int:
    """Return how many threads encoder and engine take at most, which are told no number: one for each core they may use."""
    return int(described()["cpu_count"])


def encoder_of(encoder: Encoder) -> dict[str, Any]:
    """Return what the record says of the encoder."""
    return {"encoder": encoder.name, "encoder_engine": type(encoder).__name__, "threads": threads()}


def _repeatable(arguments: Sequence[str]) -> list[str]:
    """Return the arguments, folders by their options' names: where they lie on one machine says nothing on another."""
    before = ["", *arguments]
    return [
        option.removeprefix("--").upper() if option.startswith("--") and Path(word).is_dir() else word
        for option, word in zip(before, arguments, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a call took, and how long processors worked on it: the first depends on what else runs, the second less."""

    wall: float
    cpu: float


def timed(call: Callable[[], object]) -> Seconds:
    """Return how long a call takes; processor time is that of all threads of this process."""
    began, worked = perf_counter(), process_time()
    call()
    return Seconds(perf_counter() - began, process_time() - worked)


def spread(times: Sequence[Seconds]) -> dict[str, float]:
    """Return median, 95th percentile and most of the times, in milliseconds."""
    wall, cpu = np.array([[each.wall, each.cpu] for each in times]).T * 1e3
    (p50, p95, most), (cpu_p50, cpu_p95, _) = (
        np.percentile(each, [50, 95, 100]).round(3).tolist() for each in (wall, cpu)
    )
    found = {"n": len(times), "p50_ms": p50, "p95_ms": p95, "most_ms": most}
    return {**found, "cpu_p50_ms": cpu_p50, "cpu_p95_ms": cpu_p95}


def resident_mb() -> dict[str, float]:
    """Return the memory that this process holds: all of it, its part of what is shared, and what is not mapped files.

    Empty where /proc is not.
    """
    stated = {**_stated("status"), **_stated("smaps_rollup")}
    names = {"VmRSS": "resident_mb", "Pss": "proportional_mb", "RssAnon": "without_files_mb", "VmHWM": "peak_mb"}
    return {name: round(stated[key] / 1024, 1) for key, name in names.items() if key in stated}


def _stated(file: str) -> dict[str, int]:
    """Return the kilobytes that a file of /proc/self states, by name."""
    try:
        lines = Path("/proc/self", file).read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    return {words[0].rstrip(":"): int(words[1]) for words in map(str.split, lines) if words[-1] == "kB"}


class PeakMemory:
    """Looks now and then at how much memory, mapped files left out, the process holds while the block runs."""

    def __init__(self, each_s: float = 0.1) -> None:
        self.without_files_mb = 0.0
        self._each_s, self._done = each_s, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.without_files_mb = max(self.without_files_mb, round(_stated("status").get("RssAnon", 0) / 1024, 1))
            if self._done.wait(self._each_s):
                return


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
