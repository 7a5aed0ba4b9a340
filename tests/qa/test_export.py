from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from embeddings.types import Document
from qa.conversations import Asked
from qa.export import POLICY, cited_text, export, file_name, plain_markdown, plain_text
from qa.types import REFUSAL, REFUSAL_FROM_PASSAGES, Answer, AnswerSentence, Citation
from qa.ui.texts import Texts
from qa.verify import verify_answer
from tests.qa.command_line import CommandLine

TEXT = "The bridge was built in 1852. It has *seven* arches <of> stone."
BRIDGE = Document.of(TEXT, "bridge.txt", "The bridge")
FIRST, SECOND = "The bridge was built in 1852.", "It has *seven* arches <of> stone."


def cited(label: int, quote: str, page: int | None = None) -> Citation:
    start = TEXT.index(quote)
    return Citation(label, BRIDGE.doc_id, BRIDGE.path, start, start + len(quote), quote, page)


def answer(
    sentences: tuple[AnswerSentence, ...], citations: tuple[Citation, ...], missing: tuple[str, ...] = ()
) -> Asked:
    text = " ".join(sentence.text for sentence in sentences) or "The documents do not state it."
    made = Answer(
        "When <was> it built?",
        "When was it built?",
        "answered" if sentences else "not_found",
        text,
        sentences,
        citations,
        (),
        0.9,
        {"total": 1.0},
        "scripted",
        missing,
    )
    return Asked("When <was> it built?", made.to_json())


ANSWERED = answer(
    (
        AnswerSentence("It was built in 1852.", "supported", (1,)),
        AnswerSentence("It has eight *arches*.", "contradicted", (2,)),
        AnswerSentence("It is blue.", "unsupported"),
    ),
    (cited(1, FIRST, 1), cited(2, SECOND, 1)),
)
REFUSED = answer((), (cited(1, FIRST),), ("blue",))
BROKEN = Asked("Why?", written="Because", error="the engine went away")
SAID = (ANSWERED, REFUSED, BROKEN)

MARKDOWN = r"""# Bridges \& \<b\>

## When \<was\> it built?

It was built in 1852. \[1\] It has eight \*arches\*. \[2\] *(differs from the source)* It is blue. *(not in the documents)*

\[1\] bridge.txt, page 1, characters 0 to 29

> The bridge was built in 1852.

\[2\] bridge.txt, page 1, characters 30 to 63

> It has \*seven\* arches \<of\> stone.

## When \<was\> it built?

The documents do not state it.

In no document: blue

The nearest sentences:

\[1\] bridge.txt, characters 0 to 29

> The bridge was built in 1852.

## Why?

Because

*This answer broke off: the engine went away*
"""


class Reader(HTMLParser):
    """Keeps the elements, the marked words, and what leads out of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.marked: list[str] = []
        self.links: dict[str, list[str]] = {"href": [], "id": [], "src": []}
        self._in_mark = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self._in_mark = tag == "mark"
        for name, value in attrs:
            if name in self.links:
                self.links[name].append(value or "")

    def handle_data(self, data: str) -> None:
        if self._in_mark:
            self.marked.append(data)
            self._in_mark = False


def test_markdown_has_each_answer_with_its_quotes() -> None:
    assert export("markdown", "Bridges & <b>", SAID) == MARKDOWN


def test_the_web_page_marks_the_quotes_and_needs_nothing_else() -> None:
    page = export("html", "Bridges & <b>", SAID)
    reader = Reader()
    reader.feed(page)
    assert reader.marked == [FIRST, SECOND, FIRST]
    assert reader.links["src"] == []
    assert reader.links["href"] == ["#q1-1", "#q1-2"]
    assert reader.links["id"] == ["q1-1", "q1-2", "q2-1"]
    assert reader.elements & {"script", "img", "iframe", "object", "link", "form", "of", "was"} == set()
    assert f'content="{POLICY}"'.replace("'", "&#x27;") in page
    assert "http" not in page.replace("http-equiv", "")


def test_verify_checks_the_json(tmp_path: Path) -> None:
    answers = json.loads(export("json", "Bridges", SAID))
    findings = verify_answer(answers, [BRIDGE])
    assert [(finding.where, finding.label, finding.verdict) for finding in findings] == [
        ("answer 1", 1, "inconsistent"),  # the text has no pages, so a page is wrong
        ("answer 1", 2, "inconsistent"),
        ("answer 2", 1, "stands"),
    ]


def test_the_command_verify_reads_the_exported_file(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "bridge.txt").write_text(TEXT, encoding="utf-8")
    file = tmp_path / "conversation.json"
    file.write_text(export("json", "Bridges", (REFUSED, BROKEN)), encoding="utf-8")
    ran = CommandLine(tmp_path / "cache").run("verify", file, "--docs", docs)
    assert (ran.code, ran.out) == (0, "ok     answer 1 [1]: the quote stands at 0 in bridge.txt\n")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1. one", r"1\. one"),
        ("- a\n# b", r"\- a \# b"),
        ("=====", r"\====="),
        ("![x](javascript:alert(1))", r"\!\[x\](javascript:alert(1))"),
        ("&lt;script&gt;", r"\&lt;script\&gt;"),
    ],
)
def test_in_markdown_nothing_comes_alive(text: str, plain: str) -> None:
    assert plain_markdown(text) == plain


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("When was it built?", "when-was-it-built.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("灯塔建于何时？", "灯塔建于何时.md"),
        ("???", "conversation.md"),
        ("a" * 200, f"{'a' * 60}.md"),
    ],
)
def test_a_file_is_named_so_that_every_system_takes_it(name: str, file: str) -> None:
    assert file_name(name, "markdown") == file


def test_an_answer_is_copied_with_its_quotes_or_without() -> None:
    assert plain_text(ANSWERED) == "It was built in 1852. It has eight *arches*. It is blue."
    assert cited_text(ANSWERED) == (
        "It was built in 1852. [1] It has eight *arches*. [2] (differs from the source) "
        "It is blue. (not in the documents)\n\n"
        "[1] bridge.txt, page 1, characters 0 to 29: “The bridge was built in 1852.”\n"
        "[2] bridge.txt, page 1, characters 30 to 63: “It has *seven* arches <of> stone.”"
    )
    assert cited_text(REFUSED) == (
        "The documents do not state it.\n\n[1] bridge.txt, characters 0 to 29: “The bridge was built in 1852.”"
    )
    assert (plain_text(BROKEN), cited_text(BROKEN)) == ("Because", "Because")


def test_a_file_is_in_the_language_of_the_page() -> None:
    sentences = (AnswerSentence("It was built in 1852.", "contradicted", (1,)),)
    said = [answer(sentences, (cited(1, FIRST, page=2),)), answer((), (cited(1, SECOND),), ("which", "river"))]
    markdown = export("markdown", "Bridges", said, Texts("zh").told, "zh-Hans")
    assert "\\[1\\] *（与出处不符）*" in markdown
    assert "\\[1\\] bridge.txt，第 2 页，第 0 至 29 个字符" in markdown
    assert "所有文档中都没有： which、river" in markdown
    html = export("html", "Bridges", said, Texts("zh").told, "zh-Hans")
    assert html.startswith('<!doctype html>\n<html lang="zh-Hans">')
    assert '<span class="state contradicted">（与出处不符）</span>' in html
    assert "每处引文都在其文档中所示的字符位置" in html
    assert cited_text(said[0], Texts("zh").told).endswith(f"[1] bridge.txt，第 2 页，第 0 至 29 个字符：“{FIRST}”")
    assert export("json", "Bridges", said, Texts("zh").told, "zh-Hans") == export("json", "Bridges", said)


def refused(text: str, status: str = "not_found") -> Asked:
    made = answer((), (cited(1, FIRST),))
    return replace(made, answer={**(made.answer or {}), "text": text, "status": status})


def test_the_programs_own_refusal_is_in_the_language_of_the_page_but_for_the_json() -> None:
    tell, said = Texts("zh").told, refused(REFUSAL)
    own = "文档中没有这个问题的答案。"
    assert own == Texts("zh")("refusal")
    assert (plain_text(said, tell), plain_text(said)) == (own, REFUSAL)
    assert cited_text(said, tell).splitlines()[0] == own
    assert export("markdown", "Bridges", [said], tell, "zh-Hans").split("\n\n")[2] == own
    assert f'<p dir="auto">{own}</p>' in export("html", "Bridges", [said], tell, "zh-Hans")
    assert json.loads(export("json", "Bridges", [said], tell, "zh-Hans"))[0]["text"] == REFUSAL


def test_so_is_that_of_the_simpler_ways_to_answer() -> None:
    assert plain_text(refused(REFUSAL_FROM_PASSAGES), Texts("zh").told) == "这些段落没有回答这个问题。"


@pytest.mark.parametrize("said", [refused("It is not stated."), refused(REFUSAL, "answered")])
def test_what_a_model_wrote_is_in_no_other_language(said: Asked) -> None:
    text = (said.answer or {})["text"]
    assert plain_text(said, Texts("zh").told) == text
    assert cited_text(said, Texts("zh").told).startswith(f"{text}\n")
