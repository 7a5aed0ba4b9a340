"""Documents in any number, made of real ones. Seeded: document number n is the same every time.

First come the real documents. A recombined one is runs of sentences of two real ones, with one word in twelve exchanged
for one from anywhere (as often as it occurs) and here and there a word that occurs nowhere else, so that vocabulary grows
as it does in real text. A perturbed one is one of these with words exchanged in the same way (once more).
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.load import load_paths
from embeddings.sentences import split_sentences
from embeddings.types import Document

RUN = (3, 9)
"""Sentences taken from one place, least and most."""

SENTENCES = 56
"""Sentences of a recombined document: about ten passages."""

EXCHANGED, UNIQUE = 1 / 12, 1 / 120
"""Part of the words that is exchanged, and that is made unique."""


class Corpus:
    """Real documents of a folder, and what is made of them."""

    def __init__(self, folder: Path) -> None:
        found = {document.doc_id: document for document in load_paths([folder]).documents if "/docs/" in document.path}
        self.real = tuple(found.values())
        sentences = [[d.text[a:b] for a, b in split_sentences(d.text)] for d in self.real]
        self._sentences = [each for each in sentences if each]
        self._words = [word for document in self.real for word in document.text.split()]
        self.questions = _questions(folder)

    def document(self, number: int) -> Document:
        """Return a real document, or a recombined one where `number` is beyond them."""
        return self.real[number] if number < len(self.real) else self._recombined(number)

    def perturbed(self, number: int, base: str) -> Document:
        """Return the text of another document with other words here and there; all stay in their places."""
        return _named(number, self._exchanged(number, base.split(" ")))

    def _recombined(self, number: int) -> Document:
        rng = random.Random(number)
        sources, taken = rng.sample(self._sentences, 2), list[str]()
        while len(taken) < SENTENCES:
            source = rng.choice(sources)
            first = rng.randrange(len(source))
            taken.extend(source[first : first + rng.randint(*RUN)])
        return _named(number, self._exchanged(number, " ".join(taken).split()))

    def _exchanged(self, number: int, words: Sequence[str]) -> list[str]:
        """Return the words, some exchanged or made unique."""
        rng, changed = np.random.default_rng(number), list(words)
        drawn = rng.random(len(changed))
        for place in np.flatnonzero(drawn < EXCHANGED).tolist():
            changed[place] = self._words[int(rng.integers(len(self._words)))]
        for place in np.flatnonzero((drawn >= EXCHANGED) & (drawn < EXCHANGED + UNIQUE)).tolist():
            changed[place] += f"{number:x}"
        return changed


def _named(number: int, words: Sequence[str]) -> Document:
    return Document.of(" ".join(words), f"{number:07d}.txt", " ".join(words[:6]))


def _questions(folder: Path) -> list[str]:
    """Return the questions of every questions.jsonl below the folder, mixed."""
    lines = [line for path in sorted(folder.rglob("questions.jsonl")) for line in path.read_text("utf-8").splitlines()]
    questions = [str(json.loads(line)["question"]) for line in lines if line]
    random.Random(0).shuffle(questions)
    return questions
