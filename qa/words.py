"""What a text says, as words: stems with their weight, numbers, names, negations. Knows nothing of documents or models.

Retrieval has its own word index; these are the words that citing and gating compare.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from embeddings.stems import MARKS, plain_figures, spelled
from embeddings.stems import stem as snowball
from qa.numerals import NUMBER_WORDS, joined

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
LETTERS = rf"[^\W_{CJK}](?:[^\W_{CJK}]|[{MARKS}])*"
WORD = re.compile(rf"[{CJK}]|{LETTERS}(?:['’]{LETTERS})?")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

STOP_WORDS = frozenset(
    """a about above after again against all also although am an and any are aren't as at be because been before being
    below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each
    either else few for from further had hadn't has hasn't have haven't having he her here hers herself him himself his
    how however i if in into is isn't it it's its itself just let me more most much must my myself no nor not of off on
    once only or other our ours ourselves out over own per same shall she should shouldn't so some such than that
    that's the their theirs them themselves then there there's these they this those through to too under until up
    upon us very was wasn't we were weren't what when where which while who whom whose why will with within without
    won't would wouldn't you your yours yourself yourselves""".split()
)
ABBREVIATIONS = frozenset({"us", "who", "it"})
"""Stop words that in capitals are other words. "NOT" and "THE" in capitals say what they always do."""

QUESTION_WORDS = frozenset(
    """many much name kind type sort year date time number amount long old far big tall high did does do according
    passage passages text document documents article mentioned called known say says said state states stated tell
    please give describe explain list""".split()
)
NEGATIONS = frozenset(
    """no not never none nobody nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't
    weren't won't wouldn't shouldn't couldn't hasn't haven't hadn't unable fail failed fails failing lack lacked lacks
    lacking refused refuses refuse denied denies deny except hardly barely rarely seldom""".split()
)

_US = re.compile(r"\bU\. ?S\.(?! ?A\b)")
_HALF_DAY = re.compile(r"(?<=\d)\s?([ap])\.?\s?m\b\.?", flags=re.IGNORECASE)
_LEADING_POINT = re.compile(r"(?<![\w.])\.(?=\d)")
_PARTED = re.compile(r"(?<![\w.,])\d{1,3}(?:[\u00a0\u2009\u202f'’]\d{3})+(?!\d)")
"""Thousands parted by a space at which no line breaks, or by an apostrophe, as in Switzerland."""

_WIDE = re.compile(
    "[\u017f\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
    "|(?<=[\uff10-\uff19])[\uff0c\uff0e\uff1a](?=[\uff10-\uff19])"
)
"""The long s, ligatures, full-width letters and digits, and the marks within full-width numbers; other full-width
marks are those of Chinese and Japanese sentences."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of `text` in lower case, in order, apostrophes made straight."""
    return tuple(match.group().lower().replace("’", "'") for match in WORD.finditer(_read(text)))


def _read(text: str) -> str:
    """Return `text` as its words are usually spelled, ligatures and full-width letters and digits in plain ones.

    "U.S." is "US".
    """
    return _US.sub("US.", text if text.isascii() else _WIDE.sub(_plainly, spelled(text)))


def _plainly(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group())


@lru_cache(maxsize=16384)
def in_figures(text: str) -> str:
    """Return `text` with each number in one piece: "1,600" is 1600, "twenty-five" 25, "9 a.m." 9am."""
    return joined(plain_figures(usual_figures(_HALF_DAY.sub(_half_day, _read(text)))))


def _half_day(match: re.Match[str]) -> str:
    return f"{match[1].lower()}m"


def usual_figures(text: str) -> str:
    """Return `text` with ".5" as 0.5, and thousands that a narrow space or an apostrophe parts in one piece."""
    whole = _PARTED.sub(lambda match: re.sub(r"\D", "", match.group()), text)
    return _LEADING_POINT.sub("0.", whole)


def stem(word: str) -> str:
    """Return the English Snowball stem of a lower-case word; a possessive ending is dropped."""
    return snowball(word.removesuffix("'s"))


@lru_cache(maxsize=16384)
def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning; number words become figures, so that two equals 2."""
    return frozenset(figure_or_stem(word) for word, carries in weighed_words(plain_figures(_read(text))) if carries)


def weighed_words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of `text` in lower case, in order, each with whether it carries meaning as it is written.

    In capitals "US" does, unless all of several words are in them.
    """
    words = [match.group() for match in WORD.finditer(text)]
    cased = [word for word in words if word.lower() != word.upper()]
    shouted = len(cased) > 1 and all(map(str.isupper, cased))
    for word in words:
        lower = word.lower().replace("’", "'")
        yield lower, lower not in STOP_WORDS or (lower in ABBREVIATIONS and word.isupper() and not shouted)


def figure_or_stem(word: str) -> str:
    """Return the stem of a lower-case word; a number word becomes its figure."""
    return NUMBER_WORDS.get(word) or stem(word)


@lru_cache(maxsize=16384)
def numbers_of(text: str) -> frozenset[str]:
    """Return the numbers in `text`, in one writing: "1,600" is 1600, "two" is 2, "130th" is 130."""
    text = in_figures(text)
    figures = {plain_figure(match.group()) for match in NUMBER.finditer(text)}
    return frozenset(
        figures | {NUMBER_WORDS[word] for word in words_of(text) if word in NUMBER_WORDS and word != "one"}
    )


def figures_of(text: str) -> frozenset[str]:
    """Return the numbers in `text` that are written in digits, in one writing."""
    read = joined(plain_figures(usual_figures(_read(text))), words=False)
    return frozenset(plain_figure(match.group()) for match in NUMBER.finditer(read))


def plain_figure(figure: str) -> str:
    """Return a figure without zeros before it, and behind its only point; 2.10.0 is no number but a version.

    A full hour loses its minutes: 08:00 is 8.
    """
    figure = re.sub(r"^0+(?=\d)", "", figure).removesuffix(":00")
    return figure.rstrip("0").rstrip(".") if figure.count(".") == 1 and ":" not in figure else figure


@lru_cache(maxsize=16384)
def names_of(text: str) -> frozenset[str]:
    """Return the stems of capitalised words that do not merely open a sentence, and of words with inner capitals."""
    found, text = set(), _read(text)
    for match, (lower, carries) in zip(WORD.finditer(text), weighed_words(text), strict=True):
        word = match.group()
        if not carries or lower in NUMBER_WORDS or not any(letter.isupper() for letter in word):
            continue
        opens = not re.search(r"[^\s\"'“‘(\[]", re.split(r"[.!?:;\n]", text[: match.start()])[-1])
        if not opens or sum(letter.isupper() for letter in word) > 1:
            found.add(stem(lower))
    return frozenset(found)


def subject_words(question: str) -> tuple[str, ...]:
    """Return the question's words that say what it is about, in order, each once; parted as the word index does it."""
    words = words_of(plain_figures(unicodedata.normalize("NFKC", question)))
    return tuple(dict.fromkeys(word for word in words if word not in STOP_WORDS and word not in QUESTION_WORDS))


def negated_stems(text: str) -> frozenset[str]:
    """Return the stems of the first word of meaning within three words after each negation; "not only" is none."""
    words = words_of(text)
    found: set[str] = set()
    for position, word in enumerate(words):
        if word not in NEGATIONS and not word.endswith("n't"):
            continue
        after = words[position + 1 : position + 4]
        if after[:1] in (("only",), ("just",), ("merely",)):
            continue
        found.update(stem(item) for item in after if item not in STOP_WORDS)
    return frozenset(found)
