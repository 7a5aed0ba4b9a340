"""Work in a thread of its own, and an evaluation as such work: watched while it runs, stopped, gone on with.

Knows nothing of who watches, nor how it is shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from embeddings.errors import EmbeddingsError
from qa.compare import Comparison, compare
from qa.errors import QaError
from qa.evaluate import Plan
from qa.figures import so_far
from qa.record import Record
from qa.report_page import render_page
from qa.report_page.words import WORDS
from qa.scores import CRASHED, Case

Result = TypeVar("Result")

WAITING_S = 0.1
"""While others go first, it is looked so often whether they are done."""

WATCHED = (
    ("answers", "contained"),
    ("refusal", "recall"),
    ("refusal", "false_refusals"),
    ("citations", "supported"),
    ("time", "total_s, p50"),
)
"""The figures that can be watched while a run goes on."""


class Job(Generic[Result]):
    """Work in a thread of its own, begun at once. The event that `work` gets is set when it shall come to an end.

    `result` is what it returned. `error` is why it could not be done; `is_crashed`: that was not foreseen.
    """

    def __init__(self, work: Callable[[threading.Event], Result]) -> None:
        self.result: Result | None = None
        self.error: str = ""
        self.is_crashed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[work], daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not come to an end."""
        return self._thread.is_alive()

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to come to an end and has not yet."""
        return self.is_running and self._stop.is_set()

    def stop(self) -> None:
        """Have it come to an end soon."""
        self._stop.set()

    def wait(self, timeout_s: float | None = None) -> None:
        """Return when it has come to an end, or after this time."""
        self._thread.join(timeout_s)

    def _run(self, work: Callable[[threading.Event], Result]) -> None:
        try:
            self.result = work(self._stop)
        except (QaError, EmbeddingsError) as error:
            self.error = error.phrase
        except Exception:
            self.is_crashed = True
            raise


@dataclass(frozen=True, slots=True)
class Underway:
    """How far a run is. `question` is the one being asked; empty: all were, and the figures are worked out.

    `waits`: others go first. `left_s` is how long it will take yet; None: nobody knows. `figures` are value and n by
    group and name.
    """

    n_done: int
    n_questions: int
    question: str
    waits: bool
    left_s: float | None
    figures: Mapping[tuple[str, str], tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run brought: its record, the comparison with an earlier one, and in each language the page with both."""

    record: Record
    comparison: Comparison | None
    pages: Mapping[str, str]
    n_questions: int

    @property
    def is_whole(self) -> bool:
        """Whether all questions were asked."""
        return len(self.record.cases) == self.n_questions


class Run:
    """An evaluation that can be stopped and gone on with: each call of `work` asks what was not asked yet.

    Before each question it waits while `is_busy()`: others go first. What answers is held until `close`.
    """

    def __init__(self, plan: Plan, baseline: Record | None = None, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._plan: Plan | None = plan
        self._questions = plan.questions
        self.baseline = baseline
        self._works = False
        self._closing = False
        self._lock = threading.Lock()
        self._is_busy = is_busy
        self._cases: tuple[Case, ...] = ()
        self._waits = False
        self._asked_s, self._n_asked = 0.0, 0

    @property
    def is_closed(self) -> bool:
        """Whether what answers was let go: it cannot be gone on with."""
        return self._plan is None

    def close(self) -> None:
        """Let go of what answers; while it works, at its end."""
        with self._lock:
            self._closing = True
            if not self._works:
                self._plan = None

    def work(self, stop: threading.Event) -> Outcome | None:
        """Ask until all is asked or `stop` is set; return what there is, None: no answer."""
        with self._lock:
            plan, self._works = self._plan, True
        try:
            return self._asked(plan, stop) if plan is not None else None
        finally:
            with self._lock:
                self._works = False
                if self._closing:
                    self._plan = None

    def _asked(self, plan: Plan, stop: threading.Event) -> Outcome | None:
        for question in plan.questions[len(self._cases) :]:
            self._let_others_go_first(stop)
            if stop.is_set():
                break
            began_s = time.monotonic()
            case = plan.case(question, stop)
            if stop.is_set() and (case["stopped"] or case["status"] == CRASHED):
                break  # half an answer says nothing of a whole one
            self._asked_s, self._n_asked = self._asked_s + time.monotonic() - began_s, self._n_asked + 1
            self._cases = (*self._cases, case)
        return self._outcome(plan) if self._cases else None

    def _let_others_go_first(self, stop: threading.Event) -> None:
        while self._is_busy() and not stop.is_set():
            self._waits = True
            stop.wait(WAITING_S)
        self._waits = False

    def _outcome(self, plan: Plan) -> Outcome:
        record = plan.record(self._cases)
        comparison = compare(self.baseline, record) if self.baseline is not None else None
        shown = None if comparison is None or comparison.is_empty else comparison
        documents = plan.answerer.store.documents
        pages = {language: render_page(record, documents, shown, say) for language, say in WORDS.items()}
        return Outcome(record, comparison, pages, len(plan.questions))

    @property
    def underway(self) -> Underway:
        """How far it is now."""
        cases, questions = self._cases, self._questions
        n_left = len(questions) - len(cases)
        return Underway(
            n_done=len(cases),
            n_questions=len(questions),
            question=questions[len(cases)].question if n_left else "",
            waits=self._waits,
            left_s=self._asked_s / self._n_asked * n_left if self._n_asked else None,
            figures=so_far(cases, WATCHED),
        )
