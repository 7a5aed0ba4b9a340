"""Train a head: `python -m qa.fit_check SET... --about ABOUT --written FILE --states FILE --record RECORD.json`.

The written FILE holds, for texts in the documents of the SETs, questions that each text answers and questions that it
only seems to answer, and claims that it states and that it does not (see docs/training/README.md). The default model
reads each text with such a question, or with such a claim behind one of the questions, as it does when it answers. A
logistic head learns from what one of its layers holds then whether the text answers the question (ABOUT is `answer`) or
states the claim (`claim`); one document in ten is kept out and judged. States are kept: an interrupted run goes on
where it stopped. Needs scikit-learn; about an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.load import load_paths
from embeddings.manifest import file_sha256
from embeddings.types import Document, Sentence
from embeddings.weights import default_cache, fetch, model_named
from qa.evidence import Candidate
from qa.generate import DEFAULT_MODEL, About, Message
from qa.generate.check_head import WEIGHTS, Head, write_head
from qa.generate.openvino import PromptTokens
from qa.generate.prepared import prepared
from qa.generate.states import States
from qa.prompt import check_messages, claim_messages, shared_text

SEED = 3
LAYERS = (17, 19, 21)
LAYER = 21
"""The layer of the head that ships; the record says how the others do."""

REGULARISATION = 1e-6
"""So strong that the weights are nearly the difference of the means: what carries over best to other documents."""

WITH_ANOTHER = 0.6
"""How often another text of the same document is read, too, as in an answer."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Written:
    """A text in a document with questions and claims, each with whether the text answers or states it."""

    document: Document
    span: tuple[int, int]
    questions: tuple[tuple[str, bool], ...]
    claims: tuple[tuple[str, bool], ...] = ()

    def told(self, about: About) -> tuple[tuple[str, bool], ...]:
        """Return what a head about that learns from."""
        return self.questions if about == "answer" else self.claims


def main() -> None:
    """Collect the states that are missing, fit, judge, write head and record."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit_check")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--about", choices=("answer", "claim"), default="answer")
    parser.add_argument("--written", type=Path, required=True)
    parser.add_argument("--states", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=None, help="use so many of the texts")
    parser.add_argument("--beside", type=int, default=None, help="choose what is read beside them among so many")
    arguments = parser.parse_args()
    found = read_written(arguments.written, arguments.sets)
    written, beside = found[: arguments.texts], found[: arguments.beside]
    model = fetch(model_named(DEFAULT_MODEL), default_cache())
    folder = prepared(model, default_cache())
    if folder is None:
        sys.exit("there is no room to prepare the model")
    states = States(model, folder, LAYERS)
    about: About = arguments.about
    seen = _collected(written, beside, states, arguments.states, about)
    head, record = fit(written, seen, file_sha256(model), states.tokens, about)
    record |= {"sets": [folder.name for folder in arguments.sets], "texts": len(written), "beside": len(beside)}
    write_head(head, WEIGHTS[about])
    arguments.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


def read_written(path: Path, sets: Sequence[Path]) -> list[Written]:
    """Return what was written for the documents of the sets, in a chosen order."""
    documents = {
        (folder.name, document.path): document
        for folder in sets
        for document in load_paths([folder / "docs"]).documents
    }
    found = []
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if document := documents.get((line["set"], line["document"])):
            span = (line["start"], line["end"])
            questions, claims = (
                (*((text, True) for text in line[holds]), *((text, False) for text in line[fails]))
                for holds, fails in (("answered", "unanswered"), ("stated", "unstated"))
            )
            found.append(Written(document, span, questions, claims))
    random.Random(SEED).shuffle(found)
    return found


def prompts_of(
    item: Written, others: Sequence[Written], chosen: random.Random, about: About = "answer"
) -> list[tuple[Message, ...]]:
    """Return the check of each question, or of each claim behind a question, of the text alone or beside another one of
    its document.
    """
    read = [item]
    if (beside := [other for other in others if other is not item]) and chosen.random() < WITH_ANOTHER:
        read.insert(chosen.choice((0, 1, 1)), chosen.choice(beside))
    candidates = [_candidate(place, one) for place, one in enumerate(read)]
    titles = {item.document.doc_id: item.document.title}
    if about == "answer":
        return [check_messages(shared_text(question, candidates, titles)) for question, _ in item.questions]
    shared = shared_text(chosen.choice(item.questions)[0], candidates, titles)
    return [claim_messages(shared, claim) for claim, _ in item.claims]


def _candidate(place: int, item: Written) -> Candidate:
    start, end = item.span
    sentence = Sentence(item.document.doc_id, start, end, item.document.text[start:end])
    return Candidate(sentence, np.zeros(1, np.float32), 0.0, 0.0, -float(place))


def _collected(
    written: Sequence[Written], beside: Sequence[Written], states: States, path: Path, about: About
) -> Array:
    """Return (n_prompts, n_layers, dim) states in the order of `written`; those at hand are taken from the file.

    The file is of one `about` and one choice of `beside`, whose texts are read beside others of their document.
    """
    found = list(np.load(path)["states"]) if path.exists() else []
    by_document: dict[str, list[Written]] = {}
    for item in beside:
        by_document.setdefault(item.document.doc_id, []).append(item)
    began, n_before = time.perf_counter(), 0
    for place, item in enumerate(written):
        n_before += len(item.told(about))
        if n_before <= len(found):
            continue
        chosen = random.Random(f"{SEED} {place}")
        found.extend(
            states.behind(prompts_of(item, by_document.get(item.document.doc_id, []), chosen, about)).astype(np.float16)
        )
        if place % 50 == 49 or place + 1 == len(written):
            np.savez(path, states=np.stack(found))
            print(f"{place + 1} of {len(written)} texts, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return np.stack(found[:n_before]).astype(np.float32)


def fit(
    written: Sequence[Written], states: Array, model_sha256: str, tokens: PromptTokens, about: About
) -> tuple[Head, dict[str, Any]]:
    """Return the head, and how heads on each layer do on what was written for every tenth document, unseen by them."""
    holds = np.array([holds for item in written for _, holds in item.told(about)])
    documents = [item.document.doc_id for item in written for _ in item.told(about)]
    kept_out = set(sorted(set(documents))[::10])
    unseen = np.array([document in kept_out for document in documents])
    areas = {}
    for place, layer in enumerate(LAYERS):
        weights, bias = _fitted(states[~unseen, place], holds[~unseen])
        areas[str(layer)] = _area(holds[unseen], _unit(states[unseen, place]) @ weights + bias)
    weights, bias = _calibrated(states[:, LAYERS.index(LAYER)], holds, documents)
    (yes,), (no,) = tokens.of("Yes"), tokens.of("No")
    last = tokens.of_prompt(check_messages(""))[-1]
    record = {
        "seed": SEED,
        "layer": LAYER,
        "regularisation": REGULARISATION,
        "about": about,
        "true": int(holds.sum()),
        "false": int((~holds).sum()),
        "AUROC by layer, unseen documents": areas,
    }
    return Head(weights, bias, LAYER, yes, no, last, model_sha256), record


def _unit(states: Array) -> Array:
    found: Array = states / np.linalg.norm(states, axis=-1, keepdims=True)
    return found


def _fitted(states: Array, holds: npt.NDArray[np.bool_]) -> tuple[Array, float]:
    """Return weights (dim,) and bias over unit states."""
    from sklearn.linear_model import LogisticRegression

    rows = _unit(states)
    mean, deviation = rows.mean(0), rows.std(0) + 1e-7
    model = LogisticRegression(C=REGULARISATION, max_iter=1000, tol=1e-8, class_weight="balanced")
    model.fit((rows - mean) / deviation, holds)
    weights = (model.coef_[0] / deviation).astype(np.float32)
    return weights, float(model.intercept_[0] - mean @ weights)


def _calibrated(states: Array, holds: npt.NDArray[np.bool_], documents: Sequence[str]) -> tuple[Array, float]:
    """Return weights and bias whose values are log-odds: scaled by those of questions on documents left out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    left_out = np.zeros(len(holds))
    for seen, unseen in GroupKFold(5).split(states, holds, documents):
        weights, bias = _fitted(states[seen], holds[seen])
        left_out[unseen] = _unit(states[unseen]) @ weights + bias
    size = float(left_out.std())
    scale = LogisticRegression(C=1e6, class_weight="balanced").fit(left_out[:, None] / size, holds)
    weights, bias = _fitted(states, holds)
    slope = float(scale.coef_[0, 0]) / size
    return weights * np.float32(slope), bias * slope + float(scale.intercept_[0])


def _area(holds: Any, log_odds: Any) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(holds, log_odds)), 4)


if __name__ == "__main__":
    main()
