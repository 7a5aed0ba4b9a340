"""Documents in, a new generation of a store out, written beside the old one and put in place by one rename.

Only passages whose text was not there before are encoded. One writer at a time. Whatever goes wrong before the rename
leaves the store as it was; what an interrupted write left behind is removed by the next one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import filelock
import numpy as np
from numpy.typing import NDArray

from embeddings.dense import DenseIndex
from embeddings.encode import Encoder
from embeddings.errors import StoreBusy, StoreError, StoreNotFound
from embeddings.load import Skipped
from embeddings.manifest import Manifest, PassageSettings, stated_files
from embeddings.passages import split_passages
from embeddings.sparse import WordIndex
from embeddings.store import CURRENT, FileState, Store, write_lines
from embeddings.types import Document, Passage, Progress

KEPT_GENERATIONS = 2
"""The one in use and the one before it, to fall back to."""


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did, as paths of documents."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    n_documents: int
    n_passages: int
    n_encoded: int

    @property
    def changed(self) -> bool:
        """Whether a new generation was written."""
        return bool(self.added or self.updated or self.removed)


@dataclass(frozen=True, slots=True)
class Content:
    """What the next generation is to hold: documents by path, and the state of the file of each path."""

    documents: Mapping[str, Document]
    files: Mapping[str, FileState]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = field(default=())


def update_store(
    folder: str | Path,
    documents: Sequence[Document],
    encoder: Encoder,
    settings: PassageSettings | None = None,
    *,
    remove_missing: bool = True,
    progress: Progress | None = None,
) -> Update:
    """Bring the store in `folder` to hold `documents`, and those it held before unless `remove_missing`."""
    content = Content(
        {document.path: document for document in documents},
        {document.path: FileState(document.path, document.doc_id) for document in documents},
    )
    with writing(Path(folder)):
        old = open_if_there(Path(folder))
        if old is not None and not remove_missing:
            content = merged(old, content)
        return write_generation(Path(folder), old, content, encoder, settings, progress)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the store for writing. Raises StoreBusy while another writer does, StoreError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / "WRITING.lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise StoreBusy(f"the store {folder} is being written to by another program; try again when it is done") from error
    except OSError as error:
        raise StoreError(f"the store {folder} cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def open_if_there(folder: Path) -> Store | None:
    """Return the store in `folder`, or None where there is none yet."""
    try:
        return Store.open(folder)
    except StoreNotFound:
        return None


def merged(old: Store, new: Content) -> Content:
    """Return the old store's content with the new on top of it."""
    before = {state.path: state for state in old.files}
    documents = {path: _with_path(old.documents[state.doc_id], path) for path, state in before.items()}
    return Content({**documents, **new.documents}, {**before, **new.files}, new.skipped, new.notes)


def _with_path(document: Document, path: str) -> Document:
    if document.path == path:
        return document
    return Document(document.doc_id, path, document.title, document.text, document.pages)


def write_generation(
    folder: Path,
    old: Store | None,
    content: Content,
    encoder: Encoder,
    settings: PassageSettings | None,
    progress: Progress | None,
) -> Update:
    """Write what `content` holds as the next generation and put it in place; nothing is written where nothing changed.

    The caller holds the store for writing. Raises StoreError where there is nothing to index, where the old store has
    another encoder or other passage settings, and where the disk is full or read-only.
    """
    settings = _settings(folder, old, encoder, settings)
    documents = {document.doc_id: document for _, document in sorted(content.documents.items(), reverse=True)}
    if not documents:
        raise StoreError(f"there is nothing to index for the store {folder}: name files or folders with text")
    ordered = sorted(documents.values(), key=lambda document: document.path)
    passages = _passages(ordered, old, encoder, settings)
    if not passages:
        raise StoreError(f"there is nothing to index for the store {folder}: the documents hold no words")
    n_encoded = 0
    if old is None or {s.path: s.doc_id for s in old.files} != {p: d.doc_id for p, d in content.documents.items()}:
        vectors, n_encoded = _vectors(passages, old, encoder, progress)
        _write(folder, ordered, passages, vectors, content, encoder, settings)
    return _report(old, content, len(ordered), len(passages), n_encoded)


def _settings(folder: Path, old: Store | None, encoder: Encoder, settings: PassageSettings | None) -> PassageSettings:
    """Return the passage settings to use: the old store's own, where there is one."""
    if old is None:
        return settings or PassageSettings()
    old.require(encoder)
    if settings is not None and settings != old.manifest.passage_settings:
        raise StoreError(f"the store {folder} was built with other passage settings; build another one in a new folder")
    return old.manifest.passage_settings


def _passages(
    documents: Sequence[Document], old: Store | None, encoder: Encoder, settings: PassageSettings
) -> tuple[Passage, ...]:
    """Return the passages of all documents; those of a document that was there before are taken as they are."""
    known: dict[str, list[Passage]] = {}
    for passage in old.passages if old else ():
        known.setdefault(passage.doc_id, []).append(passage)
    found: list[Passage] = []
    for document in documents:
        found.extend(
            known.get(document.doc_id)
            or split_passages(document, encoder.count_tokens, settings.max_tokens, settings.overlap_sentences)
        )
    return tuple(found)


def _vectors(
    passages: Sequence[Passage], old: Store | None, encoder: Encoder, progress: Progress | None
) -> tuple[NDArray[np.float32], int]:
    """Return the (n, dim) unit rows of the passages and how many of them had to be encoded."""
    known: dict[str, NDArray[np.float32]] = {}
    if old is not None:
        known = {passage.text: row for passage, row in zip(old.passages, old.vectors(), strict=True)}
    new = [text for text in dict.fromkeys(passage.text for passage in passages) if text not in known]
    known.update(zip(new, encoder.encode(new, progress), strict=True))
    return np.stack([known[passage.text] for passage in passages]).astype(np.float32), len(new)


def _write(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    content: Content,
    encoder: Encoder,
    settings: PassageSettings,
) -> None:
    """Write the next generation, flush it, swap CURRENT, remove what is older than the one before."""
    name = _next_name(folder)
    generation = folder / name
    try:
        generation.mkdir()
        _write_parts(generation, documents, passages, vectors, content)
        manifest = Manifest(
            encoder.name,
            encoder.fingerprint,
            int(vectors.shape[1]),
            settings,
            len(documents),
            len(passages),
            stated_files(generation),
        )
        _flush(generation)
        manifest.save(generation)
        _flush(generation)
        _swap(folder, name)
    except OSError as error:
        shutil.rmtree(generation, ignore_errors=True)
        raise StoreError(
            f"the store {folder} could not be written: {error.strerror or error}; what it held before is still there"
        ) from error
    except BaseException:
        shutil.rmtree(generation, ignore_errors=True)
        raise
    _remove_old(folder, name)


def _write_parts(
    generation: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    content: Content,
) -> None:
    write_lines(generation / "documents.jsonl", (asdict(document) for document in documents))
    fields = ("passage_id", "doc_id", "start", "end")
    write_lines(
        generation / "passages.jsonl", ({name: getattr(passage, name) for name in fields} for passage in passages)
    )
    write_lines(generation / "files.jsonl", (asdict(state) for _, state in sorted(content.files.items())))
    np.save(generation / "vectors.npy", vectors, allow_pickle=False)
    DenseIndex.build(vectors).save(generation / "dense.faiss")
    WordIndex.build([passage.text for passage in passages]).save(generation / "words")


def _next_name(folder: Path) -> str:
    """Return the next generation's name, after removing what an interrupted write left behind."""
    with suppress(OSError):
        current = (folder / CURRENT).read_text(encoding="utf-8").strip()
        for path in folder.glob("gen-*"):
            if path.name > current:
                shutil.rmtree(path, ignore_errors=True)
    numbers = [int(path.name.removeprefix("gen-")) for path in folder.glob("gen-*") if path.name[4:].isdigit()]
    return f"gen-{max(numbers, default=0) + 1:06d}"


def _flush(folder: Path) -> None:
    """Return once every file in the folder, and the folder itself, is on the disk."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _swap(folder: Path, name: str) -> None:
    """Make `name` the current generation, in one rename."""
    beside = folder / f"{CURRENT}.new"
    beside.write_text(name, encoding="utf-8")
    os.replace(beside, folder / CURRENT)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_old(folder: Path, current: str) -> None:
    names = sorted(path.name for path in folder.glob("gen-*") if path.name <= current)
    for name in names[:-KEPT_GENERATIONS]:
        shutil.rmtree(folder / name, ignore_errors=True)


def _report(old: Store | None, content: Content, n_documents: int, n_passages: int, n_encoded: int) -> Update:
    before = {state.path: state.doc_id for state in old.files} if old else {}
    now = {path: document.doc_id for path, document in content.documents.items()}
    return Update(
        added=tuple(sorted(now.keys() - before.keys())),
        updated=tuple(sorted(path for path in now.keys() & before.keys() if now[path] != before[path])),
        removed=tuple(sorted(before.keys() - now.keys())),
        unchanged=tuple(sorted(path for path in now.keys() & before.keys() if now[path] == before[path])),
        skipped=content.skipped,
        notes=(*content.notes, *(old.warnings if old else ())),
        n_documents=n_documents,
        n_passages=n_passages,
        n_encoded=n_encoded,
    )
