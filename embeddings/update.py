"""Documents in, a store that holds them out, and what was added, updated and removed.

Only passages whose text was not there before are encoded; where nothing changed, nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embeddings.encode import Encoder
from embeddings.errors import StoreError, StoreNotFound
from embeddings.load import Skipped
from embeddings.make import Making, NothingToIndex
from embeddings.manifest import PassageSettings
from embeddings.plan import SegmentSizes, plan_of
from embeddings.store import FileState, Store
from embeddings.types import Document, Progress
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
    """What the next generation is to hold: the state of the file of each path, and the documents that were read.

    A path without a document has one in the old store.
    """

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
    sizes: SegmentSizes | None = None,
    sources: Mapping[str, Path] | None = None,
    timeout_s: float = 0.0,
) -> Update:
    """Bring the store in `folder` to hold `documents`, and without `remove_missing` those it held before too.

    `sources` has the files that documents were read from, by the documents' paths. Raises StoreError as `bring_to`
    does, StoreBusy where another program still writes to the store after `timeout_s`.
    """
    folder, sources = Path(folder), sources or {}
    content = Content(
        {document.path: document for document in documents},
        {document.path: _state(document, sources.get(document.path)) for document in documents},
    )
    with writing(folder, timeout_s):
        old = open_if_there(folder)
        if old is not None and not remove_missing:
            content = with_kept(content, old, old.files)
        return bring_to(content, folder, old, encoder, settings=settings, progress=progress, sizes=sizes)


def remove_from_store(
    folder: str | Path, paths: Collection[str], encoder: Encoder, *, timeout_s: float = 0.0
) -> Update:
    """Bring the store in `folder` to hold nothing under these paths.

    Raises StoreError as `bring_to` does, also where nothing would be left; StoreBusy where another program still writes
    to the store after `timeout_s`.
    """
    folder = Path(folder)
    with writing(folder, timeout_s):
        old = Store.open(folder)
        kept = [state for state in old.files if state.path not in paths]
        if not kept:
            raise StoreError("a store is never empty; add another document before you remove the last one")
        return bring_to(with_kept(Content({}, {}), old, kept), folder, old, encoder, settings=None, progress=None)


def _state(document: Document, source: Path | None) -> FileState:
    """Return the state of the file that a document was read from; one that nobody knows has none."""
    if source is None:
        return FileState(document.path, document.doc_id)
    status = source.stat()
    return FileState(document.path, document.doc_id, str(source.resolve()), status.st_size, status.st_mtime_ns)


def open_if_there(folder: Path) -> Store | None:
    """Return the store in `folder`, or None where there is none yet."""
    try:
        return Store.open(folder)
    except StoreNotFound:
        return None


def with_kept(content: Content, old: Store, kept: Iterable[FileState]) -> Content:
    """Return `content` with the files `kept` of the old store; a path in both has what `content` says."""
    states = {state.path: state for state in kept}
    return Content(content.documents, {**states, **content.files}, content.skipped, content.notes)


def bring_to(
    content: Content,
    folder: Path,
    old: Store | None,
    encoder: Encoder,
    *,
    settings: PassageSettings | None,
    progress: Progress | None,
    sizes: SegmentSizes | None = None,
) -> Update:
    """Write `content` as the next generation, or nothing where the old store is whole and holds just that.

    Where a file lies counts, when it was changed does not. Of several paths with the same text the first, in order,
    stands for it. The caller holds the store for writing. Raises StoreError where there is nothing to index, where the
    old store has another encoder or other passage settings, and where the disk is full or read-only.
    """
    settings = checked_settings(folder, old, encoder, settings)
    update = report(old, content)
    if old is not None and not (update.changed or old.warnings or _is_placed_anew(old, content)):
        return update
    sizes = sizes or SegmentSizes()
    plan = plan_of(content.documents, content.files, old, sizes)
    making = Making(plan, content.documents, content.files, old, encoder, settings, sizes.most, progress)
    parts = Parts(
        kept=plan.kept,
        new=making,
        most=sizes.most,
        files=[state for _, state in sorted(content.files.items())],
        encoder_name=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        dim=encoder.dim,
        passage_settings=settings,
    )
    try:
        manifest = write_generation(folder, parts, old)
    except NothingToIndex as error:
        raise StoreError(
            "there is nothing to index for the store {folder}: name files or folders with text", folder=folder
        ) from error
    return replace(update, n_documents=manifest.n_documents, n_passages=manifest.n_passages, n_encoded=making.n_encoded)


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
                "the store {folder} was built with {built_with} and cannot take {settings}; leave them out, or "
                "build another store in a new folder",
                folder=folder,
                built_with=old.manifest.passage_settings,
                settings=settings,
            )
        return old.manifest.passage_settings
    settings = settings or PassageSettings()
    if settings.max_tokens > encoder.max_tokens - END_MARKS:
        raise StoreError(
            "passages of {n_tokens} tokens do not fit the encoder {encoder}; give at most {most}",
            n_tokens=settings.max_tokens,
            encoder=encoder.name,
            most=encoder.max_tokens - END_MARKS,
        )
    return settings


def report(old: Store | None, content: Content) -> Update:
    """Return what differs between the old store and `content`; times and places of files do not count."""
    before = {state.path: state.doc_id for state in old.files} if old else {}
    now = {path: state.doc_id for path, state in content.files.items()}
    both = now.keys() & before.keys()
    updated = {path for path in both if now[path] != before[path]}
    if old is not None:
        read_again = both & content.documents.keys()
        updated |= {path for path in read_again if _is_described_anew(old, content.documents[path])}
    return Update(
        added=tuple(sorted(now.keys() - before.keys())),
        updated=tuple(sorted(updated)),
        removed=tuple(sorted(before.keys() - now.keys())),
        unchanged=tuple(sorted(both - updated)),
        skipped=content.skipped,
        notes=(*content.notes, *(old.warnings if old else ())),
        n_documents=len(old.documents) if old else 0,
        n_passages=len(old.passages) if old else 0,
        n_encoded=0,
    )


def _is_described_anew(old: Store, document: Document) -> bool:
    """Return whether the store has the document with the same text and another title, other pages or headings."""
    before = old.documents.get(document.doc_id)
    return before is not None and before.path == document.path and before != document


def _is_placed_anew(old: Store, content: Content) -> bool:
    """Return whether a file lies, or was found, elsewhere than the store knows: by that it is told what is gone."""
    before = {state.path: (state.source, state.found) for state in old.files}
    return any(
        bool(state.source) and before.get(path) != (state.source, state.found) for path, state in content.files.items()
    )
