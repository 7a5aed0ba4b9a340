"""What Word shows before numbered paragraphs and does not write into them: "1. ", "4.2 ", "(a) ", "- " for a bullet.

Works on the XML of a Word file. Knows not which of its paragraphs are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

MAX_LABEL = 255
"""Word takes no longer text for a level; a longer one, that each paragraph would repeat, is no label."""

_N_LEVELS = 9
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """How the paragraphs of one level are numbered; %1 to %9 in `text` stand for the numbers of the levels."""

    kind: str = "decimal"
    text: str = ""
    start: int = 1
    end: str = " "
    is_decimal: bool = False
    goes_on: bool = False


@dataclass(slots=True)
class _Items:
    """A numbering: its levels by their depth, those that belong to paragraph styles, the numbers that are reached."""

    levels: dict[int, _Level] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)

    def next_label(self, depth: int, levels: dict[int, _Level]) -> str:
        """Return the label of the next paragraph at this depth, from 0."""
        level = levels.get(depth)
        if level is None:
            return ""
        self.reached[depth] = self.reached.get(depth, level.start - 1) + 1
        for deeper in range(depth + 1, _N_LEVELS):
            if deeper in levels and not levels[deeper].goes_on:
                self.reached.pop(deeper, None)
        if level.kind == "bullet":
            return "- "

        def number(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            other = levels.get(at, _Level())
            return _written(self.reached.get(at, other.start), "decimal" if level.is_decimal else other.kind)

        label = re.sub("%([1-9])", number, level.text).strip() if len(level.text) <= MAX_LABEL else ""
        return f"{label}{level.end}" if 0 < len(label) <= MAX_LABEL else ""


@dataclass(frozen=True, slots=True)
class _Styled:
    """The numbering and the level that a style chooses, and which of the styles it is based on names the numbering."""

    number: str = ""
    depth: str = ""
    style: str = ""


class Numberings:
    """The numberings of a Word file by their ids, and the styles that choose one."""

    def __init__(self, parts: Sequence[Any], styles: Any) -> None:
        self._styles = {style.get(f"{_W}styleId"): style for style in styles.iter(f"{_W}style")}
        self._chosen: dict[str, _Styled] = {}
        self._nums = {num.get(f"{_W}numId"): num for part in parts for num in part.iter(f"{_W}num")}
        abstracts = [each for part in parts for each in part.iter(f"{_W}abstractNum")]
        self._abstracts = {each.get(f"{_W}abstractNumId"): each for each in abstracts}
        self._items: dict[str, _Items] = {}
        self._used: dict[str, tuple[_Items, dict[int, _Level]]] = {}

    def next_label(self, paragraph: Any) -> str:
        """Return the label of the next paragraph; empty where it is not numbered."""
        named = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
        number, depth = _choice(paragraph)
        styled = self._styled(named)
        number = number or styled.number
        if number not in self._nums:  # as is 0, which takes a style's numbering off
            return ""
        items, levels = self._use(number)
        at = items.styles.get(named, items.styles.get(styled.style, _number(styled.depth, 0)))
        return items.next_label(_number(depth, at), levels)

    def _styled(self, name: str) -> _Styled:
        """Return the numbering that a style or the one it is based on chooses."""
        if name not in self._chosen:
            self._chosen[name] = _Styled()  # for a style that is based on itself
            if name in self._styles:
                number, depth = _choice(self._styles[name])
                base = self._styled(_value(self._styles[name].find(f"{_W}basedOn")))
                style = name if number else base.style
                self._chosen[name] = _Styled(number or base.number, depth or base.depth, style)
        return self._chosen[name]

    def _use(self, number: str) -> tuple[_Items, dict[int, _Level]]:
        """Return the list that a numbering goes on with, and its levels, some of them its own."""
        if number in self._used:
            return self._used[number]
        num = self._nums[number]
        items = self._items_of(_value(num.find(f"{_W}abstractNumId")))
        levels = dict(items.levels)
        for override in num.iter(f"{_W}lvlOverride"):
            depth = _number(override.get(f"{_W}ilvl", ""), 0)
            if (own := override.find(f"{_W}lvl")) is not None:
                levels[depth] = _level(own)
            if (start := override.find(f"{_W}startOverride")) is not None:
                items.reached[depth] = _number(_value(start), 1) - 1
        self._used[number] = (items, levels)
        return self._used[number]

    def _items_of(self, abstract_id: str) -> _Items:
        """Return an abstract list; one that only names a style of lists is the list which that style chooses."""
        abstract = self._abstracts.get(abstract_id)
        link = "" if abstract is None else _value(abstract.find(f"{_W}numStyleLink"))
        if link in self._styles:
            num = self._nums.get(_choice(self._styles[link])[0])
            linked = "" if num is None else _value(num.find(f"{_W}abstractNumId"))
            if linked in self._abstracts:
                abstract_id, abstract = linked, self._abstracts[linked]
        if abstract_id not in self._items:
            levels = [] if abstract is None else abstract.findall(f"{_W}lvl")
            places = {_number(level.get(f"{_W}ilvl", ""), 0): level for level in levels}
            named = {_value(level.find(f"{_W}pStyle")): place for place, level in places.items()}
            named.pop("", None)
            self._items[abstract_id] = _Items({place: _level(level) for place, level in places.items()}, named)
        return self._items[abstract_id]


def _choice(element: Any) -> tuple[str, str]:
    """Return the numbering and the level that a paragraph or style names itself; empty where it names none."""
    chosen = element.find(f"{_W}pPr/{_W}numPr")
    if chosen is None:
        return "", ""
    return _value(chosen.find(f"{_W}numId")), _value(chosen.find(f"{_W}ilvl"))


def _level(element: Any) -> _Level:
    legal = element.find(f"{_W}isLgl")
    return _Level(
        _value(element.find(f"{_W}numFmt")),
        _value(element.find(f"{_W}lvlText")),
        _number(_value(element.find(f"{_W}start")), 0),
        "" if _value(element.find(f"{_W}suff")) == "nothing" else " ",
        legal is not None and _value(legal) not in {"0", "false"},
        _value(element.find(f"{_W}lvlRestart")) == "0",
    )


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(f"{_W}val", ""))


def _number(text: str, default: int) -> int:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else default


def _written(number: int, kind: str) -> str:
    """Return a number as a level of this kind shows it; of other kinds, and beyond what they reach, in figures."""
    if kind in {"lowerLetter", "upperLetter"} and 1 <= number <= 780:  # z is followed by aa, zz by aaa
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif kind in {"lowerRoman", "upperRoman"} and 1 <= number <= 3999:
        letters = _roman(number)
    else:
        return "" if kind == "none" else str(number)
    return letters.upper() if kind.startswith("upper") else letters


def _roman(number: int) -> str:
    letters = ""
    for value, sign in _ROMAN:
        letters += sign * (number // value)
        number %= value
    return letters
