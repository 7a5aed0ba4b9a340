"""The text of a PDF, a web page or a Word file. Owner of pypdfium2, trafilatura and docx, each imported late.

Headers, footers, footnotes and comments of a Word file and forms and drawings of a PDF are not read.
"""

from __future__ import annotations

import copy
import io
import itertools
import re
import threading
import zipfile
import zlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from embeddings.errors import LoadError
from embeddings.phrase import Phrase

MAX_UNPACKED_BYTES = 300_000_000
"""A Word file that unpacks to more is not opened: a small archive can hold a very large content."""

MAX_XML_BYTES = 60_000_000
"""Nor is one whose parts of text unpack to more; a book of a thousand pages has about 10 MB."""

MAX_PAGE_CHARACTERS = 2_000_000
"""Of a larger web page all text is taken: the time to find the main text grows with the square."""

PDFIUM = threading.Lock()
"""PDFium must not be called from two threads at once."""

_DAMAGED_WORD = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    AttributeError,
    TypeError,
    IndexError,
    SyntaxError,  # lxml's errors in XML are of this kind
    RuntimeError,
    EOFError,
    OSError,
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text. `pages` are the offsets at which pages start, `headings` those of the lines that are headings.

    `note` is what people should know.
    """

    text: str
    title: str = ""
    pages: tuple[int, ...] = ()
    note: str = ""
    headings: tuple[int, ...] = ()


def from_pdf(content: bytes) -> Text:
    """Return the text of a PDF's pages, a blank line between them, with the offset where each starts.

    Between two pages that a sentence runs across stands a single line break. Raises LoadError for an encrypted
    or damaged file and for one without text.
    """
    with PDFIUM:
        pages, title = _pdf_pages(content)
    empty = [number for number, page in enumerate(pages, start=1) if not page.strip()]
    if len(empty) == len(pages):
        raise LoadError("it has no text layer: it is probably a scan; run text recognition over it first")
    text, starts = pages[0], [0]
    for page in pages[1:]:
        text += "\n" if _runs_across(text, page) else "\n\n"
        starts.append(len(text))
        text += page
    return Text(text, title, tuple(starts), _pages_note(empty))


def _pdf_pages(content: bytes) -> tuple[list[str], str]:
    """Return the text of each page, and the title. Raises LoadError where PDFium cannot read them."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as pdf:
            pages = [_text_of(pdf[number]) for number in range(len(pdf))]
            title = str(pdf.get_metadata_value("Title") or "")
    except pypdfium2.PdfiumError as error:
        if error.err_code in {pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY}:
            raise LoadError("it is encrypted; save a copy without a password") from error
        raise LoadError("it is damaged or no PDF") from error
    return pages, title


def _text_of(page: Any) -> str:
    """Return one page's text, and close the page."""
    text_page = page.get_textpage()
    try:
        return page_text(text_page)
    finally:
        text_page.close()
        page.close()


def page_text(text_page: Any) -> str:
    """Return one page's text with plain line ends; a word broken by a hyphen at a line's end is joined.

    Its characters but for white space are some of those that PDFium counts on the page, in PDFium's order.
    """
    text: str = text_page.get_text_bounded()
    # PDFium writes U+FFFE (earlier U+0002) where a hyphen only broke the line.
    text = re.sub("[\ufffe\x02](?:\r?\n)?", "", text).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[ \t]+$", "", text.replace("\x00", ""), flags=re.MULTILINE).strip("\n")


def _runs_across(before: str, page: str) -> bool:
    """Return whether a sentence of the text before seems to go on at the start of the page."""
    return bool(before) and (before[-1].isalnum() or before[-1] in ",-") and page[:1].islower()


def _pages_note(empty: Sequence[int]) -> str:
    if not empty:
        return ""
    pages = ", ".join(map(str, empty[:5]))
    if len(empty) > 5:
        return Phrase("has no text on pages {pages} and {n_more} more", pages=pages, n_more=len(empty) - 5)
    if len(empty) > 1:
        return Phrase("has no text on pages {pages}", pages=pages)
    return Phrase("has no text on page {page}", page=pages)


def from_html(source: str) -> Text:
    """Return the main text of a web page, without menus and such, and its title. Makes no network call.

    A blank line stands between paragraphs. Raises LoadError where there is no text.
    """
    import trafilatura

    try:
        tree = trafilatura.load_html(source)
        if tree is None:  # a piece of a page
            tree = trafilatura.load_html(f"<html><body><div>{source}</div></body></html>")
        if tree is None:
            raise LoadError("it is damaged or no web page")
        title = " ".join(str(tree.findtext(".//title") or "").split())
        heading = " ".join("".join(tree.xpath("(//h1)[1]//text()")).split())
        headings = frozenset(_one_line(each.text_content()) for each in tree.iter("h1", "h2", "h3", "h4", "h5", "h6"))
        text, note = _main_text(tree, len(source))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LoadError("it is damaged or no web page") from error
    text = re.sub(r"\n+(?![\n|]|[-*] )", "\n\n", text.strip())
    if text and heading not in text:  # left out of the main text of some short pages
        text = f"{heading}\n\n{text}"
    if not text:
        raise LoadError("no text was found in the page")
    return Text(text, title, note=note, headings=_lines_with(text, headings))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines_with(text: str, headings: Container[str]) -> tuple[int, ...]:
    """Return the offset of each line that is one of the headings."""
    starts, at = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip() and _one_line(line) in headings:
            starts.append(at)
        at += len(line)
    return tuple(starts)


def _main_text(tree: Any, n_characters: int) -> tuple[str, str]:
    """Return the main text of a page, or all of it where there is none or it takes too long, and a note."""
    import trafilatura
    from trafilatura.settings import DEFAULT_CONFIG

    if n_characters > MAX_PAGE_CHARACTERS:
        return trafilatura.html2txt(tree), Phrase("is a very large page and was read whole, menus and all")
    config = copy.deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")  # else lines of a short page break at bold words
    main = trafilatura.extract(
        copy.deepcopy(tree), include_comments=False, include_tables=True, favor_recall=True, config=config
    )
    return main or trafilatura.html2txt(tree), ""


def from_docx(content: bytes) -> Text:
    """Return a Word file's paragraphs, a blank line between them, and tables, a line a row, in order.

    Raises LoadError for a file that is encrypted, damaged or unpacks to too much.
    """
    import docx

    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise LoadError("it is encrypted or an old .doc file; save it as .docx without a password")
    try:
        _check_unpacked(content)
        word = docx.Document(io.BytesIO(content))
        blocks = list(_blocks(word.element.body))
        title = word.core_properties.title or ""
        headings = _heading_styles(word.styles.element)
    except _DAMAGED_WORD as error:
        raise LoadError("it is damaged or no Word file") from error
    starts = itertools.accumulate((len(block.text) + len("\n\n") for block in blocks), initial=0)
    named = tuple(start for start, block in zip(starts, blocks, strict=False) if block.style in headings)
    return Text("\n\n".join(block.text for block in blocks), title, headings=named)


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or table of a Word file; `style` is the id of a paragraph's style."""

    text: str
    style: str = ""


def _heading_styles(styles: Any) -> frozenset[str]:
    """Return the ids of the styles that are headings: Word names those alike in every language."""
    names = {style.get(f"{_W}styleId"): style.find(f"{_W}name") for style in styles.iter(f"{_W}style")}
    return frozenset(
        style
        for style, name in names.items()
        if style and name is not None and re.fullmatch("heading [1-9]", name.get(f"{_W}val", ""), re.IGNORECASE)
    )


def _check_unpacked(content: bytes) -> None:
    """Raise LoadError where the archive unpacks to too much. No part unpacks to more than it states."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = [(item.filename, item.file_size) for item in archive.infolist()]
    n_bytes = sum(size for _, size in sizes)
    n_xml_bytes = sum(size for name, size in sizes if name.endswith((".xml", ".rels")))
    if n_bytes > MAX_UNPACKED_BYTES or n_xml_bytes > MAX_XML_BYTES:
        raise LoadError("it unpacks to {n_bytes:,} bytes, which is too much", n_bytes=n_bytes)


def _blocks(element: Any) -> Iterator[_Block]:
    """Yield the paragraphs and tables of a body, a cell or a content control, in order, but for empty ones."""
    for child in element:
        style = ""
        if child.tag == f"{_W}p":
            text = _paragraph(child).strip()
            named = child.find(f"{_W}pPr/{_W}pStyle")
            style = "" if named is None else named.get(f"{_W}val", "")
        elif child.tag == f"{_W}tbl":
            rows = (_row(row) for row in child.iter(f"{_W}tr") if _table_of(row) is child)
            text = "\n".join(filter(None, rows))
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml"}:
            yield from _blocks(child)
            continue
        else:
            continue
        if text:
            yield _Block(text, style)


def _table_of(row: Any) -> Any:
    return next(row.iterancestors(f"{_W}tbl"))


def _row(row: Any) -> str:
    """Return the cells of a table's row, parted by bars; what stands in one cell is joined by blanks."""
    cells = [cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row]
    texts = [_one_line(" ".join(block.text for block in _blocks(cell))) for cell in cells]
    return " | ".join(texts) if any(texts) else ""


def _paragraph(element: Any) -> str:
    """Return a paragraph's text with what was inserted in it and without what was deleted."""
    pieces: list[str] = []
    for child in element:
        if child.tag == f"{_W}t":
            pieces.append(child.text or "")
        elif child.tag == f"{_W}tab":
            pieces.append("\t")
        elif child.tag in {f"{_W}br", f"{_W}cr"}:
            pieces.append("\n")
        elif child.tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        elif child.tag not in {f"{_W}pPr", f"{_W}rPr", f"{_W}del", f"{_W}moveFrom", _FALLBACK}:
            pieces.append(_paragraph(child))
    return "".join(pieces)
