"""The text of a PDF, a web page or a Word file. Owner of pypdfium2, trafilatura and docx, each imported when needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embeddings.errors import LoadError
from embeddings.load import Text

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

MAX_UNPACKED_BYTES = 500_000_000
"""A Word file that unpacks to more is not opened: a small archive can hold a very large text."""

BETWEEN_PAGES = "\n\n"


def from_pdf(content: bytes) -> Text:
    """Return the text of a PDF's pages, a blank line between them, with the offset at which each page starts."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as pdf:
            pages = [_page_text(pdf[number]) for number in range(len(pdf))]
            title = str(pdf.get_metadata_value("Title") or "")
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise LoadError("it is encrypted; save a copy without a password") from error
        raise LoadError("it is damaged or no PDF") from error
    if not any(page.strip() for page in pages):
        raise LoadError("it has no text layer: it is probably a scan; run a text recognition over it first")
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + len(BETWEEN_PAGES))
    return Text(BETWEEN_PAGES.join(pages), title, tuple(starts))


def _page_text(page: Any) -> str:
    """Return one page's text with plain line ends; a word broken by a hyphen at a line's end is joined."""
    text_page = page.get_textpage()
    try:
        text: str = text_page.get_text_bounded()
    finally:
        text_page.close()
        page.close()
    # PDFium writes U+FFFE or U+0002 where a hyphen only broke the line.
    for mark in ("\ufffe", "\x02"):
        text = text.replace(f"{mark}\r\n", "").replace(f"{mark}\n", "").replace(mark, "")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip("\n")


def from_html(text: str) -> Text:
    """Return the main text of a web page, without menus and such, and its title."""
    import trafilatura
    from trafilatura.metadata import extract_metadata

    try:
        main = trafilatura.extract(text, include_comments=False, include_tables=True, favor_recall=True)
        metadata = extract_metadata(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise LoadError("it is damaged or no web page") from error
    if not main or not main.strip():
        raise LoadError("no text was found in the page")
    return Text(main, str(getattr(metadata, "title", None) or ""))


def from_docx(content: bytes) -> Text:
    """Return a Word file's paragraphs and tables in their order, a line each, a table's cells parted by bars."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise LoadError("it is encrypted or an old .doc file; save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise LoadError(f"it unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
        word = docx.Document(io.BytesIO(content))
        return Text("\n".join(_lines(word)), word.core_properties.title or "")
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, AttributeError, SyntaxError) as error:
        raise LoadError("it is damaged or no Word file") from error


def _lines(word: WordDocument) -> Iterator[str]:
    """Yield the lines of the body; a blank line follows each paragraph so that no sentence runs on into the next."""
    from docx.table import Table

    for block in word.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(cell.text.replace("\n", " ").strip() for cell in row.cells)
            yield ""
        elif block.text.strip():
            yield block.text
            yield ""
