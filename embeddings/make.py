"""A plan in, the segments to be written out: documents are split, and encoded where the store has no vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import Encoder
from embeddings.errors import LoadError, StoreError
from embeddings.files import FileState
from embeddings.load import load_file
from embeddings.manifest import PassageSettings
from embeddings.passages import split_passages
from embeddings.phrase import Phrase
from embeddings.plan import Plan, Written
from embeddings.segment import Block, Entry
from embeddings.store import Store
from embeddings.types import Document, Passage, Progress

Rows = NDArray[np.float32]

BLOCK_PASSAGES = 4096
"""Passages that are encoded and written at a time: enough that texts of like length are read together."""


class NothingToIndex(StoreError):
    """No document has a passage."""


class Making:
    """The blocks of a plan's new segments, made one after another; `n_encoded` counts the passages that were encoded.

    No more than one block of texts is in memory. `read` has the documents that were read, by path; `files` says where
    all of them were read from.
    """

    def __init__(
        self,
        plan: Plan,
        read: Mapping[str, Document],
        files: Mapping[str, FileState],
        old: Store | None,
        encoder: Encoder,
        settings: PassageSettings,
        most: int,
        progress: Progress | None,
    ) -> None:
        self.n_encoded = 0
        self._plan, self._read, self._files, self._old, self._most = plan, read, files, old, most
        self._encoder, self._settings, self._progress = encoder, settings, progress

    def __iter__(self) -> Iterator[Block]:
        entries: list[Entry] = []
        n_passages = n_made = n_in_segment = 0
        for done, written in enumerate(self._plan.written, start=1):
            entries.append(self._entry(written))
            n_passages += len(entries[-1].passages)
            if self._progress is not None:
                self._progress(Phrase("splitting into passages"), done, len(self._plan.written))
            if n_passages >= min(BLOCK_PASSAGES, self._most - n_in_segment):
                yield Block(tuple(entries), self._vectors(entries))
                n_made, n_in_segment = n_made + n_passages, n_in_segment + n_passages
                n_in_segment, n_passages, entries = n_in_segment if n_in_segment < self._most else 0, 0, []
        if not (n_made or n_passages or self._plan.kept):
            raise NothingToIndex("no document has text")
        if entries:
            yield Block(tuple(entries), self._vectors(entries))

    def _entry(self, written: Written) -> Entry:
        """Return a document with its passages; those that the store has are taken as they are."""
        place = self._old.documents.find(written.doc_id) if self._old is not None else None
        if self._old is None or place is None:
            assert written.is_read, f"{written.path} was neither read nor is it in the store"
            document = self._read[written.path]
            return Entry(document, self._split(document))
        segment = self._old.segments[place[0]]
        if written.is_read:
            document = self._read[written.path]
        else:
            document = self._under(written.path, segment.document(place[1]))
        return Entry(document, tuple(segment.passage(row) for row in segment.passage_rows([place[1]]).tolist()))

    def _under(self, path: str, document: Document) -> Document:
        """Return a document of the store as the file `path` has it, which may have another title and no pages.

        Where that file cannot be read now or holds another text by now, one of another kind gets its name as title.
        """
        if document.path == path:
            return document
        with suppress(LoadError):
            read = load_file(Path(self._files[path].place), path)
            if read.doc_id == document.doc_id:
                return read
        if PurePosixPath(path).suffix == PurePosixPath(document.path).suffix:
            return replace(document, path=path)
        return replace(document, path=path, title=PurePosixPath(path).stem, pages=(), headings=())

    def _split(self, document: Document) -> tuple[Passage, ...]:
        settings = self._settings
        return split_passages(document, self._encoder.count_tokens, settings.max_tokens, settings.overlap_sentences)

    def _vectors(self, entries: Sequence[Entry]) -> Rows:
        """Return the (n, dim) unit rows of the passages; what the store lacks is encoded, each text once."""
        stored = [self._stored(entry) for entry in entries]
        wanted = [
            p.text for entry, rows in zip(entries, stored, strict=True) for p in entry.passages if p.text not in rows
        ]
        new = list(dict.fromkeys(wanted))
        encoded = dict(zip(new, self._encoded(new), strict=True))
        self.n_encoded += len(new)
        found = [
            rows[p.text] if p.text in rows else encoded[p.text]
            for entry, rows in zip(entries, stored, strict=True)
            for p in entry.passages
        ]
        return np.array(found, np.float32).reshape(len(found), self._encoder.dim)

    def _stored(self, entry: Entry) -> dict[str, Rows]:
        """Return the vectors that the store has for texts of the document, or of the one before under its path."""
        if self._old is None:
            return {}
        find, document = self._old.documents.find, entry.document
        place = find(document.doc_id) or find(self._plan.before.get(document.path))
        if place is None:
            return {}
        segment = self._old.segments[place[0]]
        rows = segment.passage_rows([place[1]])
        return {segment.passage(row).text: segment.dense.vectors.mapped[row] for row in rows.tolist()}

    def _encoded(self, texts: Sequence[str]) -> Rows:
        encoder = self._encoder
        rows = encoder.encode(texts, self._progress) if texts else np.zeros((0, encoder.dim), np.float32)
        if rows.shape != (len(texts), encoder.dim) or not np.isfinite(rows).all():
            raise StoreError(
                "the encoder {encoder} gave no usable vectors (shape {shape}); fetch its weights anew or use "
                "another encoder",
                encoder=encoder.name,
                shape=rows.shape,
            )
        return rows
