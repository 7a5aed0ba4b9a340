"""How far the machine itself lets a model go, and how far the program comes.

    python -m tests.benchmarks.limits --docs DIR --out docs/results/bench-limits.json

To write a token every weight is read once, so words a second are at most the memory's bandwidth over the model's bytes; to
read a token of a prompt every weight outside of the table of embeddings is multiplied and added once, so that is at most
the peak of multiply-adds over their number. Each limit is the best of several rounds, what is reached the median.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from embeddings.encode import open_encoder
from embeddings.load import load_paths
from embeddings.passages import split_passages
from qa.generate import DEFAULT_MODEL, Engine, Message, open_engine
from tests.benchmarks.record import encoder_of, write_record

MULTIPLIED = {DEFAULT_MODEL: 1.31e9, "all-minilm-l6-v2": 10.6e6}
"""Weights outside of the table of embeddings: 28 layers of Qwen2.5 1.5B (its model card), 6 of MiniLM (12 x 384 x 384 each)."""

READ_TO_WRITE = MULTIPLIED[DEFAULT_MODEL] + 151_936 * 1536
"""Bytes that are read to write a token: its weights as they are prepared, one byte each, and the matrix that chooses it."""

N_FLOATS, SIDE, ROUNDS = 64_000_000, 4096, 7
PROMPT_CHARACTERS, N_PROMPTS, N_WRITTEN = 2400, 7, 96
SUBJECTS = ("a lighthouse", "a glacier", "a bakery", "an old ferry", "a clock tower")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-limits.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    documents = [d for d in load_paths([options.docs]).documents if len(d.text) > PROMPT_CHARACTERS]
    bandwidth, peak = _bandwidth(), _peak()
    reached = {**_engine([d.text[:PROMPT_CHARACTERS] for d in documents[:N_PROMPTS]]), **_encoder(documents[:40])}
    measured = {
        "gigabytes_per_s": bandwidth,
        "multiply_adds_per_s_1e9": peak,
        "bytes_read_to_write_a_token": READ_TO_WRITE,
        "weights_multiplied": MULTIPLIED,
        "at_most": {
            "words_written_per_s": round(bandwidth["read"] * 1e9 / READ_TO_WRITE, 1),
            **{
                f"prompt_tokens_per_s_{kind}": round(value * 1e9 / MULTIPLIED[DEFAULT_MODEL])
                for kind, value in peak.items()
            },
            **{
                f"encoded_tokens_per_s_{kind}": round(value * 1e9 / MULTIPLIED["all-minilm-l6-v2"])
                for kind, value in peak.items()
            },
        },
        "reached": reached,
    }
    print(measured)
    write_record(options.out, "tests.benchmarks.limits", measured, options.note)


def _bandwidth() -> dict[str, float]:
    """Return gigabytes read and written a second by all threads: a sum, a copy, and STREAM's triad a = b + s c."""
    import torch

    a, b, c = (torch.rand(N_FLOATS) for _ in range(3))
    n_bytes = N_FLOATS * 4
    return {
        "read": round(n_bytes / _best(a.sum) / 1e9, 1),
        "copy": round(2 * n_bytes / _best(lambda: a.copy_(b)) / 1e9, 1),
        "triad": round(3 * n_bytes / _best(lambda: torch.add(b, c, alpha=3.0, out=a)) / 1e9, 1),
    }


def _peak() -> dict[str, float]:
    """Return thousands of millions of multiply-adds a second in a large product of matrices, by precision."""
    import torch

    found: dict[str, float] = {}
    for name, kind in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        a, b = (torch.rand(SIDE, SIDE).to(kind) for _ in range(2))
        found[name] = round(SIDE**3 / _best(lambda a=a, b=b: a @ b) / 1e9, 1)  # type: ignore[misc]
    whole = [torch.randint(-100, 100, (SIDE, SIDE), dtype=torch.int8) for _ in range(2)]
    found["int8"] = round(SIDE**3 / _best(lambda: torch._int_mm(*whole)) / 1e9, 1)
    return found


def _best(call: Callable[[], object]) -> float:
    call()
    return min(_seconds(call) for _ in range(ROUNDS))


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _engine(prompts: list[str]) -> dict[str, Any]:
    """Prompts that were not read before up to the first token, and stories whose words stand in no prompt."""
    engine = open_engine(DEFAULT_MODEL)
    _read(engine, "A walrus sat on the pier.")
    reading = [engine.count_tokens(text) / _seconds(lambda t=text: _read(engine, t)) for text in prompts]  # type: ignore[misc]
    writing = [_writing_tokens_per_s(engine, subject) for subject in SUBJECTS]
    return {
        "model": engine.name,
        "engine": type(engine).__name__,
        "prompt_tokens": round(float(np.median([engine.count_tokens(text) for text in prompts]))),
        "prompt_tokens_per_s": round(float(np.median(reading)), 1),
        "words_written_per_s": round(float(np.median(writing)), 1),
    }


def _read(engine: Engine, text: str) -> None:
    for _ in engine.stream([Message("user", text)], max_tokens=1):
        pass


def _writing_tokens_per_s(engine: Engine, subject: str) -> float:
    """Return the tokens written a second, the first one's waiting left out."""
    pieces, began = list[str](), 0.0
    for piece in engine.stream([Message("user", f"Write a story about {subject}.")], max_tokens=N_WRITTEN):
        began = began or perf_counter()
        pieces.append(piece.text)
    return (engine.count_tokens("".join(pieces)) - engine.count_tokens(pieces[0])) / (perf_counter() - began)


def _encoder(documents: list[Any]) -> dict[str, Any]:
    encoder = open_encoder(device="cpu")
    texts = [p.text for document in documents for p in split_passages(document, encoder.count_tokens)][:256]
    encoder.encode(texts[:16])
    took = float(np.median([_seconds(lambda: encoder.encode(texts)) for _ in range(3)]))
    n_tokens = sum(encoder.count_tokens(texts)) + 2 * len(texts)
    return {
        **encoder_of(encoder),
        "encoded_tokens_per_s": round(n_tokens / took),
        "encoded_passages_per_s": round(len(texts) / took, 1),
    }


if __name__ == "__main__":
    main()
