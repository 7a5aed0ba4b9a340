"""A page of a PDF in, the HTML that shows it as it is printed, with the words of a span marked at their place."""

from __future__ import annotations

import base64

from embeddings.draw import Box, Drawn
from qa.ui.markup import escaped
from qa.ui.texts import Texts


def sheet_html(drawn: Drawn, title: str, words: str, kind: str, say: Texts) -> str:
    """Return the page; `words` are those that its boxes mark, as `kind`: cited or found."""
    picture = base64.b64encode(drawn.png).decode("ascii")
    alt = escaped(say("page_printed", page=drawn.number, title=title))
    return (
        f'<div class="sheet"><img src="data:image/png;base64,{picture}" alt="{alt}"'
        f' width="{drawn.width_px}" height="{drawn.height_px}">{_mark(drawn.boxes, words, kind)}</div>'
    )


def _mark(boxes: tuple[Box, ...], words: str, kind: str) -> str:
    """Return one mark around all boxes, which holds the words for those who read by ear."""
    if not boxes:
        return ""
    around = boxes[0]
    for box in boxes[1:]:
        around |= box
    lines = "".join(f'<span class="box" style="{_style(box, around)}"></span>' for box in boxes)
    whole = _style(around, Box(0.0, 0.0, 1.0, 1.0))
    return f'<mark class="{kind}" style="{whole}"><span class="said">{escaped(words)}</span>{lines}</mark>'


def _style(box: Box, outer: Box) -> str:
    """Return where the box lies in the outer one, in per cent."""
    width, height = outer.right - outer.left, outer.bottom - outer.top
    parts = {
        "left": (box.left - outer.left) / width,
        "top": (box.top - outer.top) / height,
        "width": (box.right - box.left) / width,
        "height": (box.bottom - box.top) / height,
    }
    return "; ".join(f"{name}: {part:.3%}" for name, part in parts.items())
