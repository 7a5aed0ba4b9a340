"""Questions and an answerer in, a record with every case out. An interrupted run goes on where it was.

Knows nothing of how a case is scored.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from embeddings.phrase import Phrase
from embeddings.types import Document, Passage, Progress
from qa import machine
from qa.errors import QuestionFileError, RecordError, SettingsError
from qa.fields import sha256_of
from qa.figures import summarise
from qa.partial import Partial
from qa.questions import Question, find_document, placed_evidence, questions_sha256
from qa.record import Record, read_record
from qa.scores import CRASHED, DEPTH, Gold, score_case
from qa.settings import Settings
from qa.types import Answer, Searched, Turn

if TYPE_CHECKING:
    from embeddings.store import FileState

__all__ = ["Plan", "Record", "evaluate"]

CHANGING = ("date", "machine", "limit", "n_questions")
"""Settings that may differ between the two halves of a run; of two machines, its record names none."""


class Texts(Protocol):
    """What the evaluation reads of a store."""

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by doc_id."""

    @property
    def passages(self) -> Sequence[Passage]:
        """What is searched."""

    @property
    def files(self) -> Sequence[FileState]:
        """The path of every file with the doc_id of its text."""


class Named(Protocol):
    """A model."""

    @property
    def name(self) -> str:
        """Its name as records state it."""


class NamedWeights(Named, Protocol):
    """A model of which the weights are known."""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its weights."""


class Answers(Protocol):
    """What is evaluated: `qa.Answerer`, or anything that answers as it does."""

    @property
    def store(self) -> Texts:
        """What it answers from."""

    @property
    def settings(self) -> Settings:
        """How it answers."""

    @property
    def engine(self) -> Named | None:
        """What writes."""

    @property
    def encoder(self) -> NamedWeights:
        """What searches."""

    def with_settings(self, settings: Settings) -> Answers:
        """Return the same with other settings."""

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        """Return what is found, best first."""

    def ask(self, question: str, history: Sequence[Turn] = (), *, stop: threading.Event | None = None) -> Answer:
        """Return the answer; what there is of it soon after `stop` is set."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks, in its order, each evidence with its place; and what answers. `settings` go into its record."""

    questions: tuple[Question, ...]
    answerer: Answers
    searcher: Answers
    by_path: Mapping[str, Document]
    passages: Mapping[str, Sequence[Passage]]
    settings: Mapping[str, Any]

    @classmethod
    def of(
        cls, questions: Sequence[Question], answerer: Answers, *, limit: int | None = None, questions_hash: str = ""
    ) -> Plan:
        """Return the plan of asking the first `limit` questions; `questions_hash` is that of their file.

        Raises SettingsError for a limit below one, QuestionFileError where two questions have one id or evidence does
        not stand in the documents.
        """
        if limit is not None and limit < 1:
            raise SettingsError("limit is {limit}; it is a whole number from 1", limit=limit)
        for name, count in Counter(question.id for question in questions[:limit]).items():
            if count > 1:
                raise QuestionFileError("{n} questions have the id {id!r}; give each its own", n=count, id=name)
        by_path = _by_path(answerer.store)
        n_passages = max(DEPTH, answerer.settings.n_passages)
        placed = placed_evidence(questions[:limit], by_path)
        return cls(
            placed,
            answerer,
            answerer.with_settings(answerer.settings.but({"n_passages": n_passages})),
            by_path,
            _passages_with_evidence(placed, by_path, answerer.store),
            _settings_of(answerer, questions, limit, questions_hash),
        )

    def case(self, question: Question, stop: threading.Event | None = None) -> dict[str, Any]:
        """Return the case of one question; whatever goes wrong in answering it is its error."""
        gold = Gold.of(question, self.by_path, self.passages)
        return _case(question, gold, self, stop)

    def record(self, cases: Sequence[Mapping[str, Any]]) -> Record:
        """Return the record of the cases that there are."""
        return Record(summarise(cases), self.settings, tuple(cases))


def evaluate(
    questions: Sequence[Question],
    answerer: Answers,
    *,
    limit: int | None = None,
    out: Path | None = None,
    questions_hash: str = "",
    progress: Progress | None = None,
) -> Record:
    """Return the record of asking the questions (the first `limit` of them), in their order.

    With `out` it is written there, and an interrupted run is taken up again where the questions, the settings and the
    program are the same; cases that crashed are asked again. Where the halves are of different machines, the record
    names none. Where `out` already holds the whole record of such a run, on this machine or on several, that is
    returned. `questions_hash` is that of the question file; without it, that of the questions. Where the answerer
    fails, the case has an error and the run goes on.

    Raises QuestionFileError where evidence does not stand in the documents, QaError where `out` cannot be
    written or every case has an error, and what `out` holds stays; KeyboardInterrupt saying what was kept.
    """
    plan = Plan.of(questions, answerer, limit=limit, questions_hash=questions_hash)
    n_asked = len(plan.questions)
    known = _known(out, plan) if out is not None else None
    if known is not None and _is_whole(known[1], plan):
        if progress is not None:
            progress(
                Phrase(
                    "nothing was asked: {out} is the record of these questions; delete it to ask them again", out=out
                ),
                0,
                0,
            )
            progress(Phrase("evaluating"), n_asked, n_asked)
        return known[0]
    made_with = {name: value for name, value in plan.settings.items() if name not in CHANGING}
    here = (plan if known is None else known[0]).settings.get("machine")
    kept = Partial.open(out, made_with, here) if out is not None else Partial(here)
    for name, case in known[1].items() if known is not None else ():
        if name not in kept.cases:
            kept.add(case)
    if kept.machine is None:
        plan = replace(plan, settings={name: value for name, value in plan.settings.items() if name != "machine"})
    record = plan.record(_run(plan, kept, progress))
    if out is not None:
        if record.cases and all(case["status"] == CRASHED for case in record.cases):
            kept.remove()
            raise RecordError("none of the questions could be asked: {why}", why=record.cases[0]["error"])
        record.save(out)
        kept.remove()
    return record


def is_recorded(out: Path, plan: Plan) -> bool:
    """Return whether `out` holds the whole record of this very run, so that nothing is asked. Raises RecordError."""
    known = _known(out, plan)
    return known is not None and _is_whole(known[1], plan)


def _is_whole(cases: Mapping[str, Mapping[str, Any]], plan: Plan) -> bool:
    return all(question.id in cases for question in plan.questions)


def _known(out: Path, plan: Plan) -> tuple[Record, Mapping[str, Mapping[str, Any]]] | None:
    """Return the record that `out` holds of this very run, and its cases by id but those that crashed; None: none."""
    if not out.exists() or not out.stat().st_size:
        return None
    try:
        record = read_record(out)
    except RecordError as error:
        raise RecordError(
            "{out} is there already and holds no record ({why}); name another file, or delete it", out=out, why=error
        ) from error
    wanted = json.loads(json.dumps({**plan.settings, "date": ""}))
    same = {"machine": wanted["machine"], **record.settings, "date": ""} == wanted
    return (record, {case["id"]: case for case in record.cases if case["status"] != CRASHED}) if same else None


def _run(plan: Plan, kept: Partial, progress: Progress | None) -> list[Mapping[str, Any]]:
    """Return the cases in the order of the questions."""
    cases, n_questions = [], len(plan.questions)
    try:
        for done, question in enumerate(plan.questions):
            case = kept.cases.get(question.id)
            if case is None:
                if progress is not None:
                    progress(Phrase("evaluating"), done, n_questions)
                case = plan.case(question)
                kept.add(case)
            cases.append(case)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(kept.interrupted(len(cases), n_questions)) from None
    if progress is not None:
        progress(Phrase("evaluating"), n_questions, n_questions)
    return cases


def _by_path(store: Texts) -> dict[str, Document]:
    """Return the documents by path; two files with the same text are one document with two paths."""
    named = {document.path: document for document in store.documents.values()}
    files = (file for file in store.files if file.doc_id in store.documents)  # a choice of documents has fewer
    return named | {file.path: store.documents[file.doc_id] for file in files}


def _passages_with_evidence(
    questions: Iterable[Question], by_path: Mapping[str, Document], store: Texts
) -> dict[str, list[Passage]]:
    """Return the passages of the documents that hold evidence, by the document's id."""
    found = (find_document(evidence.doc, by_path) for question in questions for evidence in question.evidence)
    passages: dict[str, list[Passage]] = {document.doc_id: [] for document in found if document is not None}
    for passage in store.passages if passages else ():
        if passage.doc_id in passages:
            passages[passage.doc_id].append(passage)
    return passages


def _case(question: Question, gold: Gold, plan: Plan, stop: threading.Event | None) -> dict[str, Any]:
    answerer = plan.answerer
    try:
        answer = answerer.ask(question.question, question.history, stop=stop).to_json()
        # Asked after the answer was timed, so that what searching leaves in caches does not shorten its time.
        answer["ranking"] = _ranking(plan.searcher.search(question.question, question.history), answerer.store)
    except Exception as error:
        answer = _no_answer(question, answerer, f"{type(error).__name__}: {error}")
    stated = question.to_json()
    case = {"id": question.id, **answer}
    case["gold"] = {name: stated[name] for name in ("answers", "answerable", "evidence")}
    case |= {name: stated[name] for name in ("history", "origin") if name in stated}
    case["scores"] = {
        group: {name: round(score, 6) for name, score in scores.items()}
        for group, scores in score_case(case, gold, answerer.store.documents).items()
    }
    return case


def _ranking(searched: Searched, store: Texts) -> list[dict[str, Any]]:
    return [
        {
            "document": store.documents[hit.passage.doc_id].path,
            "doc_id": hit.passage.doc_id,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": round(hit.score, 4),
            "rank": hit.rank,
        }
        for hit in searched.hits
    ]


def _no_answer(question: Question, answerer: Answers, error: str) -> dict[str, Any]:
    """Return the fields of an Answer for a question on which answering failed."""
    return {
        "question": question.question,
        "search_text": "",
        "status": CRASHED,
        "text": "",
        "confidence": 0.0,
        "sentences": [],
        "citations": [],
        "hits": [],
        "missing_words": [],
        "signals": {},
        "timings_s": {},
        "model": _model_of(answerer),
        "stopped": False,
        "ranking": [],
        "error": error,
    }


def _model_of(answerer: Answers) -> str:
    return answerer.engine.name if answerer.engine is not None else "none"


def _settings_of(
    answerer: Answers, questions: Sequence[Question], limit: int | None, questions_hash: str
) -> dict[str, Any]:
    """Return all that the figures may depend on, and the date."""
    store = answerer.store
    return {
        **asdict(answerer.settings),
        "model": _model_of(answerer),
        "encoder": answerer.encoder.name,
        "encoder_fingerprint": answerer.encoder.fingerprint,
        "questions_sha256": questions_hash or questions_sha256(questions),
        "n_questions": len(questions),
        "limit": limit,
        "store": {
            "n_documents": len(store.documents),
            "n_passages": len(store.passages),
            "sha256": sha256_of([sorted(store.documents), [p.passage_id for p in store.passages]]),
        },
        "program_sha256": machine.program_sha256(),
        "versions": machine.versions(),
        "machine": machine.described(),
        "date": machine.now(),
    }
