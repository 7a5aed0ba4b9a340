"""The parts of a generation in, a store on disk that holds them out: all of it, or none.

A new generation is written beside the old one, flushed, its manifest last; then the name in CURRENT is
swapped. Whatever goes wrong before that leaves the store as it was. Segments that stay are linked, not copied, so that
a small change of a large store is a small write. Knows nothing of what is new in the parts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import filelock

from embeddings.errors import StoreBusy, StoreDamaged, StoreError, StoreNotFound
from embeddings.files import FILES, FileState, write_files
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
from embeddings.manifest import Manifest, PassageSettings, SegmentFacts, facts_of_files
from embeddings.phrase import Phrase
from embeddings.segment import Block, Segment, write_segment
from embeddings.store import Store

LOCK = "WRITING.lock"
SEGMENT = "seg-"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a generation is made of: segments of the store it is made from, and new blocks, written as they come.

    A new segment is full with the block with which it has `most` passages.
    """

    kept: Sequence[SegmentFacts]
    new: Iterable[Block]
    most: int
    files: Sequence[FileState]
    encoder_name: str
    encoder_fingerprint: str
    dim: int
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
            "the store {folder} is being written to by another program; try again when it is done", folder=folder
        ) from error
    except (OSError, NotImplementedError) as error:
        raise StoreError(
            "the store {folder} cannot be written: {why}; name a folder that can be written to",
            folder=folder,
            why=_reason(error),
        ) from error
    try:
        yield
    finally:
        lock.release()


def write_generation(folder: Path, parts: Parts, before: Store | None) -> Manifest:
    """Write the next generation and put it in place; `before`, the one it is made from, is kept beside it.

    Returns its manifest. The caller holds the store for writing. Raises StoreError where the disk is full or
    refuses; what `parts.new` raises goes through.
    """
    name = next_name(folder)
    kept = {before.generation} if before else set()
    remove_unfinished(folder, kept)
    try:
        manifest = _write_files(folder / name, parts, before)
        put_in_place(folder, name)
    except OSError as error:
        _take_back(folder, kept)
        raise StoreError(
            "the store {folder} could not be written: {why}; what it held before is still there",
            folder=folder,
            why=_reason(error),
        ) from error
    except BaseException:
        _take_back(folder, kept)
        raise
    remove_all_but(folder, {*kept, name})
    return manifest


def discard_damaged(folder: Path, timeout_s: float) -> None:
    """Remove every generation, unless another writer has mended the store in the meantime; every byte of it is read."""
    with writing(folder, timeout_s):
        if _is_damaged(folder):
            remove_all_but(folder, ())
            with suppress(FileNotFoundError):
                (folder / CURRENT).unlink()


def _is_damaged(folder: Path) -> bool:
    """Return whether the store is not as it was written; one that is not there is not damaged.

    Raises StoreError where it cannot be read now.
    """
    try:
        store = Store.open(folder)
    except StoreNotFound:
        return False
    except StoreDamaged:
        return True
    return bool(store.verify())


def _take_back(folder: Path, kept: set[str]) -> None:
    """Remove the generation that could not be finished; one that is in use already stays."""
    with suppress(StoreError):
        remove_unfinished(folder, kept)


def _write_files(generation: Path, parts: Parts, before: Store | None) -> Manifest:
    """Write and flush all files of a generation, its manifest last, and return that."""
    generation.mkdir()
    write_files(generation / FILES, parts.files)
    linked = {facts.name for facts in parts.kept}
    known = {}
    if before is not None:
        for name in sorted(linked):
            _link_tree(before.folder / before.generation / name, generation / name)
        known = {path: facts for path, facts in before.manifest.files.items() if path.split("/")[0] in linked}
    segments = [*parts.kept, *_written(generation, parts, before)]
    sync_tree(generation)
    manifest = Manifest(
        encoder_name=parts.encoder_name,
        encoder_fingerprint=parts.encoder_fingerprint,
        dim=parts.dim,
        passage_settings=parts.passage_settings,
        n_documents=sum(facts.n_documents - len(facts.removed) for facts in segments),
        n_passages=sum(facts.n_passages - facts.n_passages_removed for facts in segments),
        segments=tuple(segments),
        files=facts_of_files(generation, known),
    )
    manifest.save(generation)
    sync(generation / MANIFEST)
    sync(generation)
    return manifest


def _written(generation: Path, parts: Parts, before: Store | None) -> Iterator[SegmentFacts]:
    """Write the new segments one after another, under numbers that none had before."""
    numbers = [int(facts.name.removeprefix(SEGMENT)) for facts in (before.manifest.segments if before else ())]
    number, blocks = max(numbers, default=0), iter(parts.new)
    for first in blocks:
        number += 1
        whole = _up_to(parts.most, chain([first], blocks))
        yield _facts_of(write_segment(generation / f"{SEGMENT}{number:06d}", whole, parts.dim))


def _up_to(most: int, blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks until they have `most` passages together."""
    n_passages = 0
    for block in blocks:
        yield block
        n_passages += len(block.vectors)
        if n_passages >= most:
            return


def _facts_of(segment: Segment) -> SegmentFacts:
    return SegmentFacts(segment.name, len(segment.documents), len(segment.passages), segment.dense.kind)


def _link_tree(source: Path, target: Path) -> None:
    """Link the files of a segment, which are never changed; copy them where links are not possible."""
    shutil.copytree(source, target, copy_function=link_or_copy)


def link_or_copy(source: str, target: str) -> None:
    """Link a file that is never changed; copy it, its time of change too, where links are not possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _reason(error: Exception) -> str:
    """Return why the disk refused; numpy says only how much of an array it took."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return Phrase("the disk took only part of it and is probably full ({why})", why=error)
