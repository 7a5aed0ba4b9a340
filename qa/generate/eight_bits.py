"""A model of GGUF's small groups in, the same model with eight bits a weight and one scale a row out.

A GGUF file of four bits a weight has a scale for every 32 weights, or 16. OpenVINO multiplies by those in bfloat16; by
whole rows of eight bits it multiplies in integers, and reads prompts half as fast again. The rounding of this step is
small beside that of the file: it moves 1,536 normal weights by .8 % of their length, four bits by groups of 32 by 8 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

GROUP = 128
"""How many numbers of an activation share a scale where they are rounded to eight bits, too.

32, which is the engine's own choice, and 256 read prompts more slowly, 512 and whole rows did at 292 tokens.
"""

_N_ROWS = 4096
_WAY = ("MatMul", "Convert", "Reshape", "Multiply", "Subtract")
"""From a product to its weights, each the second input of the one before it, or the first."""


def write_eight_bits(source: Path, target: Path, also: Callable[[Any], None] | None = None) -> int:
    """Write the OpenVINO model `source` to `target` with every matrix in eight bits; return how many there were.

    The tables that rows are taken from, as those of word vectors, stay as they are. `also` is done to the model before
    it is written.
    """
    import openvino
    from openvino import opset13 as operations

    model = openvino.Core().read_model(source)
    n_made = 0
    for product in model.get_ordered_ops():
        if (grouped := _grouped(product)) is None:
            continue
        weights, scales = _rounded(*grouped)
        matrix = operations.multiply(
            operations.convert(operations.constant(weights), "f16"), operations.constant(scales)
        )
        to_replace = product.input(1).get_source_output()
        to_replace.replace(operations.convert(matrix, "f32").output(0))
        n_made += 1
    if n_made:
        model.set_rt_info(str(GROUP), ["runtime_options", "DYNAMIC_QUANTIZATION_GROUP_SIZE"])
    if also is not None:
        also(model)
    openvino.save_model(model, target, compress_to_fp16=False)
    return n_made


def _grouped(product: Any) -> tuple[Any, Any, Any] | None:
    """Return the constants that the product's matrix is made of: numbers, zero points and scales by group."""
    at = product
    for name, following in zip(_WAY, (1, 0, 0, 0, 0), strict=True):
        if at.get_type_name() != name:
            return None
        behind, at = at, _input(at, following)
    multiply = _input(_input(_input(product, 1), 0), 0)
    found = (_input(at, 0), _input(_input(behind, 1), 0), _input(multiply, 1))
    return found if all(node.get_type_name() == "Constant" for node in found) else None


def _input(node: Any, place: int) -> Any:
    return node.input(place).get_source_output().get_node()


def _rounded(numbers: Any, zero_points: Any, scales: Any) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """Return (rows, columns) int8 weights and (rows, 1) float16 scales, nearest to the matrix in groups."""
    n_rows, n_groups, n_in_group = tuple(numbers.get_output_shape(0))
    weights = np.empty((n_rows, n_groups * n_in_group), np.int8)
    row_scales = np.empty((n_rows, 1), np.float16)
    for rows in _spans(n_rows):
        group = _unpacked(numbers, rows) - _unpacked(zero_points, rows)
        matrix = (group * scales.data[rows].astype(np.float32)).reshape(-1, weights.shape[1])
        largest = np.abs(matrix).max(axis=1, keepdims=True)
        scale = np.where(largest > 0, largest / 127, 1).astype(np.float16)
        row_scales[rows] = scale
        weights[rows] = np.clip(np.rint(matrix / scale.astype(np.float32)), -127, 127)
    return weights, row_scales


def _spans(n_rows: int) -> Iterator[slice]:
    return (slice(start, min(start + _N_ROWS, n_rows)) for start in range(0, n_rows, _N_ROWS))


def _unpacked(constant: Any, rows: slice) -> npt.NDArray[np.float32]:
    """Return rows of a constant as float32; of four bits, the lower half of a byte comes first."""
    shape = tuple(constant.get_output_shape(0))
    if constant.get_element_type().get_type_name() != "u4":
        found: npt.NDArray[np.float32] = constant.data[rows].astype(np.float32)
        return found
    n_bytes = int(np.prod(shape[1:])) // 2
    packed = constant.data.view(np.uint8).reshape(shape[0], n_bytes)[rows]
    return np.stack([packed & 15, packed >> 4], axis=-1).reshape(-1, *shape[1:]).astype(np.float32)
