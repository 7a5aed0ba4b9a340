"""The text of a PDF, a web page or a Word file. Owner of pypdfium2, trafilatura and docx, each imported late.

What a Word file says is taken from its XML by `embeddings.word`. Headers, footers and comments of a Word file and forms
and drawings of a PDF are not read.
"""

from __future__ import annotations

import copy
import io
import itertools
import re
import threading
import zipfile
import zlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from embeddings import markup, printed, whole_page
from embeddings.errors import LoadError
from embeddings.phrase import Phrase
from embeddings.word import blocks_of, has_embedded, heading_styles, label_paragraphs, place_notes

MAX_UNPACKED_BYTES = 300_000_000
"""A Word file that unpacks to more is not opened: a small archive can hold a very large content."""

MAX_XML_BYTES = 60_000_000
"""Nor is one whose parts of text unpack to more; a book of a thousand pages has about 10 MB."""

MAX_PAGE_CHARACTERS = 2_000_000
"""Of a larger web page all text is taken: the time to find the main text grows with the square."""

MAX_SHARE_LEFT_OUT = 0.4
"""Of the letters that a web page has for reading; where more are not in its main text, all of them are taken."""

PDFIUM = threading.Lock()
"""PDFium must not be called from two threads at once."""

NO_TITLE = re.compile(
    r".*\.(?:docx?|dvi|tex|indd|pptx?|xlsx?|odt|rtf)|PowerPoint Presentation|(?:Slide |Document|Presentation)\d+"
    r"|Untitled(?:[ _-]?(?:Document|Presentation|Spreadsheet))?(?:[ _-]?\d+|\.\w{1,4})?",
    re.IGNORECASE | re.DOTALL,
)
"""What programs write as the title of a PDF that was given none: the name of its source, or that it has no name."""

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

    Between two pages that a sentence runs across stands a single line break; page numbers and running heads are left
    out. A page that cannot be read is taken as empty, and noted. Raises LoadError for an encrypted or damaged file and
    for one without text.
    """
    with PDFIUM:
        pages, title = _pdf_pages(content)
    unread = [number for number, page in enumerate(pages, start=1) if not page.is_read]
    empty = [number for number, page in enumerate(pages, start=1) if page.is_read and not page.text.strip()]
    if len(unread) == len(pages):
        raise LoadError("it is damaged or no PDF")
    if len(unread) + len(empty) == len(pages):
        raise LoadError("it has no text layer: it is probably a scan; run text recognition over it first")
    text, starts = printed.joined_pages([page.text for page in pages])
    return Text(text, title, starts, _pages_note(empty, unread))


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a PDF's page; empty where the page cannot be read."""

    text: str
    is_read: bool = True


def _pdf_pages(content: bytes) -> tuple[list[_Page], str]:
    """Return the pages, and the title. Raises LoadError where PDFium cannot open the file."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as pdf:
            pages = [_page_at(pdf, place) for place in range(len(pdf))]
            title = _title_of(pdf)
    except pypdfium2.PdfiumError as error:
        if error.err_code in {pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY}:
            raise LoadError("it is encrypted; save a copy without a password") from error
        raise LoadError("it is damaged or no PDF") from error
    return pages, title


def _title_of(pdf: Any) -> str:
    """Return the title that a PDF states; empty where it states none, one that is no UTF-16 or a program's own."""
    try:
        title = str(pdf.get_metadata_value("Title") or "").strip()
    except UnicodeDecodeError:
        return ""
    title = re.sub(r"^Microsoft (?:Office )?(?:Word|PowerPoint|Excel) - ", "", title)
    return "" if NO_TITLE.fullmatch(title) else title


def _page_at(pdf: Any, place: int) -> _Page:
    """Return the page at `place`, from 0."""
    import pypdfium2

    try:
        return _Page(_text_of(pdf[place]))
    except pypdfium2.PdfiumError:
        return _Page("", is_read=False)


def _text_of(page: Any) -> str:
    """Return one page's lines, and close the page."""
    try:
        text_page = page.get_textpage()
        try:
            return page_lines(text_page)
        finally:
            text_page.close()
    finally:
        page.close()


def page_lines(text_page: Any) -> str:
    """Return one page's lines, those of its head and foot too; a hyphen at a line's end is one of LINE_HYPHENS.

    Its characters but for white space are some of those that PDFium counts on the page, in PDFium's order.
    """
    return printed.lines_of(text_page.get_text_bounded())


def _pages_note(empty: Sequence[int], unread: Sequence[int]) -> str:
    if empty and unread:
        return Phrase("{note}; it {other}", note=_pages_note((), unread), other=_pages_note(empty, ()))
    pages = _listed([*empty, *unread])
    if len(unread) > 1:
        return Phrase("is damaged: pages {pages} could not be read", pages=pages)
    if unread:
        return Phrase("is damaged: page {page} could not be read", page=pages)
    if len(empty) > 1:
        return Phrase("has no text on pages {pages}", pages=pages)
    return Phrase("has no text on page {page}", page=pages) if empty else ""


def _listed(numbers: Sequence[int]) -> str:
    """Return the first five numbers, and how many more there are."""
    pages = ", ".join(map(str, numbers[:5]))
    return Phrase("{pages} and {n_more} more", pages=pages, n_more=len(numbers) - 5) if len(numbers) > 5 else pages


def from_html(source: str) -> Text:
    """Return the main text of a web page, without menus and such, and its title. Makes no network call.

    A blank line stands between paragraphs. Raises LoadError where there is no text.
    """
    import trafilatura

    try:
        tree = trafilatura.load_html(source)
        if tree is None or tree.tag != "html":  # a piece of a page
            tree = trafilatura.load_html(f"<html><body><div>{source}</div></body></html>")
        if tree is None:
            raise LoadError("it is damaged or no web page")
        markup.prepare(tree)
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
    """Return the main text of a page, or all of it where there is none or it takes too long, and a note.

    Where what is found leaves out much of what is for reading, it is looked for again in all of that; where it still
    leaves out MAX_SHARE_LEFT_OUT, all that is for reading is taken.
    """
    if n_characters > MAX_PAGE_CHARACTERS:
        return whole_page.all_text(tree), Phrase("is a very large page and was read whole, menus and all")
    main = _found(tree)
    page = whole_page.for_reading(tree)
    whole = whole_page.all_text(page)
    if not whole_page.is_most(main, page):
        whole_page.frame(page)
        wide = _found(page)
        if len(wide) > len(main) and whole_page.share_said(wide, whole) > whole_page.share_said(main, whole):
            main = wide
        if main and len(whole) > len(main) and 1 - whole_page.share_said(main, whole) > MAX_SHARE_LEFT_OUT:
            return whole, Phrase("has no part that is plainly its main text, and was read whole but for its menus")
    return main or whole_page.all_text(tree), ""


def _found(tree: Any) -> str:
    """Return what is taken to be the main text of a page, empty where nothing is."""
    import trafilatura
    from trafilatura.settings import DEFAULT_CONFIG

    config = copy.deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")  # else lines of a short page break at bold words
    main = trafilatura.extract(
        copy.deepcopy(tree), include_comments=False, include_tables=True, favor_recall=True, config=config
    )
    return main or ""


def from_docx(content: bytes) -> Text:
    """Return a Word file's paragraphs, notes and text boxes, a blank line between them, and tables, a line a row.

    Raises LoadError for a file that is encrypted, damaged, without text of its own or unpacks to too much.
    """
    import docx

    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise LoadError("it is encrypted or an old .doc file; save it as .docx without a password")
    try:
        _check_unpacked(content)
        word = docx.Document(io.BytesIO(content))
        body = word.element.body
        place_notes(body, _parts(word.part, "FOOTNOTES", "ENDNOTES"))
        label_paragraphs(body, _parts(word.part, "NUMBERING"), word.styles.element)
        blocks = list(blocks_of(body))
        title = word.core_properties.title or ""
        headings = heading_styles(word.styles.element)
    except _DAMAGED_WORD as error:
        raise LoadError("it is damaged or no Word file") from error
    if has_embedded(body) and not blocks:
        raise LoadError("its text is another file inside it; open it in Word, save it as .docx and take that")
    note = Phrase("has other files inside it, which were not read") if has_embedded(body) else ""
    starts = itertools.accumulate((len(block.text) + len("\n\n") for block in blocks), initial=0)
    named = tuple(start for start, block in zip(starts, blocks, strict=False) if block.style in headings)
    return Text("\n\n".join(block.text for block in blocks), title, note=note, headings=named)


def _parts(part: Any, *kinds: str) -> list[Any]:
    """Return the XML of those parts of a Word file that are of these kinds, as far as it has them."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import parse_xml

    types = {getattr(RELATIONSHIP_TYPE, kind) for kind in kinds}
    return [parse_xml(each.target_part.blob) for each in part.rels.values() if each.reltype in types]


def _check_unpacked(content: bytes) -> None:
    """Raise LoadError where the archive unpacks to too much. No part unpacks to more than it states."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = [(item.filename, item.file_size) for item in archive.infolist()]
    n_bytes = sum(size for _, size in sizes)
    n_xml_bytes = sum(size for name, size in sizes if name.endswith((".xml", ".rels")))
    if n_bytes > MAX_UNPACKED_BYTES or n_xml_bytes > MAX_XML_BYTES:
        raise LoadError("it unpacks to {n_bytes:,} bytes, which is too much", n_bytes=n_bytes)
