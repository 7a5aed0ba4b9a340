"""Bytes in, text out: which encoding a file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from embeddings.errors import LoadError
from embeddings.phrase import Phrase

# The mark of UTF-32 begins with that of UTF-16, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_CONTROLS = bytes([*range(1, 9), *range(14, 27), *range(28, 32), 127])
_STATED_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)

WINDOWS_NOTE = Phrase("is not UTF-8 and was read as Windows-1252")
LATIN_1_NOTE = Phrase("is not UTF-8 and was read as Latin-1")


def decoded(content: bytes) -> tuple[str, str]:
    """Return the content as text, character for character, and a note for people (mostly empty).

    UTF-8, UTF-16 or UTF-32 with a byte-order mark (which is dropped); as a last resort, with a note, Windows-1252, or
    Latin-1, with which it agrees but for 32 bytes.
    Raises LoadError where the content looks binary: a NUL, or more than one control character in a hundred.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _marked(content, encoding), ""
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in content:
        raise LoadError("it holds binary data, not text (or UTF-16 without a byte-order mark)")
    if len(content.translate(None, _CONTROLS)) < 0.99 * len(content):
        raise LoadError("it holds binary data, not text")
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        return _of_one_byte(content)


def _of_one_byte(content: bytes) -> tuple[str, str]:
    """Return text of one byte a character: where Latin-1 has controls, Windows has quotation marks, dashes and €."""
    if any(0x80 <= byte < 0xA0 for byte in content):
        with suppress(UnicodeDecodeError):
            return content.decode("cp1252"), WINDOWS_NOTE
    return content.decode("latin-1"), LATIN_1_NOTE


def decoded_page(content: bytes) -> tuple[str, str]:
    """Return a web page's source as text and a note; what is not UTF-8 is read in the encoding it states."""
    text, note = decoded(content)
    stated = _STATED_CHARSET.search(content[:4096]) if note else None
    if stated is None:
        return text, note
    encoding = stated.group(1).decode("ascii")
    try:
        return content.decode(encoding), ""
    except (LookupError, ValueError):
        return text, Phrase("says that it is {encoding}, is not, and was read as Latin-1", encoding=encoding)


def _marked(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError("it begins like {encoding} and is not", encoding=encoding) from error
    if "\x00" in text:
        raise LoadError("it holds binary data, not text")
    return text
