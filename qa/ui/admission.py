"""Which requests the page's server answers: those of the page itself, for what it uses, under this machine's name.

Gradio offers more than the page uses to whoever reaches the server: it fetches web addresses, sends copies of files,
and lets pages of other origins ask where it does not take the server for a local one.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.ui.reports import FOLDER

NOT_LOCAL = "This page can be opened as localhost or 127.0.0.1 only; to open it by another name, serve it with --host."
NOT_OURS = "Another page asked for this; open the page itself."
NOT_THERE = "There is nothing here."

CALLS_IN = "gradio_api"
PARTS = frozenset({"assets", "config", "favicon.ico", "robots.txt", "static", "svelte", "theme.css", FOLDER})
"""What the page is made of, by the first word of the path."""

CALLS = frozenset({"app_id", "cancel", "heartbeat", "queue", "reset", "run", "upload", "upload_progress"})
"""What the page asks of Gradio, by the word behind `CALLS_IN`."""


class LocalOnly:
    """The application, but for requests that name another machine: a website may have its name lead to this one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        asks = scope["type"] in {"http", "websocket"}
        app = (
            self._app
            if not asks or is_local(Headers(scope=scope).get("host", ""))
            else PlainTextResponse(NOT_LOCAL, 403)
        )
        await app(scope, receive, send)


class OwnOnly:
    """The application, but for what its page does not use and for what pages of other origins ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        app: ASGIApp = self._app
        if scope["type"] in {"http", "websocket"}:
            if not is_used(scope["path"]):
                app = PlainTextResponse(NOT_THERE, 404)
            elif not is_own(scope.get("method", ""), scope["path"], Headers(scope=scope)):
                app = PlainTextResponse(NOT_OURS, 403)
        await app(scope, receive, send)


def is_local(host: str) -> bool:
    """Return whether a host, with or without a port, is this machine by a name that nobody else can have."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def is_used(path: str) -> bool:
    """Return whether the page asks for what lies at this path, its escapes taken out."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first == CALLS_IN:
        return rest.partition("/")[0] in CALLS
    return first in PARTS if first else not rest


def is_own(method: str, path: str, headers: Headers) -> bool:
    """Return whether a request comes from the page, from no page, or only opens the page.

    Browsers say from which site a request comes, older ones only from which origin. One without either is no browser's.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        opens = method in {"GET", "HEAD"} and headers.get("sec-fetch-mode") == "navigate"
        return opens and not path.startswith(f"/{CALLS_IN}/")
    origin = headers.get("origin")
    return site is not None or origin is None or urlsplit(origin).netloc == headers.get("host")
