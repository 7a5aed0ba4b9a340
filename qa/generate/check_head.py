"""A prepared model in, the same model out with heads that hear whether passages state an answer, or a claim.

Asked for Yes or No, a small model says less than one of its middle layers knows (probing: Alain and Bengio 2016;
answerability: Slobodkin et al. 2023). A logistic head on that layer, trained by `python -m qa.fit_check`, puts a state
in the place of the last one for which the model says Yes or No as the head hears it: its word comes like any other,
with its log-probability. Each head acts at a mark of its own alone, a token id that no text has and that is read as the
last token of a prompt; all else that the model computes stays as it is. A head belongs to one model file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.manifest import file_sha256
from qa.generate import About

WEIGHTS: Mapping[About, Path] = {
    "answer": Path(__file__).with_name("check_head.safetensors"),
    "claim": Path(__file__).with_name("claim_head.safetensors"),
}
MARK_FILE = "heads.json"
"""What stands in the folder of a prepared model that has heads."""

LAYER = "model.layers.self_attn.add1.layer{}"
"""The name that OpenVINO's reader of GGUF files gives the state behind a layer."""

MOST = 8.0
"""The head's log-odds are cut here: beyond it certainty says nothing more."""

ABOVE = 20.0
"""About how far the scores of both words stand above those of words that are like neither.

Words like them ("Yes" behind a space, "yes") keep .04 of the probability in the default model, so that the word's
log-odds go to 3.1 either way where the head's go further.
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """The token id at which a head acts, and the one that the model reads in its place."""

    mark: int
    stands_for: int

    def put(self, ids: list[int]) -> list[int]:
        """Return the prompt's ids with the mark as the last one. Raises ValueError where it does not stand for that."""
        if not ids or ids[-1] != self.stands_for:
            raise ValueError("the prompt does not end as those that the head was trained on")
        return [*ids[:-1], self.mark]


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` (dim,) and `bias` over the state behind `layer`, as a unit vector; in log-odds of Yes.

    It belongs to the file with that SHA-256, in which `yes` and `no` are the tokens of the words, and every prompt
    ends with `last`.
    """

    weights: npt.NDArray[np.float32]
    bias: float
    layer: int
    yes: int
    no: int
    last: int
    model_sha256: str


def heads_for(model: Path) -> dict[About, Head]:
    """Return the heads that ship with the program, as far as they are for this model file."""
    trained = {about: path for about, path in WEIGHTS.items() if path.is_file()}
    heads = {about: read_head(path) for about, path in trained.items()}
    sha256 = file_sha256(model) if heads else ""
    return {about: head for about, head in heads.items() if head.model_sha256 == sha256}


def shipped() -> str:
    """Return what tells the heads that ship from any others: of their files' SHA-256, four digits each."""
    return "".join(file_sha256(path)[:4] if path.is_file() else "none" for path in WEIGHTS.values())


def read_head(path: Path) -> Head:
    """Return the head in a safetensors file."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        about, weights, bias = file.metadata(), file.get_tensor("weights"), float(file.get_tensor("bias")[0])
    numbers = {name: int(about[name]) for name in _NUMBERS}
    return Head(weights, bias, **numbers, model_sha256=about["model_sha256"])


def write_head(head: Head, path: Path) -> None:
    """Write a head as a safetensors file."""
    from safetensors.numpy import save_file

    about = {name: str(getattr(head, name)) for name in _NUMBERS}
    tensors = {"weights": head.weights.astype(np.float32), "bias": np.array([head.bias], np.float32)}
    save_file(tensors, path, about | {"model_sha256": head.model_sha256})


_NUMBERS = ("layer", "yes", "no", "last")


def marks_in(folder: Path) -> dict[About, Mark]:
    """Return the marks of the heads that the prepared model in the folder has."""
    path = folder / MARK_FILE
    found = json.loads(path.read_text(encoding="ascii")) if path.is_file() else {}
    return {about: Mark(**found[about]) for about in WEIGHTS if about in found}


def add_heads(model: Any, heads: Mapping[About, Head]) -> dict[About, Mark]:
    """Put the heads into an OpenVINO model with matrices in eight bits, and return their marks.

    A head whose layer has no such name in the model is left out.
    """
    from openvino import opset13 as operations

    outputs = {node.get_friendly_name(): node.output(0) for node in model.get_ops()}
    last = model.output(0).get_node().input_value(0).get_node()
    n_tokens = int(last.input_value(1).get_shape()[0])
    ids = model.input("input_ids")
    readers = [reader for reader in ids.get_target_inputs() if reader.get_node().get_type_name() != "ShapeOf"]
    axis = operations.constant(np.array([-1], np.int64))
    found, read = last.input_value(0), ids.get_node().output(0)
    marks: dict[About, Mark] = {}
    for about, head in heads.items():
        state = outputs.get(LAYER.format(head.layer))
        if state is None:
            continue
        marks[about] = mark = Mark(n_tokens - 1 - len(marks), head.last)
        is_mark = operations.equal(ids, operations.constant(np.int64(mark.mark)))
        read = operations.select(is_mark, operations.constant(np.int64(mark.stands_for)), read)
        between, both = _directions(last, head)
        unit = operations.normalize_l2(state, axis, 1e-12, "add")
        heard = operations.matmul(unit, operations.constant(head.weights[:, None].astype(np.float32)), False, False)
        heard = operations.clamp(operations.add(heard, operations.constant(np.float32(head.bias))), -MOST, MOST)
        judged = operations.multiply(heard, operations.constant(between[None, None]))
        judged = operations.add(judged, operations.constant(both[None, None]))
        found = operations.select(operations.unsqueeze(is_mark, axis), judged, found)
    if marks:
        for reader in readers:
            reader.replace_source_output(read.output(0))
        last.input(0).replace_source_output(found.output(0))
        model.validate_nodes_and_infer_types()
    return marks


def _directions(last: Any, head: Head) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return (dim,) what moves the scores of Yes and No apart by one, and what lifts both above other words."""
    rows = _rows(last.input_value(1).get_node(), (head.yes, head.no))
    between = rows[0] - rows[1]
    both = rows[0] + rows[1] - between * ((rows[0] + rows[1]) @ between) / (between @ between)
    return between / (between @ between), both * 2 * ABOVE / (both @ both)


def write_marks(marks: Mapping[About, Mark], folder: Path) -> None:
    """Note in the folder of a prepared model which heads it has."""
    said = {about: asdict(mark) for about, mark in marks.items()}
    (folder / MARK_FILE).write_text(json.dumps(said), encoding="ascii")


def _rows(matrix: Any, places: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return rows of a matrix that `eight_bits` wrote: float32 of (float16 of int8) times scales."""
    product = matrix.input_value(0).get_node()
    weights = product.input_value(0).get_node().input_value(0).get_node().data
    scales = product.input_value(1).get_node().data
    rows = list(places)
    found: npt.NDArray[np.float32] = weights[rows].astype(np.float32) * scales[rows].astype(np.float32)
    return found
