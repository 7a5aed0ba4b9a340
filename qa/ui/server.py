"""A page in, a web server out that people can open; it asks no other machine for anything."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.resources import files
from ipaddress import ip_address

import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio import processing_utils
from gradio.exceptions import InvalidPathError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import QaError
from qa.ui.admission import LocalOnly, OwnOnly
from qa.ui.evaluations import Evaluations
from qa.ui.reports import serve_reports
from qa.ui.uploads import MOST_MB

MAX_FILE_SIZE = f"{MOST_MB}mb"
"""The largest file that can be uploaded."""

GRACE_S = 1
"""What pages ask for when the server ends is answered for so long."""

POLICY = "; ".join(
    [
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "object-src 'none'",
    ]
)
"""What a browser lets the page load: only what this server sends. Gradio builds its templates with eval."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the port, 0 for any free one. Raises QaError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would take a port that another program has
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise QaError(f"port {port} on {host} cannot be used ({reason}); give another one with --port") from error
    return listener


class Guarded:
    """The application with headers that bind the browser; streams pass through it unchanged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, its answer's headers completed."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = headers.get("Content-Security-Policy", POLICY)
                headers.update({**HEADERS, "Content-Security-Policy": own})
            await send(message)

        await self._app(scope, receive, send_guarded)


def application(blocks: gr.Blocks, theme: gr.themes.Base, css: str, evaluations: Evaluations | None = None) -> FastAPI:
    """Return the web application with the page at "/": no record of runs, no list of its interface.

    It sends the reports of `evaluations`, which are those that the page was built with.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(OwnOnly)
    app.add_middleware(Guarded)
    blocks.has_launched = True  # else Gradio takes any file that a request names for an uploaded one
    setattr(processing_utils, "async_ssrf_protected_download", _fetch_nothing)  # noqa: B010
    if evaluations is not None:
        serve_reports(app, evaluations.shown)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=MAX_FILE_SIZE,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        theme=theme,
        head=f"<style>{css}</style><script>{_first()}</script>",
    )
    return mounted


async def _fetch_nothing(url: str, cache_dir: str) -> str:
    """Refuse, in place of what Gradio does with a file whose path is a web address."""
    raise InvalidPathError("An address is not fetched.")


def _first() -> str:
    """Return the scripts that run before all others: for what the browser keeps, and to outlive a lost connection."""
    return "".join(files("qa.ui").joinpath(name).read_text(encoding="utf-8") for name in ("kept.js", "guard.js"))


class _Uvicorn(uvicorn.Server):
    """A server that ends without a word: the streams of open pages, which have no end of their own, are cut off.

    It also ends in order when the terminal that it was started in is closed.
    """

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is being done, and then the server."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Have signals end the server; they come again when it has ended."""
        hangup = getattr(signal, "SIGHUP", None)
        with super().capture_signals():
            if hangup is None or threading.current_thread() is not threading.main_thread():
                yield
                return
            before = signal.getsignal(hangup)
            if before is not signal.SIG_IGN:
                signal.signal(hangup, self.handle_exit)
            try:
                yield
            finally:
                signal.signal(hangup, before)


def _nothing() -> None:
    """Do nothing."""


class Server:
    """The application behind a listening socket, until it is stopped; `ending` is called when that begins.

    On an address that only this machine can reach, it answers to no other name.
    """

    def __init__(self, app: FastAPI, listener: socket.socket, ending: Callable[[], None] = _nothing) -> None:
        self._listener = listener
        host, port = listener.getsockname()[:2]
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        self.url = f"http://{shown}:{port}/"
        served: ASGIApp = LocalOnly(app) if ip_address(host).is_loopback else app
        config = uvicorn.Config(served, log_level="warning", timeout_graceful_shutdown=GRACE_S)
        self._uvicorn = _Uvicorn(config, ending)

    def run(self, *, open_browser: bool = False) -> None:
        """Serve until the program is interrupted or `stop` is called."""
        if open_browser:
            timer = threading.Timer(1.0, webbrowser.open, [self.url])
            timer.daemon = True
            timer.start()
        self._uvicorn.run(sockets=[self._listener])

    def stop(self) -> None:
        """Have `run` return soon."""
        self._uvicorn.should_exit = True
