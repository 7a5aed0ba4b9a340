"""What the gate saw and decided, in plain words. Knows nothing of how it is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping

from embeddings.phrase import Phrase
from qa.gate import Gate
from qa.settings import Strictness
from qa.types import Answer

SHARES = {
    "yes_log_odds": Phrase("Asked whether the passages state the answer, the model said Yes with {share:.0%}."),
    "head_log_odds": Phrase(
        "Asked whether the passages state the answer, the trained head of the model said Yes with {share:.0%}."
    ),
    "claim_log_odds": Phrase(
        "Asked whether the passages state exactly what was written, the trained head of the model said Yes with "
        "{share:.0%} (to the sentence with the least)."
    ),
    "answered": Phrase("That one of the best sentences answers it is, to the trained reader, {share:.0%} probable."),
    "best_coverage": Phrase(
        "Of the question's words, the sentence with most of them has {share:.0%} (rare words count more)."
    ),
    "coverage": Phrase("Of the question's words, all that the model read has {share:.0%} (rare words count more)."),
    "nowhere": Phrase("Of the question's words, {share:.0%} stand in no document (rare words count more)."),
    "support": Phrase("Of what the answer says, its sources have {share:.0%}."),
    "mean_log_probability": Phrase(
        "While it wrote, the model gave each piece of a word a probability of {share:.0%} on average."
    ),
    "least_log_probability": Phrase("The piece it was least sure of had {share:.0%}."),
}
LIKENESSES = {
    "best_cosine": Phrase(
        "The sentence nearest in meaning to the question has a likeness of {value:.2f}; 1 is the same meaning."
    ),
    "capped_cosine": Phrase("Of that likeness the gate counts {value:.2f}."),
}
COUNTS = {
    "missing_numbers": (
        Phrase("No number of the question is missing from what the model read."),
        Phrase("1 number of the question is missing from what the model read."),
        Phrase("{n} numbers of the question are missing from what the model read."),
    ),
    "missing_names": (
        Phrase("No name of the question is missing from what the model read."),
        Phrase("1 name of the question is missing from what the model read."),
        Phrase("{n} names of the question are missing from what the model read."),
    ),
    "missing_beside_sources": (
        Phrase("No number or name of the question is missing from the cited sentences and those near them."),
        Phrase("1 number or name of the question is missing from the cited sentences and those near them."),
        Phrase("{n} numbers or names of the question are missing from the cited sentences and those near them."),
    ),
}
"""What is said of none, of one and of several."""


_DECIDED_BY_THE_GATE = Phrase(
    "The documents state the answer with a probability of {share:.0%}, as estimated {when}; "
    "the setting “{level}” wants at least {needed:.0%}."
)
_REFUSED_FOR_ITS_WORDS = Phrase(
    "The documents state the answer with a probability of {share:.0%}, as estimated {when}, and the setting “{level}” "
    "wants at least {needed:.0%}; but what was written says itself that they do not, or names something that stands "
    "nowhere in what was found, or is empty."
)


def decision(answer: Answer, gate: Gate | None, strictness: Strictness) -> Phrase:
    """Return how sure the gate was, how sure it had to be, and whether that was before or after the writing.

    Where the gate was sure enough and the answer was refused all the same, also why. Of an answer that was kept the
    gate is not known any more (None), and so not how sure it had to be.
    """
    written = "support" in answer.signals
    when = Phrase("after the answer was written") if written else Phrase("before anything was written")
    if gate is None:
        return Phrase(
            "The documents state the answer with a probability of {share:.0%}, as estimated {when}; "
            "it was asked at “{level}”.",
            share=answer.confidence,
            when=when,
            level=Phrase(strictness),
        )
    stage = gate.after if written else gate.before
    return Phrase(
        _REFUSED_FOR_ITS_WORDS if refused_for_its_words(answer, gate, strictness) else _DECIDED_BY_THE_GATE,
        share=answer.confidence,
        when=when,
        level=Phrase(strictness),
        needed=stage.thresholds[strictness],
    )


def refused_for_its_words(answer: Answer, gate: Gate | None, strictness: Strictness) -> bool:
    """Return whether the answer was refused for what was written, which no setting changes: the gate let it pass.

    Where the gate is not known any more (None), that is not known either.
    """
    if gate is None or answer.status != "not_found" or "support" not in answer.signals:
        return False
    return gate.after.passes(answer.confidence, strictness)


def signals_in_words(signals: Mapping[str, float]) -> tuple[Phrase, ...]:
    """Return one sentence for each signal, in the order that the gate saw them."""
    return tuple(_signal(name, value) for name, value in signals.items())


def _signal(name: str, value: float) -> Phrase:
    if name in SHARES:
        return Phrase(SHARES[name], share=_share(name, value))
    if name in LIKENESSES:
        return Phrase(LIKENESSES[name], value=value)
    if name in COUNTS:
        none, one, several = COUNTS[name]
        n = round(value)
        return Phrase(several, n=n) if n > 1 else one if n else none
    return Phrase("{name}: {value:.2f}.", name=name.replace("_", " ").capitalize(), value=value)


def _share(name: str, value: float) -> float:
    """Return a signal as a part of one: log-odds and log-probabilities as probabilities."""
    if name.endswith("log_odds") or name == "answered":
        return 1.0 / (1.0 + math.exp(-value))
    return math.exp(value) if name.endswith("log_probability") else value
