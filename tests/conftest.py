"""Where tests run in several processes, each has its own processors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Keep this process, and all that it starts, to its share of the processors.

    Both local engines compute with a thread for each processor that they see. Two processes that do so on the same ones
    wait for each other at every step: real models then took twice as long.
    """
    name, count = os.environ.get("PYTEST_XDIST_WORKER", ""), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if name and hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) >= count:
        place = int(name.removeprefix("gw"))
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[place::count])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files first that take long, so that no process has one of them left when the others have nothing to do."""
    order: dict[Path, int] = {}
    for item in items:
        rank = 0 if item.get_closest_marker("model") else 1 if item.get_closest_marker("browser") else 2
        order[item.path] = min(rank, order.get(item.path, 2))
    items.sort(key=lambda item: order[item.path])
