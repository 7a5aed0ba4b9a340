"""A GGUF file in, the folder out that holds the same model as OpenVINO reads it; made once, then taken from the cache.

Reading a GGUF takes many times the processor time of reading what was made of it, and twice the memory, since the made
file is mapped; and prompts are read faster. A process of its own makes it: what that needs of memory is free again when
it ends. Knows no library; `openvino.write_prepared` does the work.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from functools import partial
from importlib import metadata
from pathlib import Path

from embeddings.apart import ApartError
from embeddings.cache import CONVERTED, fill, require_room, stamp_of
from embeddings.convert import empty, made_apart
from embeddings.errors import WeightsError
from embeddings.phrase import Phrase
from embeddings.types import Progress
from qa.errors import EngineError
from qa.generate.check_head import shipped

MODEL, TOKENIZER = "openvino_model.xml", "openvino_tokenizer.xml"

_FORM = "3"
"""Changes with what is made of a file; the head that is put into it (see check_head.py) is named beside it."""

_SAMPLE_BYTES = 1 << 20
_ROOM = 2.9
"""Making it takes up to so many times the size of the GGUF while two forms of it are there (2.65 times for the default
model, 1.5 times afterwards)."""


def prepared(path: Path, cache: Path, progress: Progress | None = None) -> Path | None:
    """Return the folder with what was made of the GGUF file; None: the disk has no room for it, or takes nothing.

    Raises EngineError where OpenVINO does not read the file.
    """
    folder = prepared_folder(path, cache)
    if is_prepared(folder):
        return folder
    try:
        fill(folder, path.name, partial(_gather, path, progress), lambda: is_prepared(folder), progress)
    except WeightsError as error:
        _tell(progress, Phrase("{why}; until then it is read anew at each start", why=error))
        return None
    for earlier in _forms(path, cache) - {folder}:
        shutil.rmtree(earlier, ignore_errors=True)  # it may be in use
    return folder


def prepared_folder(path: Path, cache: Path) -> Path:
    """Return where the cache keeps what this version of OpenVINO makes of the file as it is now."""
    made_by = f"{_FORM}-{shipped()}-openvino-genai-{metadata.version('openvino-genai')}"
    return cache / CONVERTED / f"{_name(path)}-{made_by}"


def _name(path: Path) -> str:
    """Return what a file is told by that is too large to be read for it."""
    state = path.stat()
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    told = hashlib.sha256(f"{state.st_size} {state.st_mtime_ns} ".encode() + sample).hexdigest()
    return f"{path.stem}-{told[:12]}"


def _forms(path: Path, cache: Path) -> set[Path]:
    """Return all folders with what this or another version has made of the file."""
    beginning = f"{_name(path)}-"
    return {folder for folder in (cache / CONVERTED).iterdir() if folder.name.startswith(beginning)}


def is_prepared(folder: Path) -> bool:
    """Return whether all that was made is here in its size."""
    stamp = stamp_of(folder)
    return MODEL in stamp and all(
        (folder / name).is_file() and (folder / name).stat().st_size == size for name, size in stamp.items()
    )


def _tell(progress: Progress | None, text: str) -> None:
    if progress is not None:
        progress(text, 0, 0)


def _gather(path: Path, progress: Progress | None, part: Path) -> Mapping[str, int]:
    """Have the model written into the folder READY of `part`, and return each file's size.

    Raises WeightsError where the disk has no room, OSError where it does not take it, and EngineError where OpenVINO
    does not read the file.
    """
    empty(part)  # what an interrupted try has left gives its room back
    require_room(part, int(_ROOM * path.stat().st_size), path.name)
    _tell(progress, Phrase("preparing {file} for this machine, once; it takes half a minute to two", file=path.name))
    try:
        return made_apart(part, "qa.generate.openvino", "write_prepared", str(path.resolve()))
    except (ApartError, ImportError) as error:
        raise EngineError(
            "the model file {path} does not load: {why}; name another model", path=path, why=error
        ) from error
