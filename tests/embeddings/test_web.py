"""Fetching from a real server on this machine, which a look-up of the test names as if it were elsewhere."""

from __future__ import annotations

import codecs
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from embeddings.errors import LoadError
from embeddings.web import Address, Fetched, Web, is_public

HERE = ipaddress.ip_address("127.0.0.1")


@dataclass
class Site:
    """A server and its look-up; `pages` say what lies at a path: status, headers, content."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    port: int = 0

    def look_up(self, host: str) -> tuple[Address, ...]:
        self.hosts.append(host)
        return (HERE,)

    def web(self, **changes: object) -> Web:
        given = {
            "look_up": self.look_up,
            "is_allowed": lambda _: True,
            "ports": dict.fromkeys(("http", "https"), self.port),
        }
        return Web(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.headers["Host"].partition(":")[0], self.path))
            status, headers, content = site.pages[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


HTML = {"Content-Type": "text/html; charset=utf-8"}


def test_a_page_is_fetched_and_named_after_its_address(site: Site) -> None:
    site.pages["/a/b%20c?d=1"] = (200, HTML, b"<p>Words.</p>")
    assert site.web().fetch("http://example.org/a/b%20c?d=1") == Fetched(b"<p>Words.</p>", "example.org-a-b c-d-1.html")
    assert site.asked == [("example.org", "/a/b%20c?d=1")]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("text/plain", "example.org-a.txt"),
        ("text/markdown", "example.org-a.md"),
        ("application/pdf", "example.org-a.pdf"),
        ("application/xhtml+xml", "example.org-a.xhtml"),
    ],
)
def test_the_kind_gives_the_suffix(site: Site, kind: str, name: str) -> None:
    site.pages["/a"] = (200, {"Content-Type": kind}, b"x")
    assert site.web().fetch("http://example.org/a").name == name


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:93.184.216.34", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::", "64:ff9b:1::7f00:1", "::7f00:1",
        "::ffff:0:7f00:1", "5f00::1", "3fff::1", "192.88.99.1", "192.0.0.8",
    ],
)  # fmt: skip
def test_addresses_that_not_everybody_can_reach_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1"])
def test_addresses_that_everybody_can_reach_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1", "0"])
def test_this_machine_is_refused_however_it_is_written(site: Site, host: str) -> None:
    site.pages["/"] = (200, HTML, b"secret")
    with pytest.raises(LoadError, match=r"is not on the public web, and nothing else is fetched|no machine named"):
        Web(ports={"http": site.port}).fetch(f"http://{host}/")
    assert site.asked == []


def test_a_host_with_one_private_address_among_public_ones_is_refused(site: Site) -> None:
    addresses = tuple(map(ipaddress.ip_address, ("93.184.216.34", "10.0.0.1")))
    with pytest.raises(LoadError, match=r"^example.org is not on the public web"):
        Web(look_up=lambda _: addresses).fetch("http://example.org/")


def test_a_redirect_to_a_private_address_is_refused(site: Site) -> None:
    site.pages["/"] = (302, {"Location": "http://inside.example/"}, b"")

    def is_allowed(address: Address) -> bool:
        return site.hosts[-1] == "example.org"

    with pytest.raises(LoadError, match=r"^inside.example is not on the public web"):
        site.web(is_allowed=is_allowed).fetch("http://example.org/")
    assert site.asked == [("example.org", "/")]


def test_a_name_is_looked_up_once_and_the_checked_address_connected_to(site: Site) -> None:
    # A name whose second answer is another one would lead a second look-up elsewhere; there is none.
    site.pages["/"] = (200, HTML, b"x")
    answers = iter([(HERE,), (ipaddress.ip_address("10.0.0.1"),)])
    checked: list[Address] = []

    def is_allowed(address: Address) -> bool:
        checked.append(address)
        return True

    site.web(look_up=lambda _: next(answers), is_allowed=is_allowed).fetch("http://rebinding.example/")
    assert (checked, len(list(answers))) == ([HERE], 1)


def test_redirects_are_followed_and_their_number_limited(site: Site) -> None:
    site.pages["/1"] = (301, {"Location": "2"}, b"")
    site.pages["/2"] = (200, HTML, b"two")
    site.pages["/round"] = (307, {"Location": "/round"}, b"")
    assert site.web().fetch("http://example.org/1") == Fetched(b"two", "example.org-2.html")
    with pytest.raises(LoadError, match=r"^the address leads on to another more than 5 times$"):
        site.web().fetch("http://example.org/round")
    assert site.hosts.count("example.org") == 2 + 6


@pytest.mark.parametrize("leads_to", ["file:///etc/hosts", "ftp://example.org/", "http://example.org:22/", "//u@x/"])
def test_a_redirect_to_what_is_no_plain_web_address_is_refused(site: Site, leads_to: str) -> None:
    site.pages["/"] = (302, {"Location": leads_to}, b"")
    with pytest.raises(LoadError, match=r"is no web address|of its own is not fetched"):
        site.web().fetch("http://example.org/")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("file:///etc/passwd", "is no web address; it begins with https://"),
        ("example.org", "is no web address; it begins with https://"),
        ("http://", "is no web address"),
        ("http://[::1", "is no web address"),
        ("http://a:99999/", "is no web address"),
        ("http://user@example.org/", "a user name or a port of its own"),
        ("http://example.org:8080/", "a user name or a port of its own"),
        ("http://example.org/a b", "has a blank in it"),
        ("http://example.org/\r\nHost: x", "has a blank in it"),
        ("http://example.org/ä", "letters that no address has"),
    ],
)
def test_what_is_no_web_address_says_so(address: str, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        Web(look_up=lambda _: ()).fetch(address)


def test_more_than_the_limit_is_not_read(site: Site) -> None:
    site.pages["/fits"] = (200, HTML, b"a" * 1000)
    site.pages["/large"] = (200, HTML, b"a" * 1001)
    assert len(site.web(max_bytes=1000).fetch("http://example.org/fits").content) == 1000
    with pytest.raises(LoadError, match=r"^it has more than 1,000 bytes, the most that is fetched$"):
        site.web(max_bytes=1000).fetch("http://example.org/large")


@pytest.mark.parametrize("place", ["http://[", "//[::1"])
def test_an_address_to_lead_on_to_that_is_none_is_told(site: Site, place: str) -> None:
    site.pages["/"] = (302, {"Location": place}, b"")
    with pytest.raises(LoadError, match="is no web address"):
        site.web().fetch("http://example.org/")


def test_text_is_read_in_the_encoding_that_the_server_states(site: Site) -> None:
    site.pages["/a"] = (200, {"Content-Type": "text/html; charset=windows-1251"}, "<p>Привет, мир</p>".encode("cp1251"))
    site.pages["/b"] = (200, {"Content-Type": "text/plain; charset=windows-1251"}, "Привет".encode())
    site.pages["/c"] = (200, {"Content-Type": "text/plain; charset=unheard-of"}, b"\xcf")
    site.pages["/d"] = (200, {"Content-Type": "text/plain; charset=ISO-8859-1"}, b"\x93Yes\x94")  # as browsers read it
    fetched = [site.web().fetch(f"http://example.org/{name}").content for name in "abcd"]
    marked = [codecs.BOM_UTF8 + text.encode() for text in ("<p>Привет, мир</p>", "“Yes”")]
    assert fetched == [marked[0], "Привет".encode(), b"\xcf", marked[1]]


def test_a_long_address_in_another_script_makes_a_name_that_a_file_can_have(site: Site, tmp_path: Path) -> None:
    path = "/" + quote("乌镇峰会" * 30)
    site.pages[path] = (200, HTML, b"<p>A text.</p>")
    name = site.web().fetch(f"http://example.org{path}").name
    (tmp_path / name).write_bytes(b"")
    assert name.startswith("example.org-乌镇峰会") and name.endswith(".html")


def test_what_ends_early_is_not_taken_for_the_whole(site: Site) -> None:
    site.pages["/"] = (200, {**HTML, "Content-Length": "50"}, b"half")
    with pytest.raises(LoadError, match=r"example.org (stopped before all of it was there|could not be read)"):
        site.web().fetch("http://example.org/")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ((404, HTML, b""), "^example.org answered 404 Not Found$"),
        ((200, {"Content-Type": "image/png"}, b""), r"of a kind that is not read \(image/png\)"),
        ((200, {}, b""), r"of a kind that is not read \(not named\)"),
        ((200, {**HTML, "Content-Encoding": "gzip"}, b""), "of a kind that is not read"),
    ],
)
def test_what_cannot_be_read_says_why(site: Site, page: tuple[int, dict[str, str], bytes], reason: str) -> None:
    site.pages["/"] = page
    with pytest.raises(LoadError, match=reason):
        site.web().fetch("http://example.org/")


def test_a_host_without_an_address_says_so() -> None:
    def look_up(host: str) -> tuple[Address, ...]:
        raise socket.gaierror("not known")

    with pytest.raises(LoadError, match=r"^there is no machine named nowhere.example$"):
        Web(look_up=look_up).fetch("https://nowhere.example/")


def dripping(write: Callable[[socket.socket], None]) -> tuple[socket.socket, threading.Thread]:
    """Return a server that sends a byte now and then and never ends."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        taken, _ = listener.accept()
        with taken:
            try:
                write(taken)
                while True:
                    taken.sendall(b"a")
                    time.sleep(0.05)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    return listener, thread


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"])
def test_a_server_that_drips_is_left_when_the_time_is_over(head: bytes) -> None:
    listener, thread = dripping(lambda taken: taken.sendall(head))
    web = Web(lambda _: (HERE,), lambda _: True, {"http": listener.getsockname()[1]}, timeout_s=0.5)
    with pytest.raises(LoadError, match=r"^it took longer than 0.5 seconds$"):
        web.fetch("http://example.org/")
    thread.join()
    listener.close()
