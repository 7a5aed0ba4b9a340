"""Nothing that is asked, read or shown leaves the machine: a canary stands where every way out would lead."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from embeddings.empty import empty_store
from embeddings.errors import WeightsError
from qa.opening import Opening
from qa.settings import Settings
from tests.fake_encoder import HashingEncoder
from tests.qa.test_opening import Slow
from tests.ui.conftest import opened, served
from tests.ui.scripted import TRAP, Scripted, small_store
from tests.ui.test_page import ask, cited
from tests.ui.wire import Wire

pytestmark = pytest.mark.browser


class Outside:
    """Counts what is sent to the proxy that the browser uses for all but this machine."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            with taken:
                taken.settimeout(5)
                self.requests.append(taken.recv(200))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def outside() -> Iterator[Outside]:
    outside = Outside()
    yield outside
    outside.close()


@pytest.fixture
def connected() -> Iterator[list[Any]]:
    """Return the addresses that this process, and with it the server of the page, connects to during the test."""
    addresses: list[Any] = []
    listening = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event == "socket.connect":
            addresses.append(arguments[1])

    sys.addaudithook(hook)
    yield addresses
    listening = False


def test_the_canary_hears_a_request_that_would_leave(browser: Browser, outside: Outside) -> None:
    context = browser.new_context(proxy={"server": f"http://127.0.0.1:{outside.port}", "bypass": "127.0.0.1"})
    page = context.new_page()
    page.set_content("<img src='http://example.org/canary.png'>")
    page.wait_for_load_state("load")
    context.close()
    assert outside.requests[0].startswith(b"GET http://example.org/canary.png ")


def test_no_request_leaves_the_machine_from_the_first_page_to_the_source(
    browser: Browser, address: str, outside: Outside, connected: list[Any]
) -> None:
    context = browser.new_context(
        proxy={"server": f"http://127.0.0.1:{outside.port}", "bypass": "127.0.0.1"}, reduced_motion="reduce"
    )
    page = context.new_page()
    opened(page, address)
    page.locator("#documents summary").click()
    page.locator("input[type=file]").set_input_files(
        {
            "name": "leak.html",
            "mimeType": "text/html",
            "buffer": b"<p>The ferry Halla <img src='http://example.org/a.png'> carries forty passengers.</p>"
            b"<script src='http://example.org/b.js'></script><link rel=stylesheet href='http://example.org/c.css'>",
        }
    )
    expect(page.locator("#documents summary")).to_have_text("3 documents")
    ask(page, "How many passengers carries the ferry Halla?")
    ask(page, "What is the trap?")
    page.locator(".citation").last.click()
    expect(cited(page)).to_have_text(TRAP)
    page.locator(".how summary").last.click()
    page.evaluate("document.fonts.ready")
    context.close()
    assert sent(outside) == []
    assert [place for place in connected if place[0] not in {"127.0.0.1", "::1"}] == []


def test_no_request_leaves_the_machine_in_the_states_that_are_easily_forgotten(
    browser: Browser, address: str, outside: Outside, connected: list[Any], tmp_path: Path
) -> None:
    context = browser.new_context(proxy={"server": f"http://127.0.0.1:{outside.port}", "bypass": "127.0.0.1"})
    page, slow, wire = context.new_page(), Slow(Scripted(small_store(tmp_path))), Wire(address)
    slow.error = WeightsError("the weights are not here; see http://example.org/weights.png")
    opening = Opening(slow, Settings())
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
    context.close()
    wire.cut()
    assert sent(outside) == []
    assert [place for place in connected if place[0] not in {"127.0.0.1", "::1"}] == []


def sent(outside: Outside) -> list[bytes]:
    """Return the page's requests. Chromium asks its maker about form fields in general, whatever page they are on."""
    return [one for one in outside.requests if not one.startswith(b"CONNECT content-autofill.googleapis.com:443 ")]
