"""Where tests run in several processes, each has its own processors."""

from __future__ import annotations

import os


def pytest_configure() -> None:
    """Keep this process, and all that it starts, to its share of the processors.

    Both local engines compute with a thread for each processor that they see. Two processes that do so on the same ones
    wait for each other at every step: real models then took twice as long.
    """
    name, count = os.environ.get("PYTEST_XDIST_WORKER", ""), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if name and hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) >= count:
        place = int(name.removeprefix("gw"))
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[place::count])
