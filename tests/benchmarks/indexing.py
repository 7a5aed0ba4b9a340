"""How fast files are read and indexed, what a second run over unchanged files costs, and how soon a command starts.

    python -m tests.benchmarks.indexing --docs DIR --out docs/results/bench-indexing.json

The same texts are written as plain text, HTML, PDF and Word files. Reading and indexing are given in megabytes of text a
second; indexing is with the program's own encoder, into a store that was not there before, and what it takes beside
encoding stands apart.
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

import numpy as np
from numpy.typing import NDArray

from embeddings.build import index_paths
from embeddings.encode import Encoder, open_encoder
from embeddings.load import load_paths
from embeddings.types import Progress
from tests.benchmarks.record import Seconds, encoder_of, spread, timed, write_record
from tests.embeddings.files import docx_file, pdf

N_FILES = 1000
LINES_A_PAGE = 50
N_WARMING = 32
"""Texts encoded before the clock runs, as in tests.benchmarks.encoding."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--files", type=int, default=200, help="files of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-indexing.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    texts = [document.text for document in load_paths([options.docs]).documents if document.path.endswith(".txt")]
    real = open_encoder(device="cpu")
    real.encode(texts[:N_WARMING])
    with tempfile.TemporaryDirectory() as folder:
        measured = {
            **encoder_of(real),
            "kinds": {kind: measured_kind(Path(folder) / kind, texts[: options.files], kind, real) for kind in MAKERS},
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


class Clocked:
    """The program's own encoder. `seconds` is what encoding took, of `n_encoded` texts."""

    def __init__(self, real: Encoder) -> None:
        self._real = real
        self.n_encoded, self.seconds = 0, Seconds(0.0, 0.0)
        self.name, self.dim, self.max_tokens = real.name, real.dim, real.max_tokens
        self.fingerprint = real.fingerprint
        self.count_tokens, self.encode_tokens = real.count_tokens, real.encode_tokens
        self.token_ids, self.token_table = real.token_ids, real.token_table

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Return (n, dim) float32 unit rows, in input order."""
        rows = list[NDArray[np.float32]]()
        took, before = timed(lambda: rows.append(self._real.encode(texts, progress))), self.seconds
        self.seconds = Seconds(before.wall + took.wall, before.cpu + took.cpu)
        self.n_encoded += len(texts)
        return rows[0]


def measured_kind(folder: Path, texts: Sequence[str], kind: str, real: Encoder) -> dict[str, Any]:
    """Return how fast the texts are read and indexed as files of one kind, which are written into `folder`."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number:04d}.{kind}").write_bytes(MAKERS[kind](text))
    encoder = Clocked(real)
    read = timed(lambda: load_paths([folder]))
    indexed = timed(lambda: index_paths([folder], folder.with_name(f"store-{kind}"), encoder))
    encoding = encoder.seconds
    but_encoding = Seconds(indexed.wall - encoding.wall, indexed.cpu - encoding.cpu)
    n_text = sum(len(document.text.encode("utf-8", "replace")) for document in load_paths([folder]).documents)
    n_file = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "n_files": len(texts),
        "n_encoded": encoder.n_encoded,
        "text_mb": round(n_text / 1e6, 2),
        "files_mb": round(n_file / 1e6, 2),
        **_rates("read", n_text, read),
        **_rates("indexed", n_text, indexed),
        **_rates("indexed_but_for_encoding", n_text, but_encoding),
    }


def _rates(name: str, n_bytes: int, took: Seconds) -> dict[str, float]:
    """Return megabytes a second, by the clock and by what processors worked."""
    by = {f"{name}_mb_per_s": took.wall, f"{name}_mb_per_cpu_s": took.cpu}
    return {rate: round(n_bytes / 1e6 / seconds, 3) for rate, seconds in by.items()}


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
