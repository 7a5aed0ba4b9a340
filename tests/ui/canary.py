"""What would hear a request that leaves the machine: a proxy for the browser, a hook for the server of the page."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

from playwright.sync_api import ProxySettings

HERE = {"127.0.0.1", "::1", "localhost", None, ""}
WAIT_S = 1
"""So long a connection may say nothing before it counts without a word."""


class Outside:
    """Counts what is sent to the proxy that the browser uses for all but this machine."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._hear, args=(taken,)))
            self._threads[-1].start()

    def _hear(self, taken: socket.socket) -> None:
        """Count a connection, whether it says something or not; it is closed only then."""
        with taken:
            taken.settimeout(WAIT_S)
            try:
                said = taken.recv(200)
            except OSError:
                said = b""
            self.requests.append(said)

    def close(self) -> None:
        """Take no more connections, and wait until all that came are counted."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:  # the first one adds no more once it has ended
            thread.join()


class Heard:
    """What this process, and with it the server of the page, connects to, looks up or sends to."""

    def __init__(self) -> None:
        self.addresses: list[Any] = []
        sys.addaudithook(self._hook)  # for good: a hook cannot be taken away

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
            self.addresses.append(arguments[1])
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            self.addresses.append(arguments)

    @property
    def elsewhere(self) -> list[Any]:
        """The addresses that are not on this machine."""
        return [address for address in self.addresses if address[0] not in HERE]


class Canary:
    """Stands where every way out would lead: a proxy for the browser, a hook for the server of the page."""

    def __init__(self) -> None:
        self.browser, self.server = Outside(), Heard()

    @property
    def proxy(self) -> ProxySettings:
        """What the browser is to use for all but this machine."""
        return ProxySettings(server=f"http://127.0.0.1:{self.browser.port}", bypass="127.0.0.1")

    def heard(self) -> list[Any]:
        """Return what has left the machine since this was called last."""
        requests = self.browser.requests
        left = [*(requests.pop(0) for _ in range(len(requests))), *self.server.elsewhere]
        self.server.addresses.clear()
        return left
