"""Rows in, tables out that can be scrolled where they are wider than the page."""

from __future__ import annotations

from collections.abc import Sequence

from qa.ui.markup import escaped


def heading(*columns: str) -> str:
    """Return the head of a table. "n:" before a name: numbers stand below it; "drawn:": pictures, the name unseen."""
    return f"<thead><tr>{''.join(map(_column, columns))}</tr></thead>"


def _column(column: str) -> str:
    kind, _, name = column.rpartition(":")
    inner = f'<span class="unseen">{escaped(name)}</span>' if kind == "drawn" else escaped(name)
    return f'<th scope="col" class="{kind}">{inner}</th>' if kind else f'<th scope="col">{inner}</th>'


def cells(values: Sequence[str], kind: str = "n") -> str:
    """Return the cells of a row; `values` are text."""
    return "".join(f'<td class="{kind}">{escaped(value)}</td>' for value in values)


def wide(name: str, kind: str, inner: str) -> str:
    """Return a table in a region of that name, which scrolls sideways, also with the keyboard."""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table class="{kind}">{inner}</table></div>'
    )
