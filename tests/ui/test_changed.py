"""A conversation that is opened again after its sources have changed: said, shown, and open to everybody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.conversations import Conversations
from qa.opening import Opening
from qa.ui.reopened import asked_of
from qa.ui.session import Session
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import LIGHTHOUSE, TRAP, WATCH, Scripted, small_store
from tests.ui.test_page import AROUND, IN_SIGHT, ask, cited
from tests.ui.views import panel

pytestmark = pytest.mark.browser

STEPS = "The walk up has 168 steps, and the last twelve are a ladder."
CHANGED = f"Edited in spring.\n\n{LIGHTHOUSE}".replace("168 steps", "170 steps")
"""Has the words about the watch elsewhere, those about the steps no more; the other document is gone."""


@pytest.fixture
def page(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    """Return the page with a conversation that was kept, and opened again over documents that changed meanwhile."""
    session, kept = Session(Opening.of(Scripted(small_store(tmp_path / "before")))), Conversations.in_memory()
    for question in ("Tell me a mixed story", "What is the trap?"):
        session.ask(question)
        deque(session.answer(), maxlen=0)
    kept.save(None, [asked_of(exchange) for exchange in session.exchanges])
    update_store(tmp_path / "after", [Document.of(CHANGED, "lighthouse.txt", "The lighthouse")], HashingEncoder())
    page = context.new_page()
    with served(Scripted(Store.open(tmp_path / "after")), conversations=kept) as address:
        opened(page, address)
        panel(page, "shelf")
        page.locator(".kept-open").click()
        expect(page.locator(".question")).to_have_count(2)
        yield page
        page.goto("about:blank")


def test_opening_it_again_checks_its_citations_and_says_which_sources_changed(page: Page) -> None:
    expect(page.locator(".since")).to_have_text(
        [
            "lighthouse.txt has changed since this answer: [1] [2] may no longer stand there.",
            "notes/<i>traps</i>.md is no longer among the documents: [1] can only be read as it was quoted.",
        ]
    )
    ask(page, "Tell me a mixed story")
    expect(page.locator(".exchange").last.locator(".since")).to_have_count(0)


def test_the_very_same_words_are_marked_where_they_stand_now(page: Page) -> None:
    page.locator(".citation").first.click()
    expect(cited(page)).to_have_text(WATCH)
    assert cited(page).evaluate(AROUND) == [CHANGED[: CHANGED.index(WATCH)], WATCH, CHANGED]
    assert cited(page).evaluate(IN_SIGHT)
    expect(page.locator("#evidence .became")).to_have_text(
        "lighthouse.txt has changed since this answer. The very same words are marked where they stand in it now."
    )


def test_words_that_are_gone_are_shown_as_quoted_above_the_document_and_keys_lead_on(page: Page) -> None:
    page.locator(".citation").first.click()
    expect(cited(page)).to_have_text(WATCH)
    page.keyboard.press("]")
    expect(page.locator("#evidence .badge")).to_have_text("2")
    expect(page.locator("#evidence .became blockquote")).to_have_text(STEPS)
    expect(page.locator("#evidence .became")).to_contain_text("These words do not stand in it now")
    expect(page.locator("#evidence .source-text")).to_contain_text("The walk up has 170 steps")
    expect(cited(page)).to_have_count(0)
    page.keyboard.press("[")
    expect(cited(page)).to_have_text(WATCH)
    page.get_by_role("button", name="Next source").click()
    expect(page.locator("#evidence .became blockquote")).to_have_text(STEPS)


def test_the_words_of_a_document_that_is_gone_are_shown_each_time_their_mark_is_pressed(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    mark = page.locator(".exchange").last.locator(".citation")
    for _ in range(2):
        mark.click()
        expect(page.locator("#evidence blockquote")).to_have_text(TRAP)
        expect(page.locator("#evidence .source-head")).to_be_in_viewport()
        page.locator("#evidence .back").click()
        expect(mark).to_be_focused()
        expect(page.locator("#evidence .source-head")).not_to_be_in_viewport()


def test_no_rule_is_broken_by_what_is_said_of_changed_sources(page: Page) -> None:
    looked_at(page)
    first, second, gone = (page.locator(".citation").nth(place) for place in range(3))
    for mark, text in ((first, ".became"), (second, ".became blockquote"), (gone, ".gone blockquote")):
        mark.click()
        expect(page.locator(f"#evidence {text}")).to_be_visible()
        looked_at(page)
