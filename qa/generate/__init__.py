"""Messages in, a stream of text with log-probabilities out. One protocol, one file per engine.

Nothing heavy is imported here: `open_engine` imports the one file that the model needs.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from embeddings.types import Progress
from embeddings.weights import Model, default_cache, fetch, is_cached, known_models
from qa.errors import EngineError
from qa.generate.gguf_header import read_header

DEFAULT_MODEL = "qwen2.5-coder-1.5b"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")

About = Literal["answer", "claim"]
"""What a model may have a trained head for: whether passages state the answer to a question, or a claim."""


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

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` is, template tokens counted as plain text."""


@runtime_checkable
class Judge(Protocol):
    """An engine that may have heads trained to hear whether passages state an answer, or a claim (check_head.py)."""

    @property
    def heads(self) -> Collection[About]:
        """What it has heads for."""

    def yes_or_no(
        self, messages: Sequence[Message], about: About, *, stop: threading.Event | None = None
    ) -> Piece | None:
        """Return Yes or No as the head hears it, with its log-probability; None: it was stopped.

        Raises EngineError, and ValueError where it has no such head.
        """


def judge_of(engine: Engine | None, about: About) -> Judge | None:
    """Return the engine where a trained head says Yes or No for it about that; None: it has none."""
    return engine if isinstance(engine, Judge) and about in engine.heads else None


def first_piece(engine: Engine, messages: Sequence[Message], stop: threading.Event | None = None) -> Piece | None:
    """Return the first piece of the reply; None: there is none. Raises EngineError."""
    return next(iter(engine.stream(messages, max_tokens=1, stop=stop)), None)


def open_engine(
    model: str | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    offline: bool = False,
    api_key: str | None = None,
    hub_endpoint: str | None = None,
) -> Engine:
    """Return the engine for a model's name, a GGUF file, a folder or Hub id with safetensors, or a server's URL.

    A GGUF runs on OpenVINO, or on transformers where torch has a GPU and can read it; a folder or a Hub id on
    transformers (CUDA, MPS or CPU); a URL is asked as an OpenAI-compatible server, the model's name after a "#"
    where the server has several. Raises EngineError where it is none of these or does not load, WeightsError where
    weights cannot be had.
    """
    model = model or DEFAULT_MODEL
    cache = cache or default_cache()
    check_model(model)
    if _is_address(model):
        from qa.generate.openai import OpenAIEngine

        return OpenAIEngine.at(model, api_key=api_key)
    if known := _known(model):
        path = fetch(known, cache, progress, offline=offline, hub_endpoint=hub_endpoint)
        return _open_gguf(path, known.name, cache, progress)
    path = file_of(model)
    if _is_gguf(path):
        return _open_gguf(path, path.stem, cache, progress)
    if path.is_dir():
        return _open_folder(path, path.resolve().name)
    from embeddings.sources import fetch_hub

    return _open_folder(fetch_hub(model, cache, progress, offline=offline, endpoint=hub_endpoint), model)


def check_model(model: str | None) -> None:
    """Raise the EngineError of a name that is no model's, in well under a second: nothing is loaded or fetched."""
    model = model or DEFAULT_MODEL
    if _is_address(model):
        from qa.generate.openai import check_address

        check_address(model)
    elif known := _known(model):
        _require_generator(known)
    elif _is_gguf(path := file_of(model)):
        if not path.is_file():
            raise EngineError("there is no model file {model!r}; check the path", model=model)
        read_header(path)
    elif not path.is_dir() and not _HUB_ID.fullmatch(model):
        raise EngineError(
            "{model!r} is no model: give one of {names}, a .gguf file, a folder, a Hub id such as org/name, "
            "or the http address of a server",
            model=without_password(model),
            names=", ".join(known.name for known in known_models() if known.kind == "generator"),
        )


def file_of(model: str) -> Path:
    """Return the path that a model's name is. Raises EngineError where it begins with a home folder that is none."""
    try:
        return Path(model).expanduser()
    except RuntimeError as error:
        raise EngineError("there is no home folder for {model!r}; write the whole path", model=model) from error


def without_password(model: str) -> str:
    """Return a model's name as it may be shown: an address without the user's name and password."""
    return re.sub(r"^(\w+://)[^/?#]*@", r"\1", model)


def _is_address(model: str) -> bool:
    return bool(re.match(r"https?://", model))


def _known(model: str) -> Model | None:
    return next((known for known in known_models() if known.name == model), None)


def _is_gguf(path: Path) -> bool:
    return path.suffix.lower() == ".gguf"


def _require_generator(known: Model) -> None:
    if known.kind != "generator":
        raise EngineError(
            "{model} encodes texts and cannot write answers; {default_model} can",
            model=known.name,
            default_model=DEFAULT_MODEL,
        )


def _open_gguf(path: Path, name: str, cache: Path, progress: Progress | None) -> Engine:
    """Return OpenVINO's engine, or torch's where that has a GPU and the packages with which it reads GGUF.

    Importing torch takes seconds, so it is asked only where the driver and the packages are here.
    """
    if may_have_gpu() and not missing_for_gguf():
        from qa.generate.transformers import TransformersEngine, best_device

        if best_device() != "cpu":
            return TransformersEngine(path, name)
    from qa.generate.prepared import prepared
    from qa.generate.process import OpenVinoEngine

    return OpenVinoEngine(path, name, prepared(path, cache, progress))


def at_hand(model: str | None, cache: Path) -> Callable[[], Engine] | None:
    """Return what loads the model of a GGUF file, where nothing has to be fetched or prepared before; None: it has.

    None also for what is no GGUF file, and where a GPU may run it.
    """
    from qa.generate.prepared import is_prepared, prepared_folder
    from qa.generate.process import OpenVinoEngine

    model = model or DEFAULT_MODEL
    known = _known(model)
    if known is None:
        path, name = file_of(model), Path(model).stem
    elif known.kind == "generator" and is_cached(known, cache):
        path, name = fetch(known, cache, offline=True), known.name
    else:
        return None
    if not _is_gguf(path) or not path.is_file() or may_have_gpu():
        return None
    folder = prepared_folder(path, cache)
    return partial(OpenVinoEngine, path, name, folder) if is_prepared(folder) else None


def missing_for_gguf() -> tuple[str, ...]:
    """Return the packages with which torch reads GGUF and that are not here."""
    return tuple(package for package in ("gguf", "accelerate") if find_spec(package) is None)


def may_have_gpu() -> bool:
    """Return whether there is a GPU that torch may be able to use."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def _open_folder(path: Path, name: str) -> Engine:
    from qa.generate.transformers import TransformersEngine

    return TransformersEngine(path, name)
