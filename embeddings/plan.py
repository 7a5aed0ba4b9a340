"""What is to be in a store and what is, in; which segments stay and which documents are written, out.

Small segments are written anew together with what is new, large ones stay as they are and only note what is removed:
so a change costs as much as what changes, and there are never many segments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    segment of up to `small`, or up to twice what is written anyway, is written anew with it. `most` is what a segment
    holds, but for one document more: writing takes memory for the counts of its words, and for one block of texts.
    """

    one: int = 5_000
    small: int = 2_000
    most: int = 100_000


@dataclass(frozen=True, slots=True)
class Written:
    """A document to be written under `path`: as it was read, where `is_read`, else as the store has it."""

    path: str
    doc_id: str
    is_read: bool


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
    """Return how the store comes to hold `files`; `read` has those documents, by path, that were read again."""
    wanted: dict[str, Written] = {}
    for path, state in sorted(files.items(), reverse=True):
        wanted[state.doc_id] = Written(path, state.doc_id, path in read)
    if old is None:
        return Plan((), _by_path(wanted.values()), {})
    paths = {state.doc_id: state.path for state in reversed(old.files)}
    gone = [doc_id for doc_id, path in paths.items() if not _stays(doc_id, path, wanted, read, old)]
    new = [wanted[doc_id] for doc_id in {*(wanted.keys() - paths.keys()), *(wanted.keys() & set(gone))}]
    facts = _without(old, gone)
    kept = _kept(facts, sum(_n_passages(read[each.path]) for each in new if each.is_read), sizes)
    anew = [part for part, each in enumerate(facts) if each not in kept]
    absorbed = [wanted[doc_id] for part in anew for doc_id in _left(old, part, facts[part])]
    before = {state.path: state.doc_id for state in old.files}
    changed = {each.path: before[each.path] for each in new if before.get(each.path, each.doc_id) != each.doc_id}
    return Plan(kept, _by_path([*new, *absorbed]), changed)


def _by_path(written: Iterable[Written]) -> tuple[Written, ...]:
    return tuple(sorted(written, key=lambda each: each.path))


def _stays(doc_id: str, path: str, wanted: Mapping[str, Written], read: Mapping[str, Document], old: Store) -> bool:
    """Return whether a document of the old store, which stands there under `path`, is wanted just so."""
    each = wanted.get(doc_id)
    if each is None or each.path != path:
        return False
    return not each.is_read or old.documents[doc_id] == read[path]


def _n_passages(document: Document) -> int:
    """Return about how many passages a document has."""
    return len(document.text) // CHARACTERS_PER_PASSAGE + 1


def _without(old: Store, gone: Collection[str]) -> tuple[SegmentFacts, ...]:
    """Return the facts of the old store's segments with these documents removed too."""
    found: list[SegmentFacts] = []
    for segment, facts, rows in zip(old.segments, old.manifest.segments, old.documents.rows_of(gone), strict=True):
        removed = tuple(sorted({*facts.removed, *rows.tolist()}))
        n_removed = facts.n_passages_removed + len(segment.passage_rows(rows.tolist()))
        found.append(replace(facts, removed=removed, n_passages_removed=n_removed))
    return tuple(found)


def _left(old: Store, part: int, facts: SegmentFacts) -> Iterator[str]:
    """Yield the documents of a segment that are not removed."""
    gone = set(facts.removed)
    return (old.segments[part].doc_id(row) for row in range(facts.n_documents) if row not in gone)


def _kept(present: Sequence[SegmentFacts], n_new: int, sizes: SegmentSizes) -> tuple[SegmentFacts, ...]:
    """Return those of the segments that are not written anew."""
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
