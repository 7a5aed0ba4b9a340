"""Every text of the page stands in the catalogue, in both languages, and nowhere else."""

from __future__ import annotations

import ast
import copy
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest

from embeddings.phrase import Phrase
from qa.errors import QaError, QuestionError
from qa.settings import Strictness
from qa.ui import texts
from qa.ui.texts import ENGLISH, TEXTS, Texts, joined, texts_of
from qa.verify import Verdict

FOLDER = Path(texts.__file__).parent
MODULES = sorted(
    path for path in FOLDER.glob("*.py") if path.name not in {"texts.py", "texts_evaluate.py", "chinese.py"}
)
READ_ELSEWHERE = {"admission.py", "server.py"}
"""What these say is read in the terminal."""

NOT_OF_THE_PAGE = {
    *get_args(Verdict),
    "https://",
    "article-qa serve --model NAME",
    "The page is open at {} (Ctrl-C ends it)",  # in the terminal
    "the session has a folder once something was uploaded",  # of an assertion
    "sandbox allow-scripts",  # of a policy
}
CLASSES = re.compile(r"(tool|action)( [\w{}-]+)*")

ATTRIBUTES = re.compile(r"""\b(?:aria-label|placeholder|title|alt)=["']([^"'{}]*[A-Za-z]{2}[^"'{}]*)["']""")
BETWEEN_TAGS = re.compile(r">([^<>{}]*[A-Za-z]{2}[^<>{}]*)<")
SENTENCE = re.compile(r"^[^<]*[A-Za-z]{2,},? [a-z]{2,}[^<>]*$")


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def docstrings(tree: ast.Module) -> set[int]:
    """Return the lines of strings that stand alone: docstrings and notes on constants."""
    return {
        node.value.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module's code with their lines; what is filled in is left out as {}."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = docstrings(tree)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(
                    part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
                    for part in node.values
                ),
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
            and node.lineno not in alone
        ):
            yield node.lineno, node.value


def visible(text: str) -> list[str]:
    """Return what of a string people would read."""
    found = [*ATTRIBUTES.findall(text), *BETWEEN_TAGS.findall(text)]
    said = found or ([text] if SENTENCE.match(text) and "class=" not in text and ":" not in text else [])
    return [words for words in said if words not in NOT_OF_THE_PAGE and not CLASSES.fullmatch(words)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_other_module_has_words_that_people_read(path: Path) -> None:
    if path.name in READ_ELSEWHERE:
        pytest.skip("what it says is read in the terminal")
    assert [(line, words) for line, text in literals(path) for words in visible(text)] == []


def test_words_would_be_seen() -> None:
    assert visible("<p>Nothing was added</p>") == ["Nothing was added"]
    assert visible('<input aria-label="Find a document">') == ["Find a document"]
    assert visible("Too many people ask at once") == ["Too many people ask at once"]
    assert visible('<button class="tool">{}</button>') == []


def test_every_key_that_is_named_is_there_and_every_key_is_named() -> None:
    nodes = [node for path in MODULES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    named = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(TEXTS) - named - BUILT == set()


BUILT = {f"{way}_{kind}" for way in ("previous", "next") for kind in ("source", "passage")} | {
    *get_args(Strictness),
    "semicolon",
}
"""Keys that are put together where they are used, or used by the catalogue itself."""


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_have_the_text_with_the_same_values(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english.strip()
    assert chinese.strip()
    assert fields_of(english) == fields_of(chinese)
    assert Texts("zh").language == "zh"


def test_texts_are_filled_in_and_counted() -> None:
    assert [Texts("en")("n_questions", n=n) for n in (0, 1, 1200)] == ["0 questions", "1 question", "1,200 questions"]
    assert Texts("zh")("n_questions", n=1200) == "1,200 个问题"


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        (lambda say: say("so_many_of", done=1, total=1200), "1 of 1,200", "1 / 1,200"),
        (lambda say: QuestionError(say("nothing_chosen")), TEXTS["nothing_chosen"][0], TEXTS["nothing_chosen"][1]),
        (lambda say: say("not_kept", why=say("no_text")), "Conversations are not kept: {}", "对话未被保存：{}"),
        (lambda say: say.told(Phrase("{n} {state}", n=2, state=Phrase("supported"))), "2 supported", "2 句有依据"),
        (
            lambda say: QaError("{why}; going on without it", why=say("stopped")),
            "{}; going on without it",
            "{}；跳过它继续",
        ),
    ],
)
def test_what_was_told_before_another_language_was_set_is_told_in_that_one(
    said: Callable[[Texts], object], english: str, chinese: str
) -> None:
    inside = {"{}; going on without it": "stopped"}.get(english, "no_text")
    for before in (ENGLISH, Texts("zh")):
        kept = copy.deepcopy(said(before))
        assert ENGLISH.told(kept) == english.replace("{}", TEXTS[inside][0])
        assert Texts("zh").told(Texts("zh").told(kept)) == chinese.replace("{}", TEXTS[inside][1])


def test_sentences_that_were_joined_are_each_told_in_the_language_that_is_set_now() -> None:
    both = joined([ENGLISH("no_text"), Texts("zh")("crowded")], ENGLISH)
    assert both == f"{TEXTS['no_text'][0]} {TEXTS['crowded'][0]}"
    assert Texts("zh").told(both) == f"{TEXTS['no_text'][1]} {TEXTS['crowded'][1]}"


@pytest.mark.parametrize(
    ("code", "language"), [("zh-CN", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("de", "en"), ("", "en")]
)
def test_a_browser_language_is_one_of_ours_or_english(code: str, language: str) -> None:
    assert texts_of(code).language == language
