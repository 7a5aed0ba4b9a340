"""Question and history in, what to search for out. No model call: a follow-up is told by its words.

A question that leans on the conversation (a pronoun without a name before it, an opening such as "And" or "What about",
or hardly any word of its own) is searched twice: with the user's turn before it, and alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.types import Citation, Turn
from qa.words import names_of, subject_words, words_of

POINTING = frozenset(
    """he she it they him her them his hers its their theirs this that these those there one ones such same former
    latter both another other others else""".split()
)
OPENING = re.compile(
    r"^\s*(and|but|so|or|then|also|what about|how about|what else|anything else|who else|why not|why so|how come|"
    r"more|go on|tell me more|really|which one|for example|like what)\b",
    re.IGNORECASE,
)
FEW_WORDS = 1
"""A question with no more words of its own than this leans on the conversation ("Why?", "In which year?")."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to search for. `texts` are searched each by itself and fused; `added` is what the conversation gave.

    `cited` are the citations of the answer before, whose sentences stay candidates.
    """

    question: str
    texts: tuple[str, ...]
    added: str = ""
    cited: tuple[Citation, ...] = ()

    @property
    def text(self) -> str:
        """The widest text that is searched for."""
        return self.texts[0]


def plan_search(question: str, history: Sequence[Turn]) -> Search:
    """Return what to search for; a question that stands alone is searched as it is."""
    asked = [turn.content for turn in history if turn.role == "user"]
    if not asked or stands_alone(question):
        return Search(question, (question,))
    added = _last_subject(asked)
    cited = next((turn.citations for turn in reversed(history) if turn.role == "assistant"), ())
    return Search(question, (f"{added} {question}", question), added, cited)


def stands_alone(question: str) -> bool:
    """Return whether the question says what it is about without the conversation."""
    if OPENING.match(question):
        return False
    own = subject_words(question)
    if len(own) <= FEW_WORDS and not names_of(question):
        return False
    return not _points_back(question)


def _points_back(question: str) -> bool:
    """Return whether a pointing word comes before any name that it could stand for."""
    for match in re.finditer(r"[^\W_]+", question):
        word = match.group().lower()
        if word in POINTING and not (
            word in {"that", "there", "one", "other", "both", "such", "same"} and match.start()
        ):
            return not names_of(question[: match.start()])
    return bool(re.search(r"\b(that|this|those|these|the same|such an?) \w+\s*\??$", question.lower()))


def _last_subject(asked: Sequence[str]) -> str:
    """Return the last turns of the user, back to one that says what it is about."""
    kept: list[str] = []
    for turn in reversed(asked):
        kept.insert(0, turn.strip())
        if stands_alone(turn):
            break
    return " ".join(kept[-2:]) if len(words_of(kept[-1])) < 4 else kept[-1]
