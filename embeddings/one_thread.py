"""A block in, numpy's matrix products on one thread while it runs. Owner of threadpoolctl.

The products of a search are small. OpenBLAS spreads them over all cores all the same, and its threads then wait in a
loop for the next one on the cores that the encoder needs: on two cores a search took half as long again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Return what keeps BLAS to one thread within its block. Of threads that are within one, the first sets it."""
    limited: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limited


@lru_cache(maxsize=1)
def _libraries() -> Any:
    """Return what knows the libraries that are loaded."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
