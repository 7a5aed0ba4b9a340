from __future__ import annotations

import http.client
import json
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
from qa.ui.admission import NOT_LOCAL, LocalOnly, is_local
from qa.ui.page import build_page, serve_page, style, theme
from qa.ui.server import Server, application, listening
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
"""Text and its ground."""

EDGES = [("control", "paper"), ("control", "sheet")]
"""The edge of what one types in or presses, and what it lies on."""


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
def test_text_and_edges_have_enough_contrast_to_their_ground(scheme: str) -> None:
    both = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", colours())
    named = {name: light if scheme == "light" else dark for name, light, dark in both}
    for pairs, least in ((PAIRS, 4.5), (EDGES, 3.0)):
        ratios = {pair: round(contrast(*(named[name] for name in pair)), 2) for pair in pairs}
        assert {pair: ratio for pair, ratio in ratios.items() if ratio < least} == {}


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


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Give what speaks with the page's server as anybody can, and not only as the page does."""
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(copies))
    page = build_page(Scripted(small_store(tmp_path / "store")), examples=("Why?",))
    with TestClient(application(page, theme(), style()), base_url="http://127.0.0.1:7860") as client:
        yield client


def uploading(client: TestClient, path: str) -> dict[str, object]:
    """Return what the page sends once a file was uploaded, with this path in place of the copy's."""
    parts = client.get("/config").json()
    upload = next(part["id"] for part in parts["components"] if part["type"] == "uploadbutton")
    number = next(each["id"] for each in parts["dependencies"] if [upload, "upload"] in each["targets"])
    given = {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "a.txt"}
    return {"data": [[given]], "fn_index": number, "session_hash": "abc", "trigger_id": upload}


@pytest.mark.parametrize(
    "place", ["{folder}/secret.txt", "http://127.0.0.1:9/secret.txt", "https://example.org/secret.txt"]
)
def test_no_file_and_no_address_that_a_request_names_is_taken_for_an_upload(
    client: TestClient, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look_up(host: object, *_args: object, **_more: object) -> list[object]:
        asked.append(str(host))
        return []

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    (tmp_path / "secret.txt").write_text("The secret.", encoding="utf-8")
    body = uploading(client, place.format(folder=tmp_path))
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "abc"}) as told:
        ended = next(line for line in told.iter_lines() if "process_completed" in line)
    assert json.loads(ended.removeprefix("data: "))["success"] is False
    assert list((tmp_path / "copies").rglob("*.txt")) == []
    assert asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://example.org/x.png",
        "/gradio_api/file%3D/etc/hostname",
        "/gradio_api/file/etc/hostname",
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/deep_link?session_hash=abc",
        "/gradio_api/custom_component/%1b%5d0;x%07/client/x/y",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api",
        "/monitoring",
        "/login",
        "//gradio_api/info",
        "/other",
    ],
)
def test_what_the_page_does_not_use_is_not_there(client: TestClient, path: str) -> None:
    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)


NAVIGATING = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/config", {}, 200),  # a program, not a browser
        ("GET", "/config", {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ("GET", "/config", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, 403),
        ("GET", "/config", {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),  # from another port
        ("GET", "/", {"sec-fetch-site": "none", **NAVIGATING}, 200),
        ("GET", "/", {"sec-fetch-site": "cross-site", **NAVIGATING}, 200),  # somebody follows a link
        ("POST", "/", {"sec-fetch-site": "cross-site", **NAVIGATING}, 403),
        ("GET", "/gradio_api/app_id", {"sec-fetch-site": "cross-site", **NAVIGATING}, 403),
        (
            "OPTIONS",
            "/gradio_api/upload",
            {"sec-fetch-site": "cross-site", "access-control-request-method": "POST"},
            403,
        ),
        ("GET", "/config", {"origin": "http://127.0.0.1:7860"}, 200),
        ("GET", "/config", {"origin": "http://127.0.0.1:8000"}, 403),
        ("GET", "/config", {"origin": "null"}, 403),
        ("GET", "/config", {"origin": "https://example.org"}, 403),
    ],
)
def test_pages_of_other_origins_ask_for_nothing(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = client.request(method, path, headers=headers)
    assert response.status_code == status
    assert "access-control-allow-origin" not in response.headers or status == 200
