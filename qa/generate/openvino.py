"""GGUF models on a CPU. Owner of openvino_genai.

One thread steps one continuous-batching pipeline: requests of several callers are computed together, and a prompt that
begins like an earlier one costs only what differs (prefix caching). Knows nothing of passages or answers.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encode import without_telemetry
from qa.errors import EngineError
from qa.generate import Message, Piece
from qa.generate.template import plain_pieces, prompt_parts

CACHE_GB = 1
"""Memory for the keys and values of prompts: about 35,000 tokens of a 1.5B model."""

WINDOW_TOKENS = 32_000
"""The most tokens of a prompt; longer ones do not fit the cache beside others."""

STOP_CHECK_S = 0.1


@dataclass(eq=False, slots=True)
class _Request:
    """One reply being written: token ids with log-probabilities arrive in `arrived`, None at its end."""

    ids: list[int]
    max_tokens: int
    arrived: queue.Queue[tuple[list[int], list[float]] | Exception | None] = field(default_factory=queue.Queue)
    cancelled: threading.Event = field(default_factory=threading.Event)
    handle: Any = None


class OpenVinoEngine:
    """A GGUF model run by OpenVINO GenAI."""

    def __init__(self, path: Path, name: str) -> None:
        without_telemetry()
        import openvino_genai

        self.name = name
        self._genai = openvino_genai
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.cache_size = CACHE_GB
        scheduler.max_num_batched_tokens = 2048
        try:
            self._pipeline = openvino_genai.ContinuousBatchingPipeline(str(path), scheduler, "CPU", {}, {})
            self._tokenizer = self._pipeline.get_tokenizer()
        except RuntimeError as error:
            raise EngineError(
                f"the model file {path} could not be loaded; it may be damaged or of a kind that OpenVINO does not read"
            ) from error
        config = self._pipeline.get_config()
        self._end_ids = frozenset({int(config.eos_token_id), *map(int, config.stop_token_ids)})
        self._numbers = itertools.count()
        self._new: queue.Queue[_Request] = queue.Queue()
        self._tokenizer_lock = threading.Lock()
        threading.Thread(target=self._work, name="openvino-engine", daemon=True).start()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        """Yield the greedy reply piece by piece; end within a second once `stop` is set."""
        request = _Request(self.prompt_ids(messages), max_tokens)
        if len(request.ids) + max_tokens > WINDOW_TOKENS:
            raise EngineError(
                f"the question and its passages are {len(request.ids)} tokens and at most {WINDOW_TOKENS} can be read; "
                "ask for fewer passages"
            )
        self._new.put(request)
        try:
            yield from self._pieces(request, stop)
        finally:
            request.cancelled.set()

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` is, template marks counted as plain text."""
        return len(self._encode_plain(text))

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of the prompt; no text of a message becomes a mark of the template."""
        ids: list[int] = []
        for part in prompt_parts(messages, self._render):
            ids.extend(self._encode(part.text))
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, template marks left out."""
        with self._tokenizer_lock:
            return str(self._tokenizer.decode(list(ids)))

    def _render(self, messages: list[dict[str, str]]) -> str:
        with self._tokenizer_lock:
            return str(self._tokenizer.apply_chat_template(messages, add_generation_prompt=True))

    def _encode_plain(self, text: str) -> list[int]:
        return [token for piece in plain_pieces(text) for token in self._encode(piece)]

    def _encode(self, text: str) -> list[int]:
        with self._tokenizer_lock:
            encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return [int(token) for token in encoded.input_ids.data[0]]

    def _pieces(self, request: _Request, stop: threading.Event | None) -> Iterator[Piece]:
        """Yield what arrives as text; characters that are not whole yet are held back."""
        ids: list[int] = []
        shown, pending = "", 0.0
        while (item := self._next(request, stop)) is not None:
            new_ids, log_probabilities = item
            ids.extend(token for token in new_ids if token not in self._end_ids)
            pending += sum(log_probabilities)
            text = self.decode(ids)
            if text.startswith(shown) and not text.endswith("\ufffd"):
                yield Piece(text[len(shown) :], pending)
                shown, pending = text, 0.0
        rest = self.decode(ids)
        if len(rest) > len(shown) or pending:
            yield Piece(rest[len(shown) :], pending)

    def _next(self, request: _Request, stop: threading.Event | None) -> tuple[list[int], list[float]] | None:
        """Return the next tokens, None at the end of the reply or once `stop` is set."""
        while True:
            if stop is not None and stop.is_set():
                return None
            try:
                item = request.arrived.get(timeout=STOP_CHECK_S)
            except queue.Empty:
                continue
            if isinstance(item, Exception):
                raise EngineError(f"the model {self.name} failed while writing: {item}") from item
            return item

    def _work(self) -> None:
        """Take requests in and step the pipeline for as long as there are any; runs in the engine's own thread."""
        active: list[_Request] = []
        while True:
            while not self._new.empty() or not active:
                request = self._new.get()
                if self._begin(request):
                    active.append(request)
            try:
                active = self._step(active)
            except Exception as error:  # whatever the pipeline raised belongs to those who wait for it
                for request in active:
                    request.arrived.put(error)
                active = []

    def _begin(self, request: _Request) -> bool:
        """Hand a request to the pipeline; return whether it is to be waited for."""
        import openvino

        if request.cancelled.is_set():
            return False
        config = self._genai.GenerationConfig()
        config.max_new_tokens = request.max_tokens
        config.logprobs = 1
        config.apply_chat_template = False
        config.eos_token_id = self._pipeline.get_config().eos_token_id
        config.stop_token_ids = set(self._end_ids)
        try:
            tensor = openvino.Tensor(np.array([request.ids], dtype=np.int64))
            request.handle = self._pipeline.add_request(next(self._numbers), tensor, config)
        except RuntimeError as error:
            request.arrived.put(error)
            return False
        return True

    def _step(self, active: list[_Request]) -> list[_Request]:
        """Compute one more token for every request; return those that go on."""
        for request in active:
            if request.cancelled.is_set():
                request.handle.cancel()
        if self._pipeline.has_non_finished_requests():
            self._pipeline.step()
        running = self._genai.GenerationStatus.RUNNING
        going_on = []
        for request in active:
            finished = request.handle.get_status() != running
            while request.handle.can_read():
                for output in request.handle.read().values():
                    request.arrived.put((list(output.generated_ids), list(output.generated_log_probs)))
            if finished or request.cancelled.is_set():
                request.arrived.put(None)
            else:
                going_on.append(request)
        return going_on
