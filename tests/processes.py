"""Processes that a test has started, or one of them has: whether they still compute, and their end."""

import os
import signal
import time
from pathlib import Path


def is_running(pid: int) -> bool:
    """Return whether the process computes still; one that has ended and was not waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8") if Path("/proc").is_dir() else ""
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status.rpartition(")")[2].split()[:1] != ["Z"]


def wait_for_end(pid: int) -> None:
    """Return once the process has ended; one that goes on for half a minute is killed, and fails the test."""
    for _ in range(600):
        if not is_running(pid):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the process outlived the program by 30 seconds")
