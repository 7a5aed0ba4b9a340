"""Nothing that is asked, read or shown leaves the machine: a canary stands where every way out would lead."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from embeddings.empty import empty_store
from embeddings.errors import WeightsError
from embeddings.web import Web
from qa.conversations import Conversations
from qa.opening import Opening
from qa.settings import Settings
from tests.fake_encoder import HashingEncoder
from tests.qa.test_opening import Slow
from tests.ui.canary import HERE, Outside, connections, sealed
from tests.ui.conftest import opened, served
from tests.ui.scripted import TRAP, Scripted, small_store
from tests.ui.test_page import ask, cited
from tests.ui.views import (
    N_MANY,
    broken_off,
    closed,
    exported,
    many_documents,
    panel,
    pdf_page,
    refusal,
    store_of_all,
    store_of_many,
)
from tests.ui.wire import Wire

pytestmark = pytest.mark.browser


def test_the_canary_hears_a_request_that_would_leave(browser: Browser) -> None:
    outside = Outside()
    context = browser.new_context(proxy={"server": f"http://127.0.0.1:{outside.port}", "bypass": "127.0.0.1"})
    page = context.new_page()
    page.set_content("<img src='http://example.org/canary.png'>")
    page.wait_for_load_state("load")
    context.close()
    outside.close()
    assert outside.requests[0].startswith(b"GET http://example.org/canary.png ")


def test_the_canary_hears_what_the_server_would_look_up_or_send() -> None:
    with connections() as heard:
        with suppress(OSError):
            socket.create_connection(("nowhere.invalid", 9), 0.1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, suppress(OSError):
            sender.sendto(b"words", ("192.0.2.1", 9))
        with suppress(OSError):
            socket.create_connection(("192.0.2.2", 9), 0.01)
    assert {place[0] for place in heard} - HERE == {"nowhere.invalid", "192.0.2.1", "192.0.2.2"}


def test_no_request_leaves_the_machine_from_the_first_page_to_the_source(browser: Browser, address: str) -> None:
    with sealed(browser) as context:
        page = context.new_page()
        opened(page, address)
        page.locator("#documents summary").click()
        page.locator("input[type=file]").set_input_files(
            {
                "name": "leak.html",
                "mimeType": "text/html",
                "buffer": b"<p>The ferry Halla <img src='http://example.org/a.png'> carries forty passengers.</p>"
                b"<script src='http://example.org/b.js'></script>"
                b"<link rel=stylesheet href='http://example.org/c.css'>",
            }
        )
        expect(page.locator("#documents summary")).to_have_text("3 documents")
        ask(page, "How many passengers carries the ferry Halla?")
        ask(page, "What is the trap?")
        page.locator(".citation").last.click()
        expect(cited(page)).to_have_text(TRAP)
        page.locator(".how summary").last.click()
        page.evaluate("document.fonts.ready")


def test_no_request_leaves_the_machine_in_the_states_that_are_easily_forgotten(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    slow, wire = Slow(Scripted(small_store(tmp_path))), Wire(address)
    slow.error = WeightsError("the weights are not here; see http://example.org/weights.png")
    opening = Opening(slow, Settings())
    with sealed(browser) as context:
        page = context.new_page()
        with served(opening) as starting:
            opening.begin()
            opened(page, starting)
            expect(page.locator(".opening-step")).to_be_visible()
            slow.may_search.set()
            expect(page.locator("#pulse [role=alert]")).to_contain_text("http://example.org/weights.png")
            page.goto("about:blank")
        with served(Scripted(empty_store(HashingEncoder())), examples=()) as nothing:
            opened(page, nothing)
            expect(page.locator(".opening.empty")).to_be_visible()
            page.goto("about:blank")
        opened(page, wire.url)
        wire.cut()
        expect(page.locator("#pulse .lost")).to_be_visible()
        wire.mend()
        expect(page.locator("#pulse .lost")).to_be_hidden()
    wire.cut()


def test_no_request_leaves_the_machine_whatever_is_done_with_answers(browser: Browser, tmp_path: Path) -> None:
    answerer, kept = Scripted(store_of_all(tmp_path)), Conversations.in_memory()
    with served(answerer, conversations=kept, web=Web()) as address, sealed(browser) as context:
        page = context.new_page()
        opened(page, address)
        page.locator("#documents summary").click()
        expect(page.locator(".ways [name=address]")).to_be_visible()
        pdf_page(page)
        refusal(page)
        broken_off(page)
        read_elsewhere(context, exported(page, tmp_path))
        panel(page, "settings")
        page.get_by_label("Language").select_option("zh")
        expect(page.get_by_role("heading", name="设置")).to_be_visible()
        closed(page)
        other = context.new_page()
        opened(other, address)
        expect(other.get_by_role("button", name="对话")).to_be_visible()
        panel(other, "shelf")
        other.locator(".kept-open").click()
        other.locator(".citation").first.click()
        expect(cited(other)).to_be_visible()


def read_elsewhere(context: BrowserContext, file: Path) -> None:
    """Open a file in a tab of its own."""
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.locator("mark").first).to_be_visible()
    page.close()


def test_no_request_leaves_the_machine_where_there_are_500_documents(browser: Browser, tmp_path: Path) -> None:
    with served(Scripted(store_of_many(tmp_path))) as address, sealed(browser) as context:
        page = context.new_page()
        opened(page, address)
        many_documents(page)
        expect(page.locator("#documents .listed")).to_have_count(N_MANY)
        ask(page, "What is rare gulls417 of island number?")
        expect(cited(page)).to_be_visible()
