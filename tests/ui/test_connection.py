"""The page while the program cannot be reached, and when it can again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect

from qa.conversations import Conversations
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import Scripted
from tests.ui.test_evaluating import evaluated
from tests.ui.test_page import IN_SIGHT, ask, cited, idle
from tests.ui.views import closed, panel
from tests.ui.wire import Wire

pytestmark = pytest.mark.browser


@pytest.fixture
def wire(address: str) -> Iterator[Wire]:
    wire = Wire(address)
    yield wire
    wire.cut()


def is_the_same(page: Page) -> bool:
    """Return whether the page has not been loaded anew since it was marked."""
    same: bool = page.evaluate("window.marked === true")
    return same


def test_cut_off_in_mid_answer_all_stays_and_it_goes_on_by_itself(tab: Page, wire: Wire, answerer: Scripted) -> None:
    opened(tab, wire.url)
    tab.evaluate("window.marked = true")
    n_asked = len(answerer.asked)
    ask(tab, "When was the lighthouse built?")
    tab.locator("#question textarea").fill("Tell me the long way up")
    tab.keyboard.press("Enter")
    expect(tab.locator(".answer").last).to_contain_text("Step 2 of")
    tab.locator("#question textarea").fill("Typed while it was written")
    wire.cut()
    lost = tab.locator("#pulse .lost")
    expect(lost).to_be_visible()
    expect(lost).to_contain_text("The connection to the program is lost.")
    expect(tab.locator(".answer").last).to_contain_text("Step 1 of the long way up is told here.")
    expect(tab.locator(".answer").first).to_contain_text("It was built in 1887")
    looked_at(tab)
    tab.locator("#question textarea").press("Enter")  # comes to nothing, and loses nothing
    expect(tab.locator("#question textarea")).to_have_value("Typed while it was written")

    wire.mend()
    expect(lost).to_be_hidden()
    expect(tab.locator(".trouble")).to_contain_text("The connection was lost, and the answer ends here")
    expect(tab.locator(".answer").last).to_contain_text("Step 1 of the long way up is told here.")
    expect(tab.locator("#question textarea")).to_have_value("Typed while it was written")
    idle(tab)
    looked_at(tab)
    tab.get_by_role("button", name="Answer this question again").click()
    expect(tab.locator(".trouble")).to_have_count(0)  # the answer that has it is replaced
    expect(tab.locator(".answer").last).to_contain_text("Step 2 of")
    tab.locator("#stop").click()
    idle(tab)
    expect(tab.locator(".question")).to_have_text(["When was the lighthouse built?", "Tell me the long way up"])
    assert len(answerer.asked) - n_asked == 3
    ask(tab, "Who lives there?")
    expect(tab.locator(".question")).to_have_count(3)
    assert is_the_same(tab)
    expect(tab.locator(".toast-body")).to_have_count(0)


def test_cut_off_while_nothing_happens_it_says_so_and_goes_on(tab: Page, wire: Wire) -> None:
    opened(tab, wire.url)
    tab.evaluate("window.marked = true")
    tab.locator("#question textarea").fill("When was the lighthouse built?")
    wire.cut()
    expect(tab.locator("#pulse .lost")).to_be_visible()
    tab.locator("#ask").click()
    wire.mend()
    expect(tab.locator("#pulse .lost")).to_be_hidden()
    expect(tab.locator("#question textarea")).to_have_value("When was the lighthouse built?")
    tab.locator("#ask").click()
    expect(tab.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
    idle(tab)
    expect(tab.locator(".exchange")).to_have_count(1)
    assert is_the_same(tab)


def test_a_program_that_says_nothing_any_more_counts_as_lost_and_nothing_is_done_twice(
    tab: Page, wire: Wire, answerer: Scripted
) -> None:
    opened(tab, wire.url)
    tab.evaluate("window.marked = true")
    n_asked = len(answerer.asked)
    tab.locator("#question textarea").fill("When was the lighthouse built?")
    wire.silence()
    tab.locator("#ask").click()
    lost = tab.locator("#pulse .lost")
    expect(lost).to_be_visible(timeout=60_000)  # it is given time to answer
    expect(tab.locator("#question textarea")).to_have_value("When was the lighthouse built?")
    wire.cut()
    wire.mend()
    expect(lost).to_be_hidden()
    ask(tab, "When was the lighthouse built?")
    expect(tab.locator(".exchange")).to_have_count(1)
    assert len(answerer.asked) - n_asked == 1
    assert is_the_same(tab)


@pytest.mark.parametrize("kept", [True, False])
def test_the_program_started_anew_finds_the_conversation_or_says_that_it_has_not(
    context: BrowserContext, answerer: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> None:
    page = context.new_page()

    def conversations() -> Conversations | None:
        monkeypatch.setattr("gradio.context.Context.id", 0)  # as in a process of its own
        return Conversations.open(tmp_path / "kept.sqlite") if kept else None

    with served(answerer, conversations=conversations()) as first:
        opened(page, first)
        page.evaluate("window.marked = true")
        ask(page, "When was the lighthouse built?")
        view_before = page.locator("#evidence .source").get_attribute("data-view")
        page.locator("#question textarea").fill("Typed before the end")
    expect(page.locator("#pulse .lost")).to_be_visible()
    with served(answerer, conversations=conversations(), port=port_of(first)):
        expect(page.locator("#pulse .lost")).to_be_hidden()
        expect(page.locator("#question textarea")).to_have_value("Typed before the end")
        if kept:
            expect(page.locator(".question")).to_have_text("When was the lighthouse built?")
        else:
            expect(page.locator("#notice")).to_contain_text("has not kept the conversation")
            looked_at(page)
        ask(page, "Who lives there?")
        expect(page.locator("#evidence .source")).to_have_attribute("data-view", view_before or "")
        assert cited(page).evaluate(IN_SIGHT)  # though it is numbered like what was seen before the end
        expect(page.locator(".question")).to_have_count(2 if kept else 1)
        assert is_the_same(page)
        page.goto("about:blank")


def test_the_program_started_anew_finds_what_was_set_and_says_which_documents_are_gone(
    browser: Browser, answerer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    monkeypatch.setattr("gradio.context.Context.id", 0)
    with served(answerer) as first:
        opened(page, first)
        page.evaluate("window.marked = true")
        panel(page, "settings")
        page.locator("#set-n_passages").fill("2")
        page.keyboard.press("Enter")
        closed(page)
        page.locator("#documents summary").click()
        page.locator("input[type=file]").set_input_files(
            {"name": "b.txt", "mimeType": "text/plain", "buffer": b"1, 2."}
        )
        expect(page.locator("#documents .tag")).to_be_visible()
    expect(page.locator("#pulse .lost")).to_be_visible()
    monkeypatch.setattr("gradio.context.Context.id", 0)  # as in a process of its own
    with served(answerer, port=port_of(first)):
        expect(page.locator("#pulse .lost")).to_be_hidden()
        expect(page.locator("#notice [role=alert]")).to_contain_text("你添加的文档已不在")
        expect(page.locator("#ask")).to_have_text("提问")
        expect(page.locator("#documents summary")).to_contain_text("2 个文档")
        expect(page.locator(".opening h2")).to_have_text("你想知道什么？")
        panel(page, "settings")
        expect(page.locator("#set-n_passages")).to_have_value("2")
        assert is_the_same(page)
        page.goto("about:blank")
    context.close()


def test_what_is_set_in_one_tab_does_not_undo_what_is_set_in_another(context: BrowserContext, address: str) -> None:
    pages = [context.new_page() for _ in range(2)]
    for page in pages:
        opened(page, address)
    panel(pages[0], "settings")
    pages[0].locator("#set-n_passages").fill("3")
    pages[0].keyboard.press("Enter")
    pages[0].wait_for_function("localStorage.getItem('article-qa-settings')?.includes('n_passages')")
    pages[1].get_by_text("Strict", exact=True).click()
    pages[1].wait_for_function("localStorage.getItem('article-qa-settings').includes('strictness')")
    pages[1].reload()
    pages[1].locator(".opening").wait_for()
    panel(pages[1], "settings")
    expect(pages[1].locator("#set-n_passages")).to_have_value("3")
    pages[1].locator("[data-event=reset]").click()
    expect(pages[1].locator("#set-n_passages")).to_have_value("5")
    pages[1].wait_for_function("!localStorage.getItem('article-qa-settings').includes('n_passages')")


def test_a_newer_page_is_loaded_with_what_was_typed(tab: Page, answerer: Scripted, tmp_path: Path) -> None:
    def conversations() -> Conversations:
        return Conversations.open(tmp_path / "kept.sqlite")

    with served(answerer, conversations=conversations()) as first:
        opened(tab, first)
        tab.evaluate("window.marked = true")
        ask(tab, "When was the lighthouse built?")
        tab.locator("#question textarea").fill("Typed before the end")
    expect(tab.locator("#pulse .lost")).to_be_visible()
    with served(answerer, conversations=conversations(), port=port_of(first)):
        tab.wait_for_function("!window.marked")  # it was loaded anew
        expect(tab.locator("#question textarea")).to_have_value("Typed before the end")
        expect(tab.locator(".question")).to_have_text("When was the lighthouse built?")
        tab.goto("about:blank")


def port_of(address: str) -> int:
    return urlparse(address).port or 0


SEEING_THE_OPENING = """() => {
  const conversation = document.querySelector("#conversation");
  const look = () => { window.openingSeen ||= conversation.querySelector(".opening") !== null; };
  new MutationObserver(look).observe(conversation, { childList: true, subtree: true });
}"""


def test_a_question_asked_while_the_page_opens_is_not_hidden_by_what_opens_it(
    context: BrowserContext, answerer: Scripted
) -> None:
    """What the page asks for as it opens is answered after the question: the older state of the two comes last."""
    page, held = context.new_page(), list[tuple[Route, APIResponse]]()

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/gradio_api/run/**", hold_the_first)
    with served(answerer, answers_at_once=1) as address:
        other = context.new_page()
        opened(other, address)
        other.locator("#question textarea").fill("Tell me the long way up")
        other.keyboard.press("Enter")
        expect(other.locator(".answer")).to_be_visible()
        opened(page, address)
        page.locator("#question textarea").fill("Tell me the long way up")
        page.keyboard.press("Enter")
        expect(page.locator(".waiting")).to_be_visible()
        page.evaluate(SEEING_THE_OPENING)
        (route, response), *_ = held
        route.fulfill(response=response)
        page.wait_for_function("window.openingSeen")
        expect(page.locator(".waiting")).to_be_visible()
        for either in (page, other):
            either.locator("#stop").click()
            expect(either.locator("#ask")).to_be_visible()


def test_what_opens_a_page_again_and_comes_in_mid_answer_leaves_the_answer_and_its_button(
    context: BrowserContext, answerer: Scripted
) -> None:
    """The next piece of the answer shows it again before the page has asked how things are: the button alone is old."""
    page, held, pulses = context.new_page(), list[tuple[Route, APIResponse]](), list[Route]()
    holds_pulses = True

    def hold(route: Route) -> None:
        said = route.request.post_data or ""
        if not held and '"typed"' in said:
            held.append((route, route.fetch()))
        elif holds_pulses and '"turns"' in said:
            pulses.append(route)
        else:
            route.continue_()

    with served(answerer) as address:
        opened(page, address)
        page.route("**/gradio_api/run/**", hold)
        page.reload()
        page.locator(".opening").wait_for()
        page.locator("#question textarea").fill("Tell me the long way up")
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_contain_text("Step 2 of")
        expect(page.locator("#stop")).to_be_visible()
        (route, response), *_ = held
        route.fulfill(response=response)
        expect(page.locator("#stop")).to_be_hidden()
        expect(page.locator(".answer")).to_contain_text("Step 3 of")
        expect(page.locator("#stop")).to_be_hidden()
        holds_pulses = False
        for waiting in pulses:
            waiting.continue_()
        expect(page.locator("#stop")).to_be_visible()
        page.locator("#stop").click()
        expect(page.locator(".stopped")).to_be_visible()


def test_started_anew_before_the_first_answer_the_question_returns_and_an_edit_is_said_to_be_left(
    context: BrowserContext, answerer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = context.new_page()
    monkeypatch.setattr("gradio.context.Context.id", 0)
    with served(answerer) as first:
        opened(page, first)
        page.locator("#question textarea").fill("Tell me the long way up")
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_contain_text("Step 1 of")
    expect(page.locator("#pulse .lost")).to_be_visible()
    monkeypatch.setattr("gradio.context.Context.id", 0)
    with served(answerer, port=port_of(first)):
        expect(page.locator("#pulse .lost")).to_be_hidden()
        expect(page.locator("#notice")).to_contain_text("has not kept the conversation")
        expect(page.locator("#question textarea")).to_have_value("Tell me the long way up")
        page.locator("#question textarea").fill("")
        ask(page, "When was the lighthouse built?")
        page.locator("[data-event=revise]").click()
        expect(page.locator("#keep")).to_be_visible()
    expect(page.locator("#pulse .lost")).to_be_visible()
    monkeypatch.setattr("gradio.context.Context.id", 0)
    with served(answerer, port=port_of(first)):
        expect(page.locator("#pulse .lost")).to_be_hidden()
        expect(page.locator("#keep")).to_be_hidden()
        expect(page.locator("#notice")).not_to_contain_text("will be replaced")
        page.goto("about:blank")


def test_where_one_evaluates_a_lost_connection_is_said_too_and_what_is_gone_then(
    context: BrowserContext, answerer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = context.new_page()
    monkeypatch.setattr("gradio.context.Context.id", 0)
    with served(answerer) as first:
        opened(page, first)
        evaluated(page)
    expect(page.locator(".evaluate > .lost")).to_be_visible()
    monkeypatch.setattr("gradio.context.Context.id", 0)
    with served(answerer, port=port_of(first)):
        expect(page.locator(".evaluate > .lost")).to_be_hidden()
        expect(page.locator(".evaluate-trouble [role=alert]")).to_contain_text("the result that stood here is gone")
        expect(page.locator("#result-title")).to_have_count(0)
        looked_at(page)
        page.goto("about:blank")
