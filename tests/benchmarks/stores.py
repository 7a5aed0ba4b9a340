"""How building, opening, searching and changing cost as a store grows.

    python -m tests.benchmarks.data --docs DIR --folder DATA --encoded 60000 --passages 1000000
    python -m tests.benchmarks.stores --data DATA --folder STORES --sizes 1000 10000 100000 1000000 --only build
    python -m tests.benchmarks.stores --data DATA --folder STORES --sizes 1000 10000 100000 1000000

The first line makes the documents and their vectors. Stores that were built are kept in STORES and measured again by the
next run, so that building can run beside other work; each step is a process of its own, so that memory is that of the
one thing. The record keeps what an earlier run measured and this one does not, so each step says when and by which command
it was taken, of which program, on which machine, and of which data.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.store import Store
from tests.benchmarks.curve import draw
from tests.benchmarks.data import Data
from tests.benchmarks.record import stamp, write_record
from tests.benchmarks.store_steps import STEPS, Measured

MODULE = "tests.benchmarks.stores"
USUAL = ("build", "open", "search", "shown", "change")

T_95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
"""Student's t for two-sided 95 %, by degrees of freedom."""

CURVES = {
    "vectors": ("search", "vectors"),
    "vectors, each compared": ("search", "vectors_compared_one_by_one"),
    "words": ("search", "words"),
    "passages, min-max": ("shown", "min-max"),
    "passages, late interaction": ("shown", "late-interaction"),
    "opening": ("open", "warm"),
    "adding a document": ("change", "added"),
}


def main() -> None:
    options = _options()
    if options.step:
        of = Measured(Data(options.data), options.folder, options.sizes[0])
        print(json.dumps(STEPS[options.step](of)))
        return
    sizes = earlier_sizes(options.out)
    for n in options.sizes:
        folder = options.folder / str(n)
        for step in options.only or USUAL:
            if step == "build" and folder.exists():
                continue
            found, of_data = _measured(options, folder, n, step), _of_data(options.data)
            n_passages = Store.open(folder).manifest.n_passages
            found["taken"] = {**stamp(MODULE), "data": {**of_data, "n_passages": n_passages}}
            sizes.setdefault(str(n), {})[step] = found
            print(n, step, json.dumps(found), flush=True)
            measured = {"data": of_data, "sizes": sizes, "exponents": _exponents(sizes)}
            write_record(options.out, MODULE, measured, options.note)
    if options.curve:
        draw(options.curve, _points(sizes))


def earlier_sizes(out: Path) -> dict[str, Any]:
    """Return the steps that the record of an earlier run has, by size and name; empty where there is none.

    A step without a stamp, from before each had one, was taken at the latest when the record was written.
    """
    if not out.exists():
        return {}
    record = json.loads(out.read_text(encoding="utf-8"))
    sizes: dict[str, Any] = record["measured"]["sizes"]
    latest = {name: record[name] for name in ("command", "date", "machine", "program_sha256")}
    latest["data"] = record["measured"]["data"]
    for steps in sizes.values():
        for step in steps.values():
            if "taken" not in step:
                step.setdefault("taken_at_the_latest", latest)
    return sizes


def _measured(options: argparse.Namespace, folder: Path, n: int, step: str) -> dict[str, Any]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", MODULE, "--step", step, "--data", str(options.data), "--folder", str(folder)]
    ran = subprocess.run([*command, "--sizes", str(n)], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _of_data(folder: Path) -> dict[str, Any]:
    differences = json.loads((folder / "differences.json").read_text(encoding="utf-8"))
    return {"n_encoded": len(Data(folder).spans()), "perturbed_beside_original": differences}


def _points(sizes: dict[str, Any]) -> dict[str, list[tuple[int, float]]]:
    """Return for each curve the numbers of passages and the median milliseconds."""
    return {
        name: [
            (each["build"]["n_passages"], each[step][of]["p50_ms"])
            for each in sizes.values()
            if "build" in each and step in each
        ]
        for name, (step, of) in CURVES.items()
    }


def _exponents(sizes: dict[str, Any]) -> dict[str, Any]:
    """Return by which power of the number of passages medians grow: the slope between logarithms, and its 95 %."""
    found: dict[str, Any] = {}
    for name, points in _points(sizes).items():
        if len(points) < 3:
            continue
        x, y = np.log(np.array(points)).T
        (slope, offset), n = np.polyfit(x, y, 1), len(points)
        error = np.sqrt(((y - slope * x - offset) ** 2).sum() / (n - 2) / ((x - x.mean()) ** 2).sum())
        last = (y[-1] - y[-2]) / (x[-1] - x[-2])
        found[name] = {
            "exponent": round(float(slope), 2),
            "interval": round(float(T_95[n - 2] * error), 2),
            "over_the_last_two_sizes": round(float(last), 2),
        }
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="what tests.benchmarks.data made")
    parser.add_argument("--folder", type=Path, required=True, help="where the stores are; 3 GB for a million passages")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--only", nargs="+", choices=USUAL, help="these steps alone")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-stores.json"))
    parser.add_argument("--curve", type=Path, help="the SVG file to draw the medians into")
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    parser.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
