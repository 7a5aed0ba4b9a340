"""Several people who ask at once, beside the same number one after the other.

    python -m tests.benchmarks.people --folder DIR --rounds 4 --out docs/results/bench-people.json

DIR holds `docs` and `questions.jsonl`. Both ways ask the same questions, each way of a program that was just opened, or
what the other kept of them would count. Throughput is answers a second over all rounds. With `--each N` every person
asks N questions, each as soon as the one before is answered; with one, the longest answer of a round ends alone.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qa.answer import Answerer
from tests.benchmarks.asked import Asked, ask_timed, engine_of, opened, questions_of, seconds
from tests.benchmarks.record import write_record

PEOPLE = (1, 2, 4, 8)
Round = tuple[float, list[Asked]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--each", type=int, default=1, help="questions that every person asks in a round")
    parser.add_argument("--model", help="as article-qa ask takes it")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-people.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    questions, sha256 = questions_of(options.folder, sum(options.people) * options.rounds * options.each)
    measured: dict[str, Any] = {"questions_sha256": sha256, "rounds": options.rounds, "each": options.each}
    for n_people in options.people:
        apart, together = list[Round](), list[Round]()
        for number in range(options.rounds):
            asked = [[questions.pop() for _ in range(options.each)] for _ in range(n_people)]
            ways = ((one_by_one, apart), (at_once, together))
            for way, rounds in ways[:: -1 if number % 2 else 1]:
                answerer = opened(options.folder, options.model)
                measured |= engine_of(answerer)
                rounds.append(way(answerer, asked))
                del answerer  # and with it the engine's process, before the next one is opened
        measured[f"people_{n_people}"] = compared(apart, together)
        print(n_people, measured[f"people_{n_people}"], flush=True)
    write_record(options.out, "tests.benchmarks.people", measured, options.note)


def one_by_one(answerer: Answerer, questions: Sequence[Sequence[str]]) -> Round:
    """Return how long the questions of all people took together, and each by itself."""
    began = time.perf_counter()
    asked = [ask_timed(answerer, question) for own in questions for question in own]
    return time.perf_counter() - began, asked


def at_once(answerer: Answerer, questions: Sequence[Sequence[str]]) -> Round:
    """Return the same for people who do not wait for each other."""
    asked: dict[str, Asked] = {}

    def ask(own: Sequence[str]) -> None:
        for question in own:
            asked[question] = ask_timed(answerer, question)

    people = [threading.Thread(target=ask, args=[own]) for own in questions]
    began = time.perf_counter()
    for person in people:
        person.start()
    for person in people:
        person.join()
    return time.perf_counter() - began, [asked[question] for own in questions for question in own]


def compared(apart: Sequence[Round], together: Sequence[Round]) -> dict[str, Any]:
    """Return throughput, the last one's first word, and how evenly people were served."""
    one_by_one_s, at_once_s = (sum(took for took, _ in rounds) for rounds in (apart, together))
    words = [[one.first_word_s for one in asked if one.first_word_s is not None] for _, asked in together]
    ends = [[one.whole_s for one in asked] for _, asked in together]
    pauses = [pause for _, asked in together for one in asked for pause in one.pauses_s]
    return {
        "one_by_one_s": round(one_by_one_s, 2),
        "at_once_s": round(at_once_s, 2),
        "throughput_ratio": round(one_by_one_s / at_once_s, 2),
        "ratio_of_each_round": [round(a / b, 2) for (a, _), (b, _) in zip(apart, together, strict=True)],
        "first_word": seconds(value for found in words for value in found),
        "first_word_of_the_last": seconds(max(found) for found in words if found),
        "last_end_beside_mean_end": round(max(max(end) / float(np.mean(end)) for end in ends), 2),
        "longest_pause_within_an_answer_s": round(max(pauses, default=0.0), 2),
    }


if __name__ == "__main__":
    main()
