"""The report in Chinese: every word that its modules say is there, and nothing else on the page stays English."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.compare import compare
from qa.report import TITLES
from qa.report_page import cases, figures, page, plots, render_page, verdicts
from qa.report_page.chinese import CHINESE
from qa.report_page.words import ENGLISH, WORDS
from qa.scores import ANSWERS, CITATIONS, RETRIEVAL
from tests.qa.reported import record, with_case
from tests.qa.scripted import TEXTS
from tests.qa.test_report_page import Element, parsed

MODULES = sorted(path for path in Path(page.__file__).parent.glob("*.py") if path.stem not in {"chinese", "words"})


def said_of_kind(kind: str) -> tuple[str, str]:
    meaning = figures.meaning_of(("refusal", "by_kind", "ooc", kind))
    return meaning.name, meaning.words


ELSEWHERE = {
    page.TITLE,
    plots.NOTHING,
    *TITLES.values(),
    *cases.SIGNALS.values(),
    *cases.TIMINGS.values(),
    *cases.SORTS.values(),
    *verdicts.FILTERS.values(),
    *(words for _, words in figures.HEADLINES),
    *(words for _, words in plots.CURVES.values()),
    *(text for meaning in figures.MEANINGS.values() for text in (meaning.name, meaning.words)),
    *(v.words for v in vars(verdicts).values() if isinstance(v, verdicts.Verdict)),
    *page.MONTHS,
    *(name.replace("_", " ") for names in (RETRIEVAL, ANSWERS, CITATIONS) for name in names),
    *(text for kind in ("refused", "auroc") for text in said_of_kind(kind)),
    *("supported", "unsupported", "contradicted", "better", "worse", "lenient", "balanced", "strict"),
    *("Setting", "Baseline", "Here", "Difference", "95 % interval", "score", "cosine", "words"),
}
"""Words that are not said where they stand."""

SAID_BY_OTHERS = {"script", "style", "bdi", "code", "pre", "mark", "q"}
NAMES = re.compile(r"Article QA|hit@|MRR|nDCG|AUROC|F1|\bp50\b|\bp95\b|\bms\b|\bn\b|\bs\b|UTC|cosine|\booc\b")


def said(path: Path) -> Iterator[str]:
    """Yield the words that a module says where they stand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
            yield from (str(c.value) for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant) and _is_text(c))


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and node.value not in {"strictness", "status", "not_found", "same", "", "_", " "}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_word_of_a_module_is_there_in_chinese(path: Path) -> None:
    assert [words for words in said(path) if words not in CHINESE] == []


def test_words_that_are_said_elsewhere_are_there_and_no_others() -> None:
    assert ELSEWHERE - set(CHINESE) == set()
    assert set(CHINESE) - ELSEWHERE - {words for path in MODULES for words in said(path)} == set()


@pytest.mark.parametrize("english", CHINESE)
def test_the_chinese_has_the_same_values(english: str) -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert values(CHINESE[english]) == values(english)
    assert CHINESE[english].strip()


def shown(element: Element) -> Iterator[str]:
    """Yield the texts that the report itself says: not those of documents, questions, answers and settings."""
    kind = element.attributes.get("class", "")
    ours = element.tag not in SAID_BY_OTHERS and element.attributes.get("dir") != "auto"
    if not ours or {"settings", "label"} & set(kind.split()):
        return
    for name in ("aria-label", "title", "placeholder"):
        yield element.attributes.get(name, "")
    for part in element.inside:
        if isinstance(part, str):
            yield part
        else:
            yield from shown(part)


def test_a_report_in_chinese_says_nothing_in_english_itself() -> None:
    old = record()
    new = with_case(with_case(old, 0, status="not_found"), 1, sentences=[*old.cases[1]["sentences"][:1]])
    html = render_page(new, TEXTS.documents, compare(old, new), WORDS["zh"])
    assert '<html lang="zh-Hans">' in html
    left = [NAMES.sub("", text) for text in shown(parsed(html))]
    assert [text for text in left if re.search("[A-Za-z]{2,}", text)] == []


def test_a_word_that_looks_like_two_forms_is_left_alone_where_nothing_is_counted() -> None:
    assert ENGLISH("a|b") == "a|b"
    assert [ENGLISH("{n:,} case|{n:,} cases", n=n) for n in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]
    assert WORDS["zh"]("{n:,} case|{n:,} cases", n=1) == "1 个问题"
