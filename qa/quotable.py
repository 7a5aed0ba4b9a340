"""Documents in, sentences worth a question out, each with the short answer that a question could ask for.

A sentence is worth one when it can be understood alone and states a number, a date or a name. Knows no model.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from embeddings.types import Document, Sentence
from qa.metrics import contains_answer
from qa.words import STOP_WORDS, content_stems, names_of, numbers_of, words_of

LEAST_CHARACTERS, MOST_CHARACTERS = 45, 320

MOST_COMPARED = 40
"""Characters from which names are told apart; those of all names of a document are in memory while it is read."""

MOST_ANSWER_WORDS = 6

LEAST_NAME = 3
"""Characters of a name; shorter ones are signs as a rule."""

MOST_ANSWERS = 2
"""Answers that are tried for one sentence."""

MOST_MENTIONS = 3
"""A name that the document has more often is what it is about: asking for it asks nothing."""

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_CALENDAR = re.compile(rf"{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE)
_QUOTES = re.compile(r"[\"“”]")
_DATE = re.compile(
    rf"\b(?:\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:, \d{{4}})?|{_MONTH} \d{{4}}|"
    r"(?<=\b[iI]n )(?:1[0-9]|20)\d\d|(?<=\b[sS]ince )(?:1[0-9]|20)\d\d|(?<=\b[bB]y )(?:1[0-9]|20)\d\d)\b(?![-–,.]\d)"
)
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_HEDGES = "(?i:more than|less than|fewer than|at least|at most|up to|about|around|nearly|almost|over|some) "
_QUANTITY = re.compile(
    rf"(?:{_HEDGES})?(?<![\w.,-])[$€£]?\d+(?:[.,]\d+)*"
    r"(?:\s?%|\s(?:percent|per cent|thousand|million|billion|trillion)\b)?(?![\w-]|[.,]\d)"
)
_HEDGE = re.compile(f"^{_HEDGES}")
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:(?: (?:of|the|and|for|de|von|van|du|la))* [A-Z][\w’'-]*)*")
_BEGINS = re.compile(r"(?<![A-Z])[A-Z]")

_OPENING = re.compile(
    r"^(?:(?:The|A|An|In|On|At|After|Before|During|From|By|For|With|Since|Until|As|When|While) (?:the )?)+"
)

_LISTED_BEFORE = re.compile(r"\b[A-Z\d][\w’'-]*,? ?(?:,|and|or|&) $")
_LISTED_BEHIND = re.compile(r"(?:,? (?:and|or|&) |, )(?:the )?[A-Z\d]")

_LEANS = re.compile(
    r"^(?:it|its|they|their|them|he|his|she|her|this|these|those|that|such|here|there|then|thus|hence|however|but|and|or|"
    r"so|also|moreover|furthermore|therefore|instead|both|another|other|others|one|some|as a result|for example|"
    r"for instance|in addition|in contrast|on the other hand|we|our|i|my|you)\b",
    re.IGNORECASE,
)
"""Openings of sentences that lean on the sentence before."""

_ENDS = re.compile(r"[.!?][\"”’')\]]*(?:\[[^\[\]]{1,32}\])*$")


@dataclass(frozen=True, slots=True)
class _Mentions:
    """What a document names, to be counted in the time that a look into a sorted list takes.

    `beginnings` are what its text has from each capital letter on that is behind no other, as far as names are told
    apart.
    """

    title: str
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> _Mentions:
        starts = (match.start() for match in _BEGINS.finditer(document.text))
        return cls(document.title, tuple(sorted(document.text[at : at + MOST_COMPARED] for at in starts)))

    def count(self, name: str) -> int:
        """Return how often the name stands in the text."""
        begins = name[:MOST_COMPARED]
        first = bisect_left(self.beginnings, begins)
        return bisect_right(self.beginnings, begins, lo=first, key=lambda text: text[: len(begins)]) - first


@dataclass(frozen=True, slots=True)
class Quotable:
    """A sentence of a document, and a phrase of it that can be asked for. `answers` has the phrase first."""

    document: Document
    sentence: Sentence
    answers: tuple[str, ...]


def quotables(documents: Iterable[Document]) -> tuple[Quotable, ...]:
    """Return the sentences in the order in which to try them: spread over the documents, numbers and names in turn.

    Each round takes one from every stretch of text, so that however few are used, they come from everywhere. At the end
    the same sentences come again with another answer, where they have one.
    """
    stretches: list[list[list[Quotable]]] = []
    for document in documents:
        found = list(_of(document))
        n_stretches = max(1, len(found) // 4)
        for n in range(n_stretches):
            stretch = found[len(found) * n // n_stretches : len(found) * (n + 1) // n_stretches]
            stretches.append(sorted(stretch, key=lambda items: -_information(items[0].sentence.text)))
    rounds = [_spread([items for items in turn if items is not None]) for turn in zip_longest(*stretches)]
    ordered = [items for turn in rounds for items in turn]
    return tuple(item for turn in zip_longest(*ordered) for item in turn if item is not None)


def _spread(items: Sequence[list[Quotable]]) -> list[list[Quotable]]:
    """Return the items so that the first few lie far apart: every eighth, then those between them."""
    return [items[place] for place in sorted(range(len(items)), key=_reversed_bits)]


def _reversed_bits(number: int) -> int:
    return int(f"{number:016b}"[::-1], 2)


def _of(document: Document) -> Iterator[list[Quotable]]:
    """Yield the quotables of each sentence, best first; every other sentence has a name first."""
    from embeddings.sentences import sentences_of

    wants_name, mentions = False, _Mentions.of(document)
    for sentence in sentences_of(document):
        if is_plain(sentence.text) and (phrases := _phrases(sentence.text, mentions, wants_name)):
            wants_name = not wants_name
            yield [Quotable(document, sentence, answers) for answers in phrases[:MOST_ANSWERS]]


def is_date(phrase: str) -> bool:
    """Return whether the phrase says when."""
    return bool(_YEAR.fullmatch(phrase) or _DATE.fullmatch(phrase))


def is_plain(text: str) -> bool:
    """Return whether the sentence can be understood alone: a whole one of usual length that leans on none before."""
    if not LEAST_CHARACTERS <= len(text) <= MOST_CHARACTERS or "\n\n" in text or not _ENDS.search(text):
        return False
    if _LEANS.search(text) or not text[0].isupper() or text.endswith("?"):
        return False
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return letters >= 0.8 * len(text) and len(content_stems(text)) >= 5


def _information(text: str) -> float:
    """Return how much a sentence states: its numbers and names, for its length."""
    return (2.0 * len(numbers_of(text)) + len(names_of(text))) / (8.0 + len(words_of(text)))


def _phrases(text: str, mentions: _Mentions, wants_name: bool) -> list[tuple[str, ...]]:
    """Return the phrases that stand once in the sentence, each with its other form, the kind that is wanted first."""
    dates = [match.group() for match in _DATE.finditer(text) if not _is_listed(match)]
    quantities = [match.group() for match in _QUANTITY.finditer(text) if not _is_listed(match)]
    numbers = [*dates, *(quantity for quantity in quantities if not _YEAR.fullmatch(quantity))]
    names = [
        _OPENING.sub("", match.group())
        for match in _NAME.finditer(text)
        if _is_name(match, mentions) and not _is_listed(match)
    ]
    names.sort(key=lambda name: -len(name.split()))
    wanted = [phrase.strip() for phrase in ((*names, *numbers) if wants_name else (*numbers, *names))]
    found: dict[str, tuple[str, ...]] = {}
    for phrase in wanted:
        if text.count(phrase) == 1 and len(phrase.split()) <= MOST_ANSWER_WORDS and contains_answer(text, [phrase]):
            bare = _HEDGE.sub("", phrase)
            if not any(bare in other for other in found):
                found[phrase] = (phrase,) if bare == phrase else (phrase, bare)
    return list(found.values())


def _is_listed(match: re.Match[str]) -> bool:
    """Return whether it is one of several names or numbers in a row: none of them is the only answer."""
    text = match.string
    return bool(_LISTED_BEFORE.search(text[: match.start()]) or _LISTED_BEHIND.match(text[match.end() :]))


def _is_name(match: re.Match[str], mentions: _Mentions) -> bool:
    """Return whether it is a name that says something: not in the title, not all over the document, no part of a quote.

    A single word that opens a sentence may be any word.
    """
    words = [word for word in words_of(match.group()) if word not in STOP_WORDS]
    if not words or len(match.group()) < LEAST_NAME or content_stems(match.group()) <= content_stems(mentions.title):
        return False
    inside_quotes = len(_QUOTES.findall(match.string[: match.start()])) % 2 == 1
    if inside_quotes or _CALENDAR.fullmatch(words[0]):
        return False
    return (match.start() > 0 or len(words) > 1) and mentions.count(match.group()) <= MOST_MENTIONS
