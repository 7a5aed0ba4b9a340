"""A record or a comparison in, plain text out: every figure with its interval, its cases and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa.compare import CaseChange, Comparison, FigureChange
from qa.record import Record

Row = tuple[str, str, str, str, str]

TITLES = {
    "retrieval": "Retrieval",
    "answers": "Answers",
    "citations": "Citations",
    "refusal": "Refusal",
    "time": "Time",
}
DASH = "–"
MOST_CHANGED = 20
"""More ids than these are only counted."""

COMPARED_HEAD = ("", "old", "new", "difference", "95 % interval", "n", "")
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
    if machine_made := counts.get("machine_made", 0):
        yield f"{machine_made} of the questions are machine-made: read them before you trust the figures"
    answering = settings.get("answering", "checked")
    how = f"strictness {settings['strictness']}" if answering == "checked" else f"answering {answering}"
    yield f"model {settings['model']}, encoder {settings['encoder']}, {how}"
    yield ""


def _rows(values: Mapping[str, Any], before: str = "") -> Iterator[Row]:
    """Yield a row for each figure, those of groups in the group with the group's name before their own."""
    for name, value in values.items():
        shown = f"{before}{name.replace('_', ' ')}"
        if "left_out" in value:
            yield _row(shown, value)
        else:
            yield from _rows(value, "" if name == "by_kind" else f"{shown}, ")


def _row(name: str, figure: Mapping[str, Any]) -> Row:
    counts = (str(figure["n"]), str(figure["left_out"]))
    if figure["value"] is None:
        return (name, DASH, "", *counts)
    return (name, f"{figure['value']:.3f}", f"{figure['low']:.3f} to {figure['high']:.3f}", *counts)


def render_comparison(comparison: Comparison) -> str:
    """Return old and new figures side by side with the interval of the difference, then the cases that changed."""
    groups: dict[str, list[Sequence[str]]] = {group: [] for group in TITLES}
    for change in comparison.figures:
        groups[change.group].append(_compared_row(change))
    rows = [COMPARED_HEAD, *(row for group in groups.values() for row in group)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COMPARED_HEAD))]
    lines = ["Compared with the baseline", "", _line(COMPARED_HEAD, widths)]
    for group, title in TITLES.items():
        lines += ["", title, *(_line(row, widths) for row in groups[group])]
    return "\n".join([*lines, "", *_changed_lines(comparison)]) + "\n"


def _compared_row(change: FigureChange) -> Sequence[str]:
    name = change.name.replace("_", " ")
    values = [DASH if value is None else f"{value:.3f}" for value in (change.old, change.new)]
    if change.difference is None or change.low is None:
        return (name, *values, DASH, "", str(change.n), "")
    interval = f"{change.low:+.3f} to {change.high:+.3f}"
    verdict = "" if change.verdict == "same" else change.verdict
    return (name, *values, f"{change.difference:+.3f}", interval, str(change.n), verdict)


def _changed_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the questions that went otherwise, the first ones with their ids, and those that have no counterpart."""
    yield f"{len(comparison.changed)} of the questions in both went otherwise"
    yield from (_changed_line(change) for change in comparison.changed[:MOST_CHANGED])
    if len(comparison.changed) > MOST_CHANGED:
        yield f"  and {len(comparison.changed) - MOST_CHANGED} more"
    for ids, where in ((comparison.only_old, "the baseline"), (comparison.only_new, "the new record")):
        if ids:
            more = f" and {len(ids) - MOST_CHANGED} more" if len(ids) > MOST_CHANGED else ""
            yield f"{len(ids)} only in {where}, or with other text or gold there: {', '.join(ids[:MOST_CHANGED])}{more}"


def _changed_line(change: CaseChange) -> str:
    return f"  {change.id}: {'; '.join(change.changes)}"


def fall_sentences(comparison: Comparison) -> Iterator[str]:
    """Yield one sentence for each figure that fell, with both values and the interval of the difference."""
    for change in comparison.figures:
        if f"{change.group}: {change.name}" in comparison.fell:
            yield (
                f"worse than the baseline: {change.group}: {change.name.replace('_', ' ')} was {change.old:.3f} and is "
                f"{change.new:.3f} (95 % interval of the difference {change.low:+.3f} to {change.high:+.3f}, "
                f"{change.n} questions)"
            )


def _line(row: Sequence[str], widths: list[int]) -> str:
    name, *numbers = row
    cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
    return "  ".join((f"  {name}".ljust(widths[0] + 2), *cells)).rstrip()
