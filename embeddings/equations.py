"""An equation of a Word file in, one line of text out that reads as it is set: 1/2, x², √(a+b), ∑_(i=1)^n x."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

EQUATIONS = frozenset({f"{_M}oMath", f"{_M}oMathPara"})

_DELETED = frozenset({f"{_W}del", f"{_W}moveFrom"})
_SIDE_BY_SIDE = frozenset(f"{_M}{name}" for name in ("oMathPara", "eqArr", "m", "mr", "func"))
"""What parts its pieces by blanks: equations below each other, the cells of a matrix, "sin x"."""

_RAISED = str.maketrans("0123456789+-−–()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-−–()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₍₎")
_ONE_PIECE = re.compile(r"[\w.,]*|\([^()]*\)")

Parts = Mapping[str, str]


def raised(text: str) -> str:
    """Return text that is set as superscript, its figures, signs and brackets as the characters for that."""
    return text.translate(_RAISED)


def equation(element: Any) -> str:
    """Return an equation, or a piece of one, on one line."""
    if element.tag in {f"{_M}t", f"{_W}t"}:
        return element.text or ""
    if element.tag in _DELETED:
        return ""
    texts = [(child.tag, equation(child)) for child in element]
    if element.tag == f"{_M}d":
        return _delimited(element, [text for tag, text in texts if tag == f"{_M}e"])
    if element.tag == f"{_M}nary":
        texts.append(("sign", _chosen(element, "naryPr", "chr", "∫")))
    if shape := _SHAPES.get(element.tag):
        return shape({str(tag).removeprefix(_M): text for tag, text in texts})
    return (" " if element.tag in _SIDE_BY_SIDE else "").join(text for _, text in texts if text)


def _delimited(element: Any, texts: list[str]) -> str:
    """Return what stands in brackets, with them; a bar parts several."""
    begin, end = _chosen(element, "dPr", "begChr", "("), _chosen(element, "dPr", "endChr", ")")
    return f"{begin}{_chosen(element, 'dPr', 'sepChr', '|').join(texts)}{end}"


def _chosen(element: Any, properties: str, name: str, default: str) -> str:
    """Return the character that a piece of an equation is drawn with; none is named where it is the default."""
    found = element.find(f"{_M}{properties}/{_M}{name}")
    return default if found is None else str(found.get(f"{_M}val", ""))


def _grouped(text: str) -> str:
    return text if _ONE_PIECE.fullmatch(text) else f"({text})"


def _above(text: str) -> str:
    """Return an exponent: 10⁻⁶, x^n."""
    small = raised(text)
    return small if not set(small) & set(text) else f"^{_grouped(text)}"


def _below(text: str) -> str:
    """Return an index: CO₂, x_i."""
    small = text.translate(_LOWERED)
    return small if not set(small) & set(text) else f"_{_grouped(text)}"


_SHAPES: Mapping[str, Callable[[Parts], str]] = {
    f"{_M}f": lambda part: f"{_grouped(part.get('num', ''))}/{_grouped(part.get('den', ''))}",
    f"{_M}rad": lambda part: f"{raised(part.get('deg', ''))}√{_grouped(part.get('e', ''))}",
    f"{_M}sSup": lambda part: f"{part.get('e', '')}{_above(part.get('sup', ''))}",
    f"{_M}sSub": lambda part: f"{part.get('e', '')}{_below(part.get('sub', ''))}",
    f"{_M}sSubSup": lambda part: f"{part.get('e', '')}{_below(part.get('sub', ''))}{_above(part.get('sup', ''))}",
    f"{_M}sPre": lambda part: f"{_above(part.get('sup', ''))}{_below(part.get('sub', ''))}{part.get('e', '')}",
    f"{_M}limLow": lambda part: f"{part.get('e', '')}{_below(part.get('lim', ''))}",
    f"{_M}nary": lambda part: (
        f"{part['sign']}{_below(part.get('sub', ''))}{_above(part.get('sup', ''))} {part.get('e', '')}"
    ),
}
"""How a piece that has parts is written, by the names of its parts."""
