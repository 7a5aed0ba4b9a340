"""The page while what answers is still being fetched, built and loaded, and where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from embeddings.errors import WeightsError
from embeddings.types import Document
from qa.conversations import Conversations
from qa.opening import Opening
from qa.settings import Settings
from tests.qa.test_opening import Slow
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import BUILT, LIGHTHOUSE, Scripted, small_store
from tests.ui.test_page import ask, cited, idle

pytestmark = pytest.mark.browser


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Slow]:
    slow = Slow(Scripted(small_store(tmp_path), pause_s=0.05))
    yield slow
    slow.may_search.set()
    slow.may_load.set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


def documents_there() -> Iterator[Document]:
    yield Document.of(LIGHTHOUSE, "lighthouse.txt", "The lighthouse of Norderhaven")


def test_the_page_is_there_before_anything_is_loaded_and_takes_a_question(
    tab: Page, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.opening.PATIENCE_S", 0.0)
    opening = Opening(slow, Settings(), documents_there)
    with served(opening) as address:
        opening.begin()
        opened(tab, address)
        pulse = tab.locator("#pulse")
        expect(pulse).to_contain_text("Fetching a from the Hub")
        expect(pulse.locator("progress")).to_have_js_property("value", 5)
        looked_at(tab)

        tab.locator("#documents summary").click()
        tab.locator("#documents .document").click()
        expect(tab.locator("#evidence h2")).to_have_text("The lighthouse of Norderhaven")
        expect(tab.locator("#documents")).to_contain_text("Documents can be added as soon as")

        tab.locator("#question textarea").fill("When was the lighthouse built?")
        tab.keyboard.press("Enter")
        expect(tab.locator(".waiting")).to_have_text("Waiting until the model is loaded")
        tab.locator("#question textarea").fill("And what is typed meanwhile")
        slow.may_search.set()
        expect(tab.locator("#documents summary")).to_have_text("2 documents")
        expect(tab.locator("#documents .ways form")).to_be_visible()
        endless = pulse.get_by_role("progressbar", name="Waiting for it")
        expect(endless).to_be_visible()
        moving = "(bar) => bar.getAnimations().length"
        assert endless.evaluate(moving) == 0
        tab.emulate_media(reduced_motion="no-preference")
        assert endless.evaluate(moving) == 1
        tab.emulate_media(reduced_motion="reduce")
        expect(tab.locator("progress:not([value])")).to_have_count(0)  # a browser would move it
        expect(tab.locator(".found[open] summary")).to_have_text("3 passages found")
        expect(tab.locator(".waiting")).to_have_text("Waiting until the model is loaded")
        tab.locator(".passage").first.click()
        expect(tab.locator("#evidence mark.found")).to_be_visible()
        looked_at(tab)

        slow.may_load.set()
        expect(tab.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
        idle(tab)
        expect(tab.locator(".opening-step")).to_have_count(0)
        expect(tab.locator("#question textarea")).to_have_value("And what is typed meanwhile")
        expect(tab.locator(".exchange")).to_have_count(1)
        assert isinstance(slow.answerer, Scripted)
        assert slow.answerer.sought == ["When was the lighthouse built?"]
        tab.goto("about:blank")


def test_a_kept_answer_is_checked_once_the_documents_are_open(context: BrowserContext, slow: Slow, file: Path) -> None:
    page = context.new_page()
    with served(slow.answerer, conversations=Conversations.open(file)) as address:
        opened(page, address)
        ask(page, "When was the lighthouse built?")
    opening = Opening(slow, Settings())
    with served(opening, conversations=Conversations.open(file), port=urlparse(address).port or 0):
        opening.begin()
        page.goto(address)
        expect(page.locator(".since")).to_have_text(
            "Whether its sources still stand is checked as soon as the documents are open."
        )
        page.locator(".citation").first.click()
        expect(page.locator("#evidence .gone blockquote")).to_have_text(BUILT)
        expect(page.locator("#evidence")).to_contain_text("The documents are not open yet")
        looked_at(page)
        slow.may_search.set()
        expect(page.locator(".since")).to_have_count(0)
        expect(page.locator(".found summary")).to_contain_text("passages found")
        page.locator(".citation").first.click()
        expect(cited(page)).to_have_text(BUILT)
        slow.may_load.set()
        page.goto("about:blank")


def test_a_question_asked_too_early_can_be_taken_back(tab: Page, slow: Slow) -> None:
    opening = Opening(slow, Settings())
    with served(opening) as address:
        opening.begin()
        opened(tab, address)
        tab.locator("#question textarea").fill("When was the lighthouse built?")
        tab.keyboard.press("Enter")
        expect(tab.locator(".waiting")).to_have_text("Waiting until the model is loaded")
        tab.locator("#stop").click()
        expect(tab.locator("#question textarea")).to_have_value("When was the lighthouse built?")
        expect(tab.locator(".opening")).to_be_visible()
        tab.goto("about:blank")


def test_a_failure_is_one_sentence_on_the_page_which_stays_and_can_try_again(tab: Page, slow: Slow) -> None:
    slow.error = WeightsError("the weights of a are not here and fetching is switched off; fetch them once")
    opening = Opening(slow, Settings())
    with served(opening) as address:
        opening.begin()
        opened(tab, address)
        tab.locator("#question textarea").fill("When was the lighthouse built?")
        tab.keyboard.press("Enter")
        expect(tab.locator(".waiting")).to_be_visible()
        slow.may_search.set()
        failure = tab.locator("#pulse [role=alert]")
        expect(failure).to_contain_text("The weights of a are not here and fetching is switched off; fetch them once")
        expect(tab.locator("#question textarea")).to_have_value("When was the lighthouse built?")
        expect(tab.locator(".opening")).to_be_visible()
        expect(tab.get_by_role("alert").filter(has_text="The weights of a are not here")).to_have_count(1)
        looked_at(tab)
        slow.error = None
        slow.may_load.set()
        failure.get_by_role("button").click()
        expect(failure).to_have_count(0)
        tab.locator("#ask").click()
        expect(tab.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
        tab.goto("about:blank")
