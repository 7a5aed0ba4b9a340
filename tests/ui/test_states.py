"""The page where there is much, or little, or many people wait."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.conversations import Conversations
from qa.opening import Opening
from qa.ui.markup import isolated
from qa.ui.reopened import asked_of
from qa.ui.session import Session
from qa.ui.sessions import Sessions
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import opened, served
from tests.ui.rules import NARROW, WIDE, fits, looked_at, resized, violations
from tests.ui.scripted import N_STEPS, SILVER, WATCH, Scripted, small_store
from tests.ui.test_page import ask, cited, idle

pytestmark = pytest.mark.browser


def test_what_is_found_for_a_question_is_seen_while_it_waits(browser: Browser, answerer: Scripted) -> None:
    with served(answerer, answers_at_once=1) as address:
        first, second = (browser.new_context().new_page() for _ in range(2))
        opened(first, address)
        opened(second, address)
        first.locator("#question textarea").fill("Tell me the long way up")
        first.keyboard.press("Enter")
        expect(first.locator(".answer")).to_be_visible()
        n_sought = len(answerer.sought)
        second.locator("#question textarea").fill("When was the lighthouse built?")
        second.keyboard.press("Enter")
        expect(second.locator(".found[open] summary")).to_have_text("3 passages found")
        expect(second.locator(".waiting")).to_have_text("Waiting its turn")
        second.locator(".passage").first.click()
        expect(second.locator("#evidence mark.found")).to_be_visible()
        assert violations(second) == []
        first.locator("#stop").click()
        expect(second.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
        expect(second.locator("#ask")).to_be_visible()
        assert answerer.sought[n_sought:] == ["When was the lighthouse built?"]
        for page in (first, second):
            page.context.close()


def test_a_question_that_waits_says_how_many_are_before_it(browser: Browser, answerer: Scripted) -> None:
    with served(answerer, answers_at_once=1, most_waiting=5) as address:
        people = [browser.new_context().new_page() for _ in range(3)]
        for place, page in enumerate(people):
            opened(page, address)
            page.locator("#question textarea").fill("Tell me the long way up")
            page.keyboard.press("Enter")
            expect(page.locator(".answer" if place == 0 else ".waiting")).to_be_visible()
        expect(people[1].locator(".waiting")).to_have_text("Waiting its turn")
        expect(people[2].locator(".waiting")).to_have_text("Waiting its turn, 1 question before it")
        looked_at(people[2])
        people[1].locator("#stop").click()
        expect(people[2].locator(".waiting")).to_have_text("Waiting its turn")
        expect(people[1].locator("#question textarea")).to_have_value("Tell me the long way up")
        people[1].locator("#ask").click()
        expect(people[1].locator(".waiting")).to_have_text("Waiting its turn, 1 question before it")
        people[1].locator("#question textarea").fill("What else is there?")
        people[1].locator("#stop").click()
        expect(people[1].locator("#notice .note")).to_have_text(
            f"Not answered: “{isolated('Tell me the long way up')}”"
        )
        looked_at(people[1])
        expect(people[1].locator("#question textarea")).to_have_value("What else is there?")
        for page in (people[2], people[0]):
            page.locator("#stop").click()
            expect(page.locator("#ask")).to_be_visible()
        for page in people:
            page.context.close()


def test_among_500_documents_one_is_found_by_its_name_and_cited(tab: Page, tmp_path: Path) -> None:
    texts = {f"{n:03}.txt": f"The island number {n} has {n} rare gulls{n}." for n in range(500)}
    documents = [Document.of(text, path, f"Island {path[:3]}") for path, text in texts.items()]
    update_store(tmp_path, documents, HashingEncoder())
    with served(Scripted(Store.open(tmp_path))) as address:
        opened(tab, address)
        tab.locator("#documents summary").click()
        expect(tab.locator("#documents summary")).to_have_text("500 documents")
        tab.get_by_label("Find a document").fill("island 417")
        expect(tab.locator("#documents .listed:visible")).to_have_count(1)
        assert violations(tab) == []
        tab.locator("#documents .listed:visible .document").click()
        expect(tab.locator("#evidence h2")).to_have_text("Island 417")
        ask(tab, "What is rare gulls417 of island number?")
        expect(cited(tab)).to_have_text(texts["417.txt"])
        assert violations(tab) == []
        tab.goto("about:blank")


def test_with_all_documents_removed_the_page_says_what_to_do(page: Page) -> None:
    page.locator("#documents summary").click()
    page.get_by_role("button", name="Ask none").click()
    expect(page.locator("#documents summary")).to_contain_text(", 0 asked")
    page.locator("#question textarea").fill("Who?")
    page.keyboard.press("Enter")
    expect(page.locator("#notice [role=alert]")).to_contain_text("choose one in the list of documents")
    looked_at(page)
    page.get_by_role("button", name="Ask all").click()
    expect(page.locator("#documents summary")).to_have_text("2 documents")
    ask(page, "When was the lighthouse built?")
    expect(page.locator("#notice")).to_have_text("")


def test_a_very_long_answer_is_shown_to_its_end(tab: Page, tmp_path: Path) -> None:
    with served(Scripted(small_store(tmp_path))) as address:
        opened(tab, address)
        ask(tab, "Tell me the long way up")
        sentences = tab.locator(".answer .sentence")
        expect(sentences).to_have_count(N_STEPS)
        expect(sentences.last).to_contain_text(f"Step {N_STEPS} of the long way up is told here.")
        expect(tab.locator(".after")).to_be_in_viewport()
        expect(tab.locator(".stopped, .trouble")).to_have_count(0)
        for size in (WIDE, NARROW):
            resized(tab, size)
            assert violations(tab) == []  # axe-core takes long here: its colours are looked at in shorter ones
            fits(tab)
        tab.goto("about:blank")


def test_in_a_conversation_of_100_turns_one_can_type_and_read_while_a_long_answer_is_written(
    tab: Page, answerer: Scripted
) -> None:
    session, kept = Session(Opening.of(Scripted(answerer.store))), Conversations.in_memory()
    for n in range(100):
        session.ask(("When was it built?", "Who lives there?", "Tell me a mixed story")[n % 3])
        deque(session.answer(), maxlen=0)
    kept.save(None, [asked_of(exchange) for exchange in session.exchanges])
    with served(answerer, conversations=kept) as address:
        opened(tab, address)
        tab.get_by_role("button", name="Conversations").click()
        tab.locator(".kept-open").click()
        expect(tab.locator(".exchange")).to_have_count(100)
        for size in (NARROW, WIDE):
            resized(tab, size)
            assert violations(tab) == []
            fits(tab)
        tab.locator("#question textarea").fill("Tell me the long way up")
        tab.keyboard.press("Enter")
        expect(tab.locator(".exchange")).to_have_count(101)
        expect(tab.locator(".answer").last).to_contain_text("Step 2 of")
        tab.locator("#question textarea").press_sequentially("What comes next")
        expect(tab.locator("#question textarea")).to_have_value("What comes next")
        assert f"Step {N_STEPS} " not in tab.locator(".answer").last.inner_text()
        fits(tab)
        tab.locator("#stop").click()
        expect(tab.locator(".stopped")).to_be_visible()
        assert violations(tab) == []
        tab.goto("about:blank")


def test_an_answer_that_broke_off_keeps_its_words_and_is_whole_when_it_is_tried_again(
    tab: Page, tmp_path: Path
) -> None:
    with served(Scripted(small_store(tmp_path))) as address:
        opened(tab, address)
        ask(tab, "Tell me a mixed story, once with trouble")
        why = "the engine went away; start it again"
        expect(tab.locator(".answer .sentence .words")).to_have_text([SILVER])
        expect(tab.locator(".answer .citation")).to_have_count(1)
        expect(tab.locator(".answer")).to_contain_text("She kept it until she died.")
        expect(tab.locator(".exchange .trouble")).to_have_text(f"This answer broke off: {why}")
        expect(tab.locator("#notice [role=alert]")).to_contain_text(why, ignore_case=True)
        tab.locator(".answer .citation").click()
        expect(cited(tab)).to_have_text(WATCH)

        tab.get_by_role("button", name="Answer this question again").click()
        whole = [SILVER, "She kept it until she died.", "The walk up has 186 steps."]
        expect(tab.locator(".answer .sentence .words")).to_have_text(whole)
        idle(tab)
        expect(tab.locator(".exchange")).to_have_count(1)
        expect(tab.locator(".exchange .trouble, #notice [role=alert]")).to_have_count(0)
        tab.goto("about:blank")


def test_a_page_that_lacks_a_part_of_the_conversation_asks_for_it(context: BrowserContext, answerer: Scripted) -> None:
    sessions = Sessions(Opening.of(answerer))
    page = context.new_page()
    with served(answerer, sessions=sessions) as address:
        opened(page, address)
        ask(page, "When was the lighthouse built?")
        page.locator("#question textarea").fill("Tell me the long way up")
        page.keyboard.press("Enter")
        expect(page.locator(".answer").last).to_contain_text("Step 1 of")
        (session,) = {desk.session for desk in sessions._desks.values() if desk.session.exchanges}
        page.evaluate("document.querySelector('.exchange').textContent = 'lost'")
        page.evaluate("document.querySelectorAll('.exchange')[1].textContent = 'lost'")
        session.drawing = 10**6  # as where what came before has not reached the page
        expect(page.locator(".answer").last).to_contain_text("Step 3 of")
        page.locator("#stop").click()
        expect(page.locator(".stopped")).to_be_visible()
        expect(page.locator(".question")).to_have_text(["When was the lighthouse built?", "Tell me the long way up"])
        page.goto("about:blank")
