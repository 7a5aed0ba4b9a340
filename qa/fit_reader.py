"""Train the reader: `python -m qa.fit_reader SET... --said SAID.jsonl --record RECORD.json` writes reader.safetensors.

Each SET is a folder with `docs/` and `questions.jsonl`. What the engine writes from their sentences is kept in SAID (an
interrupted run goes on where it stopped), then the encoder's transformer is trained on the examples that
`qa.reader_data` makes of it. One document in ten is kept out and judged. What training changed is cut to RANK
directions a matrix, so that it ships as a few megabytes beside the encoder's own weights. Needs torch and scikit-learn;
about an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.cross_encode import BASE, MAX_FIRST, STRANGE, changed, cross_module
from embeddings.load import load_paths
from embeddings.tokens import PairTokens
from embeddings.types import Document
from embeddings.weights import default_cache, fetch, model_named
from qa.generate import open_engine
from qa.questions import read_questions
from qa.reader import WEIGHTS
from qa.reader_data import (
    Example,
    Text,
    balance,
    examples_of,
    examples_of_question,
    said_in,
    say_all,
    text_of,
    worth_saying,
)

SEED = 11
MOST_SENTENCES = 40
"""Sentences taken of a document; short documents give LEAST_PART of theirs."""

EPOCHS, BATCH, RATE = 2, 32, 2e-4
MAX_TOKENS = 192
RANK = 32
STRANGE_WEIGHT = 3.0
"""How much heavier an exchanged token weighs than one of the others, which are many more."""

COLUMNS = {"stated": 0, "answered": 1}


def main() -> None:
    """Have the engine write what is missing, train, judge, write weights and record."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit_reader")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--said", type=Path, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=1500, help="sentences for the engine to say again")
    parser.add_argument("--without", nargs="*", type=Path, default=[], help="sets whose documents are left out")
    arguments = parser.parse_args()
    texts = _texts(arguments.sets, _titles(arguments.without))
    _say(texts, arguments.said, arguments.sentences)
    seen, unseen = _examples(texts, arguments.said, arguments.sets)
    record = {"sets": [folder.name for folder in arguments.sets], "seed": SEED, "rank": RANK, "epochs": EPOCHS}
    record |= {"seen": _counts(seen), "unseen": _counts(unseen)}
    record["judged on unseen documents"] = _train(seen, unseen, WEIGHTS)
    arguments.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


Key = tuple[str, str]


def _titles(folders: Sequence[Path]) -> set[str]:
    return {document.title.lower() for folder in folders for document in load_paths([folder / "docs"]).documents}


def _texts(folders: Sequence[Path], without: set[str]) -> dict[Key, tuple[Document, Text]]:
    return {
        (folder.name, document.path): (document, text_of(document))
        for folder in folders
        for document in load_paths([folder / "docs"]).documents
        if document.title.lower() not in without
    }


def _say(texts: Mapping[Key, tuple[Document, Text]], path: Path, n_sentences: int) -> None:
    """Append to `path` what the engine writes from sentences that are not there yet, up to `n_sentences` in all."""
    done = _lines(path)
    chosen = random.Random(SEED)
    asked = [
        (key, place, sentence)
        for key, (_, text) in texts.items()
        for place, sentence in worth_saying(text, min(MOST_SENTENCES, 1 + len(text.sentences) // 8), chosen)
        if sentence not in {line["sentence"] for line in done}
    ]
    chosen.shuffle(asked)
    asked = asked[: max(0, n_sentences - len(done))]
    if not asked:
        return
    engine = open_engine(None)
    with path.open("a", encoding="utf-8") as stream:
        written = say_all([sentence for _, _, sentence in asked], engine)
        for (key, _, sentence), text in zip(asked, written, strict=True):
            line = {"set": key[0], "document": key[1], "sentence": sentence, "written": text}
            stream.write(json.dumps(line) + "\n")
            stream.flush()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _examples(
    texts: Mapping[Key, tuple[Document, Text]], said: Path, folders: Sequence[Path]
) -> tuple[list[Example], list[Example]]:
    """Return the examples to train on, and those of every tenth document."""
    for line in _lines(said):
        _, text = texts.get((line["set"], line["document"]), (None, None))
        if text is None or line["sentence"] not in text.sentences:
            continue
        place = text.sentences.index(line["sentence"])
        if made := said_in(place, line["sentence"], line["written"]):
            text.said.append(made)
    seen: list[Example] = []
    unseen: list[Example] = []
    for number, (_, text) in enumerate(texts.values()):
        (unseen if number % 10 == 9 else seen).extend(examples_of(text, SEED))
    for folder in folders:
        for question in read_questions(folder / "questions.jsonl"):
            if question.evidence and (found := texts.get((folder.name, question.evidence[0].doc))):
                seen.extend(examples_of_question(question, found[0], SEED))
    random.Random(SEED).shuffle(seen)
    return seen, unseen


def _counts(examples: Sequence[Example]) -> dict[str, int]:
    return {f"{task}, {'true' if holds else 'false'}": n for (task, holds), n in sorted(balance(examples).items())}


Row = tuple[list[int], list[int], list[float], int, float]
"""Token ids, their types, for each token whether it is strange (-1: not known), the task's column, whether it holds."""


def _rows(examples: Sequence[Example], tokens: PairTokens) -> Iterator[Row]:
    read = tokens.with_spans([(example.first, example.second) for example in examples])
    for example, (ids, types, spans) in zip(examples, read, strict=True):
        known = example.strange is not None
        strange = [_is_strange(span, example.strange or ()) if known else -1.0 for span in spans[:MAX_FIRST]]
        marked = [-1.0, *strange, *([-1.0] * (len(ids) - len(strange) - 1))]
        yield ids, types, marked, COLUMNS[example.task], float(example.holds)


def _is_strange(span: tuple[int, int], strange: Sequence[tuple[int, int]]) -> float:
    return float(any(start < span[1] and span[0] < end for start, end in strange))


def _train(seen: Sequence[Example], unseen: Sequence[Example], path: Path) -> dict[str, float]:
    """Train on `seen`, write the changes to `path`, return how the changed encoder does on `unseen`."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(SEED)
    base = fetch(model_named(BASE), default_cache())
    tokens = PairTokens(base, MAX_FIRST, MAX_TOKENS)
    module = cross_module(base)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    module.tokens = True
    for parameter in module.bert.embeddings.parameters():
        parameter.requires_grad = False
    rows = list(_rows(seen, tokens))
    _fit(module, rows, _step_of(module, EPOCHS * len(rows) // BATCH))
    changes = _changes(before, module.state_dict())
    save_file(changes, path)
    module.load_state_dict(changed(before, changes))
    return _judge(module, list(_rows(unseen, tokens)))


def _step_of(module: Any, n_steps: int) -> Callable[[Any], None]:
    """Return what moves the weights against a loss: AdamW, a warm-up, then a rate that falls in a line to nothing."""
    import torch

    moved = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(moved, lr=RATE, weight_decay=0.01)
    warm_up = 0.06 * n_steps + 1
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / warm_up) * max(0.02, 1.0 - step / n_steps)
    )

    def step(loss: Any) -> None:
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(moved, 1.0)
        optimizer.step()
        rate.step()

    return step


def _fit(module: Any, rows: Sequence[Row], step: Callable[[Any], None]) -> None:
    import torch

    module.train()
    chosen, began, done = random.Random(SEED), time.perf_counter(), 0
    for _ in range(EPOCHS):
        for batch in _batches(rows, chosen):
            with torch.autocast("cpu", torch.bfloat16):
                pairs, strange = module(*_tensors(batch))
            step(_loss(pairs.float(), strange.float(), batch))
            done += 1
            if done % 50 == 0:
                seconds = time.perf_counter() - began
                print(f"{done} of {EPOCHS * len(rows) // BATCH} steps, {seconds:.0f} s", file=sys.stderr, flush=True)


def _batches(rows: Sequence[Row], chosen: random.Random) -> Iterator[list[Row]]:
    """Yield all rows once, in batches of like length in a chosen order."""
    order = list(range(len(rows)))
    chosen.shuffle(order)
    for start in range(0, len(order), 20 * BATCH):
        near = sorted(order[start : start + 20 * BATCH], key=lambda place: len(rows[place][0]))
        batches = [near[place : place + BATCH] for place in range(0, len(near), BATCH)]
        chosen.shuffle(batches)
        yield from ([rows[place] for place in batch] for batch in batches)


def _tensors(batch: Sequence[Row]) -> tuple[Any, Any, Any]:
    """Return (n, width) token ids, types and mask."""
    import torch

    width = max(len(row[0]) for row in batch)
    ids, types, mask = (torch.zeros(len(batch), width, dtype=torch.int64) for _ in range(3))
    for place, row in enumerate(batch):
        ids[place, : len(row[0])] = torch.tensor(row[0])
        types[place, : len(row[1])] = torch.tensor(row[1])
        mask[place, : len(row[0])] = 1
    return ids, types, mask


def _loss(pairs: Any, strange: Any, batch: Sequence[Row]) -> Any:
    """Return the cross-entropy of the pairs, and that of the tokens of which it is known whether they are strange."""
    import torch

    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    column = torch.tensor([row[3] for row in batch])
    loss = entropy(pairs.gather(1, column[:, None]).squeeze(1), torch.tensor([row[4] for row in batch]))
    known = torch.full(strange.shape, -1.0)
    for place, row in enumerate(batch):
        known[place, : len(row[2])] = torch.tensor(row[2])
    if (known >= 0).any():
        weight = torch.tensor(STRANGE_WEIGHT)
        loss = loss + entropy(strange[known >= 0], known[known >= 0], pos_weight=weight)
    return loss


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs, in half precision: matrices of the transformer by RANK directions, all else whole."""
    import torch

    changes = {}
    for name, value in after.items():
        if torch.equal(value, before[name]):
            continue
        if name.startswith("bert.") and value.ndim == 2:
            left, sizes, right = torch.linalg.svd(value - before[name], full_matrices=False)
            changes[f"{name}.up"] = (left[:, :RANK] * sizes[:RANK]).half().contiguous()
            changes[f"{name}.down"] = right[:RANK].half().contiguous()
        else:
            changes[name] = value.half()
    return changes


def _judge(module: Any, rows: Sequence[Row]) -> dict[str, float]:
    """Return the area under the ROC curve of each task, and that of the strangest token among claims."""
    import torch
    from sklearn.metrics import roc_auc_score

    module.eval()
    module.tokens = False
    found = np.zeros((len(rows), 3), np.float32)
    with torch.no_grad():
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            found[start : start + len(batch)] = module(*_tensors(batch)).float().numpy()
    columns, holds = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    areas = {
        f"AUROC, {task}": float(roc_auc_score(holds[columns == column], found[columns == column, column]))
        for task, column in COLUMNS.items()
    }
    claims = columns == COLUMNS["stated"]
    return areas | {"AUROC, strangest word": float(roc_auc_score(1 - holds[claims], found[claims, STRANGE]))}


if __name__ == "__main__":
    main()
