"""A source that is open while the conversation goes on: its number and its neighbours are those of the marks there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from embeddings.build import index_paths
from embeddings.store import Store
from qa.settings import Settings
from qa.types import Answer, AnswerSentence, Checked, Citation, Event, Searched, Wrote
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import opened, served
from tests.ui.scripted import BUILT, SCRIPTS, WATCH, Script, Scripted, small_store
from tests.ui.test_page import IN_SIGHT, ask, cited, idle
from tests.ui.test_pdf import PAGES, SAYS

pytestmark = pytest.mark.browser

RANGE = "Its light can be seen for 23 nautical miles."
INVENTED: Script = (("She kept it until she died.", "unsupported", ()),)
BACKGROUND = "mark => getComputedStyle(mark).backgroundColor"


class Held(Scripted):
    """Says what `scripts` has for one question after the other, and after each sentence waits until it may go on."""

    def __init__(self, store: Store, scripts: list[Script], settings: Settings | None = None) -> None:
        super().__init__(store, settings)
        self.scripts = scripts
        self.may_go_on = threading.Semaphore(0)
        self.withdraws = False

    def _but(self, store: Store, settings: Settings) -> Held:
        other = Held(store, self.scripts, settings)
        other.may_go_on, other.withdraws = self.may_go_on, self.withdraws
        return other

    def _script(self, question: str) -> Script:
        return self.scripts.pop(0)

    def _events(self, question: str, searched: Searched, stop: threading.Event) -> Iterator[Event]:
        for event in super()._events(question, searched, stop):
            yield event
            while isinstance(event, Checked) and not self.may_go_on.acquire(timeout=0.1):
                yield Wrote("")  # so that the page has seen what was checked

    def _finished(
        self,
        question: str,
        searched: Searched,
        text: str,
        sentences: Sequence[AnswerSentence],
        citations: Sequence[Citation],
        stopped: bool,
    ) -> Answer:
        if self.withdraws:
            text, sentences, citations = "", (), ()
        return super()._finished(question, searched, text, sentences, citations, stopped)


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(small_store(tmp_path), [])


@pytest.fixture
def page(held: Held, context: BrowserContext) -> Iterator[Page]:
    with served(held) as url:
        page = context.new_page()
        opened(page, url)
        yield page
        held.may_go_on.release(100)
        page.close()


def begun(page: Page, question: str) -> None:
    """Ask, and wait for the first mark; what comes behind it is held back."""
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    page.locator(".citation").first.wait_for()


def test_a_source_opened_while_an_answer_is_written_gets_the_next_ones_beside_it(page: Page, held: Held) -> None:
    held.scripts.append(SCRIPTS["built"])
    begun(page, "When was it built?")
    page.locator(".citation").click()
    expect(cited(page)).to_have_text(BUILT)
    steps = page.locator("#evidence .source-head .steps")
    expect(steps).to_be_hidden()
    page.keyboard.press("]")  # there is no other yet
    held.may_go_on.release()
    expect(steps.locator(".place")).to_have_text("1 of 2")
    expect(steps.locator(".next")).not_to_have_attribute("aria-disabled", "true")
    expect(steps.locator(".previous")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#evidence .source-text")).to_be_focused()
    assert cited(page).evaluate(IN_SIGHT)
    page.keyboard.press("]")
    expect(cited(page)).to_have_text(RANGE)
    expect(steps.locator(".place")).to_have_text("2 of 2")
    held.may_go_on.release()
    idle(page)
    expect(cited(page)).to_have_text(RANGE)  # it is being read
    expect(page.locator("#evidence .badge")).to_have_text("2")


def test_the_source_of_an_answer_that_is_withdrawn_stays_without_its_number(page: Page, held: Held) -> None:
    held.scripts.append((SCRIPTS["mixed"][0],))
    held.withdraws = True
    begun(page, "What is told of the lighthouse of Norderhaven?")
    page.locator(".citation").click()
    expect(cited(page)).to_have_text(WATCH)
    expect(page.locator("#evidence .badge")).to_have_text("1")
    held.may_go_on.release()
    nearest = page.locator(".refusal .near .citation")
    expect(nearest).to_have_count(2)
    expect(cited(page)).to_have_text(WATCH)
    for gone in (".badge", ".source-head .steps"):
        expect(page.locator(f"#evidence {gone}")).to_be_hidden()
    idle(page)
    assert nearest.nth(0).evaluate(BACKGROUND) == nearest.nth(1).evaluate(BACKGROUND)  # neither is the one that is open
    page.locator("#evidence .source-text").press("Escape")
    expect(page.locator("#question textarea")).to_be_focused()
    nearest.first.click()
    expect(page.locator("#evidence .badge")).to_be_visible()
    expect(page.locator("#evidence .place")).to_have_text("1 of 2")
    assert nearest.nth(0).evaluate(BACKGROUND) != nearest.nth(1).evaluate(BACKGROUND)


def test_the_pages_of_a_pdf_are_turned_also_once_its_answer_is_withdrawn(
    tmp_path: Path, context: BrowserContext
) -> None:
    file = tmp_path / "documents" / "ferry.pdf"
    file.parent.mkdir()
    file.write_bytes(pdf(PAGES, title="The ferry"))
    index_paths([file.parent], tmp_path / "store", HashingEncoder())
    held = Held(Store.open(tmp_path / "store"), [(("It carries forty.", "supported", ((SAYS, 0),)),)])
    held.withdraws = True
    with served(held) as url:
        page = context.new_page()
        opened(page, url)
        begun(page, "What has an end?")
        page.locator(".citation").click()
        expect(cited(page)).to_have_text(SAYS)
        held.may_go_on.release()
        expect(page.locator(".refusal")).to_be_visible()
        place = page.locator("#evidence .source-bar .place")
        expect(place).to_have_text("Page 2 of 3")
        page.get_by_role("button", name="Next page").click()
        expect(place).to_have_text("Page 3 of 3")
        expect(page.locator("#evidence .badge")).to_have_count(0)  # not the first of the nearest sentences
        page.get_by_role("button", name="Show the text").click()
        expect(cited(page)).to_have_text(SAYS)
        page.get_by_role("button", name="Show the page").click()
        expect(place).to_have_text("Page 2 of 3")
        expect(cited(page)).to_have_text(SAYS)


def test_the_focus_stays_in_a_source_whose_neighbours_are_gone(page: Page, held: Held) -> None:
    held.scripts.append(SCRIPTS["built"])
    held.withdraws = True
    begun(page, "Which mercury boils?")
    page.locator(".citation").click()
    held.may_go_on.release()
    step = page.get_by_role("button", name="Next source")
    step.focus()
    page.keyboard.press("Enter")
    expect(cited(page)).to_have_text(RANGE)
    expect(step).to_be_focused()
    held.may_go_on.release()
    expect(page.locator(".refusal")).to_be_visible()
    idle(page)
    expect(page.locator("#evidence .source-text")).to_be_focused()


def test_the_source_of_an_answer_that_is_replaced_is_closed_where_the_new_one_has_none(page: Page, held: Held) -> None:
    held.may_go_on.release(100)
    held.scripts += [SCRIPTS["mixed"][:1], INVENTED, SCRIPTS["mixed"][:1], INVENTED]
    ask(page, "Tell me a story")
    expect(cited(page)).to_have_text(WATCH)
    page.get_by_role("button", name="Answer this question again").click()
    expect(page.locator(".flag")).to_be_visible()
    expect(page.locator("#evidence .closed")).to_be_visible()
    idle(page)
    ask(page, "Tell me another")
    expect(cited(page)).to_have_text(WATCH)
    ask(page, "And one more")
    expect(page.locator(".flag")).to_have_count(2)
    idle(page)
    expect(cited(page)).to_have_text(WATCH)  # its answer stands above
    expect(page.locator("#evidence .badge")).to_be_visible()
