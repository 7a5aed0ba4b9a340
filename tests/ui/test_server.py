from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse

from qa.colours import colours
from qa.errors import QaError
from qa.opening import Opening
from qa.ui.page import build_page, serve_page, style, theme
from qa.ui.server import NOT_LOCAL, LocalOnly, Server, application, is_local, listening
from tests.ui.scripted import Scripted, small_store

PAIRS = [
    ("ink", "paper"),
    ("ink", "sheet"),
    ("ink", "sunk"),
    ("quiet", "paper"),
    ("quiet", "sheet"),
    ("quiet", "sunk"),
    ("accent", "paper"),
    ("accent", "sheet"),
    ("accent", "accent-soft"),
    ("accent-ink", "accent"),
    ("cited-ink", "cited"),
    ("clash", "clash-soft"),
    ("clash", "sheet"),
    ("clash", "paper"),
]


def test_a_busy_port_is_one_plain_sentence(tmp_path: Path) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            QaError, match=rf"^port {port} on 127.0.0.1 cannot be used \(.*\); give another one with --port$"
        ):
            serve_page(Opening.of(Scripted(small_store(tmp_path))), port=port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("256.1.1.1", 0)])
def test_an_impossible_address_is_one_plain_sentence(host: str, port: int) -> None:
    with pytest.raises(QaError, match=rf"^port {port} on {host} cannot be used"):
        listening(host, port)


def test_the_page_forbids_the_browser_every_other_address(tmp_path: Path) -> None:
    page = build_page(Scripted(small_store(tmp_path)), examples=("Why?",))
    with TestClient(application(page, theme(), style())) as client:
        response = client.get("/")
        assert response.status_code == 200
        assert "connect-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["referrer-policy"] == "no-referrer"
        assert client.get("/monitoring").status_code in {403, 404}
        assert client.get("/gradio_api/runs").status_code in {403, 404}


@contextmanager
def serving(host: str) -> Iterator[int]:
    """Serve nothing at an address; give the port."""
    listener = listening(host, 0)
    server = Server(FastAPI(), listener)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield listener.getsockname()[1]
    server.stop()
    thread.join(20)
    assert not thread.is_alive()


def answered(port: int, host: str) -> tuple[int, str]:
    """Return the status and the text of what a server on this machine says to a request for that host."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/", headers={"Host": host})
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_a_name_that_somebody_leads_to_this_machine_opens_nothing() -> None:
    with serving("127.0.0.1") as port:
        assert answered(port, f"127.0.0.1:{port}")[0] == 404  # there is nothing, and that is said
        assert answered(port, f"rebound.example:{port}") == (403, NOT_LOCAL)
    with serving("0.0.0.0") as port:
        assert answered(port, f"a-name-of-this-machine:{port}")[0] == 404
    with (
        TestClient(LocalOnly(FastAPI()), base_url="http://rebound.example") as client,
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/"),
    ):
        pass
    assert refused.value.status_code == 403


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost:7860", True),
        ("LOCALHOST", True),
        ("127.0.0.1:1", True),
        ("[::1]:7860", True),
        ("", False),
        ("[", False),
        ("192.168.0.7:7860", False),
        ("127.0.0.1.example", False),
        ("localhost.example:7860", False),
    ],
)
def test_only_names_that_nobody_else_can_have_are_local(host: str, local: bool) -> None:
    assert is_local(host) == local


def test_nothing_can_be_called_from_outside_the_page(tmp_path: Path) -> None:
    page = build_page(Scripted(small_store(tmp_path)))
    config = page.get_config_file()
    assert {dependency["api_visibility"] for dependency in config["dependencies"]} == {"private"}
    assert page.analytics_enabled is False


def test_a_file_above_the_limit_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.ui.server.MAX_FILE_SIZE", "1kb")
    page = build_page(Scripted(small_store(tmp_path)))
    with TestClient(application(page, theme(), style())) as client:
        taken = client.post("/gradio_api/upload", files={"files": ("a.txt", b"a" * 900)})
        refused = client.post("/gradio_api/upload", files={"files": ("a.txt", b"a" * 5000)})
    assert (taken.status_code, refused.status_code) == (200, 413)


def test_what_the_page_loads_lies_on_its_own_server() -> None:
    assert not re.search(r"https?:|//", re.sub(r"/\*.*?\*/", "", style(), flags=re.S))
    assert theme()._stylesheets == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_to_its_ground(scheme: str) -> None:
    both = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", colours())
    named = {name: light if scheme == "light" else dark for name, light, dark in both}
    low = {pair: round(contrast(*(named[name] for name in pair)), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


def contrast(text: str, ground: str) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_of_black_on_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 3) == 21.0


def test_a_listener_takes_any_free_port() -> None:
    with listening("127.0.0.1", 0) as one, listening("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
        with socket.create_connection(one.getsockname()[:2], timeout=5):
            pass
