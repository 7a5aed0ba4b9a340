"""A record and its documents in, one self-contained page of HTML out.

The page asks for nothing: style and script stand in it, and its policy allows those two texts and no other, by hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from embeddings.types import Document
from qa.colours import colours
from qa.record import Record
from qa.report_page.cases import cases_html
from qa.report_page.comparison import Comparison, comparison_html
from qa.report_page.figures import headlines_html, table_html
from qa.report_page.marked import Sources
from qa.report_page.plots import plots_html
from qa.report_page.words import ENGLISH, Words
from qa.ui.markup import escaped

TITLE = "Evaluation of Article QA"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SIGNS = {
    "right": '<circle cx="8" cy="8" r="7" class="solid"/><path class="cut" d="M4.5 8.2l2.4 2.4 4.6-5"/>',
    "wrong": '<path class="solid" d="M8 .6 15.4 8 8 15.4.6 8z"/><path class="cut" d="M5.6 5.6l4.8 4.8m0-4.8-4.8 4.8"/>',
    "open": '<circle cx="8" cy="8" r="6" class="ring"/><path class="stroke" d="M5 8h6"/>',
    "supported": '<path class="stroke" d="M2.5 8.5l3.8 3.8L13.5 4"/>',
    "unsupported": '<circle cx="8" cy="8" r="5.5" class="ring dashed"/>',
    "contradicted": '<path class="stroke" d="M3.5 3.5l9 9m0-9-9 9"/>',
}


def render_page(
    record: Record, documents: Mapping[str, Document], comparison: Comparison | None = None, say: Words = ENGLISH
) -> str:
    """Return the page; `documents` is by doc_id, `comparison` that of the record with an older one."""
    compared = comparison.to_json() if comparison is not None else None
    changed = None if compared is None else {str(pair["id"]) for pair in compared.get("changed", ())}
    numbers = {str(case["id"]): number for number, case in enumerate(record.cases, start=1)}
    sections = {
        "plots": (say("Plots"), plots_html(record.summary, record.cases, say)),
        "figures": (say("Figures"), table_html(record.summary, say)),
        **(
            {
                "comparison": (
                    say("Compared with the baseline"),
                    comparison_html(compared, record.settings, numbers, say),
                )
            }
            if compared
            else {}
        ),
        "cases": (say("Cases"), cases_html(record.cases, Sources.of(documents), changed, say)),
    }
    body = "".join(
        f'<section id="{name}"><h2>{title}</h2>{inner}</section>' for name, (title, inner) in sections.items()
    )
    links = "".join(f'<a href="#{name}">{title}</a>' for name, (title, _) in sections.items())
    head = f'<h1>{say(TITLE)}</h1>{_about(record, say)}<nav aria-label="{say("Parts")}">{links}</nav>'
    return _document(
        f"{_signs()}<header>{head}</header>"
        f"<main>{headlines_html(record.summary, say)}{_warnings(record.summary, say)}{body}</main>",
        say,
    )


def _document(body: str, say: Words) -> str:
    own, script = (
        files("qa.report_page").joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    style = colours() + own
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="{say.code}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{say(TITLE)}</title>'
        f"<style>{style}</style></head>\n<body>{body}<script>{script}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    """Return the source expression of a policy that allows exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _signs() -> str:
    symbols = "".join(f'<symbol id="sign-{name}" viewBox="0 0 16 16">{shape}</symbol>' for name, shape in SIGNS.items())
    return f'<svg class="unseen" aria-hidden="true">{symbols}</svg>'


def _about(record: Record, say: Words) -> str:
    """Return what was evaluated: in one sentence, with what, and everything else folded away."""
    counts, settings = record.summary["counts"], record.settings
    asked = say("{n:,} question|{n:,} questions", n=counts["n"])
    if settings.get("limit"):
        asked = say("The first {n_asked:,} of {total:,} questions", n_asked=counts["n"], total=settings["n_questions"])
    n_documents = settings.get("store", {}).get("n_documents")
    source = say(" about {n:,} document| about {n:,} documents", n=n_documents) if n_documents else ""
    labelled = []
    if counts.get("answerable"):
        labelled.append(say("{n_labelled:,} that the documents answer", n_labelled=counts["answerable"]))
    if counts.get("unanswerable"):
        labelled.append(say("{n_labelled:,} that they do not", n_labelled=counts["unanswerable"]))
    kinds = say(": {kinds}", kinds=say(" and ").join(labelled)) if labelled else ""
    outcome = say(
        "{answered:,} were answered, {refused:,} refused, {crashed:,} crashed.",
        **{name: counts[name] for name in ("answered", "refused", "crashed")},
    )
    facts = {
        say("Model"): settings.get("model"),
        say("Encoder"): settings.get("encoder"),
        say("Strictness"): say(str(settings.get("strictness") or "")),
        say("Date"): _date(str(settings.get("date", "")), say),
        say("Machine"): _machine(settings.get("machine", {}), say),
    }
    listed = "".join(
        f"<div><dt>{name}</dt><dd><bdi>{escaped(str(value))}</bdi></dd></div>" for name, value in facts.items() if value
    )
    rows = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td><bdi>{escaped(value)}</bdi></td></tr>'
        for name, value in _flat(settings)
    )
    return (
        f'<p class="lead">{asked}{source}{kinds}{say(". ")}{outcome}</p><dl class="facts">{listed}</dl>'
        f'<details class="settings"><summary>{say("All settings, versions and hashes")}</summary>'
        f"<table><tbody>{rows}</tbody></table></details>"
    )


def _date(written: str, say: Words) -> str:
    """Return a date as people write it; one of another form as it stands."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    month = say(MONTHS[moment.month - 1])
    return say(
        "{day} {month} {year}, {time} {zone}",
        day=moment.day,
        month=month,
        year=moment.year,
        time=f"{moment:%H:%M}",
        zone=moment.tzname() or "",
    ).strip()


def _machine(machine: Mapping[str, Any], say: Words) -> str:
    cpus = say(", {n:,} core|, {n:,} cores", n=machine["cpu_count"]) if machine.get("cpu_count") else ""
    return f"{machine.get('cpu', '')}{cpus}"


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        shown = f"{above}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{shown}, ")
        else:
            yield shown, "–" if value is None else str(value)


def _warnings(summary: Mapping[str, Any], say: Words) -> str:
    """Return what keeps the figures from being taken as they are."""
    counts = summary["counts"]
    crashed, made = counts["crashed"], counts.get("machine_made", 0)
    told = []
    if crashed:
        told.append(
            say(
                "{n:,} case crashed, which counts as a wrong answer.|"
                "{n:,} cases crashed, which counts as a wrong answer.",
                n=crashed,
            )
        )
    if made:
        told.append(
            say("Questions that are machine-made: {n_made:,}. Read them before you trust the figures.", n_made=made)
        )
    return "".join(f'<p class="trouble">{words}</p>' for words in told)
