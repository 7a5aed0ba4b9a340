"""How much memory the whole program takes, at most and when it has settled, and which part takes how much.

    python -m tests.benchmarks.memory --folder DIR --n 200 --out docs/results/bench-memory.json

DIR holds `docs` and `questions.jsonl`. Parts are opened one after the other, and each counts what this process and its child
hold more than before. The engine keeps what it read, up to CACHE_BYTES of qa.generate.openvino: what is held grows until that is
full, and stands beside each twentieth question. No question is asked twice, since what was kept of it would
serve again. Mapped files, the model's weights among them, are counted while they are in memory; the system may take their
room for others at any time, so what is held without them stands beside. Linux only.
"""

from __future__ import annotations

import argparse
import itertools
import os
from pathlib import Path
from typing import Any

from tests.benchmarks.record import write_record

EACH = 20
"""After so many questions it is looked at again what is held; and so many the encoder and the reader begin with."""

FIELDS = {"VmRSS": "resident", "RssAnon": "without_files", "VmHWM": "at_most"}
Memory = dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--n", type=int, default=200, help="questions, each asked once")
    parser.add_argument("--model", help="as article-qa ask takes it")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-memory.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    steps: dict[str, Memory] = {"interpreter": held()}

    from embeddings.build import cached_store
    from embeddings.encode import open_encoder
    from embeddings.store import Store
    from embeddings.weights import default_cache
    from qa.answer import Answerer
    from qa.generate import open_engine
    from qa.reader import open_reader
    from tests.benchmarks.asked import ask_timed, engine_of, questions_of

    questions, sha256 = questions_of(options.folder, options.n)
    steps["libraries of the program"] = held()
    encoder = open_encoder(device="cpu")
    encoder.encode(questions[:EACH])
    steps["encoder"] = held()
    store = Store.open(cached_store([options.folder / "docs"], encoder, cache=default_cache())[0], encoder)
    reader = open_reader()
    searching = Answerer(store, encoder, reader, None)
    for question in questions:
        searching.search(question)
    steps["store, after searches"] = held()
    reader.read([(question, question) for question in questions[:EACH]])
    steps["reader"] = held()
    answerer = Answerer(store, encoder, reader, open_engine(options.model))
    steps["engine, loaded"] = held()
    answerer.warm_up()
    steps["engine, after its first token"] = held()
    grown: dict[int, Memory] = {}
    for number, question in enumerate(questions, start=1):
        ask_timed(answerer, question)
        if number % EACH == 0:
            grown[number] = held()
    steps["answers kept by the engine"] = held()

    from qa.ui.page import build_page

    build_page(answerer)
    steps["page"] = held()
    measured = {
        **engine_of(answerer),
        "questions_sha256": sha256,
        "n": options.n,
        **told(steps),
        "after_questions_mb": in_mb(grown),
    }
    print(measured)
    write_record(options.out, "tests.benchmarks.memory", measured, options.note)


def held() -> Memory:
    """Return the kilobytes that this process and its children hold."""
    found = dict.fromkeys(FIELDS.values(), 0)
    for process in _family(os.getpid()):
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
        stated = dict(line.split(":", 1) for line in lines if ":" in line)
        for field, name in FIELDS.items():
            found[name] += int(stated[field].split()[0])
    return found


def _family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task").glob("*/children")
    numbers = [int(number) for file in children for number in file.read_text(encoding="ascii").split()]
    return [process, *(member for number in numbers for member in _family(number))]


def in_mb(grown: dict[int, Memory]) -> dict[str, dict[str, float]]:
    """Return by number of questions the megabytes that are held after them."""
    return {str(n): {name: round(held / 1024, 1) for name, held in then.items()} for n, then in grown.items()}


def told(steps: dict[str, Memory]) -> dict[str, Any]:
    """Return the whole in megabytes, settled and at most, and what each step added."""
    rows = list(steps.items())
    parts = {
        name: {field: round((now[field] - before[field]) / 1024, 1) for field in ("resident", "without_files")}
        for (_, before), (name, now) in itertools.pairwise(rows)
    }
    first, last = rows[0][1], rows[-1][1]
    parts["interpreter"] = {field: round(first[field] / 1024, 1) for field in ("resident", "without_files")}
    return {"whole_mb": {name: round(n / 1024, 1) for name, n in last.items()}, "parts_mb": parts}


if __name__ == "__main__":
    main()
