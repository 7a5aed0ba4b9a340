"""How soon a command starts: --help, search, and ask from nothing to its first word; from a cold disk and from a warm one.

    python -m tests.benchmarks.starting --folder DIR --rounds 5 --out docs/results/bench-starting.json

DIR holds `docs` and `questions.jsonl`. Each command runs in a process of its own on a store that is built, as a person in a
terminal would see it (a pseudo-terminal, so POSIX only). Cold: the system was told to forget all files that it has read,
which only its administrator may do; otherwise those of the caches and libraries alone.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from embeddings.weights import default_cache
from tests.benchmarks.asked import engine_of, opened, questions_of, seconds
from tests.benchmarks.record import uncached, write_record

SCRIPT = "import sys; from qa.cli import main; sys.exit(main())"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")
BEFORE = re.compile(r"\A\s*\d+ passages? found in .*?\n(  \d+\. .*\n){0,3}", re.ASCII)
"""What a terminal shows before the answer: what was found, and how the best begin."""

DROP = Path("/proc/sys/vm/drop_caches")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", help="as article-qa ask takes it")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-starting.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    questions, sha256 = questions_of(options.folder, 1, answerable=True)
    documents = ["--docs", str(options.folder / "docs")]
    model = ["--model", options.model] if options.model else []
    commands = {
        "help": ["--help"],
        "search": ["search", questions[0], *documents],
        "ask": ["ask", questions[0], *documents, *model],
    }
    run(commands["ask"])  # builds the store and prepares the models where they are not
    measured: dict[str, Any] = {
        "question": questions[0],
        "questions_sha256": sha256,
        "all_files_forgotten": os.access(DROP, os.W_OK),
    }
    for name, command in commands.items():
        for state in ("cold", "warm"):
            rounds = []
            for _ in range(options.rounds):
                if state == "cold":
                    forget()
                rounds.append(run(command))
            measured[f"{name}_{state}"] = told(rounds)
            print(name, state, measured[f"{name}_{state}"], flush=True)
    measured |= engine_of(opened(options.folder, options.model))
    write_record(options.out, "tests.benchmarks.starting", measured, options.note)


def told(rounds: list[dict[str, float]]) -> dict[str, Any]:
    """Return the spread of each time that every round has."""
    return {name: seconds(each[name] for each in rounds) for name in rounds[0] if all(name in one for one in rounds)}


def forget() -> None:
    """Have the system forget the files that it has read."""
    os.sync()
    if os.access(DROP, os.W_OK):
        DROP.write_text("3", encoding="ascii")
        return
    uncached(default_cache())
    uncached(Path(os.__file__).parent)


def run(command: list[str]) -> dict[str, float]:
    """Return seconds to the first character, to the passages and the first word of an answer, and to the end."""
    outer, inner = pty.openpty()
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-c", SCRIPT, *command], stdout=inner, stderr=subprocess.PIPE, text=True)
    os.close(inner)
    seen, found = "", dict[str, float]()
    while arrived := _read(outer):
        now = time.perf_counter() - began
        seen = (seen + arrived).replace("\r\n", "\n")
        found.setdefault("first_character", now)
        text = ESCAPES.sub("", seen)
        before = BEFORE.match(text)
        if before is not None:
            found.setdefault("passages", now)
            if text[before.end() :].strip() and not text[before.end() :].startswith("  "):
                found.setdefault("first_word", now)
    os.close(outer)
    _, said = child.communicate()
    found["end"] = time.perf_counter() - began
    if child.returncode:
        raise SystemExit(f"{command[0]} failed: {said}")
    return found


def _read(terminal: int) -> str:
    """Return what came; empty where nobody writes any more."""
    try:
        return os.read(terminal, 65536).decode("utf-8", "replace")
    except OSError:  # how Linux says that the other side is closed
        return ""


if __name__ == "__main__":
    main()
