"""What would hear a request that leaves the machine: a proxy for the browser, a hook for the server of the page."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ProxySettings

HERE = {"127.0.0.1", "::1", "localhost", None, ""}


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


@contextmanager
def connections() -> Iterator[list[Any]]:
    """Give what this process, and with it the server of the page, connects to, looks up or sends to meanwhile."""
    addresses: list[Any] = []
    listening = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if listening and event in {"socket.connect", "socket.sendto"}:
            addresses.append(arguments[1])
        elif listening and event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            addresses.append(arguments)

    sys.addaudithook(hook)
    try:
        yield addresses
    finally:
        listening = False


@contextmanager
def sealed(browser: Browser) -> Iterator[BrowserContext]:
    """Give a context of the browser; at its end neither it nor this process has asked another machine for anything."""
    outside = Outside()
    proxy = ProxySettings(server=f"http://127.0.0.1:{outside.port}", bypass="127.0.0.1")
    try:
        context = browser.new_context(proxy=proxy, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        with connections() as connected:
            yield context
            context.close()
    finally:
        outside.close()
    assert outside.requests == []
    assert [place for place in connected if place[0] not in HERE] == []
