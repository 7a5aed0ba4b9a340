"""Paths in, an up-to-date store out. A file whose size and time are as they were is not read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from embeddings.encode import Encoder
from embeddings.errors import LoadError, StoreDamaged
from embeddings.load import STANDARD_INPUT, Found, find_files, load_files, load_paths, nothing_read
from embeddings.manifest import PassageSettings
from embeddings.store import FileState, Store
from embeddings.types import Document, Progress
from embeddings.update import Content, Update, merged, open_if_there, write_generation, writing


def index_paths(
    paths: Sequence[str | Path],
    folder: str | Path,
    encoder: Encoder,
    settings: PassageSettings | None = None,
    *,
    remove_missing: bool = True,
    progress: Progress | None = None,
) -> Update:
    """Bring the store in `folder` to hold what `paths` hold; nothing is written where nothing changed.

    Documents that it held before and that the paths do not hold are removed, unless `remove_missing` is False.
    Raises LoadError where a path is not there or nothing can be read, StoreError where the store cannot be used.
    """
    folder = Path(folder)
    if not paths:
        raise LoadError("no file or folder was named; name what to index")
    # Bad paths are told before a folder is made for the store.
    files, unknown = find_files([path for path in paths if str(path) != STANDARD_INPUT])
    if not files and not any(str(path) == STANDARD_INPUT for path in paths):
        raise LoadError(nothing_read(paths, unknown))
    with writing(folder):
        old = open_if_there(folder)
        content = _content(paths, files, old, progress)
        if old is not None and not remove_missing:
            content = merged(old, content)
        if not content.documents:
            raise LoadError(nothing_read(paths, content.skipped))
        return write_generation(folder, old, content, encoder, settings, progress)


def cached_store(
    paths: Sequence[str | Path],
    encoder: Encoder,
    settings: PassageSettings | None = None,
    *,
    cache: Path,
    progress: Progress | None = None,
) -> tuple[Path, Update]:
    """Return the folder of the store that the cache keeps for these paths, brought up to date, and what was done.

    A damaged one is built anew: everything in it can be had again from the paths.
    """
    settings = settings or PassageSettings()
    named = [str(Path(path).resolve()) if str(path) != STANDARD_INPUT else STANDARD_INPUT for path in paths]
    key = json.dumps([named, encoder.fingerprint, settings.max_tokens, settings.overlap_sentences])
    folder = cache / "stores" / hashlib.sha256(key.encode()).hexdigest()[:24]
    try:
        return folder, index_paths(paths, folder, encoder, settings, progress=progress)
    except StoreDamaged:
        damaged = folder.with_name(f"{folder.name}-damaged")
        folder = folder.with_name(f"{folder.name}-anew") if damaged.exists() else folder
        if folder.exists():
            folder.rename(damaged)
        return folder, index_paths(paths, folder, encoder, settings, progress=progress)


def _content(
    paths: Sequence[str | Path], files: Sequence[Found], old: Store | None, progress: Progress | None
) -> Content:
    """Return what the paths hold now; files that look as they did are taken from the old store."""
    known = {(state.path, state.source): state for state in old.files} if old else {}
    same: dict[str, FileState] = {}
    to_read: list[Found] = []
    for file in files:
        before = known.get((file.name, str(file.path.resolve())))
        if before is not None and before == _state(file, before.doc_id):
            same[file.name] = before
        else:
            to_read.append(file)
    states = {file.name: _state(file, "") for file in to_read}
    standard_input = [path for path in paths if str(path) == STANDARD_INPUT]
    loaded = load_paths(standard_input) if standard_input else None
    read = load_files(to_read, progress)
    documents = {document.path: document for document in (*read.documents, *(loaded.documents if loaded else ()))}
    new_states = {
        name: FileState(name, document.doc_id, *_seen(states.get(name))) for name, document in documents.items()
    }
    for name, state in same.items():
        documents[name] = _again(old, state) if old else documents[name]
    unknown = find_files([path for path in paths if str(path) != STANDARD_INPUT])[1]
    return Content(documents, {**same, **new_states}, (*unknown, *read.skipped), read.notes)


def _again(old: Store, state: FileState) -> Document:
    """Return the old store's document under the path that it now stands for."""
    document = old.documents[state.doc_id]
    if document.path == state.path:
        return document
    return Document(document.doc_id, state.path, document.title, document.text, document.pages)


def _state(file: Found, doc_id: str) -> FileState:
    status = file.path.stat()
    return FileState(file.name, doc_id, str(file.path.resolve()), status.st_size, status.st_mtime_ns)


def _seen(state: FileState | None) -> tuple[str, int, int]:
    return (state.source, state.size, state.mtime_ns) if state else ("", -1, -1)
