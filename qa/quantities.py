"""Numbers with what makes them others: a sign, a currency, percent, a power of ten, the half of the day.

"5 degrees" and "-5 degrees" have the same number in them, as "$500" and "500 euros" have, "3 million" and "3 billion".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from qa.numerals import NUMBER_WORDS, ORDINALS
from qa.words import WORD, in_figures, plain_figure

_SAME = {
    "$": "dollars?",
    "€": "euros?",
    "£": "pounds?",
    "¥": "yen|yuan",
    "₹": "rupees?",
    "%": "per ?cent|percentage points?",
}
_SPELLINGS = tuple((re.compile(rf"\b(?:{words})\b", flags=re.IGNORECASE), sign) for sign, words in _SAME.items())
_MINUS = re.compile(r"\b(?:minus|negative)\s+(?=\d)", flags=re.IGNORECASE)
_BELOW_ZERO = re.compile(
    r"\b(?:minus|negative|below|under|colder|f[ae]ll(?:s|ing|en)?|dropp?(?:s|ed|ing)?|los[st](?:e|es|ing)?|loss(?:es)?|"
    r"shr[aiu]nk\w*|declin\w+|decreas\w+|deficits?|reduc\w+|down)\b",
    flags=re.IGNORECASE,
)
_FULL_HOUR = re.compile(r"(?<=\d):00(?=[ap]m|\b)")
_ENDING = re.compile(r"(?<=\d)(?:st|nd|rd|th)$", flags=re.IGNORECASE)
_FIGURE = re.compile(
    r"(?P<sign>(?:(?<![^\s(\[])(?<![\d%°]\s)[-−–])(?=[$€£¥₹\d]))?(?P<before>[$€£¥₹])?(?P<figure>\d+(?:[.:]\d+)*)"
    r"(?:\s?(?P<half>[ap]m)\b)?(?:[\s-]?(?P<power>thousand|million|billion|trillion)\b)?\s?(?P<after>[$€£¥₹%])?",
    flags=re.IGNORECASE,
)
_KINDS = {"-": "sign", "+": "sign", "%": "of", "am": "half", "pm": "half"}

Quantities = Mapping[str, frozenset[str]]
"""figure -> what stands with it, wherever it occurs: "-" or "+", and a currency, percent, power or half of the day."""


def quantities(text: str) -> Quantities:
    """Return the numbers of a text in one spelling, and what makes each of them another."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in _FIGURE.finditer(text):
        marks = (match["before"] or match["after"], match["half"], match["power"], "-" if match["sign"] else "+")
        found[plain_figure(match["figure"])].update(mark.lower() for mark in marks if mark)
    return {figure: frozenset(marks) for figure, marks in found.items()}


def conflicts(claim: str, source: str) -> tuple[str, ...]:
    """Return the numbers of the claim that the source has as others alone: "$500" where it says 500 euros, sorted.

    A mark that only one of them tells is no conflict. Nor is the sign where either says in words that something is
    below zero or becomes less.
    """
    here, there = _quantities_of(claim), _quantities_of(source)
    signs = not (_BELOW_ZERO.search(claim) or _BELOW_ZERO.search(source))
    return tuple(
        sorted(
            figure
            for figure, marks in here.items()
            if figure in there and any(_apart(marks, there[figure], kind) for kind in _kinds(signs))
        )
    )


@lru_cache(maxsize=16384)
def _quantities_of(text: str) -> Quantities:
    return quantities(in_one_spelling(text))


def in_one_spelling(text: str) -> str:
    """Return the text with its numbers in digits, and signs in place of words that say the same."""
    text = WORD.sub(in_digits, in_figures(text))
    for words, sign in _SPELLINGS:
        text = words.sub(sign, text)
    return _MINUS.sub("-", _FULL_HOUR.sub("", text))


def _kinds(signs: bool) -> tuple[str, ...]:
    return ("of", "half", "power", *(("sign",) if signs else ()))


def _apart(marks: frozenset[str], others: frozenset[str], kind: str) -> bool:
    """Return whether both have marks of the kind, and none in common."""
    own, their = ({mark for mark in each if _kind(mark) == kind} for each in (marks, others))
    return bool(own) and bool(their) and not own & their


def _kind(mark: str) -> str:
    return _KINDS.get(mark) or ("of" if len(mark) == 1 else "power")


def in_digits(match: re.Match[str]) -> str:
    """Return the word that was found, in digits where it is a number: "twentieth" is 20th, "3rd" 3th."""
    word = match.group().lower()
    if word in ORDINALS:
        return f"{ORDINALS[word]}th"
    return _ENDING.sub("th", NUMBER_WORDS.get(word, match.group()))
