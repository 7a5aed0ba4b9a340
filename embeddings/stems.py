"""The English Snowball stemmer, for the word index and for comparing sentences. Owner of PyStemmer."""

from __future__ import annotations

import threading
from functools import lru_cache

import Stemmer

_LOCAL = threading.local()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


def _stemmer() -> Stemmer.Stemmer:
    """Return this thread's stemmer: one must not be used by two threads at once."""
    if not hasattr(_LOCAL, "stemmer"):
        _LOCAL.stemmer = Stemmer.Stemmer("english", 0)
    stemmer: Stemmer.Stemmer = _LOCAL.stemmer
    return stemmer
