"""A few words and their source in, what of them the source lacks out.

An answer such as "In 1671" or "$500" is no sentence that could be read beside its source. So each word of it has to
stand there, and with a number what makes it another one; and the words that tell on which side something lies. Knows
no weights.
"""

from __future__ import annotations

import re

from qa.quantities import in_one_spelling, quantities
from qa.words import content_stems, words_of

SIDES = frozenset({"before", "after", "over", "under", "up", "down"})

_SAME_SIDE = (
    (re.compile(r"\b(?:above|more)\b", flags=re.IGNORECASE), "over"),
    (re.compile(r"\b(?:below|less|fewer)\b", flags=re.IGNORECASE), "under"),
)


def lacking(text: str, question: str, source: str) -> tuple[str, ...]:
    """Return what of the text the source lacks, sorted; words of meaning that the question gives may be missing."""
    here, there = _in_one_spelling(text), _in_one_spelling(source)
    stems = content_stems(here) - content_stems(_in_one_spelling(question)) - content_stems(there)
    sides = SIDES & set(words_of(here)) - set(words_of(there))
    return tuple(sorted({*stems, *sides, *_figures(here) - _figures(there)}))


def _in_one_spelling(text: str) -> str:
    text = in_one_spelling(text)
    for words, side in _SAME_SIDE:
        text = words.sub(side, text)
    return text


def _figures(text: str) -> frozenset[str]:
    """Return each number of the text with its sign, and with all else that stands with it."""
    found: set[str] = set()
    for figure, marks in quantities(text).items():
        signed = {f"-{figure}" if sign == "-" else figure for sign in marks & {"-", "+"}}
        found |= signed | {f"{each}{mark}" for each in signed for mark in marks - {"-", "+"}}
    return frozenset(found)
