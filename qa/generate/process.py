"""GGUF models on a CPU: the half that the program talks to. Starts `openvino.serve` as a child process and relays.

The child ends with its parent, however that ends. Knows the lines of that module and no library.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import subprocess
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from embeddings.apart import command
from embeddings.phrase import Phrase
from qa.errors import EngineError
from qa.generate import About, Message, Piece
from qa.generate.check_head import marks_in

STOP_CHECK_S = 0.1

_GONE = Phrase("its process has ended; start the program again")

Line = dict[str, Any]


class OpenVinoEngine:
    """A GGUF model run by OpenVINO GenAI in a process of its own. Safe for threads.

    `prepared` is the folder with what was made of the GGUF file `path`; without it, the file itself is read.
    """

    def __init__(self, path: Path, name: str, prepared: Path | None = None) -> None:
        self.name = name
        self.heads = frozenset(marks_in(prepared) if prepared is not None else ())
        self._child = _Child(path.absolute(), prepared)  # a link may have the suffix that its target lacks
        weakref.finalize(self, self._child.close)
        if problem := self._child.problem_with_loading():
            self._child.close()
            raise EngineError("the model file {path} does not load: {why}; name another model", path=path, why=problem)
        threading.Thread(target=self._child.relay, name="openvino-engine", daemon=True).start()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        """Yield the greedy reply piece by piece; end within a second once `stop` is set."""
        order = {"messages": [asdict(message) for message in messages], "max_tokens": max_tokens}
        yield from self._pieces(order, stop)

    def yes_or_no(
        self, messages: Sequence[Message], about: About, *, stop: threading.Event | None = None
    ) -> Piece | None:
        """Return Yes or No as that head hears it; None: it was stopped. Raises ValueError where it has none."""
        if about not in self.heads:
            raise ValueError(f"the model {self.name} has no head for that")
        order = {"messages": [asdict(message) for message in messages], "max_tokens": 1, "judged": about}
        return next(self._pieces(order, stop), None)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` is, marks of the template counted as plain text."""
        return sum(int(line["count"]) for line in self._lines({"count": text}, None))

    def close(self) -> None:
        """End the child process and free its memory; whoever still waits for it gets an EngineError."""
        self._child.close()

    def _pieces(self, order: Line, stop: threading.Event | None) -> Iterator[Piece]:
        for line in self._lines(order, stop):
            yield Piece(str(line["text"]), float(line["logprob"]))

    def _lines(self, order: Line, stop: threading.Event | None) -> Iterator[Line]:
        """Yield the child's lines for an order until the last one or until `stop` is set."""
        replies: queue.Queue[Line] = queue.Queue()
        number = self._child.ask(order, replies)
        try:
            while stop is None or not stop.is_set():
                try:
                    line = replies.get(timeout=STOP_CHECK_S)
                except queue.Empty:
                    continue
                if "error" in line:
                    raise EngineError("the model {name} could not answer: {why}", name=self.name, why=line["error"])
                if "end" in line:
                    return
                yield line
        finally:
            self._child.forget(number)


class _Child:
    """The child process, and who waits for which of its lines."""

    def __init__(self, path: Path, prepared: Path | None) -> None:
        serving = command("qa.generate.openvino", "serve", str(path), str(prepared or ""))
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                serving, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, encoding="ascii"
            )
        except OSError as error:
            raise EngineError("the model's process could not be started: {why}", why=error.strerror or error) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders: IO[str] = self._process.stdin
        self._replies: IO[str] = self._process.stdout
        self._waiting: dict[int, queue.Queue[Line]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._gone = False

    def problem_with_loading(self) -> str:
        """Wait for the child's word on loading and return what is wrong, empty: nothing."""
        line = self._replies.readline()
        first: Line = json.loads(line) if line else {"error": Phrase("its process ended while loading")}
        problem: str = first.get("error", "")
        return problem

    def relay(self) -> None:
        """Hand each line to whoever waits for it, until the child ends; tell those still waiting then."""
        with contextlib.suppress(ValueError, OSError):  # the pipe was closed while it was read
            for line in self._replies:
                reply: Line = json.loads(line)
                waiting = self._waiting.get(reply["id"])
                if waiting is not None:
                    waiting.put(reply)
                    if "count" in reply:
                        waiting.put({"end": True})
        with self._lock:
            self._gone = True
            for waiting in self._waiting.values():
                waiting.put({"error": _GONE})

    def ask(self, order: Line, replies: queue.Queue[Line]) -> int:
        """Send an order and return its number; what comes back for it is put into `replies`."""
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = replies
            if self._gone or not self._send({**order, "id": number}):
                replies.put({"error": _GONE})
        return number

    def forget(self, number: int) -> None:
        """Take no more lines for an order, and cancel it where it still runs."""
        with self._lock:
            self._waiting.pop(number, None)
            self._send({"id": number, "cancel": True})

    def close(self) -> None:
        """End the child at once."""
        self._process.kill()
        self._process.wait()

    def _send(self, order: Line) -> bool:
        """Write one line; return whether the child could still take it."""
        try:
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()
        except (OSError, ValueError):
            return False
        return True
