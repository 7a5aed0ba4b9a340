"""How fast passages are encoded beside sentence-transformers as it comes: same weights, same texts, same process.

    python -m tests.benchmarks.encoding --docs DIR --out docs/results/bench-encoding.json

Both take turns, so that what else runs on the machine slows both.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np

from embeddings.encode import open_encoder
from embeddings.load import load_paths
from embeddings.passages import split_passages
from embeddings.weights import default_cache, fetch, model_named
from tests.benchmarks.record import encoder_of, resident_mb, timed, write_record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-encoding.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()

    ours = open_encoder(device="cpu")
    import torch
    from sentence_transformers import SentenceTransformer

    folder = fetch(model_named(ours.name), default_cache())
    theirs = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    documents = load_paths([options.docs]).documents
    texts = [p.text for document in documents for p in split_passages(document, ours.count_tokens)]
    texts = random.Random(0).sample(texts, options.passages)
    ours.encode(texts[:32])
    reference = theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    cosines = (ours.encode(texts) * reference).sum(axis=1)
    rounds = []
    for _ in range(options.rounds):
        mine = timed(lambda: ours.encode(texts))
        other = timed(lambda: theirs.encode(texts, show_progress_bar=False))
        rounds.append({"ours": asdict(mine), "sentence_transformers": asdict(other)})
    wall, cpu = ([each["sentence_transformers"][of] / each["ours"][of] for each in rounds] for of in ("wall", "cpu"))
    measured = {
        **encoder_of(ours),
        "n_passages": len(texts),
        "mean_tokens": round(float(np.mean(ours.count_tokens(texts))), 1),
        "torch_threads": torch.get_num_threads(),
        "rounds": rounds,
        "passages_per_s": round(len(texts) / float(np.median([each["ours"]["wall"] for each in rounds])), 1),
        "times_as_fast": {"median": round(float(np.median(wall)), 2), "least": round(min(wall), 2)},
        "times_as_fast_in_processor_time": {"median": round(float(np.median(cpu)), 2), "least": round(min(cpu), 2)},
        "cosine_to_sentence_transformers": {"least": float(cosines.min()), "mean": float(cosines.mean())},
        **resident_mb(),
    }
    print(measured)
    write_record(options.out, "tests.benchmarks.encoding", measured, options.note)


if __name__ == "__main__":
    main()
