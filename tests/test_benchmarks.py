"""What the benchmarks measure is what their records say: with the program's own parts, each step with its own stamp."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.build import index_paths
from embeddings.store import Store
from embeddings.types import Progress
from qa.doctor import machine_check
from tests.benchmarks import store_steps, stores
from tests.benchmarks.asked import engine_of, ratio_of_medians
from tests.benchmarks.indexing import MAKERS, Clocked, measured_kind
from tests.benchmarks.memory import in_mb
from tests.benchmarks.record import Seconds, spread, stamp, threads, write_record
from tests.fake_encoder import HashingEncoder

BENCHMARKS = Path(__file__).parent / "benchmarks"
TEXT = "A walrus sat on the pier.\nIt looked at the lighthouse for a long time.\n"
LONG = tuple("".join(f"Walrus {n} sat on {pier} {n}.\n" for n in range(300)) for pier in ("pier", "rock"))


class Slow(HashingEncoder):
    """Has much to do at each call."""

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        sum(range(10_000_000))
        return super().encode(texts, progress)


@pytest.mark.parametrize("kind", MAKERS)
def test_indexing_is_measured_with_its_encoding(tmp_path: Path, kind: str) -> None:
    encoder = Slow()
    found = measured_kind(tmp_path / kind, LONG, kind, encoder)
    stored = Store.open(tmp_path / f"store-{kind}", encoder)
    assert (found["n_files"], found["n_encoded"]) == (2, stored.manifest.n_passages)
    assert len(encoder.encoded) == stored.manifest.n_passages > 2
    assert found["indexed_mb_per_cpu_s"] < found["indexed_but_for_encoding_mb_per_cpu_s"]


def test_clock_of_encoding_runs_on_over_calls() -> None:
    encoder = Clocked(Slow())
    encoder.encode(["one", "two"])
    first = encoder.seconds
    rows = encoder.encode(["three"])
    assert encoder.n_encoded == 3
    assert encoder.seconds.wall > first.wall > 0
    assert np.array_equal(rows, HashingEncoder().encode(["three"]))


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("*.py")), ids=lambda path: path.stem)
def test_no_benchmark_measures_a_fake(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert named.isdisjoint({"tests.fake_encoder", "tests.fake_reader"})


def test_record_names_instructions_of_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--docs", str(tmp_path), "--n", "3"])
    write_record(tmp_path / "record.json", "tests.benchmarks.x", {"n": 1}, "a note")
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert record["command"] == "python -m tests.benchmarks.x --docs DOCS --n 3"
    assert record["machine"]["processor"] == machine_check().found
    assert (record["note"], record["measured"]) == ("a note", {"n": 1})
    assert record["program_sha256"] == stamp("tests.benchmarks.x")["program_sha256"]


def test_engine_and_encoder_stand_in_a_record_with_their_threads() -> None:
    answerer: Any = SimpleNamespace(engine=SimpleNamespace(name="some model"), encoder=HashingEncoder())
    assert engine_of(answerer) == {
        "model": "some model",
        "engine": "SimpleNamespace",
        "encoder": "hashing",
        "encoder_engine": "HashingEncoder",
        "threads": threads(),
    }


def test_ratio_of_medians_stands_beside_the_median_of_ratios() -> None:
    # 20 over 2, and the median of 10 / 5, 20 / 1 and 30 / 2.
    found = ratio_of_medians([10, 20, 30], [5, 1, 2])
    assert (found["ratio"], found["median_of_ratios"]) == (10.0, 15.0)


def test_spread_has_the_most() -> None:
    times = [Seconds(wall, 1.0) for wall in (0.001, 0.002, 0.009)]
    assert spread(times) == {
        "n": 3,
        "p50_ms": 2.0,
        "p95_ms": 8.3,
        "most_ms": 9.0,
        "cpu_p50_ms": 1000.0,
        "cpu_p95_ms": 1000.0,
    }


def test_memory_stands_beside_the_number_of_questions() -> None:
    assert in_mb({20: {"resident": 2048, "without_files": 512}}) == {"20": {"resident": 2.0, "without_files": 0.5}}


def test_folder_of_an_earlier_run_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "1000-new").mkdir()
    (tmp_path / "1000-new" / "comes.txt").write_text("left by a run that was broken off", encoding="utf-8")
    assert list(store_steps.made_anew(tmp_path / "1000-new").iterdir()) == []
    assert list(store_steps.made_anew(tmp_path / "10000-new").iterdir()) == []


def test_steps_of_an_earlier_run_keep_their_own_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, out, encoder = tmp_path / "data", tmp_path / "record.json", HashingEncoder()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "walrus.txt").write_text(TEXT, encoding="utf-8")
    index_paths([tmp_path / "docs"], tmp_path / "stores" / "1000", encoder)
    data.mkdir()
    questions = ["Where did the walrus sit?", "What did it look at?"]
    np.save(data / "questions.npy", encoder.encode(questions), allow_pickle=False)
    (data / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    (data / "differences.json").write_text('{"n_pairs": 3}', encoding="utf-8")
    old = {"command": "old", "date": "2026-01-01", "machine": {"cpu": "other"}, "program_sha256": "1"}
    measured = {"data": {"n_encoded": 7}, "sizes": {"1000": {"shown": {"min-max": {"p50_ms": 1.0}}}}}
    out.write_text(json.dumps({**old, "measured": measured}), encoding="utf-8")

    def run(step: str) -> Any:
        arguments = ["--data", str(data), "--folder", str(tmp_path / "stores"), "--out", str(out)]
        monkeypatch.setattr(sys, "argv", ["stores", *arguments, "--sizes", "1000", "--only", step])
        stores.main()
        return json.loads(out.read_text(encoding="utf-8"))["measured"]["sizes"]["1000"]

    steps = run("open")
    assert steps["shown"] == {"min-max": {"p50_ms": 1.0}, "taken_at_the_latest": {**old, "data": {"n_encoded": 7}}}
    opened = steps["open"]["taken"]
    assert opened["command"].endswith("--sizes 1000 --only open")
    n_passages = Store.open(tmp_path / "stores" / "1000").manifest.n_passages
    assert opened["data"] == {
        "n_encoded": 0,
        "perturbed_beside_original": {"n_pairs": 3},
        "n_passages": n_passages,
    }
    later = run("search")
    assert (later["shown"], later["open"]) == (steps["shown"], steps["open"])
    assert later["search"]["taken"]["command"].endswith("--sizes 1000 --only search")


@pytest.mark.parametrize("name", ["bench-stores", "bench-stores-shown"])
def test_record_without_stamps_is_read(name: str) -> None:
    record = Path(__file__).parent.parent / "docs" / "results" / f"{name}.json"
    sizes = stores.earlier_sizes(record)
    assert list(sizes)[:3] == ["1000", "10000", "100000"]
    for steps in sizes.values():
        for step in steps.values():
            assert "taken" in step or step["taken_at_the_latest"]["date"].startswith("2026-11-25")
    kept = json.loads(record.read_text(encoding="utf-8"))["measured"]["exponents"]
    assert stores._exponents(sizes) == kept
