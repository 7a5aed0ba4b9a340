"""Fit the support check: `python -m qa.fit_support SET... --rows ROWS.jsonl --record RECORD.json` writes support.json.

Each SET is a folder with `docs/` and `questions.jsonl`; ROWS hold answers as `qa.fit_gate` collects them. True
sentences are those of written answers that hold the gold answer, and gold answers of whole sentences. False ones are
their variants (`qa.false_variants`, three seeds). All are matched with the sentences that a search for their question
finds. Each sentence is judged by a fit that saw nothing of its document, and each set by one that saw nothing of the
set. Fitted are two models: one for where a trained head of the model that writes hears each claim ("head"), and one for
all others ("plain"). Reader and head were trained on other documents. Needs scikit-learn and the default model.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.sentences import split_sentences
from qa.answer import Answerer, Reading, open_answerer
from qa.cite import Claim, best_sources, has_the_words, measured, sources_of, told_apart
from qa.converse import plan_search
from qa.false_variants import KINDS, variants
from qa.metrics import contains_answer
from qa.questions import Question, read_questions
from qa.support import ALIKE, HEARD

TRUE = "true"
SEEDS = (0, 1, 2)
ACCEPTED = 0.90
"""Part of the true sentences that is accepted, on documents left out of the fit."""

REGULARISATION = 0.3
WORDS = range(5, 41)
"""Words of a gold answer's sentence that is taken as a claim."""

GROUPS = {
    "the head": (HEARD,),
    "the reader": ("stated", "strange", "stated_alike"),
    "how the claim lies on its source": (
        *("same", "replaced", "replacements", "moved", "added", "denials", "exchanged"),
        *(f"{name}_alike" for name in ALIKE),
    ),
}
"""Measures that the ablation leaves out together."""


@dataclass(frozen=True, slots=True)
class Example:
    """A claim with what is measured of it; whether its sources have its `numbers`, and its `words`."""

    set: str
    document: str
    kind: str
    measured: Mapping[str, float]
    numbers: bool
    words: bool


def main() -> None:
    """Collect, fit, write model and record."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit_support")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.rows.read_text(encoding="utf-8").splitlines()]
    examples = [example for folder in arguments.sets for example in _examples(folder, rows)]
    record, shipped = fit(examples)
    arguments.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    Path(__file__).with_name("support.json").write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


def _examples(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[Example]:
    """Yield the true sentences of a set and their false variants, measured."""
    answerer = open_answerer(docs=[folder / "docs"])
    written: dict[str, list[str]] = {}
    for row in rows:
        written.setdefault(row["key"], []).append(row["text"])
    for question in read_questions(folder / "questions.jsonl"):
        sentences = sorted(_true_sentences(question, written.get(f"{folder.name}/{question.id}", ())))
        if not sentences:
            continue
        search = plan_search(question.question, question.history)
        reading = answerer.read(search, answerer.search(question.question, question.history), question.history)
        path = question.evidence[0].doc
        text = next(document.text for document in answerer.store.documents.values() if document.path.endswith(path))
        for sentence in sentences:
            false = [(v.kind, v.text) for seed in SEEDS for v in variants(sentence, text, seed)]
            for kind, claim in [(TRUE, sentence), *dict.fromkeys(false)]:
                yield _measured(folder.name, path, kind, claim, reading, answerer)
        print(f"{folder.name}: {question.id}", file=sys.stderr, flush=True)


def _true_sentences(question: Question, written: Sequence[str]) -> set[str]:
    """Return sentences that are true by the gold answers: of an answer that holds one, and whole gold sentences."""
    if not question.answerable or not question.evidence:
        return set()
    found = {
        sentence for text in written for sentence in _sentences(text) if contains_answer(sentence, question.answers)
    }
    gold = {sentence for text in question.answers[:1] for sentence in _sentences(text)}
    return found | {sentence for sentence in gold if len(sentence.split()) in WORDS and sentence.endswith(".")}


def _sentences(text: str) -> list[str]:
    spans = [" ".join(text[start:end].split()) for start, end in split_sentences(text)]
    return [sentence for sentence in spans if sentence and not sentence.startswith("“")]


def _measured(name: str, path: str, kind: str, text: str, reading: Reading, answerer: Answerer) -> Example:
    claim = Claim.of(text, reading.question, answerer.vectors.of([text])[0], answerer.weigh)
    chosen = best_sources(claim, sources_of(reading.candidates, reading.titles))
    stand, words = not told_apart(text, chosen), has_the_words(claim, chosen)
    heard = answerer.hear(reading, text, threading.Event())
    return Example(name, path, kind, measured(claim, chosen, answerer.reader, heard), stand, words)


def fit(examples: Sequence[Example]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record of both fits, and the models as they ship."""
    record, shipped = dict[str, Any](), dict[str, Any]()
    for which in ("head", "plain"):
        names = [name for name in examples[0].measured if which == "head" or name != HEARD]
        record[which], shipped[which] = _fit(examples, names)
    return record, shipped


def _fit(examples: Sequence[Example], names: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record of a fit to the measures with these names, and the model as it ships."""
    values = np.array([[example.measured[name] for name in names] for example in examples])
    true = np.array([example.kind == TRUE for example in examples])
    numbers = np.array([example.numbers for example in examples])
    found = _left_out(examples, values)
    threshold = _threshold(found, true & numbers, true)
    has_words = np.array([example.words for example in examples])
    record: dict[str, Any] = {
        "n": {kind: sum(example.kind == kind for example in examples) for kind in (TRUE, *KINDS)},
        "threshold": threshold,
        "words, numbers, names and negations alone": _figures(examples, has_words),
        "with the model, left out by document": _figures(examples, numbers & (found >= threshold)),
        "left out by set": {},
        "ablation": {},
    }
    sets = np.array([example.set for example in examples])
    for name in sorted(set(sets)):
        part = sets == name
        record["left out by set"][name] = {
            "words alone": _figures(examples, has_words, part),
            "by document": _figures(examples, numbers & (found >= threshold), part),
        }
        if not part.all():
            of_others = _probabilities(_fitted(values[~part], true[~part]), values)
            record["left out by set"][name]["by set"] = _figures(examples, numbers & (of_others >= threshold), part)
    for what, names_left_out in GROUPS.items():
        if not set(names_left_out) & set(names):
            continue
        columns = [place for place, name in enumerate(names) if name not in names_left_out]
        found = _left_out(examples, values[:, columns])
        accepted = numbers & (found >= _threshold(found, true & numbers, true))
        record["ablation"][f"without {what}"] = _figures(examples, accepted)
    shipped = _shipped(_fitted(values, true), names, threshold)
    left_out = record["with the model, left out by document"]
    return record, {**shipped, "accepted": left_out["true, accepted"], "told": left_out["false, not accepted"]}


def _threshold(probabilities: Any, may_be: Any, true: Any) -> float:
    """Return the probability from which at least ACCEPTED of the true ones are; those that `may_be` not never are."""
    return float(np.quantile(np.where(may_be, probabilities, -1.0)[true], 1.0 - ACCEPTED, method="lower"))


def _left_out(examples: Sequence[Example], values: Any) -> Any:
    """Return (n,) probabilities, each from a fit that saw no sentence about the same document."""
    from sklearn.model_selection import GroupKFold

    true = np.array([example.kind == TRUE for example in examples])
    found = np.zeros(len(examples))
    for seen, unseen in GroupKFold(8).split(values, true, [f"{e.set}/{e.document}" for e in examples]):
        found[unseen] = _probabilities(_fitted(values[seen], true[seen]), values[unseen])
    return found


def _probabilities(model: Any, values: Any) -> Any:
    return model.predict_proba(values)[:, 1]


def _fitted(values: Any, true: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    weights = np.where(true, 0.5 / true.mean(), 0.5 / (1.0 - true.mean()))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=3000))
    return model.fit(values, true, logisticregression__sample_weight=weights)


def _figures(examples: Sequence[Example], accepted: Any, part: Any = None) -> dict[str, Any]:
    """Return which part of the true sentences is accepted, and of each kind of false ones not, and in all."""
    part = np.ones(len(examples), bool) if part is None else part
    kinds = np.array([example.kind for example in examples])
    figures: dict[str, Any] = {"true, accepted": float(accepted[part & (kinds == TRUE)].mean())}
    for kind in KINDS:
        if (some := part & (kinds == kind)).any():
            figures[f"{kind}, not accepted"] = float((~accepted[some]).mean())
    figures["false, not accepted"] = float((~accepted[part & (kinds != TRUE)]).mean())
    return figures


def _shipped(model: Any, names: Sequence[str], threshold: float) -> dict[str, Any]:
    scaler, logistic = model.steps[0][1], model.steps[1][1]
    return {
        "intercept": float(logistic.intercept_[0]),
        "coefficients": dict(zip(names, map(float, logistic.coef_[0]), strict=True)),
        "means": dict(zip(names, map(float, scaler.mean_), strict=True)),
        "deviations": dict(zip(names, map(float, scaler.scale_), strict=True)),
        "threshold": threshold,
    }


if __name__ == "__main__":
    main()
