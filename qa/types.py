"""The values that stand between a question and an answer with checked citations. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from embeddings.types import Document, Hit

Role = Literal["user", "assistant"]
State = Literal["supported", "unsupported", "contradicted"]
Status = Literal["answered", "not_found"]

REFUSAL = "The documents do not state the answer to this question."
"""What the program says in place of an answer that it refuses."""

REFUSAL_FROM_PASSAGES = "The passages do not answer this question."
"""The same of the simpler ways to answer, in the words that a model is told to write."""

REFUSALS = (REFUSAL, REFUSAL_FROM_PASSAGES)


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of a document that an answer leans on: `document.text[start:end] == quote`.

    `document` is the path as the store names it; `page` counts from 1, None where there are no pages.
    """

    label: int
    doc_id: str
    document: str
    start: int
    end: int
    quote: str
    page: int | None = None

    def __post_init__(self) -> None:
        if self.label < 1:
            raise ValueError(f"a citation's label counts from 1, not {self.label}")
        if self.start < 0 or self.end - self.start != len(self.quote) or not self.quote:
            raise ValueError(f"the span {self.start} to {self.end} does not fit the quote {self.quote!r}")

    def check(self, document: Document) -> None:
        """Raise ValueError unless the quote stands where it says it stands in `document`."""
        if document.doc_id != self.doc_id:
            raise ValueError(f"citation {self.label} is of another text than {document.path}")
        if document.text[self.start : self.end] != self.quote:
            raise ValueError(f"citation {self.label} does not stand at {self.start} in {document.path}")


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer, what was found of it in the documents, and the labels of its citations."""

    text: str
    state: State
    citations: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.state == "supported" and not self.citations:
            raise ValueError(f"a supported sentence has a citation: {self.text!r}")
        if self.state == "unsupported" and self.citations:
            raise ValueError(f"an unsupported sentence has no citation: {self.text!r}")


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of a conversation; `citations` are those of an answer, so that they stay candidates."""

    role: Role
    content: str
    citations: tuple[Citation, ...] = ()

    @property
    def is_no_answer(self) -> bool:
        """Whether it says nothing of what was spoken of: a refusal, or an answer stopped before its first word."""
        return self.role == "assistant" and (not self.content.strip() or self.content in REFUSALS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question. `text` is the sentences joined, as the reader sees it.

    `not_found` answers have no sentences; their citations are the nearest sentences of the documents, and
    `missing_words` the question's words that occur in no document. `confidence` is the gate's probability
    that the documents state the answer. `signals` is what the gate saw.
    """

    question: str
    search_text: str
    status: Status
    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    confidence: float
    timings_s: Mapping[str, float]
    model: str
    missing_words: tuple[str, ...] = ()
    signals: Mapping[str, float] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)  # doc_id -> path, for the hits
    stopped: bool = False
    prompts: tuple[str, ...] = ()  # what the model was sent, each message under its role

    def __post_init__(self) -> None:
        labels = [citation.label for citation in self.citations]
        if labels != list(range(1, len(labels) + 1)):
            raise ValueError(f"labels count from 1 in order of use, not {labels}")
        if any(label not in labels for sentence in self.sentences for label in sentence.citations):
            raise ValueError("a sentence has a label without a citation")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"a confidence lies between 0 and 1, not {self.confidence}")

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain JSON values, in the form the guide's command-line page gives."""
        return {
            "question": self.question,
            "search_text": self.search_text,
            "status": self.status,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "sentences": [{"text": s.text, "state": s.state, "citations": list(s.citations)} for s in self.sentences],
            "citations": [citation_to_json(c) for c in self.citations],
            "hits": [self._hit_to_json(hit) for hit in self.hits],
            "missing_words": list(self.missing_words),
            "signals": {name: round(value, 4) for name, value in self.signals.items()},
            "timings_s": {name: round(value, 3) for name, value in self.timings_s.items()},
            "model": self.model,
            "stopped": self.stopped,
        }

    def _hit_to_json(self, hit: Hit) -> dict[str, Any]:
        passage = hit.passage
        return {
            "document": self.documents.get(passage.doc_id, passage.doc_id),
            "doc_id": passage.doc_id,
            "start": passage.start,
            "end": passage.end,
            "score": round(hit.score, 4),
            "rank": hit.rank,
            "dense_score": None if hit.dense_score is None else round(hit.dense_score, 4),
            "word_score": None if hit.word_score is None else round(hit.word_score, 4),
        }


def citation_to_json(citation: Citation) -> dict[str, Any]:
    """Return the citation as plain JSON values."""
    return {
        "label": citation.label,
        "document": citation.document,
        "doc_id": citation.doc_id,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "page": citation.page,
    }


@dataclass(frozen=True, slots=True)
class Searched:
    """First event of a stream: what was searched for (and what of it came from the conversation), and found."""

    search_text: str
    added: str
    hits: tuple[Hit, ...]
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Wrote:
    """The next piece of the answer's text, as the engine writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence has ended and was checked. `citations` are those whose labels it uses for the first time."""

    index: int
    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Last event of a stream: the whole answer."""

    answer: Answer


Event = Searched | Wrote | Checked | Finished
