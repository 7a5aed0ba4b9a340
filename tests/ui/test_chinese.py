"""What the rest of the program says to people on the page can be said in Chinese, with the same values."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.errors import EmbeddingsError, LoadError
from embeddings.models import Unreachable
from embeddings.phrase import Phrase, PhraseError
from qa.errors import QaError
from qa.generate.sse import NotUnderstood
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
CHOSEN = {"n_passages", "max_tokens", "n_beside", "lenient", "balanced", "strict"}
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


def test_what_is_no_phrase_stays_as_it_is() -> None:
    assert Texts("zh").told("{a} plain text") == "{a} plain text"
    assert Texts("zh").told(QaError("a {b} without values")) == "a {b} without values"
