"""Prompt lookup beside plain decoding: the same prompts, the same model, answers written by turns.

    python -m tests.benchmarks.lookup --folder DIR --n 40 --out docs/results/bench-lookup.json

DIR holds `docs` and `questions.jsonl`. Both read each prompt before the clock runs, so that the time is that of writing,
from the request to the last token. Both models are in memory, in this process.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.weights import default_cache, fetch, model_named
from qa.answer import open_answerer
from qa.converse import plan_search
from qa.generate import DEFAULT_MODEL, Message
from qa.generate.openvino import LOOKUP_NGRAM, LOOKUP_TOKENS, Batch
from qa.generate.prepared import prepared
from qa.prompt import write_messages
from tests.benchmarks.asked import questions_of, ratio_of_medians, seconds
from tests.benchmarks.record import threads, write_record

MAX_TOKENS = 80


@dataclass(frozen=True, slots=True)
class Written:
    """A reply: its text, its log-probabilities, and the seconds of writing it."""

    text: str
    log_probabilities: tuple[float, ...]
    took_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a name of article-qa models")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-lookup.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    questions, sha256 = questions_of(options.folder, options.n, answerable=True)
    prompts = [_prompt(question, answerer) for answerer in [_searching(options.folder)] for question in questions]
    path = fetch(model_named(options.model), default_cache())
    folder = prepared(path, default_cache())
    writers = {"plain": Batch(path, folder, lookup_tokens=0), "lookup": Batch(path, folder)}
    numbers = itertools.count(1)
    cases: list[dict[str, Written]] = []
    for place, prompt in enumerate(prompts):
        for writer in writers.values():
            write(writer, next(numbers), prompt, 1)
        turn = list(writers) if place % 2 else list(reversed(writers))
        cases.append({name: write(writers[name], next(numbers), prompt, MAX_TOKENS) for name in turn})
    measured: dict[str, Any] = {
        "model": options.model,
        "engine": "openvino-genai",
        "threads": threads(),
        "lookup_ngram": LOOKUP_NGRAM,
        "lookup_tokens": LOOKUP_TOKENS,
        "questions_sha256": sha256,
        **{name: seconds(case[name].took_s for case in cases) for name in writers},
        "plain_beside_lookup": ratio_of_medians(*([case[name].took_s for case in cases] for name in writers)),
        "seconds_in_all": {name: round(sum(case[name].took_s for case in cases), 2) for name in writers},
        "same_text": sum(case["plain"].text == case["lookup"].text for case in cases),
        "n": len(cases),
        "greatest_difference_of_log_probabilities": difference(cases),
        "cases": [{name: [round(case[name].took_s, 4), case[name].text] for name in writers} for case in cases],
    }
    print({name: value for name, value in measured.items() if name != "cases"})
    write_record(options.out, "tests.benchmarks.lookup", measured, options.note)


def _searching(folder: Path) -> Any:
    return open_answerer(docs=[folder / "docs"], with_engine=False)


def _prompt(question: str, answerer: Any) -> tuple[Message, ...]:
    """Return the messages that ask for the answer, as the program makes them."""
    search = plan_search(question, ())
    reading = answerer.read(search, answerer.search(question), ())
    return write_messages(reading.shared, question)


def write(batch: Batch, number: int, prompt: tuple[Message, ...], max_tokens: int) -> Written:
    """Have a reply written to its end."""
    messages = [{"role": message.role, "content": message.content} for message in prompt]
    began = time.perf_counter()
    lines = list(batch.take({"id": number, "messages": messages, "max_tokens": max_tokens}))
    while not batch.is_idle:
        lines += batch.step()
    took = time.perf_counter() - began
    pieces = [line for line in lines if "text" in line]
    return Written("".join(line["text"] for line in pieces), tuple(line["logprob"] for line in pieces), took)


def difference(cases: list[dict[str, Written]]) -> float:
    """Return the greatest difference of what a whole reply's log-probability is, where both have the same text."""
    sums = [
        [sum(case[name].log_probabilities) for name in ("plain", "lookup")]
        for case in cases
        if case["plain"].text == case["lookup"].text
    ]
    return round(float(np.abs(np.diff(np.array(sums), axis=1)).max()), 4) if sums else float("nan")


if __name__ == "__main__":
    main()
