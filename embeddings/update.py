"""Documents in, a store that holds them out, and what was added, updated and removed.

Only passages whose text was not there before are encoded; where nothing changed, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import Encoder
from embeddings.errors import StoreError, StoreNotFound
from embeddings.load import Skipped
from embeddings.manifest import PassageSettings
from embeddings.passages import split_passages
from embeddings.store import FileState, Store
from embeddings.types import Document, Passage, Progress
from embeddings.write import Parts, write_generation, writing

END_MARKS = 2
"""Tokens that an encoder puts around a text, beside the text's own."""


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
        """Whether the store holds something else than before."""
        return bool(self.added or self.updated or self.removed)


@dataclass(frozen=True, slots=True)
class Content:
    """What the next generation is to hold: documents by path, and the state of the file of each path."""

    documents: Mapping[str, Document]
    files: Mapping[str, FileState]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


def update_store(
    folder: str | Path,
    documents: Sequence[Document],
    encoder: Encoder,
    settings: PassageSettings | None = None,
    *,
    remove_missing: bool = True,
    progress: Progress | None = None,
) -> Update:
    """Bring the store in `folder` to hold `documents`, and without `remove_missing` those it held before too.

    Raises StoreError as `bring_to` does, StoreBusy while another program writes to the store.
    """
    folder = Path(folder)
    content = Content(
        {document.path: document for document in documents},
        {document.path: FileState(document.path, document.doc_id) for document in documents},
    )
    with writing(folder):
        old = open_if_there(folder)
        if old is not None and not remove_missing:
            content = with_kept(content, old, old.files)
        return bring_to(content, folder, old, encoder, settings=settings, progress=progress)


def open_if_there(folder: Path) -> Store | None:
    """Return the store in `folder`, or None where there is none yet."""
    try:
        return Store.open(folder)
    except StoreNotFound:
        return None


def with_kept(content: Content, old: Store, kept: Iterable[FileState]) -> Content:
    """Return `content` with the files `kept` of the old store; a path in both has what `content` says."""
    states = {state.path: state for state in kept if state.path not in content.files}
    documents = {path: document_of(old, state) for path, state in states.items()}
    return Content({**documents, **content.documents}, {**states, **content.files}, content.skipped, content.notes)


def document_of(old: Store, state: FileState) -> Document:
    """Return the old store's document under the path of `state`: one stands for all files with its text."""
    document = old.documents[state.doc_id]
    if document.path == state.path:
        return document
    return Document(document.doc_id, state.path, document.title, document.text, document.pages)


def bring_to(
    content: Content,
    folder: Path,
    old: Store | None,
    encoder: Encoder,
    *,
    settings: PassageSettings | None,
    progress: Progress | None,
) -> Update:
    """Write `content` as the next generation, or nothing where the old store is whole and holds just that.

    Of several paths with the same text the first, in order, stands for it. The caller holds the store for
    writing. Raises StoreError where there is nothing to index, where the old store has another encoder or
    other passage settings, and where the disk is full or read-only.
    """
    settings = checked_settings(folder, old, encoder, settings)
    one_each = {document.doc_id: document for _, document in sorted(content.documents.items(), reverse=True)}
    documents = sorted(one_each.values(), key=lambda document: document.path)
    passages = _passages(documents, old, encoder, settings, progress)
    if not passages:
        raise StoreError(f"there is nothing to index for the store {folder}: name files or folders with text")
    update = report(old, content, n_documents=len(documents), n_passages=len(passages))
    if old is not None and not update.changed and not old.warnings:
        return update
    vectors, n_encoded = _vectors(passages, old, encoder, progress)
    files = [state for _, state in sorted(content.files.items())]
    parts = Parts(documents, passages, vectors, files, encoder.name, encoder.fingerprint, settings)
    write_generation(folder, parts, old.generation if old else None)
    return report(old, content, n_documents=len(documents), n_passages=len(passages), n_encoded=n_encoded)


def checked_settings(
    folder: Path, old: Store | None, encoder: Encoder, settings: PassageSettings | None
) -> PassageSettings:
    """Return the passage settings to use: the old store's own, where there is one.

    Raises StoreError where they are others, where the encoder is another, or where passages do not fit it.
    """
    if old is not None:
        old.require(encoder)
        if settings is not None and settings != old.manifest.passage_settings:
            raise StoreError(
                f"the store {folder} was built with {old.manifest.passage_settings} and cannot take "
                f"{settings}; leave them out, or build another store in a new folder"
            )
        return old.manifest.passage_settings
    settings = settings or PassageSettings()
    if settings.max_tokens > encoder.max_tokens - END_MARKS:
        raise StoreError(
            f"passages of {settings.max_tokens} tokens do not fit the encoder {encoder.name}; "
            f"give at most {encoder.max_tokens - END_MARKS}"
        )
    return settings


def _passages(
    documents: Sequence[Document],
    old: Store | None,
    encoder: Encoder,
    settings: PassageSettings,
    progress: Progress | None,
) -> tuple[Passage, ...]:
    """Return the passages of all documents; those of one that was there before are taken as they are."""
    known: dict[str, list[Passage]] = {}
    for passage in old.passages if old else ():
        known.setdefault(passage.doc_id, []).append(passage)
    found: list[Passage] = []
    for place, document in enumerate(documents, start=1):
        found.extend(known.get(document.doc_id) or _split(document, encoder, settings))
        if progress is not None:
            progress("splitting into passages", place, len(documents))
    return tuple(found)


def _split(document: Document, encoder: Encoder, settings: PassageSettings) -> tuple[Passage, ...]:
    return split_passages(document, encoder.count_tokens, settings.max_tokens, settings.overlap_sentences)


def _vectors(
    passages: Sequence[Passage], old: Store | None, encoder: Encoder, progress: Progress | None
) -> tuple[NDArray[np.float32], int]:
    """Return the (n, dim) unit rows of the passages and how many of them had to be encoded."""
    rows: dict[str, NDArray[np.float32]] = {}
    if old is not None:
        rows = {passage.text: row for passage, row in zip(old.passages, old.vectors(), strict=True)}
    new = [text for text in dict.fromkeys(passage.text for passage in passages) if text not in rows]
    if new:
        encoded = encoder.encode(new, progress)
        if encoded.shape != (len(new), encoder.dim) or not np.isfinite(encoded).all():
            raise StoreError(
                f"the encoder {encoder.name} gave no usable vectors (shape {encoded.shape}); "
                "fetch its weights anew or use another encoder"
            )
        rows.update(zip(new, encoded, strict=True))
    return np.stack([rows[passage.text] for passage in passages]).astype(np.float32), len(new)


def report(old: Store | None, content: Content, *, n_documents: int, n_passages: int, n_encoded: int = 0) -> Update:
    """Return what differs between the old store and `content`; times and places of files do not count."""
    before = {state.path: state.doc_id for state in old.files} if old else {}
    now = {path: document.doc_id for path, document in content.documents.items()}
    both = now.keys() & before.keys()
    updated = {path for path in both if now[path] != before[path]}
    if old is not None:
        updated |= {path for path in both if _is_described_anew(old, content.documents[path])}
    return Update(
        added=tuple(sorted(now.keys() - before.keys())),
        updated=tuple(sorted(updated)),
        removed=tuple(sorted(before.keys() - now.keys())),
        unchanged=tuple(sorted(both - updated)),
        skipped=content.skipped,
        notes=(*content.notes, *(old.warnings if old else ())),
        n_documents=n_documents,
        n_passages=n_passages,
        n_encoded=n_encoded,
    )


def _is_described_anew(old: Store, document: Document) -> bool:
    """Return whether the store has the document with the same text and another title or other pages."""
    before = old.documents.get(document.doc_id)
    return before is not None and before.path == document.path and before != document
