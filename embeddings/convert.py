"""A model that torch runs in, the folder out that holds it as OpenVINO reads it; made once, then taken from the cache.

A process of its own makes it, with torch: what that needs of memory is free again when it ends.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from embeddings.apart import ApartError, last_line, run_apart
from embeddings.cache import READY, fill
from embeddings.errors import WeightsError
from embeddings.generations import sync_tree
from embeddings.phrase import Phrase
from embeddings.types import Progress

MODEL = "model.xml"
"""The file of a converted model that OpenVINO opens; its weights lie beside it."""


def convert(what: str, module: str, sources: tuple[Path, ...], folder: Path, progress: Progress | None = None) -> None:
    """Have the `write_converted` of a module write the model of the sources into the folder, unless it is there.

    That is called with the path of each source and of an empty folder, and calls `write_model`. `what` is the model's
    name for people. Raises WeightsError where it cannot be made, or the disk does not take it, and ImportError where a
    library is missing.
    """

    def is_there() -> bool:
        return (folder / MODEL).is_file()

    if is_there():
        return
    try:
        fill(folder, what, partial(_gather, what, module, sources, progress), is_there, progress)
    except ApartError as error:
        raise WeightsError(
            "{model} could not be prepared for this machine: {why}; start the program again",
            model=what,
            why=error,
        ) from error


def made_apart(part: Path, module: str, function: str, *arguments: str) -> dict[str, int]:
    """Have a process write into a folder, which is its last argument, and return each file's size.

    The folder becomes READY of `part`; where it fails nothing is left. Each try has a folder of its own: the process of
    one that was interrupted may go on writing for seconds. Raises as `run_apart` does.
    """
    made = part / uuid4().hex
    made.mkdir()
    try:
        run_apart(module, function, *arguments, str(made))
        made.replace(part / READY)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return {file.name: file.stat().st_size for file in (part / READY).iterdir()}


def write_model(model: Any, folder: Path, beside: Mapping[str, NDArray[np.generic]]) -> None:
    """Write an OpenVINO model of (n, width) inputs of any size into the folder.

    The numbers of each array in `beside` are written to a file of that name. Raises OSError where the disk does not
    take it.
    """
    import openvino

    for parameter in model.inputs:
        parameter.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    model.validate_nodes_and_infer_types()
    try:
        openvino.save_model(model, str(folder / MODEL), compress_to_fp16=False)
    except RuntimeError as error:  # it knows no other
        raise OSError(errno.EIO, last_line(error)) from error
    for name, numbers in beside.items():
        (folder / name).write_bytes(numbers.tobytes())


def empty(part: Path) -> None:
    """Remove what interrupted tries have left in the folder, as far as that goes."""
    for left in part.iterdir():
        shutil.rmtree(left, ignore_errors=True)


def _gather(
    what: str, module: str, sources: tuple[Path, ...], progress: Progress | None, part: Path
) -> Mapping[str, int]:
    if progress is not None:
        progress(Phrase("preparing {model} for this machine, once", model=what), 1, 0)
    empty(part)
    sizes = made_apart(part, module, "write_converted", *map(str, sources))
    sync_tree(part / READY)
    return sizes
