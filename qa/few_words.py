"""A few words and their source in, what of them the source lacks out.

An answer such as "In 1671" or "$500" is no sentence that could be read beside its source. So each word of it has to
stand there, and with a number what makes it another one; and the words that tell on which side something lies. Knows
no weights.
"""

from __future__ import annotations

import re

from qa.quantities import conflicts, in_one_spelling, quantities
from qa.words import content_stems, words_of

SIDES = frozenset({"before", "after", "over", "under", "up", "down"})

_HALF_DAY = re.compile(r"(?<=\d)(?=[ap]m\b)", flags=re.IGNORECASE)
_CURRENCIES = re.compile(r"[$€£¥₹%]")

_SAME_SIDE = (
    (re.compile(r"\b(?:above|more)\b", flags=re.IGNORECASE), "over"),
    (re.compile(r"\b(?:below|less|fewer)\b", flags=re.IGNORECASE), "under"),
)


def lacking(text: str, question: str, source: str) -> tuple[str, ...]:
    """Return what of the text the source lacks, sorted; words of meaning that the question gives may be missing.

    What stands with a number in the text has to stand with some number there: of "9 to 11 a.m." both are a.m.
    """
    here, there = _in_one_spelling(text), _in_one_spelling(source)
    stems = content_stems(here) - content_stems(_in_one_spelling(question)) - content_stems(there)
    sides = SIDES & set(words_of(here)) - set(words_of(there))
    figures, marks = _figures_and_marks(here)
    figures_there, marks_there = _figures_and_marks(there)
    missing = (figures - figures_there) | (marks - marks_there) | set(conflicts(text, source))
    return tuple(sorted({*stems, *sides, *missing}))


def _in_one_spelling(text: str) -> str:
    text = _HALF_DAY.sub(" ", in_one_spelling(text))
    for words, side in _SAME_SIDE:
        text = words.sub(side, text)
    return text


def _figures_and_marks(text: str) -> tuple[set[str], set[str]]:
    """Return the numbers of the text with their signs, and what else stands with any of them or alone."""
    figures, marks = set[str](), set(_CURRENCIES.findall(text))
    for figure, beside in quantities(text).items():
        figures |= {f"-{figure}" if sign == "-" else figure for sign in beside & {"-", "+"}}
        marks |= beside - {"-", "+"}
    return figures, marks
