"""Documents in, questions about them out: proposals to begin a question file with, written by the engine.

A program chooses the sentence and the answer, the engine puts the question, and a program drops what does not hold:
what gives the answer away, says what the sentence does not, is asked twice, is not answered by the sentence, or is
not found by a search. What is dropped is counted. They are drafts: a person should read them.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from embeddings.phrase import Phrase
from embeddings.types import Document, Progress
from qa.generate import Engine, Message
from qa.metrics import Span, contains_answer, f1, normalised
from qa.near_miss import near_misses
from qa.questions import MACHINE_MADE, Evidence, Question
from qa.quotable import Quotable, is_date, quotables
from qa.types import Searched, Turn
from qa.words import QUESTION_WORDS, content_stems, figures_of, names_of, numbers_of, stem

N_FOUND = 5
"""Passages among which a search for the question has to find its sentence."""

MOST_ALIKE = 0.6
"""Part of their words that two questions may share."""

MOST_NEW = 0.34
"""Part of a question's words that neither its sentence nor the title has."""

PART_UNANSWERABLE = 4
"""One proposal in so many is a question that the documents do not answer."""

SYSTEM = (
    "You write one quiz question for each fact. Whoever reads the question sees neither the fact nor the document, so "
    "name what the question is about. The given answer must be the only right one."
)
EXAMPLES = (
    (
        "Rivers of Norway",
        "The Glomma is 621 kilometres long and drains an eighth of the country.",
        "621",
        "How many kilometres long is the Glomma?",
    ),
    (
        "The history of tea",
        "In 1848, Robert Fortune, a botanist, brought tea plants from China to India for the East India Company.",
        "Robert Fortune",
        "Which botanist brought tea plants from China to India for the East India Company?",
    ),
    (
        "Ada Lovelace",
        "Her notes on the engine, the author writes, were printed in London in September 1843 and soon forgotten.",
        "September 1843",
        "When were Ada Lovelace's notes on the engine printed in London?",
    ),
)
ANSWER = "Answer from the sentence with as few words as possible."

_VAGUE = re.compile(
    r"\b(sentence|fact|passage|text|paragraph|excerpt|quiz|following|mentioned)\b|"
    r"\b(which of|what is the answer)\b|\bthe (author|article|document|page|study|speaker)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(it|its|they|them|their|he|him|his|she|her|this|these|those|such|we|our|us|you|your|i|my)\b", re.IGNORECASE
)


_WHEN = re.compile(r"\b(when|(?:what|which) (?:year|date|day|month)|how long ago|since)\b", re.IGNORECASE)
_HOW_MUCH = re.compile(r"\b(how|percentage|number|amount|what (?:is|was|are|were) the)\b", re.IGNORECASE)
_PUTS = frozenset(stem(word) for word in QUESTION_WORDS)


class Searches(Protocol):
    """What finds sentences."""

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        """Return what is found, best first."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """The questions, and how many were dropped for which reason."""

    questions: tuple[Question, ...]
    dropped: Mapping[str, int]


@dataclass(slots=True)
class _Draft:
    """What has been accepted so far, and what was dropped."""

    accepted: list[tuple[Quotable, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def propose(
    documents: Sequence[Document],
    searcher: Searches,
    engine: Engine,
    n: int,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Proposals:
    """Return up to `n` questions, a quarter of them near misses that no document answers.

    Fewer where the documents do not give more, or where `stop` is set before there are as many.
    """
    stop = stop or threading.Event()
    n_missing = n // PART_UNANSWERABLE
    draft = _Draft()
    for quotable in quotables(documents):
        if len(draft.accepted) >= n - n_missing or stop.is_set():
            break
        if all(quotable.sentence != used.sentence for used, _ in draft.accepted):
            _report(progress, len(draft.accepted), n)
            _try(quotable, searcher, engine, draft)
    answerable = [_question(place, *item) for place, item in enumerate(draft.accepted, start=1)]
    missing: list[Question] = []
    n_missing = min(n_missing, math.ceil(len(answerable) / (PART_UNANSWERABLE - 1)))
    asked = [] if stop.is_set() else [question for _, question in draft.accepted]
    for text in islice(near_misses(asked, documents, engine), n_missing):
        missing.append(Question(f"made-near-{len(missing) + 1:02}", text, answerable=False, origin=MACHINE_MADE))
        _report(progress, len(answerable) + len(missing), n)
    _report(progress, n, n)
    return Proposals((*answerable, *missing), dict(draft.dropped))


def proposed(
    documents: Sequence[Document], searcher: Searches, engine: Engine, most: int, before: Callable[[], None]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield questions with their answers as they are found; so many sentences are tried.

    Each document is read and each sentence tried after `before`.
    """
    draft = _Draft()
    for quotable in islice(quotables(_each_after(before, documents)), most):
        before()
        n_accepted = len(draft.accepted)
        _try(quotable, searcher, engine, draft)
        for accepted, question in draft.accepted[n_accepted:]:
            yield question, accepted.answers


def _each_after(before: Callable[[], None], documents: Sequence[Document]) -> Iterator[Document]:
    for document in documents:
        before()
        yield document


def _report(progress: Progress | None, done: int, n: int) -> None:
    if progress is not None:
        progress(Phrase("proposing questions"), done, n)


def _try(quotable: Quotable, searcher: Searches, engine: Engine, draft: _Draft) -> None:
    """Have a question put, and accept it or count why not."""
    question = said(engine, question_messages(quotable), max_tokens=50).split("\n")[0].strip()
    reason = next(_faults(question, quotable, [text for _, text in draft.accepted], searcher, engine), None)
    if reason is None:
        draft.accepted.append((quotable, question))
    else:
        draft.dropped[reason] += 1


def _faults(
    question: str, quotable: Quotable, before: Sequence[str], searcher: Searches, engine: Engine
) -> Iterator[str]:
    """Yield why the question does not hold, the cheap reasons first."""
    if not question.endswith("?") or question.count("?") > 1 or not 4 <= len(question.split()) <= 30:
        yield "is not one short question"
    if _gives_away(question, quotable.answers):
        yield "gives its answer away"
    if _is_vague(question, quotable.sentence.text):
        yield "cannot be understood alone"
    if _is_made_up(question, quotable):
        yield "says what the sentence does not"
    if not _asks_for(question, quotable.answers[0]):
        yield "asks for another kind of thing"
    if any(_alike(question, other) > MOST_ALIKE for other in before):
        yield "is much like another"
    answer = said(engine, answer_messages(question, quotable), max_tokens=24)
    if not contains_answer(answer, quotable.answers) and f1(answer, quotable.answers) < 0.5:
        yield "is not answered by its sentence"
    sentence = quotable.sentence
    place = [Span(sentence.doc_id, sentence.start, sentence.end)]
    hits = searcher.search(question).hits[:N_FOUND]
    if not any(Span(h.passage.doc_id, h.passage.start, h.passage.end).overlaps(place) for h in hits):
        yield "is not found by a search"


def _gives_away(question: str, answers: Sequence[str]) -> bool:
    """Return whether it has the answer, one of its numbers, or most of its words."""
    words = content_stems(answers[0])
    most = 2 * len(words & content_stems(question)) > len(words)
    return most or bool(contains_answer(question, answers)) or bool(numbers_of(answers[0]) & numbers_of(question))


def _is_vague(question: str, sentence: str) -> bool:
    """Return whether it speaks of the text as a text, where that does not, or points at something before any name."""
    if any(match.group().lower() not in sentence.lower() for match in _VAGUE.finditer(question)):
        return True
    abbreviations = names_of(question)  # a US state
    pointers = (match for match in _POINTS.finditer(question) if match.group().lower() not in abbreviations)
    pointer = next(pointers, None)
    return pointer is not None and not names_of(question[: pointer.start()])


def _is_made_up(question: str, quotable: Quotable) -> bool:
    """Return whether it has a number, a name or several words that neither its sentence nor the title has.

    A number that only the title has does not count as known: it is another matter's as a rule.
    """
    text = quotable.sentence.text
    known = content_stems(f"{text} {quotable.document.title}")
    asked = content_stems(question) - _PUTS
    if figures_of(question) - figures_of(text) or names_of(question) - known:
        return True
    return len(asked & known) < 2 or len(asked - known) > MOST_NEW * len(asked)


def _asks_for(question: str, answer: str) -> bool:
    """Return whether it asks when for a date, how much for a number, and neither for a name."""
    if is_date(answer):
        return bool(_WHEN.search(question))
    if numbers_of(answer):
        return bool(_HOW_MUCH.search(question))
    return not _WHEN.match(question) and not question.lower().startswith("how ")


def _alike(question: str, other: str) -> float:
    """Return the part of the words of both that are in both."""
    one, two = set(normalised(question).split()), set(normalised(other).split())
    return len(one & two) / len(one | two)


def question_messages(quotable: Quotable) -> tuple[Message, ...]:
    """Return the messages that ask for a question, after two examples."""
    messages = [Message("system", SYSTEM)]
    for title, sentence, answer, question in EXAMPLES:
        messages += [_given(title, sentence, answer), Message("assistant", question)]
    return (*messages, _given(_shown_title(quotable), _one_line(quotable.sentence.text), quotable.answers[0]))


def _shown_title(quotable: Quotable) -> str:
    """Return the title without the numbers that the sentence lacks: the engine would put them into the question."""
    known = figures_of(quotable.sentence.text)
    words = quotable.document.title.split()
    return " ".join(word for word in words if figures_of(word) <= known)


def _given(title: str, sentence: str, answer: str) -> Message:
    return Message("user", f"Document: {title}\nFact: {sentence}\nAnswer: {answer}\nQuestion:")


def answer_messages(question: str, quotable: Quotable) -> tuple[Message, ...]:
    """Return the messages that ask the question of its sentence alone."""
    sentence = f"{quotable.document.title}: {_one_line(quotable.sentence.text)}"
    return Message("system", "You answer questions."), Message("user", f"{sentence}\n\nQuestion: {question}\n{ANSWER}")


def said(engine: Engine, messages: Sequence[Message], *, max_tokens: int) -> str:
    """Return what the engine says."""
    return "".join(piece.text for piece in engine.stream(messages, max_tokens=max_tokens)).strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _question(place: int, quotable: Quotable, question: str) -> Question:
    sentence = quotable.sentence
    evidence = Evidence(quotable.document.path, sentence.start, sentence.end, sentence.text)
    return Question(f"made-{place:02}", question, quotable.answers, True, (evidence,), origin=MACHINE_MADE)
