"""A claim and its source in, the words out that put the same thing on opposite sides: before and after, from and to.

They carry no meaning by themselves, so a bag of words has none of them, and a reader misses them as a rule: of ten
sentences with such a word exchanged the support check without a head took ten for stated. Compared is what each stands
before: "before the storm" beside "after the storm", wherever in the sentence that is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from qa.words import NEGATIONS, STOP_WORDS, figure_or_stem, in_figures, stem, weighed_words, words_of

_SIDES = (
    ("over above more", "under below less fewer"),
    ("before until", "after"),
    ("up", "down"),
    ("most", "least few"),
    ("all", "some few none"),
    ("with", "without"),
    ("inside", "outside"),
)
"""What lies on one side, and on the other."""

_BESIDE = (("for", "against"), ("from", "to"))
"""These stand before too many things to be told apart by them alone: the word before them has to be the same, too."""

_SWAPPED = (("from", "to"),)
"""Where both are exchanged, "from A to B" for "from B to A", the word before them is not asked for."""

_TAKES_SIDES = frozenset(
    map(
        stem,
        "vote voted argue argued argument campaign campaigned speak spoke spoken decide decided rule ruled".split(),
    )
)
"""Behind these "for" is the opposite of "against"; a vaccine for a disease is one against it."""

_ALIKE_IN_BOTH = frozenset({stem("different")})
_COMPARING = frozenset({"over", "above", "more", "under", "below", "less", "fewer"})
_DENYING = NEGATIONS - {"without", "none"}

_MOST_BETWEEN = 3
"""Words without meaning between one of these and what it stands before: "before the", "all of these"."""

Sides = tuple[tuple[str, str], ...]


def opposed(claim: str, source: str) -> tuple[str, ...]:
    """Return the words of the claim in whose place the source has only their opposites, sorted.

    None where only one of them denies something: "only with permission" is "not without permission".
    """
    if _denies(claim) != _denies(source):
        return ()
    swapped = _exchanged(claim, source, _SWAPPED)
    found = _exchanged(claim, source, _SIDES) | _exchanged(claim, source, _BESIDE, beside=True)
    return tuple(sorted(found | (swapped if len(swapped) > 1 else set())))


def _denies(text: str) -> bool:
    return any(word in _DENYING or word.endswith("n't") for word in words_of(text))


def _exchanged(claim: str, source: str, sides: Sides, *, beside: bool = False) -> set[str]:
    both, found = _both(sides), set[str]()
    there = _places(source, sides, beside=beside)
    turned = _behind_than(claim) != _behind_than(source)
    for place, words in _places(claim, sides, beside=beside).items():
        others = there.get(place, set())
        for word in words:
            if turned and word in _COMPARING and not place[1].isdigit():
                continue  # "A is less than B" is "B is more than A"
            own, opposite = both[word]
            if others & opposite and not others & own:
                found.add(word)
    return found


def _behind_than(text: str) -> str:
    """Return the first word of meaning behind "than"; empty: there is none."""
    words = list(weighed_words(in_figures(text)))
    at = next((place for place, (word, _) in enumerate(words) if word == "than"), len(words))
    return next((figure_or_stem(word) for word, carries in words[at:] if carries), "")


@lru_cache(maxsize=4)
def _both(sides: Sides) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return for each word those of its own side, itself among them, and those of the other."""
    ordered = (pair for both in sides for pair in (both, both[::-1]))
    return {word: (frozenset(own.split()), frozenset(other.split())) for own, other in ordered for word in own.split()}


@lru_cache(maxsize=16384)
def _places(text: str, sides: Sides, *, beside: bool) -> Mapping[tuple[str, str], set[str]]:
    """Return what stands before what: (word of meaning before, empty unless `beside`; the one after) -> such words."""
    both = _both(sides)
    words = list(weighed_words(in_figures(text)))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    before = ""
    for place, (word, carries) in enumerate(words):
        if word in both:
            following = words[place + 1 : place + 2 + _MOST_BETWEEN]
            after = next((other for other, means in following if means and other not in both), "")
            if after and not _says_another_thing(word, before, after, beside=beside):
                found[before if beside else "", figure_or_stem(after)].add(word)
        elif carries and word not in STOP_WORDS:
            before = figure_or_stem(word)
    return found


def _says_another_thing(word: str, before: str, after: str, *, beside: bool) -> bool:
    """Return whether the word is on no side there: "some 400" are about so many."""
    if beside and (before in _ALIKE_IN_BOTH or (word in {"for", "against"} and before not in _TAKES_SIDES)):
        return True
    return word == "some" and after.isdigit()
