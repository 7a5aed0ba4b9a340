from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embeddings.errors import WeightsError
from embeddings.types import Document, Progress
from qa.answer import Answerer
from qa.errors import EngineError
from qa.opening import MOST_READ, Opening, Step
from qa.settings import Settings
from tests.ui.scripted import Scripted, small_store

WAIT_S = 20


class Slow:
    """Opens when it is told to, step by step."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.may_search, self.may_load = threading.Event(), threading.Event()
        self.n_calls = 0
        self.error: Exception | None = None

    def __call__(self, progress: Progress, opened: Callable[[Answerer], None]) -> Answerer:
        self.n_calls += 1
        progress("fetching a from the Hub", 5, 10)
        assert self.may_search.wait(WAIT_S)
        if self.error is not None:
            raise self.error
        opened(self.answerer)
        progress("waiting for it", 0, 0)
        assert self.may_load.wait(WAIT_S)
        return self.answerer


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(Scripted(small_store(tmp_path)))


def seen(opening: Opening, what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    with opening._changed:
        assert opening._changed.wait_for(what, WAIT_S)


def test_it_searches_before_it_answers_and_says_how_far_it_is(slow: Slow) -> None:
    opening = Opening(slow, Settings())
    opening.begin()
    seen(opening, lambda: opening.step == Step("fetching a from the Hub", 5, 10))
    assert (opening.answerer, opening.is_ready) == (None, False)
    slow.may_search.set()
    seen(opening, lambda: opening.step.what == "waiting for it")
    assert opening.answerer is slow.answerer
    assert not opening.is_ready
    slow.may_load.set()
    assert opening.ready() is slow.answerer
    assert (opening.is_ready, opening.step) == (True, Step())


def test_begun_twice_it_opens_once(slow: Slow) -> None:
    opening = Opening(slow, Settings())
    opening.begin()
    opening.begin()
    slow.may_search.set()
    slow.may_load.set()
    opening.ready()
    opening.begin()
    assert slow.n_calls == 1


def test_a_failure_is_told_to_whoever_waits_and_can_be_tried_again(slow: Slow) -> None:
    slow.error = WeightsError("the weights are not here; fetch them")
    slow.may_search.set()
    opening = Opening(slow, Settings())
    opening.begin()
    with pytest.raises(EngineError, match=r"^the weights are not here; fetch them$"):
        opening.ready()
    slow.error = None
    slow.may_load.set()
    opening.begin()
    assert opening.ready() is slow.answerer
    assert opening.failure == ""


def test_a_mistake_in_the_program_is_one_sentence_with_its_name(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.excepthook", lambda _given: None)
    slow.error = ZeroDivisionError("a mistake")
    slow.may_search.set()
    opening = Opening(slow, Settings())
    opening.begin()
    with pytest.raises(EngineError, match="stopped by a ZeroDivisionError"):
        opening.ready()


def test_whoever_waits_can_stop_waiting(slow: Slow) -> None:
    opening = Opening(slow, Settings())
    opening.begin()
    stop = threading.Event()
    stop.set()
    assert opening.ready(stop) is None
    slow.may_search.set()
    slow.may_load.set()


def test_documents_can_be_looked_at_before_there_is_a_store(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.opening.PATIENCE_S", 0.0)
    n_read = []

    def look() -> Iterator[Document]:
        for n in range(MOST_READ * 2):
            n_read.append(n)
            yield Document.of(f"text {n}", f"{n}.txt", f"{n}")

    opening = Opening(slow, Settings(), look)
    opening.begin()
    seen(opening, lambda: len(opening.documents) == MOST_READ)
    assert [document.path for document in opening.documents.values()][:2] == ["0.txt", "1.txt"]
    assert len(n_read) <= MOST_READ + 1
    slow.may_search.set()
    slow.may_load.set()
    opening.ready()


def test_one_that_is_ready_needs_no_beginning(slow: Slow) -> None:
    opening = Opening.of(slow.answerer)
    opening.begin()
    assert opening.ready() is slow.answerer
    assert slow.n_calls == 0
