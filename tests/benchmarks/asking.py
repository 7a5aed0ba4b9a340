"""How long a question takes: to its passages, to the first word, to the end; first time, and where it was seen before.

    python -m tests.benchmarks.asking --folder DIR --n 40 --out docs/results/bench-asking.json

DIR holds `docs` and `questions.jsonl`. Every question is asked as the first about its passages, then in other words (the
engine has kept what it computed for the passages that are chosen again), then once more as it was. The very first
question, for which more has to be done once, stands apart.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.asked import ask_timed, engine_of, opened, questions_of, ratio_of_medians, told
from tests.benchmarks.record import write_record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--model", help="as article-qa ask takes it")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-asking.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    questions, sha256 = questions_of(options.folder, options.n + 1)
    answerer = opened(options.folder, options.model)
    very_first = ask_timed(answerer, questions[0])
    first = [ask_timed(answerer, question) for question in questions[1:]]
    # In another order, so that what was asked just before is not what is kept.
    order = random.Random(1).sample(range(len(first)), len(first))
    reworded = [ask_timed(answerer, in_other_words(first[n].question)) for n in order]
    again = [ask_timed(answerer, first[n].question) for n in order]
    firsts = [first[n] for n in order]
    measured = {
        **engine_of(answerer),
        "questions_sha256": sha256,
        "very_first": asdict(very_first),
        "first_time": told(first),
        "in_other_words": told(reworded),
        "again": told(again),
        "first_time_beside_again": ratio_of_medians([one.whole_s for one in firsts], [one.whole_s for one in again]),
        "same_text_again": sum(one.text == other.text for one, other in zip(firsts, again, strict=True)),
        "cases": [asdict(one) for one in first],
    }
    print({name: value for name, value in measured.items() if name != "cases"})
    write_record(options.out, "tests.benchmarks.asking", measured, options.note)


def in_other_words(question: str) -> str:
    """Return the same question with a few words around it."""
    return f"Please tell me: {question}"


if __name__ == "__main__":
    main()
