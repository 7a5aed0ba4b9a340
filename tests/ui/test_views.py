"""Every state of the page, light and dark, wide and narrow: no rule of axe-core broken, nothing cut off."""

from __future__ import annotations

import errno
import os
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from embeddings.empty import empty_store
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from embeddings.write import writing
from qa.conversations import Conversations
from qa.opening import Opening
from qa.settings import Settings
from qa.ui.reopened import asked_of
from qa.ui.session import Session
from qa.ui.sessions import Sessions
from tests.fake_encoder import HashingEncoder
from tests.qa.test_opening import Slow
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import BUILT_IN_ARABIC, Scripted, small_store
from tests.ui.test_page import ask, cited, idle
from tests.ui.views import (
    MAIN,
    N_MANY,
    PUT_AWAY,
    VIEWS,
    an_answer,
    arabic,
    closed,
    exported,
    many_documents,
    panel,
    refusal,
    store_of_all,
    store_of_many,
    waiting,
)
from tests.ui.wire import Wire

pytestmark = pytest.mark.browser

READ = """() => {
  const of_others = `script, style, pre, kbd, bdi, b, h1, blockquote, #set-language option, .answer, .question, .snippet,
    .source-text, .examples, .found-words, #announced`; // the last says the answer to those who listen
  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    const drawn = parent.closest("select") ?? parent; // of a select that is closed no option is drawn
    if (!drawn.checkVisibility() || parent.closest(of_others)) continue;
    words.push(walk.currentNode.data);
  }
  for (const one of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
    if (!one.checkVisibility() || one.closest(".examples, .listed, #topic")) continue;
    words.push(...["aria-label", "placeholder", "title"].map((name) => one.getAttribute(name) ?? ""));
  }
  return words.map((text) => text.trim()).filter(Boolean);
}"""
"""What can be read or heard, but for what documents, people and models say."""
MAY_BE_ENGLISH = re.compile(
    r"article-qa serve --model NAME|"
    r"HTML|Word|MB|Markdown|JSON|BM25|UTF-16|PDF|article-qa verify|article-qa|lighthouse|scripted|Esc|The ferry|The pier|Hub|"
    r"notes/<i>traps</i>\.md|"
    r"Tell me a mixed story|Tell me a mixed|Who lives there|[Tt]he engine went away; start it again"
)


NOTE: FilePayload = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"A note."}


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Scripted(store_of_all(tmp_path_factory.mktemp("views")))) as url:
        yield url


@pytest.mark.parametrize("name", VIEWS)
def test_no_rule_is_broken(context: BrowserContext, all_kinds: str, name: str) -> None:
    page = context.new_page()
    opened(page, all_kinds)
    for step in VIEWS[name]:
        step(page)
        if step in PUT_AWAY:
            looked_at(page, step, PUT_AWAY[step])
        elif step is not closed:
            looked_at(page)


def test_no_rule_is_broken_while_a_question_waits(browser: Browser, answerer: Scripted) -> None:
    with served(answerer, answers_at_once=1) as address:
        people = [browser.new_context(reduced_motion="reduce").new_page() for _ in range(2)]
        for page in people:
            opened(page, address)
        people[0].locator("#question textarea").fill("Tell me the long way up")
        people[0].keyboard.press("Enter")
        expect(people[0].locator(".answer")).to_be_visible()
        waiting(people[1])
        looked_at(people[1])
        for page in reversed(people):
            page.locator("#stop").click()
            idle(page)
            page.context.close()


def test_no_rule_is_broken_by_a_list_of_500_documents(
    context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with served(Scripted(store_of_many(tmp_path_factory.mktemp("many")))) as address:
        page = context.new_page()
        opened(page, address)
        many_documents(page)
        expect(page.locator("#documents .listed")).to_have_count(N_MANY)
        looked_at(page)
        page.close()


def test_no_rule_is_broken_by_a_list_that_is_cut_short(
    context: BrowserContext, all_kinds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.ui.library.MOST_ROWS", 5)
    monkeypatch.setattr("qa.ui.library.FIND_FROM", 5)
    page = context.new_page()
    opened(page, all_kinds)
    many_documents(page)
    expect(page.locator("#documents")).to_contain_text("The first 5 of 7 are listed; the field above finds the others.")
    expect(page.locator("#documents .find")).to_be_visible()
    looked_at(page)


def test_no_rule_is_broken_where_a_disk_is_full_and_where_another_program_writes_to_the_store(
    tab: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, told = small_store(tmp_path / "store"), tab.locator("#notice [role=alert]")
    sessions = Sessions(Opening.of(Scripted(store)), keeps_added=True)
    with served(sessions.opening, sessions=sessions) as address:
        opened(tab, address)
        with monkeypatch.context() as full:
            full.setattr("qa.ui.gathering.link_or_copy", no_space)
            tab.locator("input[type=file]").set_input_files(NOTE)
            expect(told).to_contain_text("cannot be written to: No space left on device")
            looked_at(tab)
        monkeypatch.setattr("qa.ui.kept_store.WAIT_S", 0.0)
        with writing(store.folder):
            tab.locator("input[type=file]").set_input_files(NOTE)
            expect(told).to_contain_text("is being written to by another program")
            looked_at(tab)
        tab.goto("about:blank")


def no_space(_source: str, _target: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_exported_page_breaks_no_rule(context: BrowserContext, all_kinds: str, tmp_path: Path) -> None:
    page = context.new_page()
    opened(page, all_kinds)
    for step in (an_answer, refusal, arabic):
        step(page)
    page.goto(exported(page, tmp_path).as_uri())
    expect(page.locator("mark").first).to_be_visible()
    looked_at(page)


@contextmanager
def chinese(browser: Browser, address: str) -> Iterator[Page]:
    """Give the page as a Chinese browser has it."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    opened(page, address)
    expect(page.locator("#ask")).to_have_text("提问")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    yield page
    context.close()


def in_english(page: Page) -> list[str]:
    """Return what the page says in English of its own."""
    return [text for text in page.evaluate(READ) if re.search(r"[A-Za-z]{3,}", MAY_BE_ENGLISH.sub("", text))]


@pytest.mark.parametrize("name", VIEWS)
def test_in_chinese_only_documents_people_and_models_speak_english_and_no_rule_is_broken(
    browser: Browser, all_kinds: str, name: str
) -> None:
    with chinese(browser, all_kinds) as page:
        for step in VIEWS[name]:
            step(page)
            assert in_english(page) == []
            if step in MAIN:
                looked_at(page)


def test_in_chinese_too_while_it_starts_and_where_there_is_no_document(browser: Browser, tmp_path: Path) -> None:
    slow = Slow(Scripted(small_store(tmp_path)))
    opening_slowly = Opening(slow, Settings())
    with served(opening_slowly) as address:
        opening_slowly.begin()
        with chinese(browser, address) as page:
            expect(page.locator(".opening-step")).to_contain_text("正在从 Hub 下载 a")
            page.locator("#documents summary").click()
            assert in_english(page) == []
        slow.may_search.set()
        slow.may_load.set()
    with served(Scripted(empty_store(HashingEncoder())), examples=()) as address, chinese(browser, address) as page:
        expect(page.locator(".opening.empty")).to_be_visible()
        assert in_english(page) == []


def test_in_chinese_too_while_a_question_waits_and_the_connection_is_lost(browser: Browser, answerer: Scripted) -> None:
    with served(answerer, answers_at_once=1) as address:
        wire = Wire(address)
        with chinese(browser, address) as first, chinese(browser, wire.url) as second:
            waiting_for(first, ".answer")
            waiting_for(second, ".waiting")
            assert in_english(second) == []
            wire.cut()
            expect(second.locator("#pulse .lost")).to_be_visible()
            assert in_english(second) == []
            first.locator("#stop").click()
            idle(first)


def waiting_for(page: Page, shown: str) -> None:
    """Ask what takes long, and wait until the page shows something of it."""
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(shown)).to_be_visible()


def test_in_chinese_too_where_a_conversation_is_opened_of_which_a_document_has_gone(
    browser: Browser, tmp_path: Path
) -> None:
    session, kept = Session(Opening.of(Scripted(small_store(tmp_path / "then")))), Conversations.in_memory()
    session.ask("What is the trap?")
    deque(session.answer(), maxlen=0)
    kept.save(None, [asked_of(exchange) for exchange in session.exchanges])
    update_store(tmp_path / "now", [Document.of("The ferry is white.", "ferry.txt", "The ferry")], HashingEncoder())
    with (
        served(Scripted(Store.open(tmp_path / "now")), conversations=kept) as address,
        chinese(browser, address) as page,
    ):
        panel(page, "shelf")
        page.locator(".kept-open").click()
        expect(page.locator(".since")).to_be_visible()
        page.locator(".citation").first.click()
        expect(page.locator(".source")).to_be_visible()
        assert in_english(page) == []


def test_words_in_the_style_sheet_are_in_the_language_of_the_page(page: Page) -> None:
    before = "(selector) => getComputedStyle(document.querySelector(selector), '::before').content"
    ask(page, "When was the lighthouse built?")
    assert page.evaluate(before, "#strictness .wrap") == '"Strictness"'
    panel(page, "settings")
    page.get_by_label("Language").select_option("zh")
    expect(page.locator("#masthead nav[data-language]")).to_contain_text("对话")
    closed(page)
    page.locator(".citation").first.click()
    expect(page.locator("#evidence .place")).to_have_text("1 / 2")
    assert page.evaluate(before, "#strictness .wrap") == '"严格程度"'
    assert page.evaluate(before, "#evidence .page[data-page='2']") == '"第 2 页"'
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_the_focus_is_never_lost_by_keyboard(page: Page) -> None:
    page.keyboard.type("When was the lighthouse built?")
    page.keyboard.press("Enter")
    expect(page.locator(".citation")).to_have_count(2)
    idle(page)
    for name in ("shelf", "settings", "shortcuts"):
        button = page.locator(f"[data-panel-name={name}]")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#{name} [data-first]")).to_be_focused()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
    page.locator("#topic summary").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#topic summary")).to_be_focused()
    page.locator("#documents summary").press("Enter")
    document = page.locator("#documents .document").first
    document.press("Enter")
    expect(page.locator("#evidence .source-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(document).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#documents summary")).to_be_focused()
    expect(page.locator("#documents details")).not_to_have_attribute("open", "")
    page.locator("[data-event=again]").press("Enter")
    idle(page)
    expect(page.locator("#question textarea")).to_be_focused()


def test_after_the_language_was_changed_the_focus_is_where_it_was(page: Page) -> None:
    page.locator("[data-panel-name=settings]").press("Enter")
    language = page.locator("#set-language")
    language.focus()
    language.select_option("zh")
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    expect(language).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-panel-name=settings]")).to_be_focused()


def test_a_menu_stays_inside_a_narrow_page(page: Page) -> None:
    ask(page, "Who lives there?")
    page.set_viewport_size({"width": 320, "height": 568})
    page.locator("#topic summary").click()
    box = page.locator("#topic .menu ul").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


def test_an_answer_from_right_to_left_stands_at_the_right_with_its_mark_at_the_left(
    context: BrowserContext, all_kinds: str
) -> None:
    page = context.new_page()
    opened(page, all_kinds)
    ask(page, "متى بُنيت المنارة؟")
    expect(cited(page)).to_have_text(BUILT_IN_ARABIC)
    page.locator(".citation").hover()
    expect(page.locator("#quote blockquote")).to_have_text(BUILT_IN_ARABIC)
    text, mark = page.locator(".sentence .words").bounding_box(), page.locator(".citation").bounding_box()
    answer, quote = page.locator(".answer").bounding_box(), page.locator("#evidence mark.cited").bounding_box()
    source = page.locator("#evidence .source-text").bounding_box()
    assert text and mark and answer and quote and source
    assert mark["x"] < text["x"]
    assert abs((text["x"] + text["width"]) - (answer["x"] + answer["width"])) < 2
    assert quote["x"] + quote["width"] > source["x"] + source["width"] / 2
    page.close()
