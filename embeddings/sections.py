"""A document and an offset in, the heading that the place stands under out.

Markdown says in its text what its headings are; of a web page and a Word file it was noted when they were read.
"""

from __future__ import annotations

import bisect
import re

from embeddings.types import Document

MARKDOWN_SUFFIXES = (".md", ".markdown")

_HEADING_OR_FENCE = re.compile(
    r"^ {0,3}(?:#{1,6}[ \t]+(?P<heading>[^\r\n]*?)[ \t]*#*|(?P<fence>```|~~~)[^\r\n]*)[ \t]*\r?$", re.MULTILINE
)


def section_at(document: Document, offset: int) -> str:
    """Return the last heading before `offset`, or the one that it stands in; empty where there is none.

    Lines between ``` or ~~~ are code, not headings.
    """
    if document.headings:
        return _line_at(document.text, document.headings, offset)
    if not document.path.lower().endswith(MARKDOWN_SUFFIXES):
        return ""
    heading, fence = "", ""
    for match in _HEADING_OR_FENCE.finditer(document.text):
        if match.start() > offset:
            break
        if mark := match["fence"]:
            fence = "" if fence == mark else fence or mark
        elif not fence:
            heading = match["heading"]
    return heading


def _line_at(text: str, headings: tuple[int, ...], offset: int) -> str:
    """Return the line of the last heading that starts at `offset` or before."""
    n_before = bisect.bisect_right(headings, offset)
    return text[headings[n_before - 1] :].partition("\n")[0].strip() if n_before else ""
