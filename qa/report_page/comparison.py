"""A comparison of two records in, HTML out: differences with their intervals, changed cases side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from qa.report import TITLES
from qa.report_page.cases import said_html, states_html, verdict_html
from qa.report_page.figures import Path, Unit, meaning_of, shown
from qa.report_page.tables import heading, wide
from qa.report_page.verdicts import verdict_of
from qa.report_page.words import Words
from qa.ui.markup import escaped

Row = Mapping[str, Any]

WIDTH, HEIGHT = 168, 16
NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_OPEN = 12
"""Changed cases that are shown without being asked for."""

VERDICTS = {"better": "right", "worse": "wrong"}


class Comparison(Protocol):
    """Two records, case by case."""

    def to_json(self) -> dict[str, Any]:
        """Return baseline, figures, changed, only_old and only_new as plain JSON values."""


def comparison_html(compared: Row, settings: Row, numbers: Mapping[str, int], say: Words) -> str:
    """Return what differs from the baseline; `numbers` are the places of the cases on this page by id."""
    parts = (
        _fell(compared.get("fell", ()), say),
        _settings(compared.get("baseline", {}), settings, say),
        _differences(compared.get("figures", ()), say),
        _changed(compared.get("changed", ()), numbers, say),
        _only(say("Only in the baseline"), compared.get("only_old", ())),
        _only(say("Only here"), compared.get("only_new", ())),
    )
    return "".join(parts)


def _fell(names: Sequence[str], say: Words) -> str:
    """Return which figures fell; a name is a group, a colon and the figure's name."""
    rows = [dict(zip(("group", "name"), name.split(": ", 1), strict=True)) for name in names if ": " in name]
    listed = say(", ").join(_meaning(row, say)[0] for row in rows)
    told = escaped(say("Worse by more than chance explains: {names}.", names=listed))
    return f'<p class="trouble">{told}</p>' if listed else ""


def _settings(old: Row, new: Row, say: Words) -> str:
    """Return the settings that are not the same in both."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    rows = "".join(
        f'<tr><th scope="row">{escaped(name.replace("_", " "))}</th>'
        f"<td><bdi>{escaped(_value(old.get(name)))}</bdi></td><td><bdi>{escaped(_value(new.get(name)))}</bdi></td></tr>"
        for name in names
    )
    head = heading(*map(say, ("Setting", "Baseline", "Here")))
    table = wide(say("Settings that differ"), "", f"{head}<tbody>{rows}</tbody>")
    title = say("{n:,} setting not the same|{n:,} settings not the same", n=len(names))
    return f"<details><summary>{title}</summary>{table}</details>" if rows else ""


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(inner)}" for name, inner in value.items())
    return "–" if value is None else str(value)


def _differences(figures: Sequence[Row], say: Words) -> str:
    """Return a table of all figures: before, here, and the difference with its interval drawn around zero."""
    units = [_meaning(row, say)[1] for row in figures]
    most: dict[Unit, float] = {}
    for row, unit in zip(figures, units, strict=True):
        bounds = [abs(row[name]) for name in ("difference", "low", "high") if row.get(name) is not None]
        most[unit] = max([most.get(unit, 0.0), *bounds])
    most["share"] = most["score"] = max(most.get("share", 0.0), most.get("score", 0.0))
    rows = "".join(_difference(row, most[unit], say) for row, unit in zip(figures, units, strict=True))
    numbers = [f"n:{say(name)}" for name in ("Baseline", "Here", "Difference", "95 % interval")]
    head = heading(say("Figure"), *numbers, f"drawn:{say('Drawn')}", "n:n", say("Verdict"))
    table = wide(say("Differences"), "figures differences", f"{head}<tbody>{rows}</tbody>")
    told = say(
        "Zero is the upright line, the band is the interval. Differences of shares are percentage points. Shares and "
        "scores are drawn to one scale, times to another."
    )
    return f'{table}<p class="quiet">{told}</p>'


def _meaning(row: Row, say: Words) -> tuple[str, Unit]:
    """Return the name of a row's figure, its group with it, and its unit."""
    group, name = str(row["group"]), str(row["name"])
    parts = name.split(", ")
    path: Path = (group, *parts)
    by_kind: Path = (group, "by_kind", *parts)
    meaning = meaning_of(by_kind if group == "refusal" and len(parts) > 1 else path)
    group_said = say(TITLES[group]) if group in TITLES else group
    return say("{group}: {name}", group=group_said, name=meaning.named(say)), meaning.unit


def _difference(row: Row, most: float, say: Words) -> str:
    name, unit = _meaning(row, say)
    old, new = (shown(row[which], unit) if row.get(which) is not None else "–" for which in ("old", "new"))
    verdict = str(row.get("verdict", ""))
    words = say("no difference shown" if verdict == "same" else verdict)
    cells = '<td class="n">–</td><td class="n"></td><td class="drawn"></td>'
    if row.get("difference") is not None:
        low, high = row.get("low"), row.get("high")
        interval = ""
        if low is not None and high is not None:
            interval = say("{low} to {high}", low=signed(low, unit), high=signed(high, unit))
        cells = (
            f'<td class="n">{signed(row["difference"], unit)}</td><td class="n quiet">{interval}</td>'
            f'<td class="drawn">{_forest(row, most)}</td>'
        )
    return (
        f'<tr><th scope="row">{escaped(name)}</th><td class="n">{old}</td><td class="n">{new}</td>{cells}'
        f'<td class="n quiet">{row.get("n", 0):,}</td>'
        f'<td class="verdict {VERDICTS.get(verdict, "open")}">{escaped(words)}</td></tr>'
    )


def signed(value: float, unit: Unit) -> str:
    """Return a difference as people read it, without its unit; that of shares is in percentage points."""
    sign = "−" if value < 0 else "+" if value > 0 else "±"
    return f"{sign}{shown(abs(value), unit).split(NO_BREAK)[0]}"


def _forest(row: Row, most: float) -> str:
    """Return the interval as a band and the difference as a dot, beside an upright line at zero."""
    middle, half = HEIGHT / 2, WIDTH / 2 - 6
    low, value, high = (
        WIDTH / 2 + half * (row[name] if row.get(name) is not None else row["difference"]) / (most or 1.0)
        for name in ("low", "difference", "high")
    )
    kind = VERDICTS.get(str(row.get("verdict")), "open")
    return (
        f'<svg class="interval {kind}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<path class="axis" d="M{WIDTH / 2:g} 0V{HEIGHT}"/><path class="band" d="M{low:.1f} {middle:g}H{high:.1f}"/>'
        f'<circle class="value" cx="{value:.1f}" cy="{middle:g}" r="4"/></svg>'
    )


def _changed(changed: Sequence[Row], numbers: Mapping[str, int], say: Words) -> str:
    """Return the cases that went another way, the old answer beside the new one."""
    if not changed:
        return f"<p>{say('No case changed.')}</p>"
    items = "".join(_pair(pair, numbers, say) for pair in changed)
    opened = " open" if len(changed) <= MOST_OPEN else ""
    title = say("{n:,} changed case, side by side|{n:,} changed cases, side by side", n=len(changed))
    return f'<details{opened}><summary>{title}</summary><ol class="pairs">{items}</ol></details>'


def _pair(pair: Row, numbers: Mapping[str, int], say: Words) -> str:
    number = numbers.get(str(pair["id"]))
    link = f' <a href="#case-{number}">{say("Case {number}", number=number)}</a>' if number else ""
    changes = escaped(say(", ").join(say.told(change) for change in pair.get("changes", ())))
    return (
        f'<li><h3 dir="auto">{escaped(str(pair["question"]))}</h3><p class="quiet">{changes}{link}</p>'
        f'<div class="pair">{_side("Baseline", pair["old"], say)}{_side("Here", pair["new"], say)}</div></li>'
    )


def _side(title: str, case: Row, say: Words) -> str:
    total = case["timings_s"].get("total")
    time = f" · {total:.1f} s" if total is not None else ""
    return (
        f'<div class="side"><p class="quiet">{say(title)}</p>{verdict_html(verdict_of(case), say)}'
        f"<p>{said_html(case, say)}</p>"
        f'<p class="states">{states_html(case, say)}</p>'
        f'<p class="quiet">{say("confidence")} {100 * case["confidence"]:.0f} %{time}</p></div>'
    )


def _only(title: str, ids: Iterable[str]) -> str:
    listed = ", ".join(f"<bdi>{escaped(str(each))}</bdi>" for each in ids)
    return f'<p class="quiet">{title}: {listed}</p>' if listed else ""
