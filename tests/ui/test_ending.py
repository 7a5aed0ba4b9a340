"""Ctrl-C while a page is open: a real process ends, soon and without a word but one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.ui.conftest import opened
from tests.ui.test_page import ask
from tests.ui.views import deleted, panel

ROOT = Path(__file__).parents[2]
SERVE = """
import signal
import sys
from pathlib import Path
from qa.call import Openers
from qa.cli import main
from tests.ui.scripted import Scripted, small_store

# Tests that run in the background were told to ignore some, and so would this process.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def answerer(**options):
    return Scripted(small_store(Path(sys.argv[1]) / "store"), options["settings"], pause_s=0.15)

arguments = ["serve", "--docs", sys.argv[1] + "/a.txt", "--port", "0", "--no-browser", *sys.argv[2:]]
sys.exit(main(arguments, Openers(answerer=answerer)))
"""
MOST_S = 20
"""Much more than it takes: one or two seconds."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent to a process as a signal of its own here")


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the page in a process of its own, with no conversations unless `options` say; give it and its address."""
    (folder / "temporary").mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ARTICLE_QA_CACHE": str(folder / "cache"),
        "TMPDIR": str(folder / "temporary"),
        "XDG_DATA_HOME": str(folder / "data"),
    }
    (folder / "a.txt").write_text("A text.", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder), *(options or ["--keep-nothing"])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        found = re.search(r"http://\S+", told)
        assert found is not None, told
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_it_with_one_line_while_streams_are_open(tmp_path: Path) -> None:
    with running(tmp_path) as (process, address), httpx.Client(base_url=address, timeout=MOST_S) as client:
        with client.stream("GET", "gradio_api/heartbeat/abc") as heartbeat:
            assert next(heartbeat.iter_lines()) == "data: ALIVE"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=MOST_S)
        assert (process.returncode, out, err) == (0, "", "The page is closed.\n")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_it_leaves_nothing_of_what_was_uploaded(tmp_path: Path, name: str) -> None:
    with running(tmp_path) as (process, address), httpx.Client(base_url=address, timeout=MOST_S) as client:
        with client.stream("GET", "gradio_api/heartbeat/abc") as heartbeat:
            assert next(heartbeat.iter_lines()) == "data: ALIVE"
            client.post("gradio_api/upload", files={"files": ("secret.txt", b"The secret.")}).raise_for_status()
            assert len(list((tmp_path / "temporary").rglob("secret.txt"))) == 1
            process.send_signal(getattr(signal, name))
            process.communicate(timeout=MOST_S)
        assert process.returncode == 128 + getattr(signal, name)
        assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.browser
def test_ctrl_c_ends_it_with_one_line_while_an_answer_is_written_in_a_browser(
    context: BrowserContext, tmp_path: Path
) -> None:
    with running(tmp_path) as (process, address):
        page = context.new_page()
        opened(page, address)
        page.locator("#question textarea").fill("Tell me the long way up")
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_contain_text("Step 2 of")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=MOST_S)
        assert (process.returncode, out, err) == (0, "", "The page is closed.\n")
        expect(page.locator("#pulse .lost")).to_be_visible()
        expect(page.locator(".answer")).to_contain_text("Step 2 of")


@pytest.mark.browser
def test_where_nothing_is_to_be_kept_no_file_of_conversations_is_made(context: BrowserContext, tmp_path: Path) -> None:
    with running(tmp_path, "--keep-nothing") as (process, address):
        page = context.new_page()
        opened(page, address)
        ask(page, "When was the lighthouse built?")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=MOST_S)
    assert list(tmp_path.rglob("*.sqlite*")) == []


@pytest.mark.browser
def test_what_was_deleted_is_in_no_file_any_more_once_the_page_is_closed(
    context: BrowserContext, tmp_path: Path
) -> None:
    file = tmp_path / "kept.sqlite"
    with running(tmp_path, "--conversations", str(file)) as (process, address):
        page = context.new_page()
        opened(page, address)
        ask(page, "Who keeps the secret of zanzibarine?")
        panel(page, "shelf")
        deleted(page)
        assert any(b"zanzibarine" in path.read_bytes() for path in tmp_path.glob("kept.sqlite*"))  # it can be undone
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=MOST_S)
    assert file.exists()
    assert not any(b"zanzibarine" in path.read_bytes() for path in tmp_path.glob("kept.sqlite*"))
