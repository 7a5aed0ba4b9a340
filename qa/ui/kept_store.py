"""Files in, the store that was named at the start out, with their documents: kept in it, and found by everybody.

A file is copied into a folder of the store and indexed. What is removed lies aside, unseen, until nobody can bring it
back any more.
"""

from __future__ import annotations

import filecmp
import itertools
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from embeddings.encode import Encoder
from embeddings.errors import EmbeddingsError, StoreError
from embeddings.files import ADDED
from embeddings.load import Found, Loaded, load_files, together
from embeddings.phrase import Phrase
from embeddings.store import Store
from embeddings.types import Document, Progress
from embeddings.update import remove_from_store, update_store
from qa.temporary import own_folder, remove_left

ASIDE = ".removed"
"""The folder in that of the added files for those that were removed again."""

WAIT_S = 30.0
"""How long to wait for another program that writes to the store."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A document that somebody took out of the store, and the paths it had; `number` tells it from all others."""

    document: Document
    paths: tuple[str, ...]
    number: int


class KeptStore:
    """A store that people add documents to. Safe for threads; `store` is the generation that holds now."""

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self.store = store
        self.folder = store.folder.resolve() / ADDED
        self._encoder = encoder
        self._added: tuple[Store, Mapping[str, tuple[str, ...]]] | None = None
        self._aside_now: set[Removed] = set()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._ending = ExitStack()
        self._own_aside: Path | None = None
        _empty_of_files(self.folder / ASIDE)
        remove_left(self.folder / ASIDE)

    @property
    def added(self) -> Mapping[str, tuple[str, ...]]:
        """The documents that were added here and stand nowhere else, by their ids, with their paths."""
        store = self.store
        if self._added is None or self._added[0] is not store:
            self._added = (store, self._found(store))
        return self._added[1]

    def _found(self, store: Store) -> Mapping[str, tuple[str, ...]]:
        paths: dict[str, list[str]] = {}
        for state in store.files:
            paths.setdefault(state.doc_id, []).append(state.path)
        return {doc_id: tuple(own) for doc_id, own in paths.items() if all(map(self._is_added, own))}

    def _is_added(self, path: str) -> bool:
        return path.startswith(f"{ADDED}/") and (self.folder.parent / path).is_file()

    def add(self, files: Sequence[Path], progress: Progress | None = None) -> Loaded:
        """Put the files and their documents into the store, each under a name of its own; return what was read.

        Raises EmbeddingsError where the store cannot be written; nothing is changed then.
        """
        new: list[Path] = []
        with self._lock, self._writing():
            try:
                loaded = together([self._copied(file, new) for file in _told(files, progress)])
                if loaded.documents:
                    self._index(loaded.documents, progress)
            except (EmbeddingsError, OSError):
                for file in new:
                    file.unlink(missing_ok=True)
                raise
        return loaded

    def _copied(self, file: Path, new: list[Path]) -> Loaded:
        """Return what was read of a file, under the name that the store gives it; a copy that was made is in `new`."""
        loaded = load_files([Found(file, file.name)])
        if not loaded.documents:
            return loaded
        target = self._place(file, file.name.lstrip(".") or "file")
        if not target.exists():
            copy_whole(file, target)
            new.append(target)
        return replace(loaded, documents=(replace(loaded.documents[0], path=f"{ADDED}/{target.name}"),))

    def _place(self, file: Path, name: str) -> Path:
        """Return where the file lies already, or else is to lie: another one of its name is never written over."""
        places = (self.folder / each for each in numbered(name))
        return next(each for each in places if not each.exists() or _is_copy(each, file))

    def remove(self, doc_id: str) -> Removed | None:
        """Take a document that was added out of the store; None: it is not one of those.

        Raises EmbeddingsError where the store cannot be written, or would hold nothing any more.
        """
        with self._lock, self._writing():
            paths, document = self.added.get(doc_id), self.store.documents.get(doc_id)
            if paths is None or document is None:
                return None
            self._have_aside()
            remove_from_store(self.store.folder, paths, self._encoder, timeout_s=WAIT_S)
            self.store = Store.open(self.store.folder, self._encoder)
            removed = Removed(document, paths, next(self._numbers))
            self._aside_now.add(removed)
            for path in paths:
                self._file(path).replace(self._aside(removed, path))
        return removed

    def restore(self, removed: Removed) -> None:
        """Bring a removed document back, once. Raises EmbeddingsError where it cannot be brought back."""
        with self._lock, self._writing():
            if removed not in self._aside_now:
                return
            back, moved = [], []
            try:
                for path in removed.paths:
                    aside = self._aside(removed, path)
                    target = self._place(aside, Path(path).name)
                    aside.replace(target)
                    moved.append((target, aside))
                    back.append(replace(removed.document, path=f"{ADDED}/{target.name}"))
                self._index(back, None)
            except BaseException:  # whatever it is, it can be tried again
                for target, aside in moved:
                    target.replace(aside)
                raise
            self._aside_now.discard(removed)

    def forget(self, removed: Removed) -> None:
        """Delete a removed document for good."""
        with self._lock, suppress(OSError):
            if removed in self._aside_now:
                self._aside_now.discard(removed)
                for path in removed.paths:
                    self._aside(removed, path).unlink(missing_ok=True)

    def close(self) -> None:
        """Delete for good what was removed."""
        with self._lock:
            self._aside_now.clear()
            self._own_aside = None
            self._ending.close()

    def _index(self, documents: Sequence[Document], progress: Progress | None) -> None:
        folder, sources = self.store.folder, {document.path: self._file(document.path) for document in documents}
        update_store(
            folder,
            documents,
            self._encoder,
            remove_missing=False,
            progress=progress,
            sources=sources,
            timeout_s=WAIT_S,
        )
        self.store = Store.open(folder, self._encoder)

    def _file(self, path: str) -> Path:
        return self.folder.parent / path

    def _have_aside(self) -> None:
        """See to it that there is a folder for what is removed: others that serve the store have their own."""
        if self._own_aside is None:
            (self.folder / ASIDE).mkdir(exist_ok=True)
            self._own_aside = self._ending.enter_context(own_folder(self.folder / ASIDE))

    def _aside(self, removed: Removed, path: str) -> Path:
        assert self._own_aside is not None  # nothing lies aside before something was removed
        return self._own_aside / f"{removed.number}-{Path(path).name}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn what the disk refuses into a StoreError."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                "the store {folder} could not be written: {why}; what it held before is still there",
                folder=self.store.folder,
                why=error.strerror or error,
            ) from error


def _told(files: Sequence[Path], progress: Progress | None) -> Iterator[Path]:
    """Yield the files, each with a word of progress."""
    for place, file in enumerate(files, start=1):
        if progress is not None:
            progress(Phrase("reading {file}", file=file.name), place, len(files))
        yield file


def numbered(name: str) -> Iterator[str]:
    """Yield a file's name, then those with a number for others of that name: "a.txt", "a (2).txt", "a (3).txt"."""
    yield name
    named = Path(name)
    for number in itertools.count(2):
        yield f"{named.stem} ({number}){named.suffix}"


def _empty_of_files(folder: Path) -> None:
    """Delete the files that lie in the folder itself, where versions before put what was removed."""
    with suppress(OSError):
        for left in folder.iterdir():
            if left.is_file():
                left.unlink()


def _is_copy(place: Path, file: Path) -> bool:
    return place.is_file() and filecmp.cmp(place, file, shallow=False)


def copy_whole(file: Path, target: Path) -> None:
    """Put a copy of the file in place, whole or not at all."""
    target.parent.mkdir(exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(file, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
