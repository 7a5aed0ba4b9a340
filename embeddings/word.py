"""The XML of a Word file in; out come its paragraphs, tables, notes and text boxes as text, in order.

Knows nothing of archives. Comments, headers, footers and what was deleted are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from embeddings.equations import EQUATIONS, equation, raised
from embeddings.numbering import Numberings

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_P, _TBL, _BOX = f"{_W}p", f"{_W}tbl", f"{_W}txbxContent"
_AROUND = frozenset(
    {f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
    | {f"{_MC}AlternateContent", f"{_MC}Choice"}
)
"""What stands around paragraphs and tables and says nothing itself."""

_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback"})
_NO_TEXT = _LEFT_OUT | {f"{_W}pPr", f"{_W}rPr", _BOX}
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_REFERENCES = frozenset({f"{_W}footnoteReference", f"{_W}endnoteReference"})
_NOTES = frozenset({f"{_W}footnote", f"{_W}endnote"})

_SYMBOLS = {
    start + place: character
    for start, characters in (
        (0x20, " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"),
        (0xA0, "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…  ↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑"),
        (0xF1, "⟩∫"),
    )
    for place, character in enumerate(characters)
}
"""The characters of the font Symbol (Adobe's table of 1998); a blank for the pieces of tall brackets and roots."""

_PRIVATE = range(0xF000, 0xF100)
"""Where Word puts the characters of fonts of symbols."""

_MARK = "mark"
"""The attribute that a note and its references are given: what they are marked with, as [1]."""

_LABEL = "label"
"""The attribute that a numbered paragraph is given: what Word shows before its text, as "4.2 "."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or table of a Word file; `style` is the id of a paragraph's style."""

    text: str
    style: str = ""


def heading_styles(styles: Any) -> frozenset[str]:
    """Return the ids of the styles that are headings: Word names those alike in every language."""
    names = {style.get(f"{_W}styleId"): style.find(f"{_W}name") for style in styles.iter(f"{_W}style")}
    return frozenset(
        style
        for style, name in names.items()
        if style and name is not None and re.fullmatch("heading [1-9]", name.get(f"{_W}val", ""), re.IGNORECASE)
    )


def has_embedded(body: Any) -> bool:
    """Return whether a part of the body is a whole file of its own."""
    return body.find(f".//{_W}altChunk") is not None


def place_notes(body: Any, parts: Sequence[Any]) -> None:
    """Move the footnotes and endnotes of `parts` into the body, numbered in the order of their references.

    Each stands behind the paragraph or table that refers to it first.
    """
    notes = {(f"{note.tag}Reference", note.get(f"{_W}id")): note for part in parts for note in part.iter(*_NOTES)}
    behind: dict[Any, Any] = {}
    n_placed = 0
    for reference in list(body.iter(*_REFERENCES)):
        note = notes.get((reference.tag, reference.get(f"{_W}id")))
        if note is None or _is_left_out(reference) or not any(map(str.strip, note.itertext())):
            continue
        if _MARK not in note.attrib:
            n_placed += 1
            note.set(_MARK, f"[{n_placed}]")
            outermost = [*reference.iterancestors(_P, _TBL)][-1]
            behind.get(outermost, outermost).addnext(note)
            behind[outermost] = note
        reference.set(_MARK, note.get(_MARK))


def label_paragraphs(body: Any, parts: Sequence[Any], styles: Any) -> None:
    """Set the labels of the numbered paragraphs of a body; `parts` define its numberings."""
    numberings = Numberings(parts, styles)
    for paragraph in body.iter(_P):
        if paragraph.find(f"{_W}pPr/{_W}rPr/{_W}del") is None and not _is_left_out(paragraph):
            paragraph.set(_LABEL, numberings.next_label(paragraph))


def blocks_of(element: Any) -> Iterator[Block]:
    """Yield the paragraphs, tables, notes and text boxes of a body, a cell or the like, in order, but for empty ones.

    The text boxes of a paragraph stand behind it.
    """
    for child in element:
        if child.tag in _AROUND:
            yield from blocks_of(child)
        elif child.tag in _NOTES:
            yield from _note(child)
        elif (block := _block(child)).text:
            yield block
        if child.tag == _P:
            for box in _boxes(child):
                yield from blocks_of(box)


def _block(element: Any) -> Block:
    """Return a paragraph, a table or an equation; an empty block for anything else.

    Bars stand around the rows of a table, as they do in a web page's, unless it stands in a cell of another.
    """
    if element.tag == _P:
        named = element.find(f"{_W}pPr/{_W}pStyle")
        text = _paragraph(element).strip()
        label = element.get(_LABEL, "") if text else ""
        return Block(f"{label}{text}", "" if named is None else named.get(f"{_W}val", ""))
    if element.tag == _TBL:
        rows = (_row(row) for row in element.iter(f"{_W}tr") if next(row.iterancestors(_TBL)) is element)
        is_inner = next(element.iterancestors(f"{_W}tc"), None) is not None
        return Block("\n".join(row if is_inner else f"| {row} |" for row in rows if row))
    return Block(equation(element).strip() if element.tag in EQUATIONS else "")


def _note(element: Any) -> Iterator[Block]:
    """Yield the paragraphs and tables of a footnote or endnote, its mark before the first."""
    mark = f"{element.get(_MARK)} "
    for block in blocks_of(element):
        yield Block(f"{mark}{block.text}")
        mark = ""


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Yield the text boxes that are anchored in a paragraph, but for those anchored in another box."""
    for box in paragraph.iter(_BOX):
        if next(box.iterancestors(_P)) is paragraph and not _is_left_out(box):
            yield box


def _is_left_out(element: Any) -> bool:
    """Return whether it was deleted, or says again for older programs what is said beside it."""
    return next(element.iterancestors(*_LEFT_OUT), None) is not None


def _row(row: Any) -> str:
    """Return the cells of a table's row, parted by bars; what stands in one cell is joined by blanks."""
    cells = [cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row]
    texts = [" ".join(" ".join(block.text for block in blocks_of(cell)).split()) for cell in cells]
    return " | ".join(texts) if any(texts) else ""


def _paragraph(element: Any) -> str:
    """Return a paragraph's text with what was inserted in it and without what was deleted."""
    return "".join(map(_piece, element))


def _piece(element: Any) -> str:
    """Return the text of one element of a paragraph."""
    tag = element.tag
    if tag == f"{_W}t":
        return _written(element)
    if tag in _SIGNS:
        return _SIGNS[tag]
    if tag == f"{_W}sym":
        return _symbol(element.get(f"{_W}font", "").lower(), int(element.get(f"{_W}char"), 16))
    if tag in _REFERENCES:
        return str(element.get(_MARK, ""))
    if tag in EQUATIONS:
        return equation(element)
    return "" if tag in _NO_TEXT or _is_hidden(element) else _paragraph(element)


def _is_hidden(run: Any) -> bool:
    """Return whether a run is set as hidden text, which is neither shown nor printed."""
    hidden = run.find(f"{_W}rPr/{_W}vanish")
    return hidden is not None and hidden.get(f"{_W}val") not in {"0", "false"}


def _written(element: Any) -> str:
    """Return the text of a run; figures set above the line are other characters than those on it: 10⁶ is not 106."""
    text = element.text or ""
    place = element.getparent().find(f"{_W}rPr/{_W}vertAlign")
    is_raised = place is not None and place.get(f"{_W}val") == "superscript"
    return raised(text) if is_raised and not re.fullmatch(r"\([^\W\d_]+\)", text) else text


def _symbol(font: str, code: int) -> str:
    """Return a symbol's character; of the fonts that have symbols in the place of letters only Symbol is known."""
    if font == "symbol":
        return _SYMBOLS.get(code % 256, "")
    if code in _PRIVATE or font.startswith(("wingdings", "webdings")):
        return ""
    return chr(code) if chr(code).isprintable() else ""
