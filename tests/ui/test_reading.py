"""Reading an answer against its sources, in a real browser: quotes beside marks, one source after the other."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.scripted import BUILT, LIGHTHOUSE, LIVES
from tests.ui.test_page import AROUND, IN_SIGHT, ask, cited

pytestmark = pytest.mark.browser

RANGE = "Its light can be seen for 23 nautical miles."

FROM_THE_END = (
    "() => { const p = document.getElementById('conversation'); return p.scrollHeight - p.clientHeight - p.scrollTop; }"
)

BESIDE_ITS_WORDS = """() => [...document.querySelectorAll(".answer .sentence")].map((sentence) => {
  const lines = [...sentence.querySelector(".words").getClientRects()];
  return [lines.length, sentence.querySelector(".citation").getBoundingClientRect().top - lines.at(-1).bottom];
})"""
"""Of each sentence on how many lines it stands, and how far its mark is below its last word."""


def point_at(mark: Locator, card: Locator) -> None:
    """Point at a mark until its quote is seen: while words are added it may move on before the pointer is there."""
    for _ in range(20):
        mark.hover()
        with suppress(AssertionError):
            expect(card).to_be_visible(timeout=1000)
            return
    raise AssertionError("no quote was seen")


def test_pointing_at_a_mark_shows_its_quote_and_leaving_hides_it(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    card = page.locator("#quote")
    expect(card).to_be_hidden()
    page.locator(".citation").nth(1).hover()
    expect(card).to_be_visible()
    expect(card.locator("blockquote")).to_have_text(RANGE)
    expect(card.locator("p")).to_have_text("Source 2: The lighthouse of Norderhaven, page 1")
    page.locator("#masthead h1").hover()
    expect(card).to_be_hidden()


def test_the_card_stays_while_the_pointer_is_over_it(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator(".citation").first.hover()
    card = page.locator("#quote")
    card.hover()
    page.wait_for_timeout(500)
    expect(card).to_be_visible()


def test_a_quote_that_is_read_while_an_answer_is_written_stays_beside_its_mark(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 400})
    page.locator("#question textarea").fill("Tell me the long epic")
    page.keyboard.press("Enter")
    mark, card, answer = page.locator(".citation").first, page.locator("#quote"), page.locator(".answer")
    point_at(mark, card)
    place = mark.bounding_box()
    expect(answer).to_contain_text(re.compile("Step [2-9][0-9] of"))
    expect(card).to_be_visible()
    assert mark.bounding_box() == place
    assert page.evaluate(FROM_THE_END) > 80
    page.locator("#masthead h1").hover()
    expect(card).to_be_hidden()
    page.wait_for_function(f"({FROM_THE_END})() < 80")
    page.locator("#stop").click()


def test_a_mark_that_is_reached_by_key_describes_itself_by_its_quote(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    mark, card = page.locator(".citation").first, page.locator("#quote")
    page.locator(".found summary").focus()
    page.keyboard.press("Tab")
    expect(mark).to_be_focused()
    expect(card.locator("blockquote")).to_have_text(BUILT)
    assert mark.get_attribute("aria-describedby") == card.get_attribute("id")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(mark).to_be_focused()
    page.keyboard.press("Tab")
    expect(card.locator("blockquote")).to_have_text(RANGE)
    page.keyboard.press("Enter")
    expect(cited(page)).to_have_text(RANGE)
    expect(card).to_be_hidden()


def test_next_and_previous_lead_through_the_sources_of_an_answer_by_key_alone(page: Page) -> None:
    ask(page, "Who lives there?")
    place = page.locator("#evidence .place")
    expect(place).to_have_text("1 of 2")
    after, before = (page.get_by_role("button", name=f"{name} source") for name in ("Next", "Previous"))
    after.focus()
    page.keyboard.press("Enter")
    expect(place).to_have_text("2 of 2")
    expect(after).to_be_focused()
    assert cited(page).evaluate(AROUND)[:2] == [LIGHTHOUSE[: LIGHTHOUSE.index(LIVES)], LIVES]
    assert cited(page).evaluate(IN_SIGHT)
    page.keyboard.press("Enter")  # there is no third
    expect(place).to_have_text("2 of 2")
    page.keyboard.press("Shift+Tab")
    expect(before).to_be_focused()
    page.keyboard.press("Enter")
    expect(place).to_have_text("1 of 2")
    assert cited(page).evaluate(AROUND)[:2] == [LIGHTHOUSE[: LIGHTHOUSE.rindex(LIVES)], LIVES]


def test_passages_that_a_person_opened_stay_open_while_the_next_answer_is_written(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator(".found summary").click()
    expect(page.locator(".passage").first).to_be_visible()
    ask(page, "Who lives there?")
    expect(page.locator(".found").first).to_have_attribute("open", "")
    expect(page.locator(".found").last).not_to_have_attribute("open", "")


def test_a_mark_never_stands_alone_on_a_line(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    expect(page.locator(".citation")).to_have_count(2)
    n_lines = set()
    for width in range(320, 480, 4):
        page.set_viewport_size({"width": width, "height": 900})
        for lines, apart in page.evaluate(BESIDE_ITS_WORDS):
            n_lines.add(lines)
            assert apart < 0, f"{apart} pixels below the last word at {width} pixels"
    assert len(n_lines) > 1, "the sentences were never broken at another place"
