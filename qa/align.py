"""A claim and a source in, where their words part out: put into another's place, moved, put in, denied.

A claim that copies its source but for a word has all signs of support in a bag of words. Set beside each other in
order, what is exchanged shows: words that stand between the same neighbours as others of the source. Knows no weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa.words import NEGATIONS, figure_or_stem, in_figures, weighed_words

MOST_REPLACED = 4
"""Words of meaning that something may stand in for; in place of more, it is another sentence."""

MOST_COUNTED = 3.0

Opcode = tuple[str, int, int, int, int]
"""What happens to which words of the source, and those of the claim, as difflib has it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and whether it carries meaning or denies."""

    stem: str
    means: bool
    denies: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a claim lies on its source.

    `same`: part of the claim's words that follow each other as there, 0 to 1. The others are counts, MOST_COUNTED at
    most: `replaced` words in the place of others, `replacements` such places, `moved` words that stand elsewhere there,
    `added` words that do not stand there, `denials` that only one side has, `exchanged` places where a word of the
    source has the place of one that the claim has too.
    """

    same: float
    replaced: float
    replacements: float
    moved: float
    added: float
    denials: float
    exchanged: float


def align(claim: str, sources: Sequence[str]) -> Alignment:
    """Return how the claim lies on that source with which it shares the most words in order."""
    words = words_in(claim)
    best: tuple[Word, ...] = ()
    blocks: Sequence[Opcode] = ()
    most = 0
    for source in sources:
        others = words_in(source)
        matcher = SequenceMatcher(None, [word.stem for word in others], [word.stem for word in words], autojunk=False)
        opcodes = matcher.get_opcodes()
        same = sum(end - start for tag, start, end, _, _ in opcodes if tag == "equal")
        if same >= most:
            most, best, blocks = same, others, opcodes
    return _counted(words, best, blocks, most)


def words_in(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order."""
    return tuple(
        Word(figure_or_stem(word), carries, word in NEGATIONS or word.endswith("n't"))
        for word, carries in weighed_words(in_figures(text))
    )


def _counted(claim: Sequence[Word], source: Sequence[Word], opcodes: Sequence[Opcode], n_same: int) -> Alignment:
    there = {word.stem for word in source}
    here = {word.stem for word in claim}
    counts = dict.fromkeys(("replaced", "replacements", "moved", "added", "denials", "exchanged"), 0.0)
    for place, (tag, begin, end, first, last) in enumerate(opcodes):
        if tag == "equal":
            continue
        said = [word for word in claim[first:last] if word.means]
        meant = [word for word in source[begin:end] if word.means]
        follows = place > 0  # what is not equal has equal neighbours
        ends = place + 1 == len(opcodes)
        in_place = tag == "replace" and bool(meant) and len(meant) <= MOST_REPLACED and follows
        for word in said:
            counts["moved" if word.stem in there else "replaced" if in_place else "added"] += 1
        counts["replacements"] += in_place and bool(said)
        counts["exchanged"] += (
            tag == "replace" and any(word.stem in there for word in said) and any(word.stem in here for word in meant)
        )
        if (tag != "delete" or (follows and not ends)) and end - begin <= MOST_REPLACED + 2:
            counts["denials"] += abs(_denials(claim[first:last]) - _denials(source[begin:end]))
    return Alignment(n_same / max(1, len(claim)), **{name: min(MOST_COUNTED, n) for name, n in counts.items()})


def _denials(words: Sequence[Word]) -> int:
    return sum(word.denies for word in words)
