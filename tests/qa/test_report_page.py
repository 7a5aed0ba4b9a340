"""The page of a record, read as HTML: what it says, where the marks stand, and that nothing in it comes alive."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings.types import Document
from qa.compare import compare
from qa.figures import measures, summarise
from qa.intervals import wilson
from qa.metrics import Span
from qa.record import Record, read_record
from qa.report_page import render_page
from qa.report_page.figures import figures_of, meaning_of, shown, table_html
from qa.report_page.marked import AROUND, Mark, Sources, marked_html, sources_html
from qa.report_page.plots import calibration_plot, retrieval_plot, risk_coverage_plot, time_plot
from qa.report_page.svg import BOTTOM, LEFT, RIGHT, TOP, Scale
from qa.report_page.verdicts import filters_of, slowest, verdict_of
from tests.qa.reported import documents_of, page, record, with_case
from tests.qa.scripted import DOCUMENT, TEXT, at

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results"
ARTICLES = ROOT / "docs" / "articles"
VOID = {"meta", "input", "link", "br"}
SHAPES = {"path", "circle", "rect", "polyline", "polygon", "use"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'></mark><svg onload=alert(1)>",
    "</script></style></title></textarea>",
    "javascript:alert(1)",
    "a\u2028b\u2029c\0d\ud800e",
    "&lt;b&gt; &amp; {{x}} ${y} <!-- ]]>",
    "\u202eright to left override\u202c",
)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    inside: list[Any] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.inside)

    def all(self, tag: str = "", kind: str = "") -> list[Element]:
        """Return the elements inside of that tag that have that class, in order."""
        found = []
        for part in self.inside:
            if isinstance(part, Element):
                if (not tag or part.tag == tag) and (not kind or kind in part.attributes.get("class", "").split()):
                    found.append(part)
                found += part.all(tag, kind)
        return found

    def one(self, identifier: str) -> Element:
        (found,) = (element for element in self.all() if element.attributes.get("id") == identifier)
        return found


class Tree(HTMLParser):
    """Reads HTML that closes every element it opens; anything else is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES, f"<{tag}/> stands outside of a picture"
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def parsed(html: str) -> Element:
    tree = Tree()
    tree.feed(html)
    tree.close()
    assert len(tree.open) == 1, f"<{tree.open[-1].tag}> is not closed"
    return tree.open[0]


def case_of(html: str, number: int) -> Element:
    return parsed(html).one(f"case-{number}")


def quoted(element: Element, kind: str) -> list[str]:
    """Return the marked words of a kind, their labels left out."""
    return ["".join(part for part in mark.inside if isinstance(part, str)) for mark in element.all("mark", kind)]


# The verdicts and the filters -----------------------------------------------------------------------------------


def test_each_kind_of_case_has_its_verdict_and_its_filters() -> None:
    cases = record().cases
    assert [verdict_of(case).words for case in cases] == [
        "right",
        "right",
        "wrong",
        "wrongly refused",
        "rightly refused",
        "should have been refused",
        "crashed",
    ]
    # Total times: 2, 4, 1, 0.5, 0.5, 1.4 seconds and none: a tenth of six, rounded up, is the one of 4.
    slow = slowest(cases)
    assert slow == {"a-2"}
    assert [filters_of(case, slow, {"a-3"}) for case in cases] == [
        (),
        ("unsupported", "contradicted", "slow"),
        ("wrong", "changed"),
        ("wrong", "refused", "wrongly-refused"),
        ("refused",),
        ("wrong", "not-refused"),
        ("wrong", "crashed"),
    ]


@pytest.mark.parametrize(
    ("status", "answerable", "answers", "words"),
    [
        ("answered", None, [], "not judged"),
        ("answered", True, [], "not judged"),
        ("not_found", None, [], "refused"),
        ("not_found", None, ["x"], "wrongly refused"),
        ("error", None, [], "crashed"),
    ],
)
def test_case_with_few_labels_is_judged_by_those_it_has(
    status: str, answerable: bool | None, answers: list[str], words: str
) -> None:
    case = {"status": status, "gold": {"answerable": answerable, "answers": answers}, "scores": {"answers": {}}}
    assert verdict_of(case).words == words


def test_filters_say_how_many_cases_they_show_and_an_empty_one_cannot_be_pressed() -> None:
    buttons = {
        b.attributes["data-show"]: b
        for b in parsed(page()).one("controls").all("button")
        if "data-show" in b.attributes
    }
    assert {name: button.all("b")[0].text for name, button in buttons.items()} == {
        "all": "7",
        "wrong": "4",
        "refused": "2",
        "wrongly-refused": "1",
        "not-refused": "1",
        "unsupported": "1",
        "contradicted": "1",
        "slow": "1",
        "crashed": "1",
    }
    made = record()
    without_crash = parsed(page(Record(made.summary, made.settings, made.cases[:6])))
    crashed = [b for b in without_crash.one("controls").all("button") if b.attributes.get("data-show") == "crashed"]
    assert ["disabled" in button.attributes for button in crashed] == [True]


# What a case shows ----------------------------------------------------------------------------------------------


def test_line_of_a_case_has_verdict_question_answer_gold_states_confidence_and_time() -> None:
    summary = case_of(page(), 2).all("summary")[0]
    assert summary.all("", "verdict")[0].text == "right"
    assert summary.all("strong")[0].text == "Was it built?"
    assert summary.all("", "said")[0].text == "It was never built. She liked it. In 1850."
    assert summary.all("span", "gold")[0].text == "Gold: never / no / not once and 1 more"
    assert [state.text for state in summary.all("", "state")] == ["1 supported", "1 unsupported", "1 contradicted"]
    assert [figure.text for figure in summary.all("", "figure")] == ["confidence 80\xa0%", "time 4.0\xa0s"]


def test_opened_case_has_cited_words_and_gold_evidence_marked_in_the_same_text() -> None:
    case = case_of(page(), 1)
    (text,) = case.all("p", "text")
    # The passage that holds both: the first one, without the text behind it.
    assert "".join(
        part if isinstance(part, str) else "".join(quoted(Element("", {}, [part]), "")) for part in text.inside
    ) == ("Ada wrote the first program in 1843. It ran to 25 lines. …")
    assert quoted(case, "cited") == ["Ada wrote the first program in ", "1843", "."]
    assert quoted(case, "gold") == ["1843"]
    assert [label.text for label in text.all("b", "label")] == ["1", "gold"]


def test_opened_case_has_history_search_text_passages_signals_and_times() -> None:
    case = case_of(page(), 2)
    assert [turn.text for turn in case.all("ol", "turns")[0].all("li")] == [
        "Asked: What did Babbage design?",
        "Answered: The engine.",
    ]
    assert "Searched for: What did Babbage design? Was it built?" in case.text
    tables = [[[cell.text for cell in row.all("td")] for row in table.all("tr")[1:]] for table in case.all("table")]
    signals, passages, _ = tables
    assert signals == []  # one row, which is the first
    assert case.all("table")[0].text == "cosine0.5"
    assert passages == [
        ["1", "history/ada.txt goldBabbage designed the engine. The engine was never built.", "1.00", "", ""],
        # The passage that the answer was made from also has the scores of both legs.
        ["2", "history/ada.txtAda wrote the first program in 1843. It ran to 25 lines.", "0.50", "0.50", "3.25"],
        ["3", "history/ada.txtLondon had 2 million people then.", "0.33", "", ""],
    ]
    assert case.all("table")[2].text == "passages found0.200 sfirst word2.000 swhole answer4.000 s"


def test_crashed_case_shows_its_error_and_a_refusal_its_missing_words() -> None:
    html = page()
    assert case_of(html, 7).all("pre")[0].text == "EngineError: the model's process ended"
    assert "In no document: boiling" in case_of(html, 5).text
    assert quoted(case_of(html, 5), "cited") == ["The engine was never built."]
    assert "Nearest sentences" in case_of(html, 5).text


def test_quote_that_does_not_stand_in_the_documents_is_shown_alone_and_says_so() -> None:
    for documents in ({}, documents_of()):
        made = record()
        citation = {**made.cases[0]["citations"][0], "quote": "Ada wrote the first program in 1842."}
        case = case_of(page(with_case(made, 0, citations=[citation]), documents=documents), 1)
        assert quoted(case, "cited") == ["Ada wrote the first program in 1842."]
        assert (
            case.all("p", "trouble")[0].text == "These words do not stand there in the documents given to this report."
        )


def test_text_around_a_mark_is_bounded_and_cut_between_words() -> None:
    text = "word " * 1000 + "MARK" + " word" * 1000
    document = Document.of(text, "long.txt", "Long")
    place = {"doc_id": document.doc_id, "document": "long.txt", "start": 5000, "end": 5004}
    case = {
        "citations": [{**place, "label": 1, "quote": "MARK"}],
        "gold": {"evidence": []},
        "hits": [{"doc_id": document.doc_id, "start": 0, "end": len(text)}],
        "ranking": [],
    }
    shown_text = parsed(sources_html(case, Sources.of({document.doc_id: document}))).all("p", "text")[0].text
    # 500 characters on either side are 100 words with their spaces.
    assert shown_text == "… " + "word " * 100 + "1MARK" + " word" * 100 + " …"
    alone = parsed(sources_html({**case, "hits": []}, Sources.of({document.doc_id: document}))).all("p", "text")[0].text
    assert alone == "… " + "word " * 60 + "1MARK" + " word" * 60 + " …"
    assert AROUND == 500


def test_marks_that_overlap_cut_the_text_into_pieces_that_join_to_it() -> None:
    marks = (
        Mark(Span("d", 2, 8), "cited", "1"),
        Mark(Span("d", 4, 6), "gold", "gold"),
        Mark(Span("d", 5, 10), "cited", "2"),
        Mark(Span("d", 4, 6), "gold", "gold"),
    )
    tree = parsed(marked_html("  0123456789  ", Span("d", 0, 14), marks))
    pieces = [(mark.attributes["class"], mark.text) for mark in tree.all("mark")]
    assert pieces == [("cited", "101"), ("cited gold", "gold2"), ("cited gold", "23"), ("cited", "45"), ("cited", "67")]
    assert tree.text == "101gold223456789"


@pytest.mark.parametrize("text", ["שלום עולם, זו בדיקה.", "你好,世界。这是一个测试。", "e\u0301 👩‍👩‍👧 \r\n\ttab"])
def test_text_of_any_script_stands_as_it_is_and_sets_its_own_direction(text: str) -> None:
    document = Document.of(f"{text} {TEXT}", f"{text[:4].strip()}.txt", "Any")
    citation = {
        "label": 1,
        "doc_id": document.doc_id,
        "document": document.path,
        "start": 0,
        "end": len(text),
        "quote": text,
        "page": None,
    }
    made = with_case(record(), 0, question=text, citations=[citation])
    case = case_of(page(made, documents=documents_of(document)), 1)
    assert quoted(case, "cited")[0].replace("\r", "\r") == text
    assert [(strong.text, strong.attributes["dir"]) for strong in case.all("strong")] == [(text, "auto")]
    assert {paragraph.attributes["dir"] for paragraph in case.all("p", "text")} == {"auto"}
    assert document.path in [name.text for name in case.all("bdi")]


# Nothing comes alive --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trap", HOSTILE)
def test_nothing_from_outside_becomes_an_element_or_an_attribute(trap: str) -> None:
    document = Document.of(f"{trap} {TEXT}", f"{trap}.txt", trap)
    made = record()
    citation = {
        "label": 1,
        "doc_id": document.doc_id,
        "document": trap,
        "start": 0,
        "end": len(trap),
        "quote": trap,
        "page": 3,
    }
    evidence = {"doc": document.path, "start": 0, "end": len(trap), "text": trap}
    missing = {"doc": trap, "start": 3, "end": 9, "text": trap}
    hit = {**made.cases[0]["ranking"][0], "document": trap, "doc_id": document.doc_id}
    hostile = {
        "id": trap,
        "question": trap,
        "search_text": f"{trap} more",
        "text": trap,
        "model": trap,
        "error": trap,
        "sentences": [
            {"text": trap, "state": "supported", "citations": [1]},
            {"text": trap, "state": trap, "citations": [trap]},
        ],
        "citations": [citation, {**citation, "quote": f"{trap}?"}],
        "missing_words": [trap],
        "signals": {trap: 0.5},
        "timings_s": {trap: 1.0, "total": 1.0},
        "gold": {"answers": [trap, trap, trap, trap], "answerable": True, "evidence": [evidence, missing]},
        "history": [{"role": trap, "content": trap}],
        "hits": [hit],
        "ranking": [hit],
        "scores": {"answers": {trap: 1.0}, trap: {trap: 1.0}, "retrieval": {}, "citations": {}},
    }
    changed = with_case(made, 0, **hostile)
    figure = {"value": 0.5, "n": 3, "low": 0.4, "high": 0.6}
    summary = {**made.summary, "answers": {trap: figure}, "refusal": {"by_kind": {trap: {"refused": figure}}}}
    settings = {**made.settings, "model": trap, "date": trap, trap: trap, "machine": {"cpu": trap, "cpu_count": 2}}
    pair = {"id": trap, "question": trap, "changes": [trap], "old": changed.cases[0], "new": changed.cases[0]}
    row = {"group": trap, "name": trap, "old": 0.5, "new": 0.6, "difference": 0.1, "low": 0.0, "high": 0.2, "n": 3}
    compared = Compared(
        {
            "baseline": {trap: trap, "model": 1},
            "figures": [{**row, "verdict": trap}],
            "changed": [pair],
            "only_old": [trap],
            "only_new": [trap],
            "fell": [f"{trap}: {trap}"],
        }
    )
    html = render_page(Record(summary, settings, changed.cases), documents_of(document), compared)
    tree, plain = parsed(html), parsed(page(compared=Compared({"figures": [row]})))
    names = {element.tag for element in plain.all()} | {"pre", "code"}
    assert {element.tag for element in tree.all()} <= names
    known = {name for element in plain.all() for name in element.attributes} | {"open"}
    assert {name for element in tree.all() for name in element.attributes} <= known
    assert len(tree.all("script")) == len(tree.all("style")) == 1
    assert [
        a.attributes["href"] for a in tree.all("a") if not re.fullmatch(r"#[a-z]+(-\d+)?", a.attributes["href"])
    ] == []
    seen = "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in trap)
    assert tree.one("case-1").all("strong")[0].text == seen
    html.encode("utf-8")


@dataclass(frozen=True)
class Compared:
    """What a comparison gives, whatever made it."""

    json: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.json


def test_policy_allows_the_page_s_own_style_and_script_by_hash_and_nothing_else() -> None:
    tree = parsed(page())
    (policy,) = (m.attributes["content"] for m in tree.all("meta") if "http-equiv" in m.attributes)

    def source(tag: str) -> str:
        (element,) = tree.all(tag)
        return f"'sha256-{base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {source('style')}; script-src {source('script')}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_page_names_no_address_and_has_no_inline_style_or_handler() -> None:
    html = page()
    assert re.findall(r"(?:https?:)?//[a-z]", html) == []
    names = {name for element in parsed(html).all() for name in element.attributes}
    assert [name for name in names if name.startswith("on") or name in {"style", "src", "srcset", "action"}] == []
    assert "@import" not in html
    assert "url(" not in html


# Figures and plots ----------------------------------------------------------------------------------------------


def test_headlines_are_sentences_with_the_figures_of_the_record() -> None:
    headlines = parsed(page()).all("ul", "headlines")[0].all("li")
    # Two of five answerable questions are right, one is refused; the crash counts as wrong and as a refusal.
    assert [(item.all("b")[0].text, item.all("span")[0].text) for item in headlines] == [
        ("40\xa0%", "of the questions that the documents answer were answered right"),
        ("40\xa0%", "of the questions that the documents answer were wrongly refused"),
        ("50\xa0%", "of the questions that they do not answer were rightly refused"),
        ("100\xa0%", "of the right answers cite the place that states it"),
        ("83\xa0%", "of an answer's sentences are supported, on average"),
        ("1.2\xa0s", "until the answer is complete, for half of the questions"),
    ]


def test_page_warns_of_crashes_and_of_questions_that_a_machine_made() -> None:
    made = record()
    summary = {**made.summary, "counts": {**made.summary["counts"], "machine_made": 3}}
    (main,) = parsed(page(Record(summary, made.settings, made.cases))).all("main")
    warnings = [part.text for part in main.inside if part.attributes.get("class") == "trouble"]
    assert warnings == [
        "1 case crashed, which counts as a wrong answer.",
        "Questions that are machine-made: 3. Read them before you trust the figures.",
    ]


def test_every_figure_of_a_summary_has_a_row_with_value_interval_n_and_meaning() -> None:
    made = record()
    groups = ("retrieval", "answers", "citations", "refusal", "time")
    figures = [(path, f) for group in groups for path, f in figures_of(made.summary[group], (group,))]
    rows = {row.all("th")[0].text: row for row in parsed(table_html(made.summary)).all("tr") if row.all("td")}
    by_name = {meaning_of(path).name: f for path, f in figures if path[0] == "retrieval"}
    assert [cell.text for cell in rows["hit@1"].all("td")] == [
        "40.0\xa0%",
        f"{100 * by_name['hit@1']['low']:.1f} to {100 * by_name['hit@1']['high']:.1f}\xa0%",
        "",
        "5",
        "2",
        "The first passage holds gold evidence",
    ]
    assert [path for path, _ in figures if not meaning_of(path).words] == []
    assert sum(bool(row.all("td")) for row in parsed(table_html(made.summary)).all("tr")) == len(figures)


def test_meaning_says_lower_is_better_exactly_where_the_measures_say_so() -> None:
    for measure in measures(record().cases):
        if measure.group != "time":  # that a shorter time is better, people know
            words = meaning_of((measure.group, *measure.path)).words
            assert ("lower is better" in words) == (measure.better == "lower"), measure.name


def test_figure_without_a_case_is_a_dash() -> None:
    made = summarise([case for case in record().cases if not case["gold"]["answerable"]])
    rows = {row.all("th")[0].text: row for row in parsed(table_html(made)).all("tr") if row.all("td")}
    assert [cell.text for cell in rows["hit@1"].all("td")][:5] == ["–", "", "", "0", "2"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.4567, "share", "45.7\xa0%"),
        (0.4567, "score", "0.457"),
        (0.0054, "seconds", "0.005\xa0s"),
        (2.0595, "seconds", "2.06\xa0s"),
        (13.03, "words", "13.0"),
    ],
)
def test_value_is_shown_with_its_unit(value: float, unit: Any, words: str) -> None:
    assert shown(value, unit) == words


def test_scale_lays_values_out_evenly_and_keeps_them_inside() -> None:
    scale = Scale(0.0, 4.0, 100.0, 20.0)
    assert [scale.at(value) for value in (-1.0, 0.0, 1.0, 4.0, 9.0)] == [100.0, 100.0, 80.0, 20.0, 20.0]


def points(shapes: str, kind: str) -> list[tuple[float, float]]:
    (found,) = re.findall(rf'<polyline class="{kind}" points="([^"]*)"/>', shapes)
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found.split())]


def test_risk_curve_is_drawn_from_the_cases_that_its_figure_counts() -> None:
    made = record()
    plot = risk_coverage_plot(made.cases)
    # By confidence: the crash, as wrong as can be, right .9, right .8, not right .6, .4, .2, .1.
    risks = [1 / 1, 1 / 2, 1 / 3, 2 / 4, 3 / 5, 4 / 6, 5 / 7]
    across, up = Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP)
    drawn = [(across.at((k + 1) / 7), up.at(risk)) for k, risk in enumerate(risks)]
    np.testing.assert_allclose(points(plot.shapes, "risk"), drawn, atol=0.06)  # drawn to a tenth
    area = made.summary["refusal"]["risk_coverage_area"]["value"]
    assert area == pytest.approx(sum(risks) / 7, abs=1e-6)
    assert plot.says == (
        "4 of 7 questions were answered, 50.0\xa0% of them not right. The area under the curve is "
        f"{area:.3f} (the best order would have {(1 / 3 + 2 / 4 + 3 / 5 + 4 / 6 + 5 / 7) / 7:.3f}). "
        "The mark stands where so many are answered; a refusal counts as not right."
    )
    assert plot.rows[-1] == ("100.0\xa0%", "7", "71.4\xa0%")


def test_risk_curve_of_many_cases_ends_at_its_last_case() -> None:
    case = record().cases[0]
    cases = [{**case, "confidence": n / 2000} for n in range(2000)]
    drawn = points(risk_coverage_plot(cases).shapes, "risk")
    assert len(drawn) == 400
    assert drawn[-1] == (RIGHT, BOTTOM)


def test_calibration_plot_shows_the_bins_of_the_figure_with_n() -> None:
    made = record()
    plot = calibration_plot(made.cases)
    # Confidences .9, .8, .4, .2 and the crash's 0 are answerable; .1 and .6 are not.
    rows = [(row[0], row[1], row[2], row[4]) for row in plot.rows]
    assert rows == [
        ("0 to 10 %", "0.0\xa0%", "100.0\xa0%", "1"),
        ("10 to 20 %", "10.0\xa0%", "0.0\xa0%", "1"),
        ("20 to 30 %", "20.0\xa0%", "100.0\xa0%", "1"),
        ("40 to 50 %", "40.0\xa0%", "100.0\xa0%", "1"),
        ("60 to 70 %", "60.0\xa0%", "0.0\xa0%", "1"),
        ("80 to 90 %", "80.0\xa0%", "100.0\xa0%", "1"),
        ("90 to 100 %", "90.0\xa0%", "100.0\xa0%", "1"),
    ]
    error = made.summary["refusal"]["calibration_error"]["value"]
    assert error == pytest.approx((1 + 0.1 + 0.8 + 0.6 + 0.6 + 0.2 + 0.1) / 7, abs=1e-6)
    assert f"{100 * error:.1f} points" in plot.says


def test_wilson_interval_solves_its_equation() -> None:
    # The bounds are where |share - p| = z sqrt(p (1 - p) / n).
    for bound in wilson(0.3, 20):
        assert abs(0.3 - bound) == pytest.approx(1.959964 * math.sqrt(bound * (1 - bound) / 20), abs=1e-9)
    assert wilson(0.0, 5)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(1.0, 5)[1] == pytest.approx(1.0, abs=1e-12)


def test_retrieval_plot_shows_the_four_depths_with_their_intervals() -> None:
    # Gold evidence is at rank 1, 1, 3, 2, and nowhere for the crash.
    plot = retrieval_plot(record().summary)
    assert [row[:2] for row in plot.rows] == [
        ("1", "40.0\xa0%"),
        ("3", "80.0\xa0%"),
        ("5", "80.0\xa0%"),
        ("10", "80.0\xa0%"),
    ]
    assert plot.says.startswith("Gold evidence is among the passages found: 40 % in the first, 80 % in the first 3,")


def test_time_plot_marks_the_percentiles_of_the_summary() -> None:
    made = record()
    plot = time_plot(made.cases)
    time = made.summary["time"]
    names = ("passages_s", "first_word_s", "total_s")
    assert [row[1:3] for row in plot.rows] == [
        tuple(shown(time[name][share]["value"], "seconds") for share in ("p50", "p95")) for name in names
    ]
    assert [row[4] for row in plot.rows] == ["6", "4", "6"]
    # The longest of all, 4 s, lies at log10(4) between 0.01 s (the shortest is 0.05 s) and 10 s.
    end = (LEFT + (math.log10(4) + 2) / 3 * (RIGHT - LEFT), TOP)
    np.testing.assert_allclose(points(plot.shapes, "total")[-1], end, atol=0.06)


def test_plot_without_cases_says_so_instead_of_drawing_an_empty_frame() -> None:
    unlabelled = [{**case, "gold": {**case["gold"], "answerable": None, "answers": []}} for case in record().cases]
    assert risk_coverage_plot(unlabelled).shapes == calibration_plot(unlabelled).shapes == ""
    html = page(Record(summarise([]), record().settings, ()))
    figures = parsed(html).all("figure")
    assert [len(figure.all("svg")) for figure in figures] == [0, 0, 0, 0]
    assert figures[0].all("p")[0].text == "No case has the label that this plot needs."


def test_every_plot_is_named_by_words_that_are_on_the_page() -> None:
    tree = parsed(page())
    for drawn in tree.all("svg", "plot"):
        assert drawn.attributes["role"] == "img"
        assert all(tree.one(name).text for name in drawn.attributes["aria-labelledby"].split())


def test_no_two_elements_have_one_id_and_every_link_leads_somewhere() -> None:
    tree = parsed(page())
    ids = [element.attributes["id"] for element in tree.all() if "id" in element.attributes]
    assert sorted(set(ids)) == sorted(ids)
    links = [e.attributes["href"] for e in tree.all() if "href" in e.attributes]
    assert {link[1:] for link in links} <= set(ids)


# Beside a baseline ----------------------------------------------------------------------------------------------


def test_comparison_shows_differences_and_changed_cases_side_by_side() -> None:
    new = record()
    old = with_case(new, 0, status="not_found", text="Not stated.", sentences=[], confidence=0.2)
    scores = {**new.cases[0]["scores"], "answers": {"exact_match": 0.0, "f1": 0.0, "contained": 0.0}}
    old = Record(old.summary, {**old.settings, "strictness": "strict"}, with_case(old, 0, scores=scores).cases[:6])
    tree = parsed(page(new, compared=compare(old, new)))
    part = tree.one("comparison")
    rows = {row.all("th")[0].text: [cell.text for cell in row.all("td")] for row in part.all("tr") if row.all("td")}
    assert rows["strictness"] == ["strict", "balanced"]
    # Right before: a-2 alone of a-1 to a-4; now also a-1.
    assert rows["Answers: answer right"][:3] == ["25.0\xa0%", "50.0\xa0%", "+25.0"]
    assert rows["Retrieval: hit@1"][2] == "±0.0"
    assert rows["Retrieval: hit@1"][-1] == "no difference shown"
    (pair,) = part.all("ol", "pairs")[0].all("li")
    assert pair.all("p")[0].text == "refused before, answered now, right now Case 1"
    assert [side.all("", "verdict")[0].text for side in pair.all("", "side")] == ["wrongly refused", "right"]
    assert [side.all("", "said")[0].text for side in pair.all("", "side")] == [
        "Refused: the documents do not state it.",
        "In 1843.",
    ]
    assert "Only here: a-5" in part.text
    assert tree.one("case-1").attributes["data-shown"] == "changed"


def test_figures_that_fell_are_named_first() -> None:
    row = {
        "group": "answers",
        "name": "contained",
        "old": 0.5,
        "new": 0.4,
        "difference": -0.1,
        "low": -0.2,
        "high": -0.05,
    }
    compared = Compared({"figures": [{**row, "n": 9, "verdict": "worse"}], "fell": ["answers: contained"]})
    assert parsed(page(compared=compared)).one("comparison").all("p", "trouble")[0].text == (
        "Worse by more than chance explains: Answers: answer right."
    )


# The records that are shipped -----------------------------------------------------------------------------------


def test_shipped_record_is_shown_with_every_quote_in_its_text() -> None:
    made = read_record(RESULTS / "wuzhen-summit.json")
    texts = [(path, path.read_text(encoding="utf-8")) for path in sorted(ARTICLES.iterdir())]
    documents = {d.doc_id: d for d in (Document.of(text, path.name, path.stem) for path, text in texts)}
    tree = parsed(render_page(made, documents))
    assert len(tree.one("case-list").all("details")) == len(made.cases)
    assert tree.all("p", "trouble") == []
    for number, case in enumerate(made.cases, start=1):
        marked = "".join(quoted(tree.one(f"case-{number}"), "cited"))
        assert all(citation["quote"].strip() in marked for citation in case["citations"])


def test_document_of_the_tests_holds_what_is_cited() -> None:
    assert at("1843") == (31, 35)
    assert DOCUMENT.text == TEXT
