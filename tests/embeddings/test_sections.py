from __future__ import annotations

import time
from pathlib import Path

import pytest

from embeddings import sections
from embeddings.load import load_file
from embeddings.sections import section_at
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from tests.embeddings import files
from tests.fake_encoder import HashingEncoder

TEXT = """Before.

# The island #

On it.

```sh
# no heading
```

Still on it.

  ## The *tower*
Up.
#hash
~~~
# none
```
# none either
~~~
####### seven
"""


def at(words: str, path: str = "a.md") -> str:
    return section_at(Document.of(TEXT, path, "A"), TEXT.index(words))


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("Before.", ""),
        ("# The island", "The island"),
        ("On it.", "The island"),
        ("# no heading", "The island"),
        ("Still", "The island"),
        ("Up.", "The *tower*"),
        ("#hash", "The *tower*"),
        ("# none either", "The *tower*"),
        ("####### seven", "The *tower*"),
    ],
)
def test_a_place_stands_under_the_last_heading_before_it(words: str, heading: str) -> None:
    assert at(words) == heading


def test_lines_may_end_with_carriage_returns() -> None:
    text = "# One\r\n\r\nFirst.\r\n## Two\r\nSecond."
    document = Document.of(text, "a.MD", "A")
    assert section_at(document, text.index("First")) == "One"
    assert section_at(document, text.index("Second")) == "Two"


def test_what_is_no_markdown_has_no_sections() -> None:
    assert at("On it.", "a.txt") == ""


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# a ## #", "a ##"),
        ("#  \ta\t##\t", "a"),
        ("# #", ""),
        ("#\t", ""),
        ("#", "none"),
        ("# a\rb", "none"),
    ],
)
def test_a_heading_has_no_closing_signs_and_no_outer_blanks(line: str, heading: str) -> None:
    text = f"# none\n{line}\nBelow."
    assert section_at(Document.of(text, "a.md", "A"), text.index("Below")) == heading


def test_the_words_of_a_heading_begin_behind_its_signs_and_blanks() -> None:
    # 0123456789012345 : two blanks, ##, two blanks, "The tower" 6-15, " ##" to 18
    assert list(sections.headings_of(Document.of("  ##  The tower ##\nUp.", "a.md", "A"))) == [
        sections.Heading(start=0, words=6, end=18, text="The tower")
    ]


@pytest.mark.parametrize(("sign", "size"), [(" ", 100), ("#", 2_000)])
@pytest.mark.parametrize("line", ["# a{}b", "# {}\rb", "```{}\rb"])
def test_a_long_line_takes_no_more_than_in_proportion(line: str, sign: str, size: int) -> None:
    seconds = []
    for n_signs in (size, 5 * size):
        text = line.format(sign * n_signs)
        started = time.perf_counter()
        section_at(Document.of(text, "a.md", "A"), len(text))
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 15 * seconds[0] + 0.5


def headings_of(document: Document) -> list[str]:
    return [document.text[start:].partition("\n")[0] for start in document.headings]


def test_the_headings_of_a_web_page_are_the_lines_that_it_says_are_headings(tmp_path: Path) -> None:
    body = (
        "<nav><h2>Menu</h2></nav><article><h1>The island</h1><p>It is small, and few people live there today.</p>"
        "<h2>The <em>tower</em></h2><p>It was built in 1887 of granite.</p><p>The tower is open on Saturdays.</p></article>"
    )
    document = loaded(tmp_path / "a.html", files.html(body))
    assert headings_of(document) == ["The island", "The tower"]
    assert section_at(document, document.text.index("few people")) == "The island"
    assert section_at(document, document.text.index("Saturdays")) == "The tower"


def test_the_headings_of_a_word_file_are_its_paragraphs_in_a_style_for_headings(tmp_path: Path) -> None:
    paragraph = "<w:p>{}<w:r><w:t>{}</w:t></w:r></w:p>"
    style = '<w:pPr><w:pStyle w:val="{}"/></w:pPr>'
    body = (
        paragraph.format("", "Before.")
        + paragraph.format(style.format("Heading1"), "The island")
        + paragraph.format(style.format("Quote"), "It is small.")
        + paragraph.format(style.format("Heading2"), "The tower")
        + paragraph.format("", "Of granite.")
    )
    document = loaded(tmp_path / "a.docx", files.docx_with_body(body))
    assert document.text == "Before.\n\nThe island\n\nIt is small.\n\nThe tower\n\nOf granite."
    assert headings_of(document) == ["The island", "The tower"]
    assert [section_at(document, document.text.index(words)) for words in ("Before", "small", "tower", "Of")] == [
        "",
        "The island",
        "The tower",
        "The tower",
    ]


def test_headings_are_kept_in_the_store(tmp_path: Path) -> None:
    document = loaded(tmp_path / "a.html", files.html("<h1>The island</h1><p>It is small, and few live there.</p>"))
    plain = Document.of("No headings here.", "b.txt", "B")
    update_store(tmp_path / "store", [document, plain], HashingEncoder())
    kept = Store.open(tmp_path / "store").documents
    assert document.headings == (0,)
    assert (kept[document.doc_id], kept[plain.doc_id]) == (document, plain)


def loaded(path: Path, content: bytes) -> Document:
    path.write_bytes(content)
    return load_file(path, path.name)
