"""A model whose matrices have a scale a group, and the same in eight bits with a scale a row: worked out in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino
import pytest
from openvino import opset13 as operations

from qa.generate import eight_bits
from qa.generate.eight_bits import GROUP, write_eight_bits

ROWS, GROUPS, IN_GROUP = 6, 4, 32
RANDOM = np.random.default_rng(7)
NUMBERS = RANDOM.integers(0, 16, (ROWS, GROUPS, IN_GROUP), dtype=np.uint8)
ZEROS = RANDOM.integers(0, 16, (ROWS, GROUPS, 1), dtype=np.uint8)
SCALES = RANDOM.uniform(0.01, 0.1, (ROWS, GROUPS, 1)).astype(np.float16)
NUMBERS[3] = ZEROS[3]  # a row of nothing but zeros
MATRIX = ((NUMBERS.astype(np.float32) - ZEROS) * SCALES.astype(np.float32)).reshape(ROWS, -1)


def in_type(values: npt.NDArray[np.uint8], name: str) -> Any:
    """Return a constant of the values, two of four bits in a byte."""
    if name == "u8":
        return operations.constant(values)
    packed = (values.reshape(-1)[0::2] | values.reshape(-1)[1::2] << 4).astype(np.uint8)
    tensor = openvino.Tensor(packed, list(values.shape), openvino.Type.u4)
    return operations.constant(tensor)


def written(folder: Path, name: str) -> Path:
    """Write a model that multiplies its rows by the matrix, adds a row of a plain matrix, and return its file."""
    given = operations.parameter([-1, GROUPS * IN_GROUP], np.float32)
    numbers = operations.convert(in_type(NUMBERS, name), "f16")
    grouped = operations.subtract(numbers, operations.convert(in_type(ZEROS, name), "f16"))
    scaled = operations.multiply(grouped, operations.constant(SCALES))
    shape = operations.constant(np.array([ROWS, GROUPS * IN_GROUP], np.int64))
    matrix = operations.convert(operations.reshape(scaled, shape, False), "f32")
    product = operations.matmul(given, matrix, False, True)
    plain = operations.matmul(product, operations.constant(np.eye(ROWS, dtype=np.float32)), False, False)
    path = folder / "model.xml"
    openvino.save_model(openvino.Model([plain], [given], "rows"), path, compress_to_fp16=False)
    return path


def matrix_of(path: Path) -> npt.NDArray[np.float32]:
    """Return the matrix by which the model multiplies, as it computes it."""
    exact = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"}
    compiled = openvino.Core().compile_model(path, "CPU", exact)
    found: npt.NDArray[np.float32] = compiled(np.eye(GROUPS * IN_GROUP, dtype=np.float32))[0].T
    return found


@pytest.mark.parametrize("name", ["u4", "u8"])
@pytest.mark.parametrize("n_rows", [4, 4096])
def test_each_weight_is_the_nearest_of_255_in_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, n_rows: int
) -> None:
    monkeypatch.setattr(eight_bits, "_N_ROWS", n_rows)  # six rows at once, or four and two
    source, target = written(tmp_path, name), tmp_path / "made.xml"
    np.testing.assert_allclose(matrix_of(source), MATRIX, atol=1e-6)
    assert write_eight_bits(source, target) == 1
    scales = (np.abs(MATRIX).max(axis=1, keepdims=True) / 127).astype(np.float16).astype(np.float32)
    scales[3] = 1
    np.testing.assert_allclose(matrix_of(target), np.clip(np.rint(MATRIX / scales), -127, 127) * scales, atol=1e-6)


def test_the_weights_are_stored_in_eight_bits_and_the_group_of_activations_with_them(tmp_path: Path) -> None:
    target = tmp_path / "made.xml"
    write_eight_bits(written(tmp_path, "u4"), target)
    model = openvino.Core().read_model(target)
    constants = [node for node in model.get_ordered_ops() if node.get_type_name() == "Constant"]
    stored = {(node.get_element_type().get_type_name(), tuple(node.get_output_shape(0))) for node in constants}
    assert stored == {("i8", (ROWS, GROUPS * IN_GROUP)), ("f16", (ROWS, 1)), ("f32", (ROWS, ROWS))}
    assert model.get_rt_info(["runtime_options", "DYNAMIC_QUANTIZATION_GROUP_SIZE"]).value == str(GROUP)


def test_a_model_without_groups_stays_as_it_is(tmp_path: Path) -> None:
    given = operations.parameter([-1, 3], np.float32)
    product = operations.matmul(given, operations.constant(np.eye(3, dtype=np.float32)), False, False)
    source, target = tmp_path / "plain.xml", tmp_path / "made.xml"
    openvino.save_model(openvino.Model([product], [given], "plain"), source)
    assert write_eight_bits(source, target) == 0
    model = openvino.Core().read_model(target)
    assert not model.has_rt_info(["runtime_options", "DYNAMIC_QUANTIZATION_GROUP_SIZE"])
