"""GGUF models on a CPU: the half that computes, in a process of its own. Owner of openvino_genai.

A step of its pipeline holds Python's interpreter lock from start to end, for seconds while a prompt is read: in the
program's own process the page would stand still. So `serve` runs in a child process and talks JSON, one object a line:

    in:   {"id": 1, "messages": [{"role": ..., "content": ...}], "max_tokens": 80}
          {"id": 3, "messages": ..., "max_tokens": 1, "judged": "claim"}   by that head of the model
          {"id": 2, "count": "some text"}   {"id": 1, "cancel": true}
    out:  {"ready": true}   {"id": 1, "text": "...", "logprob": -0.1}   {"id": 1, "end": true}   {"id": 2, "count": 2}
          {"id": 1, "error": "..."}   {"error": "..."} where the model does not load

Requests of several callers are computed together, and a prompt that begins like an earlier one costs only what differs
(prefix caching). The same process, started for that alone, writes a GGUF file as OpenVINO reads it (see prepared.py).
Knows nothing of passages or answers.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from embeddings.apart import last_line, lines_alone
from embeddings.encode import without_outgoing
from qa.errors import EngineError
from qa.generate import About, Message, Piece
from qa.generate.check_head import Head, add_heads, heads_for, marks_in, write_marks
from qa.generate.eight_bits import write_eight_bits
from qa.generate.gguf_header import Header, read_header
from qa.generate.mapped import release_mapped
from qa.generate.pieces import PieceMaker
from qa.generate.prepared import MODEL
from qa.generate.template import plain_pieces, prompt_parts

CACHE_BYTES = 400_000_000
"""Memory for the keys and values of prompts, in eight bits: some 28,000 tokens of a 1.5B model, or 95 answers."""

UNKNOWN_CACHE_GB = 1
"""The same for a model whose header does not say what a token takes."""

BLOCK_TOKENS = 32
"""Tokens whose keys and values are kept or given up together; the library's, on a CPU."""

STEP_TOKENS = 256
"""The most tokens computed in a step: the others wait for it, and a reply that was stopped computes until its end.

256, 512 and 2,048 took equally long for a prompt, 128 took 7 % longer.
"""

LOOKUP_NGRAM, LOOKUP_TOKENS = 3, 5
"""Prompt lookup: after three tokens that stand in the prompt, the five behind them there are tried at once.

With the words of the passages asked for, replies were the same and took 0.41 to 0.61 of the time.
"""

MOST_BYTES_IN_EIGHT_BITS = 2 << 30
"""GGUF files up to this size are prepared in eight bits a weight, which is faster and larger; see eight_bits.py."""

SET_LESS = "set less with --set evidence_tokens=N or max_tokens=N, or ask a shorter question"
"""What to do about a prompt that is too long."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply being written."""

    number: int
    handle: Any
    pieces: PieceMaker


class PromptTokens:
    """Texts and messages as token ids, by a tokenizer of OpenVINO GenAI; `marks` are those of the template."""

    def __init__(self, tokenizer: Any, marks: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._marks = marks

    def of_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of the prompt; no text of a message becomes a mark of the template."""
        return [token for part in prompt_parts(messages, self._render, self._marks) for token in self.of(part.text)]

    def of_plain(self, text: str) -> list[int]:
        """Return the token ids of a text, marks of the template as plain text."""
        return [token for piece in plain_pieces(text, self._marks) for token in self.of(piece)]

    def of(self, text: str) -> list[int]:
        """Return the token ids of a text."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return [int(token) for token in encoded.input_ids.data[0]]

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, marks of the template left out."""
        return str(self._tokenizer.decode(list(ids)))

    def _render(self, messages: list[dict[str, str]]) -> str:
        extra = {"enable_thinking": False}  # thoughts would use up the few tokens that an answer has
        return str(self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, extra_context=extra))


class Batch:
    """One model with the replies that it is writing.

    `prepared` is the folder with what was made of the GGUF file `path`; without it, the file itself is read.
    `lookup_tokens` are those tried at once by prompt lookup; 0: none.
    """

    def __init__(self, path: Path, prepared: Path | None = None, lookup_tokens: int = LOOKUP_TOKENS) -> None:
        without_outgoing()
        import openvino_genai

        self._genai = openvino_genai
        self._header: Header = read_header(path)
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        if self._header.n_kept:
            scheduler.num_kv_blocks = max(1, CACHE_BYTES // (self._header.n_kept * BLOCK_TOKENS))
        else:
            scheduler.cache_size = UNKNOWN_CACHE_GB
        scheduler.max_num_batched_tokens = STEP_TOKENS
        self._pipeline = openvino_genai.ContinuousBatchingPipeline(
            str(prepared or path), scheduler, "CPU", {"prompt_lookup": True} if lookup_tokens else {}, {}
        )
        self._prepared = prepared
        self._lookup_tokens = lookup_tokens
        self._tokens = PromptTokens(self._pipeline.get_tokenizer(), self._header.marks)
        named = int(self._pipeline.get_config().eos_token_id)  # -1 where the file names none
        self._end_ids = {*self._header.end_ids, *([named] if named >= 0 else [])}
        self._marks = marks_in(prepared) if prepared else {}
        self._replies: dict[int, _Reply] = {}

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to compute."""
        return not self._replies

    def take(self, order: Line) -> Iterator[Line]:
        """Do or begin what one line asks for; yield what can be said at once."""
        number = int(order["id"])
        if "cancel" in order:
            if reply := self._replies.pop(number, None):
                reply.handle.cancel()
        elif "count" in order:
            yield {"id": number, "count": len(self._tokens.of_plain(order["count"]))}
        else:
            messages = [Message(**message) for message in order["messages"]]
            ids = self.prompt_ids(messages)
            if "judged" in order and (mark := self._marks.get(order["judged"])):
                ids = mark.put(ids)
            yield from self._begin(number, ids, int(order["max_tokens"]))

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of the prompt."""
        return self._tokens.of_prompt(messages)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, marks of the template left out."""
        return self._tokens.text(ids)

    def step(self) -> Iterator[Line]:
        """Compute up to STEP_TOKENS tokens for all replies together; yield what was written."""
        if self._pipeline.has_non_finished_requests():
            self._pipeline.step()
        status = self._genai.GenerationStatus
        for reply in list(self._replies.values()):
            state = reply.handle.get_status()
            while reply.handle.can_read():
                for output in reply.handle.read().values():
                    yield from _said(reply, reply.pieces.add(output.generated_ids, output.generated_log_probs))
            if state == status.RUNNING:
                continue
            del self._replies[reply.number]
            if state == status.IGNORED:
                yield {
                    "id": reply.number,
                    "error": f"it has no memory left for a text this long; {SET_LESS}",
                }
            else:
                yield from _said(reply, reply.pieces.rest())
                yield {"id": reply.number, "end": True}
        if self.is_idle and self._prepared is not None:
            release_mapped(self._prepared)  # its weights were laid out anew as they were first needed

    def drop_all(self) -> list[int]:
        """Cancel every reply and return their numbers."""
        dropped = list(self._replies)
        for reply in self._replies.values():
            reply.handle.cancel()
        self._replies.clear()
        return dropped

    def _begin(self, number: int, ids: list[int], max_tokens: int) -> Iterator[Line]:
        import numpy as np
        import openvino

        window = self._header.window
        if len(ids) + max_tokens > window:
            text = f"the question and its passages are {len(ids)} tokens; with {max_tokens} for the answer "
            yield {"id": number, "error": f"{text}that is more than the {window} it can read; {SET_LESS}"}
            return
        config = self._genai.GenerationConfig()
        config.max_new_tokens = max_tokens
        config.logprobs = 1
        config.apply_chat_template = False
        config.stop_token_ids = self._end_ids
        if self._lookup_tokens:
            config.max_ngram_size, config.num_assistant_tokens = LOOKUP_NGRAM, self._lookup_tokens
        tensor = openvino.Tensor(np.array([ids], dtype=np.int64))
        handle = self._pipeline.add_request(number, tensor, config)
        self._replies[number] = _Reply(number, handle, PieceMaker(self.decode, self._end_ids))


def _said(reply: _Reply, piece: Piece | None) -> Iterator[Line]:
    if piece is not None:
        yield {"id": reply.number, "text": piece.text, "logprob": piece.logprob}


def serve(path: str, prepared: str) -> None:
    """Load the model and serve the parent process until it closes standard input; then end at once.

    `prepared` is the folder with what was made of the GGUF file `path`; empty: there is none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to act on
    out = lines_alone()
    try:
        batch = Batch(Path(path), Path(prepared) if prepared else None)
    except Exception as error:  # whatever the library raised is the answer to loading
        _send(out, {"error": last_line(error)})
        return
    _send(out, {"ready": True})
    orders: queue.Queue[Line] = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    while True:
        _round(batch, orders, out)


def _round(batch: Batch, orders: queue.Queue[Line], out: TextIO) -> None:
    """Take all orders that have come, waiting for one where there is nothing to do, and compute one step."""
    while batch.is_idle or not orders.empty():
        order = orders.get()
        try:
            for line in batch.take(order):
                _send(out, line)
        except (EngineError, RuntimeError, ValueError, TypeError, KeyError) as error:
            _send(out, {"id": order.get("id"), "error": last_line(error)})
    try:
        for line in batch.step():
            _send(out, line)
    except RuntimeError as error:
        for number in batch.drop_all():
            _send(out, {"id": number, "error": last_line(error)})


def write_prepared(path: str, folder: str) -> None:
    """Write the GGUF file as OpenVINO reads it, and its tokenizer, into an empty folder.

    Raises OSError where the disk does not take it, and whatever the library raises where it does not read the file.
    """
    without_outgoing()
    import openvino_genai

    linked = Path(folder) / "model.gguf"
    try:
        _put(path, linked)
        # The library writes beside the file that it is given, and only while it makes a pipeline of it.
        openvino_genai.Tokenizer(linked, enable_save_ov_model=True)
        openvino_genai.ContinuousBatchingPipeline(
            linked, openvino_genai.SchedulerConfig(), "CPU", {"enable_save_ov_model": True}, {}
        )
        n_bytes = linked.stat().st_size
        linked.unlink()
        if n_bytes <= MOST_BYTES_IN_EIGHT_BITS:
            _remake(Path(folder), heads_for(Path(path)))
    except RuntimeError as error:
        if "iostream" in str(error):  # all that the library says of a disk that is full
            raise OSError(errno.EIO, last_line(error)) from error
        raise


def _put(path: str, linked: Path) -> None:
    """Put the file at `linked`: as a link, or as a copy where the disk takes none, as exFAT and some of a network."""
    try:
        linked.hardlink_to(path)
    except OSError:  # another disk
        try:
            linked.symlink_to(path)
        except OSError:
            shutil.copyfile(path, linked)


def _remake(folder: Path, heads: Mapping[About, Head]) -> None:
    """Put the model in eight bits, with the heads that there are for it, in the place of the one in the folder."""

    def finish(model: Any) -> None:
        if marks := add_heads(model, heads):
            write_marks(marks, made)

    made = folder / "made"
    made.mkdir()
    write_eight_bits(folder / MODEL, made / MODEL, finish)
    for file in list(made.iterdir()):
        file.replace(folder / file.name)
    made.rmdir()


def _listen(orders: queue.Queue[Line]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)  # the parent is gone, or has closed the engine


def _send(out: TextIO, line: Line) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()
