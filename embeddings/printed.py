"""The lines of printed pages in; out their text without page numbers and running heads, broken words put together.

What stands at the pages' ends is known by what the pages have in common, never by a list of words. Knows no PDF.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LINE_HYPHENS = "\ufffe\x02"
"""PDFium has one of these, by its version, in place of a hyphen behind a letter at a line's end."""

MAX_RUNNING_LINES = 2
"""No more lines than these are left out at either end of a page: a title and a number, say."""

MIN_RUNNING_PAGES = 3
"""What fewer pages have in common at an end is their text."""

MIN_RUNNING_LETTERS = 4
"""A shorter line without a page's number, "end" or "Yes", is as likely a text's or a table's."""

MAX_FIGURES = 6
"""A number of more figures is no page's."""

MAX_WORD = 100
"""Of a page's last word no more characters are looked at."""

MIN_FIRST_HALF, MIN_SECOND_HALF = 3, 4
"""Letters of two words of the document that are taken for a compound where one hyphen parts them.

Counted in 400 documents of `shared/eval`: of 1152 compounds that stand in theirs once, 315 are kept so; 283 plain words
that stand once would be parted if they broke just there ("time-line"), which few do. From 3 and 3 letters it is 336 to
360, from 4 and 4 it is 250 to 213, from 2 and 2 it is 369 to 879.
"""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a document that no line's end parts, as they are and in small letters; pairs in small letters."""

    exact: frozenset[str]
    small: frozenset[str]
    pairs: frozenset[str]


def lines_of(raw: str) -> str:
    """Return a page's text with plain line ends, one behind each hyphen of LINE_HYPHENS too, and none around it."""
    text = re.sub(f"([{LINE_HYPHENS}])(?:\r\n?|\n)?", r"\1\n", raw).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip(" \t") for line in text.replace("\x00", "").split("\n")).strip("\n")


def joined_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return the text of pages of `lines_of`, a blank line between them, and the offset at which each starts.

    A single line's end stands where a sentence seems to run across, nothing where a word does.
    """
    words = _words_of(pages)
    bodies = [_rejoined(body, words) for body in _bodies(pages)]
    parts, starts = [], [0]
    for body, following in itertools.pairwise(bodies):
        parts.append(_ended(body, following, words))
        starts.append(starts[-1] + len(parts[-1]))
    return "".join([*parts, _ended(bodies[-1], "", words).removesuffix("\n\n")]), tuple(starts)


def before_text(page: str, text: str) -> str | None:
    """Return the lines of a page of `lines_of` that were left out before its text; None where the page has another.

    Hyphens and white space are not compared: other pages decide on them.
    """
    lines, bare = page.split("\n"), _bare(text)
    for n_head, n_foot in itertools.product(range(MAX_RUNNING_LINES + 1), repeat=2):
        if _bare("".join(lines[n_head : len(lines) - n_foot])) == bare:
            return "".join(f"{line}\n" for line in lines[:n_head])
    return None


def _bare(text: str) -> str:
    return re.sub(rf"[\s{LINE_HYPHENS}-]+", "", text)


# Words


def _words_of(pages: Sequence[str]) -> _Words:
    exact: set[str] = set()
    pairs: set[str] = set()
    for page in pages:
        whole = re.sub(rf"\b\w+(?:[{LINE_HYPHENS}]\n\w+)+", " ", page)
        exact.update(re.findall(r"\w+", whole))
        pairs.update(pair.lower() for pair in re.findall(r"\b(?=(\w+-\w+))", whole))
    return _Words(frozenset(exact), frozenset(word.lower() for word in exact), frozenset(pairs))


def _rejoined(text: str, words: _Words) -> str:
    """Return the text with what hyphens at lines' ends parted put together; one at its own end stays."""

    def joined(found: re.Match[str]) -> str:
        before, after = found.groups()
        is_part = found.string[max(found.start() - 1, 0) : found.start()] == "-"
        return f"{before}-" if _keeps_hyphen(before, after, words, is_part=is_part) else before

    text = re.sub(rf"\b(\w+)[{LINE_HYPHENS}]\n(?=(\w+))", joined, text)
    return re.sub(f"[{LINE_HYPHENS}]\n", "", text)


def _keeps_hyphen(before: str, after: str, words: _Words, *, is_part: bool) -> bool:
    """Return whether a hyphen belongs to the word, by how the document has it elsewhere; `is_part`: so does one before.

    What it has nowhere else is one word between two small letters, where most hyphens only break a word.
    """
    word, pair = before + after, f"{before}-{after}".lower()
    if word in words.exact and before.isalpha() and after.isalpha() and len(before) > 1:
        return False
    if not (before[-1].islower() and after[0].islower()) or is_part or pair in words.pairs:
        return True
    are_words = before.lower() in words.small and after.lower() in words.small and word.lower() not in words.small
    return are_words and len(before) >= MIN_FIRST_HALF and len(after) >= MIN_SECOND_HALF


def _ended(page: str, following: str, words: _Words) -> str:
    """Return a page's text, its last hyphen settled, and what stands between it and the text of the page behind it."""
    found = re.search(rf"(\w*)[{LINE_HYPHENS}-]\Z", page[-MAX_WORD:])
    after = re.match(r"\w+", following)
    if found is None or not found[1][-1:].isalpha():
        is_across = (page[-1:].isalnum() or page.endswith((",", "-"))) and following[:1].islower()
        return page + ("\n" if is_across else "\n\n")
    if after is None or not following[0].islower():
        return f"{page[:-1]}-\n\n"
    is_part = page[: -len(found[0])].endswith("-")
    return page[:-1] + ("-" if _keeps_hyphen(found[1], after[0], words, is_part=is_part) else "")


# Page numbers and running heads


def _bodies(pages: Sequence[str]) -> list[str]:
    """Return the pages without the lines at their ends that run through the document.

    Of one with letters the first at the head and the last at the foot stay: a title is not lost.
    """
    lines = [page.split("\n") for page in pages]
    for is_head in (True, False):
        settled: set[int] = set()
        for _ in range(MAX_RUNNING_LINES):
            ends = {
                number: each[0 if is_head else -1]
                for number, each in enumerate(lines, start=1)
                if len(each) > 1 and number not in settled
            }
            running, kept = _running(ends, sum(map(bool, pages)), is_head=is_head)
            settled |= kept
            for number in running - kept:
                del lines[number - 1][0 if is_head else -1]
    return ["\n".join(each).strip("\n") for each in lines]


def _running(ends: Mapping[int, str], n_pages: int, *, is_head: bool) -> tuple[set[int], set[int]]:
    """Return the numbers of the pages whose line at one end runs through the document, and of those that keep it."""
    alike: dict[str, dict[int, str]] = {}
    for page, end in ends.items():
        line = " ".join(end.split())
        alike.setdefault(re.sub(r"\d+", "0", line), {})[page] = line
    running: set[int] = set()
    kept: set[int] = set()
    for shape, lines in alike.items():
        counts = [pages for pages in _counted(lines) if _is_numbered(shape, pages, is_head=is_head)]
        same = _same(lines) if _is_title(shape) else []
        for pages in ([page for each in counts for page in each], same):
            if len(pages) >= MIN_RUNNING_PAGES and 2 * len(pages) >= n_pages:
                running.update(pages)
                kept.update([min(pages) if is_head else max(pages)] if _n_words(shape) else [])
    return running, kept


def _counted(lines: Mapping[int, str]) -> list[dict[int, int]]:
    """Return the line's first or last number by page, for each stretch where it counts up with the pages.

    The line's other numbers stay the same there.
    """
    alike: dict[tuple[int, int, tuple[str, ...]], dict[int, int]] = {}
    for page, line in lines.items():
        numbers = re.findall(r"\d+", line)
        for place in {0, len(numbers) - 1} if numbers else ():
            if len(numbers[place]) <= MAX_FIGURES:
                number, others = int(numbers[place]), (*numbers[:place], *numbers[place + 1 :])
                alike.setdefault((place, number - page, others), {})[page] = number
    return [pages for pages in alike.values() if len(pages) >= MIN_RUNNING_PAGES]


def _same(lines: Mapping[int, str]) -> list[int]:
    """Return the pages that have the most common of the lines."""
    ((common, _),) = Counter(lines.values()).most_common(1)
    return [page for page, line in lines.items() if line == common]


def _n_words(shape: str) -> int:
    return len(re.findall(r"[^\W\d_]+", shape))


def _is_numbered(shape: str, counted: Mapping[int, int], *, is_head: bool) -> bool:
    """Return whether a line whose number counts up with the pages has their number, and is not "Question 1" and so on.

    What begins with 1 on a later page than the first is a text's own count, as is a single word and number at a head.
    """
    if shape.endswith(tuple(LINE_HYPHENS)):
        return False
    if not _n_words(shape):
        return shape.count("0") <= 2
    first = min(counted)
    return (counted[first] == first or counted[first] > 1) and not (is_head and _n_words(shape) == 1)


def _is_title(shape: str) -> bool:
    """Return whether a line that is the same on many pages is no sentence, nor too short to tell."""
    n_letters = sum(map(str.isalpha, shape))
    return n_letters >= MIN_RUNNING_LETTERS and not shape.endswith((*".!?,;:…。！？，；：-", *LINE_HYPHENS))
