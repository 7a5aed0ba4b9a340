"""Documents in, questions that they answer out, for people who do not know yet what can be asked.

A question is proposed as in `qa.propose` and then asked: only one that is answered, with support for every sentence
and with a quote from the document that it was drawn from, is suggested. That takes seconds for each, so it is done in
a thread of its own, one question at a time, and only while nobody waits for an answer.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from embeddings.errors import EmbeddingsError
from embeddings.types import Document
from qa.answer import Answerer
from qa.errors import QaError
from qa.generate import Engine
from qa.metrics import contains_answer
from qa.propose import proposed
from qa.types import Answer

N_SUGGESTED = 4
MOST_TRIED = 12
"""Sentences of a document that are tried; where none of them gives a good question, the next hardly does."""

MOST_DOCUMENTS = 500
BUSY_CHECK_S = 0.5


@dataclass(slots=True)
class _Tried:
    """What is known of one document: its questions, how many are wanted, and whether there are no more to be had."""

    questions: list[str] = field(default_factory=list)
    wanted: int = 0
    is_done: bool = False


class _HandedOverError(Exception):
    """Another model does it."""


class Suggester:
    """Suggestions by document, for everybody who has it. Safe for threads. `is_busy`: somebody waits for an answer.

    Who wanted something last is served first; what nobody wants any more is not made.
    """

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        self._is_busy = is_busy
        self._tried: OrderedDict[str, _Tried] = OrderedDict()
        self._wanted: WeakKeyDictionary[object, frozenset[str]] = WeakKeyDictionary()
        self._jobs: list[tuple[Answerer, Document]] = []
        self._running: tuple[Answerer, Document] | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def of(self, doc_ids: Container[str]) -> tuple[str, ...]:
        """Return at most N_SUGGESTED questions on these documents, on as many of them as possible; none on others."""
        with self._lock:
            known = [list(tried.questions) for doc_id, tried in self._tried.items() if doc_id in doc_ids]
        rounds = range(max(map(len, known), default=0))
        turns = [questions[n] for n in rounds for questions in known if len(questions) > n]
        return tuple(turns[:N_SUGGESTED])

    def want(self, by: object, answerer: Answerer, documents: Sequence[Document]) -> None:
        """Have questions made on these documents, the first ones first; what is known or under way is not made anew.

        `by` is who wants them, as long as there is such a one, in place of what they wanted before.
        """
        chosen = documents[:N_SUGGESTED]
        each = -(-N_SUGGESTED // len(chosen)) if chosen else 0
        with self._lock:
            self._wanted[by] = frozenset(document.doc_id for document in chosen)
            new: dict[str, Document] = {}
            for document in chosen:
                tried = self._tried.setdefault(document.doc_id, _Tried())
                if tried.wanted < each and not tried.is_done:
                    tried.wanted = each
                    new[document.doc_id] = document
            mine, waiting = self._wanted[by], [job for job in self._jobs if job[1].doc_id not in new]
            self._jobs = [(answerer, document) for document in new.values()]
            self._jobs += [(answerer if document.doc_id in mine else other, document) for other, document in waiting]
            while len(self._tried) > MOST_DOCUMENTS:
                self._tried.popitem(last=False)
            self._let_go()
            self._begin()

    def _let_go(self) -> None:
        """Let go what nobody wants any more, also what is being made; whoever wants it again has it made then."""
        wanted: set[str] = set().union(*self._wanted.values())
        jobs = [*([self._running] if self._running else ()), *self._jobs]
        for doc_id in {document.doc_id for _, document in jobs} - wanted:
            if (tried := self._tried.get(doc_id)) is not None:
                tried.wanted = len(tried.questions)
        self._jobs = [job for job in self._jobs if job[1].doc_id in wanted]
        if self._running is not None and self._running[1].doc_id not in wanted:
            self._running = None

    def go_on_with(self, engine: Engine | None) -> None:
        """Have what is still to be made made by another model; what is being made is begun anew by it.

        None: there is no model now, and the present one is held no longer.
        """
        with self._lock:
            waiting = [*([self._running] if self._running else ()), *self._jobs]
            self._jobs = [(answerer.with_engine(engine), document) for answerer, document in waiting]
            self._running = None
            self._begin()

    def _begin(self) -> None:
        if self._jobs and self._thread is None:
            self._thread = threading.Thread(target=self._work, name="suggesting", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._running = None
                self._let_go()
                if not self._jobs or self._jobs[0][0].engine is None:
                    self._thread = None
                    return
                self._running = answerer, document = self._jobs.pop(0)
                tried = self._tried.get(document.doc_id, _Tried())
            try:
                # An engine that is gone is told where somebody asks.
                with suppress(QaError, EmbeddingsError, _HandedOverError):
                    self._suggest(answerer, document, tried)
            except Exception:  # whatever it is, it is told as this thread ends; the other documents get another thread
                with self._lock:
                    self._running = self._thread = None
                    self._begin()
                raise

    def _suggest(self, answerer: Answerer, document: Document, tried: _Tried) -> None:
        assert answerer.engine is not None  # without one nothing is begun
        for question, answers in proposed([document], answerer, answerer.engine, MOST_TRIED, self._pause):
            self._pause()
            if question not in tried.questions and holds(answerer.ask(question), document, answers):
                tried.questions.append(question)
            if len(tried.questions) >= tried.wanted:
                return
        tried.is_done = True

    def _pause(self) -> None:
        while self._is_busy() and self._running is not None:
            time.sleep(BUSY_CHECK_S)
        if self._running is None:
            raise _HandedOverError


def holds(answer: Answer, document: Document, answers: Sequence[str]) -> bool:
    """Return whether the answer is what was asked for, supported throughout, and quoted from the document."""
    return (
        answer.status == "answered"
        and all(sentence.state == "supported" for sentence in answer.sentences)
        and any(citation.doc_id == document.doc_id for citation in answer.citations)
        and bool(contains_answer(answer.text, answers))
    )
