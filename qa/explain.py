"""What the gate saw and decided, in plain words. Knows nothing of how it is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping

from qa.gate import Gate
from qa.settings import Strictness
from qa.types import Answer

SHARES = {
    "best_coverage": "Of the question's words, the sentence with most of them has {share} (rare words count more).",
    "coverage": "Of the question's words, all that the model read has {share} (rare words count more).",
    "nowhere": "Of the question's words, {share} stand in no document (rare words count more).",
    "support": "Of what the answer says, its sources have {share}.",
}
COUNTS = {
    "missing_numbers": ("number", "missing from what the model read"),
    "missing_names": ("name", "missing from what the model read"),
    "missing_beside_sources": ("number or name", "missing from the cited sentences and those near them"),
}
PROBABILITIES = {
    "mean_log_probability": "While it wrote, the model gave each piece of a word a probability of {share} on average.",
    "least_log_probability": "The piece it was least sure of had {share}.",
}


def decision(answer: Answer, gate: Gate, strictness: Strictness) -> str:
    """Return how sure the gate was, how sure it had to be, and whether that was before or after the writing."""
    written = "support" in answer.signals
    stage = gate.after if written else gate.before
    needed = stage.thresholds[strictness]
    when = "after the answer was written" if written else "before anything was written"
    return (
        f"The documents state the answer with a probability of {_share(answer.confidence)}, as estimated {when}; "
        f"the setting “{strictness}” wants at least {_share(needed)}."
    )


def signals_in_words(signals: Mapping[str, float]) -> tuple[str, ...]:
    """Return one sentence for each signal, in the order that the gate saw them."""
    return tuple(_signal(name, value) for name, value in signals.items())


def _signal(name: str, value: float) -> str:
    if name == "yes_log_odds":
        probability = 1.0 / (1.0 + math.exp(-value))
        return f"Asked whether the passages state the answer, the model said Yes with {_share(probability)}."
    if name == "answered":
        probability = 1.0 / (1.0 + math.exp(-value))
        return f"That one of the best sentences answers it is, to the trained reader, {_share(probability)} probable."
    if name == "best_cosine":
        return f"The sentence nearest in meaning to the question has a likeness of {value:.2f}; 1 is the same meaning."
    if name == "capped_cosine":
        return f"Of that likeness the gate counts {value:.2f}."
    if name in SHARES:
        return SHARES[name].format(share=_share(value))
    if name in PROBABILITIES:
        return PROBABILITIES[name].format(share=_share(math.exp(value)))
    if name in COUNTS:
        noun, where = COUNTS[name]
        n = round(value)
        some = f"{n} {noun.replace(' or ', 's or ')}s" if n > 1 else f"{n or 'No'} {noun}"
        return f"{some} of the question {'are' if n > 1 else 'is'} {where}."
    return f"{name.replace('_', ' ').capitalize()}: {value:.2f}."


def _share(part: float) -> str:
    return f"{part:.0%}"
