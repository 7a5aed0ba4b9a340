"""A claim and its source in, the words out that put the same thing on opposite sides: before and after, from and to.

They carry no meaning by themselves, so a bag of words has none of them, and a reader misses them as a rule: of seven
sentences with such a word exchanged it took seven for stated. Compared is what each stands before: "before the storm"
beside "after the storm", wherever in the sentence that is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from qa.words import STOP_WORDS, figure_or_stem, in_figures, weighed_words

_PAIRS = (
    "before after",
    "up down",
    "over under",
    "over below",
    "above below",
    "above under",
    "more less",
    "more fewer",
    "over less",
    "over fewer",
    "more under",
    "more below",
    "most least",
    "most few",
    "all some",
    "all few",
    "all none",
    "both neither",
    "with without",
    "inside outside",
    "until since",
)
_BESIDE = ("for against", "with against", "from to")
"""These stand before too many things to be told apart by them alone: the word before them has to be the same, too."""

_SWAPPED = ("from to",)
"""Where both are exchanged, "from A to B" for "from B to A", the word before them is not asked for."""

_MOST_BETWEEN = 3
"""Words without meaning between one of these and what it stands before: "before the", "all of these"."""


@lru_cache(maxsize=4)
def _opposites(pairs: tuple[str, ...]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        first, second = pair.split()
        found[first].add(second)
        found[second].add(first)
    return {word: frozenset(others) for word, others in found.items()}


def opposed(claim: str, source: str) -> tuple[str, ...]:
    """Return the words of the claim in whose place the source has only their opposites, sorted."""
    swapped = _exchanged(claim, source, _SWAPPED)
    found = _exchanged(claim, source, _PAIRS) | _exchanged(claim, source, _BESIDE, beside=True)
    return tuple(sorted(found | (swapped if len(swapped) > 1 else set())))


def _exchanged(claim: str, source: str, pairs: tuple[str, ...], *, beside: bool = False) -> set[str]:
    opposites, found = _opposites(pairs), set[str]()
    there = _sides(source, pairs, beside=beside)
    for place, words in _sides(claim, pairs, beside=beside).items():
        others = there.get(place, set())
        found |= {word for word in words - others if others & opposites[word] and not others & words}
    return found


@lru_cache(maxsize=16384)
def _sides(text: str, pairs: tuple[str, ...], *, beside: bool) -> Mapping[tuple[str, str], set[str]]:
    """Return what stands before what: (word of meaning before, empty unless `beside`; the one after) -> such words."""
    opposites = _opposites(pairs)
    words = list(weighed_words(in_figures(text)))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    before = ""
    for place, (word, carries) in enumerate(words):
        if word in opposites:
            following = words[place + 1 : place + 2 + _MOST_BETWEEN]
            after = next((other for other, means in following if means and other not in opposites), "")
            if after:
                found[before if beside else "", figure_or_stem(after)].add(word)
        elif carries and word not in STOP_WORDS:
            before = figure_or_stem(word)
    return found
