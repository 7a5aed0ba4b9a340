"""Adding documents, removing them and choosing among them, in a real browser."""

from __future__ import annotations

import ipaddress
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import gradio
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from embeddings.load import Found, Loaded, load_files
from embeddings.store import Store
from embeddings.types import Document, Progress
from embeddings.update import update_store
from embeddings.web import Fetched, Web
from qa.opening import Opening
from qa.ui.gathering import _own, _sent
from qa.ui.session import Session
from qa.ui.sessions import Sessions
from tests.embeddings import test_web
from tests.embeddings.files import docx_with_body, html
from tests.embeddings.test_web import Site
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import opened, served
from tests.ui.rules import in_both_schemes, looked_at
from tests.ui.scripted import Scripted, small_store
from tests.ui.test_ending import running
from tests.ui.test_page import ask, cited
from tests.ui.wire import Wire

pytestmark = pytest.mark.browser

site = test_web.site
FERRY = "The ferry Halla carries forty passengers."
QUESTION = "How many passengers carries the ferry Halla?"
DROP = """(files) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  const target = document.querySelector("#conversation");
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


SENT_WITHOUT_A_FIELD = """(ways) => {
  ways.insertAdjacentHTML(
    "beforeend", `<form data-event="fetch"><input name="address" value="http://127.0.0.1/"></form>`);
  ways.lastElementChild.requestSubmit();
}"""
"""Sends an address from a page that has no field for one; at once, as the list may be written anew at any time."""


def dropped(page: Page, paths: Sequence[Path]) -> None:
    """Let go of real files and folders over the page."""
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    session.detach()


class OnePage(Web):
    """A web of which one address is known."""

    def fetch(self, address: str) -> Fetched:
        known = Fetched(f"<p>{FERRY}</p>".encode(), "example.org-ferry.html")
        return known if "ferry" in address else super().fetch(address)


class Held(HashingEncoder):
    """Encodes nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.may = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        self.began.set()
        self.may.wait()
        return super().encode(texts, progress)


@pytest.fixture
def held(context: BrowserContext, tmp_path: Path) -> Iterator[tuple[Page, Held]]:
    """Return a page with its list unfolded, and what encodes the documents that are added there."""
    answerer = Scripted(small_store(tmp_path))
    answerer.encoder = encoder = Held()
    with served(answerer) as url:
        page = context.new_page()
        opened(page, url)
        page.locator("#documents summary").click()
        try:
            yield page, encoder
            page.goto("about:blank")
        finally:
            encoder.may.set()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    web = OnePage(look_up=lambda _: (ipaddress.ip_address("10.0.0.1"),))
    with served(Scripted(small_store(tmp_path)), web=web) as url:
        yield url


@pytest.fixture
def library(page: Page) -> Page:
    page.locator("#documents summary").click()
    expect(page.locator("#documents ul")).to_be_visible()
    return page


def answers_from_the_ferry(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator(".answer").last).to_contain_text(FERRY)
    expect(cited(page)).to_have_text(FERRY)


def test_dropped_files_are_added_and_one_that_is_not_read_stays_listed_with_its_reason(library: Page) -> None:
    library.evaluate(DROP, [["ferry.txt", FERRY], ["empty.txt", " "]])
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    expect(library.locator("#documents .unread")).to_have_text("empty.txt was not read: it holds only white space")
    expect(library.locator("#documents .listed").first).to_contain_text("Text · 41 characters · 1 passage")
    expect(library.locator("#documents .listed").first.locator(".tag")).to_have_text("only in this session")
    expect(library.locator("#documents .tag")).to_have_count(1)
    expect(library.locator(".dropping")).to_have_count(0)
    answers_from_the_ferry(library)


def test_of_files_that_are_dropped_with_a_folder_the_files_are_added_and_the_folder_is_told(
    library: Page, tmp_path: Path
) -> None:
    folder, ferry = tmp_path / "more", tmp_path / "ferry.txt"
    folder.mkdir()
    (folder / "pier.txt").write_text("The pier is long.", encoding="utf-8")
    ferry.write_text(FERRY, encoding="utf-8")
    told = "more was not read: it is a folder; drop the files in it"
    dropped(library, [folder, ferry])
    expect(library.locator("#notice .note")).to_contain_text("Added 1 document: ferry")
    expect(library.locator("#notice .note li")).to_have_text([told])
    expect(library.locator("#documents .unread")).to_have_count(0)  # its files have names of their own
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    dropped(library, [folder])
    expect(library.locator("#notice .alert")).to_contain_text("Nothing was added")
    expect(library.locator("#notice .alert li")).to_have_text([told])
    answers_from_the_ferry(library)


def test_a_pasted_text_is_added_under_its_name(library: Page) -> None:
    library.get_by_label("Or paste a text").fill(FERRY)
    library.get_by_label("Its name").fill("The ferry")
    library.get_by_role("button", name="Add the text").click()
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    expect(library.get_by_label("Or paste a text")).to_have_value("")
    answers_from_the_ferry(library)
    expect(library.locator("#evidence .where")).to_have_text("uploaded/The ferry.txt")


def test_of_two_pasted_texts_without_a_name_both_are_there(library: Page) -> None:
    for n_documents, text in ((3, FERRY), (4, "The pier is made of oak.")):
        library.get_by_label("Or paste a text").fill(text)
        library.get_by_role("button", name="Add the text").click()
        expect(library.locator("#documents summary")).to_have_text(f"{n_documents} documents")
    answers_from_the_ferry(library)
    expect(library.locator("#documents .listed").first).to_contain_text("Pasted text (2)")


def test_a_text_that_could_not_be_added_stays_in_its_field(library: Page) -> None:
    field, add = library.get_by_label("Or paste a text"), library.get_by_role("button", name="Add the text")
    field.fill("  \n")
    library.get_by_label("Its name").fill("Nothing")
    add.click()
    expect(library.locator("#notice [role=alert]")).to_contain_text("There is no text to add")
    expect(field).to_have_value("  \n")
    expect(library.get_by_label("Its name")).to_have_value("Nothing")


def test_what_is_typed_while_a_text_is_added_stays_in_the_field(held: tuple[Page, Held]) -> None:
    page, encoder = held
    field = page.get_by_label("Or paste a text")
    field.fill(FERRY)
    page.get_by_role("button", name="Add the text").click()
    expect(page.locator("#notice .progress")).to_be_visible()
    field.fill("The pier")
    encoder.may.set()
    expect(page.locator("#documents summary")).to_have_text("3 documents")
    expect(field).to_have_value("The pier")


def test_a_page_is_added_by_its_address_and_a_private_one_refused(library: Page) -> None:
    box = library.get_by_label("Web address")
    box.fill("https://inside.example/")
    library.get_by_role("button", name="Add the page").click()
    expect(library.locator("#notice [role=alert]")).to_contain_text(
        "Nothing was added: inside.example is not on the public web, and nothing else is fetched"
    )
    expect(box).to_have_value("https://inside.example/")
    box.fill("https://example.org/ferry")
    library.get_by_role("button", name="Add the page").click()
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    expect(box).to_have_value("")
    expect(library.locator("#documents .listed").first).to_contain_text("Web page · ")
    answers_from_the_ferry(library)


def test_an_address_that_leads_to_a_private_one_adds_nothing(tab: Page, tmp_path: Path, site: Site) -> None:
    site.pages["/"] = (302, {"Location": "http://inside.example/"}, b"")
    web = site.web(is_allowed=lambda _: site.hosts[-1] == "example.org")
    with served(Scripted(small_store(tmp_path)), web=web) as url:
        opened(tab, url)
        tab.locator("#documents summary").click()
        tab.get_by_label("Web address").fill("http://example.org/")
        tab.get_by_role("button", name="Add the page").click()
        expect(tab.locator("#notice [role=alert]")).to_contain_text(
            "Nothing was added: inside.example is not on the public web"
        )
        assert site.asked == [("example.org", "/")]
        expect(tab.locator("#documents summary")).to_have_text("2 documents")
        tab.goto("about:blank")


def test_without_the_option_there_is_no_field_for_an_address(tab: Page, answerer: Scripted) -> None:
    with served(answerer) as url:
        opened(tab, url)
        tab.locator("#documents summary").click()
        expect(tab.get_by_label("Or paste a text")).to_be_visible()
        expect(tab.get_by_label("Web address")).to_have_count(0)
        tab.goto("about:blank")


@pytest.mark.skipif(os.name != "posix", reason="a process of its own is ended by signals")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--web"], "Nothing was added: 127.0.0.1 is not on the public web, and nothing else is fetched"),
        ([], "Nothing is fetched from the web here; serve with --web to allow it."),
    ],
    ids=["with", "without"],
)
def test_an_address_is_fetched_only_where_the_command_was_given_the_option(
    tab: Page, tmp_path: Path, options: list[str], told: str
) -> None:
    with running(tmp_path, "--keep-nothing", *options) as (_, url):
        opened(tab, url)
        tab.locator("#documents summary").click()
        expect(tab.get_by_label("Or paste a text")).to_be_visible()
        expect(tab.get_by_label("Web address")).to_have_count(len(options))
        if options:
            tab.get_by_label("Web address").fill("http://127.0.0.1/")
            tab.get_by_role("button", name="Add the page").click()
        else:
            tab.locator("#documents .ways").evaluate(SENT_WITHOUT_A_FIELD)
        expect(tab.locator("#notice [role=alert]")).to_contain_text(told)
        expect(tab.locator("#documents summary")).to_have_text("2 documents")
        tab.goto("about:blank")


def test_while_a_server_holds_its_answer_the_page_says_that_it_is_fetched(
    tab: Page, tmp_path: Path, site: Site
) -> None:
    may = threading.Event()

    class Holding(dict[str, tuple[int, dict[str, str], bytes]]):
        """Says what lies at a path once it may."""

        def __getitem__(self, path: str) -> tuple[int, dict[str, str], bytes]:
            may.wait()
            return super().__getitem__(path)

    site.pages = Holding({"/ferry": (200, test_web.HTML, html(f"<p>{FERRY}</p>", "The ferry"))})
    try:
        with served(Scripted(small_store(tmp_path)), web=site.web()) as url:
            opened(tab, url)
            tab.locator("#documents summary").click()
            tab.get_by_label("Web address").fill("http://example.org/ferry")
            tab.get_by_role("button", name="Add the page").click()
            expect(tab.locator("#notice .progress")).to_contain_text("Fetching")
            expect(tab.locator("#documents summary")).to_have_text("2 documents")
            may.set()
            expect(tab.locator("#notice .note")).to_have_text("Added 1 document: The ferry")
            expect(tab.locator("#documents summary")).to_have_text("3 documents")
            tab.goto("about:blank")
    finally:
        may.set()


def test_a_file_that_is_too_large_is_listed_with_the_limit_and_the_others_are_added(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("gathering", "library"):
        monkeypatch.setattr(f"qa.ui.{module}.MOST_MB", 1)
    monkeypatch.setattr("qa.ui.server.MAX_FILE_SIZE", "1mb")
    large = "a" * (2**20 + 1)
    with served(Scripted(small_store(tmp_path))) as url:
        for locale, limit, why in (
            ("en", "A file may have up to 1 MB.", "large.txt was not read: it has more than 1 MB"),
            ("zh", "每个文件最大 1 MB。", "large.txt 未能读取：文件超过 1 MB 的添加上限"),
        ):
            page = browser.new_context(locale=locale).new_page()
            opened(page, url)
            page.locator("#documents summary").click()
            expect(page.locator(".ways")).to_contain_text(limit)
            page.evaluate(DROP, [["large.txt", large]])
            expect(page.locator("#notice")).to_contain_text(why)
            page.evaluate(DROP, [["ferry.txt", FERRY], ["large.txt", large]])
            expect(page.locator("#documents .listed")).to_have_count(3)
            expect(page.locator("#notice .note")).to_contain_text("ferry")
            expect(page.locator("#notice .note")).to_contain_text(why)
            expect(page.locator("#documents .unread")).to_contain_text(why)
            page.context.close()


def test_while_files_are_sent_the_page_says_so_and_where_they_do_not_arrive_too(library: Page) -> None:
    notice, seen = library.locator("#notice"), []

    def fails(route: Route) -> None:
        seen.append(notice.text_content())
        route.abort()

    def arrives(route: Route) -> None:
        seen.append(notice.text_content())
        route.continue_()

    library.route("**/gradio_api/upload*", fails)
    library.evaluate(DROP, [["ferry.txt", FERRY]])
    expect(notice.get_by_role("alert")).to_contain_text("The files did not reach the program")
    library.unroute("**/gradio_api/upload*")
    library.route("**/gradio_api/upload*", arrives)
    library.evaluate(DROP, [["ferry.txt", FERRY]])
    expect(notice.locator(".note")).to_have_text("Added 1 document: ferry")
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    assert [str(text).strip() for text in seen] == ["Sending the files to the program"] * 2


def test_while_files_are_sent_the_page_can_be_used_by_everyone(library: Page) -> None:
    sent: list[Route] = []

    def held(route: Route) -> None:
        sent.append(route)

    library.route("**/gradio_api/upload*", held)
    library.evaluate(DROP, [["ferry.txt", FERRY]])
    expect(library.locator("#notice")).to_contain_text("Sending the files to the program")
    assert in_both_schemes(library) == []
    sent[0].continue_()
    expect(library.locator("#documents summary")).to_have_text("3 documents")


def test_of_several_files_the_one_that_is_read_is_named(library: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    may = threading.Event()

    def held(found: Sequence[Found]) -> Loaded:
        if found[0].name.endswith("pier.txt"):
            may.wait()
        return load_files(found)

    monkeypatch.setattr("qa.ui.uploads.load_files", held)
    try:
        library.evaluate(DROP, [["ferry.txt", FERRY], ["pier.txt", "The pier is long."]])
        progress = library.locator("#notice .progress")
        expect(progress).to_contain_text("Reading pier.txt")
        expect(progress).to_contain_text("2 of 2")
        looked_at(library)
    finally:
        may.set()
    expect(library.locator("#documents summary")).to_have_text("4 documents")


def test_the_section_of_the_cited_words_is_named(library: Page) -> None:
    library.evaluate(DROP, [["ferries.md", f"# Ferries\n\nThey are white.\n\n## Halla\n\n{FERRY}\n"]])
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    answers_from_the_ferry(library)
    expect(library.locator("#evidence h2")).to_have_text("Ferries")
    expect(library.locator("#evidence .where")).to_have_text("uploaded/ferries.md · Halla")


PARAGRAPH = '<w:p><w:pPr><w:pStyle w:val="{}"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
WORDS = (("Heading1", "Ferries"), ("Normal", "They are white."), ("Heading2", "Halla"), ("Normal", FERRY))
BODY = f"<article><h1>Ferries</h1><p>They are white.</p><h2>Halla</h2><p>{FERRY}</p></article>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ferries.docx", docx_with_body("".join(PARAGRAPH.format(*paragraph) for paragraph in WORDS))),
        ("ferries.html", html(BODY, "Ferries")),
    ],
)
def test_the_section_of_the_cited_words_is_named_also_of_a_word_file_and_a_web_page(
    library: Page, name: str, content: bytes
) -> None:
    library.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    answers_from_the_ferry(library)
    expect(library.locator("#evidence .where")).to_have_text(f"uploaded/{name} · Halla")
    expect(library.locator("#evidence .source-text .heading")).to_have_text(["Ferries", "Halla"])


def test_files_that_are_dropped_before_the_button_is_there_are_added(context: BrowserContext, address: str) -> None:
    scripts = (Path(gradio.__file__).parent / "templates" / "frontend" / "assets").glob("*.js")
    names = [path.name for path in scripts if b"UploadButton" in path.read_bytes()]
    assert names
    page, held = context.new_page(), list[Route]()

    def holds(route: Route) -> None:
        held.append(route)

    page.route(lambda url: url.endswith(tuple(names)), holds)
    page.goto(address)
    page.locator(".opening").wait_for()
    assert page.locator("#tools input[type=file]").count() == 0
    page.evaluate(DROP, [["ferry.txt", FERRY]])
    for route in held:
        route.continue_()
    expect(page.locator("#documents summary")).to_have_text("3 documents")


def test_what_was_being_added_when_the_connection_was_lost_is_there_when_it_is_back(
    context: BrowserContext, tmp_path: Path
) -> None:
    answerer = Scripted(small_store(tmp_path))
    answerer.encoder = encoder = Held()
    page = context.new_page()
    with served(answerer) as url:
        wire = Wire(url)
        try:
            opened(page, wire.url)
            page.locator("#documents summary").click()
            page.evaluate(DROP, [["ferry.txt", FERRY]])
            assert encoder.began.wait(20)
            expect(page.locator("#notice .progress")).not_to_contain_text("Sending")
            wire.cut()
            expect(page.locator("#pulse .lost")).to_be_visible()
            wire.mend()
            expect(page.locator("#pulse .lost")).to_be_hidden()
            expect(page.locator("#notice .progress")).to_have_count(0)
            encoder.may.set()
            expect(page.locator("#documents summary")).to_have_text("3 documents")
            answers_from_the_ferry(page)
            page.goto("about:blank")
        finally:
            encoder.may.set()
            wire.cut()


def test_files_that_were_on_their_way_when_the_connection_was_lost_are_said_to_be_lost(
    context: BrowserContext, tmp_path: Path
) -> None:
    page, sent = context.new_page(), list[Route]()

    def held(route: Route) -> None:
        sent.append(route)

    with served(Scripted(small_store(tmp_path))) as url:
        wire = Wire(url)
        try:
            opened(page, wire.url)
            page.route("**/gradio_api/upload*", held)
            page.locator("#documents summary").click()
            page.evaluate(DROP, [["ferry.txt", FERRY]])
            expect(page.locator("#notice")).to_contain_text("Sending the files to the program")
            wire.cut()
            expect(page.locator("#pulse .lost")).to_be_visible()
            sent[0].abort()
            wire.mend()
            expect(page.locator("#pulse .lost")).to_be_hidden()
            expect(page.locator("#notice").get_by_role("alert")).to_contain_text("The files did not reach the program")
            expect(page.locator("#documents summary")).to_have_text("2 documents")
            page.goto("about:blank")
        finally:
            wire.cut()


def test_nothing_of_what_was_uploaded_stays_once_the_session_has_ended(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GRADIO_TEMP_DIR", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)  # have TMPDIR looked at again
    sessions = Sessions(Opening.of(Scripted(small_store(tmp_path / "store"))))

    def holding() -> list[str]:
        files = [path for path in (tmp_path / "temporary").rglob("*") if path.is_file()]
        return [path.name for path in files if FERRY.encode() in path.read_bytes()]

    with served(sessions.opening, sessions=sessions) as url:
        page = context.new_page()
        opened(page, url)
        page.evaluate(DROP, [["ferry.txt", FERRY], ["also.txt", f"{FERRY} It sails."]])
        expect(page.locator("#notice .note")).to_contain_text("Added 2 documents")
        assert "ferry.txt" in holding()
        page.goto("about:blank")
        sessions.close()
        assert holding() == []


def test_two_people_who_send_the_same_file_at_once_both_have_it(tmp_path: Path) -> None:
    sent = tmp_path / "sent" / "ferry.txt"
    sent.parent.mkdir()
    sent.write_text(FERRY, encoding="utf-8")
    sessions = [Session(Opening.of(Scripted(small_store(tmp_path / f"store{n}")))) for n in range(2)]
    for n, session in enumerate(sessions):
        own = tmp_path / f"own{n}"
        own.mkdir()
        session.sent.update(_sent([str(sent)]))
        (document,) = session.add(_own([str(sent)], own)).documents
        assert document.text == FERRY
    sessions[0].close()
    assert not sent.exists()
    sent.write_text(FERRY, encoding="utf-8")  # sent by a third one
    (tmp_path / "new").write_text(FERRY, encoding="utf-8")
    (tmp_path / "new").replace(sent)
    sessions[1].close()
    assert sent.exists()


@pytest.mark.parametrize("size", [(1280, 720), (320, 568)])
def test_the_text_box_stays_in_sight_when_many_files_were_added_and_the_notice_can_be_put_away(
    page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    good = [[f"report of the year {n} on the ferry and the pier.txt", f"Text {n}."] for n in range(200)]
    bad = [[f"photograph number {n} of the ferry and the pier.png", "\0"] for n in range(100)]
    page.evaluate(DROP, [*good, *bad])
    notice = page.locator("#notice")
    expect(notice).to_contain_text("Added 200 documents: ")
    expect(notice).to_contain_text(", and 197 more")
    expect(notice).to_contain_text("and 97 more that were not read")
    expect(page.locator("#composer")).to_be_in_viewport(ratio=1)
    expect(notice.get_by_role("button", name="Dismiss this message")).to_be_in_viewport(ratio=1)
    assert in_both_schemes(page) == []
    notice.get_by_role("button", name="Dismiss this message").click()
    expect(notice.get_by_role("status")).to_have_count(0)
    expect(page.locator("#question textarea")).to_be_focused()
    for _ in range(2):  # the same again is told again
        page.evaluate(DROP, [["empty.txt", " "]])
        expect(notice).to_contain_text("empty.txt was not read: ")
        notice.get_by_role("button", name="Dismiss this message").click()
        expect(notice.get_by_role("status")).to_have_count(0)


def test_a_removed_document_is_asked_no_more_and_can_be_brought_back(library: Page) -> None:
    library.evaluate(DROP, [["ferry.txt", FERRY]])
    library.get_by_role("button", name="Remove ferry").click()
    expect(library.locator("#documents summary")).to_have_text("2 documents")
    ask(library, QUESTION)
    expect(library.locator(".refusal")).to_be_visible()
    library.get_by_role("button", name="Undo: bring ferry back").click()
    expect(library.locator("#documents summary")).to_have_text("3 documents")
    answers_from_the_ferry(library)


def test_a_document_is_removed_and_brought_back_with_the_keyboard(library: Page) -> None:
    library.evaluate(DROP, [["ferry.txt", FERRY], ["pier.txt", "The pier is long."]])
    for name in ("pier", "ferry"):
        library.get_by_role("button", name=f"Remove {name}").press("Enter")
        expect(library.get_by_role("button", name=f"Undo: bring {name} back")).to_be_focused()
        expect(library.locator("#announced")).to_have_text(f"{name} was removed.")
        library.keyboard.press("Enter")
        expect(library.get_by_role("button", name=f"Remove {name}")).to_be_focused()
        expect(library.locator("#announced")).to_have_text(f"{name} is back.")


def test_a_question_goes_to_the_chosen_documents_alone(library: Page) -> None:
    library.get_by_role("checkbox", name="Ask The lighthouse of Norderhaven").uncheck()
    expect(library.locator("#documents summary")).to_have_text("2 documents, 1 asked")
    ask(library, "Which mercury lighthouse boils?")
    expect(library.locator(".refusal .searched")).to_contain_text("Searched 1 document for")
    expect(library.locator(".refusal .from").first).to_contain_text("Traps")
    library.get_by_role("button", name="Ask all").click()
    expect(library.locator("#documents summary")).to_have_text("2 documents")
    expect(library.get_by_role("checkbox").first).to_be_checked()


def test_with_no_document_chosen_nothing_is_asked_and_that_is_said(library: Page) -> None:
    library.get_by_role("button", name="Ask none").click()
    expect(library.locator("#documents summary")).to_have_text("2 documents, 0 asked")
    library.locator("#question textarea").fill("Who lives there?")
    library.keyboard.press("Enter")
    expect(library.locator("#notice [role=alert]")).to_contain_text("No document is chosen")
    looked_at(library)
    expect(library.locator("#question textarea")).to_have_value("Who lives there?")


def test_what_is_added_while_other_files_are_read_is_added_after_them(held: tuple[Page, Held]) -> None:
    page, encoder = held
    page.evaluate(DROP, [["ferry.txt", FERRY]])
    expect(page.locator("#notice .progress")).to_be_visible()
    page.evaluate(DROP, [["one.txt", "One pier."], ["two.txt", "Two piers."]])
    expect(page.locator("#notice .progress")).to_contain_text("(2 more files wait)")
    for name, text in (("First", "A first text."), ("Second", "A second text.")):
        page.get_by_label("Or paste a text").fill(text)
        page.get_by_label("Its name").fill(name)
        page.get_by_role("button", name="Add the text").click()
    expect(page.locator("#notice .progress")).to_contain_text("(4 more files wait)")
    encoder.may.set()
    expect(page.locator("#documents summary")).to_have_text("7 documents")
    expect(page.locator("#documents .listed .title")).to_contain_text(["First", "Second", "ferry", "one", "two"])


def test_boxes_that_are_unticked_quickly_all_stay_unticked(library: Page) -> None:
    library.evaluate(DROP, [[f"{n}.txt", f"Text number {n}."] for n in range(6)])
    expect(library.locator("#documents summary")).to_have_text("8 documents")
    library.evaluate(
        """() => {
          window.bounced = [];
          const boxes = [...document.querySelectorAll("#documents input[type=checkbox]")].slice(0, 5);
          new MutationObserver(() => window.bounced.push(boxes.filter((box) => box.checked).length))
            .observe(document.querySelector("#documents ul"), { subtree: true, childList: true, attributes: true });
          for (const box of boxes) box.click();
        }"""
    )
    expect(library.locator("#documents summary")).to_have_text("8 documents, 3 asked")
    expect(library.get_by_role("checkbox", checked=False)).to_have_count(5)
    assert set(library.evaluate("window.bounced")) == {0}
    library.get_by_role("button", name="Ask all").click()
    expect(library.get_by_role("checkbox", checked=True)).to_have_count(8)


def test_every_document_is_found_and_all_that_are_found_are_chosen_at_once(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.ui.library.MOST_ROWS", 10)
    texts = [Document.of(f"Text {n}.", f"{n:03}.txt", f"{'Old' if n < 25 else 'New'} title {n}") for n in range(30)]
    update_store(tmp_path, texts, HashingEncoder())
    with served(Scripted(Store.open(tmp_path))) as url:
        page = context.new_page()
        opened(page, url)
        page.locator("#documents summary").click()
        rows = page.locator("#documents .listed:visible")
        expect(rows).to_have_count(10)
        expect(page.locator("#documents")).to_contain_text("The first 10 of 30 are listed")
        assert in_both_schemes(page) == []
        page.get_by_label("Find a document").fill("new")
        expect(rows).to_have_count(5)
        page.get_by_role("button", name="Ask none").click()
        expect(page.locator("#documents summary")).to_have_text("30 documents, 25 asked")
        expect(page.get_by_role("checkbox", checked=False)).to_have_count(5)
        page.get_by_role("checkbox", name="Ask New title 29").check()
        expect(page.locator("#documents summary")).to_have_text("30 documents, 26 asked")
        page.get_by_label("Find a document").fill("")
        expect(rows).to_have_count(10)
        page.get_by_role("button", name="Ask all").click()
        expect(page.locator("#documents summary")).to_have_text("30 documents")
        page.goto("about:blank")


def test_all_that_are_found_in_a_short_list_are_chosen_at_once(library: Page) -> None:
    library.evaluate(
        DROP, [[f"{name} {n}.txt", f"Text of {name} {n}."] for name in ("pier", "ferry") for n in range(4)]
    )
    expect(library.locator("#documents summary")).to_have_text("10 documents")
    library.get_by_label("Find a document").fill("PIER")
    expect(library.locator("#documents .listed:visible")).to_have_count(4)
    library.get_by_role("button", name="Ask none").click()
    expect(library.locator("#documents summary")).to_have_text("10 documents, 6 asked")


def test_what_was_added_to_a_named_store_is_there_when_the_program_is_started_again(
    context: BrowserContext, tmp_path: Path
) -> None:
    small_store(tmp_path)

    @contextmanager
    def started() -> Iterator[Page]:
        sessions = Sessions(Opening.of(Scripted(Store.open(tmp_path))), keeps_added=True)
        with served(sessions.opening, sessions=sessions) as url:
            page = context.new_page()
            opened(page, url)
            yield page
            page.close()
        sessions.close()

    with started() as page:
        expect(page.locator("#documents summary")).to_have_text("2 documents")
        page.evaluate(DROP, [["ferry.txt", FERRY]])
        expect(page.locator("#documents summary")).to_have_text("3 documents")
        page.locator("#documents summary").click()
        expect(page.locator("#documents .tag")).to_have_text(["added here"])
    with started() as page:
        expect(page.locator("#documents summary")).to_have_text("3 documents")
        answers_from_the_ferry(page)


def test_what_was_uploaded_goes_with_the_page_that_is_closed(browser: Browser, tmp_path: Path) -> None:
    sessions = Sessions(Opening.of(Scripted(small_store(tmp_path / "store"))), grace_s=0.01)
    context = browser.new_context()
    with served(sessions.opening, sessions=sessions) as url:
        page = context.new_page()
        opened(page, url)
        page.evaluate(DROP, [["ferry.txt", FERRY]])
        expect(page.locator("#notice .note")).to_contain_text("Added 1 document")
        assert len(sessions) == 1
        context.close()
        until_s = time.monotonic() + 60
        while len(sessions) and time.monotonic() < until_s:
            time.sleep(0.05)
        assert len(sessions) == 0
