"""A few words and their source in, what of them the source lacks out.

An answer such as "In 1671" or "$500" is no sentence that could be read beside its source. So each word of it has to
stand there, and with a number what makes it another one: its sign, its currency or percent, the half of the day; and
the words that tell on which side something lies. Knows no weights.
"""

from __future__ import annotations

import re

from qa.numerals import NUMBER_WORDS, ORDINALS
from qa.words import WORD, content_stems, in_figures, plain_figure, words_of

SIDES = frozenset({"before", "after", "over", "under", "up", "down"})

_SAME = {
    "over": "above|more",
    "under": "below|less|fewer",
    "$": "dollars?",
    "€": "euros?",
    "£": "pounds?",
    "¥": "yen|yuan",
    "₹": "rupees?",
    "%": "per ?cent|percent|percentage points?",
}
_SPELLINGS = tuple((re.compile(rf"\b(?:{words})\b", flags=re.IGNORECASE), sign) for sign, words in _SAME.items())
_FULL_HOUR = re.compile(r"(?<=\d):00(?=[ap]m|\b)")
_ENDING = re.compile(r"(?<=\d)(?:st|nd|rd|th)$", flags=re.IGNORECASE)
_MINUS = re.compile(r"\bminus\s+(?=\d)", flags=re.IGNORECASE)
_FIGURE = re.compile(
    r"(?P<sign>(?<![\w)%])[-−])?(?P<before>[$€£¥₹])?(?P<figure>\d+(?:[.:]\d+)*)(?P<after>\s?[$€£¥₹%]|[ap]m)?"
)


def lacking(text: str, question: str, source: str) -> tuple[str, ...]:
    """Return what of the text the source lacks, sorted; words of meaning that the question gives may be missing."""
    here, there = _in_one_spelling(text), _in_one_spelling(source)
    stems = content_stems(here) - content_stems(_in_one_spelling(question)) - content_stems(there)
    sides = SIDES & set(words_of(here)) - set(words_of(there))
    return tuple(sorted({*stems, *sides, *_figures(here) - _figures(there)}))


def _in_one_spelling(text: str) -> str:
    """Return the text with its numbers in digits, and signs in place of words that say the same."""
    text = WORD.sub(_in_digits, in_figures(text))
    for words, sign in _SPELLINGS:
        text = words.sub(sign, text)
    return _MINUS.sub("-", _FULL_HOUR.sub("", text))


def _in_digits(match: re.Match[str]) -> str:
    """Return a word, in digits where it is a number."""
    word = match.group().lower()
    if word in ORDINALS:
        return f"{ORDINALS[word]}th"
    return _ENDING.sub("th", NUMBER_WORDS.get(word, match.group()))


def _figures(text: str) -> frozenset[str]:
    """Return each number of the text with its sign, and with what it is of where that is told."""
    found: set[str] = set()
    for match in _FIGURE.finditer(text):
        figure = ("-" if match["sign"] else "") + plain_figure(match["figure"])
        found |= {figure, figure + (match["before"] or match["after"] or "").strip()}
    return frozenset(found)
