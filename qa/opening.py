"""What answers, while it is made ready and after: opened in a thread of its own, so that nobody has to wait for it.

Fetching weights, building the store and loading the model take from seconds to many minutes. Whoever asks meanwhile
waits in `ready`; whoever looks on reads `step`, `failure` and `documents`. Knows nothing of the page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embeddings.errors import EmbeddingsError
from embeddings.phrase import Phrase, PhraseError
from embeddings.types import Document, Progress
from qa.errors import EngineError, QaError
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.answer import Answerer
    from qa.switching import Switching

PATIENCE_S = 2.0
"""Where there is no store after so long, documents are read to be looked at meanwhile."""

STOP_CHECK_S = 0.1

MOST_READ = 100
"""More documents than these are not read twice."""

FORESEEN = (QaError, EmbeddingsError, OSError)
"""What may go wrong in opening; anything else is a mistake in the program."""

Opener = Callable[[Progress, Callable[["Answerer"], None]], "Answerer"]
"""Opens an Answerer, telling how far it is; hands over, before the model is loaded, one that can search."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done, and how much of it; a `total` of 0 is one that nobody knows yet."""

    what: str = ""
    done: int = 0
    total: int = 0


class Opening:
    """An Answerer that comes to be. Safe for threads.

    `answerer` is None until documents can be searched, and has an engine once the model is loaded. `version` changes
    with everything that people should see; `documents` are those that can be looked at before they can be searched.
    `switching` changes the model while it answers; None: nothing does.
    """

    def __init__(
        self, opener: Opener, settings: Settings, look: Callable[[], Iterable[Document]] | None = None
    ) -> None:
        self.settings = settings
        self.answerer: Answerer | None = None
        self.is_ready = False
        self.step = Step()
        self.failure = ""
        self.documents: dict[str, Document] = {}
        self.version = 0
        self.switching: Switching | None = None
        self._opener = opener
        self._look = look
        self._changed = threading.Condition()

    @classmethod
    def of(cls, answerer: Answerer) -> Opening:
        """Return one that is ready."""
        opening = cls(_never, answerer.settings)
        opening.replace(answerer)
        return opening

    def begin(self) -> None:
        """Begin to open, or begin again after a failure; what goes on already goes on."""
        with self._changed:
            if self.is_ready or (self.version and not self.failure):
                return
            self.failure, self.step = "", Step()
            self._tell()
        threading.Thread(target=self._open, name="opening", daemon=True).start()
        if self._look is not None and self.answerer is None:
            threading.Thread(target=self._read, name="looking", daemon=True).start()

    def ready(self, stop: threading.Event | None = None) -> Answerer | None:
        """Wait until questions can be answered and return what answers them; None: `stop` was set before.

        Raises EngineError where it could not be opened.
        """
        return self._awaited(lambda: self.is_ready, stop)

    def searching(self, stop: threading.Event | None = None) -> Answerer | None:
        """Wait until documents can be searched and return what searches them; None: `stop` was set before.

        Raises EngineError where it could not be opened.
        """
        return self._awaited(lambda: self.answerer is not None, stop)

    def _awaited(self, is_so: Callable[[], bool], stop: threading.Event | None) -> Answerer | None:
        with self._changed:
            while not (is_so() or self.failure):
                if stop is not None and stop.is_set():
                    return None
                self._changed.wait(STOP_CHECK_S)
            if self.failure:
                raise EngineError(self.failure)
            return self.answerer

    def replace(self, answerer: Answerer) -> None:
        """Have another Answerer answer from now on."""
        self._take(answerer, is_ready=True)

    def withdraw(self, answerer: Answerer) -> None:
        """Have this one search alone: whoever asks waits until there is one that answers again."""
        self._take(answerer, is_ready=False)

    def fail(self, why: str) -> None:
        """Take note that nothing answers, and why."""
        with self._changed:
            self.failure = why
            self._tell()

    def told(self) -> None:
        """Take note that there is something new to see."""
        with self._changed:
            self._tell()

    def _open(self) -> None:
        try:
            self._take(self._opener(self._progress, lambda searching: self._take(searching, is_ready=False)), True)
        except Exception as error:
            self.fail(why_not_opened(error))
            if not isinstance(error, FORESEEN):
                raise

    def _read(self) -> None:
        """Read documents to be looked at, one by one, until there is a store."""
        with self._changed:
            self._changed.wait_for(lambda: self.answerer is not None or bool(self.failure), PATIENCE_S)
        for document in self._look() if self._look else ():
            if self.answerer is not None or len(self.documents) >= MOST_READ:
                return
            with self._changed:
                self.documents = {**self.documents, document.doc_id: document}
                self._tell()

    def _progress(self, what: str, done: int, total: int) -> None:
        with self._changed:
            self.step = Step(what, done, total)
            self._tell()

    def _take(self, answerer: Answerer, is_ready: bool) -> None:
        with self._changed:
            self.answerer, self.is_ready, self.step, self.failure = answerer, is_ready, Step(), ""
            self._tell()

    def _tell(self) -> None:
        self.version += 1
        self._changed.notify_all()


def why_not_opened(error: Exception) -> Phrase:
    """Return in one sentence why something could not be opened, and what to do."""
    if isinstance(error, PhraseError):
        return error.phrase
    if isinstance(error, OSError):
        return Phrase(
            "{why}: {file}; make room or name another place",
            why=error.strerror or str(error),
            file=error.filename or Phrase("a file"),
        )
    return Phrase(
        "it was stopped by a {error} that it did not expect; try again, or run article-qa doctor",
        error=type(error).__name__,
    )


def _never(_progress: Progress, _opened: Callable[[Answerer], None]) -> Answerer:
    """Open nothing: it is open."""
    raise AssertionError("what is ready is not opened again")
