"""Two texts in, the numbers of the first that the second has in no writing out.

"20th" stands in "twentieth", 1600 in "1 600", 30 years in "three decades", 3.2 million in 3,200,000. Whether the number
is of the same thing is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from qa.numerals import NUMBER_WORDS, ORDINALS
from qa.quantities import in_digits
from qa.words import WORD, figures_of, in_figures, numbers_of, plain_figure, words_of

_SAID = {
    "2": "twice both double doubled pair couple",
    "3": "thrice triple tripled",
    "10": "decade tenfold",
    "12": "dozen",
    "100": "century hundredfold",
}
_NUMBER_SAID = {word: number for number, words in _SAID.items() for word in words.split()}
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?!\d)")
_ORDINAL = re.compile(r"(?<![\w.,])(\d+)(?:st|nd|rd|th)\b", flags=re.IGNORECASE)
_DECADES = re.compile(rf"\b(\d+|{'|'.join(NUMBER_WORDS)})(?=[\s-]+decades?\b)", flags=re.IGNORECASE)
_CENTURY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)(?=[\s-]+(?:century|centuries)\b)", flags=re.IGNORECASE)
_HUNDREDS = re.compile(r"\b(\d{1,2})00s\b")
_POWERS = {"million": 6, "billion": 9, "trillion": 12}
_WITH_POWER = re.compile(
    rf"(?<![\w.,])(\d+(?:\.\d+)?|{'|'.join(NUMBER_WORDS)})[\s-]?({'|'.join(_POWERS)})\b", flags=re.IGNORECASE
)


def missing_numbers(text: str, around: str) -> frozenset[str]:
    """Return the numbers in `text` that `around` has in no writing."""
    both_ordinal = _ordinals_of(text) & _ordinals_of(around)
    there = _numbers_of(around) | frozenset(_in_other_words(around)) | frozenset(_whole(around).values())
    whole = _whole(text)
    return frozenset(n for n in _numbers_of(text) - both_ordinal if n not in there and whole.get(n, n) not in there)


def missing_figures(text: str, around: str) -> frozenset[str]:
    """Return those of the missing numbers that `text` has in digits."""
    return figures_of(text) & missing_numbers(text, around)


def _numbers_of(text: str) -> frozenset[str]:
    """Return the numbers in a text, decades as years."""
    return numbers_of(_DECADES.sub(_in_years, text))


def _in_years(match: re.Match[str]) -> str:
    return f"{_figure(match[1])}0"


def _ordinals_of(text: str) -> frozenset[str]:
    """Return the numbers in `text` that are told as places in an order, "20th" and "twentieth" alike."""
    text = in_figures(text)
    in_words = {ORDINALS[word] for word in words_of(text) if word in ORDINALS}
    return frozenset(in_words | {match[1] for match in _ORDINAL.finditer(text)})


def _in_other_words(text: str) -> Iterator[str]:
    """Yield the numbers that may be meant by other words of the text, or by its figures read in another way."""
    yield from (_NUMBER_SAID[word] for word in words_of(text) if word in _NUMBER_SAID)
    yield from (re.sub(r"\D", "", match.group()) for match in _SPACED.finditer(text))
    yield from (str(100 * (int(match[1]) - 1)) for match in _CENTURY.finditer(WORD.sub(in_digits, text)))
    yield from (str(int(match[1]) + 1) for match in _HUNDREDS.finditer(text))


def _whole(text: str) -> dict[str, str]:
    """Return each number that stands before a power of ten, by itself -> with all its digits: 3.2 -> 3200000."""
    found = ((_figure(match[1]), _POWERS[match[2].lower()]) for match in _WITH_POWER.finditer(in_figures(text)))
    return {plain_figure(figure): f"{Decimal(figure).scaleb(power):.0f}" for figure, power in found}


def _figure(number: str) -> str:
    return NUMBER_WORDS.get(number.lower(), number)
