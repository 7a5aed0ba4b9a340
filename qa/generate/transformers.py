"""Models in safetensors (or a GGUF) run by torch: on CUDA, Apple's GPU or the CPU. Owner of transformers.

No code that comes with a model is run, and no weights but safetensors and GGUF are read. Replies are written one token
at a time in turns, so that several callers share the model; the keys and values of the prompt before are kept, so that
a prompt that begins like it costs only what differs. Knows nothing of passages or answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

from embeddings.encode import without_outgoing
from qa.errors import EngineError
from qa.generate import Message, Piece, missing_for_gguf
from qa.generate.gguf_header import read_header
from qa.generate.pieces import PieceMaker
from qa.generate.template import plain_pieces, prompt_parts

READ_TOKENS = {"cpu": 128}
"""The most prompt tokens computed between two looks at `stop`, where a device takes long for more."""

_ANCHOR = "\n"


@dataclass(eq=False, slots=True)
class _Memory:
    """The keys and values of `ids`, in order."""

    cache: Any
    ids: list[int] = field(default_factory=list)


class TransformersEngine:
    """A model run by torch in bfloat16. Safe for threads."""

    def __init__(self, path: Path, name: str, device: str | None = None) -> None:
        without_outgoing()
        import torch
        import transformers

        self.name = name
        self._torch, self._transformers = torch, transformers
        self.device = device or best_device()
        self._tokenizer, self._model = _load(path, self.device)
        _require_keys(path, self._model)
        self._marks = tuple(token.content for token in self._tokenizer.added_tokens_decoder.values())
        self._end_ids = _end_ids(path, self._model, self._tokenizer)
        self._window = int(getattr(self._model.config.get_text_config(), "max_position_embeddings", 0)) or 2048
        self._joins = self._decode([*self._encode_raw("a"), *self._encode_raw("b")]) == "ab"
        self._lock = threading.Lock()
        self._kept: _Memory | None = None

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        """Yield the greedy reply piece by piece; end within a second once `stop` is set."""
        ids = self.prompt_ids(messages)
        if len(ids) + max_tokens > self._window:
            raise EngineError(
                "the question and its passages are {n_tokens} tokens; with {max_tokens} for the answer that is "
                "more than the {window} that {name} can read; set less with --set evidence_tokens=N or max_tokens=N, "
                "or ask a shorter question",
                n_tokens=len(ids),
                max_tokens=max_tokens,
                window=self._window,
                name=self.name,
            )
        pieces = PieceMaker(self._decode, self._end_ids)
        for token, log_probability in self._tokens(ids, max_tokens, stop or threading.Event()):
            if piece := pieces.add([token], [log_probability]):
                yield piece
        if piece := pieces.rest():
            yield piece

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` is, marks of the template counted as plain text."""
        return sum(len(self._encode(piece)) for piece in plain_pieces(text, self._marks))

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of the prompt; no text of a message becomes a mark of the template."""
        ids: list[int] = []
        for part in prompt_parts(messages, self._render, self._marks):
            ids.extend(self._encode_raw(part.text) if part.is_mark else self._encode(part.text))
        return ids

    def _tokens(self, ids: list[int], max_tokens: int, stop: threading.Event) -> Iterator[tuple[int, float]]:
        """Yield the greedy tokens with their log-probabilities, the one that ends the reply included."""
        memory = self._recall(ids)
        new = ids[len(memory.ids) :]
        try:
            for _ in range(max_tokens):
                found = self._read(new, memory, stop)
                if found is None:
                    return
                yield found
                if found[0] in self._end_ids:
                    return
                new = [found[0]]
        except (RuntimeError, ValueError, IndexError) as error:
            memory = self._empty()  # some layers may know more than others now
            raise EngineError(
                "the model {name} failed while writing: {why}", name=self.name, why=_one_line(error)
            ) from error
        finally:
            with self._lock:
                self._kept = memory

    def _read(self, new: list[int], memory: _Memory, stop: threading.Event) -> tuple[int, float] | None:
        """Compute `new` tokens; return the likeliest next one and its log-probability, None once `stop` is set."""
        torch, step = self._torch, READ_TOKENS.get(self.device, len(new))
        logits = None
        for start in range(0, len(new), step):
            if stop.is_set():
                return None
            part = new[start : start + step]
            with self._lock, torch.inference_mode():
                given = torch.tensor([part], device=self.device)  # (1, n)
                output = self._model(given, past_key_values=memory.cache, use_cache=True, logits_to_keep=1)
            memory.ids.extend(part)
            logits = output.logits[0, -1]  # (vocabulary,)
        assert logits is not None
        best, token = torch.log_softmax(logits.float(), dim=-1).max(dim=-1)
        return int(token), float(best)

    def _recall(self, ids: list[int]) -> _Memory:
        """Return a memory of the start of `ids`: the kept one cut to what both begin with, or an empty one.

        It is taken away from the others while this reply is written. The last of `ids` is never in it.
        """
        with self._lock:
            memory, self._kept = self._kept, None
        if memory is None:
            return self._empty()
        common = _common(memory.ids, ids[:-1])
        try:
            if common < len(memory.ids):
                memory.cache.crop(common - len(memory.ids))
        except (RuntimeError, ValueError, NotImplementedError):
            return self._empty()  # models whose memory cannot be cut, such as those with a sliding window
        del memory.ids[common:]
        return memory

    def _empty(self) -> _Memory:
        return _Memory(self._transformers.DynamicCache(config=self._model.config))

    def _render(self, messages: list[dict[str, str]]) -> str:
        prompt = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return str(prompt)

    def _encode_raw(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _encode(self, text: str) -> list[int]:
        """Return the ids of a piece of text as they are inside a text.

        Some tokenizers put a space before whatever they encode: there the ids behind an anchor are taken.
        """
        if self._joins:
            return self._encode_raw(text)
        anchor, whole = self._encode_raw(_ANCHOR), self._encode_raw(_ANCHOR + text)
        return whole[len(anchor) :] if whole[: len(anchor)] == anchor else self._encode_raw(text)

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def best_device() -> str:
    """Return "cuda" or "mps" where torch sees such a GPU, else "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _load(path: Path, device: str) -> tuple[Any, Any]:
    """Return the tokenizer and the model of a folder with safetensors, or of a GGUF file."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    is_gguf = path.is_file()
    if is_gguf and (missing := missing_for_gguf()):
        raise EngineError(
            "torch reads a GGUF file with the package {package}, which is not here; install it with: pip "
            'install "article-qa[gguf]" accelerate',
            package=missing[0],
        )
    where: dict[str, Any] = {"gguf_file": path.name} if is_gguf else {}
    folder = str(path.parent if is_gguf else path)
    kind: dict[str, Any] = {} if is_gguf else {"use_safetensors": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **where)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, dtype=torch.bfloat16, **where, **kind
        )
        return tokenizer, model.eval().to(device)
    except Exception as error:  # the libraries raise whatever their formats raise
        raise EngineError(
            "the model in {path} does not load: {why}; a folder needs config.json, a tokenizer and "
            "safetensors of a text-generating model",
            path=path,
            why=_one_line(error),
        ) from error


def _require_keys(path: Path, model: Any) -> None:
    """Raise EngineError for a model that takes no keys and values: it would read each new token without the others."""
    if "past_key_values" not in signature(model.forward).parameters:
        raise EngineError(
            "the model in {path} ({kind}) keeps no keys and values of what it has read, as state-space models do not; "
            "name another model",
            path=path,
            kind=model.config.model_type,
        )


def _end_ids(path: Path, model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a reply: from the settings for writing, the tokenizer and a GGUF file's header.

    What transformers takes from a GGUF file is the end of a text alone, and not what ends a turn of a conversation.
    """
    stated = getattr(model.generation_config, "eos_token_id", None)
    listed = stated if isinstance(stated, list) else [stated]
    ends = read_header(path).end_ids if path.is_file() else ()
    return frozenset(int(token) for token in (*listed, tokenizer.eos_token_id, *ends) if token is not None)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many ids both begin with."""
    for place, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            return place
    return min(len(one), len(other))


def _one_line(error: Exception) -> str:
    """Return the first line of the message, short enough to be shown."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".")[:200] if lines else type(error).__name__
