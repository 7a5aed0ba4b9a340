"""The parts of a generation in, a store on disk that holds them out: all of it, or none.

A new generation is written beside the old one, flushed, its manifest last; then the name in CURRENT is
swapped. Whatever goes wrong before that leaves the store as it was. Knows nothing of what is new in the
parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock
import numpy as np
from numpy.typing import NDArray

from embeddings.dense import DenseIndex
from embeddings.errors import StoreBusy, StoreDamaged, StoreError
from embeddings.generations import (
    CURRENT,
    MANIFEST,
    next_name,
    put_in_place,
    remove_all_but,
    remove_unfinished,
    sync,
    sync_tree,
)
from embeddings.manifest import Manifest, PassageSettings, stated_files
from embeddings.sparse import WordIndex
from embeddings.store import FileState, Store, write_lines
from embeddings.types import Document, Passage

LOCK = "WRITING.lock"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a generation is made of. `vectors` are the (n, dim) float32 unit rows of the n passages."""

    documents: Sequence[Document]
    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    files: Sequence[FileState]
    encoder_name: str
    encoder_fingerprint: str
    passage_settings: PassageSettings


@contextmanager
def writing(folder: Path, timeout_s: float = 0.0) -> Iterator[None]:
    """Hold the store for writing, after waiting at most `timeout_s` for another writer.

    Raises StoreBusy while another writer holds it, StoreError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / LOCK)
        lock.acquire(timeout=timeout_s)
    except filelock.Timeout as error:
        raise StoreBusy(
            f"the store {folder} is being written to by another program; try again when it is done"
        ) from error
    except (OSError, NotImplementedError) as error:
        raise StoreError(
            f"the store {folder} cannot be written: {_reason(error)}; name a folder that can be written to"
        ) from error
    try:
        yield
    finally:
        lock.release()


def write_generation(folder: Path, parts: Parts, before: str | None) -> None:
    """Write the next generation and put it in place; `before`, the one it is made from, is kept beside it.

    The caller holds the store for writing. Raises StoreError where the disk is full or refuses.
    """
    name = next_name(folder)
    kept = {before} if before else set()
    remove_unfinished(folder, kept)
    try:
        _write_files(folder / name, parts)
        put_in_place(folder, name)
    except OSError as error:
        _take_back(folder, kept)
        raise StoreError(
            f"the store {folder} could not be written: {_reason(error)}; what it held before is still there"
        ) from error
    except BaseException:
        _take_back(folder, kept)
        raise
    remove_all_but(folder, {*kept, name})


def discard_damaged(folder: Path, timeout_s: float) -> None:
    """Remove every generation, unless another writer has mended the store in the meantime."""
    with writing(folder, timeout_s):
        try:
            Store.open(folder)
        except StoreDamaged:
            remove_all_but(folder, ())
            with suppress(FileNotFoundError):
                (folder / CURRENT).unlink()


def _take_back(folder: Path, kept: set[str]) -> None:
    """Remove the generation that could not be finished; one that is in use already stays."""
    with suppress(StoreError):
        remove_unfinished(folder, kept)


def _write_files(generation: Path, parts: Parts) -> None:
    """Write and flush all files of a generation, its manifest last."""
    generation.mkdir()
    fields = ("passage_id", "doc_id", "start", "end")
    write_lines(generation / "documents.jsonl", (asdict(document) for document in parts.documents))
    write_lines(
        generation / "passages.jsonl",
        ({name: getattr(passage, name) for name in fields} for passage in parts.passages),
    )
    write_lines(generation / "files.jsonl", (asdict(state) for state in parts.files))
    np.save(generation / "vectors.npy", parts.vectors, allow_pickle=False)
    DenseIndex.build(parts.vectors).save(generation / "dense.faiss")
    WordIndex.build([passage.text for passage in parts.passages]).save(generation / "words")
    sync_tree(generation)
    _manifest(generation, parts).save(generation)
    sync(generation / MANIFEST)
    sync(generation)


def _manifest(generation: Path, parts: Parts) -> Manifest:
    return Manifest(
        encoder_name=parts.encoder_name,
        encoder_fingerprint=parts.encoder_fingerprint,
        dim=int(parts.vectors.shape[1]),
        passage_settings=parts.passage_settings,
        n_documents=len(parts.documents),
        n_passages=len(parts.passages),
        files=stated_files(generation),
    )


def _reason(error: Exception) -> str:
    """Return why the disk refused; numpy says only how much of an array it took."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"the disk took only part of it and is probably full ({error})"
