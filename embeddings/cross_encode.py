"""Pairs of texts in, what a cross-encoder says of each pair out: (n, 3) log-odds.

The model is a known encoder's transformer with what training changed in it, kept as low-rank differences (LoRA, Hu et
al. 2021), and three outputs behind it. Both texts are read together, so that each word of one is compared with those of
the other where they stand. It runs in OpenVINO, converted once and kept in the cache. Importing this loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.cache import CONVERTED
from embeddings.convert import MODEL, convert, write_model
from embeddings.encode import without_outgoing
from embeddings.errors import WeightsError
from embeddings.manifest import file_sha256
from embeddings.tokens import PairTokens, width_of
from embeddings.types import Progress
from embeddings.weights import default_cache, fetch, model_named

if TYPE_CHECKING:
    from torch import Tensor

BASE = "all-minilm-l6-v2"
"""The encoder whose transformer the differences belong to."""

STATED, ANSWERED, STRANGE = 0, 1, 2
"""The outputs: that the second text states the first, that it answers it, and the largest over the first text's tokens
that this one is not what the second text says."""

MAX_FIRST, MAX_TOKENS = 80, 224
"""Tokens that are read of the first text, and of both together with the marks between them."""

BATCH_TOKENS = 1024


class CrossEncoder(Protocol):
    """What reads two texts together. Safe for threads."""

    def log_odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return (n, 3) float32 log-odds in input order: STATED, ANSWERED, STRANGE."""

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return whether the second text is read to its end; of a longer one the end is left out."""


def open_cross_encoder(
    changes: Path,
    cache: Path | None = None,
    progress: Progress | None = None,
    *,
    offline: bool = False,
    hub_endpoint: str | None = None,
) -> CrossEncoder:
    """Return the cross-encoder whose differences from BASE stand in the safetensors file `changes`.

    BASE is fetched where it is not here. Raises WeightsError where it cannot be had or used.
    """
    cache = cache or default_cache()
    base = fetch(model_named(BASE), cache, progress, offline=offline, hub_endpoint=hub_endpoint)
    key = f"cross-{file_sha256(changes)[:12]}-openvino-{metadata.version('openvino')}"
    converted = cache / CONVERTED / key
    convert("the cross-encoder", __name__, (base, changes), converted, progress)
    return OpenVinoCrossEncoder(base, converted)


class OpenVinoCrossEncoder:
    """The converted model on the CPU."""

    def __init__(self, base: Path, converted: Path) -> None:
        without_outgoing()
        import openvino

        self._tokens = PairTokens(base, MAX_FIRST, MAX_TOKENS)
        settings = {"PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": str(converted / "compiled")}
        try:
            self._compiled = openvino.Core().compile_model(str(converted / MODEL), "CPU", settings)
        except RuntimeError as error:
            raise WeightsError(
                "OpenVINO cannot read the model in {converted}: remove that folder and try again", converted=converted
            ) from error
        self._idle: list[Any] = []
        self._lock = Lock()

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return whether the second text is read to its end; of a longer one the end is left out."""
        return self._tokens.fits(pair)

    def log_odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return (n, 3) float32 log-odds in input order; pairs of like length are read together."""
        found = np.zeros((len(pairs), 3), np.float32)
        read = self._tokens.of(pairs)
        order = sorted(range(len(pairs)), key=lambda place: -len(read[place][0]))
        with self._lock:
            request = self._idle.pop() if self._idle else self._compiled.create_infer_request()
        while order:
            n_together = max(1, BATCH_TOKENS // len(read[order[0]][0]))
            places, order = order[:n_together], order[n_together:]
            found[places] = request.infer(_inputs([read[place] for place in places]))[0]
        with self._lock:
            self._idle.append(request)
        return found


def _inputs(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> dict[str, NDArray[np.int64]]:
    """Return (n, width) token ids, their types and their mask, for the longest pair first."""
    names = ("input_ids", "token_type_ids", "attention_mask")
    inputs = {name: np.zeros((len(rows), width_of(len(rows[0][0]))), np.int64) for name in names}
    for row, (ids, types) in enumerate(rows):
        inputs["input_ids"][row, : len(ids)] = ids
        inputs["token_type_ids"][row, : len(ids)] = types
        inputs["attention_mask"][row, : len(ids)] = 1
    return inputs


def cross_module(base: Path) -> Any:
    """Return the torch module with the encoder's weights and untrained outputs: ids, types, mask in, (n, 3) out.

    With `tokens=True` its second output is the log-odds of each token that it is not what the second text says.
    """
    without_outgoing()
    import torch
    from transformers import BertModel

    class Cross(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert: Any = BertModel.from_pretrained(base, add_pooling_layer=False, local_files_only=True)
            dim = self.bert.config.hidden_size
            self.pair = torch.nn.Sequential(torch.nn.Linear(2 * dim, dim), torch.nn.GELU(), torch.nn.Linear(dim, 2))
            self.token = torch.nn.Linear(dim, 1)
            self.tokens = False

        def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Any:
            hidden = self.bert(
                input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
            ).last_hidden_state
            first = (attention_mask * (1 - token_type_ids)).unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * first).sum(1) / first.sum(1)
            strange = self.token(hidden)
            most = (strange - (1 - first) * 1e4).amax(1)
            pairs = torch.cat([self.pair(torch.cat([hidden[:, 0], mean], 1)), most], 1)
            return (pairs, strange.squeeze(-1)) if self.tokens else pairs

    return Cross()


def changed(weights: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the weights with the changes in them: `NAME.up` @ `NAME.down` is added, any other name is replaced."""
    found = dict(weights)
    for name, change in changes.items():
        if name.endswith(".up"):
            whole = name.removesuffix(".up")
            found[whole] = weights[whole] + change.float() @ changes[f"{whole}.down"].float()
        elif not name.endswith(".down"):
            found[name] = change.float()
    return found


def write_converted(base: str, changes: str, target: str) -> None:
    """Write the model as OpenVINO reads it into the empty folder `target` (see convert.py).

    Raises OSError where the disk does not take it.
    """
    without_outgoing()
    import openvino
    import torch
    from safetensors.torch import load_file

    module = cross_module(Path(base))
    module.load_state_dict(changed(module.state_dict(), load_file(changes)))
    example = {
        "input_ids": torch.tensor([[101, 7592, 102, 7592, 102]] * 2),
        "token_type_ids": torch.tensor([[0, 0, 0, 1, 1]] * 2),
        "attention_mask": torch.ones(2, 5, dtype=torch.int64),
    }
    write_model(openvino.convert_model(module.eval(), example_input=example), Path(target), {})
