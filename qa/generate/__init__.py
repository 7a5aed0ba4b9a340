"""Messages in, a stream of text with log-probabilities out. One protocol, one file per engine.

Nothing heavy is imported here: `open_engine` imports the one file that the model needs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model. `content` is data: template tokens inside it are encoded as plain text."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The next text of a reply with the log-probability (natural, at most 0) of its tokens, summed.

    `text` may be empty while a character is incomplete. `logprob` is None where the engine reports none.
    """

    text: str
    logprob: float | None


class Engine(Protocol):
    """What writes. Every method may be called from several threads at once."""

    @property
    def name(self) -> str:
        """The model's name as answers and records state it."""

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        """Yield the greedy reply piece by piece; end within a second once `stop` is set.

        Raises EngineError when the engine fails or the messages do not fit its window.
        """

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> tuple[float | None, ...]:
        """Return for each continuation the log-probability that the reply starts with it; None: not known."""

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` is, template tokens counted as plain text."""
