"""The result of an evaluation as HTML: its figures in a table, what got worse, its files, and its report in a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa.compare import Comparison, FigureChange
from qa.report_page.comparison import signed
from qa.report_page.figures import Path, figures_of, meaning_of, shown
from qa.ui.evaluation import Shown
from qa.ui.markup import button, escaped
from qa.ui.reports import RECORD, REPORTS, address
from qa.ui.texts import Texts

NAMES: Mapping[Path, str] = {
    ("retrieval", "hit@1"): "figure_hit_1",
    ("retrieval", "hit@3"): "figure_hit_3",
    ("retrieval", "hit@5"): "figure_hit_5",
    ("retrieval", "hit@10"): "figure_hit_10",
    ("retrieval", "mrr"): "figure_mrr",
    ("retrieval", "ndcg@10"): "figure_ndcg",
    ("retrieval", "character_recall@5"): "figure_character_recall_5",
    ("retrieval", "character_precision@5"): "figure_character_precision_5",
    ("answers", "exact_match"): "figure_exact_match",
    ("answers", "f1"): "figure_f1",
    ("answers", "exact_match_answerable"): "figure_exact_match_answerable",
    ("answers", "f1_answerable"): "figure_f1_answerable",
    ("answers", "f1_unanswerable"): "figure_f1_unanswerable",
    ("answers", "contained"): "figure_contained",
    ("answers", "numbers_right"): "figure_numbers_right",
    ("answers", "words"): "figure_words",
    ("citations", "quotes_exact"): "figure_quotes_exact",
    ("citations", "precision"): "figure_precision",
    ("citations", "recall"): "figure_recall",
    ("citations", "character_precision"): "figure_character_precision",
    ("citations", "character_recall"): "figure_character_recall",
    ("citations", "right_and_cited"): "figure_right_and_cited",
    ("citations", "supported"): "figure_supported",
    ("citations", "unsupported"): "figure_unsupported",
    ("citations", "contradicted"): "figure_contradicted",
    ("refusal", "precision"): "figure_refusal_precision",
    ("refusal", "recall"): "figure_refusal_recall",
    ("refusal", "f1"): "figure_refusal_f1",
    ("refusal", "false_refusals"): "figure_false_refusals",
    ("refusal", "auroc"): "figure_auroc",
    ("refusal", "risk_coverage_area"): "figure_risk_coverage_area",
    ("refusal", "calibration_error"): "figure_calibration_error",
    ("time", "passages_s", "p50"): "figure_passages_p50",
    ("time", "passages_s", "p95"): "figure_passages_p95",
    ("time", "first_word_s", "p50"): "figure_first_word_p50",
    ("time", "first_word_s", "p95"): "figure_first_word_p95",
    ("time", "total_s", "p50"): "figure_total_p50",
    ("time", "total_s", "p95"): "figure_total_p95",
}
"""The keys of the texts that name the figures."""

GROUPS = {
    "retrieval": "group_retrieval",
    "answers": "group_answers",
    "citations": "group_citations",
    "refusal": "group_refusal",
    "time": "group_time",
}

MAIN: Sequence[Path] = (
    ("answers", "contained"),
    ("citations", "right_and_cited"),
    ("citations", "quotes_exact"),
    ("citations", "supported"),
    ("refusal", "recall"),
    ("refusal", "false_refusals"),
    ("retrieval", "hit@5"),
    ("time", "total_s", "p50"),
)
"""The figures to read first."""

MARKS = {"better": "▲", "worse": "▼", "fell": "▼▼", "same": "·"}
"""Beside the word, so that verdicts are told apart at a glance."""

NO_BREAK = "\N{NO-BREAK SPACE}"

MOST_LOST = 20
"""Questions that are no longer right and are listed; the report has all."""


def name_of(path: Path, say: Texts) -> str:
    """Return what the figure at a path of the summary is called."""
    if path in NAMES:
        return say(NAMES[path])
    if path[1:2] == ("by_kind",) and path[-1] in {"refused", "auroc"}:
        return say("figure_kind_refused" if path[-1] == "refused" else "figure_kind_auroc", kind=path[2])
    return meaning_of(path).name


def figures_so_far(figures: Mapping[tuple[str, str], tuple[float, int]], say: Texts) -> str:
    """Return the figures of a run that goes on."""
    rows = "".join(
        f"<div><dt>{escaped(name_of(path, say))}</dt>"
        f"<dd>{shown(value, meaning_of(path).unit)} <small>{say('of_n', n=n)}</small></dd></div>"
        for (group, name), (value, n) in figures.items()
        for path in [(group, *name.split(", "))]
    )
    return f'<dl class="so-far" aria-label="{say("so_far")}">{rows}</dl>' if rows else ""


def result_html(result: Shown, rest: str, say: Texts) -> str:
    """Return the result; `rest` is what can be done about what was not asked yet."""
    outcome = result.outcome
    counts = outcome.record.summary["counts"]
    stem = result.chosen.stem
    told = [_partial(result, rest, say), _made(counts["machine_made"], say)]
    report, record = (escaped(address(result.ticket, name)) for name in (REPORTS[say.language], RECORD))
    return (
        f'<section class="result" aria-labelledby="result-title"><h3 id="result-title" tabindex="-1">'
        f"{escaped(say('result_of', name=result.chosen.name))}</h3>"
        f"<p>{say('counted_cases', **counts)}</p>{''.join(told)}"
        f"{_table(outcome.record.summary, _compared(result), say)}{_comparison(result, say)}"
        f'<div class="files"><a class="tool" href="{record}" download="{escaped(stem)}-record.json">'
        f'{say("download_record")}</a><a class="tool" href="{report}" download="{escaped(stem)}-report.html">'
        f'{say("download_report")}</a><a class="tool" href="{report}" target="_blank" rel="noopener">'
        f"{say('open_report')}</a>{button('tool', 'compare_next', say('compare_next'))}</div>"
        f'<h3>{say("report")}</h3><iframe class="report" src="{report}" sandbox="allow-scripts"'
        f' title="{say("report_frame")}"></iframe></section>'
    )


def _partial(result: Shown, rest: str, say: Texts) -> str:
    outcome = result.outcome
    if outcome.is_whole:
        return ""
    told = say("partial", done=len(outcome.record.cases), total=outcome.n_questions)
    return f'<div class="told partial"><p>{told}</p>{rest}</div>'


def _made(n_made: int, say: Texts) -> str:
    return f'<p class="told">{say("made_counted", n=n_made)}</p>' if n_made else ""


def _compared(result: Shown) -> Comparison | None:
    """Return the comparison where there is something to compare."""
    comparison = result.outcome.comparison
    return None if comparison is None or comparison.is_empty else comparison


def _comparison(result: Shown, say: Texts) -> str:
    """Return what got worse, in words, and which questions."""
    if result.earlier is None or result.outcome.comparison is None:
        return ""
    compared = _compared(result)
    if compared is None:
        return f'<p class="told">{escaped(say("nothing_compared", name=result.earlier.name))}</p>'
    paths = {_change_name(path): path for path, _ in figures_of(result.outcome.record.summary)}
    fell = [
        name_of(paths[change.group, change.name], say)
        for change in compared.figures
        if _verdict(change, compared) == "fell"
    ]
    told = say("fell_named", names=say("list_semicolon").join(fell)) if fell else say("nothing_fell")
    lost = [change.question for change in compared.changed if change.is_lost]
    listed = "".join(f'<li dir="auto">{escaped(question)}</li>' for question in lost[:MOST_LOST])
    title = say("no_longer_right", n=len(lost))
    named = f'<details class="lost" open><summary>{title}</summary><ul>{listed}</ul></details>' if lost else ""
    return (
        f'<section class="compared"><h3>{escaped(say("compared_with", name=result.earlier.name))}</h3>'
        f'<p class="told{" fell" if fell else ""}">{escaped(told)}</p>{named}'
        f"<p>{_otherwise(len(compared.changed), say)}</p>"
        f'<p class="help">{say("differences_help")}</p></section>'
    )


def _otherwise(n_changed: int, say: Texts) -> str:
    return say("went_otherwise", n=n_changed) if n_changed else say("none_otherwise")


def _table(summary: Mapping[str, Any], compared: Comparison | None, say: Texts) -> str:
    """Return the figures to read first, and below, folded away, all of them."""
    found = [(path, figure) for path, figure in figures_of(summary) if path[0] in GROUPS]
    changes = {(change.group, change.name): change for change in compared.figures} if compared else {}
    by_path = dict(found)

    def rows(paths: Sequence[Path]) -> str:
        return "".join(_row(path, by_path[path], changes.get(_change_name(path)), compared, say) for path in paths)

    groups = "".join(
        f'<tbody><tr><th scope="rowgroup" colspan="7">{say(key)}</th></tr>'
        f"{rows([path for path, _ in found if path[0] == group])}</tbody>"
        for group, key in GROUPS.items()
    )
    main = f"<tbody>{rows([path for path in MAIN if path in by_path])}</tbody>"
    head = "".join(f'<th scope="col">{title}</th>' for title in _columns(compared, say))
    return (
        f"{_wide(say('result'), f'<thead><tr>{head}</tr></thead>{main}')}"
        f'<details class="all-figures"><summary>{say("all_figures")}</summary>'
        f"{_wide(say('all_figures'), f'<thead><tr>{head}</tr></thead>{groups}')}</details>"
    )


def _wide(name: str, inner: str) -> str:
    """Return a table in a region that scrolls sideways, also with the keyboard."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table>{inner}</table></div>'


def _columns(compared: Comparison | None, say: Texts) -> Iterator[str]:
    yield say("figure")
    yield say("value")
    yield say("interval")
    yield say("cases_counted")
    if compared is not None:
        yield say("before")
        yield say("difference")
        yield say("verdict")


def _row(
    path: Path, figure: Mapping[str, Any], change: FigureChange | None, compared: Comparison | None, say: Texts
) -> str:
    unit = meaning_of(path).unit
    value, interval = "–", ""
    if figure["value"] is not None:
        low, high = (shown(figure[name], unit) for name in ("low", "high"))
        value = shown(figure["value"], unit)
        interval = say("interval_to", low=low.split(NO_BREAK)[0], high=high)
    cells = f'<td>{value}</td><td class="quiet">{interval}</td><td class="quiet">{figure["n"]:,}</td>'
    verdict = ""
    if compared is not None:
        cells += _change(change, unit, compared, say)
        verdict = _small_verdict(change, compared, say)
    return f'<tr><th scope="row">{escaped(name_of(path, say))}{verdict}</th>{cells}</tr>'


def _change(change: FigureChange | None, unit: Any, compared: Comparison, say: Texts) -> str:
    if change is None or change.difference is None or change.old is None:
        return "<td>–</td><td></td><td></td>"
    verdict = _verdict(change, compared)
    return (
        f"<td>{shown(change.old, unit)}</td><td>{signed(change.difference, unit)}</td>"
        f'<td class="verdict-{verdict}"><span aria-hidden="true">{MARKS[verdict]}</span> {say(verdict)}</td>'
    )


def _small_verdict(change: FigureChange | None, compared: Comparison, say: Texts) -> str:
    """Return the verdict as it stands below the name of its figure on a narrow page, which has no column for it."""
    verdict = "same" if change is None else _verdict(change, compared)
    if verdict == "same":
        return ""
    return f'<small class="verdict-{verdict}"><span aria-hidden="true">{MARKS[verdict]}</span> {say(verdict)}</small>'


def _verdict(change: FigureChange, compared: Comparison) -> str:
    return "fell" if f"{change.group}: {change.name}" in compared.fell else change.verdict


def _change_name(path: Path) -> tuple[str, str]:
    """Return group and name by which comparisons know the figure at a path."""
    return path[0], ", ".join(part for part in path[1:] if part != "by_kind")
