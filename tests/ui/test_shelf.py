"""Conversations in a real browser: kept, found, renamed, deleted, brought back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from qa.conversations import Conversations
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import Scripted, small_store
from tests.ui.test_desk import FullDisk
from tests.ui.test_page import ask, cited, nothing_until_stopped

pytestmark = pytest.mark.browser


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def answerer(tmp_path: Path) -> Scripted:
    return Scripted(small_store(tmp_path / "store"))


@pytest.fixture
def address(answerer: Scripted, file: Path) -> Iterator[str]:
    with served(answerer, conversations=Conversations.open(file)) as url:
        yield url


def show(page: Page) -> None:
    """Open the list of conversations."""
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator("#seek")).to_be_focused()


def names(page: Page) -> list[str]:
    return page.locator(".kept-name").all_inner_texts()


def test_a_conversation_survives_loading_the_page_again(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    ask(page, "Who lives there?")
    page.reload()
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?", "Who lives there?"])
    expect(page.locator(".topic-name")).to_have_text("When was the lighthouse built?")
    page.locator(".citation").first.click()
    expect(cited(page)).to_have_text("The lighthouse of Norderhaven was built in 1887 from red granite.")


def test_a_question_asked_after_an_edit_was_emptied_and_the_page_loaded_again_replaces_none(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    ask(page, "Who lives there?")
    page.locator("[data-event=revise]").first.click()
    expect(page.locator("#question textarea")).to_have_value("When was the lighthouse built?")
    page.locator("#question textarea").fill("")
    page.reload()
    expect(page.locator(".question")).to_have_count(2)
    ask(page, "Which mercury boils?")
    expect(page.locator(".question")).to_have_text(
        ["When was the lighthouse built?", "Who lives there?", "Which mercury boils?"]
    )


def test_the_reason_typed_for_one_conversation_is_not_shown_in_another(page: Page) -> None:
    for question in ("When was the lighthouse built?", "Who lives there?"):
        ask(page, question)
        page.locator("[data-event=judge]").first.click()
        expect(page.locator("input.reason")).to_be_visible()
        if question.startswith("When"):
            page.locator("input.reason").fill("the year is right")
            page.locator("input.reason").press("Enter")
            page.locator("#clear").click()
            expect(page.locator(".question")).to_have_count(0)
    show(page)
    page.get_by_role("button", name="When was the lighthouse built? 1 question").click()
    expect(page.locator(".question")).to_have_text("When was the lighthouse built?")
    page.locator("input.reason").fill("changed, not saved")
    show(page)
    page.get_by_role("button", name="Who lives there? 1 question").click()
    expect(page.locator(".question")).to_have_text("Who lives there?")
    expect(page.locator("input.reason")).to_have_value("")


def test_that_nothing_was_judged_yet_is_told_where_the_button_is(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    show(page)
    page.get_by_role("button", name="Download judged questions").click()
    expect(page.locator("#shelf [role=alert]")).to_have_text("No answer has been judged yet.")
    expect(page.locator(".kept-name")).to_have_count(1)


def test_escape_leaves_the_naming_of_a_conversation_and_not_the_list(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    show(page)
    page.get_by_role("button", name="Rename “When was the lighthouse built?”").press("Enter")
    expect(page.locator(".new-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".new-name")).to_have_count(0)
    expect(page.locator("#seek")).to_be_visible()


def test_a_conversation_survives_a_restart_of_the_program(
    context: BrowserContext, answerer: Scripted, file: Path
) -> None:
    page = context.new_page()
    with served(answerer, conversations=Conversations.open(file)) as address:
        opened(page, address)
        ask(page, "When was the lighthouse built?")
    port = urlparse(address).port
    assert port is not None
    with served(answerer, conversations=Conversations.open(file), port=port) as address:
        page.goto(address)
        expect(page.locator(".question")).to_have_text(["When was the lighthouse built?"])
        ask(page, "Who lives there?")
        show(page)
        assert names(page) == ["When was the lighthouse built?"]
        page.close()


def test_a_new_tab_begins_anew_and_can_open_what_was_kept(page: Page, context: BrowserContext, address: str) -> None:
    ask(page, "When was the lighthouse built?")
    other = context.new_page()
    opened(other, address)
    show(other)
    other.get_by_role("button", name="When was the lighthouse built? 1 question").click()
    expect(other.locator(".question")).to_have_text(["When was the lighthouse built?"])
    expect(other.locator("#question textarea")).to_be_focused()
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?"])


def test_where_two_tabs_go_on_in_one_conversation_the_second_has_one_of_its_own(
    page: Page, context: BrowserContext, address: str
) -> None:
    ask(page, "When was the lighthouse built?")
    other = context.new_page()
    opened(other, address)
    show(other)
    other.locator(".kept-open").first.click()
    ask(other, "Who lives there?")
    ask(page, "Tell me a mixed story")
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?", "Tell me a mixed story"])
    expect(other.locator(".question")).to_have_text(["When was the lighthouse built?", "Who lives there?"])
    show(page)
    expect(page.locator(".kept-open")).to_have_count(2)
    page.locator("#seek").fill("lives there")
    expect(page.locator(".kept-open")).to_have_count(1)
    page.locator("#seek").fill("mixed story")
    expect(page.locator(".kept-open")).to_have_count(1)


def test_a_copy_of_a_tab_takes_nothing_from_it(page: Page, context: BrowserContext) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator("#question textarea").fill("Who lives")
    with context.expect_page() as opening:
        page.evaluate("void window.open(location.href)")  # a browser copies what the tab has stored
    copy = opening.value
    copy.locator(".opening").wait_for()
    assert copy.evaluate("sessionStorage.getItem('article-qa')") is not None
    ask(copy, "Tell me a mixed story")
    expect(copy.locator(".question")).to_have_text(["Tell me a mixed story"])
    expect(page.locator("#question textarea")).to_have_value("Who lives")
    page.locator("#question textarea").fill("Who lives there?")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?", "Who lives there?"])


def test_a_conversation_is_found_by_words_of_an_answer(page: Page) -> None:
    ask(page, "Tell me a mixed story")
    page.locator("#clear").click()
    expect(page.locator(".opening")).to_be_visible()
    ask(page, "Who lives there?")
    show(page)
    expect(page.locator(".kept-name")).to_have_text(["Who lives there?", "Tell me a mixed story"])
    page.keyboard.type("silver watch")
    expect(page.locator(".kept-name")).to_have_text(["Tell me a mixed story"])
    expect(page.locator(".found-words")).to_contain_text("The town gave Anna Lund a silver watch")
    page.locator("#seek").fill("no such word")
    expect(page.locator(".none")).to_have_text("No conversation has all of these words.")


def test_a_conversation_is_renamed_from_the_keyboard(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    show(page)
    page.get_by_role("button", name="Rename “When was the lighthouse built?”").press("Enter")
    expect(page.get_by_label("New name")).to_be_focused()
    page.keyboard.type("Towers & <b>lamps</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".kept-name")).to_have_text(["Towers & <b>lamps</b>"])
    page.keyboard.press("Escape")
    expect(page.locator("#shelf")).to_be_hidden()
    expect(page.get_by_role("button", name="Conversations")).to_be_focused()
    expect(page.locator(".topic-name")).to_have_text("Towers & <b>lamps</b>")


def test_a_deleted_conversation_comes_back(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    show(page)
    page.get_by_role("button", name="Delete “When was the lighthouse built?”").click()
    expect(page.locator(".undo")).to_contain_text("“When was the lighthouse built?” was deleted.")
    expect(page.locator(".kept-name")).to_have_count(0)
    expect(page.locator(".opening")).to_be_attached()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".kept-name")).to_have_text(["When was the lighthouse built?"])
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?"])


def test_while_the_list_is_open_the_rest_cannot_be_reached(page: Page) -> None:
    show(page)
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#shelf')")
    page.mouse.click(1200, 500)  # beside the list
    expect(page.locator("#shelf")).to_be_hidden()


def test_a_file_that_cannot_be_read_is_told_and_the_page_works(context: BrowserContext, answerer: Scripted) -> None:
    with served(answerer, trouble="the file is damaged") as address:
        page = context.new_page()
        opened(page, address)
        expect(page.locator("#notice [role=alert]")).to_contain_text("Conversations are not kept: the file is damaged")
        looked_at(page)
        ask(page, "When was the lighthouse built?")
        show(page)
        expect(page.locator(".kept-name")).to_have_text(["When was the lighthouse built?"])
        expect(page.locator(".where-kept")).to_contain_text("Kept until this tab is closed")
        page.close()


def test_where_nothing_is_kept_nobody_sees_the_conversations_of_others(
    context: BrowserContext, answerer: Scripted
) -> None:
    with served(answerer) as address:
        page, other = context.new_page(), context.new_page()
        for tab in (page, other):
            opened(tab, address)
        ask(page, "When was the lighthouse built?")
        show(other)
        assert names(other) == []
        page.reload()
        expect(page.locator(".question")).to_have_text(["When was the lighthouse built?"])
        for tab in (page, other):
            tab.close()


@pytest.mark.parametrize("width", [320, 390])
def test_the_list_fits_a_narrow_page(context: BrowserContext, address: str, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 700})
    opened(page, address)
    ask(page, f"Who lives there, {'Donaudampfschifffahrt' * 6}?")
    show(page)
    page.get_by_role("button", name="Rename “").click()
    expect(page.get_by_label("New name")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('#shelf .panel-sheet').scrollWidth") <= width


def test_a_conversation_that_cannot_be_kept_can_be_exported(answerer: Scripted, context: BrowserContext) -> None:
    with served(answerer, conversations=FullDisk.in_memory()) as address:
        page = context.new_page()
        opened(page, address)
        expect(page.locator("#topic summary")).to_have_count(0)
        ask(page, "When was the lighthouse built?")
        expect(page.locator("#notice [role=alert]")).to_contain_text("Conversations are not kept")
        page.locator("#topic summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Markdown").click()
        assert "It was built in 1887 from red granite." in download.value.path().read_text(encoding="utf-8")


def test_what_was_opened_in_one_conversation_is_closed_in_another(page: Page) -> None:
    ask(page, "Who lives there?")
    page.locator("#clear").click()
    ask(page, "When was the lighthouse built?")
    page.locator(".how summary").click()
    expect(page.locator(".how")).to_have_attribute("open", "")
    show(page)
    page.locator(".kept-open").filter(has_text="Who lives there?").click()
    expect(page.locator(".question")).to_have_text(["Who lives there?"])
    expect(page.locator(".how")).not_to_have_attribute("open", "")


def test_what_is_typed_stays_when_another_conversation_is_opened_or_begun(page: Page) -> None:
    box = page.locator("#question textarea")
    ask(page, "When was the lighthouse built?")
    box.fill("A draft")
    page.locator("#clear").click()
    expect(page.locator(".opening")).to_be_visible()
    expect(box).to_have_value("A draft")
    show(page)
    page.locator(".kept-open").click()
    expect(page.locator(".question")).to_have_count(1)
    expect(box).to_have_value("A draft")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit this question").click()
    expect(box).to_have_value("When was the lighthouse built?")
    page.locator("#clear").click()
    expect(page.locator(".opening")).to_be_visible()
    expect(box).to_have_value("A draft")


def test_a_double_click_deletes_one_conversation_and_the_focus_goes_to_what_brings_it_back(page: Page) -> None:
    for question in ("When was the lighthouse built?", "Who lives there?", "What is the trap?"):
        ask(page, question)
        page.locator("#clear").click()
        expect(page.locator(".question")).to_have_count(0)
    show(page)
    page.get_by_role("button", name="Delete “What is the trap?”").dblclick()
    undo = page.locator("#shelf .undo button")
    expect(undo).to_be_focused()
    assert names(page) == ["Who lives there?", "When was the lighthouse built?"]
    undo.click()
    expect(page.locator(".kept-name")).to_have_count(3)


def test_what_an_edited_question_was_to_replace_is_there_again_where_the_page_is_left_before_the_first_word(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(page, "When was the lighthouse built?")
    ask(page, "Who lives there?")
    monkeypatch.setattr(Scripted, "_events", nothing_until_stopped)
    page.locator("[data-event=revise]").first.click()
    expect(page.locator("#question textarea")).to_have_value("When was the lighthouse built?")
    page.locator("#question textarea").fill("Which mercury boils?")
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    page.route(page.url, late)
    page.reload()
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?", "Who lives there?"])
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator("#question textarea")).to_have_value("Which mercury boils?")


def late(route: Route) -> None:
    """Have the old page stand for a while yet, and its connection end meanwhile."""
    time.sleep(1.5)
    route.continue_()


def test_what_is_typed_and_an_edit_are_there_after_the_page_was_loaded_again(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    field = page.locator("#question textarea")
    field.fill("Who lives")
    page.reload()
    expect(page.locator(".question")).to_have_count(1)
    expect(field).to_have_value("Who lives")
    page.locator("[data-event=revise]").click()
    expect(field).to_have_value("When was the lighthouse built?")
    field.fill("Who lives there?")
    page.reload()
    expect(page.locator(".question")).to_have_count(1)
    expect(field).to_have_value("Who lives there?")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text(["Who lives there?"])
    expect(page.locator(".answer").first).to_contain_text("lives")
    field.fill("")
    page.reload()
    expect(page.locator(".answer").first).to_contain_text("lives")
    expect(field).to_have_value("")
