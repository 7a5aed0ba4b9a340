"""A PDF file, its Document and a span of it in; the page as a picture and the place of the span's words on it out.

The words are found by the characters that the text was extracted from, never by searching for them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import LoadError
from embeddings.extract import PDFIUM, page_lines
from embeddings.phrase import Phrase
from embeddings.printed import LINE_HYPHENS, before_text
from embeddings.types import Document

MAX_WIDTH_PX, MAX_HEIGHT_PX = 1240, 2480
"""A picture is no larger than this, whatever size the page states."""

GONE = Phrase("the file of this PDF has gone, so its text is shown")
CHANGED = Phrase("the file of this PDF has changed since it was read, so the text as it was read is shown")
DAMAGED = Phrase("this page of the PDF is damaged, so the text of the others is shown")

COLUMN_GAP = 4.0
"""Characters further apart than this, in heights of a character, stand in two columns."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in parts (0 to 1) of its width and height, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def __or__(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page of a PDF as a PNG. `boxes` cover the words of a span, one for each line, in reading order."""

    number: int
    n_pages: int
    png: bytes
    width_px: int
    height_px: int
    boxes: tuple[Box, ...] = ()


def draw_page(path: Path, document: Document, number: int, start: int = 0, end: int = 0) -> Drawn:
    """Return page `number` (from 1) with the boxes of what of `start` to `end` stands on it.

    Raises LoadError where the file is gone, where its page does not say what `document` says, or is damaged.
    """
    import pypdfium2

    if not path.is_file():
        raise LoadError(GONE)
    try:
        with PDFIUM, pypdfium2.PdfDocument(path) as pdf:
            if len(pdf) != len(document.pages) or not 1 <= number <= len(pdf):
                raise LoadError(CHANGED)
            return _drawn(_page_at(pdf, document, number), document, number, start, end)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise LoadError(CHANGED) from error


def _page_at(pdf: Any, document: Document, number: int) -> Any:
    """Return the page. Raises LoadError where it is damaged, as it was when the document was read."""
    import pypdfium2

    try:
        return pdf[number - 1]
    except pypdfium2.PdfiumError as error:
        first, last = document.page_span(number)
        raise LoadError(CHANGED if document.text[first:last].strip() else DAMAGED) from error


def _drawn(page: Any, document: Document, number: int, start: int, end: int) -> Drawn:
    text_page = page.get_textpage()
    try:
        first, last = document.page_span(number)
        text = document.text[first:last]
        head = before_text(page_lines(text_page), text)
        if head is None:
            raise LoadError(CHANGED)
        picture = page.render(scale=_scale(*page.get_size())).to_pil()
        span = range(len(head) + max(start - first, 0), len(head) + min(end - first, len(text)))
        places = _places(text_page, head + text, span)
        boxes = _lines([_box(page, text_page, index, picture.size) for index in places])
        png = io.BytesIO()
        picture.save(png, "PNG")
    finally:
        text_page.close()
        page.close()
    return Drawn(number, len(document.pages), png.getvalue(), picture.width, picture.height, boxes)


def _scale(width: float, height: float) -> float:
    """Return the pixels for each of a page's points. Raises LoadError where none of the page is to be seen."""
    if not (width and height):  # what is to be seen lies outside the sheet
        raise LoadError(DAMAGED)
    return min(MAX_WIDTH_PX / width, MAX_HEIGHT_PX / height)


def _places(text_page: Any, text: str, span: range) -> Iterator[int]:
    """Yield PDFium's index of each character of `span` in the page's text, white space left out."""
    counted = _characters(text_page)
    for place, character in enumerate(text[: span.stop]):
        if character.isspace():
            continue
        sought = "-" if character in LINE_HYPHENS else character
        index = next((index for index, other in counted if other == sought), None)
        if index is None:
            raise LoadError(CHANGED)
        if place in span:
            yield index


def _characters(text_page: Any) -> Iterator[tuple[int, str]]:
    """Yield PDFium's index and character, in its order, of what stands inside the page; a pair of halves as one.

    For a hyphen at a line's end it is "-", as in the text.
    """
    import pypdfium2.raw

    left, bottom, right, top = text_page.page.get_bbox()
    high = 0
    for index in range(text_page.count_chars()):
        code = pypdfium2.raw.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        x1, y1, x2, y2 = text_page.get_charbox(index)
        if x1 <= right and x2 >= left and y1 <= top and y2 >= bottom:
            yield index, "-" if chr(code) in LINE_HYPHENS else chr(code)


def _box(page: Any, text_page: Any, index: int, size: tuple[int, int]) -> Box:
    """Return the box of one character as high as its line, turned as the page is."""
    import pypdfium2.raw

    left, bottom, right, top = text_page.get_charbox(index, loose=True)
    width, height = size
    corners = []
    for x, y in ((left, bottom), (right, top)):
        across, down = pypdfium2.raw.c_int(), pypdfium2.raw.c_int()
        fine = 64  # PDFium gives whole pixels
        pypdfium2.raw.FPDF_PageToDevice(page, 0, 0, width * fine, height * fine, 0, x, y, across, down)
        corners.append((across.value / (width * fine), down.value / (height * fine)))
    (x1, y1), (x2, y2) = corners
    return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _lines(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Return one box for each run of characters on one line."""
    lines: list[Box] = []
    for box in boxes:
        if lines and _on_line(lines[-1], box):
            lines[-1] |= box
        else:
            lines.append(box)
    return tuple(lines)


def _on_line(line: Box, box: Box) -> bool:
    """Return whether a character goes on with the line."""
    height = box.bottom - box.top
    shared = min(line.bottom, box.bottom) - max(line.top, box.top)
    apart = max(box.left - line.right, line.left - box.right)
    return shared > height / 2 and apart < COLUMN_GAP * height
