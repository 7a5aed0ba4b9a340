"""How opening, searching and adding cost as a store grows.

    python -m tests.benchmarks.stores --docs DIR --sizes 1000 10000 100000 1000000 --out docs/results/bench-stores.json

DIR holds real documents (in folders named docs) and questions.jsonl files; `tests.benchmarks.corpus` makes the rest.
Each size is built by itself, in processes of their own, so that memory is that of the one thing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encode import open_encoder
from embeddings.store import Store
from embeddings.types import Document, Ranked
from embeddings.update import update_store
from qa.late import TokenVectors
from qa.retrieve import DEPTH, retrieve
from qa.settings import Fusion
from tests.benchmarks.corpus import Corpus, MadeEncoder
from tests.benchmarks.linked import link_store
from tests.benchmarks.record import Seconds, resident_mb, spread, timed, uncached, write_record

BATCH_DOCUMENTS = 10_000
"""Documents given to one update while building: what is read at once is in memory at once."""

N_QUESTIONS, N_COMPARED, N_COMPARED_LINKED = 300, 100, 10
BUILDING, USING = ("build", "link"), ("open", "search", "shown", "add")
MODULE = "tests.benchmarks.stores"


def main() -> None:
    options = _options()
    if options.step:
        print(json.dumps(STEP[options.step](options)))
        return
    measured: dict[str, Any] = {"sizes": {}}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as folder:
        for n in options.sizes:
            found = measured["sizes"][str(n)] = _measured(options, Path(folder) / str(n), n)
            print(n, json.dumps(found), flush=True)
            measured["exponents"] = _exponents(measured["sizes"])
            write_record(options.out, MODULE, measured, options.note)
            if not options.keep:
                subprocess.run(["rm", "-r", str(Path(folder) / str(n))], check=True)
    print("processor time grows as size to the power of:", json.dumps(measured["exponents"]))


def _measured(options: argparse.Namespace, folder: Path, n: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for step in ("link" if options.linked and n > options.linked else "build", *USING):
        command = [sys.executable, "-m", MODULE, "--step", step, "--docs", str(options.docs), "--folder", str(folder)]
        command += ["--linked", str(options.linked)] if options.linked else []
        command += ["--vectors", str(options.vectors)] if options.vectors else []
        ran = subprocess.run([*command, "--sizes", str(n)], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise SystemExit(ran.stderr)
        found[step] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _build(options: argparse.Namespace) -> dict[str, Any]:
    (n_wanted,), real = options.sizes, open_encoder(device="cpu")
    corpus, n_real = Corpus(options.docs, real), 0 if options.linked else n_wanted // 40
    encoder = MadeEncoder(real, corpus, options.vectors or options.folder.parent / "real-vectors.npy")
    before, n_passages, n_documents, n_bytes = resident_mb(), 0, 0, 0
    seconds: list[Seconds] = []
    while n_passages < n_wanted:
        missing = (n_wanted - n_passages) // 7 + 1
        end = n_documents + min(BATCH_DOCUMENTS, max(20, missing))
        documents = list(corpus.documents(n_real, n_documents, end))
        n_bytes += sum(len(document.text.encode("utf-8", "surrogatepass")) for document in documents)
        seconds.append(timed(lambda: update_store(options.folder, documents, encoder, remove_missing=False)))  # noqa: B023
        n_passages, n_documents = Store.open(options.folder).manifest.n_passages, end
    questions = corpus.questions[:N_QUESTIONS]
    np.save(_beside(options.folder, "questions.npy"), real.encode(questions), allow_pickle=False)
    _beside(options.folder, "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    n_disk = sum(path.stat().st_size for path in Path(_current(options.folder)).rglob("*") if path.is_file())
    facts = Store.open(options.folder).manifest.segments
    return {
        "n_passages": n_passages,
        "n_documents": n_documents,
        "text_mb": round(n_bytes / 1e6, 1),
        "disk_mb": round(n_disk / 1e6, 1),
        "without_encoding_s": round(sum(each.wall for each in seconds), 2),
        "without_encoding_cpu_s": round(sum(each.cpu for each in seconds), 2),
        "resident_before_mb": before.get("resident_mb"),
        "peak_mb": resident_mb().get("peak_mb"),
        "segments": [[each.n_passages, each.vector_search] for each in facts],
    }


def _link(options: argparse.Namespace) -> dict[str, Any]:
    """A store of links to the segment of a smaller one, which is built where it is not there yet."""
    base = options.folder.with_name("base")
    if not base.exists():
        _build(argparse.Namespace(**{**vars(options), "folder": base, "sizes": [options.linked]}))
    link_store(Store.open(base), options.folder, options.sizes[0])
    for name in ("questions.npy", "questions.json"):
        _beside(options.folder, name).write_bytes(_beside(base, name).read_bytes())
    manifest = Store.open(options.folder).manifest
    return {
        "n_passages": manifest.n_passages,
        "n_documents": manifest.n_documents,
        "segments": len(manifest.segments),
        "linked": True,
    }


def _open(options: argparse.Namespace) -> dict[str, Any]:
    """Opening and the first search in a fresh process, with the files forgotten by the system, then from its cache."""
    queries, questions = _asked(options.folder)
    was_cold = uncached(options.folder)
    opened = timed(lambda: Store.open(options.folder))
    store = Store.open(options.folder)
    first = timed(lambda: _both(store, queries[0], questions[0]))
    after = resident_mb()
    warm = [timed(lambda: Store.open(options.folder)) for _ in range(5)]
    verified = timed(store.verify)
    return {
        "cold": was_cold,
        "cold_opening": spread([opened]),
        "first_search": spread([first]),
        "warm": spread(warm),
        "verify": spread([verified]),
        **after,
    }


def _search(options: argparse.Namespace) -> dict[str, Any]:
    """The two legs as `retrieve` asks for them, warm, after as many searches as there are questions."""
    queries, questions = _asked(options.folder)
    store = Store.open(options.folder)
    for query, question in zip(queries, questions, strict=True):
        _both(store, query, question)
    memory = resident_mb()
    dense, words = [], []
    for query, question in zip(queries, questions, strict=True):
        dense.append(timed(lambda q=query: store.search_vectors(q, DEPTH)))  # type: ignore[misc]
        words.append(timed(lambda q=question: store.search_words(q, DEPTH)))  # type: ignore[misc]
    compared = queries[: N_COMPARED_LINKED if options.linked else N_COMPARED]
    found = [store.search_vectors(query, DEPTH).ids for query in compared]
    exact, exact_times = _exact(store, compared)
    return {
        "vectors": spread(dense),
        "vectors_compared_one_by_one": spread(exact_times),
        "recall@10": None if options.linked else _recall(found, exact, 10),
        "recall@100": None if options.linked else _recall(found, exact, 100),
        "words": spread(words),
        "memory_after": memory,
    }


def _shown(options: argparse.Namespace) -> dict[str, Any]:
    """From the question to its five passages: encoding it, both legs, fusion, late interaction, the texts."""
    _, questions = _asked(options.folder)
    store, tokens = Store.open(options.folder), TokenVectors(open_encoder(device="cpu"))

    def shown(question: str, fusion: Fusion) -> None:
        hits = retrieve([question], store, tokens, fusion=fusion, n_hits=5)
        assert all(hit.passage.text for hit in hits)

    first = timed(lambda: shown(questions[0], "min-max"))
    found = {"first": spread([first])}
    for fusion in FUSIONS:
        found[fusion] = spread([timed(lambda q=question, f=fusion: shown(q, f)) for question in questions])  # type: ignore[misc]
    return {**found, "memory": resident_mb()}


def _add(options: argparse.Namespace) -> dict[str, Any]:
    """Adding one document and taking it away again, encoded for real, while another thread goes on searching."""
    real = open_encoder(device="cpu")
    made = _Posing(real, Store.open(options.folder).manifest.encoder_fingerprint)
    document = Document.of("A walrus sat on the pier. " * 40, "added/new.txt", "new")
    queries, questions = _asked(options.folder)
    store, during, done = Store.open(options.folder), [], threading.Event()

    def ask() -> None:
        place = 0
        while not done.is_set():
            place = (place + 1) % len(questions)
            during.append(timed(lambda at=place: _both(store, queries[at], questions[at])))  # type: ignore[misc]

    thread = threading.Thread(target=ask)
    thread.start()
    with_search = timed(lambda: update_store(options.folder, [document], made, remove_missing=False))
    done.set()
    thread.join()
    assert Store.open(options.folder).word_frequencies(["walrus"])["walrus"] > 0
    second = Document.of("A narwhal swam by. " * 40, "added/second.txt", "second")
    alone = timed(lambda: update_store(options.folder, [second], made, remove_missing=False))
    changed = Document.of("A dugong swam by. " * 40, "added/second.txt", "second")
    replaced = timed(lambda: update_store(options.folder, [changed], made, remove_missing=False))
    assert Store.open(options.folder).word_frequencies(["narwhal"])["narwhal"] == 0
    return {
        "added_while_searching": spread([with_search]),
        "searches_meanwhile": spread(during),
        "added": spread([alone]),
        "changed": spread([replaced]),
        **resident_mb(),
    }


class _Posing:
    """The real encoder, under the fingerprint of the one that the store was made with."""

    def __init__(self, real: Any, fingerprint: str) -> None:
        self.name, self.dim, self.max_tokens, self.fingerprint = real.name, real.dim, real.max_tokens, fingerprint
        self.encode, self.encode_tokens, self.count_tokens = real.encode, real.encode_tokens, real.count_tokens


FUSIONS: tuple[Fusion, ...] = ("min-max", "late-interaction")
STEP = {"build": _build, "link": _link, "open": _open, "search": _search, "shown": _shown, "add": _add}


def _both(store: Store, query: NDArray[np.float32], question: str) -> tuple[Ranked, Ranked]:
    return store.search_vectors(query, DEPTH), store.search_words(question, DEPTH)


def _exact(store: Store, queries: NDArray[np.float32]) -> tuple[list[NDArray[np.int64]], list[Seconds]]:
    """Return the best ids by comparing each vector, and how long that takes a question."""
    vectors, found = store.vectors(), list[NDArray[np.int64]]()

    def compared(query: NDArray[np.float32]) -> None:
        cosines = vectors @ query
        best = np.argpartition(-cosines, min(DEPTH, len(cosines) - 1))[:DEPTH]
        found.append(best[np.lexsort((best, -cosines[best]))])

    seconds = [timed(lambda q=query: compared(q)) for query in queries]  # type: ignore[misc]
    return found, seconds


def _recall(found: list[NDArray[np.int64]], exact: list[NDArray[np.int64]], k: int) -> float:
    shares = [len(set(a[:k]) & set(b[:k])) / len(b[:k]) for a, b in zip(found, exact, strict=True)]
    return round(float(np.mean(shares)), 4)


def _exponents(sizes: dict[str, Any]) -> dict[str, float]:
    """Return by which power of the number of passages processor times grow: the slope between logarithms."""
    if len(sizes) < 2:
        return {}
    n = np.log([each.get("build", each.get("link"))["n_passages"] for each in sizes.values()])
    found = sizes.values()
    times = {
        "vectors": [each["search"]["vectors"] for each in found],
        "vectors one by one": [each["search"]["vectors_compared_one_by_one"] for each in found],
        "words": [each["search"]["words"] for each in found],
        "passages shown": [each["shown"]["min-max"] for each in found],
        "opening": [each["open"]["warm"] for each in found],
        "adding": [each["add"]["added"] for each in found],
    }
    return {
        name: round(float(np.polyfit(n, np.log([each["cpu_p50_ms"] for each in of]), 1)[0]), 2)
        for name, of in times.items()
    }


def _asked(folder: Path) -> tuple[NDArray[np.float32], list[str]]:
    queries = np.load(_beside(folder, "questions.npy"), allow_pickle=False)
    return queries, json.loads(_beside(folder, "questions.json").read_text(encoding="utf-8"))


def _beside(folder: Path, name: str) -> Path:
    return folder.with_name(f"{folder.name}-{name}")


def _current(folder: Path) -> Path:
    return folder / (folder / "CURRENT").read_text(encoding="ascii").strip()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="where the stores are built; 3 GB for a million passages")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-stores.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    parser.add_argument("--linked", type=int, help="stores larger than this are links to a segment of this size")
    parser.add_argument("--vectors", type=Path, help="file that keeps the vectors of the real passages for next time")
    parser.add_argument("--keep", action="store_true", help="do not delete a store once it is measured")
    parser.add_argument("--step", choices=(*BUILDING, *USING), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
