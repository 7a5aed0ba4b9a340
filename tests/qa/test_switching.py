from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings.errors import WeightsError
from embeddings.types import Progress
from embeddings.weights import known_models
from qa.answer import Answerer
from qa.errors import EngineError
from qa.generate import Engine
from qa.opening import Opening, Step
from qa.settings import Settings
from qa.switching import GONE_CHECK_S, Choice, Shortage, Switching, choices_of
from qa.ui.session import Session
from tests.qa.command_line import SpokenEngine
from tests.ui.scripted import Scripted, small_store

WAIT_S = 20
CHOICES = (Choice("a", 1_117_000_000, is_here=True), Choice("b", 98_000_000, is_here=False))


class Loading:
    """Loads a model when it is told to, saying all the time how far it is."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.calls: list[tuple[str, bool]] = []
        self.error: Exception | None = None

    def __call__(self, name: str, progress: Progress, may_fetch: bool) -> Engine:
        self.calls.append((name, may_fetch))
        progress("fetching b from the Hub", 5, 10)
        while not self.may_end.wait(0.01):
            progress("fetching b from the Hub", 6, 10)
        if self.error is not None:
            raise self.error
        return SpokenEngine(["It says this."], name=name)


def with_engine(folder: Path, name: str = "a") -> Scripted:
    answerer = Scripted(small_store(folder))
    answerer.engine = SpokenEngine(["It says that."], name=name)
    return answerer


@pytest.fixture
def loading() -> Loading:
    return Loading()


@pytest.fixture
def opening(tmp_path: Path, loading: Loading) -> Opening:
    opening = Opening.of(with_engine(tmp_path))
    opening.switching = Switching(opening, "a", lambda: CHOICES, loading)
    return opening


def switching_of(opening: Opening) -> Switching:
    assert opening.switching is not None
    return opening.switching


def engine_of(opening: Opening) -> str:
    assert opening.answerer is not None
    assert opening.answerer.engine is not None
    return opening.answerer.engine.name


def seen(opening: Opening, what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    with opening._changed:
        assert opening._changed.wait_for(what, WAIT_S)


def test_the_old_model_answers_until_the_new_one_is_there(opening: Opening, loading: Loading) -> None:
    switching = switching_of(opening)
    before = opening.version
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: switching.step == Step("fetching b from the Hub", 6, 10))
    assert (switching.coming, switching.model, engine_of(opening)) == ("b", "a", "a")
    assert opening.version > before
    loading.may_end.set()
    seen(opening, lambda: not switching.coming)
    assert (switching.model, engine_of(opening), switching.step) == ("b", "b", Step())
    assert opening.is_ready
    assert opening.answerer is not None
    assert isinstance(opening.answerer.engine, SpokenEngine)
    assert len(opening.answerer.engine.prompts) == 1  # it was warmed up


@pytest.mark.parametrize("may_fetch", [True, False])
def test_weights_are_fetched_only_where_somebody_said_so(opening: Opening, loading: Loading, may_fetch: bool) -> None:
    loading.may_end.set()
    switching = switching_of(opening)
    switching.begin("b", may_fetch=may_fetch)
    seen(opening, lambda: not switching.coming)
    assert loading.calls == [("b", may_fetch)]


def test_weights_are_never_fetched_where_that_is_switched_off(opening: Opening, loading: Loading) -> None:
    loading.may_end.set()
    switching = Switching(opening, "a", lambda: CHOICES, loading, can_fetch=False)
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: not switching.coming)
    assert loading.calls == [("b", False)]


def test_where_it_cannot_be_had_the_old_model_goes_on_and_another_try_may_be_made(
    opening: Opening, loading: Loading
) -> None:
    loading.error = WeightsError("the weights of b are not here; fetch them")
    loading.may_end.set()
    switching = switching_of(opening)
    switching.begin("b", may_fetch=False)
    seen(opening, lambda: bool(switching.failed))
    assert (switching.failed, switching.failure) == ("b", "the weights of b are not here; fetch them")
    assert (switching.coming, switching.model, engine_of(opening), opening.is_ready) == ("", "a", "a", True)
    loading.error = None
    switching.begin("b", may_fetch=True)
    assert switching.failure == ""
    seen(opening, lambda: switching.model == "b")


def test_a_model_that_cannot_write_takes_nobodys_place(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(_self: Answerer) -> None:
        raise EngineError("the model b could not answer: it is broken")

    monkeypatch.setattr(Answerer, "warm_up", cannot)
    switching = Switching(opening, "a", lambda: CHOICES, lambda name, _progress, _fetch: SpokenEngine([], name=name))
    switching.begin("b", may_fetch=False)
    seen(opening, lambda: bool(switching.failed))
    assert (switching.failure, engine_of(opening)) == ("the model b could not answer: it is broken", "a")


def test_a_mistake_in_the_program_is_one_sentence_with_its_name(
    opening: Opening, loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threading.excepthook", lambda _given: None)
    loading.error = ZeroDivisionError("a mistake")
    loading.may_end.set()
    switching = switching_of(opening)
    switching.begin("b", may_fetch=False)
    seen(opening, lambda: bool(switching.failed))
    assert "stopped by a ZeroDivisionError" in switching.failure
    assert engine_of(opening) == "a"


def test_a_change_can_be_taken_back(opening: Opening) -> None:
    switching = switching_of(opening)
    switching.begin("b", may_fetch=True)
    switching.cancel()
    seen(opening, lambda: not switching.coming)
    assert (switching.model, switching.failed, engine_of(opening)) == ("a", "", "a")
    assert not switching.is_stopping


def test_what_was_taken_back_while_it_loaded_does_not_answer(opening: Opening) -> None:
    loaded = threading.Event()

    def load(name: str, _progress: Progress, _may_fetch: bool) -> Engine:
        assert loaded.wait(WAIT_S)
        return SpokenEngine([], name=name)

    switching = Switching(opening, "a", lambda: CHOICES, load)
    switching.begin("b", may_fetch=True)
    switching.cancel()
    assert switching.is_stopping
    loaded.set()
    seen(opening, lambda: not switching.coming)
    assert engine_of(opening) == "a"


def test_one_change_at_a_time_and_only_to_a_model_of_the_list(opening: Opening, loading: Loading) -> None:
    switching = switching_of(opening)
    with pytest.raises(EngineError, match=r"^there is no model '/etc/passwd' to choose here$"):
        switching.begin("/etc/passwd", may_fetch=True)
    switching.begin("a", may_fetch=True)
    assert (switching.coming, loading.calls) == ("", [])
    switching.begin("b", may_fetch=True)
    with pytest.raises(EngineError, match="a model is being loaded; choose another one when it is there"):
        switching.begin("b", may_fetch=True)
    loading.may_end.set()
    seen(opening, lambda: switching.model == "b")
    assert len(loading.calls) == 1


def test_none_can_be_chosen_before_documents_can_be_searched(tmp_path: Path, loading: Loading) -> None:
    opening = Opening(lambda _progress, _opened: with_engine(tmp_path), Settings())
    switching = Switching(opening, "a", lambda: CHOICES, loading)
    assert (switching.can_begin, switching.model) == (False, "")
    with pytest.raises(EngineError, match="a model is being loaded"):
        switching.begin("b", may_fetch=True)


def test_where_the_first_model_could_not_be_had_another_one_can(tmp_path: Path, loading: Loading) -> None:
    searching = Scripted(small_store(tmp_path))

    def opener(_progress: Progress, opened: Callable[[Answerer], None]) -> Answerer:
        opened(searching)
        raise WeightsError("the weights of a are not here")

    opening = Opening(opener, Settings())
    switching = Switching(opening, "a", lambda: CHOICES, loading)
    opening.begin()
    seen(opening, lambda: bool(opening.failure))
    assert (switching.can_begin, switching.model) == (True, "")
    loading.may_end.set()
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: not switching.coming)
    assert (engine_of(opening), opening.failure, opening.is_ready) == ("b", "", True)


def test_the_old_model_is_let_go_when_nobody_holds_it(opening: Opening, loading: Loading) -> None:
    switching = switching_of(opening)
    assert opening.answerer is not None
    writing, old = opening.answerer, weakref.ref(opening.answerer.engine)
    loading.may_end.set()
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: switching.model == "b" and not switching.coming)
    gc.collect()
    assert old() is writing.engine is not None
    del writing
    until_s = time.monotonic() + WAIT_S
    while old() is not None and time.monotonic() < until_s:  # the thread that changed it is at its end
        gc.collect()
    assert old() is None


@pytest.mark.parametrize(
    ("free_bytes", "short"),
    [
        (None, None),
        (483_200_000, None),  # b needs 3.4 times its weights and 0.15 GB: 483,200,000 bytes
        (483_199_999, Shortage("b", False, 483_200_000, 483_199_999, 483_199_999 + 1_787_200_000)),
    ],
)
def test_a_model_that_does_not_fit_beside_the_old_one_is_known_before_it_is_loaded(
    opening: Opening, loading: Loading, free_bytes: int | None, short: Shortage | None
) -> None:
    switching = Switching(opening, "a", lambda: CHOICES, loading, available=lambda: free_bytes)
    assert switching.shortage("b", may_fetch=False) == short
    assert switching.shortage("a", may_fetch=False) is None
    assert loading.calls == []


def test_in_place_the_old_model_is_gone_before_the_new_one_is_loaded(opening: Opening) -> None:
    assert opening.answerer is not None
    writing, old = opening.answerer, weakref.ref(opening.answerer.engine)
    there: list[tuple[bool, bool, str]] = []

    def load(name: str, _progress: Progress, _may_fetch: bool) -> Engine:
        there.append((old() is None, opening.is_ready, switching.model))
        return SpokenEngine(["It says this."], name=name)

    switching = Switching(opening, "a", lambda: CHOICES, load)
    told = list[str | None]()
    switching.on_switch = lambda engine: told.append(engine.name if engine else None)
    switching.begin("b", may_fetch=False, in_place=True)
    seen(opening, lambda: not opening.is_ready)
    assert switching.step.what == "letting a go, once it has written what it is writing"
    time.sleep(3 * GONE_CHECK_S)
    assert (there, switching.coming) == ([], "b")  # what is being written is written to its end
    del writing
    seen(opening, lambda: not switching.coming)
    assert there == [(True, False, "")]
    assert (switching.model, engine_of(opening), opening.is_ready, told) == ("b", "b", True, [None, "b"])


def test_in_place_the_old_model_answers_while_the_weights_of_the_new_one_are_fetched(
    opening: Opening, loading: Loading
) -> None:
    fetching: list[tuple[str, bool, str]] = []

    def fetch(name: str, progress: Progress) -> None:
        progress("fetching", 1, 2)
        fetching.append((name, opening.is_ready, engine_of(opening)))

    switching = Switching(opening, "a", lambda: CHOICES, loading, fetch)
    loading.may_end.set()
    switching.begin("b", may_fetch=True, in_place=True)
    seen(opening, lambda: not switching.coming)
    assert (fetching, switching.model) == ([("b", True, "a")], "b")
    switching.begin("a", may_fetch=False, in_place=True)
    seen(opening, lambda: not switching.coming)
    assert (len(fetching), switching.model) == (1, "a")


def test_what_is_asked_meanwhile_waits_and_is_answered_by_the_new_model(opening: Opening, loading: Loading) -> None:
    switching, session = switching_of(opening), Session(opening)
    switching.begin("b", may_fetch=False, in_place=True)
    seen(opening, lambda: switching.step.what.startswith("fetching"))
    exchange = session.ask("When was the lighthouse built?")
    events = session.answer()
    assert next(events).delayed
    assert next(events).searched is not None
    assert exchange.delayed
    loading.may_end.set()
    assert not next(events).delayed
    assert [each.answer for each in events][-1] is exchange.answer is not None
    assert engine_of(opening) == "b"


def test_in_place_the_old_model_that_is_still_there_goes_on_where_it_is_taken_back(
    opening: Opening, loading: Loading
) -> None:
    switching = switching_of(opening)
    assert opening.answerer is not None
    old = opening.answerer.engine
    switching.begin("b", may_fetch=False, in_place=True)
    seen(opening, lambda: not opening.is_ready)
    switching.cancel()
    seen(opening, lambda: not switching.coming)
    assert (loading.calls, switching.failed, opening.is_ready) == ([], "", True)
    assert opening.answerer.engine is old


def test_in_place_the_old_model_is_loaded_again_where_the_new_one_cannot_be_had(
    opening: Opening, loading: Loading
) -> None:
    switching = switching_of(opening)
    names = list[str]()

    def load(name: str, progress: Progress, may_fetch: bool) -> Engine:
        names.append(name)
        loading.error = WeightsError("the weights of b are broken") if name == "b" else None
        return loading(name, progress, may_fetch)

    switching = Switching(opening, "a", lambda: CHOICES, load)
    loading.may_end.set()
    switching.begin("b", may_fetch=True, in_place=True)
    seen(opening, lambda: not switching.coming)
    assert loading.calls == [("b", True), ("a", False)]
    assert (switching.failed, switching.failure) == ("b", "the weights of b are broken")
    assert (switching.model, engine_of(opening), opening.is_ready) == ("a", "a", True)


def test_in_place_where_the_old_model_cannot_be_had_again_that_is_told_and_another_can_be_chosen(
    opening: Opening, loading: Loading
) -> None:
    switching = switching_of(opening)
    loading.error = WeightsError("the disk is gone")
    loading.may_end.set()
    switching.begin("b", may_fetch=True, in_place=True)
    seen(opening, lambda: not switching.coming)
    assert (opening.failure, opening.is_ready, switching.can_begin) == ("the disk is gone", False, True)
    loading.error = None
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: switching.model == "b")
    assert (opening.failure, opening.is_ready) == ("", True)


def test_in_place_is_refused_while_an_evaluation_uses_the_old_model(opening: Opening, loading: Loading) -> None:
    switching = switching_of(opening)
    switching.is_held = lambda: True
    with pytest.raises(
        EngineError, match=r"^an evaluation uses the present model; stop it, or wait until it has ended"
    ):
        switching.begin("b", may_fetch=False, in_place=True)
    assert (switching.coming, loading.calls, opening.is_ready) == ("", [], True)


def test_whoever_holds_on_to_the_model_is_told_of_the_new_one(opening: Opening, loading: Loading) -> None:
    switching, told = switching_of(opening), list[str | None]()
    switching.on_switch = lambda engine: told.append(engine.name if engine else None)
    loading.may_end.set()
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: not switching.coming)
    assert told == ["b"]


def test_the_choices_are_the_known_generators_and_what_the_program_was_started_with(tmp_path: Path) -> None:
    names = [model.name for model in known_models() if model.kind == "generator"]
    assert [choice.name for choice in choices_of(names[0], tmp_path)] == names
    assert not any(choice.is_here for choice in choices_of(names[0], tmp_path))
    assert [choice.size_bytes for choice in choices_of(names[0], tmp_path)] == [1_117_320_768, 98_362_432]
    file = tmp_path / "mine.gguf"
    file.write_bytes(b"x" * 42)
    assert choices_of(str(file), tmp_path)[0] == Choice(str(file), 42, is_here=True)
    assert choices_of("http://127.0.0.1:9/v1", tmp_path)[0] == Choice("http://127.0.0.1:9/v1", 0, is_here=True)
    assert choices_of("~nosuch/x.gguf", tmp_path)[0] == Choice("~nosuch/x.gguf", 0, is_here=True)


def test_the_password_of_a_server_is_not_in_the_list_and_the_server_is_asked_with_it(
    tmp_path: Path, opening: Opening, loading: Loading
) -> None:
    started_with, shown = "http://me:secret@127.0.0.1:9/v1#m", "http://127.0.0.1:9/v1#m"
    assert choices_of(started_with, tmp_path)[0] == Choice(shown, 0, is_here=True)
    choices = (*CHOICES, *choices_of(started_with, tmp_path))
    switching = Switching(opening, started_with, lambda: choices, loading)
    assert switching.model == shown
    loading.may_end.set()
    switching.begin("b", may_fetch=True)
    seen(opening, lambda: not switching.coming)
    switching.begin(shown, may_fetch=False)
    seen(opening, lambda: not switching.coming)
    assert loading.calls == [("b", True), (started_with, False)]
    assert switching.model == shown


def test_the_password_of_a_server_is_not_shown_where_it_is_asked_again(opening: Opening, loading: Loading) -> None:
    choices = (*CHOICES, *choices_of("http://me:secret@127.0.0.1:9/v1#m", Path()))
    switching = Switching(opening, "http://me:secret@127.0.0.1:9/v1#m", lambda: choices, loading)
    loading.error = WeightsError("the disk is gone")
    loading.may_end.set()
    switching.begin("b", may_fetch=True, in_place=True)
    seen(opening, lambda: not switching.coming)
    assert loading.calls == [("b", True), ("http://me:secret@127.0.0.1:9/v1#m", False)]
    assert switching._model == "http://127.0.0.1:9/v1#m"
