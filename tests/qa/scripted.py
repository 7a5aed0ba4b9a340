"""A small document, and an answerer that gives the answers it was given: for the tests of evaluating and verifying."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from embeddings.store import FileState
from embeddings.types import Document, Hit, Passage
from qa.settings import Settings
from qa.types import Answer, AnswerSentence, Citation, Searched, Turn

TEXT = (
    "Ada wrote the first program in 1843. It ran to 25 lines. "
    "Babbage designed the engine. The engine was never built. "
    "London had 2 million people then."
)
DOCUMENT = Document.of(TEXT, "history/ada.txt", "Ada")


def at(words: str) -> tuple[int, int]:
    """Return the only place of the words in the document."""
    assert TEXT.count(words) == 1
    return TEXT.index(words), TEXT.index(words) + len(words)


def passage(words: str) -> Passage:
    start, end = at(words)
    return Passage(f"{DOCUMENT.doc_id[:16]}-{start}-{end}", DOCUMENT.doc_id, start, end, words)


PASSAGES = (
    passage("Ada wrote the first program in 1843. It ran to 25 lines."),
    passage("Babbage designed the engine. The engine was never built."),
    passage("London had 2 million people then."),
)


def cite(label: int, words: str) -> Citation:
    start, end = at(words)
    return Citation(label, DOCUMENT.doc_id, DOCUMENT.path, start, end, words)


def answered(question: str, text: str, quote: str, confidence: float = 0.9, first: float = 1.0) -> Answer:
    """Return an answer of one supported sentence."""
    return Answer(
        question=question,
        search_text=question,
        status="answered",
        text=text,
        sentences=(AnswerSentence(text, "supported", (1,)),),
        citations=(cite(1, quote),),
        hits=(Hit(PASSAGES[0], 0.75, 1, 0.5, 3.25),),
        confidence=confidence,
        timings_s={"retrieve": first / 10, "first_token": first, "total": first * 2},
        model="scripted",
        documents={DOCUMENT.doc_id: DOCUMENT.path},
        signals={"cosine": 0.5},
    )


def refused(question: str, confidence: float = 0.1) -> Answer:
    """Return a refusal with the nearest sentence."""
    return Answer(
        question=question,
        search_text=question,
        status="not_found",
        text="The documents do not state it.",
        sentences=(),
        citations=(cite(1, "The engine was never built."),),
        hits=(),
        confidence=confidence,
        timings_s={"retrieve": 0.1, "first_token": 0.5, "total": 0.5},
        model="scripted",
        missing_words=("boiling",),
    )


@dataclass(frozen=True)
class Texts:
    documents: Mapping[str, Document]
    passages: tuple[Passage, ...]
    files: tuple[FileState, ...]


TEXTS = Texts(
    {DOCUMENT.doc_id: DOCUMENT},
    PASSAGES,
    (FileState("copy/ada.txt", DOCUMENT.doc_id), FileState("history/ada.txt", DOCUMENT.doc_id)),
)


@dataclass(frozen=True)
class Model:
    name: str
    fingerprint: str = "0" * 64


@dataclass
class Scripted:
    """Answers each question with its reply, or raises it; finds the passages in the order given for it."""

    replies: Mapping[str, Answer | BaseException]
    order: Mapping[str, Sequence[int]] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    store: Texts = TEXTS
    engine: Model = field(default_factory=lambda: Model("scripted"))
    encoder: Model = field(default_factory=lambda: Model("hash"))
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)

    def with_settings(self, settings: Settings) -> Scripted:
        return Scripted(self.replies, self.order, settings, self.store, self.engine, self.encoder, self.asked)

    def ask(self, question: str, history: Sequence[Turn] = (), *, stop: threading.Event | None = None) -> Answer:
        self.asked.append((question, tuple(history)))
        reply = self.replies[question]
        if isinstance(reply, BaseException):
            raise reply
        return reply

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        order = self.order.get(question, (0, 1, 2))[: self.settings.n_passages]
        hits = tuple(Hit(PASSAGES[place], 1.0 / rank, rank, None, None) for rank, place in enumerate(order, 1))
        return Searched(question, "", hits)
