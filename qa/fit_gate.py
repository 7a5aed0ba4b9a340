"""Fit the gate: `python -m qa.fit_gate SET... --rows ROWS.jsonl --record RECORD.json`, then gate.json is written anew.

Each SET is a folder with `docs/` and `questions.jsonl`. Every question is answered with the gate open and its signals
are kept in ROWS (an interrupted run goes on where it stopped). Questions of one set asked of another set's documents
(`--strange N`) add the easy kind of unanswerable; answerable ones with a number or name exchanged (`--changed N`) add
near misses, such as the figure of another year. The coefficients are fitted with each document set weighing the same,
and are judged on documents that were left out of the fit: once for engines whose word to the check a trained head has
part in ("head"), and once for all others ("plain"). Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from qa.answer import Answerer, Reading, open_answerer
from qa.converse import plan_search
from qa.gate import BY_HEAD, CLAIMED, Gate, Stage, yes_log_odds
from qa.generate import first_piece
from qa.prompt import check_messages
from qa.questions import Question, read_questions
from qa.settings import Settings
from qa.types import Answer

SHARED = ("yes_log_odds", "answered", "capped_cosine", "best_coverage", "missing_names")
BEFORE = (*SHARED, "missing_numbers")
AFTER = (*SHARED, "missing_beside_sources")
"""The signals that earned their place; the record's ablation shows what each of the others would add or take."""

GATES = ("head", "plain")
KINDS = ("answerable", "hard", "changed", "easy")
REFUSED_AT_MOST = {"lenient": 0.01, "balanced": 0.05, "strict": 0.12}
"""Part of the answerable questions that each level may refuse, on documents left out of the fit."""

BEFORE_SHARE = 0.5
"""Part of these refusals that may happen before anything is written."""

REGULARISATION = 0.3

AT_ONCE = 4
"""Questions that are answered at once: the engine computes them together."""


def main() -> None:
    """Collect what is missing, fit, write coefficients and record."""
    arguments = _arguments()
    if not arguments.fit_only:
        for folder in arguments.sets:
            _collect(folder, arguments)
    rows = [json.loads(line) for line in arguments.rows.read_text(encoding="utf-8").splitlines()]
    record = fit(rows)
    arguments.record.write_text(json.dumps(record, indent=1), encoding="utf-8")
    gate = {kind: {stage: record[kind][stage] for stage in ("before", "after")} for kind in GATES}
    gate["fitted_on"] = record["n"]
    Path(__file__).with_name("gate.json").write_text(json.dumps(gate, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"n": record["n"], **{kind: record[kind]["left_out"] for kind in GATES}}, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m qa.fit_gate")
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--strange", type=int, default=0, help="questions of the other sets to ask of each set")
    parser.add_argument("--changed", type=int, default=0, help="questions of each set to ask with a number exchanged")
    parser.add_argument("--limit", type=int, default=None, help="questions of each set")
    parser.add_argument("--fit-only", action="store_true")
    return parser.parse_args()


def open_gate() -> Gate:
    """Return a gate that lets everything pass, to see the signals of every question."""
    stage = Stage(0.0, {}, {}, {}, {"lenient": 0.0, "balanced": 0.0, "strict": 0.0})
    return Gate(stage, stage)


def _collect(folder: Path, arguments: argparse.Namespace) -> None:
    """Append the rows of one set that are not there yet."""
    done = set()
    if arguments.rows.exists():
        done = {json.loads(line)["key"] for line in arguments.rows.read_text(encoding="utf-8").splitlines()}
    asked = list(_asked(folder, arguments))
    missing = [(key, question) for key, question in asked if key not in done]
    if not missing:
        return
    opened = open_answerer(docs=[folder / "docs"], settings=Settings())
    answerer = Answerer(opened.store, opened.encoder, opened.reader, opened.engine, opened.settings, open_gate())

    def row_of(asked: tuple[str, Question]) -> dict[str, Any]:
        key, question = asked
        return _row(key, folder.name, question, answerer.ask(question.question, question.history), answerer)

    with arguments.rows.open("a", encoding="utf-8") as stream, ThreadPoolExecutor(AT_ONCE) as pool:
        for place, row in enumerate(pool.map(row_of, missing), start=1):
            stream.write(json.dumps(row) + "\n")
            stream.flush()
            print(f"{folder.name}: {place} of {len(missing)}", file=sys.stderr, flush=True)


def _asked(folder: Path, arguments: argparse.Namespace) -> Iterator[tuple[str, Question]]:
    """Yield the set's own questions, then those of the other sets as questions that its documents do not answer."""
    chosen = random.Random(7)
    own = list(read_questions(folder / "questions.jsonl"))
    chosen.shuffle(own)
    for question in own[: arguments.limit]:
        yield f"{folder.name}/{question.id}", question
    others = [
        (f"{folder.name}/strange/{other.name}/{question.id}", question)
        for other in arguments.sets
        if other != folder
        for question in read_questions(other / "questions.jsonl")
        if not question.history
    ]
    for key, question in chosen.sample(others, min(arguments.strange, len(others))):
        yield key, _unanswerable(question, question.question)
    changed = [(question, _changed(question.question, own, chosen)) for question in own if question.answerable]
    for question, text in [pair for pair in changed if pair[1]][: arguments.changed]:
        yield f"{folder.name}/changed/{question.id}", _unanswerable(question, text)


def _unanswerable(question: Question, text: str) -> Question:
    return replace(question, question=text, answerable=False, answers=(), evidence=())


_NAME = re.compile(r"(?<=[a-z] )[A-Z][a-z]{3,}\b")


def _changed(text: str, others: Sequence[Question], chosen: random.Random) -> str:
    """Return the question about another number, or else another name, than it asks about; empty: it has neither."""
    if numbers := re.findall(r"\b\d+\b", text):
        return text.replace(numbers[0], str(int(numbers[0]) + chosen.choice((-3, -1, 1, 2, 7))), 1)
    names = _NAME.findall(text)
    strangers = sorted({name for other in others for name in _NAME.findall(other.question)} - set(names))
    return text.replace(names[0], chosen.choice(strangers), 1) if names and strangers else ""


def _row(key: str, name: str, question: Question, answer: Answer, answerer: Answerer) -> dict[str, Any]:
    citations = [
        {"document": c.document, "start": c.start, "end": c.end}
        for c in answer.citations
        if answer.status == "answered"
    ]
    reading = _reading(question, answerer)
    reply = first_piece(answerer.ready_engine, check_messages(reading.shared))
    return {
        "key": key,
        "set": name,
        "kind": _kind(key, question),
        "group": question.evidence[0].doc if question.evidence else (citations[0]["document"] if citations else key),
        "question": question.question,
        "answerable": bool(question.answerable),
        "answers": list(question.answers),
        "evidence": [{"doc": e.doc, "start": e.start, "end": e.end} for e in question.evidence],
        "read": _gold_was_read(question, reading, answerer),
        "status": answer.status,
        "text": answer.text,
        "states": [sentence.state for sentence in answer.sentences],
        "citations": citations,
        "signals": dict(answer.signals),
        "plain_yes_log_odds": yes_log_odds(reply) or 0.0,
        "timings_s": dict(answer.timings_s),
    }


def _kind(key: str, question: Question) -> str:
    if question.answerable:
        return "answerable"
    if "/changed/" in key:
        return "changed"
    return "easy" if "/strange/" in key or "/ooc-" in key else "hard"


def _reading(question: Question, answerer: Answerer) -> Reading:
    search = plan_search(question.question, question.history)
    return answerer.read(search, answerer.search(question.question, question.history), question.history)


def _gold_was_read(question: Question, reading: Reading, answerer: Answerer) -> bool:
    """Return whether some gold evidence overlaps what the model was given to read."""
    paths = {c.sentence.doc_id: answerer.store.documents[c.sentence.doc_id].path for c in reading.chosen}
    return any(
        paths[c.sentence.doc_id] == e.doc and c.sentence.start < e.span[1] and e.span[0] < c.sentence.end
        for c in reading.chosen
        for e in question.evidence
    )


def fit(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return for both gates the stages' coefficients, their thresholds, and how they do on documents left out.

    Answerable questions whose gold evidence the model was not given are left out: there is no right decision on them.
    """
    rows = [row for row in rows if not row["answerable"] or row["read"]]
    plain = [{**row, "signals": {**row["signals"], "yes_log_odds": row["plain_yes_log_odds"]}} for row in rows]
    for row in plain:
        for name in (BY_HEAD, CLAIMED):
            row["signals"].pop(name, None)
    return {
        "n": {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS},
        "sets": {name: sum(row["set"] == name for row in rows) for name in sorted({row["set"] for row in rows})},
        "head": _fit(rows, by_head(BEFORE), (*by_head(AFTER), CLAIMED)),
        "plain": _fit(plain, BEFORE, AFTER),
    }


def by_head(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the signals with the head's word in the place of the model's own."""
    return tuple(BY_HEAD if name == "yes_log_odds" else name for name in names)


def _fit(rows: Sequence[Mapping[str, Any]], before: Sequence[str], after: Sequence[str]) -> dict[str, Any]:
    stated = np.array([row["answerable"] for row in rows])
    record: dict[str, Any] = {"left_out": {}, "ablation": {}}
    for stage, names, share in (("before", before, BEFORE_SHARE), ("after", after, 1.0)):
        values = _values(rows, names)
        left_out = _left_out_probabilities(rows, values, stated)
        model = _fitted(values, stated, _weights(rows))
        thresholds = {
            level: float(np.quantile(left_out[stated], refused * share)) for level, refused in REFUSED_AT_MOST.items()
        }
        record[stage] = {
            "intercept": float(model.intercept_[0]),
            "coefficients": dict(zip(names, map(float, model.coef_[0]), strict=True)),
            "means": dict(zip(names, map(float, values.mean(0)), strict=True)),
            "deviations": dict(zip(names, map(float, values.std(0) + 1e-9), strict=True)),
            "thresholds": thresholds,
        }
        record["left_out"][stage] = _figures(rows, left_out, thresholds)
        record["ablation"][stage] = _ablation(rows, names, stated)
    return record


def _values(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return (n, n_names) signals; one that is not there counts as the mean of the others, as it does for the gate."""
    values = np.array([[row["signals"].get(name, np.nan) for name in names] for row in rows])
    return np.where(np.isnan(values), np.nanmean(values, axis=0), values)


def _weights(rows: Sequence[Mapping[str, Any]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return (n,) weights: answerable and not weigh the same altogether, and easy and hard ones too."""
    kinds = [row["kind"] for row in rows]
    part = {"answerable": 0.5, "hard": 0.2, "changed": 0.1, "easy": 0.2}
    return np.array([part[kind] / kinds.count(kind) * len(rows) for kind in kinds])


def _fitted(values: Any, stated: Any, weights: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    scaled = (values - values.mean(0)) / (values.std(0) + 1e-9)
    return LogisticRegression(C=REGULARISATION, max_iter=2000).fit(scaled, stated, sample_weight=weights)


def _left_out_probabilities(rows: Sequence[Mapping[str, Any]], values: Any, stated: Any) -> Any:
    """Return (n,) probabilities, each from a fit that saw no question of the same document (five parts)."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(rows))
    weights = _weights(rows)
    groups = [row["group"] for row in rows]
    for seen, unseen in GroupKFold(5).split(values, stated, groups):
        mean, deviation = values[seen].mean(0), values[seen].std(0) + 1e-9
        model = _fitted(values[seen], stated[seen], weights[seen])
        found[unseen] = model.predict_proba((values[unseen] - mean) / deviation)[:, 1]
    return found


def _ablation(rows: Sequence[Mapping[str, Any]], names: Sequence[str], stated: Any) -> dict[str, Any]:
    """Return the figures at the balanced level with one signal taken out or put in, one change a row."""
    every = list(dict.fromkeys(name for row in rows for name in row["signals"]))
    changes = {"as used": list(names)}
    changes |= {f"without {name}": [other for other in names if other != name] for name in names}
    changes |= {f"with {name}": [*names, name] for name in every if name not in names}
    table = {}
    for change, used in changes.items():
        values = _values(rows, used)
        left_out = _left_out_probabilities(rows, values, stated)
        threshold = float(np.quantile(left_out[stated], REFUSED_AT_MOST["balanced"]))
        table[change] = _figures(rows, left_out, {"balanced": threshold})
    return table


def _figures(rows: Sequence[Mapping[str, Any]], probabilities: Any, thresholds: Mapping[str, float]) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    kinds = np.array([row["kind"] for row in rows])
    figures: dict[str, Any] = {}
    for kind in KINDS[1:]:
        both = (kinds == "answerable") | (kinds == kind)
        figures[f"auroc_{kind}"] = float(roc_auc_score(kinds[both] == "answerable", probabilities[both]))
    for level, threshold in thresholds.items():
        refused = probabilities < threshold
        figures[level] = {f"refused_{kind}": float(refused[kinds == kind].mean()) for kind in KINDS}
    return figures


if __name__ == "__main__":
    main()
