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
_NAME = rb"[\"']?\s*([A-Za-z0-9_.:-]{1,40})"
_STATED_CHARSETS = (
    re.compile(rb"^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*" + _NAME),
    re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*" + _NAME, re.IGNORECASE),
)
# What browsers read a stated encoding as, where Python reads less (https://encoding.spec.whatwg.org, Names and labels).
_READ_AS = {
    label: encoding
    for encoding, labels in {
        "cp1252": "ansi_x3.4-1968 ascii cp819 ibm819 iso-8859-1 iso8859-1 iso88591 iso_8859-1 l1 latin1 us-ascii",
        "cp1254": "iso-8859-9 iso8859-9 iso88599 iso_8859-9 l5 latin5",
        "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
        "gb18030": "chinese csgb2312 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
        "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
        "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
        "cp949": "cseuckr euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
        "iso2022_jp_ext": "csiso2022jp iso-2022-jp",
        "iso8859_8": "iso-8859-8-i logical",
        "mac_roman": "macintosh",
    }.items()
    for label in labels.split()
}
_KINDS_READ = ("big5", "cp", "euc", "gb", "hz", "iso2022", "iso8859", "johab", "koi8", "mac", "shift", "tis")
_BAD_BYTE = "[\udc80-\udcff]"
_COMMON_CHINESE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多"
)


def decoded(content: bytes) -> tuple[str, str]:
    """Return the content as text, character for character, and a note for people (mostly empty).

    UTF-8, UTF-16 or UTF-32 with a byte-order mark (which is dropped); with a note, UTF-8 with a few bad bytes, Chinese
    in GB 18030 or, as a last resort, Windows-1252, or Latin-1, with which it agrees but for 32 bytes.
    Raises LoadError where the content looks binary: a NUL, or more than one control character in a hundred.
    """
    found = _in_unicode(content)
    if found is not None:
        return found
    text, encoding = _guessed(content.removeprefix(codecs.BOM_UTF8))
    return text, Phrase("is not UTF-8 and was read as {encoding}", encoding=encoding)


def _in_unicode(content: bytes) -> tuple[str, str] | None:
    """Return the content as text of a Unicode encoding and a note, nothing where it is in none."""
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
        return _nearly_utf_8(content)


def _nearly_utf_8(content: bytes) -> tuple[str, str] | None:
    """Return text of UTF-8 whose letters outside ASCII are more than twice its bad bytes, one � for each of those.

    A character that is cut off at the end counts as one bad byte. In other encodings hardly any pair of bytes is one
    of UTF-8.
    """
    text = content.decode("utf-8", "surrogateescape")
    n_bytes = len(re.findall(_BAD_BYTE, text))
    n_bad = len(re.findall(f"{_BAD_BYTE}{{1,3}}\\Z|{_BAD_BYTE}", text))
    if _n_outside_ascii(text) - n_bytes <= 2 * n_bad:
        return None
    return re.sub(_BAD_BYTE, "\ufffd", text), _bad_bytes_note("UTF-8", n_bytes)


def _n_outside_ascii(text: str) -> int:
    return len(re.findall(r"[^\x00-\x7f]", text))


def _bad_bytes_note(encoding: str, n_bytes: int) -> str:
    if n_bytes == 1:
        return Phrase("is {encoding} but for one byte, which is shown as �", encoding=encoding)
    return Phrase("is {encoding} but for {n_bytes:,} bytes, which are shown as �", encoding=encoding, n_bytes=n_bytes)


def _guessed(content: bytes) -> tuple[str, str]:
    """Return text in no encoding of Unicode, and the name of the encoding that it was read in.

    Where Latin-1 has controls, Windows has quotation marks, dashes and €.
    """
    with suppress(UnicodeDecodeError):
        text = content.decode("gb18030")
        if _is_chinese(text):
            return text, "GB 18030"
    if any(0x80 <= byte < 0xA0 for byte in content):
        with suppress(UnicodeDecodeError):
            return content.decode("cp1252"), "Windows-1252"
    return content.decode("latin-1"), "Latin-1"


def _is_chinese(text: str) -> bool:
    """Return whether nearly all that is not ASCII is in GB 2312, and one in ten of the commonest characters.

    Of text in another encoding that happens to be valid, such as Korean, the characters would be rare ones.
    """
    others = re.findall(r"[^\x00-\x7f]", text[:100_000])
    n_plain = sum(1 for letter in others if len(letter.encode("gb2312", "ignore")) == 2)
    n_common = sum(1 for letter in others if letter in _COMMON_CHINESE)
    return len(others) >= 10 and n_plain >= 0.95 * len(others) and n_common >= 0.1 * len(others)


def decoded_page(content: bytes) -> tuple[str, str]:
    """Return a web page's source as text and a note; what is not UTF-8 is read in the encoding it states.

    That is read as browsers read it: what states gb2312 as GB 18030, iso-8859-1 as Windows-1252. A page in an encoding
    of ASCII bytes, ISO-2022, is read in it although it is UTF-8 as well.
    """
    stated = _stated(content)
    encoding = encoding_of(stated)
    found = _read_as(content, encoding, stated) if encoding.startswith("iso2022") and b"\x1b" in content else None
    found = found or _in_unicode(content) or _read_as(content, encoding, stated)
    if found is not None:
        return found
    if not stated:
        return decoded(content)
    text, read_as = _guessed(content.removeprefix(codecs.BOM_UTF8))
    return text, Phrase(
        "says that it is {encoding}, is not, and was read as {read_as}", encoding=stated, read_as=read_as
    )


def _stated(content: bytes) -> str:
    """Return the name of the encoding that a page states in its XML declaration or a meta tag, empty where in none."""
    for pattern in _STATED_CHARSETS:
        found = pattern.search(content.removeprefix(codecs.BOM_UTF8)[:4096])
        if found:
            return found.group(1).decode("ascii")
    return ""


def encoding_of(stated: str) -> str:
    """Return Python's name of a stated encoding, empty where it is none of those that pages were written in."""
    label = stated.lower()
    label = _READ_AS.get(label, label.removeprefix("x-"))
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return name if name.startswith(_KINDS_READ) else ""


def _read_as(content: bytes, encoding: str, stated: str) -> tuple[str, str] | None:
    """Return the content as text of an encoding and a note, nothing where more than a few bytes are not of it."""
    if not encoding:
        return None
    text = content.decode(encoding, "replace")
    n_bad = text.count("\ufffd")
    if not n_bad:
        return text, ""
    return (text, _bad_bytes_note(stated, n_bad)) if _n_outside_ascii(text) - n_bad > 2 * n_bad else None


def _marked(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError("it begins like {encoding} and is not", encoding=encoding) from error
    if "\x00" in text:
        raise LoadError("it holds binary data, not text")
    return text
