"""A million passages as files, and vectors for them: what tests.benchmarks.stores builds its stores of.

    python -m tests.benchmarks.data --docs DIR --folder DATA --encoded 60000 --passages 1000000

Real and recombined documents (tests.benchmarks.corpus) come first; their passages are encoded, as many as `--encoded` says.
The rest are perturbed ones of these. The vector of a perturbed passage is that of the passage it was made from plus a
difference that the encoder itself made: N_PAIRS perturbed documents are encoded beside their originals, and one of these
differences is drawn. So text and vector move together, and as far as they really do. Can be stopped and goes on again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import Encoder, open_encoder
from embeddings.passages import split_passages
from embeddings.types import Document, Passage, Progress
from tests.benchmarks.corpus import Corpus
from tests.benchmarks.record import Seconds

FOLDER_SIZE = 100
"""Documents in one folder."""

N_PAIRS, BEYOND = 100, 10_000_000
"""Documents that are perturbed and encoded, under numbers that no other has."""

BLOCK = 64
"""Documents encoded, or written down, at a time."""

Rows = NDArray[np.float32]

SPAN = np.dtype([("document", "<i4"), ("start", "<i4"), ("end", "<i4"), ("key", "<u8")])
"""A passage: its document's number, its first and last character, and what its text is found by."""


@dataclass(frozen=True)
class Data:
    """The folder with the documents and, for those that were encoded, in the same order, spans and vectors."""

    folder: Path

    def path(self, number: int) -> Path:
        """Return the file of a document."""
        return self.folder / "docs" / f"{number // FOLDER_SIZE:05d}" / f"{number:07d}.txt"

    def folders(self, n_passages: int) -> list[Path]:
        """Return folders of documents that hold about so many passages; one that would be too much is left out."""
        whole, counts = sorted((self.folder / "docs").iterdir()), np.bincount(self.spans()["document"])
        of_folders = np.add.reduceat(counts, np.arange(0, len(counts), FOLDER_SIZE))
        of_folders[-1] = FOLDER_SIZE * counts.mean()
        of_folders = np.append(of_folders, np.full(len(whole), of_folders[-1]))
        taken, n = list[Path](), 0
        for path, n_more in zip(whole, of_folders.tolist(), strict=False):
            if n + n_more <= 1.01 * n_passages:
                taken.append(path)
                n += n_more
        return taken

    def text(self, number: int) -> str:
        """Return a document's text."""
        return self.path(number).read_bytes().decode("utf-8", "surrogatepass")

    def put(self, number: int, document: Document) -> None:
        """Write a document."""
        self.path(number).parent.mkdir(parents=True, exist_ok=True)
        self.path(number).write_bytes(document.text.encode("utf-8", "surrogatepass"))

    def spans(self) -> NDArray[np.void]:
        """Return the passages that were encoded."""
        path = self.folder / "spans.bin"
        return np.fromfile(path, SPAN) if path.exists() else np.zeros(0, SPAN)

    def vectors(self, dim: int) -> Rows:
        """Return the (n, dim) unit rows, mapped."""
        return np.memmap(self.folder / "vectors.bin", np.float32, "r", shape=(len(self.spans()), dim))

    def append(self, first: int, passages: Sequence[Sequence[Passage]], rows: Rows) -> None:
        """Write the passages of the documents from number `first` on; vectors first, so that none is missing."""
        place = len(self.spans()) * rows.shape[1] * rows.itemsize
        (self.folder / "vectors.bin").touch()
        with (self.folder / "vectors.bin").open("r+b") as stream:
            stream.truncate(place)
            stream.seek(place)
            stream.write(rows.tobytes())
        spans = [(n, p.start, p.end, key(p.text)) for n, own in enumerate(passages, start=first) for p in own]
        with (self.folder / "spans.bin").open("ab") as stream:
            stream.write(np.array(spans, SPAN).tobytes())


class Bases:
    """The documents that were encoded, from which perturbed ones are made."""

    def __init__(self, data: Data, rows: Rows) -> None:
        self._data, self._rows, self._spans = data, rows, data.spans()
        self.n = int(self._spans["document"][-1]) + 1
        self._starts = np.searchsorted(self._spans["document"], np.arange(self.n + 1))

    def text_for(self, number: int) -> str:
        """Return the text that document `number` is made from."""
        return self._data.text(self._base(number))

    def rows_for(self, number: int, text: str, spans: Iterable[tuple[int, int]]) -> Rows:
        """Return for spans of document `number` the vector of that passage of its original which shares most places."""
        base = self._base(number)
        first, last = self._starts[base : base + 2]
        before = np.array(list(_words_of(self._data.text(base), self._spans[["start", "end"]][first:last].tolist())))
        places = [
            int((np.minimum(before[:, 1], end) - np.maximum(before[:, 0], start)).argmax())
            for start, end in _words_of(text, spans)
        ]
        found: Rows = self._rows[first + np.array(places, np.int64)]
        return found

    def _base(self, number: int) -> int:
        return int(np.random.default_rng([number, 1]).integers(self.n))


class MadeVectors:
    """An `Encoder` that knows the vectors of the data's passages; other texts are encoded.

    Perturbed passages are expected in the order of their documents. `seconds` is what looking vectors up took.
    """

    def __init__(self, real: Encoder, data: Data) -> None:
        self._real, self._data, self._rows = real, data, data.vectors(real.dim)
        keys = data.spans()["key"]
        self._places = np.argsort(keys, kind="stable")
        self._keys = keys[self._places]
        self._bases = Bases(data, self._rows)
        self._differences: Rows = np.load(data.folder / "differences.npy", allow_pickle=False)
        self._number, self._held = self._bases.n, (-1, "")
        self.seconds = Seconds(0.0, 0.0)
        self.name, self.dim, self.max_tokens = real.name, real.dim, real.max_tokens
        self.fingerprint = real.fingerprint
        self.count_tokens, self.encode_tokens = real.count_tokens, real.encode_tokens
        self.token_ids, self.token_table = real.token_ids, real.token_table

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Rows:
        """Return (n, dim) float32 unit rows, in input order."""
        began, worked = perf_counter(), process_time()
        wanted = np.array([key(text) for text in texts], np.uint64)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        rows = self._rows[self._places[at]]
        for place in np.flatnonzero(self._keys[at] != wanted).tolist():
            rows[place] = self._made(texts[place])
        took = self.seconds
        self.seconds = Seconds(took.wall + perf_counter() - began, took.cpu + process_time() - worked)
        return rows

    def _made(self, text: str) -> Rows:
        """Return the vector of a passage of the perturbed document that comes next, or of a text from elsewhere."""
        for number in range(self._number, self._number + 3):
            if number != self._held[0]:
                if not self._data.path(number).exists():
                    break
                self._held = number, self._data.text(number)
            if (start := self._held[1].find(text)) >= 0:
                self._number = number
                row = self._bases.rows_for(number, self._held[1], [(start, start + len(text))])[0]
                drawn = np.random.default_rng([number, start]).integers(len(self._differences))
                return _unit(row + self._differences[drawn])
        encoded: Rows = self._real.encode([text])[0]
        return encoded


def key(text: str) -> int:
    """Return eight bytes of a text's hash as a number."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--encoded", type=int, default=60_000)
    parser.add_argument("--passages", type=int, default=1_000_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    data, corpus, real = Data(options.folder), Corpus(options.docs), open_encoder(device="cpu")
    _encode(data, corpus, real, options.encoded)
    bases = Bases(data, data.vectors(real.dim))
    _write_differences(data, corpus, bases, real)
    n_a_document = len(data.spans()) / bases.n
    n_documents = bases.n + int((options.passages - len(data.spans())) / n_a_document) + FOLDER_SIZE
    for number in range(bases.n, n_documents):
        data.put(number, corpus.perturbed(number, bases.text_for(number)))
    questions = corpus.questions
    (options.folder / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    np.save(options.folder / "questions.npy", real.encode(questions), allow_pickle=False)
    print(f"{n_documents:,} documents, {bases.n:,} of them encoded")


def _encode(data: Data, corpus: Corpus, real: Encoder, n_passages: int) -> None:
    """Write real and recombined documents until there are so many passages."""
    while (done := len(spans := data.spans())) < n_passages:
        first = int(spans["document"].max(initial=-1)) + 1
        documents = [corpus.document(number) for number in range(first, first + BLOCK)]
        for number, document in enumerate(documents, start=first):
            data.put(number, document)
        passages = [split_passages(document, real.count_tokens) for document in documents]
        data.append(first, passages, real.encode([p.text for own in passages for p in own]))
        print(f"{done:,} passages encoded", flush=True)


def _write_differences(data: Data, corpus: Corpus, bases: Bases, real: Encoder) -> None:
    """Write what perturbing changed in real vectors, and how far that is."""
    if (path := data.folder / "differences.npy").exists():
        return
    encoded, before = list[Rows](), list[Rows]()
    for number in range(BEYOND, BEYOND + N_PAIRS):
        document = corpus.perturbed(number, bases.text_for(number))
        passages = split_passages(document, real.count_tokens)
        encoded.append(real.encode([p.text for p in passages]))
        before.append(bases.rows_for(number, document.text, [(p.start, p.end) for p in passages]))
    after, originals = np.concatenate(encoded), np.concatenate(before)
    cosines = np.percentile((after * originals).sum(axis=1), [5, 50, 95]).round(3).tolist()
    stated = {"n_pairs": len(after), "cosine_p5_p50_p95": cosines}
    (data.folder / "differences.json").write_text(json.dumps(stated), encoding="utf-8")
    np.save(path, after - originals, allow_pickle=False)


def _words_of(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans in words in place of characters; words are separated by one space."""
    return ((text.count(" ", 0, start), text.count(" ", 0, end)) for start, end in spans)


def _unit(row: Rows) -> Rows:
    return np.asarray(row / np.linalg.norm(row), np.float32)


if __name__ == "__main__":
    main()
