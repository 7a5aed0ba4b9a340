"""A summary in, its figures in words people understand out: the headlines, and every figure in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qa.report import TITLES
from qa.report_page.tables import cells, heading, wide
from qa.report_page.words import ENGLISH, Words
from qa.ui.markup import escaped

Unit = Literal["share", "score", "seconds", "words"]
Path = tuple[str, ...]
Figure = Mapping[str, Any]

BAR_WIDTH, BAR_HEIGHT = 120, 14


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a figure is called, what it counts in, what it says in one line; `kind`: which questions it is of."""

    name: str
    unit: Unit
    words: str
    kind: str = ""

    def named(self, say: Words) -> str:
        """Return what it is called, in the language of the report."""
        return say(self.name, kind=self.kind) if self.kind else say(self.name)

    def said(self, say: Words) -> str:
        """Return what it says, in the language of the report."""
        return say(self.words, kind=self.kind) if self.kind else say(self.words)


MEANINGS: dict[Path, Meaning] = {
    ("retrieval", "hit@1"): Meaning("hit@1", "share", "The first passage holds gold evidence"),
    ("retrieval", "hit@3"): Meaning("hit@3", "share", "One of the first 3 passages holds gold evidence"),
    ("retrieval", "hit@5"): Meaning("hit@5", "share", "One of the first 5 passages holds gold evidence"),
    ("retrieval", "hit@10"): Meaning("hit@10", "share", "One of the first 10 passages holds gold evidence"),
    ("retrieval", "mrr"): Meaning("MRR", "score", "1 / rank of the first passage that holds gold evidence"),
    ("retrieval", "ndcg@10"): Meaning("nDCG@10", "score", "How near the top the passages with gold evidence are"),
    ("retrieval", "character_recall@5"): Meaning(
        "character recall@5", "share", "Part of the gold evidence that is in the first 5 passages"
    ),
    ("retrieval", "character_precision@5"): Meaning(
        "character precision@5",
        "share",
        "Part of the first 5 passages that is gold evidence; low if that is short",
    ),
    ("answers", "exact_match"): Meaning("exact match", "share", "The answer is nothing but a gold answer"),
    ("answers", "f1"): Meaning("F1", "score", "Words shared with the gold answer; whole sentences score low"),
    ("answers", "exact_match_answerable"): Meaning(
        "exact match, answerable", "share", "The same, where the documents state the answer"
    ),
    ("answers", "f1_answerable"): Meaning(
        "F1, answerable", "score", "Words shared, where the documents state the answer"
    ),
    ("answers", "f1_unanswerable"): Meaning("F1, unanswerable", "score", "1 for refusing, where they do not"),
    ("answers", "contained"): Meaning("answer right", "share", "The answer holds a gold answer, word for word"),
    ("answers", "numbers_right"): Meaning("numbers right", "share", "The answer has every number of a gold answer"),
    ("answers", "words"): Meaning("length", "words", "Words in an answer"),
    ("citations", "quotes_exact"): Meaning("quotes exact", "share", "Quotes that stand where they say they stand"),
    ("citations", "precision"): Meaning("precision", "share", "Citations that touch gold evidence"),
    ("citations", "recall"): Meaning("recall", "share", "Gold evidence that a citation touches"),
    ("citations", "character_precision"): Meaning(
        "character precision", "share", "Cited characters that are gold evidence; low if that is short"
    ),
    ("citations", "character_recall"): Meaning(
        "character recall", "share", "Characters of gold evidence that are cited"
    ),
    ("citations", "right_and_cited"): Meaning("right and cited", "share", "Right answers that cite gold evidence"),
    ("citations", "supported"): Meaning("supported", "share", "Sentences of an answer that the documents support"),
    ("citations", "unsupported"): Meaning("unsupported", "share", "Sentences that nothing supports; lower is better"),
    ("citations", "contradicted"): Meaning(
        "contradicted", "share", "Sentences that the documents speak against; lower is better"
    ),
    ("refusal", "precision"): Meaning(
        "precision", "share", "Refused questions that the documents indeed do not answer"
    ),
    ("refusal", "recall"): Meaning("recall", "share", "Questions without an answer that were refused"),
    ("refusal", "f1"): Meaning("F1", "score", "Precision and recall of refusing in one"),
    ("refusal", "false_refusals"): Meaning(
        "wrongly refused", "share", "Questions with an answer that were refused; lower is better"
    ),
    ("refusal", "auroc"): Meaning(
        "AUROC", "score", "How often the answerable of two has more confidence; 0.5 is chance"
    ),
    ("refusal", "risk_coverage_area"): Meaning(
        "risk-coverage area", "score", "Mean share that is not right, over all thresholds; lower is better"
    ),
    ("refusal", "calibration_error"): Meaning(
        "calibration error", "score", "How far confidence lies from the truth, on average; lower is better"
    ),
    ("time", "passages_s", "p50"): Meaning("passages found, p50", "seconds", "Half of the questions are faster"),
    ("time", "passages_s", "p95"): Meaning("passages found, p95", "seconds", "95 of 100 questions are faster"),
    ("time", "first_word_s", "p50"): Meaning("first word, p50", "seconds", "Half of the answers begin sooner"),
    ("time", "first_word_s", "p95"): Meaning("first word, p95", "seconds", "95 of 100 answers begin sooner"),
    ("time", "total_s", "p50"): Meaning("whole answer, p50", "seconds", "Half of the answers are complete sooner"),
    ("time", "total_s", "p95"): Meaning("whole answer, p95", "seconds", "95 of 100 answers are complete sooner"),
}
HEADLINES: tuple[tuple[Path, str], ...] = (
    (("answers", "contained"), "of the questions that the documents answer were answered right"),
    (("refusal", "false_refusals"), "of the questions that the documents answer were wrongly refused"),
    (("refusal", "recall"), "of the questions that they do not answer were rightly refused"),
    (("citations", "right_and_cited"), "of the right answers cite the place that states it"),
    (("citations", "supported"), "of an answer's sentences are supported, on average"),
    (("time", "total_s", "p50"), "until the answer is complete, for half of the questions"),
)


def meaning_of(path: Path) -> Meaning:
    """Return what the figure at a path of the summary means; one that is new here has its name alone."""
    if path in MEANINGS:
        return MEANINGS[path]
    if path[1:2] == ("by_kind",) and path[-1] == "refused":
        return Meaning("refused, {kind}", "share", "Unanswerable questions of the kind “{kind}” refused", path[2])
    if path[1:2] == ("by_kind",) and path[-1] == "auroc":
        return Meaning("AUROC, {kind}", "score", "Answerable questions against those of the kind “{kind}”", path[2])
    return Meaning(", ".join(path[1:]).replace("_", " "), "score", "")


def figures_of(values: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Figure]]:
    """Yield every figure of a summary with its path, in its order."""
    for name, value in values.items():
        if isinstance(value, Mapping) and "left_out" in value:
            yield (*above, name), value
        elif isinstance(value, Mapping):
            yield from figures_of(value, (*above, name))


def shown(value: float, unit: Unit) -> str:
    """Return a value as people read it, with its unit."""
    if unit == "share":
        return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"
    if unit == "seconds":
        return f"{value:.3f}\N{NO-BREAK SPACE}s" if value < 0.1 else f"{value:.2f}\N{NO-BREAK SPACE}s"
    return f"{value:.1f}" if unit == "words" else f"{value:.3f}"


def headlines_html(summary: Mapping[str, Any], say: Words = ENGLISH) -> str:
    """Return the figures to read first, each as a sentence that begins with its number."""
    found = dict(figures_of(summary))
    items = [_headline(say(words), found.get(path), meaning_of(path).unit, say) for path, words in HEADLINES]
    below = say("Below each: its 95 % interval, and how many cases it speaks of.")
    return f'<ul class="headlines">{"".join(items)}</ul><p class="quiet note">{below}</p>'


def _headline(words: str, figure: Figure | None, unit: Unit, say: Words) -> str:
    if figure is None or figure["value"] is None:
        lacking = say("no case has the label that this needs")
        return f"<li><b>–</b> <span>{words}</span> <small>{lacking}</small></li>"
    value = (
        f"{100 * figure['value']:.0f}\N{NO-BREAK SPACE}%"
        if unit == "share"
        else f"{figure['value']:.1f}\N{NO-BREAK SPACE}s"
    )
    counted = f"{_interval(figure, unit, say)} · n = {figure['n']:,}"
    return f"<li><b>{value}</b> <span>{words}</span> <small>{counted}</small></li>"


def _interval(figure: Figure, unit: Unit, say: Words) -> str:
    low, high = shown(figure["low"], unit), shown(figure["high"], unit)
    return say("{low} to {high}", low=low.split(chr(0xA0))[0], high=high)


def table_html(summary: Mapping[str, Any], say: Words = ENGLISH) -> str:
    """Return every figure by group: value, interval, the interval as a bar, number of cases, meaning."""
    columns = (f"n:{say('Value')}", f"n:{say('95 % interval')}", f"drawn:{say('Drawn')}", "n:n", f"n:{say('Left out')}")
    head = heading(say("Figure"), *columns, say("What it says"))
    groups = "".join(_group(group, say(title), summary.get(group, {}), say) for group, title in TITLES.items())
    told = say(
        "n is how many cases a figure speaks of; the others are left out, because they lack its label or what it "
        "measures does not occur in them."
    )
    return f'<p class="quiet note">{told}</p>' + wide(say("All figures"), "figures", f"{head}{groups}")


def _group(group: str, title: str, values: Mapping[str, Any], say: Words) -> str:
    paths = sorted(figures_of(values, (group,)), key=lambda item: "by_kind" in item[0])
    found = [(meaning_of(path), figure) for path, figure in paths]
    if not found:
        return ""
    most = {
        unit: max((f["high"] for m, f in found if m.unit == unit and f["value"] is not None), default=1.0)
        for unit in ("seconds", "words")
    }
    rows = "".join(_row(meaning, figure, most.get(meaning.unit, 1.0), say) for meaning, figure in found)
    return f'<tbody><tr><th scope="rowgroup" colspan="7">{title}</th></tr>{rows}</tbody>'


def _row(meaning: Meaning, figure: Figure, most: float, say: Words) -> str:
    name, words = escaped(meaning.named(say)), escaped(meaning.said(say))
    if figure["value"] is None:
        drawn = '<td class="n">–</td><td class="n"></td><td class="drawn"></td>'
    else:
        value, interval = shown(figure["value"], meaning.unit), _interval(figure, meaning.unit, say)
        drawn = (
            f'<td class="n">{value}</td><td class="n quiet">{interval}</td><td class="drawn">{_bar(figure, most)}</td>'
        )
    left_out = figure.get("left_out")
    counts = (f"{figure['n']:,}", "" if left_out is None else f"{left_out:,}")
    last = f'{cells(counts, "n quiet")}<td class="quiet">{words}</td>'
    return f'<tr><th scope="row">{name}</th>{drawn}{last}</tr>'


def _bar(figure: Figure, most: float) -> str:
    """Return the interval as a band on a line from 0 to `most`, the value as a dot on it."""
    whole = BAR_WIDTH - 10
    low, value, high = (
        5 + min(max(figure[name] / (most or 1.0), 0.0), 1.0) * whole for name in ("low", "value", "high")
    )
    middle = BAR_HEIGHT / 2
    return (
        f'<svg class="interval" width="{BAR_WIDTH}" height="{BAR_HEIGHT}" aria-hidden="true">'
        f'<path class="axis" d="M5 {middle}H{5 + whole}"/>'
        f'<path class="band" d="M{low:.1f} {middle}H{high:.1f}"/>'
        f'<circle class="value" cx="{value:.1f}" cy="{middle}" r="4"/></svg>'
    )
