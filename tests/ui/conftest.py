"""The page, served for real on a free port, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from embeddings.web import Web
from qa.answer import Answerer
from qa.cli import UPLOADS_IN
from qa.conversations import Conversations
from qa.errors import QaError
from qa.opening import Opening
from qa.ui.evaluations import Evaluations
from qa.ui.page import build_page, style, theme
from qa.ui.server import Server, application, listening
from qa.ui.sessions import Sessions
from tests.ui.canary import Canary
from tests.ui.scripted import Scripted, small_store

EXAMPLES = ("When was the lighthouse built?", "Who lives on the island?")
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--no-sandbox", "--process-per-site", "--autofill-server-url=http://127.0.0.1:9/")
"""One process draws all pages of a site, as starting one costs more than opening a page. Chromium asks its maker about
form fields, whatever page they are on; here it asks nobody."""
PAUSE_S = 0.15
used_ports: list[int] = []

expect.set_options(timeout=30_000)  # a loaded machine is slow, and that is not what the tests are about


@contextmanager
def served(
    answerer: Answerer | Opening,
    answers_at_once: int = 4,
    most_waiting: int = 32,
    conversations: Conversations | None = None,
    trouble: str = "",
    port: int | None = None,
    web: Web | None = None,
    examples: Sequence[str] = EXAMPLES,
    suggests: bool = False,
    sessions: Sessions | None = None,
) -> Iterator[str]:
    """Serve the answerer's page in a thread; give its address. Without a `port`, on one of those that were used before."""
    evaluations = Evaluations()
    page = build_page(
        answerer,
        examples=examples,
        answers_at_once=answers_at_once,
        most_waiting=most_waiting,
        conversations=conversations,
        trouble=trouble,
        web=web,
        evaluations=evaluations,
        suggests=suggests,
        sessions=sessions,
    )
    listener = free_listener() if port is None else listening("127.0.0.1", port)
    server = Server(application(page, theme(), style(), evaluations), listener)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive()


def free_listener() -> socket.socket:
    """Listen on the first port of this process that is free, as what the browser keeps of the page's scripts goes by it."""
    for port in used_ports:
        with suppress(QaError):
            return listening("127.0.0.1", port)
    listener = listening("127.0.0.1", 0)
    used_ports.append(listener.getsockname()[1])
    return listener


@pytest.fixture(scope="session")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Scripted:
    return Scripted(small_store(tmp_path_factory.mktemp("store")), pause_s=PAUSE_S)


@pytest.fixture(scope="session")
def address(answerer: Scripted) -> Iterator[str]:
    with served(answerer) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def uploads(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what is uploaded apart from what other processes that run tests get."""
    os.environ[UPLOADS_IN] = str(tmp_path_factory.mktemp("copies"))


@pytest.fixture(scope="session")
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.browser.close()
    assert canary.browser.requests == []


@pytest.fixture(autouse=True)
def nothing_leaves(request: pytest.FixtureRequest) -> Iterator[None]:
    """See to it that, whatever a test brings a page to, nothing leaves the machine until all its pages are closed.

    What a browser sends later fails the next test; what this process does between two of them belongs to other tests.
    """
    if "browser" not in request.fixturenames:
        yield
        return
    canary = request.getfixturevalue("canary")
    canary.server.addresses.clear()
    yield
    assert canary.heard() == []


@pytest.fixture(scope="session")
def browser(canary: Canary) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = CHROMIUM if CHROMIUM.exists() else None
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            reason = f"there is no Chromium to drive: {error.message.splitlines()[0]}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        # Not the browser itself: Chromium asks its maker about accounts and the like, whatever is open.
        setattr(browser, "new_context", partial(browser.new_context, proxy=canary.proxy))  # noqa: B010
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared(browser: Browser) -> Iterator[BrowserContext]:
    """Give the context of all tests that have none of their own; its first tab keeps the process that draws the others."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    keeper(context)
    yield context
    context.close()


def keeper(context: BrowserContext) -> Page:
    """Open a tab that gets an empty page from whatever origin, and asks no server."""
    page = context.new_page()
    page.route("**/*", lambda route: route.fulfill(body=""))
    page.goto("http://127.0.0.1/")
    return page


@pytest.fixture
def context(shared: BrowserContext) -> Iterator[BrowserContext]:
    """Give the context as a new one would be, with nothing open, kept or permitted, but for its cache."""
    visited: set[str] = set()

    def watch(page: Page) -> None:
        page.on("framenavigated", lambda frame: visited.add(frame.url))

    shared.on("page", watch)
    yield shared
    shared.remove_listener("page", watch)
    for page in shared.pages[1:]:
        page.close()
    shared.clear_permissions()
    shared.clear_cookies()
    origins = {"{0.scheme}://{0.netloc}/".format(urlsplit(url)) for url in visited if url.startswith("http")}
    try:
        forget(shared.pages[0], origins)
    except Error:  # its process has died: a new one does what it did
        shared.pages[0].close()
        forget(keeper(shared), origins)


def forget(page: Page, origins: Iterable[str]) -> None:
    """Empty what these origins have stored."""
    for origin in origins:
        page.goto(origin)
        page.evaluate("localStorage.clear()")


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """Return a tab in which nothing is open."""
    return context.new_page()


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """Return the page as it opens."""
    opened(tab, address)
    return tab


def opened(page: Page, address: str) -> None:
    """Open the page and wait until it can be used."""
    page.goto(address)
    page.locator(".opening").wait_for()
    page.locator("#question textarea").wait_for()
