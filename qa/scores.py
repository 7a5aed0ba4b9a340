"""A case in, its scores out.

A case is an Answer as JSON with what is known of its question. Where a score needs a label, only cases that have the
label get it. A case that crashed has every score that its labels call for, and each is the worst.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embeddings.types import Document, Passage
from qa import metrics
from qa.metrics import Span
from qa.questions import Question, find_document

Case = Mapping[str, Any]
Scores = dict[str, float]

CRASHED = "error"
"""The status of a case that has no answer because answering it failed."""

DEPTH = 10
"""Passages that the retrieval figures look at."""

CHARACTER_DEPTH = 5
"""Passages whose characters are compared with those of the gold evidence."""

RETRIEVAL = (
    *("hit@1", "hit@3", "hit@5", "hit@10", "mrr", "ndcg@10"),
    *(f"character_recall@{CHARACTER_DEPTH}", f"character_precision@{CHARACTER_DEPTH}"),
)
ANSWERS = (
    *("exact_match", "f1", "exact_match_answerable", "f1_answerable", "f1_unanswerable"),
    *("contained", "numbers_right", "words"),
)
CITATIONS = (
    *("quotes_exact", "precision", "recall", "character_precision", "character_recall", "right_and_cited"),
    *("supported", "unsupported", "contradicted"),
)


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of a question: accepted answers, and where they stand.

    `pieces` are the pieces of evidence as they were given, each once; `spans` their characters as merged spans;
    `n_relevant` is how many passages of the store overlap those.
    """

    answers: tuple[str, ...]
    answerable: bool | None
    pieces: tuple[Span, ...]
    spans: tuple[Span, ...]
    n_relevant: int

    @classmethod
    def of(cls, question: Question, by_path: Mapping[str, Document], passages: Mapping[str, Sequence[Passage]]) -> Gold:
        """Return what is known; evidence is found by its document's path, `passages` are by their document's id."""
        found = ((find_document(e.doc, by_path), e) for e in question.evidence)
        pieces = tuple(dict.fromkeys(Span(d.doc_id, *e.span) for d, e in found if d is not None))
        near = (Span(p.doc_id, p.start, p.end) for d in {piece.doc_id for piece in pieces} for p in passages.get(d, ()))
        n_relevant = sum(span.overlaps(pieces) for span in near)
        return cls(question.answers, question.answerable, pieces, metrics.merged(pieces), n_relevant)


def score_case(case: Case, gold: Gold, documents: Mapping[str, Document]) -> dict[str, Scores]:
    """Return the scores of a case by group, those that have their label. `documents` is by doc_id."""
    return {
        "retrieval": _retrieval(case, gold),
        "answers": _answers(case, gold),
        "citations": _citations(case, gold, documents),
    }


def _retrieval(case: Case, gold: Gold) -> Scores:
    if not gold.spans:
        return {}
    found = _spans(case["ranking"][:DEPTH])
    relevant = [span.overlaps(gold.spans) for span in found]
    read = found[:CHARACTER_DEPTH]
    values = (
        *(metrics.hit_at(relevant, k) for k in (1, 3, 5, 10)),
        metrics.reciprocal_rank(relevant),
        metrics.ndcg(relevant, gold.n_relevant, DEPTH),
        metrics.n_shared(read, gold.spans) / metrics.n_characters(gold.spans),
        metrics.n_shared(read, gold.spans) / metrics.n_characters(read) if read else 0.0,
    )
    return dict(zip(RETRIEVAL, values, strict=True))


def _answers(case: Case, gold: Gold) -> Scores:
    scores: Scores = {}
    text = case["text"] if case["status"] == "answered" else ""
    crashed = case["status"] == CRASHED
    if gold.answerable is False or gold.answers:
        answers = () if gold.answerable is False else gold.answers
        worst = crashed or (bool(answers) and not text)  # also where an accepted answer is nothing but an article
        scores["exact_match"] = 0.0 if worst else metrics.exact_match(text, answers)
        scores["f1"] = 0.0 if worst else metrics.f1(text, answers)
        scores["f1_answerable" if answers else "f1_unanswerable"] = scores["f1"]
        if answers:
            scores["exact_match_answerable"] = scores["exact_match"]
            scores["contained"] = metrics.contains_answer(text, answers)
            numbers = metrics.numbers_right(text, answers)
            scores.update({} if numbers is None else {"numbers_right": numbers})
    if case["status"] == "answered":
        scores["words"] = float(metrics.n_words(text))
    return scores


def _citations(case: Case, gold: Gold, documents: Mapping[str, Document]) -> Scores:
    scores: Scores = {}
    if case["citations"]:
        scores["quotes_exact"] = mean_of(_stands(citation, documents) for citation in case["citations"])
    if case["sentences"]:
        for state in ("supported", "unsupported", "contradicted"):
            scores[state] = mean_of(sentence["state"] == state for sentence in case["sentences"])
    return scores | _citations_against(case, gold)


def _citations_against(case: Case, gold: Gold) -> Scores:
    """Return what needs gold evidence. A refusal's nearest sentences are no citations of an answer."""
    if not gold.spans:
        return {}
    cited = _spans(case["citations"]) if case["status"] == "answered" else ()
    shared = metrics.n_shared(cited, gold.spans)
    scores = {
        "recall": metrics.share_overlapping(gold.pieces, cited),
        "character_recall": shared / metrics.n_characters(gold.spans),
    }
    if case["status"] == CRASHED:
        scores |= {"precision": 0.0, "character_precision": 0.0}
    elif cited:
        scores["precision"] = metrics.share_overlapping(cited, gold.spans)
        scores["character_precision"] = shared / metrics.n_characters(cited)
    if case["status"] == "answered" and metrics.contains_answer(case["text"], gold.answers):
        scores["right_and_cited"] = float(any(span.overlaps(gold.spans) for span in cited))
    return scores


def _spans(places: Iterable[Case]) -> tuple[Span, ...]:
    return tuple(Span(place["doc_id"], place["start"], place["end"]) for place in places)


def _stands(citation: Case, documents: Mapping[str, Document]) -> bool:
    document = documents.get(citation["doc_id"])
    return document is not None and document.text[citation["start"] : citation["end"]] == citation["quote"]


def mean_of(values: Iterable[float]) -> float:
    """Return the mean of at least one value."""
    listed = list(values)
    return sum(listed) / len(listed)


def is_judged(case: Case) -> bool:
    """Return whether it is known if an answer to the question is right."""
    return case["gold"]["answerable"] is False or bool(case["gold"]["answers"])


def right_of(case: Case) -> float:
    """Return 1.0 where the answer holds a gold answer, else 0.0: no answer is right where there is none to give."""
    return float(case["scores"]["answers"].get("contained", 0.0))


def confidence_of(case: Case) -> float:
    """Return the confidence of a case with a label; a crash counts as the most wrong one."""
    return 1.0 - float(case["gold"]["answerable"]) if case["status"] == CRASHED else float(case["confidence"])


def risk_confidence_of(case: Case) -> float:
    """Return the confidence where the sure ones are to be right: a crash, which is not, counts as surest of all."""
    return 1.0 if case["status"] == CRASHED else float(case["confidence"])
