"""Texts in, (n, dim) float32 unit rows out, in input order. Owner of sentence_transformers and, here, of openvino.

On a CPU the model that sentence-transformers loads is converted for OpenVINO once and kept in the cache, so that the
next start needs neither torch nor sentence-transformers. On a GPU sentence-transformers runs it with torch.
Importing this module imports neither.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.cache import CONVERTED
from embeddings.convert import MODEL, convert, write_model
from embeddings.errors import WeightsError
from embeddings.manifest import file_sha256
from embeddings.phrase import Phrase
from embeddings.tokens import Tokens, clean, slabs, width_of
from embeddings.types import Progress
from embeddings.weights import Model, default_cache, fetch, model_named

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

DEFAULT_ENCODER = "all-minilm-l6-v2"
VECTORS, TOKENS = 0, 1
"""The converted model's outputs: a vector of each text, (n, dim), and of each token, (n, width, dim)."""

TABLE = "token-table.f16"
"""The converted model's file of input embeddings: unit rows of half-precision numbers, one after the other."""

BATCH_TOKENS = 1024
"""Tokens read in one go; 4,096 were no faster on two cores, 256 a fifth slower."""


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

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return for each text, in input order, (n_tokens, dim) float32 unit rows: each token as it stands there.

        Marks at the ends are left out, and so are tokens beyond `max_tokens`.
        """

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return for each text, in input order, (n_tokens,) the ids of the tokens that `encode_tokens` has rows for."""

    def token_table(self) -> NDArray[np.float16]:
        """Return (n_ids, dim) unit rows: what the model takes each token for before it reads what stands around it."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, marks at its ends not counted, nothing cut off."""


def open_encoder(
    name: str = DEFAULT_ENCODER,
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    device: str | None = None,
    offline: bool = False,
    hub_endpoint: str | None = None,
) -> Encoder:
    """Return the encoder of that name, or the Hub's under an id such as org/name; fetched where it is not here.

    device: "cpu", "cuda" or "mps"; None takes the GPU that is here, otherwise the CPU.
    Raises WeightsError for an unknown name, one that is no encoder, or weights that cannot be had or used.
    """
    cache = cache or default_cache()
    device = device or gpu() or "cpu"
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", device):
        raise WeightsError("there is no device {device!r}; there are: cpu, cuda, mps", device=device)
    if "/" in name:
        from embeddings.sources import fetch_hub

        folder = fetch_hub(name, cache, progress, offline=offline, endpoint=hub_endpoint)
        return TorchEncoder(name, weights_sha256(folder), folder, device)
    model = model_named(name)
    if model.kind != "encoder":
        raise WeightsError(
            "{name} writes text and cannot encode it; {default_encoder} can", name=name, default_encoder=DEFAULT_ENCODER
        )
    folder = fetch(model, cache, progress, offline=offline, hub_endpoint=hub_endpoint)
    if device == "cpu":
        return OpenVinoEncoder(model, folder, cache, progress)
    return TorchEncoder(model.name, model.main_file.sha256, folder, device)


def gpu() -> str | None:
    """Return "cuda" or "mps" where torch can use one; torch, which takes seconds, is imported only beside a driver."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        import torch

        return "mps" if torch.backends.mps.is_available() else None
    if Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi"):
        import torch

        return "cuda" if torch.cuda.is_available() else None
    return None


def without_outgoing() -> None:
    """Keep libraries that are imported afterwards from connections that nobody asked for.

    `import openvino` sends statistics at once where openvino_telemetry can be imported; where kernels can,
    transformers fetches compiled code from the Hub for some models.
    """
    for package in ("openvino_telemetry", "kernels"):
        sys.modules.setdefault(package, None)  # type: ignore[arg-type]


class OpenVinoEncoder:
    """A known model on the CPU; pooling and normalisation are part of the converted model.

    Where the CPU computes with bfloat16, OpenVINO does: 1.7 times as fast here as float32, cosine at least .9999.
    """

    def __init__(self, model: Model, folder: Path, cache: Path, progress: Progress | None = None) -> None:
        without_outgoing()
        import openvino

        self.name, self.fingerprint = model.name, model.main_file.sha256
        self.max_tokens = _stated_max_tokens(folder)
        self._tokens = Tokens(folder, self.max_tokens)
        converted = converted_folder(model, cache)
        path = converted / MODEL
        convert(model.name, __name__, (folder,), converted, progress)
        settings = {"PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": str(converted / "compiled")}
        try:
            self._compiled = openvino.Core().compile_model(str(path), "CPU", settings)
            self.dim = int(self._compiled.output(0).partial_shape[1].get_length())
            self._table = np.memmap(converted / TABLE, np.float16, "r").reshape(-1, self.dim)
        except (RuntimeError, OSError, ValueError) as error:
            raise WeightsError(
                "OpenVINO cannot read the model in {converted}: remove that folder and try again", converted=converted
            ) from error
        self._idle: list[Any] = []
        self._lock = Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, nothing cut off."""
        return self._tokens.count(texts)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order; texts of like length are read together."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        done = 0
        with self._request() as request:
            for places, inputs in self._batches(texts):
                rows[places] = request.infer(inputs)[VECTORS]
                done += len(places)
                if progress is not None:
                    progress(Phrase("encoding passages"), done, len(texts))
        return rows

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return for each text, in input order, (n_tokens, dim) float32 unit rows of its tokens, marks left out."""
        rows: list[NDArray[np.float32]] = [np.zeros((0, self.dim), np.float32)] * len(texts)
        with self._request() as request:
            for places, inputs in self._batches(texts):
                found = request.infer(inputs)[TOKENS]
                for row, (place, n_tokens) in enumerate(zip(places, inputs["attention_mask"].sum(1), strict=True)):
                    rows[place] = unit_rows(found[row, 1 : n_tokens - 1])
        return rows

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return for each text, in input order, (n_tokens,) ids, marks left out."""
        return self._tokens.ids(texts)

    def token_table(self) -> NDArray[np.float16]:
        """Return (n_ids, dim) unit rows, mapped."""
        return self._table

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], dict[str, NDArray[np.int64]]]]:
        """Yield which texts are read together and the model's inputs for them, the longest of each slab first."""
        before = 0
        for slab in slabs(texts):
            ids = self._tokens.cut(slab)
            order = sorted(range(len(slab)), key=lambda place: -len(ids[place]))
            while order:
                n_together = max(1, BATCH_TOKENS // len(ids[order[0]]))
                places, order = order[:n_together], order[n_together:]
                yield [before + place for place in places], _inputs([ids[place] for place in places])
            before += len(slab)

    @contextmanager
    def _request(self) -> Iterator[Any]:
        """Lend an inference request that no other thread uses."""
        with self._lock:
            request = self._idle.pop() if self._idle else self._compiled.create_infer_request()
        yield request
        with self._lock:
            self._idle.append(request)


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, dim) rows, each divided by its length."""
    lengths: NDArray[np.float32] = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)


def _inputs(ids_of_texts: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    """Return (n, width) token ids and their mask, for the longest text first."""
    ids = np.zeros((len(ids_of_texts), width_of(len(ids_of_texts[0]))), np.int64)
    mask = np.zeros_like(ids)
    for row, text_ids in enumerate(ids_of_texts):
        ids[row, : len(text_ids)] = text_ids
        mask[row, : len(text_ids)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def converted_folder(model: Model, cache: Path) -> Path:
    """Return where the cache keeps the model as this version of OpenVINO reads it."""
    key = f"{model.name}-{model.main_file.sha256[:12]}-table-openvino-{metadata.version('openvino')}"
    return cache / CONVERTED / key


def write_converted(folder: str, target: str) -> None:
    """Write the model in `folder` as OpenVINO reads it into the empty folder `target` (see convert.py).

    Raises OSError where the disk does not take it.
    """
    without_outgoing()
    import openvino
    import torch

    example = {
        "input_ids": torch.tensor([[101, 7592, 102]] * 2),
        "attention_mask": torch.ones(2, 3, dtype=torch.int64),
    }
    loaded = _load(Path(folder), "cpu")
    model = openvino.convert_model(_pooled(loaded), example_input=example)
    write_model(model, Path(target), {TABLE: _table_of(loaded)})


def _table_of(loaded: SentenceTransformer) -> NDArray[np.float16]:
    """Return (n_ids, dim) unit rows: the model's input embeddings."""
    transformer: Any = loaded[0].model
    weights = transformer.get_input_embeddings().weight.detach()
    return unit_rows(weights.float().cpu().numpy()).astype(np.float16)


def _pooled(loaded: SentenceTransformer) -> Any:
    """Return the transformer with mean pooling and normalisation behind it: ids and mask in, VECTORS and TOKENS out."""
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer: Any = loaded[0].model

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
            hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
            means = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(means, dim=1), hidden

    return Pooled().eval()


def _load(folder: Path, device: str) -> SentenceTransformer:
    without_outgoing()
    from sentence_transformers import SentenceTransformer

    with redirect_stderr(io.StringIO()):  # a progress bar of its own that would run through the program's
        return SentenceTransformer(str(folder), device=device, local_files_only=True)


def _stated_max_tokens(folder: Path) -> int:
    """Return the most tokens that the model was made to read, from its own settings."""
    stated = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
    return int(stated["max_seq_length"])


def weights_sha256(folder: Path) -> str:
    """Return the SHA-256 of the weights of a model that is not pinned: of their file, or of the list of their files."""
    hashes = {path.relative_to(folder).as_posix(): file_sha256(path) for path in folder.rglob("*.safetensors")}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


class TorchEncoder:
    """Any model as sentence-transformers runs it, for GPUs and for models that are not known."""

    def __init__(self, name: str, fingerprint: str, folder: Path, device: str) -> None:
        self.name, self.fingerprint = name, fingerprint
        try:
            self._model = _load(folder, device)
        except (ValueError, RuntimeError, OSError, KeyError, ImportError) as error:
            raise WeightsError(
                "the encoder in {folder} cannot be loaded on {device}: {why}", folder=folder, device=device, why=error
            ) from error
        self.max_tokens = int(self._model.max_seq_length or sys.maxsize)
        self.dim = int(self._model.get_embedding_dimension() or 0)
        self._tokens = Tokens(folder, self.max_tokens)
        self._table: NDArray[np.float16] | None = None
        self._lock = Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, nothing cut off."""
        return self._tokens.count(texts)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        done = 0
        for slab in slabs(texts):
            found = self._model.encode(clean(slab), normalize_embeddings=True, show_progress_bar=False)
            rows[done : done + len(slab)] = found
            done += len(slab)
            if progress is not None:
                progress(Phrase("encoding passages"), done, len(texts))
        return rows

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return for each text, in input order, (n_tokens, dim) float32 unit rows of its tokens, marks left out."""
        found: list[NDArray[np.float32]] = []
        for slab in slabs(texts):
            tokens = self._model.encode(clean(slab), output_value="token_embeddings", show_progress_bar=False)
            found += [unit_rows(rows.float().cpu().numpy()[1:-1]) for rows in tokens]
        return found

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return for each text, in input order, (n_tokens,) ids, marks left out."""
        return self._tokens.ids(texts)

    def token_table(self) -> NDArray[np.float16]:
        """Return (n_ids, dim) unit rows."""
        with self._lock:
            if self._table is None:
                self._table = _table_of(self._model)
            return self._table
