"""What was found and what the model made of it in; out comes how probable it is that the documents state the answer.

A logistic model over a few signals, fitted by `python -m qa.fit_gate` on development questions; its coefficients and
the thresholds of the three strictness levels stand in gate.json with the record of the fit. Knows nothing of citations.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qa.evidence import Candidate
from qa.generate import Piece
from qa.logistic import Logistic
from qa.missing import missing_figures
from qa.reader import Read
from qa.settings import Strictness
from qa.words import content_stems, names_of

MOST_COSINE = 0.55
"""Beyond it a likeness says nothing more: questions made from a document's own words reach .9, and would make all
others look unlikely. Capped at .5, .55 and .6 it did about the same."""

LOGIT_LIMIT = 8.0
"""Log-odds are cut here: beyond it a model's certainty says nothing more."""


BY_HEAD = "head_log_odds"
"""The signal that stands in the place of "yes_log_odds" where a trained head gave the word to the check."""


CLAIMED = "claim_log_odds"
"""The signal that is there where a trained head judged sentences of the answer."""


@dataclass(frozen=True, slots=True)
class Stage(Logistic):
    """One decision: how probable it is by the signals that the documents state the answer, and how sure to be."""

    thresholds: Mapping[str, float]

    def passes(self, probability: float, strictness: Strictness) -> bool:
        """Return whether that is sure enough."""
        return probability >= self.thresholds[strictness]


@dataclass(frozen=True, slots=True)
class Gate:
    """Two decisions: `before` anything is written, from cheap signals, and `after`, with what was written."""

    before: Stage
    after: Stage


@lru_cache(maxsize=2)
def fitted_gate(*, by_head: bool = False) -> Gate:
    """Return the gate whose coefficients ship with the program: that with or without the signal of a trained head."""
    raw = json.loads(Path(__file__).with_name("gate.json").read_text(encoding="utf-8"))["head" if by_head else "plain"]
    names = ("intercept", "coefficients", "means", "deviations", "thresholds")
    before, after = (Stage(**{name: raw[stage][name] for name in names}) for stage in ("before", "after"))
    return Gate(before, after)


def yes_log_odds(reply: Piece | None) -> float | None:
    """Return the log-odds of Yes against everything else, from the first token of the reply to the check.

    Where the engine gives no log-probability, a quarter of the most. None: the reply is neither Yes nor No.
    """
    word = reply.text.strip().lower() if reply else ""
    if reply is None or not word.startswith(("y", "n")):
        return None
    if reply.logprob is None:
        return LOGIT_LIMIT / 4 if word.startswith("y") else -LOGIT_LIMIT / 4
    probability = min(max(math.exp(reply.logprob), 1e-4), 1.0 - 1e-4)
    log_odds = math.log(probability / (1.0 - probability))
    return max(-LOGIT_LIMIT, min(LOGIT_LIMIT, log_odds if word.startswith("y") else -log_odds))


def signals_before(
    question: str,
    chosen: Sequence[Candidate],
    titles: Sequence[str],
    weights: Mapping[str, float],
    frequencies: Mapping[str, int],
    reply: Piece | None,
    read: Sequence[Read],
    *,
    by_head: bool = False,
) -> dict[str, float]:
    """Return the signals that are there before the answer is written.

    `weights` and `frequencies` are those of the question's stems; `chosen` is what the model reads. `reply` is to the
    check of all that is read, and `by_head` whether a trained head gave it. `read` is what the reader makes of the
    question beside each of the best sentences; without it there is no `answered`. Of a reply that is neither Yes nor No
    there is no log-odds.
    """
    text = " ".join([*titles, *(candidate.sentence.text for candidate in chosen)])
    have = content_stems(text)
    best_cosine = max((candidate.cosine for candidate in chosen), default=0.0)
    total = sum(weights.values()) or 1.0
    said = yes_log_odds(reply)
    return {
        **({} if said is None else {BY_HEAD if by_head else "yes_log_odds": said}),
        "best_cosine": best_cosine,
        "capped_cosine": min(best_cosine, MOST_COSINE),
        "best_coverage": max((candidate.coverage for candidate in chosen), default=0.0),
        "coverage": sum(weight for stem, weight in weights.items() if stem in have) / total,
        "nowhere": sum(weight for stem, weight in weights.items() if not frequencies.get(stem)) / total,
        **({"answered": max(one.answered for one in read)} if read else {}),
        "missing_numbers": float(len(missing_figures(question, text))),
        "missing_names": float(len(names_of(question) - have)),
    }


def signals_after(
    before: Mapping[str, float],
    log_probabilities: Sequence[float],
    parts: Sequence[float],
    missing: int,
    heard: Sequence[float] = (),
) -> dict[str, float]:
    """Return the signals with those of the written answer added.

    `log_probabilities` are those of its pieces, `parts` how much of each sentence its sources have, `missing` how many
    numbers and names of the question stand neither in the sources nor beside them, `heard` what a trained head says of
    each sentence, in log-odds.
    """
    return {
        **before,
        "mean_log_probability": sum(log_probabilities) / len(log_probabilities) if log_probabilities else -1.0,
        "least_log_probability": max(-6.0, min(log_probabilities, default=-1.0)),
        "support": sum(parts) / len(parts) if parts else 0.0,
        "missing_beside_sources": float(missing),
        **({CLAIMED: min(heard)} if heard else {}),
    }
