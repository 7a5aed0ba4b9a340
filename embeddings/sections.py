"""A document in, its headings out, and the one that a place stands under.

Markdown says in its text what its headings are; of a web page and a Word file it was noted when they were read.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from embeddings.types import Document

MARKDOWN_SUFFIXES = (".md", ".markdown")

_HEADING_OR_FENCE = re.compile(
    r"^ {0,3}(?:#{1,6}[ \t](?P<heading>[^\r\n]*)|(?P<fence>```|~~~)[^\r\n]*)\r?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that is a heading: `document.text[start:end]`, of which the words from `words` on are the heading."""

    start: int
    words: int
    end: int
    text: str


def headings_of(document: Document) -> Iterator[Heading]:
    """Yield the document's headings in order. In Markdown, lines between ``` or ~~~ are code, not headings."""
    text = document.text
    for start in document.headings:
        end = text.find("\n", start) % (len(text) + 1)  # the last line ends with the text
        yield Heading(start, start, end, text[start:end].strip())
    if document.headings or not document.path.lower().endswith(MARKDOWN_SUFFIXES):
        return
    fence = ""
    for match in _HEADING_OR_FENCE.finditer(text):
        if mark := match["fence"]:
            fence = "" if fence == mark else fence or mark
        elif not fence:
            words = match["heading"].lstrip(" \t")
            heading = words.rstrip(" \t").rstrip("#").rstrip(" \t")
            yield Heading(match.start(), match.end("heading") - len(words), match.end(), heading)


def section_at(document: Document, offset: int) -> str:
    """Return the last heading before `offset`, or the one that it stands in; empty where there is none."""
    before = takewhile(lambda heading: heading.start <= offset, headings_of(document))
    return next((heading.text for heading in deque(before, maxlen=1)), "")
