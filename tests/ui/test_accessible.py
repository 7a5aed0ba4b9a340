"""The page by keyboard alone, magnified, and at any width; test_views.py holds its states under the rules of axe-core."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui.conftest import opened
from tests.ui.rules import looked_at
from tests.ui.scripted import BUILT
from tests.ui.test_page import ask, cited, idle
from tests.ui.views import panel

pytestmark = pytest.mark.browser

IS_ON_TOP = """(control) => {
  const { x, y, width, height } = control.getBoundingClientRect();
  return control.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""

RING = """() => {
  const at = document.activeElement;
  const ringed = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  return [at.tagName, at === document.body || [at, at.closest("label")].some((one) => one && ringed(one))];
}"""
"""What has the focus, and whether a ring of two pixels or more is around it or its label; the page itself needs none."""

NOTE_SCROLLING = """
  window.scrolled = [];
  const scroll = Element.prototype.scrollIntoView;
  Element.prototype.scrollIntoView = function (how) {
    const before = window.scrollY;
    scroll.call(this, how);
    if (how?.behavior) window.scrolled.push([this.id || this.className, how.behavior, window.scrollY !== before]);
  };
"""
"""Notes what a script brings into sight where it says how, and whether it is there at once."""


def test_an_answer_that_is_being_written_and_then_stopped(page: Page) -> None:
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Step 2 of")
    looked_at(page)
    page.locator("#stop").click()
    idle(page)
    expect(page.locator(".stopped")).to_be_visible()
    looked_at(page)


def test_from_the_first_question_to_the_cited_words_by_keyboard_alone(page: Page) -> None:
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("When was the lighthouse built?")
    page.keyboard.press("Enter")
    expect(page.locator(".citation")).to_have_count(2)
    idle(page)
    mark = page.locator(".citation").first
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if mark.evaluate("mark => mark === document.activeElement"):
            break
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(cited(page)).to_have_text(BUILT)
    expect(page.locator("#evidence .source-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()


def test_every_button_and_field_says_what_it_is(page: Page) -> None:
    page.locator("#documents summary").click()
    ask(page, "When was the lighthouse built?")
    unnamed = page.locator("button, input:not([type=hidden]), textarea, summary").evaluate_all(
        """(controls) => controls.filter((one) => one.checkVisibility() && !(
          one.innerText?.trim() || one.ariaLabel || one.labels?.[0]?.innerText.trim() || one.labels?.length
        )).map((one) => one.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize(
    ("width", "height", "zoom", "language"),
    [(640, 450, 2, "en"), (320, 225, 4, "en"), (3840, 2160, 1, "en"), (320, 568, 1, "en"), (320, 568, 1, "zh-Hans")],
)
def test_zoomed_and_at_any_width_nothing_is_cut_off_or_covered(
    browser: Browser, address: str, width: int, height: int, zoom: int, language: str
) -> None:
    """A browser that magnifies 1280 by 900 twice has 640 by 450 left, of twice as many pixels."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=zoom,
        reduced_motion="reduce",
        locale=language,
    )
    page = context.new_page()
    opened(page, address)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("#documents summary").click()
    ask(page, "Tell me a mixed story")
    page.locator(".how summary").click()
    page.locator(".citation").first.click()
    expect(cited(page)).to_be_in_viewport()
    for name in ("#question textarea", "#ask", "#upload", "#clear", ".found summary", ".citation", ".thumb.down"):
        control = page.locator(name).first
        control.focus()
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert control.evaluate(IS_ON_TOP), name
    for name in ("settings", "shelf", "shortcuts"):
        panel(page, name)
        assert page.locator(f"#{name} .panel-sheet").evaluate("(sheet) => sheet.scrollWidth <= sheet.clientWidth")
        page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_the_text_box_is_as_high_as_its_words_when_the_window_becomes_narrow_and_wide(page: Page) -> None:
    box = page.locator("#question textarea")

    def height() -> float:
        shown: float = box.evaluate("(box) => box.getBoundingClientRect().height")
        return shown

    def shows_all() -> bool:
        return bool(box.evaluate("(box) => box.scrollHeight <= box.clientHeight + 1"))

    box.fill("When was the lighthouse of Norderhaven built, and by whom, and of what?")
    in_a_wide_one = height()
    assert shows_all()
    page.set_viewport_size({"width": 320, "height": 568})
    assert shows_all()
    assert height() > in_a_wide_one
    page.set_viewport_size({"width": 1280, "height": 900})
    assert height() == in_a_wide_one
    box.fill("\n".join(["When was it built?"] * 6))
    six_lines = height()
    assert shows_all()
    box.fill("\n".join(["When was it built?"] * 20))
    assert abs(height() - six_lines) < 1
    assert not shows_all()


def test_words_of_right_to_left_scripts_stand_in_their_own_direction(page: Page) -> None:
    text = "המגדלור נבנה מגרניט אדום בשנת 1887 על האי."
    page.locator("input[type=file]").set_input_files(
        {"name": "hebrew.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    expect(page.locator("#documents summary")).to_have_text(re.compile(r"^3 documents"))
    ask(page, "המגדלור נבנה מגרניט אדום?")
    expect(cited(page)).to_have_text(text)
    direction = "(element) => getComputedStyle(element).direction"
    assert page.locator(".question").evaluate(direction) == "rtl"
    assert cited(page).evaluate("(mark) => getComputedStyle(mark.closest('.source-text')).unicodeBidi") == "plaintext"


def test_with_reduced_motion_nothing_moves(page: Page) -> None:
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".caret")).to_be_visible()
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert page.evaluate(moving) == 0
    page.locator("#stop").click()
    idle(page)


@pytest.mark.parametrize(("motion", "behavior"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_a_narrow_page_goes_to_a_source_and_back_at_once_where_motion_is_reduced_and_else_smoothly(
    tab: Page, address: str, motion: Literal["reduce", "no-preference"], behavior: str
) -> None:
    tab.emulate_media(reduced_motion=motion)
    tab.set_viewport_size({"width": 390, "height": 700})
    tab.add_init_script(NOTE_SCROLLING)
    opened(tab, address)
    ask(tab, "When was the lighthouse built?")
    tab.locator(".citation").first.click()
    expect(tab.locator("#evidence .source-text")).to_be_focused()
    expect(tab.locator("#evidence .source")).to_be_in_viewport()
    tab.keyboard.press("Escape")
    expect(tab.locator(".citation").first).to_be_focused()
    at_once = behavior == "auto"
    assert tab.evaluate("window.scrolled") == [["evidence", behavior, at_once], ["citation", behavior, at_once]]


def test_wherever_the_keyboard_leads_it_is_seen(page: Page) -> None:
    page.locator("#documents summary").click()
    ask(page, "When was the lighthouse built?")
    page.locator(".how summary").click()
    for name in ("", "settings"):
        if name:
            panel(page, name)
        seen = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            tag, ring = page.evaluate(RING)
            assert ring, page.evaluate("document.activeElement.outerHTML")
            seen.add(tag)
        assert {"BUTTON", "INPUT"} <= seen
        assert ("SELECT" if name else "PRE") in seen


def test_a_finished_answer_is_announced_while_a_panel_is_open(page: Page) -> None:
    page.locator("#question textarea").fill("When was the lighthouse built?")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_be_visible()
    panel(page, "shortcuts")
    said = page.get_by_role("status").filter(has_text="It was built in 1887")
    expect(said.first).to_be_attached()
    assert page.locator("#announced").evaluate("(said) => said.closest('[inert]') === null && said.checkVisibility()")


def test_on_a_narrow_page_who_reads_elsewhere_while_an_answer_is_written_stays_there(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    for question in ("Tell me a mixed story", "When was the lighthouse built?"):
        ask(page, question)
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".answer").last).to_contain_text("Step 3 of")
    page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
    expect(page.locator(".answer").last).to_contain_text("Step 6 of")
    assert page.evaluate("window.scrollY") == 0
    page.evaluate(
        "window.scrollTo({ top: document.querySelector('.exchange:last-of-type').getBoundingClientRect().bottom - innerHeight + 40, behavior: 'instant' })"
    )
    expect(page.locator(".answer").last).to_contain_text("Step 12 of")
    assert page.locator(".caret").evaluate("(caret) => caret.getBoundingClientRect().bottom <= innerHeight")
    page.locator("#stop").click()
    idle(page)
    page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
    page.locator(".thumb.down").first.click()
    expect(page.locator("input.reason")).to_be_visible()
    expect(page.locator("input.reason")).to_be_in_viewport()
