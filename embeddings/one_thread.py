"""A block in, numpy's matrix products on one thread while it runs. Owner of threadpoolctl.

The products of a search are small. OpenBLAS spreads them over all cores all the same, and its threads then wait in a
loop for the next one on the cores that the encoder needs: on two cores a search took half as long again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

_lock = threading.Lock()
_within: list[Any] = []
"""What limits BLAS now, once for each block that runs, in whatever thread: the first sets it, the last sets it free."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS to one thread within the block, and while any other thread is within one."""
    with _lock:
        _within.append(_within[-1] if _within else _libraries().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            limiter = _within.pop()
            if not _within:
                _let_any_thread_set_it()
                limiter.restore_original_limits()


def _let_any_thread_set_it() -> None:
    """Have the last thread set free what the first has limited; threadpoolctl lets no other thread do so by itself."""
    from threadpoolctl import OpenBLASController

    OpenBLASController.clear_controlling_thread(force=True)


@lru_cache(maxsize=1)
def _libraries() -> Any:
    """Return what knows the libraries that are loaded."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
