"""A folder on disk out of which passages are found: documents, passages, vectors, words, manifest.

A generation is never changed. `embeddings.write` puts a new one beside it and then swaps the name in CURRENT,
so readers never wait and never see half a store. A damaged one falls back to the one before it, and says so.
It consists of segments; a new generation takes over, by hard links, those of the one before that it does not replace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.contents import Documents, Passages
from embeddings.dense import DenseIndex
from embeddings.encode import Encoder
from embeddings.errors import StoreDamaged, StoreError, StoreNotFound
from embeddings.files import FILES, Files, FileState
from embeddings.generations import CURRENT, current, in_order, is_name
from embeddings.manifest import Manifest, PassageSettings, is_passing
from embeddings.mapped import mapped_bytes
from embeddings.phrase import Phrase
from embeddings.places import Places
from embeddings.segment import Segment
from embeddings.sparse import WordIndex
from embeddings.types import Ranked

__all__ = ["CURRENT", "FileState", "PassageSettings", "Store"]

_READ_ERRORS = (OSError, ValueError, KeyError, TypeError, IndexError, RuntimeError, EOFError, AssertionError)


@dataclass(frozen=True, eq=False)
class Store:
    """One opened generation: read only, safe for threads, untouched by what is written after it was opened.

    `documents` has each text once, by its id; `files` has every path that a text was found under.
    """

    folder: Path
    generation: str
    manifest: Manifest
    segments: tuple[Segment, ...]
    documents: Documents
    passages: Passages
    dense: DenseIndex
    words: WordIndex
    file_lines: Files
    warnings: tuple[str, ...] = ()

    @classmethod
    def open(cls, folder: str | Path, encoder: Encoder | None = None) -> Store:
        """Return the store in `folder`, its newest undamaged generation, as far as `Manifest.signs_of_damage` looks.

        Raises StoreNotFound where there is none, StoreDamaged where no generation is whole, StoreError where it
        is of another format, or was built with another encoder than `encoder`.
        """
        folder = Path(folder)
        while True:
            in_use = current(folder)
            try:
                store = cls._newest(folder, in_use)
            except StoreDamaged:
                # A writer may have put the next generation in place, and removed the one that was being read.
                if current(folder) == in_use:
                    raise
                continue
            if not store.warnings or current(folder) == in_use:
                break
        if encoder is not None:
            store.require(encoder)
        return store

    @classmethod
    def _newest(cls, folder: Path, in_use: str) -> Store:
        """Return the first generation that is whole, with a warning for each one before it that is not."""
        damaged: list[str] = [f"{CURRENT} names no generation"] if in_use and not is_name(in_use) else []
        for name in in_order(folder, in_use):
            try:
                return cls._read(folder, name, tuple(damaged))
            except StoreDamaged as error:
                if is_passing(error.__cause__):
                    raise StoreError(
                        "the store {folder} cannot be read now ({why}); try again with fewer files open, or mend that",
                        folder=folder,
                        why=error,
                    ) from error
                damaged.append(error.phrase)
        if damaged:
            raise _damaged(folder, damaged)
        raise StoreNotFound(
            "there is no store in {folder}; build one with: article-qa index PATH... --store {folder}", folder=folder
        )

    @classmethod
    def _read(cls, folder: Path, name: str, damaged: tuple[str, ...]) -> Store:
        generation = folder / name
        manifest = Manifest.load(generation)
        if problems := manifest.signs_of_damage(generation):
            raise StoreDamaged(problems[0])
        warnings = tuple(f"{reason}; {name} is used instead" for reason in damaged)
        try:
            segments = tuple(Segment.load(generation / facts.name, manifest.dim) for facts in manifest.segments)
            removed = [facts.removed for facts in manifest.segments]
            gone = [segment.passage_rows(rows) for segment, rows in zip(segments, removed, strict=True)]
            places = Places.of([len(segment.passages) for segment in segments], gone)
            documents = Documents(segments, removed)
            dense = DenseIndex([segment.dense for segment in segments], places)
            words = WordIndex([segment.words for segment in segments], places)
            lines = Files(mapped_bytes(generation / FILES))
        except _READ_ERRORS as error:
            raise StoreDamaged("{name} cannot be read: {why}", name=name, why=error) from error
        counts = (len(documents), places.n)
        if counts != (manifest.n_documents, manifest.n_passages) or not all(map(_is_whole, segments)):
            raise StoreDamaged("{name} does not hold as many documents and passages as its manifest states", name=name)
        passages = Passages(segments, places)
        return cls(folder, name, manifest, segments, documents, passages, dense, words, lines, warnings)

    @cached_property
    def files(self) -> tuple[FileState, ...]:
        """Every path that a text was found under, sorted."""
        with self._reading_files():
            return self.file_lines.all()

    def file_under(self, path: str) -> FileState | None:
        """Return the file of this path; None: there is none. The other files are not read."""
        with self._reading_files():
            return self.file_lines.under(path)

    def files_of(self, doc_id: str) -> tuple[FileState, ...]:
        """Return every file that the document's text was found in, sorted by path: two may hold one text."""
        with self._reading_files():
            return tuple(self.file_lines.of(doc_id))

    @contextmanager
    def _reading_files(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError) as error:
            why = Phrase("{name} cannot be read: {why}", name=f"{self.generation}/{FILES}", why=error)
            raise _damaged(self.folder, why) from error

    def require(self, encoder: Encoder) -> None:
        """Raise StoreError unless the store was built with `encoder`."""
        stated = self.manifest
        if (encoder.fingerprint, encoder.dim) == (stated.encoder_fingerprint, stated.dim):
            return
        if encoder.name == stated.encoder_name:
            raise StoreError(
                "the store {folder} was built with other weights of the encoder {encoder}, or by an earlier version, "
                "and cannot be searched with these; build another store with: "
                "article-qa index PATH... --store NEW_FOLDER",
                folder=self.folder,
                encoder=encoder.name,
            )
        raise StoreError(
            "the store {folder} was built with the encoder {built_with} and cannot be searched with "
            "{encoder}; give --encoder {built_with}, or build another store",
            folder=self.folder,
            built_with=stated.encoder_name,
            encoder=encoder.name,
        )

    def search_vectors(self, query_vector: NDArray[np.float32], k: int) -> Ranked:
        """Return the `k` nearest passages (places in `passages`) with their cosines, best first.

        Raises StoreError where the vector is not finite.
        """
        return self.dense.search(self._usable(query_vector), k)

    def search_words(self, text: str, k: int) -> Ranked:
        """Return at most `k` passages that share a word with `text`, with their BM25 scores, best first."""
        return self.words.search(text, k)

    def cosines(self, query_vector: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m,) cosines of the passages `ids`, in that order. Raises StoreError as `search_vectors` does."""
        return self.dense.scores(self._usable(query_vector), ids)

    def _usable(self, query_vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the vector. Raises StoreError where it is not finite."""
        if not np.isfinite(query_vector).all():
            raise StoreError(
                "the encoder {encoder} gave no usable vectors (shape {shape}); fetch its weights anew or use "
                "another encoder",
                encoder=self.manifest.encoder_name,
                shape=query_vector.shape,
            )
        return query_vector

    def word_scores(self, text: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (m,) BM25 scores of the passages `ids`, in that order."""
        return self.words.scores(text, ids)

    def word_frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """Return for each word in how many passages it occurs, in any inflection; 0: nowhere."""
        return self.words.document_frequency(words)

    def stem_frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """Return for each stem in how many passages a word with it occurs; 0: nowhere."""
        return {stem: self.words.stem_frequency(stem) for stem in stems}

    def passage_counts(self) -> dict[str, int]:
        """Return for each document how many passages it has; no text is read."""
        return self.documents.passage_counts()

    def vectors(self) -> NDArray[np.float32]:
        """Return the (n, dim) float32 unit rows of the passages; for all of them at once there must be memory."""
        ids = np.arange(len(self.passages))
        rows = [self.segments[found.part].dense.vectors.mapped[found.rows] for found in self.dense.places.locate(ids)]
        return np.concatenate([np.zeros((0, self.manifest.dim), np.float32), *rows])

    def verify(self) -> tuple[str, ...]:
        """Return what is wrong with the files of this generation now; empty: nothing."""
        return self.manifest.problems(self.folder / self.generation)


def _damaged(folder: Path, why: str | list[str]) -> StoreDamaged:
    """Return the error of a store that cannot be used any more."""
    return StoreDamaged(
        "the store {folder} is damaged ({why}); build it anew with: article-qa index PATH... --store NEW_FOLDER",
        folder=folder,
        why=why,
    )


def _is_whole(segment: Segment) -> bool:
    """Return whether passages, vectors and words are as many."""
    return len(segment.passages) == segment.dense.size == segment.words.size
