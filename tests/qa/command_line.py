"""Runs the command line in this process, on the real Answerer and store, with an encoder that hashes words.

The engine says what it was told and keeps the prompts. No weights are needed.
"""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from embeddings.build import cached_store
from embeddings.empty import empty_store
from embeddings.encode import Encoder
from embeddings.store import Store
from embeddings.types import Progress
from embeddings.weights import Model
from qa.answer import Answerer
from qa.call import Openers
from qa.cli import main
from qa.further import Further
from qa.gate import Gate, Stage
from qa.generate import Engine, Message, Piece, open_engine
from qa.generate.loading import LoadingEngine
from qa.opening import Opening
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader

BRIDGE = (
    "The old bridge over the Tamsel was built in 1852. It has seven arches of grey stone. "
    "A flood carried two of them away in 1903."
)
FERRY = "The ferry at Lauen runs from April to October. It carries twelve cars."


@dataclass
class SpokenEngine:
    """Answers every question with the next of its replies, word by word; `before_word` is called before each."""

    replies: list[str]
    name: str = "spoken"
    prompts: list[tuple[Message, ...]] = field(default_factory=list)
    before_word: Callable[[int], None] = lambda _place: None

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        self.prompts.append(tuple(messages))
        if max_tokens == 1:
            yield Piece("Yes", -0.1)
            return
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        for place, word in enumerate(re.findall(r"\s*\S+", reply)):
            self.before_word(place)
            if stop is not None and stop.is_set():
                return
            yield Piece(word, -0.1)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def gate(before: float, after: float) -> Gate:
    """Return a gate that is as sure as it is told (log-odds), whatever it sees, and wants even odds."""
    thresholds = {"lenient": 0.5, "balanced": 0.5, "strict": 0.5}
    return Gate(Stage(before, {}, {}, {}, thresholds), Stage(after, {}, {}, {}, thresholds))


NOTHING_BESIDE = Further(0.0, {}, {}, {}, threshold=2.0)
"""What finds that nothing belongs to an answer but what was written."""


class Typed(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Unread(io.StringIO):
    """A stream that nobody reads any more."""

    def write(self, _text: str, /) -> int:
        raise BrokenPipeError


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass
class CommandLine:
    """The command line with parts that the test has chosen. `opened` keeps what the answerer was opened with."""

    cache: Path
    encoder: HashingEncoder = field(default_factory=lambda: HashingEncoder(dim=256))
    engine: SpokenEngine = field(default_factory=lambda: SpokenEngine(["The old bridge was built in 1852."]))
    load: Callable[[], Engine] | None = None
    gate: Gate = field(default_factory=lambda: gate(3.0, 3.0))
    opened: list[dict[str, Any]] = field(default_factory=list)
    served: list[tuple[Opening, dict[str, Any]]] = field(default_factory=list)
    loaded: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def run(
        self,
        *arguments: str | Path,
        stdin: bytes = b"",
        terminal: bool = False,
        read: bool = True,
        env: dict[str, str] | None = None,
    ) -> Ran:
        """Run the command line; wrong usage comes back as the exit code that it is."""
        out, err = (Typed(), Typed()) if terminal else (io.StringIO() if read else Unread(), io.StringIO())
        variables = {"ARTICLE_QA_CACHE": str(self.cache), "TERM": "xterm-256color", **(env or {})}
        typed = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        openers = Openers(self._answerer, self._encoder, self._serve, self._engine, self._weights)
        given = patch.dict(os.environ, variables), patch.object(sys, "stdin", typed)
        with given[0], given[1], redirect_stdout(out), redirect_stderr(err):
            try:
                code = main([str(argument) for argument in arguments], openers)
            except SystemExit as error:
                code = int(error.code or 0)
        return Ran(code, out.getvalue(), err.getvalue())

    def _encoder(self, _name: str, *_arguments: Any, **_options: Any) -> Encoder:
        return self.encoder

    def _engine(self, model: str, **options: Any) -> Engine:
        self.loaded.append((model, options))
        return self.engine

    def _weights(self, model: Model, cache: Path, progress: Progress, **_options: Any) -> Path:
        progress("fetching it", 1, 2)
        self.fetched.append(model.name)
        return cache

    def _serve(self, opening: Opening, **options: Any) -> None:
        self.served.append((opening, options))

    def _answerer(self, **options: Any) -> Answerer:
        self.opened.append(options)
        folder = options["store"]
        if options["docs"] == ():
            return Answerer(
                empty_store(self.encoder), self.encoder, WordReader(), self.engine, options["settings"], self.gate
            )
        if folder is None:
            folder, _ = cached_store(
                options["docs"], self.encoder, cache=options["cache"], progress=options["progress"]
            )
        store = Store.open(folder, self.encoder)
        engine: Engine | None = self.engine if options["with_engine"] else None
        if opened := options.get("opened"):
            opened(Answerer(store, self.encoder, WordReader(), None, options["settings"], self.gate, NOTHING_BESIDE))
        if self.load is not None:
            engine = LoadingEngine(self.load)
        if (options["model"] or "").startswith("http"):
            engine = open_engine(options["model"], api_key=options["api_key"])
        return Answerer(store, self.encoder, WordReader(), engine, options["settings"], self.gate, NOTHING_BESIDE)
