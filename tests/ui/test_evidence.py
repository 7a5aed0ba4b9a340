from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from embeddings.types import Document
from qa.ui.evidence import View, view_html

TEXT = "One bird sang. Two birds sang. One bird sang.\r\n<b>Bold</b> & done."
DOCUMENT = Document.of(TEXT, "birds/<i>.txt", "Birds & <b>", (0, 15, 31))


def shown(html: str) -> tuple[str, str, str]:
    """Return the text before the mark, in it and after it, as a browser would show them."""
    inner = re.search(r'aria-label="Text of the source">(.*)</div></div>$', html, re.S)
    assert inner is not None
    before, mark, after = re.split(r'<mark class="cited">|</mark>', inner[1])
    return tuple(unescape(re.sub(r"</?span[^>]*>", "", part)) for part in (before, mark, after))  # type: ignore[return-value]


def test_the_mark_is_at_its_offsets_also_where_the_sentence_stands_twice() -> None:
    start = TEXT.rindex("One bird sang.")
    before, mark, after = shown(view_html(View(DOCUMENT, 1, start, start + 14)))
    assert mark == "One bird sang."
    assert before == "One bird sang. Two birds sang. "
    assert before + mark + after == TEXT


@given(st.text(min_size=1), st.data())
def test_before_mark_and_after_are_the_whole_text(text: str, data: st.DataObject) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\0", "0")
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = Document.of(text, "a.txt", "A", (0, start, end))
    assert shown(view_html(View(document, 1, start, end))) == (text[:start], text[start:end], text[end:])


SECTIONS = "# The *island* #\nIt is small.\n\n## <b>\nIt has birds.\n```\n# no heading\n```"


@given(st.data())
def test_headings_are_told_apart_and_no_letter_is_changed(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SECTIONS) - 1))
    end = data.draw(st.integers(start + 1, len(SECTIONS)))
    html = view_html(View(Document.of(SECTIONS, "island.md", "Island"), 1, start, end))
    assert shown(html) == (SECTIONS[:start], SECTIONS[start:end], SECTIONS[end:])
    told = re.findall(r'<span class="heading">(?:<span class="signs">([^<]*)</span>)?([^<]*)</span>', html)
    assert "".join(unescape(sign + words) for sign, words in told) == "# The *island* ### <b>"


def test_the_signs_of_a_heading_are_told_from_its_words() -> None:
    html = view_html(View(Document.of(SECTIONS, "island.md", "Island"), 1, SECTIONS.index("It has"), len(SECTIONS)))
    assert '<span class="heading"><span class="signs"># </span>The *island* #</span>\nIt is small.' in html
    assert "\n```\n# no heading\n```</mark>" in html


def test_headings_that_a_file_named_have_no_signs() -> None:
    document = Document.of("The island\nIt is small.\nIts birds", "island.docx", "Island", headings=(0, 24))
    html = view_html(View(document, 1, 11, 23))
    assert re.findall(r'<span class="heading">(.*?)</span>', html) == ["The island", "Its birds"]


def test_page_starts_stand_before_the_mark_that_begins_there() -> None:
    html = view_html(View(DOCUMENT, 1, 31, 45))
    assert (
        '<span class="page" data-page="3" data-says="page 3"></span><mark class="cited">One bird sang.</mark>' in html
    )
    assert "· <bdi>page 3</bdi></p>" in html


def test_a_page_that_starts_inside_the_mark_does_not_break_it() -> None:
    html = view_html(View(DOCUMENT, 1, 10, 20))
    assert '<mark class="cited">ang. Two b</mark>' in html
    assert re.findall(r'class="page" data-page="(\d)"', html) == ["1", "3"]


def test_a_span_outside_the_text_marks_nothing() -> None:
    assert "<mark" not in view_html(View(DOCUMENT, 1, 5, 500))
    assert "<mark" not in view_html(View(DOCUMENT, 1))


def test_title_and_path_are_escaped() -> None:
    html = view_html(View(DOCUMENT, 1, 0, 3))
    assert "<h2><bdi>Birds &amp; &lt;b&gt;</bdi></h2>" in html
    assert "<bdi>birds/&lt;i&gt;.txt</bdi> · <bdi>page 1</bdi>" in html


def test_the_open_mark_of_the_answer_is_lit() -> None:
    html = view_html(View(DOCUMENT, 1, 0, 3, turn=2, item=4, label="4"))
    assert '#conversation .citation[data-turn="2"][data-item="4"]' in html
    assert '<span class="badge">4</span>' in html


def test_the_section_is_named_with_the_page_where_it_is_not_the_title() -> None:
    text = "# Birds\n\nNone.\n\n## Songs <b>\n\nOne bird sang.\n"
    document = Document.of(text, "birds.md", "Birds")
    songs = view_html(View(document, 1, text.index("One"), text.index("One") + 14))
    assert '<p class="where"><bdi>birds.md</bdi> · <bdi>Songs &lt;b&gt;</bdi></p>' in songs
    assert '<p class="where"><bdi>birds.md</bdi></p>' in view_html(
        View(document, 1, text.index("None"), text.index("None") + 5)
    )


def test_the_steps_lead_to_the_marks_beside_this_one() -> None:
    html = view_html(View(DOCUMENT, 1, 0, 3, turn=2, item=1, n_items=3, label="1"))
    assert ">1 of 3</span>" in html
    assert 'data-event="cite" data-turn="2" data-item="0" aria-label="Previous source" aria-disabled="true">‹' in html
    assert 'data-event="cite" data-turn="2" data-item="2" aria-label="Next source">›' in html
    group = '<div class="steps" role="group" aria-label="Sources"'
    assert f"{group}>" in html
    assert f"{group} hidden>" in view_html(View(DOCUMENT, 1, 0, 3, turn=2, item=1, n_items=1, label="1"))
    assert "Next source" not in view_html(View(DOCUMENT, 1))
