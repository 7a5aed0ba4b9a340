"""What the rest of the program says to people on the page can be said in Chinese, with the same values."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.apart import ApartError
from embeddings.errors import EmbeddingsError, LoadError
from embeddings.models import Unreachable
from embeddings.phrase import Phrase, PhraseError
from qa.errors import QaError
from qa.generate.sse import NotUnderstood
from qa.questions import placed_evidence, questions_of
from qa.record import is_record, record_of
from qa.types import REFUSALS
from qa.ui.chinese import CHINESE
from qa.ui.texts import ENGLISH, Texts

ROOT = Path(__file__).parents[2]
IN_THE_TERMINAL = {"call", "cli", "commands", "doctor", "measuring", "options", "server", "upkeep"}
"""Modules of `qa` whose sentences are read in the terminal alone."""
MODULES = sorted(
    path
    for package in ("embeddings", "qa")
    for path in (ROOT / package).glob("**/*.py")
    if path.stem not in IN_THE_TERMINAL
)
CHOSEN = {"n_passages", "max_tokens", "n_beside", "lenient", "balanced", "strict", *REFUSALS}
"""Templates that are put together where they are used."""
MAKERS = {"Phrase": 0, "_error": 0, "progress": 0, "Skipped": 1, "kind": 0}
"""What is called with a template beside the errors themselves, and its place among the arguments."""


def errors(base: type[PhraseError]) -> Iterator[str]:
    """Yield the names of all errors with a phrase: those of the two trees, and what lies between them."""
    yield base.__name__
    for kind in base.__subclasses__():
        yield from errors(kind)


ERRORS = {
    *errors(EmbeddingsError),
    *errors(QaError),
    *errors(NotUnderstood),
    *errors(Unreachable),
    *errors(ApartError),
}


def said(path: Path) -> Iterator[tuple[int, str | None]]:
    """Yield each template of a module with its line; None for one that is put together before it is a phrase."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    makers = {**dict.fromkeys(ERRORS, 0), **MAKERS}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        if name not in makers or len(node.args) <= makers[name]:
            continue
        template = node.args[makers[name]]
        if isinstance(template, ast.JoinedStr):
            yield node.lineno, None
        elif isinstance(template, ast.Constant) and isinstance(template.value, str):
            yield node.lineno, template.value


def values_of(template: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(template) if name})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_whatever_a_module_says_can_be_said_in_chinese(path: Path) -> None:
    assert [(line, template) for line, template in said(path) if template not in CHINESE] == []


def test_nothing_is_kept_in_chinese_that_nobody_says() -> None:
    assert set(CHINESE) - {template for path in MODULES for _, template in said(path)} - CHOSEN == set()


@pytest.mark.parametrize("template", CHINESE)
def test_the_chinese_has_the_same_values(template: str) -> None:
    assert values_of(CHINESE[template]) == values_of(template)
    assert CHINESE[template].strip()


def test_an_error_is_told_in_chinese_with_its_values() -> None:
    error = LoadError("it has more than {n_bytes:,} bytes, the most that is read", n_bytes=50_000_000)
    assert str(error) == "it has more than 50,000,000 bytes, the most that is read"
    assert ENGLISH.told(error) == str(error)
    assert Texts("zh").told(error) == "文件超过 50,000,000 字节的读取上限"
    assert Texts("zh")("was_not_read", why=error) == "未能读取：文件超过 50,000,000 字节的读取上限"


def test_an_error_inside_another_is_told_in_chinese_too() -> None:
    reasons = [Phrase("no wheels are known that hold {model}", model="m"), Phrase("{base} does not answer", base="b")]
    error = QaError("{why}; going on without it", why=reasons)
    assert str(error) == "no wheels are known that hold m; b does not answer; going on without it"
    assert Texts("zh").told(error) == "没有已知的软件包含有 m；b does not answer；跳过它继续"


FILES = {
    "q.jsonl": (
        '{"id": "a"}',
        "line 1 of q.jsonl cannot be used: 'question' is missing",
        "q.jsonl 第 1 行无法使用：缺少“question”",
    ),
    "q.csv": (
        "question,answerable\nWhy?,perhaps\n",
        "line 2 of q.csv cannot be used: 'answerable' is 'perhaps'; write true or false",
        "q.csv 第 2 行无法使用：“answerable”是“perhaps”；请写 true 或 false",
    ),
    "e.jsonl": (
        '{"question": "Why?", "evidence": [{"doc": "a.txt", "start": "0"}]}',
        "line 1 of e.jsonl cannot be used: in 'evidence', number 1: 'start' is a text, not a whole number",
        "e.jsonl 第 1 行无法使用：“evidence”的第 1 项：“start”是文本，不是整数",
    ),
    "r.json": (
        '{"cases": 1, "summary": {}}',
        "r.json is no record: 'cases' is a number, not a list; give a file that evaluate --out wrote",
        "r.json 不是记录：“cases”是数字，不是列表；请给出由 evaluate --out 写成的文件",
    ),
}
"""By name: what a file holds that cannot be used, and what is said of it."""


@pytest.mark.parametrize("name", FILES)
def test_what_is_wrong_with_a_file_is_told_in_chinese_down_to_the_reason(name: str) -> None:
    content, english, chinese = FILES[name]
    with pytest.raises(QaError) as told:
        (record_of if is_record(content.encode()) else questions_of)(content.encode(), name)
    assert str(told.value) == english
    assert Texts("zh").told(told.value) == chinese


def test_a_line_whose_evidence_does_not_stand_there_is_told_in_chinese() -> None:
    asked = questions_of(b'{"question": "Why?", "evidence": [{"doc": "a.txt", "text": "x"}]}', "q.jsonl")
    with pytest.raises(QaError) as told:
        placed_evidence(asked, {})
    assert Texts("zh").told(told.value).startswith("第 1 行的依据在“a.txt”中，而它不在文档之列；")


@pytest.mark.parametrize("module", ["fields", "questions", "record", "rows"])
def test_reasons_that_are_told_inside_of_others_are_phrases(module: str) -> None:
    tree = ast.parse((ROOT / "qa" / f"{module}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    raised = [call.args[-1] for call in calls if getattr(call.func, "id", "") in {"ValueError", "RowError"}]
    assert raised
    assert [ast.unparse(reason) for reason in raised if isinstance(reason, (ast.JoinedStr, ast.Constant))] == []


def test_what_is_no_phrase_stays_as_it_is() -> None:
    assert Texts("zh").told("{a} plain text") == "{a} plain text"
    assert Texts("zh").told(QaError("a {b} without values")) == "a {b} without values"
