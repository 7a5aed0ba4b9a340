"""Numbers of several English words as one figure: "twenty-five" is 25, "two hundred and six" 206, "3 thousand" 3000.

In parts, a wrong statement would pass: "200 ships" beside "two hundred and fifty ships". Left as they stand are a
number of one word, "million" and what is greater ("3.5 million" has the number 3.5 wherever it stands), "several
hundred", and years said in two halves.
"""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()
    )
} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
}
ORDINALS = {
    word: str(value)
    for value, word in enumerate(
        """third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
        sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        start=3,
    )
} | {f"{word[:-1]}ieth": value for word, value in NUMBER_WORDS.items() if word[-2:] == "ty"}
"""Those of one word; "first" and "second" say too many other things."""

_POWERS = {"hundred": 100, "thousand": 1000}
_ARTICLES = {"a": 1, "the": 1}
_UNIT_ORDINALS = ("first", "second", *list(ORDINALS)[:7])
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_DOTLESS = str.maketrans("ıİ", "ii")  # a pattern that disregards case takes them for an i

_ORDERED = tuple(NUMBER_WORDS)
_UNIT, _TEEN, _TENS = ("|".join(words) for words in (_ORDERED[1:10], _ORDERED[10:20], _ORDERED[20:]))
_HYPHEN = r"\s?[-\u2010\u2011](?:\r?\n\s*|\s)?"
_GAP = rf"(?:{_HYPHEN}|\s+)"
_TENS_AND_UNIT = rf"(?:{_TENS})(?:{_HYPHEN}(?:{_UNIT})\b|\s+(?!one\b)(?:{_UNIT})\b(?!{_HYPHEN}))?"
"""Behind a space "one" is no part of a number: it is a pronoun as a rule."""

_TO_99 = rf"(?:{_TENS_AND_UNIT}|{_TEEN}|{_UNIT})\b"
_FIGURE = r"(?<![\w.,:])\d{1,3}(?:\.\d+)?"
_AND = rf"(?:,?\s+and\s+|{_HYPHEN}and{_HYPHEN})"
_BETWEEN = re.compile(r"\bbetween\s+(?:about\s+|some\s+)?$", flags=re.IGNORECASE)
_ONE_OF_THEM = re.compile(r"\b(?:an?|every|each|per)\s+$", flags=re.IGNORECASE)
"""Behind these "sixty-second" tells how long something takes."""

_NEXT = re.compile(rf"{_AND}(?:{_FIGURE}|{_TO_99})", flags=re.IGNORECASE)


def _number(and_: str, to: str) -> re.Pattern[str]:
    """Return the pattern of a number within which `and_` may stand, and of two that share a power, parted by `to`.

    "A Thousand Splendid Suns" and "2010 Thousand Oaks" are names: only behind number words may a power be in capitals.
    "The hundred of Braunton" is a district.
    """

    def how_many(power: str) -> str:
        article = r"(?:(?<!half )a|the(?!\s+\w+\s+of\b))"
        return rf"(?:(?:{article}|{_FIGURE})(?={_GAP}(?-i:{power})\b)|{_TO_99})"

    to_99 = rf"(?:\s+(?:{_TENS_AND_UNIT}|{_TEEN})\b|{and_}{_TO_99})(?!{_HYPHEN}|{_GAP}hundred\b)"
    hundred = rf"{how_many('hundred')}{_GAP}hundred\b"
    hundreds = rf"{hundred}(?:{to_99})?"
    thousand = rf"(?:{hundreds}|{how_many('thousand')}){_GAP}thousand\b"
    behind = rf"(?:(?:\s+|{and_}){hundreds}|,\s+{hundred}(?={and_}){to_99}|{to_99})"
    power = rf"{_GAP}(?:hundred|thousand|million|billion|trillion)\b"
    thousands = rf"{thousand}(?:{behind}(?!{power}))?"
    ordinal = rf"(?:{_TENS}){_HYPHEN}(?:{'|'.join(_UNIT_ORDINALS)})\b"
    one_of_two = rf"(?:{_FIGURE}|{_TO_99})"
    shared = rf"(?P<first>{one_of_two})(?P<to>{to})(?=(?P<second>{one_of_two}){_GAP}(?P<power>hundred|thousand)\b)"
    number = rf"(?P<number>{thousands}|{hundreds}|{ordinal}|{_TO_99})"
    return re.compile(rf"(?<![^\W_])(?:{shared})?{number}", flags=re.IGNORECASE)


_ANYWHERE = _number(_AND, r"\s+(?:to|or)\s+|(?<=\d)[-\u2010\u2011]|[\u2012-\u2014]")
_BEHIND_BETWEEN = _number(r"(?!)", _AND)


def joined(text: str, *, words: bool = True) -> str:
    """Return `text` with each number of several words as one figure; without `words` only those that hold a digit."""
    parts, end = list[str](), 0
    while found := _ANYWHERE.search(text, end):
        if _is_one_of_two(text, found):
            found = _BEHIND_BETWEEN.match(text, found.start()) or found
        is_wanted = (words or any(letter.isdigit() for letter in found.group())) and not _is_time(text, found)
        parts += [text[end : found.start()], _in_digits(found) if is_wanted else found.group()]
        end = found.end()
    return "".join([*parts, text[end:]])


def _is_one_of_two(text: str, found: re.Match[str]) -> bool:
    """Return whether an "and" within the number parts it from the next: "between two hundred and three thousand"."""
    has_its_own = bool(re.search(r"\band\b", found.group())) and bool(_NEXT.match(text, found.end()))
    return not has_its_own and bool(_BETWEEN.search(text, max(0, found.start() - 40), found.start()))


def _is_time(text: str, found: re.Match[str]) -> bool:
    """Return whether "sixty-second" says sixty seconds."""
    in_seconds = found.group().lower().endswith("second")
    return in_seconds and bool(_ONE_OF_THEM.search(text, max(0, found.start() - 10), found.start()))


def _in_digits(found: re.Match[str]) -> str:
    first, second, number = found["first"], found["second"], _figure(found["number"])
    if first is None:
        return number
    if _value(first) < _value(second):
        return _plain(_value(first) * _POWERS[found["power"].lower()]) + found["to"] + number
    return _figure(first) + found["to"] + number


def _figure(number: str) -> str:
    """Return what one number is written as; one of one word stays that word."""
    *before, last = words = _words(number)
    if len(words) == 1:
        return number
    if last in _UNIT_ORDINALS:
        unit = _UNIT_ORDINALS.index(last) + 1
        return f"{_plain(_value(before[0]) + unit)}{_ENDINGS.get(unit, 'th')}"
    return ("the " if words[0] == "the" else "") + _plain(_value(number))


def _value(number: str) -> Decimal:
    whole = part = Decimal(0)
    for word in _words(number):
        if word == "thousand":
            whole, part = whole + part * 1000, Decimal(0)
        elif word == "hundred":
            part *= 100
        elif word != "and":
            part += Decimal(_ARTICLES.get(word) or NUMBER_WORDS.get(word, word))
    return whole + part


def _words(number: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", number.translate(_DOTLESS).lower())


def _plain(number: Decimal) -> str:
    return f"{number:f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"
