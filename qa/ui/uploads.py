"""The documents that one person adds: for one session, or into the store that was named at the start.

For one session, the store that everybody asks is never written to: the session's store is a copy of it in a temporary
folder, made with the first upload, gone with the session.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Collection, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embeddings.chosen import chosen
from embeddings.encode import Encoder
from embeddings.errors import StoreError
from embeddings.files import moved_along
from embeddings.load import Found, Loaded, Skipped, load_files, together
from embeddings.phrase import Phrase
from embeddings.store import CURRENT, Store
from embeddings.types import Document, Progress, document_id
from embeddings.update import update_store
from qa.ui.kept_store import KeptStore, Removed, copy_whole, numbered
from qa.ui.unread import Unread

KEPT = "kept-files"
"""The folder for uploaded PDFs inside the session's, from which their pages are drawn."""

MOST_MB = 50
"""The largest file that can be added, in MB of 1,048,576 bytes."""

UPLOADED = "uploaded/"
"""Stands before the names of uploaded documents, so that none takes the place of a document of the store."""


@dataclass(frozen=True, slots=True)
class Added:
    """What an upload brought: the documents now there, what was not read and why, what should be known.

    `replaced` are those of the documents that took the place of another text of their name.
    """

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    replaced: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as a person has it: `is_own` if they added it, `is_asked` if questions go to it."""

    document: Document
    n_passages: int
    is_own: bool
    is_removed: bool
    is_asked: bool


class Uploads:
    """Uploaded documents and the store that holds them beside those of `base`.

    `sought` is what a person looks for in a list that is too long to be shown whole.
    Safe for threads but for `add`, of which there is one at a time: documents are chosen, removed and asked meanwhile.
    """

    def __init__(self, base: Store, encoder: Encoder) -> None:
        self._store = base
        self._base = base
        self._encoder = encoder
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._documents: dict[str, Document] = {}
        self._pasted: dict[str, str] = {}
        self._pages: dict[str, str] = {}
        self._removed: frozenset[str] = frozenset()
        self._left_out: frozenset[str] = frozenset()
        self._asked: tuple[Store, frozenset[str], Store] | None = None
        self._choosing = threading.Lock()
        self.unread = Unread()
        self.sought = ""

    @property
    def store(self) -> Store:
        """The store with all documents, those too that are removed or left out."""
        return self._store

    @property
    def kept_in(self) -> Path | None:
        """The folder in which everything that is added is kept for everybody; None: it goes with the session."""
        return None

    @property
    def asked(self) -> Store:
        """The store that questions go to: without what was removed or is left out."""
        store, without, known = self.store, self._removed | self._left_out, self._asked
        if known is None or known[0] is not store or known[1] != without:
            known = (store, without, chosen(store, set(store.documents) - without) if without else store)
            self._asked = known
        return known[2]

    def listed(self) -> tuple[Listed, ...]:
        """Return every document with what there is to know of it, a person's own first, then by path."""
        store, own = self.store, self._removable()
        n_passages = store.passage_counts()
        rows = [
            Listed(
                document,
                n_passages[doc_id],
                is_own=doc_id in own,
                is_removed=doc_id in self._removed,
                is_asked=doc_id not in self._removed | self._left_out,
            )
            for doc_id, document in store.documents.items()
        ]
        return tuple(sorted([*rows, *self._gone()], key=lambda row: (not row.is_own, row.document.path)))

    def _removable(self) -> Container[str]:
        """Return the documents that were added and can be removed again."""
        return {document.doc_id for document in self._documents.values()} - set(self._base.documents)

    def _gone(self) -> Sequence[Listed]:
        """Return what was removed, is in the store no more and can be brought back."""
        return ()

    @property
    def own(self) -> frozenset[str]:
        """The documents that the person added and that questions go to."""
        added = {document.doc_id for document in self._documents.values()}
        return frozenset(
            doc_id for doc_id in added - self._removed - self._left_out if doc_id not in self._base.documents
        )

    @property
    def is_whole(self) -> bool:
        """Whether questions go to all documents that everybody has."""
        return not any(doc_id in self._base.documents for doc_id in self._removed | self._left_out)

    def remove(self, doc_id: str) -> None:
        """Take an uploaded document out of every answer; its text goes with the session. Others cannot be removed."""
        if any(row.is_own and row.document.doc_id == doc_id for row in self.listed()):
            with self._choosing:
                self._removed |= {doc_id}

    def restore(self, doc_id: str) -> None:
        """Bring a removed document back."""
        with self._choosing:
            self._removed -= {doc_id}

    def ask(self, doc_ids: Collection[str], *, wanted: bool) -> None:
        """Have questions go to these documents, or leave them out."""
        with self._choosing:
            self._left_out = self._left_out - set(doc_ids) if wanted else self._left_out | set(doc_ids)

    @property
    def folder(self) -> Path | None:
        """The temporary folder of the session's store; None: there is none."""
        return Path(self._folder.name) if self._folder else None

    @property
    def paths(self) -> frozenset[str]:
        """The names of the uploaded documents as the store has them."""
        return frozenset(self._documents)

    def name_of_page(self, name: str, address: str) -> str:
        """Return the file name for what lies at an address: the one it has, or one that nothing else has."""
        with self._choosing:
            free = next(each for each in numbered(name) if self._is_free_for(each, address))
            self._pages[free] = address
        return free

    def _is_free_for(self, name: str, address: str) -> bool:
        return self._pages[name] == address if name in self._pages else f"{UPLOADED}{name}" not in self._documents

    @contextmanager
    def free_name(self, name: str, text: str) -> Iterator[str]:
        """Give the file name for a pasted text: numbered where another text has it already, or is to get it.

        `text` is as it will be read. It is to get that name as long as the block lasts: it is there then, or is not.
        """
        doc_id = document_id(text)
        with self._choosing:
            free = next(each for each in numbered(name) if self._may_be(each, doc_id))
            self._pasted[free] = doc_id
        try:
            yield free
        finally:
            with self._choosing:
                self._pasted.pop(free, None)  # the same text may have been pasted twice

    def _may_be(self, name: str, doc_id: str) -> bool:
        there = self._documents.get(f"{UPLOADED}{name}")
        return self._pasted.get(name, doc_id) == doc_id and (there is None or there.doc_id == doc_id)

    def add(self, files: Sequence[Path], progress: Progress | None = None) -> Added:
        """Put the documents of `files` into `store`; a name that is there already gets the new content.

        Raises EmbeddingsError where the copy of the store cannot be written; nothing is changed then.
        """
        found = named(files)
        loaded = _loaded(found, progress)
        self.unread.take({file.name for file in files}, loaded.skipped)
        replaced = tuple(filter(self._takes_a_place, loaded.documents))
        if loaded.documents:
            documents = {**self._documents, **{document.path: document for document in loaded.documents}}
            with writing():
                self._folder = self._folder or self._copied()
                self._keep_pages(found, loaded.documents)
                self._store = self._written(self._folder.name, tuple(documents.values()), progress)
            self._documents = documents
            with self._choosing:
                self._removed -= {document.doc_id for document in loaded.documents}
        return Added(loaded.documents, loaded.skipped, loaded.notes, replaced)

    def _takes_a_place(self, document: Document) -> bool:
        """Return whether another text was added before under the document's name."""
        before = self._documents.get(document.path)
        return before is not None and before.doc_id != document.doc_id

    def _copied(self) -> tempfile.TemporaryDirectory[str]:
        """Return a folder with a copy of the store: of what is in use now, where what the page began with is gone.

        Raises EmbeddingsError or OSError, and leaves nothing then.
        """
        try:
            return _copy_of(self._base)
        except OSError:
            newest = Store.open(self._base.folder, self._encoder)
            if newest.generation == self._base.generation:
                raise
        copy = _copy_of(newest)
        self._base = newest
        return copy

    def _written(self, folder: str, documents: Sequence[Document], progress: Progress | None) -> Store:
        update_store(folder, documents, self._encoder, remove_missing=False, progress=progress)
        return Store.open(folder, self._encoder)

    def file_of(self, doc_id: str) -> Path | None:
        """Return the file that a document was read from, a session's own before one of the store; None: not known."""
        if self._folder is not None and (kept := self._kept(doc_id)).exists():
            return kept
        states = (*self.store.files_of(doc_id), *self._base.files_of(doc_id))
        sources = (moved_along(state, self._base.folder).source for state in states)
        return next((Path(source) for source in sources if source), None)

    def _keep_pages(self, found: Sequence[Found], documents: Sequence[Document]) -> None:
        """Keep a copy of each file with pages: the web server deletes what was sent to it after a while."""
        files = {file.name: file.path for file in found}
        for document in documents:
            if document.pages and (kept := self._kept(document.doc_id)) and not kept.exists():
                copy_whole(files[document.path], kept)

    def _kept(self, doc_id: str) -> Path:
        if self._folder is None:
            raise AssertionError("the session has a folder once something was uploaded")
        return Path(self._folder.name) / KEPT / doc_id

    def close(self) -> None:
        """Delete the session's folder; what was uploaded is written again with the next upload."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class KeptUploads(Uploads):
    """What one person adds to the store that everybody asks, where it is kept; and what of that store they ask."""

    def __init__(self, kept: KeptStore, encoder: Encoder) -> None:
        super().__init__(kept.store, encoder)
        self._kept_store = kept
        self._mine: set[str] = set()
        self._taken: dict[str, Removed] = {}

    @property
    def store(self) -> Store:
        """The store as everybody has it now."""
        return self._kept_store.store

    @property
    def kept_in(self) -> Path | None:
        """The folder in which everything that is added is kept."""
        return self._kept_store.folder

    def _removable(self) -> Container[str]:
        return self._kept_store.added

    def _gone(self) -> Sequence[Listed]:
        there = self.store.documents
        return [
            Listed(removed.document, 0, is_own=True, is_removed=True, is_asked=False)
            for doc_id, removed in self._taken.items()
            if doc_id not in there
        ]

    @property
    def own(self) -> frozenset[str]:
        """The documents that this person added and that questions go to."""
        there = self.store.documents
        return frozenset(doc_id for doc_id in self._mine - self._left_out if doc_id in there)

    def add(self, files: Sequence[Path], progress: Progress | None = None) -> Added:
        """Put the documents of `files` into the store. Raises EmbeddingsError; nothing is changed then."""
        loaded = self._kept_store.add(files, progress)
        self.unread.take({file.name for file in files}, loaded.skipped)
        self._mine |= {document.doc_id for document in loaded.documents}
        return Added(loaded.documents, loaded.skipped, loaded.notes)

    def remove(self, doc_id: str) -> None:
        """Take a document that was added out of the store; others cannot be removed. Raises EmbeddingsError."""
        removed = self._kept_store.remove(doc_id)
        if removed is None:
            return
        if earlier := self._taken.get(doc_id):  # the same text, which somebody has added since
            self._kept_store.forget(earlier)
        self._taken[doc_id] = removed

    def restore(self, doc_id: str) -> None:
        """Bring back what this person removed. Raises EmbeddingsError."""
        if doc_id in self._taken:
            self._kept_store.restore(self._taken[doc_id])
            self._taken.pop(doc_id, None)  # it may have been asked for twice

    def close(self) -> None:
        """Delete for good what this person removed."""
        for removed in self._taken.values():
            self._kept_store.forget(removed)
        self._taken.clear()


def _loaded(found: Sequence[Found], progress: Progress | None) -> Loaded:
    """Return what `load_files` returns, with the name of each file in the progress."""
    parts = []
    for place, file in enumerate(found, start=1):
        if progress is not None:
            progress(Phrase("reading {file}", file=file.name.removeprefix(UPLOADED)), place, len(found))
        parts.append(load_files([file]))
    return together(parts)


def named(files: Sequence[Path]) -> tuple[Found, ...]:
    """Return the files with the names that the store will give them; a number tells two of one name apart."""
    found: dict[str, Found] = {}
    for file in files:
        names = (f"{UPLOADED}{each}" for each in numbered(file.name))
        name = next(each for each in names if each not in found)
        found[name] = Found(file, name)
    return tuple(found.values())


@contextmanager
def writing() -> Iterator[None]:
    """Turn what the disk refuses into a StoreError."""
    try:
        yield
    except OSError as error:
        why = error.args[0][0][-1] if isinstance(error, shutil.Error) else error.strerror or error  # of many the first
        raise StoreError(
            "the folder {folder} cannot be written to: {why}", folder=tempfile.gettempdir(), why=why
        ) from error


def _copy_of(store: Store) -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder with a copy of what `store` reads. Raises OSError, and leaves no folder then."""
    folder = tempfile.TemporaryDirectory(prefix="article-qa-", ignore_cleanup_errors=True)
    try:
        copy_current(store, Path(folder.name))
    except OSError:
        folder.cleanup()
        raise
    return folder


def copy_current(store: Store, folder: Path) -> None:
    """Put a copy of the generation that `store` reads into `folder`, by links where the disk allows it.

    Nothing is copied of a store that holds nothing.
    """
    if not store.generation:
        return
    shutil.copytree(store.folder / store.generation, folder / store.generation, copy_function=link_or_copy)
    (folder / CURRENT).write_text(f"{store.generation}\n", encoding="utf-8")


def link_or_copy(source: str, target: str | Path) -> None:
    """Link a file that is never changed; copy it where links are not possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
