"""A claim or a question and a text in, what a trained reader makes of them out: a cross-encoder with three answers.

It is trained by `python -m qa.fit_reader` on sentences, restatements and questions with something exchanged in them;
its differences from the encoder stand in reader.safetensors. Knows nothing of thresholds: those are `qa.gate`'s and
`qa.support`'s, whose models take what it says as measures among others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np

from embeddings.cross_encode import ANSWERED, STATED, STRANGE, CrossEncoder, open_cross_encoder
from embeddings.errors import WeightsError
from embeddings.types import Progress

WEIGHTS = Path(__file__).with_name("reader.safetensors")

LIMIT = 8.0
"""Log-odds are cut here: beyond it certainty says nothing more."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader makes of a claim or question and a text, as log-odds, -LIMIT to LIMIT.

    `stated`: the text states the claim. `strange`: the strangest word of the claim is not what the text says.
    `answered`: the text answers the question.
    """

    stated: float
    answered: float
    strange: float


class Reader(Protocol):
    """What reads a claim or a question beside a text. Safe for threads."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Read]:
        """Return what it makes of each (claim or question, text), in input order."""

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return whether the text of the pair is read to its end; of a longer one the end is left out."""


class CrossReader:
    """The trained cross-encoder as a Reader."""

    def __init__(self, cross_encoder: CrossEncoder) -> None:
        self._cross_encoder = cross_encoder

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Read]:
        """Return what it makes of each (claim or question, text), in input order."""
        rows = np.clip(self._cross_encoder.log_odds([(one_line(a), one_line(b)) for a, b in pairs]), -LIMIT, LIMIT)
        return [Read(float(row[STATED]), float(row[ANSWERED]), float(row[STRANGE])) for row in rows]

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return whether the text of the pair is read to its end; of a longer one the end is left out."""
        return self._cross_encoder.fits((one_line(pair[0]), one_line(pair[1])))


class LaterReader:
    """A reader that is opened by whoever needs it first, or beside other work once `begin` was called."""

    def __init__(self, open_it: Callable[[], Reader]) -> None:
        self._open = open_it
        self._lock = Lock()
        self._reader: Reader | None = None

    def begin(self) -> None:
        """Open it in a thread; what goes wrong there is met again, and raised, by whoever reads."""
        threading.Thread(target=self._begin, name="opening the reader", daemon=True).start()

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Read]:
        """Return what it makes of each (claim or question, text), in input order. Raises WeightsError."""
        return self._opened().read(pairs)

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return whether the text of the pair is read to its end. Raises WeightsError."""
        return self._opened().fits(pair)

    def _begin(self) -> None:
        with suppress(WeightsError):
            self._opened()

    def _opened(self) -> Reader:
        with self._lock:
            if self._reader is None:
                self._reader = self._open()
            return self._reader


def one_line(text: str) -> str:
    """Return the text with each run of white space as one space, as the reader was trained on."""
    return " ".join(text.split())


def open_reader(
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    offline: bool = False,
    hub_endpoint: str | None = None,
) -> Reader:
    """Return the reader that ships with the program. Raises WeightsError where its encoder cannot be had or used."""
    return CrossReader(open_cross_encoder(WEIGHTS, cache, progress, offline=offline, hub_endpoint=hub_endpoint))
