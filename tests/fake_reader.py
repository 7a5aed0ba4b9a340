"""A reader for tests: it compares words, so what a text has all words of, and denies none of, it states."""

from __future__ import annotations

from collections.abc import Sequence

from qa.reader import Read
from qa.words import content_stems, negated_stems


class WordReader:
    """A `Reader` without weights. `pairs` records every pair it was asked for, in order."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Read]:
        """Return log-odds from -4, none of the words, to 4, all of them; a word that is not there is strange.

        That a claim is stated is, where a word is missing, never more than even.
        """
        self.pairs.extend(pairs)
        found = []
        for claim, text in pairs:
            stems = content_stems(claim)
            part = len(stems & content_stems(text)) / len(stems) if stems else 1.0
            if (negated_stems(claim) ^ negated_stems(text)) & stems & content_stems(text):
                part = 0.0
            stated = 4.0 if part == 1.0 else 4.0 * part - 4.0
            found.append(Read(stated, 8.0 * part - 4.0, -4.0 if part == 1.0 else 4.0))
        return found

    def fits(self, pair: tuple[str, str]) -> bool:
        """Return True: it reads any text to its end."""
        return True
