"""A web address in, what lies there out: only from machines that everybody can reach, within limits of size and time.

An address that a person types must not lead this program to what it alone can reach: its own machine, its network, its
provider's services. So each name is looked up once, every answer is checked, and the connection is made to the address
that was checked; a redirect is an address like any other.
"""

from __future__ import annotations

import codecs
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from embeddings.decode import encoding_of
from embeddings.errors import LoadError
from embeddings.phrase import Phrase

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_BYTES = 20_000_000
TIMEOUT_S = 20.0
MAX_REDIRECTS = 5
MAX_NAME_BYTES = 150
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS: Mapping[str, int] = {"http": 80, "https": 443}

SUFFIXES: Mapping[str, str] = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""The kinds that are read, and how their files are named."""

_UNICAST = ipaddress.ip_network("2000::/3")
"""The IPv6 addresses that are given to machines of the public net; others may stand for a private IPv4 address."""

_SPECIAL = [ipaddress.ip_network(net) for net in ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]
"""Addresses for documentation, for protocols and for relays, which not every library takes for special."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lay at an address, and a file name for it that says where it was."""

    content: bytes
    name: str


def looked_up(host: str) -> tuple[Address, ...]:
    """Return the addresses of a host. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found)


def is_public(address: Address) -> bool:
    """Return whether everybody can reach the address; one that wraps another is not trusted to."""
    if isinstance(address, ipaddress.IPv6Address) and (address.sixtofour or address.teredo or address not in _UNICAST):
        return False
    is_special = any(address in net for net in _SPECIAL if net.version == address.version)
    return address.is_global and not address.is_multicast and not is_special


@dataclass(frozen=True, slots=True)
class Web:
    """What fetches. The fields are what tests put others in for."""

    look_up: Callable[[str], tuple[Address, ...]] = looked_up
    is_allowed: Callable[[Address], bool] = is_public
    ports: Mapping[str, int] = field(default_factory=lambda: PORTS)
    max_bytes: int = MAX_BYTES
    timeout_s: float = TIMEOUT_S

    def fetch(self, address: str) -> Fetched:
        """Return what lies at the address. Raises LoadError with the reason where it cannot or must not be had."""
        deadline_s = time.monotonic() + self.timeout_s
        for _ in range(MAX_REDIRECTS + 1):
            parts = _parsed(address)
            found = self._fetched(parts, self._checked(parts.hostname or ""), deadline_s)
            if isinstance(found, Fetched):
                return found
            try:
                address = urljoin(address, found)
            except ValueError as error:
                raise LoadError("{address!r} is no web address", address=found) from error
        raise LoadError("the address leads on to another more than {n} times", n=MAX_REDIRECTS)

    def _fetched(self, parts: SplitResult, address: Address, deadline_s: float) -> Fetched | str:
        """Return what lies at one address, or the address that it leads on to, before the deadline."""
        left_s = max(0.1, deadline_s - time.monotonic())
        made = _SecureTo if parts.scheme == "https" else _To
        connection = made(parts.hostname or "", self.ports[parts.scheme], address, left_s)
        late = threading.Event()
        guard = threading.Timer(left_s, _cut, [connection, late])
        guard.daemon = True
        guard.start()
        try:
            found = self._get(connection, parts)
        except (OSError, http.client.HTTPException) as error:
            if not (late.is_set() or isinstance(error, TimeoutError)):
                raise LoadError("{host} could not be read ({why})", host=parts.hostname, why=error) from error
            late.set()
        except LoadError:
            if not late.is_set():  # what was cut off can look like anything
                raise
        finally:
            guard.cancel()
            connection.close()
        if late.is_set():
            raise LoadError("it took longer than {timeout_s:g} seconds", timeout_s=self.timeout_s)
        return found

    def _checked(self, host: str) -> Address:
        """Return the address to connect to. Raises LoadError unless all that the host has are allowed."""
        try:
            addresses = self.look_up(host)
        except (OSError, ValueError) as error:
            raise LoadError("there is no machine named {host}", host=host) from error
        if not addresses or not all(self.is_allowed(address) for address in addresses):
            raise LoadError("{host} is not on the public web, and nothing else is fetched", host=host)
        return addresses[0]

    def _get(self, connection: http.client.HTTPConnection, parts: SplitResult) -> Fetched | str:
        """Return what lies there, or the address that it leads on to."""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept-Encoding": "identity", "User-Agent": "article-qa"})
        response = connection.getresponse()
        if response.status in REDIRECTS and (leads_to := response.getheader("Location")):
            return leads_to
        if response.status != 200:
            answer = f"{response.status} {response.reason}".rstrip()
            raise LoadError("{host} answered {answer}", host=parts.hostname, answer=answer)
        kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        if kind not in SUFFIXES or response.getheader("Content-Encoding", "identity") != "identity":
            raise LoadError("what lies there is of a kind that is not read ({kind})", kind=kind or Phrase("not named"))
        content = response.read(self.max_bytes + 1)
        if len(content) > self.max_bytes:
            raise LoadError("it has more than {n_bytes:,} bytes, the most that is fetched", n_bytes=self.max_bytes)
        if response.length:
            raise LoadError("{host} stopped before all of it was there", host=parts.hostname)
        if kind.startswith("text/"):
            content = _as_stated(content, response.headers.get_content_charset())
        return Fetched(content, _name(parts, SUFFIXES[kind]))


class _To(http.client.HTTPConnection):
    """A connection to a host by the one address that was checked."""

    def __init__(self, host: str, port: int, address: Address, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._place = (str(address), port)
        self.opened: socket.socket | None = None  # `sock` is forgotten once the answer's head is there

    def connect(self) -> None:
        self.opened = self.sock = socket.create_connection(self._place, self.timeout)


class _SecureTo(_To):
    """The same, encrypted; the certificate has to be the host's."""

    def connect(self) -> None:
        super().connect()
        secured = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.opened = self.sock = secured


def _cut(connection: _To, late: threading.Event) -> None:
    """End a connection, whatever it is waiting for."""
    late.set()
    if connection.opened is not None:
        try:
            connection.opened.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _parsed(address: str) -> SplitResult:
    """Return the parts of a web address. Raises LoadError for anything else."""
    if re.search(r"[\x00-\x20\x7f]", address):
        raise LoadError("the address has a blank in it; copy it from the browser's address line")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise LoadError("{address!r} is no web address", address=address) from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise LoadError("{address!r} is no web address; it begins with https:// or http://", address=address)
    if parts.username is not None or port not in {None, PORTS[parts.scheme]}:
        raise LoadError("an address with a user name or a port of its own is not fetched")
    if not parts.path.isascii() or not parts.query.isascii():
        raise LoadError("the address has letters that no address has; copy it from the browser's address line")
    return parts


def _as_stated(content: bytes, charset: str | None) -> bytes:
    """Return text in UTF-8, marked as such, where the server says which other encoding it has, and it has that one.

    Names of encodings mean what browsers take them for.
    """
    encoding = encoding_of(charset or "")
    if not encoding or _is_utf8(content):
        return content
    try:
        return codecs.BOM_UTF8 + content.decode(encoding).encode("utf-8")
    except UnicodeError:
        return content


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeError:
        return False
    return True


def _name(parts: SplitResult, suffix: str) -> str:
    """Return a file name of the address, without what no file name can hold; others may have the same one."""
    address = unquote(f"{parts.hostname}{parts.path}{'?' if parts.query else ''}{parts.query}")
    words = re.sub(r"[^\w.\- ]+", "-", address).strip("-. ")
    stem = words.removesuffix(suffix).encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    return f"{stem}{suffix}"
