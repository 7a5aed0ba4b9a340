"""Everything that can be set about answering, in one frozen value, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from embeddings.phrase import Phrase
from qa.errors import SettingsError

Strictness = Literal["lenient", "balanced", "strict"]
"""From the level that refuses least to the one that refuses most."""
Answering = Literal["checked", "told-to-cite", "passage"]
Fusion = Literal["late-interaction", "min-max", "dense", "words", "rank"]


def looser(strictness: str) -> Strictness | None:
    """Return the next level that refuses less; None: there is none."""
    levels = get_args(Strictness)
    place = levels.index(strictness)
    return levels[place - 1] if place else None


MOST_PASSAGES = 50
"""The most passages that can be returned with an answer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How questions are answered. What was fixed when a store was built is read from its manifest instead.

    strictness: how sure the gate must be before an answer is given.
    fusion: how dense and word scores become one; the others are baselines to measure against.
    answering: how an answer comes about; "told-to-cite" and "passage" are baselines to measure against.
    n_passages: passages returned with an answer.
    evidence_tokens: the most tokens of the documents' text that the model is given to read.
    max_tokens: the longest answer that the model writes.
    n_beside: the most sentences of the documents that are quoted beside it because they belong to the answer, too.
    """

    strictness: Strictness = "balanced"
    fusion: Fusion = "late-interaction"
    answering: Answering = "checked"
    n_passages: int = 5
    evidence_tokens: int = 200
    max_tokens: int = 160
    n_beside: int = 2

    def __post_init__(self) -> None:
        _one_of("strictness", self.strictness, get_args(Strictness))
        _one_of("fusion", self.fusion, get_args(Fusion))
        _one_of("answering", self.answering, get_args(Answering))
        _between("n_passages", self.n_passages, 1, MOST_PASSAGES)
        _between("evidence_tokens", self.evidence_tokens, 50, 8000)
        _between("max_tokens", self.max_tokens, 8, 2000)
        _between("n_beside", self.n_beside, 0, 2)

    def but(self, changes: Mapping[str, Any]) -> Settings:
        """Return these settings with `changes`; an unknown name is a SettingsError that lists the known ones."""
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                raise SettingsError(
                    "there is no setting {name!r}; there are: {known}", name=name, known=", ".join(known)
                )
        return replace(self, **changes)


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(
            "{name} is {value!r}; it can be: {allowed}", name=name, value=value, allowed=", ".join(allowed)
        )


def _between(name: str, value: int, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SettingsError(
            "{name} is {value!r}; it is a whole number from {least} to {most}",
            name=Phrase(name),
            value=value,
            least=least,
            most=most,
        )
