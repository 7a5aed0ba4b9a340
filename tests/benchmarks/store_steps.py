"""What is measured of one store, each step in a process of its own: building, opening, searching, showing, changing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.build import index_paths
from embeddings.encode import open_encoder
from embeddings.store import Store
from embeddings.types import Ranked
from qa.late import TokenVectors
from qa.retrieve import DEPTH, retrieve
from qa.settings import Fusion
from tests.benchmarks.data import Data, MadeVectors
from tests.benchmarks.record import PeakMemory, Seconds, encoder_of, resident_mb, spread, timed, uncached

N_QUESTIONS, N_SHOWN, N_COMPARED, N_ONE_BY_ONE, N_CHANGES = 300, 150, 200, 10, 5
FUSIONS: tuple[Fusion, ...] = ("min-max", "late-interaction")
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Measured:
    """The store that is measured, and what it is made of."""

    data: Data
    folder: Path
    n_passages: int

    def asked(self) -> tuple[NDArray[np.float32], list[str]]:
        """Return the vectors of the questions, and the questions."""
        queries = np.load(self.data.folder / "questions.npy", allow_pickle=False)[:N_QUESTIONS]
        return queries, json.loads((self.data.folder / "questions.json").read_text(encoding="utf-8"))[:N_QUESTIONS]


def build(of: Measured) -> dict[str, Any]:
    """All documents indexed in one run, as `article-qa index` does; the vectors are looked up."""
    encoder, before = MadeVectors(open_encoder(device="cpu"), of.data), resident_mb()
    with PeakMemory() as peak:
        took = timed(lambda: index_paths(of.data.folders(of.n_passages), of.folder, encoder))
    store = Store.open(of.folder)
    n_disk = sum(path.stat().st_size for path in (of.folder / store.generation).rglob("*") if path.is_file())
    return {
        **encoder_of(encoder),
        "n_passages": store.manifest.n_passages,
        "n_documents": store.manifest.n_documents,
        "text_mb": round(sum(len(segment.texts) for segment in store.segments) / 1e6, 1),
        "disk_mb": round(n_disk / 1e6, 1),
        "without_vectors_s": round(took.wall - encoder.seconds.wall, 2),
        "without_vectors_cpu_s": round(took.cpu - encoder.seconds.cpu, 2),
        "before": before,
        "peak_without_files_mb": peak.without_files_mb,
        "segments": [[each.n_passages, each.vector_search] for each in store.manifest.segments],
    }


def opening(of: Measured) -> dict[str, Any]:
    """Opening and the first search in a fresh process, with the files forgotten by the system, then from its cache."""
    queries, questions = of.asked()
    was_cold = uncached(of.folder)
    opened = timed(lambda: Store.open(of.folder))
    store = Store.open(of.folder)
    first = timed(lambda: _both(store, queries[0], questions[0]))
    after = resident_mb()
    warm = [timed(lambda: Store.open(of.folder)) for _ in range(10)]
    verified = timed(store.verify)
    return {
        "cold": was_cold,
        "cold_opening": spread([opened]),
        "first_search": spread([first]),
        "warm": spread(warm),
        "verify": spread([verified]),
        **after,
    }


def searching(of: Measured) -> dict[str, Any]:
    """The two legs as `retrieve` asks for them, warm; recall beside comparing every vector."""
    queries, questions = of.asked()
    store = Store.open(of.folder)
    for query, question in zip(queries, questions, strict=True):
        _both(store, query, question)
    dense, words = [], []
    for query, question in zip(queries, questions, strict=True):
        dense.append(timed(lambda q=query: store.search_vectors(q, DEPTH)))  # type: ignore[misc]
        words.append(timed(lambda q=question: store.search_words(q, DEPTH)))  # type: ignore[misc]
    memory = resident_mb()
    found = [store.search_vectors(query, DEPTH).ids for query in queries[:N_COMPARED]]
    exact = _exact(store, queries[:N_COMPARED])
    one_by_one = [timed(lambda q=query: _exact(store, q[None])) for query in queries[:N_ONE_BY_ONE]]  # type: ignore[misc]
    return {
        "vectors": spread(dense),
        "vectors_compared_one_by_one": spread(one_by_one),
        "recall@10": _recall(found, exact, 10),
        "recall@100": _recall(found, exact, 100),
        "words": spread(words),
        "memory_after": memory,
    }


def showing(of: Measured) -> dict[str, Any]:
    """From the question to its five passages: encoding it, both legs, fusion, late interaction, the texts."""
    _, questions = of.asked()
    encoder = open_encoder(device="cpu")
    store, tokens = Store.open(of.folder), TokenVectors(encoder)

    def shown(question: str, fusion: Fusion) -> None:
        hits = retrieve([question], store, tokens, fusion=fusion, n_hits=5)
        assert all(hit.passage.text for hit in hits)

    first = timed(lambda: shown(questions[-1], "min-max"))
    found: dict[str, Any] = {**encoder_of(encoder), "first": spread([first])}
    for fusion in FUSIONS:
        asked = questions[:N_SHOWN]
        found[fusion] = spread([timed(lambda q=question, f=fusion: shown(q, f)) for question in asked])  # type: ignore[misc]
    return {**found, "memory": resident_mb()}


def changing(of: Measured) -> dict[str, Any]:
    """A file added, changed and removed by indexing its folder anew, N_CHANGES times each.

    First alone, then while another process searches.
    """
    encoder = open_encoder(device="cpu")
    new = made_anew(of.folder.with_name(f"{of.folder.name}-new"))
    (new / "stays.txt").write_text("A seal stays on the beach.", encoding="utf-8")
    index_paths([new], of.folder, encoder)

    def changed() -> dict[str, list[Seconds]]:
        file, steps = new / "comes.txt", dict[str, list[Seconds]]()
        for name, text in N_CHANGES * (
            ("added", "A walrus sat on the pier. "),
            ("changed", "A narwhal swam by. "),
            ("removed", ""),
        ):
            file.write_text(text * 40, encoding="utf-8") if text else file.unlink()
            steps.setdefault(name, []).append(timed(lambda: index_paths([new], of.folder, encoder)))
            found = Store.open(of.folder).word_frequencies(["walrus", "narwhal"])
            wanted = {"added": (True, False), "changed": (False, True), "removed": (False, False)}[name]
            assert (found["walrus"] > 0, found["narwhal"] > 0) == wanted
        return steps

    alone = changed()
    command = [sys.executable, "-m", "tests.benchmarks.stores", "--step", "asking", *_options_of(of)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        asking.stdout.readline()  # it has begun
        beside = changed()
        during, _ = asking.communicate("done\n")
    return {
        **encoder_of(encoder),
        **{name: spread(took) for name, took in alone.items()},
        "while_another_process_searches": {name: spread(took) for name, took in beside.items()},
        "its_searches": json.loads(during),
        **resident_mb(),
    }


def made_anew(folder: Path) -> Path:
    """Return the folder, made and empty; what an earlier run left in it is removed."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return folder


def asking(of: Measured) -> dict[str, Any]:
    """Search until a line comes in: one question after another, the store opened anew for each tenth."""
    import select

    queries, questions = of.asked()
    print("begun", flush=True)
    times: list[Seconds] = []
    store = Store.open(of.folder)
    while not select.select([sys.stdin], [], [], 0)[0]:
        place = len(times) % len(questions)
        if place % 10 == 0:
            store = Store.open(of.folder)
        times.append(timed(lambda at=place, s=store: _both(s, queries[at], questions[at])))  # type: ignore[misc]
        time.sleep(0.01)
    return spread(times)


STEPS = {
    "build": build,
    "open": opening,
    "search": searching,
    "shown": showing,
    "change": changing,
    "asking": asking,
}


def _options_of(of: Measured) -> list[str]:
    return ["--data", str(of.data.folder), "--folder", str(of.folder), "--sizes", str(of.n_passages)]


def _both(store: Store, query: NDArray[np.float32], question: str) -> tuple[Ranked, Ranked]:
    return store.search_vectors(query, DEPTH), store.search_words(question, DEPTH)


def _exact(store: Store, queries: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Return for each query the best ids by comparing every vector, segment after segment."""
    cosines = np.concatenate(
        [
            segment.dense.vectors.mapped[start : start + BLOCK] @ queries.T
            for segment in store.segments
            for start in range(0, segment.dense.size, BLOCK)
        ]
    )
    found: list[NDArray[np.int64]] = []
    for column in cosines.T:
        best = np.argpartition(-column, min(DEPTH, len(column) - 1))[:DEPTH]
        found.append(best[np.lexsort((best, -column[best]))])
    return found


def _recall(found: list[NDArray[np.int64]], exact: list[NDArray[np.int64]], k: int) -> float:
    shares = [len(set(a[:k]) & set(b[:k])) / len(b[:k]) for a, b in zip(found, exact, strict=True)]
    return round(float(np.mean(shares)), 4)
