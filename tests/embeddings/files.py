"""Makers of small files of every kind that is read, written out by hand so that what they hold is known exactly."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence

import docx

PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
"""What PDF 1.7 (table 7.2, algorithm 2) fills a password up with."""

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:m="{OFFICE}/math" xmlns:r="{OFFICE}/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
).encode()


def pdf(pages: Sequence[Sequence[str]], title: str = "", user_password: str | None = None) -> bytes:
    """Return a PDF whose pages hold these lines; a page without lines has no text. A password encrypts it (RC4)."""
    contents = [_drawn(lines) for lines in pages]
    first_page = 4
    kids = " ".join(f"{first_page + 2 * n} 0 R" for n in range(len(pages)))
    key, encrypt = _encryption(user_password) if user_password is not None else (b"", b"")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for n, content in enumerate(contents):
        number = first_page + 2 * n + 1
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        stream = _rc4(_object_key(key, number), content) if key else content
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    info = _literal(title)
    objects.append(b"<< /Title %s >>" % info)
    return _assembled(objects, encrypt)


def docx_file(*blocks: str | Sequence[Sequence[str]], title: str = "") -> bytes:
    """Return a Word file of paragraphs (text) and tables (rows of cells)."""
    word = docx.Document()
    word.core_properties.title = title
    for block in blocks:
        if isinstance(block, str):
            word.add_paragraph(block)
            continue
        table = word.add_table(rows=len(block), cols=len(block[0]))
        for row, texts in zip(table.rows, block, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    return _saved(word)


def docx_with_body(
    xml: str, footnotes: str = "", endnotes: str = "", *, numbering: str = "", styles: str = ""
) -> bytes:
    """Return a Word file whose body begins with this XML (prefixes w, m, mc, wps, r).

    Its notes are these, its numberings these alone, and it has these styles beside those of every file.
    """
    with zipfile.ZipFile(io.BytesIO(docx_file())) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    before, after = parts["word/document.xml"].split(b"<w:body>")
    root = re.sub(rb"<w:document [^>]*>", b"<w:document " + NAMESPACES + b">", before)
    parts["word/document.xml"] = root + b"<w:body>" + xml.encode() + after
    for kind, notes in (("footnotes", footnotes), ("endnotes", endnotes)):
        if notes:
            _add_notes(parts, kind, notes)
    if numbering:
        parts["word/numbering.xml"] = b"<w:numbering %b>%b</w:numbering>" % (NAMESPACES, numbering.encode())
    parts["word/styles.xml"] = parts["word/styles.xml"].replace(b"</w:styles>", f"{styles}</w:styles>".encode())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return packed.getvalue()


def _add_notes(parts: dict[str, bytes], kind: str, notes: str) -> None:
    """Add the part with the footnotes or endnotes, its relation and its type."""
    parts[f"word/{kind}.xml"] = b"<w:%b %b>%b</w:%b>" % (kind.encode(), NAMESPACES, notes.encode(), kind.encode())
    relation = f'<Relationship Id="rId-{kind}" Type="{OFFICE}/relationships/{kind}" Target="{kind}.xml"/>'
    override = f'<Override PartName="/word/{kind}.xml" ContentType="{WORD_TYPE}.{kind}+xml"/>'
    for name, entry, end in (
        ("word/_rels/document.xml.rels", relation, b"</Relationships>"),
        ("[Content_Types].xml", override, b"</Types>"),
    ):
        parts[name] = parts[name].replace(end, entry.encode() + end)


def zip_bomb(n_bytes: int) -> bytes:
    """Return an archive named like a Word file's parts, whose text unpacks to this many bytes of blanks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * n_bytes)
    return packed.getvalue()


def html(body: str, title: str = "") -> bytes:
    """Return a web page in UTF-8."""
    return f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def _saved(word: docx.document.Document) -> bytes:
    packed = io.BytesIO()
    word.save(packed)
    return packed.getvalue()


def _drawn(lines: Sequence[str]) -> bytes:
    """Return the content stream that writes the lines one below the other."""
    if not lines:
        return b""
    shown = b" T* ".join(_literal(line) + b" Tj" for line in lines)
    return b"BT /F1 12 Tf 14 TL 72 700 Td " + shown + b" ET"


def _literal(text: str) -> bytes:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return b"(" + escaped.encode("cp1252") + b")"


def _assembled(objects: Sequence[bytes], encrypt: bytes) -> bytes:
    """Return the objects, numbered from 1, with their table of offsets and the trailer; the last one is the title's."""
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"<< /Size %d /Root 1 0 R /Info %d 0 R /ID [<00> <00>] %s >>" % (size, size - 1, encrypt)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)


def _encryption(user_password: str) -> tuple[bytes, bytes]:
    """Return the 40-bit key and the trailer's entry for a password that everybody needs (PDF 1.7, algorithms 2 to 4)."""
    padded = (user_password.encode("latin-1") + PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    permissions = (-4 & 0xFFFFFFFF).to_bytes(4, "little")
    key = hashlib.md5(padded + owner + permissions + b"\x00").digest()[:5]
    user = _rc4(key, PADDING)
    entry = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>"
    return key, entry % (owner.hex().encode(), user.hex().encode())


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + number.to_bytes(3, "little") + b"\x00\x00").digest()[:10]


def _rc4(key: bytes, content: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
