"""Texts in, (n, dim) float32 unit rows out, in input order. Owner of sentence_transformers and, here, of openvino.

On a CPU the model that sentence-transformers loads is converted once for OpenVINO (3.5 times as fast, cosine to the
original at least .9999) and kept beside the weights, so that the next start needs neither torch nor
sentence-transformers. On a GPU sentence-transformers runs it with torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import WeightsError
from embeddings.types import Progress
from embeddings.weights import Model, fetch, model_named

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding, Tokenizer

DEFAULT_ENCODER = "all-minilm-l6-v2"
BATCH_TOKENS = 1024
"""Tokens read in one go; 1,024 and 4,096 were equally fast on two cores."""


class Encoder(Protocol):
    """What turns texts into vectors. Safe for threads."""

    @property
    def name(self) -> str:
        """The model's name, as the manifest states it."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the weights: stores of another fingerprint cannot be searched with this encoder."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that its vector takes in; what comes after them is left out."""

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, marks at its ends not counted, nothing cut off."""


def open_encoder(
    name: str = DEFAULT_ENCODER,
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    offline: bool = False,
    hub_endpoint: str | None = None,
) -> Encoder:
    """Return the encoder of that name, its weights fetched where they are not here.

    Raises WeightsError for an unknown name, one that is no encoder, or weights that cannot be had.
    """
    from embeddings.weights import default_cache

    model = model_named(name)
    if model.kind != "encoder":
        raise WeightsError(f"{name} writes text and cannot encode it; all-minilm-l6-v2 can")
    cache = cache or default_cache()
    folder = fetch(model, cache, progress, offline=offline, hub_endpoint=hub_endpoint)
    if _has_gpu():
        return TorchEncoder(model, folder)
    return OpenVinoEncoder(model, folder, cache)


def _has_gpu() -> bool:
    """Return whether a GPU for torch seems to be there, without the seconds that importing torch takes."""
    if sys.platform == "darwin":
        return os.uname().machine == "arm64"
    return Path("/proc/driver/nvidia/version").exists()


class _Tokens:
    """The model's own tokenizer, from its file."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self.whole: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.whole.no_truncation()
        self.whole.no_padding()
        self.cut: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.cut.enable_truncation(max_tokens)
        self.cut.no_padding()

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without marks at the ends."""
        return [len(encoding.ids) for encoding in self.whole.encode_batch(_clean(texts), add_special_tokens=False)]


def _clean(texts: Sequence[str]) -> list[str]:
    """Return the texts with lone surrogates, which no tokenizer takes, replaced one for one."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


class OpenVinoEncoder:
    """A sentence-transformers model run by OpenVINO: pooling and normalisation are part of the converted model."""

    def __init__(self, model: Model, folder: Path, cache: Path) -> None:
        import openvino

        self.name, self.fingerprint = model.name, model.main_file.sha256
        self.max_tokens = _max_tokens(folder)
        self._tokens = _Tokens(folder, self.max_tokens)
        version = openvino.__version__.split("-")[0]
        path = cache / "converted" / f"{model.name}-{self.fingerprint[:12]}-openvino-{version}" / "model.xml"
        if not path.is_file():
            convert(folder, path)
        settings = {"PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": str(path.parent / "compiled")}
        self._compiled = openvino.Core().compile_model(str(path), "CPU", settings)
        self.dim = int(self._compiled.output(0).partial_shape[1].get_length())
        self._requests: list[Any] = []
        self._lock = Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, nothing cut off."""
        return self._tokens.count(texts)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order; texts of like length are read together."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        encodings = self._tokens.cut.encode_batch(_clean(texts))
        order = sorted(range(len(texts)), key=lambda place: -len(encodings[place].ids))
        request = self._take_request()
        done = 0
        while done < len(order):
            width = len(encodings[order[done]].ids)
            places = order[done : done + max(1, BATCH_TOKENS // max(1, width))]
            rows[places] = request.infer(_batch([encodings[place] for place in places], width))[0]
            done += len(places)
            if progress is not None:
                progress("encoding passages", done, len(order))
        with self._lock:
            self._requests.append(request)
        return rows

    def _take_request(self) -> Any:
        """Return an inference request that no other thread uses."""
        with self._lock:
            return self._requests.pop() if self._requests else self._compiled.create_infer_request()


def _batch(encodings: Sequence[Encoding], width: int) -> dict[str, NDArray[np.int64]]:
    ids = np.zeros((len(encodings), width), np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _max_tokens(folder: Path) -> int:
    """Return the most tokens that the model was made to read, from its own settings."""
    import json

    return int(json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))["max_seq_length"])


def convert(folder: Path, path: Path) -> None:
    """Write the model in `folder` as OpenVINO reads it to `path`, in one rename."""
    without_telemetry()
    import openvino
    import torch

    class Pooled(torch.nn.Module):
        """The transformer with mean pooling and normalisation behind it: ids and mask in, unit rows out."""

        def __init__(self, transformer: torch.nn.Module) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            """Return (n, dim) unit rows."""
            hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
            means = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(means, dim=1)

    transformer = _load(folder, "cpu")[0].model
    example = {"input_ids": torch.tensor([[101, 7592, 102]] * 2), "attention_mask": torch.ones(2, 3, dtype=torch.int64)}
    model = openvino.convert_model(Pooled(transformer).eval(), example_input=example)
    for parameter in model.inputs:
        parameter.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    model.validate_nodes_and_infer_types()
    beside = path.parent.with_name(f"{path.parent.name}.{os.getpid()}")
    beside.mkdir(parents=True, exist_ok=True)
    openvino.save_model(model, str(beside / path.name), compress_to_fp16=False)
    if path.parent.exists():
        return  # another process was faster
    beside.replace(path.parent)


def without_telemetry() -> None:
    """Keep OpenVINO's converter from sending statistics: without this package it has nothing to send them with."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def _load(folder: Path, device: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device=device, local_files_only=True)


class TorchEncoder:
    """The model as sentence-transformers runs it, on the GPU that torch finds, or on the CPU."""

    def __init__(self, model: Model, folder: Path, device: str | None = None) -> None:
        import torch

        if device is None:
            device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self.name, self.fingerprint = model.name, model.main_file.sha256
        self._folder = folder
        self._model = _load(folder, device)
        self.max_tokens = _max_tokens(folder)
        self.dim = int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def _tokens(self) -> _Tokens:
        return _Tokens(self._folder, self.max_tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, nothing cut off."""
        return self._tokens.count(texts)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), 256):
            part = _clean(texts[start : start + 256])
            rows[start : start + len(part)] = self._model.encode(part, normalize_embeddings=True, show_progress_bar=False)
            if progress is not None:
                progress("encoding passages", start + len(part), len(texts))
        return rows
