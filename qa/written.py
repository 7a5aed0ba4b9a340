"""An answer while it is being written: its text so far, what of it is checked, and with which outcome.

Knows the numbers before the items of a list: nothing states them, so they are shown with an item and not checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qa.cite import Labels, Support
from qa.types import AnswerSentence

_NUMBER = re.compile(r"(?:[-*_•]+\s*)*\(?(\d{1,3})[.)][*_]*\s+")


@dataclass(slots=True)
class Written:
    """The answer while it is being written.

    `said` is what was checked of each of the sentences that `supports` belongs to. `done` is how many characters of the
    text are checked, `n_items` how many items of a list there were.
    """

    labels: Labels
    text: str = ""
    log_probabilities: list[float] = field(default_factory=list)
    sentences: list[AnswerSentence] = field(default_factory=list)
    supports: list[Support] = field(default_factory=list)
    done: int = 0
    said: list[str] = field(default_factory=list)
    n_items: int = 0

    def take(self, start: int, end: int) -> str:
        """Return the sentence there as far as it is not done, and count it as done.

        Empty: it is the number of a list's next item alone, and belongs to the sentence that follows.
        """
        begin = self.done if self._is_number(self.done, start) else max(start, self.done)
        if self._is_number(begin, end) and self.text[end:].strip():
            return ""
        self.done = max(end, self.done)
        return " ".join(self.text[begin:end].split())

    def without_number(self, text: str) -> str:
        """Return a sentence without the number of a list's next item before it, which nothing states."""
        if (number := _NUMBER.match(text)) is None or int(number[1]) != self.n_items + 1:
            return text
        self.n_items += 1
        return text[number.end() :]

    def _is_number(self, start: int, end: int) -> bool:
        number = _NUMBER.fullmatch(self.text[start:end].strip() + " ")
        return number is not None and int(number[1]) == self.n_items + 1
