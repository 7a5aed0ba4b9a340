"""The English Snowball stemmer, for the word index and for comparing sentences. Owner of PyStemmer."""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import Stemmer

_LOCAL = threading.local()
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def plain_figures(text: str) -> str:
    """Return `text` with the commas between thousands taken out: 1,600 and 1600 are one word."""
    return _THOUSANDS.sub("", text)


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
