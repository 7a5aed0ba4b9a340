"""Documents that people add in the page: what is told and under which names they are there, with no browser."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from embeddings.errors import StoreError
from qa.opening import Opening
from qa.ui.events import Changes, Handlers
from qa.ui.gathering import Gathering
from qa.ui.layout import Parts, lay_out
from qa.ui.sessions import Sessions
from qa.ui.suggestions import Suggestions
from tests.ui.scripted import Scripted, small_store

REQUEST = gr.Request(session_hash="a")


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(Opening.of(Scripted(small_store(tmp_path / "store"))))


@pytest.fixture
def parts() -> Parts:
    with gr.Blocks(analytics_enabled=False):
        return lay_out("", (), "", "", "balanced")


@pytest.fixture
def gathering(sessions: Sessions, parts: Parts) -> Gathering:
    return Gathering(Handlers(sessions, parts, Suggestions((), None)), parts, None)


def paste(gathering: Gathering, text: str, name: str) -> Iterator[Changes]:
    return gathering.paste(gr.EventData(None, {"text": text, "name": name}), REQUEST)


def told(changes: Iterator[Changes], parts: Parts) -> str:
    """Return the last notice as people read it."""
    *_, last = changes
    return re.sub(r"<[^>]+>", "", last[parts.notice])


def own(sessions: Sessions) -> set[str]:
    return {row.document.path for row in sessions.of("a").uploads.listed() if row.is_own}


def test_where_nothing_can_be_written_that_is_told_in_one_sentence_and_it_can_be_tried_again(
    gathering: Gathering, parts: Parts, sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ferry.txt"
    file.write_text("The ferry is white.", encoding="utf-8")
    with monkeypatch.context() as gone:
        gone.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        why = f"The folder {tmp_path / 'gone'} cannot be written to: No such file or directory"
        assert why in told(gathering.upload([str(file)], REQUEST), parts)
        assert why in told(paste(gathering, "The pier is long.", "Pier"), parts)
    (tmp_path / "full").mkdir()
    with monkeypatch.context() as full:
        full.setattr(tempfile, "tempdir", str(tmp_path / "full"))
        full.setattr("qa.ui.gathering.link_or_copy", refused)
        why = f"The folder {tmp_path / 'full'} cannot be written to: No space left on device"
        assert why in told(gathering.upload([str(file)], REQUEST), parts)
    assert list((tmp_path / "full").iterdir()) == []
    assert own(sessions) == set()
    assert "Added 1 document" in told(gathering.upload([str(file)], REQUEST), parts)
    assert "Added 1 document" in told(paste(gathering, "The pier is long.", "Pier"), parts)
    assert own(sessions) == {"uploaded/ferry.txt", "uploaded/Pier.txt"}
    sessions.close()


def refused(_source: str, _target: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_pasted_text_that_begins_with_a_byte_order_mark_is_there_once_when_it_is_pasted_twice(
    gathering: Gathering, parts: Parts, sessions: Sessions
) -> None:
    for _ in range(2):
        told(paste(gathering, "\ufeffThe ferry is white.", "Ferry"), parts)
    assert own(sessions) == {"uploaded/Ferry.txt"}
    sessions.close()


def test_a_name_is_free_again_where_nothing_came_of_the_text_that_was_pasted_under_it(
    gathering: Gathering, parts: Parts, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_options: object) -> None:
        raise StoreError("there is no room")

    with monkeypatch.context() as patched:
        patched.setattr("qa.ui.uploads.update_store", full)
        assert "There is no room" in told(paste(gathering, "The ferry is wite.", "Ferry"), parts)
    told(paste(gathering, "\0\0", "Ferry"), parts)  # which is not read
    told(paste(gathering, "The ferry is white.", "Ferry"), parts)
    assert own(sessions) == {"uploaded/Ferry.txt"}
    told(paste(gathering, "The ferry is red.", "Ferry"), parts)
    assert own(sessions) == {"uploaded/Ferry.txt", "uploaded/Ferry (2).txt"}
    sessions.close()
