"""What loads an engine in, an engine out at once: it loads in a thread, and whoever asks it waits.

So documents are opened and searched while the model loads. Knows no engine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future

from qa.generate import About, Engine, Judge, Message, Piece, judge_of


class LoadingEngine:
    """An engine that is being loaded. Every method waits for it, and raises the EngineError that loading ended with."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._engine: Future[Engine] = Future()
        # A thread that the program need not wait for when it ends.
        threading.Thread(target=_load, args=(load, self._engine), name="loading", daemon=True).start()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.wait().name

    def wait(self) -> Engine:
        """Return the engine once it is loaded."""
        return self._engine.result()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        """Yield the greedy reply piece by piece."""
        return self.wait().stream(messages, max_tokens=max_tokens, stop=stop)

    @property
    def heads(self) -> Collection[About]:
        """What the engine has heads for."""
        engine = self.wait()
        return engine.heads if isinstance(engine, Judge) else ()

    def yes_or_no(
        self, messages: Sequence[Message], about: About, *, stop: threading.Event | None = None
    ) -> Piece | None:
        """Return Yes or No as that head hears it; None: it was stopped. Raises ValueError where it has none."""
        judge = judge_of(self.wait(), about)
        if judge is None:
            raise ValueError(f"the model {self.name} has no head for that")
        return judge.yes_or_no(messages, about, stop=stop)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` is."""
        return self.wait().count_tokens(text)


def _load(load: Callable[[], Engine], engine: Future[Engine]) -> None:
    try:
        engine.set_result(load())
    except Exception as error:  # whoever asks the engine is told
        engine.set_exception(error)
