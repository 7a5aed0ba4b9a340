"""The model that answers, changed while the program runs: the old one answers until the new one is there.

There is one model for everybody. Weights that are not on this machine are fetched only where somebody said so. The old
model goes when nobody holds it any more: an answer that is being written is written to its end. Where the memory is not
enough for both, the old one can go first: questions wait then until there is a model again. Knows nothing of the page.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embeddings.phrase import Phrase
from embeddings.types import Progress
from embeddings.weights import is_cached, known_models
from qa.errors import EngineError
from qa.generate import Engine, file_of, without_password
from qa.memory import available_bytes, held_bytes, needed_bytes
from qa.opening import FORESEEN, Opening, Step, why_not_opened

Load = Callable[[str, Progress, bool], Engine]
"""Loads the model of a name, telling how far it is; fetches its weights only where told so."""

Fetch = Callable[[str, Progress], None]
"""Fetches the weights of the model of a name, telling how far it is."""

GONE_CHECK_S = 0.1
"""It is looked so often whether the old model is gone."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that can be had: `name` as it is shown, `size_bytes` its weights' size; 0: nobody knows."""

    name: str
    size_bytes: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class Shortage:
    """A model that is not to be loaded beside the one that answers: the memory it needs, and what is free.

    `freed_bytes`: what would be free without the one that answers. `may_fetch`: its weights were to be fetched.
    """

    name: str
    may_fetch: bool
    needed_bytes: int
    free_bytes: int
    freed_bytes: int


class _CancelledError(Exception):
    """Somebody took the change back."""


class Switching:
    """Changes the model of an Opening. Safe for threads.

    `coming` is the model that is being loaded, `step` how far that is; `failed` is one that could not be had, `failure`
    why. `can_fetch`: weights may be fetched at all. `available` tells the free memory, None: nobody knows.
    `on_switch` is called with the engine that answers from then on, None: the old one is to be let go, and there is no
    other yet. `is_held` tells whether somebody holds the old one for longer than an answer takes.
    """

    def __init__(
        self,
        opening: Opening,
        started_with: str,
        choices: Callable[[], tuple[Choice, ...]],
        load: Load,
        fetch: Fetch | None = None,
        *,
        can_fetch: bool = True,
        available: Callable[[], int | None] = available_bytes,
    ) -> None:
        self.choices = choices
        self.can_fetch = can_fetch
        self.coming = ""
        self.step = Step()
        self.failed = ""
        self.failure = ""
        self.on_switch: Callable[[Engine | None], None] = _nothing
        self.is_held: Callable[[], bool] = _never
        self._opening = opening
        self._load = load
        self._fetch = fetch
        self._available = available
        self._started_with, self._model = started_with, without_password(started_with)
        self._old: Callable[[], Engine | None] | None = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The name of the model that answers; empty: none does yet."""
        answerer = self._opening.answerer
        return self._model if answerer is not None and answerer.engine is not None else ""

    @property
    def can_begin(self) -> bool:
        """Whether another model can be chosen now: documents can be searched, and nothing is being loaded."""
        opening = self._opening
        return opening.answerer is not None and not self.coming and bool(opening.is_ready or opening.failure)

    @property
    def is_stopping(self) -> bool:
        """Whether the change was taken back, and what was begun has not come to its end."""
        return bool(self.coming) and self._cancelled.is_set()

    def shortage(self, name: str, *, may_fetch: bool) -> Shortage | None:
        """Return what is missing to load a model beside the one that answers; None: nothing, or nobody knows."""
        sizes = {choice.name: choice.size_bytes for choice in self.choices()}
        needed, free, model = needed_bytes(sizes.get(name, 0)), self._available(), self.model
        if not self.can_begin or not model or name == model or free is None or needed <= free:
            return None
        return Shortage(name, may_fetch, needed, free, free + held_bytes(sizes.get(model, 0)))

    def begin(self, name: str, *, may_fetch: bool, in_place: bool = False) -> None:
        """Begin to load a model, which answers once it is there; `in_place`: the one that answers is let go first.

        Raises EngineError where it cannot be chosen now.
        """
        with self._lock:
            if not self.can_begin:
                raise EngineError("a model is being loaded; choose another one when it is there")
            if name not in (choice.name for choice in self.choices()):
                raise EngineError("there is no model {name!r} to choose here", name=name)
            if name == self.model:
                return
            if in_place and self.is_held():
                raise EngineError("an evaluation uses the present model; stop it, or wait until it has ended")
            self.coming, self.step, self.failed, self.failure = name, Step(), "", ""
            self._cancelled = threading.Event()
        self._opening.told()
        threading.Thread(
            target=self._work, args=(name, may_fetch and self.can_fetch, in_place), name="switching", daemon=True
        ).start()

    def cancel(self) -> None:
        """Take the change back; what was fetched so far stays for the next time."""
        if self.coming:
            self._cancelled.set()
            self._opening.told()

    def _work(self, name: str, may_fetch: bool, in_place: bool) -> None:
        failed, failure = "", ""
        try:
            if in_place and self.model:
                if may_fetch and self._fetch is not None:
                    self._fetch(name, self._progress)  # that takes longest, and the old one answers meanwhile
                self._let_go()
            self._take(name, self._load(self._whole(name), self._progress, may_fetch))
        except _CancelledError:
            pass
        except FORESEEN as error:
            failed, failure = name, why_not_opened(error)
        except Exception as error:
            failed, failure = name, why_not_opened(error)
            raise
        finally:
            self._go_back()
            self._end(failed, failure)

    def _let_go(self) -> None:
        """Have nobody use the old model any more, and return when it is gone: what it is writing, it writes first."""
        before = self._opening.answerer
        assert before is not None  # there is a model
        assert before.engine is not None
        self._old = weakref.ref(before.engine)
        self._progress(Phrase("letting {model} go, once it has written what it is writing", model=self._model), 0, 0)
        self._opening.withdraw(before.with_engine(None))
        del before
        self.on_switch(None)
        while self._old() is not None:
            self._cancelled.wait(GONE_CHECK_S)
            self._check_wanted()
            gc.collect()  # whoever has just read an answer to its end may hold it in a circle
        self.step = Step()

    def _go_back(self) -> None:
        """Have the model that was let go answer again, where no other one does; it cannot be taken back."""
        old, before = self._old, self._opening.answerer
        self._old = None
        if old is None or before is None:
            return
        self.coming, self.step = self._model, Step()
        self._opening.told()
        try:
            engine = old() or self._load(self._whole(self._model), self._tell, False)
        except Exception as error:
            self._model = without_password(self._started_with)  # which is what is opened when somebody tries again
            self._opening.fail(why_not_opened(error))
            if not isinstance(error, FORESEEN):
                raise
        else:
            self._opening.replace(before.with_engine(engine))
            self.on_switch(engine)

    def _whole(self, name: str) -> str:
        """Return the name as `open_engine` takes it: with the password that is not shown."""
        return self._started_with if name == without_password(self._started_with) else name

    def _take(self, name: str, engine: Engine) -> None:
        before = self._opening.answerer
        assert before is not None  # none is loaded before there are documents
        answerer = before.with_engine(engine)
        self._check_wanted()
        answerer.warm_up()
        self._check_wanted()
        self._model, self._old = name, None
        self._opening.replace(answerer)
        self.on_switch(engine)

    def _progress(self, what: str, done: int, total: int) -> None:
        self._check_wanted()
        self._tell(what, done, total)

    def _tell(self, what: str, done: int, total: int) -> None:
        self.step = Step(what, done, total)
        self._opening.told()

    def _check_wanted(self) -> None:
        if self._cancelled.is_set():
            raise _CancelledError

    def _end(self, failed: str = "", failure: str = "") -> None:
        with self._lock:
            self.coming, self.step, self.failed, self.failure = "", Step(), failed, failure
        self._opening.told()


def choices_of(started_with: str, cache: Path) -> tuple[Choice, ...]:
    """Return the models that the program knows, and before them one that it was started with and does not know.

    The password in the address of a server is left out.
    """
    known = tuple(
        Choice(model.name, model.size_bytes, is_cached(model, cache))
        for model in known_models()
        if model.kind == "generator"
    )
    if started_with in (choice.name for choice in known):
        return known
    return (Choice(without_password(started_with), _size_bytes(started_with), is_here=True), *known)


def _size_bytes(model: str) -> int:
    try:
        path = file_of(model)
    except EngineError:
        return 0
    return path.stat().st_size if path.is_file() else 0


def _nothing(_engine: Engine | None) -> None:
    """Do nothing."""


def _never() -> bool:
    return False
