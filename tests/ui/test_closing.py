"""A tab that is closed: nobody reads on, so the answer ends, and what was uploaded is gone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from qa.opening import Opening
from qa.ui.sessions import Sessions
from tests.ui.conftest import opened, served
from tests.ui.scripted import Scripted, small_store

pytestmark = pytest.mark.browser
GRACE_S = 0.5


def test_a_closed_tab_ends_its_answer_and_its_uploads_are_gone(context: BrowserContext, tmp_path: Path) -> None:
    answerer = Scripted(small_store(tmp_path), pause_s=0.15)
    sessions = Sessions(Opening.of(answerer), grace_s=GRACE_S)
    with served(answerer, sessions=sessions) as address:
        page = context.new_page()
        opened(page, address)
        page.locator("#documents summary").click()
        page.locator("input[type=file]").set_input_files(
            {"name": "b.txt", "mimeType": "text/plain", "buffer": b"1, 2."}
        )
        expect(page.locator("#documents summary")).to_have_text("3 documents")
        (session,) = {desk.session for desk in sessions._desks.values() if desk.session.uploads.own}
        folder = session.uploads.store.folder
        assert any(folder.rglob("*"))
        page.locator("#question textarea").fill("Tell me the long way up")
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_contain_text("Step 1 of")
        page.close()
        until = time.monotonic() + 20
        while time.monotonic() < until and (session.running or folder.exists()):
            time.sleep(0.05)
        assert not session.running
        assert (len(session.exchanges), session.exchanges[0].done) == (1, True)
        assert not folder.exists()
