"""What one browser has in the Evaluate view: its questions, an earlier record, what runs, and what came of it.

Knows nothing of the page; `qa.ui.evaluating` brings it together with what people click.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from qa.compare import check_shared
from qa.conversations import Asked
from qa.errors import QuestionError, QuestionFileError
from qa.evaluate import Plan
from qa.judged import question_file
from qa.propose import Proposals, propose
from qa.questions import Question, lines_of, questions_of
from qa.record import Record, is_record, record_of
from qa.running import Job, Outcome, Run
from qa.ui.texts import Texts
from qa.ui.uploads import UPLOADED

if TYPE_CHECKING:
    from qa.answer import Answerer

Kind = Literal["file", "proposed", "judged"]

PROPOSED, JUDGED = "proposed-questions.jsonl", "judged-questions.jsonl"

MOST_PROPOSED = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """Questions to ask: the name of their file, where they come from, their file's text and its SHA-256.

    `n_dropped` is how many proposals did not hold.
    """

    name: str
    kind: Kind
    questions: tuple[Question, ...]
    text: str
    sha256: str
    n_dropped: int = 0

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePath(self.name).stem or self.name


@dataclass(frozen=True, slots=True)
class Earlier:
    """A record to compare with, and what it is called."""

    name: str
    record: Record


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run brought, as it is shown. `ticket` is the secret in the addresses of its report and its record."""

    ticket: str
    outcome: Outcome
    chosen: Chosen
    earlier: Earlier | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that was begun, with what it asks and what it is compared with."""

    run: Run
    chosen: Chosen
    earlier: Earlier | None


class Evaluation:
    """The questions, the earlier record, the work that runs, its result. Safe for threads by `lock`.

    `trouble` is one sentence that people must be told. `n_proposing` is how far proposing is: done and wanted.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.chosen: Chosen | None = None
        self.earlier: Earlier | None = None
        self.begun: Begun | None = None
        self.shown: Shown | None = None
        self.trouble = ""
        self.n_proposing: tuple[int, int] | None = None
        self._evaluating: Job[Outcome | None] | None = None
        self._proposing: Job[Proposals] | None = None

    @property
    def is_running(self) -> bool:
        """Whether an evaluation or proposing runs."""
        return any(job is not None and job.is_running for job in (self._evaluating, self._proposing))

    @property
    def is_stopping(self) -> bool:
        """Whether what runs was told to stop."""
        return any(job is not None and job.is_stopping for job in (self._evaluating, self._proposing))

    @property
    def can_go_on(self) -> bool:
        """Whether a run was stopped before its end, its model is still there, and nothing runs now."""
        return self._is_stopped and not self.is_left

    @property
    def is_left(self) -> bool:
        """Whether a run was stopped before its end and what answered it is gone."""
        return self._is_stopped and self.begun is not None and self.begun.run.is_closed

    @property
    def _is_stopped(self) -> bool:
        return self.begun is not None and self._evaluating is None and self._proposing is None

    def take(self, name: str, content: bytes) -> None:
        """Take a file in: an earlier record, or else questions. Raises QuestionFileError or RecordError."""
        if is_record(content):
            self.earlier = Earlier(name, record_of(content, name))
        else:
            questions = questions_of(content, name)
            self.chosen = Chosen(name, "file", questions, "", hashlib.sha256(content).hexdigest())

    def take_record(self, name: str, content: bytes) -> None:
        """Take an earlier record in. Raises RecordError where it is none."""
        self.earlier = Earlier(name, record_of(content, name))

    def take_judged(self, conversations: Sequence[Sequence[Asked]], say: Texts) -> None:
        """Take the judged answers as questions. Raises QuestionFileError where there are none."""
        text = question_file(conversations, UPLOADED)
        if not text:
            raise QuestionFileError(say("nothing_judged"))
        self.chosen = _made(JUDGED, "judged", text)

    def take_outcome(self) -> None:
        """Take the record that is shown as the earlier one."""
        if self.shown is not None:
            self.earlier = Earlier(f"{self.shown.chosen.stem}-record.json", self.shown.outcome.record)

    def propose(self, answerer: Answerer, n: int, say: Texts) -> None:
        """Begin to propose `n` questions. Raises QuestionError where nothing can be proposed."""
        engine, documents = answerer.engine, tuple(answerer.store.documents.values())
        _check_documents(answerer, say)
        if engine is None:
            raise QuestionError(say("cannot_propose"))
        if not 1 <= n <= MOST_PROPOSED:
            raise QuestionError(say("n_proposed_wrong", most=MOST_PROPOSED))
        self.n_proposing, self.begun = (0, n), None

        def count(_: str, done: int, total: int) -> None:
            self.n_proposing = (done, total)

        self._proposing = Job(lambda stop: propose(documents, answerer, engine, n, count, stop))

    def begin(self, answerer: Answerer, limit: int | None, is_busy: Callable[[], bool], say: Texts) -> None:
        """Begin to ask the questions. Raises QaError where they cannot be asked; what is shown stays then."""
        if self.chosen is None:
            raise QuestionError(say("no_questions_chosen"))
        _check_documents(answerer, say)
        chosen, earlier = self.chosen, self.earlier
        if earlier is not None:
            check_shared(earlier.record, chosen.questions[:limit], earlier.name)
        plan = Plan.of(chosen.questions, answerer, limit=limit, questions_hash=chosen.sha256)
        self.begun = Begun(Run(plan, earlier.record if earlier else None, is_busy), chosen, earlier)
        self.go_on(say)

    def go_on(self, say: Texts) -> None:
        """Ask what the run that was stopped did not ask. Raises QuestionError where what answered is gone."""
        if self.begun is None:
            return
        if self.begun.run.is_closed:
            raise QuestionError(say("rest_left"))
        self._evaluating = Job(self.begun.run.work)

    def let_go(self) -> None:
        """Hold on to what answers no longer than what runs needs it."""
        if self.begun is not None:
            self.begun.run.close()

    def stop(self) -> None:
        """Have what runs come to its end soon; what is done stays."""
        for job in (self._evaluating, self._proposing):
            if job is not None:
                job.stop()

    def settle(self, say: Texts) -> None:
        """Take in what work has brought that came to its end."""
        if self._evaluating is not None and not self._evaluating.is_running:
            job, self._evaluating = self._evaluating, None
            self._settle_run(job, say)
        if self._proposing is not None and not self._proposing.is_running:
            found, self._proposing, self.n_proposing = self._proposing, None, None
            self._settle_proposals(found, say)

    def _settle_run(self, job: Job[Outcome | None], say: Texts) -> None:
        begun, outcome = self.begun, job.result
        if outcome is None or outcome.is_whole:
            self.begun = None
        if outcome is not None and begun is not None:
            self.shown = Shown(secrets.token_urlsafe(16), outcome, begun.chosen, begun.earlier)
        else:
            self.trouble = job.error or say("unforeseen" if job.is_crashed else "nothing_asked")

    def _settle_proposals(self, job: Job[Proposals], say: Texts) -> None:
        found = job.result
        if found is not None and found.questions:
            n_dropped = sum(found.dropped.values())
            self.chosen = _made(PROPOSED, "proposed", lines_of(found.questions), n_dropped)
        else:
            self.trouble = job.error or say("unforeseen" if job.is_crashed else "nothing_proposed")


def _check_documents(answerer: Answerer, say: Texts) -> None:
    if not answerer.store.documents:
        raise QuestionError(say("nothing_chosen"))


def _made(name: str, kind: Kind, text: str, n_dropped: int = 0) -> Chosen:
    content = text.encode("utf-8")
    return Chosen(name, kind, questions_of(content, name), text, hashlib.sha256(content).hexdigest(), n_dropped)
