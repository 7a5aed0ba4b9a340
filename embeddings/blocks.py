"""Lines in, blocks out: which lines of a text belong to one paragraph, heading, list item or table row.

A line break that was made because the next word did not fit does not end a block; every other one does. Knows
nothing of sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

MAX_WRAP_WIDTH = 130
"""A longer line is a paragraph that was not wrapped."""

MIN_WRAP_WIDTH = 30
"""Where no line is longer than this, the lines are items, verses or labels, not wrapped text."""

RAGGED = 0.85
"""A wrapped line and the next line's first word fill at least this part of the width; a PDF's lines vary."""

_MARKER = r"(?:[-*+•‣◦▪●–—·]|\(?\d{1,3}[.)]|\(?[a-z][.)]|\(?[ivx]{1,5}[.)]|\(?[A-Z]\)|\(?[IVX]{1,5}\))"
_LIST_ITEM = re.compile(rf"\s*(?:{_MARKER}\s+\S|\[\d{{1,3}}\]\s+[^\W\d_a-z])")  # [2] Lind, but not: [2] shows
_BARE_MARKER = re.compile(rf"\s*{_MARKER}\s*$")
_OWN_LINE = re.compile(r"\s*(?:#{1,6}\s|\||```|~~~|(?:[-*_=]\s?){3,}$)")
_QUOTED = re.compile(r"\s*>")
_UNDERLINE = re.compile(r"\s*(?:=+|-{2,})\s*$")
_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_PAUSE = re.compile(r"[，。；]|[\u3040-\u30ff]、|[\u3040-\ud7a3],|[\uac00-\ud7a3]{2}\.")
"""Marks of running text; those behind the number of an item (一、) are none."""


def split_blocks(text: str) -> Iterator[Span]:
    """Yield spans that cover `text`, ascending, none empty; white space goes to the block before it."""
    lines = text.splitlines(keepends=True)
    start = position = 0
    for first, last, width in _runs(lines):
        for place in range(first, last):
            if place == first or _ends_block(lines[place - 1], lines[place], width):
                cut = position + len(lines[place]) - len(lines[place].lstrip())
                if text[start:cut].strip():
                    yield start, cut
                    start = cut
            position += len(lines[place])
    if position > start:
        yield start, position


def _runs(lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield first and last (exclusive) line of each run of lines without a blank one between, and its width.

    The blank lines behind a run are part of it.
    """
    common = _common_width(lines)
    first = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or (lines[place].strip() and not lines[place - 1].strip()):
            longest = max((_length(line) for line in lines[first:place]), default=0)
            yield first, place, max(longest, common)
            first = place


def _common_width(lines: Sequence[str]) -> int:
    """Return the width that nine in ten of the longer lines keep to; 0 where paragraphs are not wrapped."""
    lengths = sorted(length for line in lines if (length := _length(line)) >= MIN_WRAP_WIDTH)
    width = lengths[(len(lengths) - 1) * 9 // 10] if len(lengths) >= 5 else 0
    return width if width <= MAX_WRAP_WIDTH else 0


def _ends_block(line: str, following: str, width: int) -> bool:
    """Return whether the break between two lines of a run ends a block."""
    if not line.strip() or not following.strip():
        return False
    if _QUOTED.match(line) and _QUOTED.match(following):
        line, following = line.lstrip("> \t"), following.lstrip("> \t")
        return not line.strip() or not following.strip() or _ends_block(line, following, width)
    if _UNDERLINE.match(following) or _BARE_MARKER.match(line):
        return False
    if _is_row(line) and _is_row(following):
        return True
    if any(_OWN_LINE.match(each) for each in (line, following)) or _QUOTED.match(line) or _QUOTED.match(following):
        return True
    return not _runs_on(line.strip(), following.strip(), width)


def _runs_on(line: str, following: str, width: int) -> bool:
    """Return whether the paragraph of `line` runs on in `following`, in text that is wrapped at `width`."""
    is_open = line[-1].isalnum() or line[-1] in ",-–\u00ad"
    if _LIST_ITEM.match(following):  # a date or a dash at the start of a wrapped line is no item
        return is_open and not _LIST_ITEM.match(line) and _is_full(line, following, width)
    if (is_open and following[0].islower()) or (line[-1] == "." and len(line) <= MAX_WRAP_WIDTH):
        return True
    return width >= MIN_WRAP_WIDTH and _is_full(line, following, width)


def _is_full(line: str, following: str, width: int) -> bool:
    """Return whether the next line's first word would not have fitted on `line`, in text of this width."""
    if len(line) < MIN_WRAP_WIDTH <= _length(line) and (line[-1] in "；：" or not _PAUSE.search(line + following)):
        return False  # items and headings, as a rule
    next_word = following[0] if _CJK.match(following) else following.split(maxsplit=1)[0]
    return _length(line) <= MAX_WRAP_WIDTH and _length(line) + 1 + _length(next_word) > RAGGED * width


def _is_row(line: str) -> bool:
    """Return whether bars part the line into cells; a bar in brackets, as in p(x | y), parts nothing."""
    cells = line.split(" | ")
    return len(cells) > 1 and all(cell.count(a) == cell.count(b) for cell in cells for a, b in ("()", "[]", "{}"))


def _length(line: str) -> int:
    """Return the columns that the line fills without outer white space: wide characters fill two."""
    line = line.strip()
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))
