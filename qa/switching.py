"""The model that answers, changed while the program runs: the old one answers until the new one is there.

There is one model for everybody. Weights that are not on this machine are fetched only where somebody said so. The old
model goes when nobody holds it any more: an answer that is being written is written to its end. Knows nothing of the
page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embeddings.types import Progress
from embeddings.weights import is_cached, known_models
from qa.errors import EngineError
from qa.generate import Engine
from qa.opening import FORESEEN, Opening, Step, why_not_opened

Load = Callable[[str, Progress, bool], Engine]
"""Loads the model of a name, telling how far it is; fetches its weights only where told so."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that can be had: `name` as `open_engine` takes it, `size_bytes` its weights' size; 0: nobody knows."""

    name: str
    size_bytes: int
    is_here: bool


class _CancelledError(Exception):
    """Somebody took the change back."""


class Switching:
    """Changes the model of an Opening. Safe for threads.

    `coming` is the model that is being loaded, `step` how far that is; `failed` is one that could not be had, `failure`
    why. `can_fetch`: weights may be fetched at all. `on_switch` is called with the engine that answers from then on.
    """

    def __init__(
        self,
        opening: Opening,
        started_with: str,
        choices: Callable[[], tuple[Choice, ...]],
        load: Load,
        *,
        can_fetch: bool = True,
    ) -> None:
        self.choices = choices
        self.can_fetch = can_fetch
        self.coming = ""
        self.step = Step()
        self.failed = ""
        self.failure = ""
        self.on_switch: Callable[[Engine], None] = _nothing
        self._opening = opening
        self._load = load
        self._model = started_with
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

    def begin(self, name: str, *, may_fetch: bool) -> None:
        """Begin to load a model, which answers once it is there. Raises EngineError where it cannot be chosen now."""
        with self._lock:
            if not self.can_begin:
                raise EngineError("a model is being loaded; choose another one when it is there")
            if name not in (choice.name for choice in self.choices()):
                raise EngineError("there is no model {name!r} to choose here", name=name)
            if name == self.model:
                return
            self.coming, self.step, self.failed, self.failure = name, Step(), "", ""
            self._cancelled = threading.Event()
        self._opening.told()
        threading.Thread(
            target=self._work, args=(name, may_fetch and self.can_fetch), name="switching", daemon=True
        ).start()

    def cancel(self) -> None:
        """Take the change back; what was fetched so far stays for the next time."""
        if self.coming:
            self._cancelled.set()
            self._opening.told()

    def _work(self, name: str, may_fetch: bool) -> None:
        try:
            self._take(name, self._load(name, self._progress, may_fetch))
            self._end()
        except _CancelledError:
            self._end()
        except Exception as error:
            self._end(name, why_not_opened(error))
            if not isinstance(error, FORESEEN):
                raise

    def _take(self, name: str, engine: Engine) -> None:
        before = self._opening.answerer
        assert before is not None  # none is loaded before there are documents
        answerer = before.with_engine(engine)
        self._check_wanted()
        answerer.warm_up()
        self._check_wanted()
        self._model = name
        self._opening.replace(answerer)
        self.on_switch(engine)

    def _progress(self, what: str, done: int, total: int) -> None:
        self._check_wanted()
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
    """Return the models that the program knows, and before them one that it was started with and does not know."""
    known = tuple(
        Choice(model.name, model.size_bytes, is_cached(model, cache))
        for model in known_models()
        if model.kind == "generator"
    )
    if started_with in (choice.name for choice in known):
        return known
    return (Choice(started_with, _size_bytes(Path(started_with).expanduser()), is_here=True), *known)


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _nothing(_engine: Engine) -> None:
    """Do nothing."""
