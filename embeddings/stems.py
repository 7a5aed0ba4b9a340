"""What makes words of two texts the same, for the word index and for comparing sentences. Owner of PyStemmer.

Its stemmer is Snowball's English one.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

MARKS = (
    "\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0f71-\u0fbc"
    "\u1000-\u1049\u1050-\u109f\u1780-\u17d3"
)
"""Ranges of what words are written with besides letters: accents, and vowel signs of India and South-East Asia."""

_LOCAL = threading.local()
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SILENT = re.compile(
    "[\u00ad\u034f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b-\u200f\u2060\ufeff]"
)


def spelled(text: str) -> str:
    """Return `text` as its words are usually spelled.

    A letter and its accent are one character; soft hyphens, marks of direction, joiners and the points over Arabic and
    Hebrew letters, which one text has and another has not, are left out.
    """
    return text if text.isascii() else _SILENT.sub("", unicodedata.normalize("NFC", text))


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
