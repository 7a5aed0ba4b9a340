"""What would hear a request that leaves the machine: a proxy for the browser, a hook for the server of the page."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

from playwright.sync_api import ProxySettings

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
        left = [*self.browser.requests, *self.server.elsewhere]
        self.browser.requests.clear()
        self.server.addresses.clear()
        return left
