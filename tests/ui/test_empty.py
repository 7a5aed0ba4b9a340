"""The page where there is no document yet, and what it suggests where there are some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from embeddings.empty import empty_store
from embeddings.types import Document
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import Scripted, small_store
from tests.ui.test_page import ask, idle

pytestmark = pytest.mark.browser


@pytest.fixture
def suggesting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a page on which a question is suggested for every document."""

    def proposed(documents: list[Document], *_: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield f"What does “{documents[0].title}” say?", ("x",)

    monkeypatch.setattr("qa.suggest.proposed", proposed)
    monkeypatch.setattr("qa.suggest.holds", lambda *_: True)
    answerer = Scripted(small_store(tmp_path))
    answerer.engine = type("Engine", (), {"name": "scripted"})()
    with served(answerer, examples=(), suggests=True) as address:
        yield address


def test_without_documents_the_page_says_what_to_do_and_why_nothing_can_be_asked(tab: Page) -> None:
    with served(Scripted(empty_store(HashingEncoder())), examples=()) as address:
        opened(tab, address)
        expect(tab.locator(".opening h2")).to_have_text("Add a document to begin")
        looked_at(tab)
        tab.locator("#question textarea").fill("How many passengers?")
        tab.keyboard.press("Enter")
        expect(tab.locator("#notice [role=alert]")).to_contain_text("There are no documents yet; add one first.")
        expect(tab.locator("#question textarea")).to_have_value("How many passengers?")

        tab.get_by_role("button", name="Paste a text").click()
        expect(tab.locator("#documents textarea")).to_be_focused()
        tab.keyboard.type("The ferry Halla carries forty passengers.")
        tab.get_by_role("button", name="Add the text").click()
        expect(tab.locator("#documents summary")).to_have_text("1 document")
        expect(tab.locator(".opening h2")).to_have_text("What would you like to know?")
        ask(tab, "How many passengers carries the ferry Halla?")
        expect(tab.locator(".answer")).to_contain_text("The ferry Halla carries forty passengers.")
        expect(tab.locator("#evidence mark.cited")).to_have_text("The ferry Halla carries forty passengers.")
        tab.goto("about:blank")


def test_suggestions_come_from_the_documents_that_are_asked_and_change_with_them(tab: Page, suggesting: str) -> None:
    opened(tab, suggesting)
    suggested = tab.locator(".opening .example")
    lighthouse, traps = (
        f"What does “{title}” say?" for title in ("The lighthouse of Norderhaven", "Traps & <b>signs</b>")
    )
    expect(suggested).to_have_text([lighthouse, traps])
    expect(tab.locator(".opening .try")).to_have_text("Suggestions, drawn from the documents")
    looked_at(tab)

    tab.locator("#documents summary").click()
    tab.get_by_label("Ask Traps").uncheck()
    expect(suggested).to_have_text([lighthouse])
    tab.locator("input[type=file]").set_input_files(
        {"name": "ferry.txt", "mimeType": "text/plain", "buffer": b"The ferry Halla carries forty passengers."}
    )
    expect(suggested).to_have_text(["What does “ferry” say?", lighthouse])
    tab.get_by_role("button", name="Remove ferry").click()
    expect(suggested).to_have_text([lighthouse])
    suggested.click()
    expect(tab.locator(".question")).to_have_text(lighthouse)
    idle(tab)
    tab.goto("about:blank")
