"""Questions asked of an answerer or of a rival, timed as the person who waits sees it, and how such times are told."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.answer import Answerer, open_answerer
from qa.questions import questions_sha256, read_questions
from qa.types import Event, Finished, Searched, Wrote
from tests.benchmarks.record import encoder_of

N_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's seconds from the asking to the passages, the first word (None: it was refused) and the end."""

    question: str
    passages_s: float
    first_word_s: float | None
    whole_s: float
    text: str
    pauses_s: tuple[float, ...] = ()


def ask_timed(answerer: Answerer, question: str) -> Asked:
    """Ask one question. `pauses_s` are those between one piece of the answer and the next."""
    began = time.perf_counter()
    return timed_events(question, began, answerer.stream(question))


def timed_events(question: str, began: float, events: Iterable[Event]) -> Asked:
    """Return when what came."""
    passages_s, words_s, text = 0.0, list[float](), ""
    for event in events:
        passed = time.perf_counter() - began
        if isinstance(event, Searched):
            passages_s = passed
        elif isinstance(event, Wrote):
            words_s.append(passed)
        elif isinstance(event, Finished):
            text = event.answer.text
    pauses = tuple(after - before for before, after in itertools.pairwise(words_s))
    return Asked(question, passages_s, words_s[0] if words_s else None, passed, text, pauses)


def questions_of(folder: Path, n: int, *, answerable: bool | None = None) -> tuple[list[str], str]:
    """Return n questions of the folder's question file, drawn with a fixed seed, and the hash of the whole file."""
    questions = read_questions(folder / "questions.jsonl")
    fitting = [one.question for one in questions if not one.history and answerable in (None, one.answerable)]
    if len(fitting) < n:
        raise SystemExit(f"{folder} has {len(fitting)} such questions, and {n} were asked for")
    return random.Random(0).sample(fitting, n), questions_sha256(questions)


def opened(folder: Path, model: str | None) -> Answerer:
    """Return the answerer over the folder's documents; its engine has done once what it does at the first question."""
    answerer = open_answerer(docs=[folder / "docs"], model=model)
    answerer.warm_up()
    return answerer


def engine_of(answerer: Answerer) -> dict[str, Any]:
    """Return what the record says of the engine and of the encoder."""
    engine = answerer.engine
    return {"model": getattr(engine, "name", ""), "engine": type(engine).__name__, **encoder_of(answerer.encoder)}


def seconds(values: Iterable[float | None]) -> dict[str, float]:
    """Return median and 95th percentile of the seconds that are there."""
    there = [value for value in values if value is not None]
    if not there:
        return {"n": 0}
    p50, p95 = np.percentile(there, [50, 95]).round(3).tolist()
    return {"n": len(there), "p50_s": p50, "p95_s": p95, "most_s": round(max(there), 3)}


def told(asked: Sequence[Asked]) -> dict[str, Any]:
    """Return the three times of the questions, and how many were answered."""
    return {
        "n_answered": sum(one.first_word_s is not None for one in asked),
        "passages": seconds(one.passages_s for one in asked),
        "first_word": seconds(one.first_word_s for one in asked),
        "whole": seconds(one.whole_s for one in asked),
    }


def ratio_of_medians(slow: Sequence[float], fast: Sequence[float]) -> dict[str, float]:
    """Return how many times the median of `slow` is that of `fast`, row n of both the same question, with 95 % interval.

    The interval is that of the ratio of the medians: questions are drawn anew with their pair. Beside it stands the
    median of the ratios, each that of one question.
    """
    pairs = np.array([slow, fast], dtype=np.float64)
    draws = np.random.default_rng(0).integers(0, pairs.shape[1], (N_RESAMPLES, pairs.shape[1]))
    medians = np.median(pairs[:, draws], axis=2)
    low, high = np.quantile(medians[0] / medians[1], [0.025, 0.975])
    ratio = float(np.median(pairs[0]) / np.median(pairs[1]))
    found = {"ratio": ratio, "low": low, "high": high, "median_of_ratios": np.median(pairs[0] / pairs[1])}
    return {"n": pairs.shape[1], **{name: round(float(value), 2) for name, value in found.items()}}
