"""Paths in, an up-to-date store out. A file whose size and time are as they were is not read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from embeddings.encode import Encoder
from embeddings.errors import LoadError, StoreBusy, StoreDamaged
from embeddings.files import ADDED, found_again, is_gone, moved_along
from embeddings.find import named_apart, place_of, resolved
from embeddings.load import (
    STANDARD_INPUT,
    STANDARD_INPUT_NAME,
    Found,
    Loaded,
    Skipped,
    find_files,
    load_each,
    nothing_read,
    standard_input,
)
from embeddings.manifest import FORMAT_VERSION, PassageSettings
from embeddings.phrase import Phrase, as_phrase
from embeddings.spool import Spool
from embeddings.store import FileState, Store
from embeddings.types import Progress
from embeddings.unread import Unread, remember, unread_in
from embeddings.update import (
    Content,
    Update,
    bring_to,
    checked_settings,
    open_if_there,
    report,
    with_kept,
)
from embeddings.write import discard_damaged, writing

WAIT_S = 3600.0
"""How long to wait for another program that indexes the same documents into the cache."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person named, and the files found there now."""

    paths: tuple[str | Path, ...]
    files: tuple[Found, ...]
    skipped: tuple[Skipped, ...]
    standard_input: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The given files beside the store: those as they were, those to read; and those elsewhere that stay.

    `before` is what the store knows of those to read, by source, which standard input has none of; `unread` those of
    which it is known that nothing in them can be read.
    """

    same: tuple[FileState, ...]
    to_read: tuple[Found, ...]
    kept: tuple[FileState, ...]
    before: Mapping[str, FileState]
    unread: tuple[Unread, ...]
    skipped: tuple[Skipped, ...]


def index_paths(
    paths: str | Path | Sequence[str | Path],
    folder: str | Path,
    encoder: Encoder,
    settings: PassageSettings | None = None,
    *,
    remove_missing: bool = True,
    progress: Progress | None = None,
    timeout_s: float = 0.0,
) -> Update:
    """Bring the store in `folder` to hold what `paths` hold; nothing is written where nothing changed.

    What the store held before is removed where its file is gone, unless `remove_missing` is False; documents
    of files elsewhere stay. A file whose name another one has already gets the names of its folders before
    it. Raises LoadError where a path is not there or nothing can be read, StoreError where the store cannot
    be used, StoreBusy where another program still writes to it after `timeout_s`.
    """
    folder = Path(folder)
    paths = [paths] if isinstance(paths, (str, Path)) else paths
    old = open_if_there(folder)
    given = _given(paths, folder, old)
    if old is not None:
        update = _as_it_is(given, folder, old, encoder, settings=settings, remove_missing=remove_missing)
        if update is not None:
            return update
    with writing(folder, timeout_s):
        old = open_if_there(folder)
        with Spool(folder) as read:
            compared = _compared(given, folder, old, remove_missing)
            content, unread = _content(given, compared, old, read, progress)
            update = bring_to(content, folder, old, encoder, settings=settings, progress=progress)
            remember(folder, unread)
            return update


def cached_store(
    paths: str | Path | Sequence[str | Path],
    encoder: Encoder,
    settings: PassageSettings | None = None,
    *,
    cache: Path,
    progress: Progress | None = None,
) -> tuple[Path, Update]:
    """Return the folder of the store that the cache keeps for these paths, up to date, and what was done.

    Two programs may do so at once: the second waits, and finds nothing left to do. A damaged store is built
    anew, since everything in it can be had again from the paths. Raises what `index_paths` raises.
    """
    settings = settings or PassageSettings()
    paths = [paths] if isinstance(paths, (str, Path)) else paths
    folder = cache / "stores" / _key(paths, encoder, settings)
    try:
        return folder, index_paths(paths, folder, encoder, settings, progress=progress)
    except StoreDamaged:
        discard_damaged(folder, WAIT_S)
    except StoreBusy:
        if progress is not None:
            progress(Phrase("waiting for another program that reads the same documents"), 1, 0)
    return folder, index_paths(paths, folder, encoder, settings, progress=progress, timeout_s=WAIT_S)


def _key(paths: Sequence[str | Path], encoder: Encoder, settings: PassageSettings) -> str:
    """Return a folder name that differs where paths, encoder, passage settings or the store's format do."""
    named = [str(path) if str(path) == STANDARD_INPUT else str(resolved(Path(path))) for path in paths]
    parts = [named, encoder.fingerprint, settings.max_tokens, settings.overlap_sentences, FORMAT_VERSION]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _given(paths: Sequence[str | Path], folder: Path, old: Store | None) -> Given:
    """Return what the paths hold. Raises LoadError where one is not there or nothing in them can be read."""
    if not paths:
        raise LoadError("no file or folder was named; name what to index")
    on_disk = [path for path in paths if str(path) != STANDARD_INPUT]
    files, unknown = find_files(on_disk)
    standard_input = len(on_disk) < len(paths)
    own = _met_inside(folder, on_disk)
    added, named = {place / ADDED for place, _ in own}, _named_new(folder, on_disk, files, old)
    files = tuple(file for file in files if file in named or added.isdisjoint(file.path.parents))
    if not files and not standard_input:
        raise _nothing_read(paths, unknown, old)
    skipped = tuple(item for item in unknown if not item.path.startswith(tuple(beginning for _, beginning in own)))
    return Given(tuple(paths), files, skipped, standard_input)


def _met_inside(folder: Path, paths: Sequence[str | Path]) -> list[tuple[Path, str]]:
    """Return where the store is met inside each of the paths that it lies in, and how names below it begin there."""
    store = resolved(folder)
    below = [(Path(path), resolved(Path(path))) for path in paths if resolved(Path(path)) in store.parents]
    inside = [(root, store.relative_to(place)) for root, place in below]
    return [(root / name, f"{name.as_posix()}/") for root, name in inside]


def _named_new(
    folder: Path, paths: Sequence[str | Path], files: Sequence[Found], old: Store | None
) -> frozenset[Found]:
    """Return the files in the store's folder of added files that were named there, and that were not added to it."""
    added = resolved(folder) / ADDED
    named = {place for place in (resolved(Path(path)) for path in paths) if added in (place, *place.parents)}
    if not named:
        return frozenset()
    states = [moved_along(state, folder) for state in (old.files if old is not None else ())]
    known = {state.source for state in states if state.path.startswith(f"{ADDED}/")}
    places = {file: resolved(file.path) for file in files}
    return frozenset(
        file
        for file, place in places.items()
        if str(place) not in known and not named.isdisjoint((place, *place.parents))
    )


def _as_it_is(
    given: Given,
    folder: Path,
    old: Store,
    encoder: Encoder,
    *,
    settings: PassageSettings | None,
    remove_missing: bool,
) -> Update | None:
    """Return the update that does nothing, or None where something is to be read, removed or mended."""
    compared = _compared(given, folder, old, remove_missing)
    untouched = {*compared.same, *compared.kept} == set(old.files)
    if compared.to_read or given.standard_input or old.warnings or not untouched:
        return None
    checked_settings(folder, old, encoder, settings)
    content = with_kept(Content({}, {}, (*given.skipped, *compared.skipped)), old, old.files)
    return report(old, content)


def _content(
    given: Given, compared: Compared, old: Store | None, read: Spool, progress: Progress | None
) -> tuple[Content, list[Unread]]:
    """Return what the store is to hold now, and the files that hold nothing to read; what is read goes to `read`.

    What the store knows of a file that is out of reach now stays. Raises LoadError where it would hold nothing.
    """
    states = {file.name: _state(file) for file in compared.to_read}  # before reading: a later change is seen next time
    files: dict[str, FileState] = {}
    skipped, notes = [*given.skipped, *compared.skipped], list[str]()
    unread, out_of_reach = list(compared.unread), list[FileState]()
    for loaded in chain([_typed(given)], load_each(compared.to_read, progress)):
        for document in loaded.documents:
            read.put(document)
            files[document.path] = _read_as(document.path, document.doc_id, states.get(document.path))
        for item in loaded.skipped:
            state = states.get(item.path)
            before = compared.before.get(state.source if state is not None else "")
            if item.lasts and state is not None and state.size is not None and state.mtime_ns is not None:
                unread.append(Unread(state.source, state.size, state.mtime_ns, as_phrase(item.reason)))
            elif not item.lasts and before is not None and (state is None or not is_gone(state)):
                out_of_reach.append(before)
        skipped += loaded.skipped
        notes += loaded.notes
    stay = (*compared.same, *out_of_reach)
    if not read and not stay:
        raise _nothing_read(given.paths, skipped, old)
    content = Content(read, files, tuple(skipped), tuple(notes))
    return (with_kept(content, old, (*stay, *compared.kept)) if old is not None else content), unread


def _nothing_read(paths: Sequence[str | Path], skipped: Sequence[Skipped], old: Store | None) -> LoadError:
    """Return the error of paths that hold nothing to read; a store is never empty, so it stays as it was."""
    said = nothing_read(paths, skipped)
    return LoadError(said if old is None else f"{said}; what was read before is still in the store {old.folder}")


def _typed(given: Given) -> Loaded:
    """Return what stands on standard input, where that was named. Raises LoadError where that is all, and empty."""
    typed = standard_input() if given.standard_input else Loaded(())
    if typed.skipped and not given.files:
        raise LoadError(nothing_read([STANDARD_INPUT], typed.skipped))
    return typed


def _compared(given: Given, folder: Path, old: Store | None, remove_missing: bool) -> Compared:
    """Return which of the given files are as the store knows them, and which of its other files stay."""
    known = {(state.path, state.source): state for state in old.files} if old is not None else {}
    sources = {str(resolved(file.path)) for file in given.files}
    others = [moved_along(state, folder) for state in known.values() if state.source not in sources]
    kept = _kept(others, given, remove_missing)
    taken = {state.path for state in kept} | ({STANDARD_INPUT_NAME} if given.standard_input else set())
    noted = unread_in(folder)
    same: list[FileState] = []
    to_read: list[Found] = []
    unread: list[Unread] = []
    skipped: list[Skipped] = []
    for file in named_apart(given.files, taken):
        state = _state(file)
        before, nothing_in_it = known.get((file.name, state.source)), noted.get(state.source)
        if before is not None and replace(before, found=state.found) == replace(state, doc_id=before.doc_id):
            same.append(before if before.is_led_to else replace(before, found=state.found))
        elif nothing_in_it is not None and nothing_in_it.is_still(state):
            unread.append(nothing_in_it)
            skipped.append(Skipped(file.name, nothing_in_it.reason, lasts=True))
        else:
            to_read.append(file)
    before_by_source = {
        state.source: state for state in known.values() if state.source in sources or _is_typed(state, given)
    }
    return Compared(tuple(same), tuple(to_read), tuple(kept), before_by_source, tuple(unread), tuple(skipped))


def _kept(others: Sequence[FileState], given: Given, remove_missing: bool) -> list[FileState]:
    """Return those of the store's files that stay though they were not found now, and no other took their place."""
    replaced = found_again(others, [file.path for file in given.files])
    return [
        state
        for state in others
        if state not in replaced and not (remove_missing and (_is_typed(state, given) or is_gone(state)))
    ]


def _is_typed(state: FileState, given: Given) -> bool:
    """Return whether it is what stood on standard input, which was named again."""
    return given.standard_input and (state.path, state.source) == (STANDARD_INPUT_NAME, "")


def _state(file: Found) -> FileState:
    """Return the file as it is now, without its document; one that cannot be looked at has no size."""
    source, place = str(resolved(file.path)), str(place_of(file.path))
    state = FileState(file.name, "", source, found=place if place != source else "")
    try:
        status = file.path.stat()
    except OSError:
        return state
    return replace(state, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _read_as(path: str, doc_id: str, state: FileState | None) -> FileState:
    """Return the state of a file whose text was read as the document `doc_id`."""
    return FileState(path, doc_id) if state is None else replace(state, path=path, doc_id=doc_id)
