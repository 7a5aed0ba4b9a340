"""Scripts that are written from right to left: what is typed, suggested, searched for and quoted starts at the right."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from qa.conversations import Conversations
from qa.opening import Opening
from qa.ui.reopened import asked_of
from qa.ui.session import Session
from tests.ui.conftest import opened, served
from tests.ui.scripted import BUILT_IN_ARABIC, Scripted, small_store
from tests.ui.test_page import ask, idle
from tests.ui.views import deleted, panel, store_of_all

pytestmark = pytest.mark.browser

HEBREW = "מתי נבנה המגדלור?"
ARABIC = "متى بُنيت المنارة من الجرانيت الأحمر؟"
FROM_THE_RIGHT = """(element) => {
  const words = document.createRange(), style = getComputedStyle(element), box = element.getBoundingClientRect();
  words.selectNodeContents(element);
  const parts = [...words.getClientRects()].filter(({ width }) => width > 0);
  const last = parts.filter(({ bottom }) => bottom > Math.max(...parts.map((part) => part.bottom)) - 4);
  const gap = (side) => parseFloat(style[`padding-${side}`]) + parseFloat(style[`border-${side}-width`]);
  const right = box.right - gap("right") - Math.max(...last.map((part) => part.right));
  const left = Math.min(...last.map((part) => part.left)) - box.left - gap("left");
  return Math.abs(right) < 2 && left > 2;
}"""
"""Whether the last line, which is not full, touches the right."""

LEFT_OF = """(element, words) => {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) {
    const text = texts.currentNode, start = text.data.indexOf(words);
    if (start < 0) continue;
    range.setStart(text, start);
    range.setEnd(text, start + words.length);
    return range.getBoundingClientRect().left;
  }
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Scripted(store_of_all(tmp_path_factory.mktemp("scripts"))), examples=(HEBREW, ARABIC)) as url:
        yield url


def direction(field: Locator) -> str:
    found: str = field.evaluate("(field) => getComputedStyle(field).direction")
    return found


@pytest.mark.parametrize("text", [HEBREW, ARABIC])
def test_what_is_typed_starts_where_its_script_starts_however_often_the_box_is_made_anew(page: Page, text: str) -> None:
    box = page.locator("#question textarea")
    box.fill("When was it built?")
    assert direction(box) == "ltr"
    box.fill(text)
    assert direction(box) == "rtl"
    box.evaluate("(box) => box.setAttribute('dir', 'ltr')")  # as Gradio does
    expect(box).to_have_attribute("dir", "auto")
    box.press("Enter")
    idle(page)
    page.get_by_role("button", name="Edit this question").click()
    expect(box).to_have_value(text)
    assert direction(box) == "rtl"
    panel(page, "settings")
    page.get_by_label("Language").select_option("zh")
    expect(page.locator("#ask")).to_have_text("提问")
    assert direction(box) == "rtl"


def test_fields_of_the_page_follow_what_is_typed_in_them(page: Page) -> None:
    ask(page, ARABIC)
    page.locator("[data-event=judge]").first.click()
    page.locator("#documents summary").click()
    panel(page, "shelf")
    page.locator("#shelf [data-event=rename]").click()
    fields = page.locator("textarea, :is(input[type=text], input[type=search], input:not([type])):not([inert] *)")
    for field in [*fields.all(), *page.locator(".ways :is(textarea, [name=name])").all()]:
        field.evaluate("(field, text) => { field.value = text; }", HEBREW)
        assert direction(field) == "rtl", field.evaluate("(field) => field.outerHTML")


def test_suggested_and_found_words_and_what_was_searched_for_start_at_the_right(page: Page) -> None:
    for example in page.locator(".example").all():
        assert example.evaluate(FROM_THE_RIGHT)
    ask(page, ARABIC)
    page.locator(".found summary").click()
    assert page.locator(".snippet").filter(has_text="المنارة").first.evaluate(FROM_THE_RIGHT)
    page.locator(".how summary").click()
    assert page.locator(".how dd > p").first.evaluate(FROM_THE_RIGHT)
    ask(page, "האם כספית רותחת?")
    searched = page.locator(".searched bdi")
    expect(searched).to_contain_text("האם כספית רותחת?")
    assert direction(searched) == "rtl"


def test_words_found_in_a_conversation_start_at_the_right_and_its_name_keeps_to_itself(page: Page) -> None:
    ask(page, ARABIC)
    panel(page, "shelf")
    page.locator("#seek").fill("عام")
    assert page.locator(".found-words").evaluate(FROM_THE_RIGHT)
    deleted(page)
    name = page.locator(".undo bdi")
    expect(name).to_have_text(ARABIC)
    assert direction(name) == "rtl"


def test_names_of_documents_that_were_added_stand_in_the_order_in_which_they_are_told(page: Page) -> None:
    names = ("אור", "גל")
    files = [FilePayload(name=f"{name}.txt", mimeType="text/plain", buffer=name.encode()) for name in names]
    page.locator("input[type=file]").set_input_files(files)
    told = page.locator("#notice .note p")
    expect(told).to_have_text("Added 2 documents: אור, גל")
    first, second = (told.evaluate(LEFT_OF, name) for name in names)
    assert first < second


def test_a_quote_from_a_document_that_is_gone_starts_at_the_right(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    session, kept = Session(Opening.of(Scripted(store_of_all(tmp_path / "all")))), Conversations.in_memory()
    session.ask(ARABIC)
    deque(session.answer(), maxlen=0)
    kept.save(None, [asked_of(exchange) for exchange in session.exchanges])
    with served(Scripted(small_store(tmp_path / "other")), conversations=kept) as address:
        opened(tab, address)
        panel(tab, "shelf")
        tab.locator(".kept-open").click()
        tab.locator(".citation").first.click()
        quote = tab.locator(".gone blockquote")
        expect(quote).to_have_text(BUILT_IN_ARABIC)
        assert quote.evaluate(FROM_THE_RIGHT)
        tab.goto("about:blank")
