"""A PDF beside the conversation: its page as it is printed with the words marked, its text, and neither lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from embeddings.build import index_paths
from embeddings.store import Store
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import served
from tests.ui.rules import IS_DARK, looked_at
from tests.ui.scripted import LIVES, Scripted
from tests.ui.test_page import AROUND, IN_SIGHT, LEAST_APART, SCHEMES, apart, ask, cited

pytestmark = pytest.mark.browser

SAYS = "The ferry Halla carries forty passengers\nto the island."
QUESTION = "How many passengers carries the ferry Halla?"
FIRST, SECOND = SAYS.split("\n")
PAGES = (("The ferry of Norderhaven.",), ("It is white.", *SAYS.split("\n"), "It sails at noon."), ("The end.",))
BOXES = """(mark) => {
  const sheet = mark.closest(".sheet").getBoundingClientRect();
  return [...mark.querySelectorAll(".box")].map((box) => {
    const { left, top, right, bottom } = box.getBoundingClientRect();
    return [left, right, top, bottom].map((edge, n) =>
      n < 2 ? (edge - sheet.left) / sheet.width * 612 : 792 - (edge - sheet.top) / sheet.height * 792);
  });
}"""
"""The boxes' left, right, upper and lower edges in points of the page, from its lower left corner."""


@pytest.fixture
def pages() -> tuple[tuple[str, ...], ...]:
    return PAGES


@pytest.fixture
def file(tmp_path: Path, pages: tuple[tuple[str, ...], ...]) -> Path:
    path = tmp_path / "documents" / "ferry.pdf"
    path.parent.mkdir()
    path.write_bytes(pdf(pages, title="The ferry"))
    return path


@pytest.fixture
def address(file: Path, tmp_path: Path) -> Iterator[str]:
    index_paths([file.parent], tmp_path / "store", HashingEncoder())
    with served(Scripted(Store.open(tmp_path / "store"))) as url:
        yield url


def test_the_page_is_drawn_with_the_cited_words_marked_at_their_place(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator("#evidence .source-bar .place")).to_have_text("Page 2 of 3")
    drawn = page.get_by_role("img", name="Page 2 of The ferry, as it is printed")
    expect(drawn).to_be_visible()
    page.wait_for_function("(image) => image.complete", arg=drawn.element_handle())
    assert drawn.evaluate("(image) => image.naturalWidth") > 0  # of what cannot be drawn it is 0
    expect(cited(page)).to_have_text(SAYS)
    page.locator(".citation").click()
    assert cited(page).evaluate(IN_SIGHT)
    # Lines are set in 12 points from (72, 700) on, 14 points apart: these are the second and the third.
    for (left, right, upper, lower), baseline in zip(cited(page).evaluate(BOXES), (686, 672), strict=True):
        assert left == pytest.approx(72, abs=1)
        assert 72 < right < 612
        assert upper > baseline + 8.6  # as high as its capitals, measured
        assert lower < baseline


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_boxes_around_cited_words_are_painted_on_the_paper(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(IS_DARK, arg=scheme == "dark")
    ask(page, QUESTION)
    drawn = page.locator("#evidence .sheet img")
    page.wait_for_function("(image) => image.complete", arg=drawn.element_handle())
    boxes = page.locator("#evidence .sheet mark.cited .box")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        assert apart(box, drawn) > LEAST_APART


@pytest.mark.parametrize("pages", [(("The ferry.",), (*(f"Line {n}." for n in range(40)), *SAYS.split("\n")))])
def test_words_far_down_a_page_are_brought_into_sight(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 600})
    ask(page, QUESTION)
    expect(page.locator("#evidence .source-bar .place")).to_have_text("Page 2 of 2")
    page.locator(".citation").click()
    expect(cited(page)).to_have_text(SAYS)
    page.wait_for_function("document.querySelector('#evidence .source-text').scrollTop > 100")
    assert cited(page).evaluate(IN_SIGHT)


def test_pages_are_turned_by_key_and_the_words_found_again(page: Page) -> None:
    ask(page, QUESTION)
    place = page.locator("#evidence .source-bar .place")
    after = page.get_by_role("button", name="Next page")
    after.focus()
    page.keyboard.press("Enter")
    expect(place).to_have_text("Page 3 of 3")
    expect(cited(page)).to_have_count(0)
    expect(after).to_be_focused()
    page.locator(".citation").click()
    expect(place).to_have_text("Page 2 of 3")
    expect(cited(page)).to_have_text(SAYS)


@pytest.mark.parametrize("pages", [((LIVES,), ("The harbour has two cranes.",), ("The end.", LIVES))])
def test_the_sources_before_and_after_are_reached_from_a_page_and_the_right_page_is_drawn(page: Page) -> None:
    ask(page, "Who lives there?")
    steps = page.locator("#evidence").get_by_role("group", name="Sources")
    # The script cites the second place first; the lines are at 700 and 686 points.
    for name, label, n, baseline in (("", 1, 3, 686), ("Next source", 2, 1, 700), ("Previous source", 1, 3, 686)):
        if name:
            steps.get_by_role("button", name=name).click()
        expect(page.locator("#evidence .badge")).to_have_text(str(label))
        expect(steps.locator(".place")).to_have_text(f"{label} of 2")
        expect(page.get_by_role("img", name=f"Page {n} of The ferry, as it is printed")).to_be_visible()
        expect(page.locator("#evidence .source-bar .place")).to_have_text(f"Page {n} of 3")
        ((_, _, upper, lower),) = cited(page).evaluate(BOXES)
        assert lower < baseline < upper < baseline + 14
        end = {1: "Previous source", 2: "Next source"}[label]
        expect(steps.get_by_role("button", name=end)).to_have_attribute("aria-disabled", "true")


def test_who_chose_the_text_gets_the_text_until_they_choose_the_page(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="Show the text").click()
    expect(page.locator("#evidence .sheet")).to_have_count(0)
    expect(cited(page)).to_have_text(SAYS)
    text = cited(page).evaluate(AROUND)[2]
    assert text == "The ferry of Norderhaven.\n\nIt is white.\n" + SAYS + "\nIt sails at noon.\n\nThe end."
    page.locator(".citation").click()
    expect(page.get_by_role("button", name="Show the page")).to_be_visible()
    page.get_by_role("button", name="Show the page").click()
    expect(page.locator("#evidence .source-bar .place")).to_have_text("Page 2 of 3")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (None, "The file of this PDF has gone, so its text is shown."),
        (PAGES[:2], "The file of this PDF has changed since it was read, so the text as it was read is shown."),
    ],
)
def test_where_the_file_has_gone_or_changed_its_text_is_shown_and_why(
    page: Page, file: Path, changed: tuple[tuple[str, ...], ...] | None, told: str
) -> None:
    file.write_bytes(pdf(changed)) if changed else file.unlink()
    ask(page, QUESTION)
    expect(page.locator("#evidence .source-bar")).to_have_text(told)
    expect(cited(page)).to_have_text(SAYS)
    expect(page.locator("#evidence .sheet")).to_have_count(0)


def test_an_uploaded_pdf_is_drawn_also_when_the_file_sent_has_gone(page: Page, tmp_path: Path) -> None:
    sent = tmp_path / "harbour.pdf"
    sent.write_bytes(pdf([("The harbour Anlund berths ninety boats.",)]))
    page.locator("input[type=file]").set_input_files(sent)
    expect(page.locator("#documents summary")).to_have_text("2 documents")
    sent.unlink()
    ask(page, "How many boats berths the harbour Anlund?")
    expect(page.get_by_role("img", name="Page 1 of harbour, as it is printed")).to_be_visible()
    expect(cited(page)).to_have_text("The harbour Anlund berths ninety boats.")


def test_a_pdf_of_the_list_opens_at_its_first_page_and_can_be_turned(page: Page) -> None:
    page.locator("#documents summary").click()
    page.locator("#documents .document").click()
    place = page.locator("#evidence .source-bar .place")
    expect(place).to_have_text("Page 1 of 3")
    page.get_by_role("button", name="Next page").click()
    expect(place).to_have_text("Page 2 of 3")
    page.get_by_role("button", name="Show the text").click()
    expect(page.locator("#evidence .source-text")).to_contain_text("The ferry of Norderhaven.")


@pytest.mark.parametrize("pages", [(("It is white.", FIRST), (SECOND, "It sails at noon."))])
def test_of_words_that_run_across_two_pages_each_says_so_and_leads_to_the_other(page: Page) -> None:
    ask(page, QUESTION)
    across = page.locator("#evidence .across")
    expect(cited(page)).to_have_text(FIRST)
    expect(across).to_have_text("These words go on on the next page.Show page 2")
    looked_at(page)
    across.get_by_role("button", name="Show page 2").press("Enter")
    expect(page.locator("#evidence .source-bar .place")).to_have_text("Page 2 of 2")
    expect(cited(page)).to_have_text(SECOND)
    assert cited(page).evaluate(IN_SIGHT)
    expect(across).to_have_text("These words begin on the page before.Show page 1")
    across.get_by_role("button", name="Show page 1").click()
    expect(cited(page)).to_have_text(FIRST)
    page.get_by_role("button", name="Show the text").click()
    expect(cited(page)).to_have_text(f"{FIRST}\n{SECOND}")
    expect(across).to_have_count(0)


@pytest.mark.parametrize("pages", [((LIVES, "The harbour has two cranes.", LIVES),)])
def test_of_a_sentence_that_stands_twice_on_a_page_the_cited_place_is_marked(page: Page) -> None:
    ask(page, "Who lives there?")
    # The script cites the second place first; the lines are at 700, 686 and 672 points.
    for label, baseline in ((1, 672), (2, 700)):
        page.locator(".citation").nth(label - 1).click()
        expect(page.locator("#evidence .badge")).to_have_text(str(label))
        ((_, _, upper, lower),) = cited(page).evaluate(BOXES)
        assert lower < baseline < upper < baseline + 14
        expect(cited(page)).to_have_text(LIVES)
