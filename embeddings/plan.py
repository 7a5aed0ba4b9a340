"""What is to be in a store and what is, in; which segments stay and which documents are written, out. Reads no text.

Small segments are written anew together with what is new, large ones stay as they are and only note what is removed:
so a change costs as much as what changes, and there are never many segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from embeddings.manifest import SegmentFacts
from embeddings.store import FileState, Store
from embeddings.types import Document

MOST_REMOVED = 0.25
"""A segment of which a larger part is removed is written anew."""

CHARACTERS_PER_PASSAGE = 700
"""An estimate, for what has not been split yet."""


@dataclass(frozen=True, slots=True)
class SegmentSizes:
    """When segments are written anew, in passages.

    A store of up to `one` is one segment, in the order of paths, written anew by each change: a second here. Else a
    segment of up to `small`, or up to twice what is written anyway, is written anew with it. `most` bounds what is
    written at once, and so the memory that writing takes, but for one document more.
    """

    one: int = 5_000
    small: int = 2_000
    most: int = 100_000


@dataclass(frozen=True, slots=True)
class Written:
    """A document to be written: described by `document` where it was read, else as the store has it, under `path`."""

    path: str
    doc_id: str
    document: Document | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments that stay, with what is removed from them, and what is written, in the order of paths.

    `before` names for each written path the document that stood under it until now, where there was another.
    """

    kept: tuple[SegmentFacts, ...]
    written: tuple[Written, ...]
    before: Mapping[str, str]


def plan_of(
    read: Mapping[str, Document], files: Mapping[str, FileState], old: Store | None, sizes: SegmentSizes
) -> Plan:
    """Return how the store comes to hold `files`; of those in `read` the document is given, by path."""
    wanted: dict[str, Written] = {}
    for path, state in sorted(files.items(), reverse=True):
        wanted[state.doc_id] = Written(path, state.doc_id, read.get(path))
    if old is None:
        return Plan((), _by_path(wanted.values()), {})
    staying = _staying(wanted, old)
    new = [each for doc_id, each in wanted.items() if doc_id not in staying]
    kept = _kept(old, staying, _n_passages(new), sizes)
    names = {facts.name for facts in kept}
    absorbed = [wanted[doc_id] for doc_id, part in staying.items() if old.segments[part].name not in names]
    before = {state.path: state.doc_id for state in old.files}
    changed = {each.path: before[each.path] for each in new if before.get(each.path, each.doc_id) != each.doc_id}
    return Plan(kept, _by_path([*new, *absorbed]), changed)


def _by_path(written: Iterable[Written]) -> tuple[Written, ...]:
    return tuple(sorted(written, key=lambda each: each.path))


def _staying(wanted: Mapping[str, Written], old: Store) -> dict[str, int]:
    """Return the documents that the old store has just as they are wanted, with the segment of each."""
    staying: dict[str, int] = {}
    for part, row in old.documents.places():
        segment = old.segments[part]
        each = wanted.get(segment.doc_id(row))
        if each is None:
            continue
        same = segment.document(row) == each.document if each.document else segment.path_of(row) == each.path
        if same:
            staying[each.doc_id] = part
    return staying


def _n_passages(new: Sequence[Written]) -> int:
    """Return about how many passages the new documents have."""
    return sum(len(each.document.text) // CHARACTERS_PER_PASSAGE + 1 for each in new if each.document)


def _kept(old: Store, staying: Mapping[str, int], n_new: int, sizes: SegmentSizes) -> tuple[SegmentFacts, ...]:
    """Return the segments that are not written anew, with all that is removed from them."""
    present = [_present(old, part, staying) for part in range(len(old.segments))]
    n_left = [facts.n_passages - facts.n_passages_removed for facts in present]
    if sum(n_left) + n_new <= sizes.one:
        return ()
    n_written, kept = n_new, []
    for n, facts in sorted(zip(n_left, present, strict=True), key=lambda each: each[0]):
        sparse = facts.n_passages_removed > MOST_REMOVED * facts.n_passages
        small = n <= max(sizes.small, 2 * n_written) and n + n_written <= sizes.most
        if sparse or small:
            n_written += n
        else:
            kept.append(facts)
    return tuple(sorted(kept, key=lambda facts: facts.name))


def _present(old: Store, part: int, staying: Mapping[str, int]) -> SegmentFacts:
    """Return the facts of a segment, all that does not stay in it removed."""
    segment, facts = old.segments[part], old.manifest.segments[part]
    rows = range(len(segment.documents))
    removed = tuple(row for row in rows if staying.get(segment.doc_id(row)) != part)
    return replace(facts, removed=removed, n_passages_removed=len(segment.passage_rows(removed)))
