from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embeddings.types import Document
from qa.answer import Answerer
from qa.suggest import N_SUGGESTED, Suggester
from tests.qa.command_line import SpokenEngine
from tests.ui.scripted import Scripted, small_store

ISLANDS = tuple(Document.of(f"The island number {n}.", f"{n}.txt", f"Island {n}") for n in range(6))


@pytest.fixture
def answerer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answerer:
    """Return an answerer with an engine, for which two questions on every document are proposed."""
    monkeypatch.setattr(
        "qa.suggest.proposed", lambda documents, *_: ((f"{documents[0].title} {n}?", ("x",)) for n in "ab")
    )
    monkeypatch.setattr("qa.suggest.holds", lambda answer, document, _answers: "Island 3" not in answer.question)
    answerer = Scripted(small_store(tmp_path))
    answerer.engine = object()  # type: ignore[assignment]
    return answerer


def made(suggester: Suggester) -> None:
    """Wait until all that is wanted was tried."""
    while (thread := suggester._thread) is not None:
        thread.join(20)


def ids(*places: int) -> list[str]:
    return [ISLANDS[place].doc_id for place in places]


def test_questions_are_on_as_many_documents_as_possible_and_on_no_other(answerer: Answerer) -> None:
    suggester = Suggester(lambda: False)
    suggester.want(answerer, ISLANDS[:2])
    made(suggester)
    assert suggester.of(ids(0, 1)) == ("Island 0 a?", "Island 1 a?", "Island 0 b?", "Island 1 b?")
    assert suggester.of(ids(1)) == ("Island 1 a?", "Island 1 b?")
    assert suggester.of(ids(4)) == ()


def test_one_question_each_is_enough_for_many_documents(answerer: Answerer) -> None:
    suggester = Suggester(lambda: False)
    suggester.want(answerer, ISLANDS)
    made(suggester)
    assert suggester.of(ids(0, 1, 2, 3, 4, 5)) == ("Island 0 a?", "Island 1 a?", "Island 2 a?")
    assert len(ISLANDS) > N_SUGGESTED


def test_what_is_known_is_not_made_anew(answerer: Answerer) -> None:
    suggester = Suggester(lambda: False)
    for _ in range(3):
        suggester.want(answerer, ISLANDS[3:4])
        made(suggester)
    assert isinstance(answerer, Scripted)
    assert [question for question, _, _ in answerer.asked] == ["Island 3 a?", "Island 3 b?"]


def test_nothing_is_made_while_somebody_waits(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.suggest.BUSY_CHECK_S", 0.01)
    busy = [True, True, False]
    suggester = Suggester(lambda: busy.pop(0) if len(busy) > 1 else busy[0])
    suggester.want(answerer, ISLANDS[:1])
    made(suggester)
    assert busy == [False]
    assert suggester.of(ids(0)) == ("Island 0 a?", "Island 0 b?")


def test_what_is_being_made_and_still_to_be_made_is_made_by_another_model(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, object]] = []
    begun, may_go_on = threading.Event(), threading.Event()

    def proposed(
        documents: list[Document], by: Answerer, _engine: object, _most: int, pause: Callable[[], None]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        asked.append((documents[0].path, by.engine))
        begun.set()
        assert may_go_on.wait(20)
        pause()
        yield from ()

    monkeypatch.setattr("qa.suggest.proposed", proposed)
    suggester = Suggester(lambda: False)
    suggester.want(answerer, ISLANDS[:2])
    assert begun.wait(20)
    other = SpokenEngine([])
    suggester.go_on_with(other)
    may_go_on.set()
    made(suggester)
    assert asked == [("0.txt", answerer.engine), ("0.txt", other), ("1.txt", other)]


def test_while_there_is_no_model_nothing_is_made_and_the_old_one_is_not_held(answerer: Answerer) -> None:
    busy = [True]
    suggester, old = Suggester(lambda: busy[0]), weakref.ref(engine := SpokenEngine([]))
    suggester.want(answerer.with_engine(engine), ISLANDS[:1])
    del engine
    suggester.go_on_with(None)
    made(suggester)
    assert old() is None
    assert suggester.of(ids(0)) == ()
    busy[0] = False
    suggester.go_on_with(SpokenEngine([]))
    made(suggester)
    assert suggester.of(ids(0)) == ("Island 0 a?", "Island 0 b?")
