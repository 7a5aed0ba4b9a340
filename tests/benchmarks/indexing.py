"""How fast files are read and indexed, what a second run over unchanged files costs, and how soon a command starts.

    python -m tests.benchmarks.indexing --docs DIR --out docs/results/bench-indexing.json

The same texts are written as plain text, HTML, PDF and Word files. Reading and indexing are given in megabytes of text a
second; indexing is with a stand-in for the encoder, whose speed tests.benchmarks.encoding measures.
"""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from embeddings.build import index_paths
from embeddings.encode import open_encoder
from embeddings.load import load_paths
from tests.benchmarks.record import Seconds, spread, timed, write_record
from tests.embeddings.files import docx_file, pdf
from tests.fake_encoder import HashingEncoder

N_FILES = 1000
LINES_A_PAGE = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--files", type=int, default=200, help="files of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-indexing.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    texts = [document.text for document in load_paths([options.docs]).documents if document.path.endswith(".txt")]
    with tempfile.TemporaryDirectory() as folder:
        measured = {
            "kinds": {kind: _kind(Path(folder) / kind, texts[: options.files], kind) for kind in MAKERS},
            "second_run": _second_run(Path(folder), options.rounds),
            "help": spread([_started("--help") for _ in range(options.rounds)]),
            "search": _search(Path(folder) / "store", options.rounds),
        }
    print(measured)
    write_record(options.out, "tests.benchmarks.indexing", measured, options.note)


def _html(text: str) -> bytes:
    paragraphs = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line.strip())
    return f"<html><head><title>A page</title></head><body><article>{paragraphs}</article></body></html>".encode()


def _pdf(text: str) -> bytes:
    plain = text.encode("latin-1", "replace").decode("latin-1")
    lines = [line for paragraph in plain.splitlines() for line in textwrap.wrap(paragraph, 90)]
    return pdf([lines[first : first + LINES_A_PAGE] for first in range(0, len(lines), LINES_A_PAGE)])


def _docx(text: str) -> bytes:
    return docx_file(*("".join(c for c in line if c.isprintable()) for line in text.splitlines()))


MAKERS: dict[str, Callable[[str], bytes]] = {
    "txt": lambda text: text.encode("utf-8", "surrogatepass"),
    "html": _html,
    "pdf": _pdf,
    "docx": _docx,
}


class _Counting(HashingEncoder):
    """Counts tokens as the real encoder does, and hashes where that one encodes."""

    def __init__(self) -> None:
        super().__init__()
        self._real = open_encoder(device="cpu")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._real.count_tokens(texts)


def _kind(folder: Path, texts: Sequence[str], kind: str) -> dict[str, Any]:
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number:04d}.{kind}").write_bytes(MAKERS[kind](text))
    encoder = _Counting()
    read = timed(lambda: load_paths([folder]))
    indexed = timed(lambda: index_paths([folder], folder.with_name(f"store-{kind}"), encoder))
    n_text = sum(len(document.text.encode("utf-8", "replace")) for document in load_paths([folder]).documents)
    n_file = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "n_files": len(texts),
        "text_mb": round(n_text / 1e6, 2),
        "files_mb": round(n_file / 1e6, 2),
        "read_mb_per_s": round(n_text / 1e6 / read.wall, 2),
        "read_mb_per_cpu_s": round(n_text / 1e6 / read.cpu, 2),
        "indexed_mb_per_s": round(n_text / 1e6 / indexed.wall, 2),
        "indexed_mb_per_cpu_s": round(n_text / 1e6 / indexed.cpu, 2),
    }


def _second_run(folder: Path, rounds: int) -> dict[str, Any]:
    """Index files of one sentence each, then again: the whole command, the interpreter's start among it."""
    docs, store = folder / "small", folder / "store"
    docs.mkdir()
    for number in range(N_FILES):
        (docs / f"{number:04d}.txt").write_text(f"File {number} tells of subject {number * 7919}.", encoding="utf-8")
    first = _started("index", str(docs), "--store", str(store))
    again = [_started("index", str(docs), "--store", str(store)) for _ in range(rounds)]
    return {"n_files": N_FILES, "first_s": round(first.wall, 2), **spread(again)}


def _search(store: Path, rounds: int) -> dict[str, Any]:
    """The whole command in a fresh process; the files are in the system's cache."""
    again = [_started("search", "What is subject 79190?", "--store", str(store)) for _ in range(rounds)]
    return spread(again)


def _started(*arguments: str) -> Seconds:
    """Return how long a command takes in a process of its own, and how long processors worked on it."""
    before = os.times()
    seconds = timed(lambda: _run(*arguments))
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Seconds(seconds.wall, cpu)


def _run(*arguments: str) -> None:
    script = "import sys; from qa.cli import main; sys.exit(main())"
    ran = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stderr)


if __name__ == "__main__":
    main()
