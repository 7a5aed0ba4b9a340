"""Fit what belongs to an answer, too: `python -m qa.fit_further SET... --rows ROWS.jsonl --record RECORD.json`.

Each SET is a folder with `docs/` and `questions.jsonl`. Every answerable question with marked evidence is answered with
the gate open and nothing quoted beside the answer; ROWS keep the sentences that could be, with what is measured of them
and whether they overlap gold evidence (an interrupted run goes on where it stopped). Each is judged by
a fit that saw nothing of its document; all sets weigh the same. further.json is written from all. Needs scikit-learn
and the default model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from qa.answer import Answerer, open_answerer
from qa.converse import plan_search
from qa.fit_gate import open_gate
from qa.further import SECOND, Further, measures
from qa.metrics import Span, contains_answer, n_characters, n_shared, share_overlapping
from qa.questions import Question, read_questions
from qa.settings import Settings

REGULARISATION = 0.3
FOLDS = 8

THRESHOLD = 0.33
"""Least probability of what is quoted: what the citations of SQuAD 2.0 can bear, of which .85 are to be gold."""

THRESHOLDS = (0.2, 0.25, 0.3, 0.4, 0.5)
"""Those that the record shows beside it."""

GROUPS = {
    "what the reader makes of it": ("answered", "answers", "above_cited", "below_best", "figure_answers"),
    "whether it answers better than what is cited": ("answers", "above_cited"),
    "whether it is near what is cited": ("near",),
    "what the search makes of it": ("relative_score",),
    "whether a figure is asked for": ("asks_figure", "figure_answers"),
    "whether the question is open, and how long it is": ("is_open", "n_stems"),
}
"""Measures that the ablation leaves out together."""

Row = Mapping[str, Any]
Array = np.ndarray[Any, np.dtype[np.float64]]


def main() -> None:
    """Collect what is missing, fit, write model and record."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit_further")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    arguments = parser.parse_args()
    for folder in arguments.sets:
        _collect(folder, arguments.rows)
    rows = [json.loads(line) for line in arguments.rows.read_text(encoding="utf-8").splitlines()]
    record, model = fit(rows)
    arguments.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    shipped = json.dumps(asdict(model), indent=1) + "\n"
    Path(__file__).with_name("further.json").write_text(shipped, encoding="utf-8")
    print(json.dumps(record, indent=1))


def _collect(folder: Path, path: Path) -> None:
    """Append the rows of one set that are not there yet."""
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = {json.loads(line)["key"] for line in known}
    questions = [q for q in read_questions(folder / "questions.jsonl") if q.answerable and q.evidence]
    missing = [question for question in questions if f"{folder.name}/{question.id}" not in done]
    if not missing:
        return
    opened = open_answerer(docs=[folder / "docs"], settings=Settings(n_beside=0))
    answerer = Answerer(opened.store, opened.encoder, opened.reader, opened.engine, opened.settings, open_gate())
    with path.open("a", encoding="utf-8") as stream:
        for place, question in enumerate(missing, start=1):
            stream.write(json.dumps(_row(folder.name, question, answerer)) + "\n")
            stream.flush()
            print(f"{folder.name}: {place} of {len(missing)}", file=sys.stderr, flush=True)


def _row(name: str, question: Question, answerer: Answerer) -> dict[str, Any]:
    answer = answerer.ask(question.question, question.history)
    search = plan_search(question.question, question.history)
    reading = answerer.read(search, answerer.search(question.question, question.history), question.history)
    doc_ids = {document.path: document.doc_id for document in answerer.store.documents.values()}
    gold = [Span(doc_ids[one.doc], *one.span) for one in question.evidence if one.doc in doc_ids]
    cited = answer.citations if answer.status == "answered" else ()
    read = answerer.read_question(reading) if answer.status == "answered" else []
    others, told = answerer.beside(reading, read, cited) if read else ((), None)
    found = []
    for other in others:
        sentence = other.candidate.sentence
        span = Span(sentence.doc_id, sentence.start, sentence.end)
        found.append(
            {
                "span": asdict(span),
                "measures": measures(other, told) if told else {},
                "gold": span.overlaps(gold),
                "words": len(sentence.text.split()),
                "holds": bool(contains_answer(sentence.text, question.answers)),
            }
        )
    return {
        "key": f"{name}/{question.id}",
        "set": name,
        "document": question.evidence[0].doc,
        "holds": bool(answer.status == "answered" and contains_answer(answer.text, question.answers)),
        "words": len(answer.text.split()),
        "gold": [asdict(span) for span in gold],
        "cited": [asdict(Span(one.doc_id, one.start, one.end)) for one in cited],
        "others": found,
    }


def fit(rows: Sequence[Row]) -> tuple[dict[str, Any], Further]:
    """Return how the model does on documents left out of the fit, and the model fitted to all."""
    examples = [(row, other) for row in rows for other in row["others"]]
    names = list(examples[0][1]["measures"])
    gold = np.array([other["gold"] for _, other in examples])
    documents = [row["document"] for row, _ in examples]

    sets = [row["set"] for row, _ in examples]
    weights = np.array([len(sets) / len(set(sets)) / sets.count(name) for name in sets])

    def left_out(used: Sequence[str]) -> Array:
        return _left_out(_values(examples, used), gold, weights, documents)

    found = left_out(names)
    record: dict[str, Any] = {
        "n": {"sentences": len(examples), "gold": int(gold.sum())},
        "AUROC": _area(gold, found),
        "threshold": THRESHOLD,
        "before": _figures(rows, np.zeros(len(examples)), 1.0),
        "left out by document": {str(least): _figures(rows, found, least) for least in (THRESHOLD, *THRESHOLDS)},
        "ablation": {},
    }
    for what, names_left_out in GROUPS.items():
        without = left_out([name for name in names if name not in names_left_out])
        record["ablation"][f"without {what}"] = {"AUROC": _area(gold, without)} | _figures(rows, without, THRESHOLD)
    values = _values(examples, names)
    mean, deviation = values.mean(0), values.std(0) + 1e-9
    model = _fitted((values - mean) / deviation, gold, weights)
    numbers = (model.coef_[0], mean, deviation)
    coefficients, means, deviations = (dict(zip(names, map(float, row), strict=True)) for row in numbers)
    return record, Further(float(model.intercept_[0]), coefficients, means, deviations, THRESHOLD)


def _values(examples: Sequence[tuple[Row, Row]], names: Sequence[str]) -> Array:
    return np.array([[other["measures"][name] for name in names] for _, other in examples])


def _fitted(values: Array, gold: Any, weights: Array) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=REGULARISATION, max_iter=1000).fit(values, gold, weights)


def _left_out(values: Array, gold: Any, weights: Array, documents: Sequence[str]) -> Array:
    """Return (n,) probabilities, each from a fit that saw no sentence about the same document."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(gold))
    for seen, unseen in GroupKFold(FOLDS).split(values, gold, documents):
        mean, deviation = values[seen].mean(0), values[seen].std(0) + 1e-9
        model = _fitted((values[seen] - mean) / deviation, gold[seen], weights[seen])
        found[unseen] = model.predict_proba((values[unseen] - mean) / deviation)[:, 1]
    return found


def _area(gold: Any, probabilities: Array) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(gold, probabilities)), 4)


def _figures(rows: Sequence[Row], probabilities: Array, least: float) -> dict[str, Any]:
    """Return for each set what is cited when the likeliest sentences of each question are quoted, from `least` on."""
    chosen = list(_chosen(rows, probabilities, least))
    return {name: _of_set([pair for pair in chosen if pair[0]["set"] == name]) for name in sorted(_sets(rows))}


def _sets(rows: Sequence[Row]) -> set[str]:
    return {row["set"] for row in rows}


def _chosen(rows: Sequence[Row], probabilities: Array, least: float) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each question with the sentences that are quoted for it."""
    place = 0
    for row in rows:
        own = probabilities[place : place + len(row["others"])]
        place += len(own)
        best = zip(np.argsort(-own)[:2], (least, max(least, SECOND)), strict=False)
        yield row, [row["others"][int(n)] for n, enough in best if own[n] >= enough]


def _of_set(chosen: Sequence[tuple[Row, Sequence[Row]]]) -> dict[str, float]:
    added = [other for _, others in chosen for other in others]
    recalls, precisions, overlaps = [], [], []
    for row, others in chosen:
        gold = [Span(**span) for span in row["gold"]]
        cited = [Span(**span) for span in (*row["cited"], *(other["span"] for other in others))]
        shared = n_shared(cited, gold)
        recalls.append(shared / n_characters(gold))
        if cited:
            precisions.append(shared / n_characters(cited))
            overlaps.append(share_overlapping(cited, gold))
    holds = [row["holds"] or any(other["holds"] for other in others) for row, others in chosen]
    words = [row["words"] + sum(other["words"] for other in others) for row, others in chosen]
    return {
        "n": len(chosen),
        "added": len(added),
        "of these gold": sum(other["gold"] for other in added),
        "gold characters cited": round(float(np.mean(recalls)), 4),
        "cited characters gold": round(float(np.mean(precisions)), 4),
        "citations on gold": round(float(np.mean(overlaps)), 4),
        "gold answer contained": round(float(np.mean(holds)), 4),
        "words": round(float(np.mean(words)), 2),
    }


if __name__ == "__main__":
    main()
