"""Documents in any number, made of real ones, and vectors for their passages. Seeded: the same every time.

A made document is runs of sentences of two real ones, with one word in twelve exchanged for one from anywhere (as often as
it occurs) and here and there a word that occurs nowhere else, so that vocabulary grows as it does in real text. The vector
of a made passage is a mixture of two real passages' with some noise; real passages have their own, and so have questions.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import Encoder
from embeddings.load import load_paths
from embeddings.passages import split_passages
from embeddings.sentences import split_sentences
from embeddings.types import Document, Progress

RUN = (3, 9)
"""Sentences taken from one place, least and most."""

SENTENCES = 40
"""Sentences of a made document: about ten passages."""

EXCHANGED, UNIQUE = 12, 120
"""One word in so many is exchanged, or is made unique."""

NOISE = 0.02


class Corpus:
    """Real documents of a folder, and what is made of them."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        found = {document.doc_id: document for document in load_paths([folder]).documents if "/docs/" in document.path}
        self.real = tuple(found.values())
        self._sentences = [[d.text[a:b] for a, b in split_sentences(d.text)] for d in self.real]
        self._words = [word for document in self.real for word in document.text.split()]
        self.questions = _questions(folder)
        self._encoder = encoder

    def documents(self, n_real: int, start: int, end: int) -> Iterator[Document]:
        """Yield documents number `start` to `end`; the first `n_real` are real ones."""
        for number in range(start, end):
            yield self.real[number] if number < min(n_real, len(self.real)) else self._made(number)

    def _made(self, number: int) -> Document:
        rng = random.Random(number)
        sources = [source for source in rng.sample(self._sentences, 8) if source][:2]
        taken: list[str] = []
        while len(taken) < SENTENCES:
            source = rng.choice(sources)
            first = rng.randrange(len(source))
            taken.extend(source[first : first + rng.randint(*RUN)])
        words = " ".join(taken).split()
        for place in range(len(words)):
            if rng.random() < 1 / EXCHANGED:
                words[place] = rng.choice(self._words)
            elif rng.random() < 1 / UNIQUE:
                words[place] += f"{number:x}"
        return Document.of(" ".join(words), f"made/{number:07d}.txt", " ".join(words[:6]))


class MadeEncoder:
    """An `Encoder` whose vectors are real for real passages, kept in a file, and mixtures of real ones for others."""

    def __init__(self, real: Encoder, corpus: Corpus, kept: Path, max_tokens: int = 200) -> None:
        self.name, self.dim, self.max_tokens = f"{real.name} mixed", real.dim, real.max_tokens
        self.fingerprint = hashlib.sha256(f"{real.fingerprint} mixed {NOISE}".encode()).hexdigest()
        self.count_tokens, self.encode_tokens = real.count_tokens, real.encode_tokens
        texts = [p.text for document in corpus.real for p in split_passages(document, real.count_tokens, max_tokens)]
        if not kept.exists():
            np.save(kept, real.encode(texts), allow_pickle=False)
        self.rows: NDArray[np.float32] = np.load(kept, allow_pickle=False)
        self._known = dict(zip(texts, self.rows, strict=True))

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order, the same for the same text."""
        rows = np.empty((len(texts), self.dim), np.float32)
        for place, text in enumerate(texts):
            rows[place] = self._known[text] if text in self._known else self._mixed(text)
        return rows

    def _mixed(self, text: str) -> NDArray[np.float32]:
        seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]
        rng = np.random.default_rng(int.from_bytes(seed, "big"))
        first, second = self.rows[rng.integers(0, len(self.rows), 2)]
        part = rng.uniform(0.5, 1.0)
        row = part * first + (1 - part) * second + NOISE * rng.standard_normal(self.dim, np.float32)
        unit: NDArray[np.float32] = (row / np.linalg.norm(row)).astype(np.float32)
        return unit


def _questions(folder: Path) -> list[str]:
    """Return the questions of every questions.jsonl below the folder, mixed."""
    lines = [line for path in sorted(folder.rglob("questions.jsonl")) for line in path.read_text("utf-8").splitlines()]
    questions = [str(json.loads(line)["question"]) for line in lines if line]
    random.Random(0).shuffle(questions)
    return questions
