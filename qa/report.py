"""A record in, plain text out: every figure with its interval, its number of cases and how many it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qa.evaluate import Record

Row = tuple[str, str, str, str, str]

TITLES = {
    "retrieval": "Retrieval",
    "answers": "Answers",
    "citations": "Citations",
    "refusal": "Refusal",
    "time": "Time",
}
HEAD: Row = ("", "value", "95 % interval", "n", "left out")


def render_table(record: Record) -> str:
    """Return the figures in columns of text, group by group; one that no case has the label for is a dash."""
    groups = {group: list(_rows(record.summary[group])) for group in TITLES}
    rows = [HEAD, *(row for group in groups.values() for row in group)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [*_opening(record), _line(HEAD, widths)]
    for group, title in TITLES.items():
        lines += ["", title, *(_line(row, widths) for row in groups[group])]
    return "\n".join(lines) + "\n"


def _opening(record: Record) -> Iterator[str]:
    counts, settings = record.summary["counts"], record.settings
    crashed = f", {counts['crashed']} crashed" if counts["crashed"] else ""
    yield f"{counts['n']} questions: {counts['answered']} answered, {counts['refused']} refused{crashed}"
    yield f"model {settings['model']}, encoder {settings['encoder']}, strictness {settings['strictness']}"
    yield ""


def _rows(values: Mapping[str, Any], before: str = "") -> Iterator[Row]:
    """Yield a row for each figure, those of groups in the group with the group's name before their own."""
    for name, value in values.items():
        shown = f"{before}{name.replace('_', ' ')}"
        if "value" in value:
            yield _row(shown, value)
        else:
            yield from _rows(value, "" if name == "by_kind" else f"{shown}, ")


def _row(name: str, figure: Mapping[str, Any]) -> Row:
    counts = (str(figure["n"]), str(figure["left_out"]))
    if figure["value"] is None:
        return (name, "–", "", *counts)
    return (name, f"{figure['value']:.3f}", f"{figure['low']:.3f} to {figure['high']:.3f}", *counts)


def _line(row: Row, widths: list[int]) -> str:
    name, *numbers = row
    cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
    return "  ".join((f"  {name}".ljust(widths[0] + 2), *cells)).rstrip()
