"""Nothing that is asked, read or shown leaves the machine.

The canary stands where every way out would lead, in every test that has a browser; here it is shown to hear, and
what would lead out is put into documents.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from embeddings.web import Web
from qa.conversations import Conversations
from tests.fake_encoder import HashingEncoder
from tests.ui.canary import Canary
from tests.ui.conftest import opened, served
from tests.ui.scripted import SCRIPTS, TRAP, Scripted
from tests.ui.test_page import ask, cited
from tests.ui.views import (
    broken_off,
    closed,
    exported,
    panel,
    pdf_page,
    refusal,
    store_of_all,
)

pytestmark = pytest.mark.browser

TEMPTING = (
    'See <a href="https://example.org/a" onclick="window.trapped = 1">here</a>, [there](https://example.org/b), '
    '![a sketch](https://example.org/c.png), [this](javascript:alert(1)), <img src=x onerror="window.trapped = 2">, '
    "<form action=https://example.org/d><button>Go</button></form> and https://example.org/e now."
)
TITLE = '[The pier](javascript:alert(2)) <img src="https://example.org/f" onerror="window.trapped = 3">'
PATH = 'https://example.org/<a href="javascript:alert(3)">pier</a>.md'
QUESTION = 'Which pier is [this](https://example.org/g) <a href="https://example.org/h" onclick="alert(4)">one</a>?'
ALIVE = """() => [..."conversation evidence documents notice announced quote topic shelf".split(" ")]
  .flatMap((place) => [...document.getElementById(place).querySelectorAll("*")])
  .filter((one) => one.matches("a[href], area, img, picture, video, audio, iframe, object, embed, script, link, form, svg a")
  || [...one.attributes].some(({ name, value }) => name.startsWith("on") || /^\\s*javascript:/i.test(value)))
  .map((one) => one.cloneNode(false).outerHTML)"""
"""What leads somewhere, is fetched or runs, where the page shows what others have written."""


def test_the_canary_hears_a_request_that_would_leave(tab: Page, canary: Canary) -> None:
    tab.set_content("<img src='http://example.org/canary.png'>")
    tab.wait_for_load_state("load")
    (heard,) = canary.heard()
    assert heard.startswith(b"GET http://example.org/canary.png ")


def test_the_canary_hears_also_who_says_nothing_and_whoever_comes_after(canary: Canary) -> None:
    place = ("127.0.0.1", canary.browser.port)

    def connected() -> socket.socket:
        return socket.create_connection(place, 60)  # where nobody hears it, it fails and does not wait for ever

    with connected() as silent, connected() as loud:
        loud.sendall(b"GET http://example.org/ ")
        assert (loud.recv(1), silent.recv(1)) == (b"", b"")  # each is closed once it is counted
    assert canary.heard() == [b"GET http://example.org/ ", b""]
    with connected() as late:
        late.sendall(b"late")
        late.recv(1)
    assert canary.heard() == [b"late"]


def test_the_canary_hears_what_the_server_would_look_up_or_send(canary: Canary) -> None:
    canary.server.addresses.clear()
    with suppress(OSError):
        socket.create_connection(("nowhere.invalid", 9), 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, suppress(OSError):
        sender.sendto(b"words", ("192.0.2.1", 9))
    with suppress(OSError):
        socket.create_connection(("192.0.2.2", 9), 0.01)
    assert {place[0] for place in canary.heard()} == {"nowhere.invalid", "192.0.2.1", "192.0.2.2"}


def test_no_request_leaves_the_machine_from_the_first_page_to_the_source(page: Page) -> None:
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


def test_no_request_leaves_the_machine_whatever_is_done_with_answers(context: BrowserContext, tmp_path: Path) -> None:
    answerer, kept = Scripted(store_of_all(tmp_path)), Conversations.in_memory()
    with served(answerer, conversations=kept, web=Web()) as address:
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
        other.close()
        page.close()


def test_nothing_of_documents_questions_and_answers_comes_alive(
    tab: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCRIPTS, "pier", ((TEMPTING, "supported", ((TEMPTING, 0),)), (TEMPTING, "unsupported", ())))
    text = f"# {TITLE}\n\nThe pier.\n\n{TEMPTING}\n"
    update_store(tmp_path / "store", [Document.of(text, PATH, TITLE)], HashingEncoder())
    with served(Scripted(Store.open(tmp_path / "store")), examples=(QUESTION,)) as address:
        opened(tab, address)
        expect(tab.locator(".example")).to_have_text(QUESTION)
        tab.locator("#documents summary").click()
        expect(tab.locator("#documents .document .title")).to_have_text(TITLE)
        expect(tab.locator("#documents .document bdi.where")).to_have_text(PATH)
        ask(tab, QUESTION)
        expect(tab.locator(".answer .words")).to_have_text([TEMPTING] * 2)
        expect(tab.locator("#announced")).to_contain_text(TEMPTING)
        expect(tab.locator("#evidence h2")).to_have_text(TITLE)
        expect(tab.locator("#evidence .where")).to_contain_text(PATH)
        expect(cited(tab)).to_have_text(TEMPTING)
        tab.locator(".citation").first.hover()
        expect(tab.locator("#quote blockquote")).to_have_text(TEMPTING)
        tab.locator(".found summary").click()
        tab.locator(".how summary").click()
        refused = "Does <u onmouseover='boil(1)'>mercury</u> boil?"
        ask(tab, refused)
        expect(tab.locator(".refusal .searched bdi")).to_have_text(refused)
        expect(tab.locator(".refusal blockquote").first).to_be_visible()
        html = f"<title>{escape(TITLE)}</title>{escape(TEMPTING)}".encode()
        files: list[FilePayload] = [
            {"name": f"{TITLE}.png", "mimeType": "image/png", "buffer": b"\0"},
            {"name": "pier.html", "mimeType": "text/html", "buffer": html},
        ]
        tab.locator("input[type=file]").set_input_files(files)
        expect(tab.locator("#notice .note")).to_contain_text(f"Added 1 document: {TITLE}")
        expect(tab.locator("#documents .unread")).to_have_count(1)
        panel(tab, "shelf")
        expect(tab.locator("#shelf .kept-name")).to_contain_text(QUESTION[:60])
        assert tab.evaluate(ALIVE) == ['<form data-event="paste"></form>']  # the page's own
        assert tab.evaluate("window.trapped") is None
        tab.goto("about:blank")


def read_elsewhere(context: BrowserContext, file: Path) -> None:
    """Open a file in a tab of its own."""
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.locator("mark").first).to_be_visible()
    page.close()
