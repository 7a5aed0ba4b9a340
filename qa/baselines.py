"""Two simpler ways to answer, to measure the checked one against: the model told to cite, and the best passage.

The first gives the model whole numbered passages and tells it to cite and to refuse; its [n] are taken at their word.
The second needs no model and refuses nothing. Neither is checked: a state says only whether something was cited.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from embeddings.types import Document, Hit, Sentence
from qa.cite import Labels
from qa.converse import shown_before
from qa.generate import Engine, Message
from qa.settings import Settings
from qa.types import REFUSAL_FROM_PASSAGES, Answer, AnswerSentence, Checked, Event, Finished, Searched, Turn, Wrote

SYSTEM = "You answer questions from numbered passages."
TOLD = (
    "Answer in one short sentence from these passages alone, and put the number of the passage that states it in "
    f"brackets behind it, such as [1]. If they do not state the answer, write only: {REFUSAL_FROM_PASSAGES}"
)

_MARKS = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_MARKS_BEHIND_THE_END = re.compile(r"([.!?])((?:\s*\[\d+(?:\s*,\s*\d+)*\])+)")

_SOURCES = r"(?:passages?|texts?|documents?|articles?|contexts?)"
_STATE = (
    "(?:state|say|mention|answer|tell|give|contain|specify|include|discuss|address|indicate|describe|explain|reveal|"
    "have|name|list|identify|define|refer|clarify|report|note|cover|"
    r"provide(?! for\b))"
)
_CANNOT = r"\b(?:cannot|can't|can not)"
_REFUSALS = (
    rf"\b{_SOURCES} (?:do|does) ?(?:not|n't) (?:\w+ly )?{_STATE}\b",
    r"\bnot (?:\w+ly )?(?:mentioned|stated|provided|specified|given|answered) (?:anywhere )?in (?:any of )?"
    rf"(?:(?:the|these|this|those) )?(?:\w+ )?{_SOURCES}\b",
    rf"{_CANNOT} be answered\b|(?:\bI|\b{_SOURCES}|^) ?{_CANNOT} answer\b",
    rf"^none(?:\W*$|[.,:;] )|\bnone of (?:the |these )?{_SOURCES} {_STATE}s?\b",
    r"(?:^|\bthere is |\bthere's )no (?:\w+ )?(?:information|mention|answer)\b(?! (?:was|were|had)\b)",
    rf"\b{_SOURCES} (?:have|has|gives?|contains?|includes?|provides?) no (?:information|mention|answer)\b",
)
_REFUSES = re.compile("|".join(_REFUSALS), re.IGNORECASE)
"""What says that the passages do not state the answer. An answer has the same words of other things: "The document does
not bind its member states", "There was no mention of him until 1903"."""


class Documents(Protocol):
    """What is cited from."""

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by doc_id."""


class Asked(Protocol):
    """The parts of an Answerer that these answers are made with."""

    @property
    def store(self) -> Documents:
        """What it answers from."""

    @property
    def settings(self) -> Settings:
        """How it answers."""

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        """Return what is found, best first."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What an answer says, and how sure it is; no sentence: it is a refusal."""

    sentences: tuple[AnswerSentence, ...]
    confidence: float
    model: str


def best_passage(
    asked: Asked, question: str, history: Sequence[Turn], searched: Searched | None = None
) -> Iterator[Event]:
    """Yield the events of an answer that is the best passage, cited whole; `searched`: what was found already.

    Its confidence is the passage's cosine with the question, at least 0.
    """
    searched = searched or asked.search(question, history)
    began = time.perf_counter() - searched.took_s
    yield searched
    labels = Labels(asked.store.documents)
    sentences = tuple(
        AnswerSentence(" ".join(hit.passage.text.split()), "supported", (labels.cite(_whole(hit)),))
        for hit in searched.hits[:1]
    )
    confidence = max(0.0, min(1.0, searched.hits[0].dense_score or 0.0)) if searched.hits else 0.0
    yield from (Wrote(sentence.text) for sentence in sentences)
    timings = {"retrieve": searched.took_s, "first_token": time.perf_counter() - began}
    timings["total"] = time.perf_counter() - began
    yield from _finish(asked, question, searched, labels, _Said(sentences, confidence, "none"), timings)


def told_to_cite(
    asked: Asked,
    engine: Engine,
    question: str,
    history: Sequence[Turn],
    stop: threading.Event,
    searched: Searched | None = None,
) -> Iterator[Event]:
    """Yield the events of an answer whose citations and refusal are the model's own.

    There is no gate: the confidence is 1 for an answer and 0 for a refusal. `searched`: what was found already.
    """
    searched = searched or asked.search(question, history)
    began = time.perf_counter() - searched.took_s
    timings = {"retrieve": searched.took_s}
    yield searched
    hits = searched.hits[: asked.settings.n_passages]
    text = ""
    messages = told_messages(question, hits, asked.store.documents, shown_before(history, searched.added))
    for piece in engine.stream(messages, max_tokens=asked.settings.max_tokens, stop=stop):
        timings.setdefault("first_token", time.perf_counter() - began)
        text += piece.text
        yield Wrote(piece.text)
    timings.setdefault("first_token", time.perf_counter() - began)
    labels = Labels(asked.store.documents)
    sentences = () if refuses(text) else tuple(_sentences(text, hits, labels))
    said = _Said(sentences, float(bool(sentences)), engine.name)
    timings["total"] = time.perf_counter() - began
    yield from _finish(asked, question, searched, labels, said, timings, stopped=stop.is_set())


def told_messages(
    question: str, hits: Sequence[Hit], documents: Mapping[str, Document], earlier: Sequence[Turn] = ()
) -> tuple[Message, ...]:
    """Return the messages: numbered passages under their titles, the turns before, the question, what to do."""
    passages = [
        f"[{number}] {documents[hit.passage.doc_id].title}: {' '.join(hit.passage.text.split())}"
        for number, hit in enumerate(hits, start=1)
    ]
    turns = [f"Earlier {'question' if turn.role == 'user' else 'answer'}: {turn.content}" for turn in earlier]
    return Message("system", SYSTEM), Message("user", "\n\n".join([*passages, *turns, f"Question: {question}\n{TOLD}"]))


def refuses(text: str) -> bool:
    """Return whether what the model wrote is a refusal: it says so, or nothing but numbers of passages."""
    words = " ".join(_MARKS.sub("", text).replace("’", "'").split())
    return not words or bool(_REFUSES.search(words))


def _sentences(text: str, hits: Sequence[Hit], labels: Labels) -> Iterator[AnswerSentence]:
    """Yield the sentences without their [n], each citing the passages of those numbers that there are."""
    from embeddings.sentences import split_sentences

    text = _MARKS_BEHIND_THE_END.sub(r"\2\1", " ".join(text.split()))
    for start, end in split_sentences(text):
        marked = text[start:end]
        numbers = [int(number) for marks in _MARKS.findall(marked) for number in marks.split(",")]
        if words := _MARKS.sub("", marked).strip():
            cited = tuple(dict.fromkeys(labels.cite(_whole(hits[n - 1])) for n in numbers if 1 <= n <= len(hits)))
            yield AnswerSentence(words, "supported" if cited else "unsupported", cited)


def _whole(hit: Hit) -> Sentence:
    passage = hit.passage
    return Sentence(passage.doc_id, passage.start, passage.end, passage.text)


def _finish(
    asked: Asked,
    question: str,
    searched: Searched,
    labels: Labels,
    said: _Said,
    timings: Mapping[str, float],
    *,
    stopped: bool = False,
) -> Iterator[Event]:
    """Yield each sentence with the citations that it brings, then the whole answer."""
    known = 0
    for index, sentence in enumerate(said.sentences):
        most = max((known, *sentence.citations))
        yield Checked(index, sentence, tuple(labels.citations[known:most]))
        known = most
    hits = searched.hits[: asked.settings.n_passages]
    yield Finished(
        Answer(
            question=question,
            search_text=searched.search_text,
            status="answered" if said.sentences else "not_found",
            text=" ".join(sentence.text for sentence in said.sentences) or REFUSAL_FROM_PASSAGES,
            sentences=said.sentences,
            citations=tuple(labels.citations),
            hits=hits,
            confidence=said.confidence,
            timings_s=timings,
            model=said.model,
            documents={hit.passage.doc_id: asked.store.documents[hit.passage.doc_id].path for hit in hits},
            stopped=stopped,
        )
    )
