"""Exporting, copying and judging in a real browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from qa.conversations import Conversations
from qa.opening import Opening
from qa.types import Event, Searched
from qa.ui.answer_tools import reason_html, tools_html
from qa.ui.session import Exchange, Session
from qa.ui.texts import ENGLISH, Texts
from qa.verify import verify_answer
from tests.ui.conftest import opened, served
from tests.ui.scripted import Scripted, small_store
from tests.ui.test_page import ask
from tests.ui.test_session import answer
from tests.ui.views import closed, panel

READ_OUT = """(words) => [...document.querySelectorAll("[role=alert], [role=status]")]
  .filter((part) => part.textContent.includes(words) && !part.closest("[inert]") && part.checkVisibility()).length"""
"""How many parts whose words are read out, as they can be reached, have these."""


@pytest.fixture
def answerer(tmp_path: Path) -> Scripted:
    return Scripted(small_store(tmp_path / "store"))


@pytest.fixture
def address(answerer: Scripted, tmp_path: Path) -> Iterator[str]:
    with served(answerer, conversations=Conversations.open(tmp_path / "c.sqlite")) as url:
        yield url


def test_an_answer_has_its_tools_once_it_is_there(answerer: Scripted) -> None:
    session = Session(Opening.of(answerer))
    exchange = session.ask("When was it built?")
    assert tools_html(exchange, 0, ENGLISH) == ""
    for _ in session.answer():
        pass
    html = tools_html(exchange, 0, ENGLISH)
    assert 'data-copy="It was built in 1887 from red granite. Its light is seen for 23 nautical miles."' in html
    assert html.count("data-copy=") == html.count('aria-pressed="false"') == 2
    assert reason_html(exchange, 0, ENGLISH) == ""
    exchange.verdict, exchange.reason = "down", '"><b>'
    assert 'value="&quot;&gt;&lt;b&gt;"' in reason_html(exchange, 0, ENGLISH)
    assert 'aria-pressed="true" aria-label="Bad answer"' in tools_html(exchange, 0, ENGLISH)


def test_an_answer_that_broke_off_can_be_copied_without_sources(answerer: Scripted) -> None:
    session = Session(Opening.of(answerer))
    answer(session, "half of it")
    (exchange,) = session.exchanges
    assert tools_html(exchange, 0, ENGLISH).count("data-copy=") == 1
    assert tools_html(Exchange("Q?", {}, done=True), 0, ENGLISH) == ""


def test_a_refusal_is_copied_in_the_language_of_the_page(answerer: Scripted) -> None:
    session = Session(Opening.of(answerer))
    answer(session, "Which mercury boils?")
    html = tools_html(session.exchanges[0], 0, Texts("zh"))
    assert html.count('data-copy="文档中没有这个问题的答案。') == 2


@pytest.mark.browser
@pytest.mark.parametrize("elsewhere", ["", "settings", "shelf", "shortcuts", "evaluate"])
def test_that_an_answer_broke_off_is_read_out_once_wherever_one_is(
    page: Page, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, may_go_on = Scripted._events, threading.Event()

    def held(self: Scripted, question: str, searched: Searched, stop: threading.Event) -> Iterator[Event]:
        may_go_on.wait()
        yield from events(self, question, searched, stop)

    monkeypatch.setattr(Scripted, "_events", held)
    page.locator("#question textarea").fill("half of it")
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    try:
        if elsewhere == "evaluate":
            page.get_by_role("link", name="Evaluate").click()
            expect(page.locator("#evaluation h2")).to_be_visible()
        elif elsewhere:
            panel(page, elsewhere)
    finally:
        may_go_on.set()
    expect(page.locator("#notice .alert")).to_have_text("! The engine went away; start it again")
    assert page.evaluate(READ_OUT, "engine went away") == 1
    if elsewhere == "evaluate":
        page.get_by_role("link", name="Chat").click()
    elif elsewhere:
        closed(page)
    expect(page.locator("#notice .alert")).to_be_visible()
    assert page.evaluate(READ_OUT, "engine went away") == 1


@pytest.mark.browser
def test_a_conversation_is_taken_away_as_files(page: Page, context: BrowserContext, answerer: Scripted) -> None:
    ask(page, "When was the lighthouse built?")
    ask(page, "What is the trap?")
    files: dict[str, str] = {}
    for name in ("Markdown", "Web page, quotes marked", "JSON, for article-qa verify"):
        page.locator(".menu summary").press("Enter")
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        files[download.value.suggested_filename] = Path(download.value.path()).read_text(encoding="utf-8")
    assert list(files) == [f"when-was-the-lighthouse-built.{ending}" for ending in ("md", "html", "json")]
    markdown, html, said = files.values()
    assert "> The lighthouse of Norderhaven was built in 1887 from red granite." in markdown
    findings = verify_answer(json.loads(said), answerer.store.documents.values())
    assert [finding.verdict for finding in findings] == ["stands"] * 3
    other = context.new_page()
    other.set_content(html)
    expect(other.locator("mark")).to_have_count(3)
    assert other.evaluate("window.trapped") is None
    other.close()


@pytest.mark.browser
def test_an_answer_is_copied_and_judged_and_the_judgement_kept(context: BrowserContext, address: str) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    opened(page, address)
    ask(page, "Who lives there?")
    page.get_by_role("button", name="Copy with sources").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("The keeper lives on the island. [1][2]\n\n[1] lighthouse.txt, page 2, characters ")
    page.get_by_role("button", name="Bad answer").press("Enter")
    expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("What is wrong with it? (optional)").fill("Nobody lives there")
    page.keyboard.press("Enter")
    expect(page.locator(".why [role=status]")).to_have_text("Saved")
    page.reload()
    expect(page.locator(".reason")).to_have_value("Nobody lives there")
    page.get_by_role("button", name="Conversations").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download judged questions").click()
    row = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert (row["question"], row["judged"], row["reason"]) == ("Who lives there?", "down", "Nobody lives there")


@pytest.mark.browser
def test_where_a_page_may_not_reach_the_clipboard_a_copy_is_made_all_the_same_and_the_focus_stays(
    context: BrowserContext, address: str
) -> None:
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")  # as over plain http
    opened(page, address)
    ask(page, "Who lives there?")
    copy = page.locator("[data-copy]").first
    copy.press("Enter")
    expect(copy).to_have_text("Copied")
    expect(copy).to_be_focused()
    page.locator("#question textarea").press("ControlOrMeta+v")
    expect(page.locator("#question textarea")).to_have_value("The keeper lives on the island.")


@pytest.mark.browser
def test_a_reason_stays_where_the_thumb_is_changed_and_goes_with_it(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator(".thumb.down").click()
    page.locator("input.reason").fill("the year is wrong")
    page.locator("input.reason").press("Enter")
    page.locator(".thumb.up").click()
    expect(page.locator(".thumb.up")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("input.reason")).to_have_value("the year is wrong")
    page.locator(".thumb.up").click()
    expect(page.locator("input.reason")).to_have_count(0)


@pytest.mark.browser
def test_where_no_answer_has_come_to_its_end_there_is_nothing_to_verify_and_that_is_said(page: Page) -> None:
    ask(page, "half of it")
    page.locator(".menu summary").press("Enter")
    page.get_by_role("button", name="JSON, for article-qa verify").click()
    expect(page.locator("#notice .note")).to_contain_text("nothing that could be verified")
