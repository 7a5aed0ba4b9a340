"""From answers, places and confidences to numbers: pure functions. Higher is better unless said otherwise.

Text is compared as the official evaluation script of SQuAD 2.0 does. Knows nothing of files or of running.
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from embeddings.stems import MARKS
from qa.numerals import NUMBER_WORDS
from qa.words import CJK, NUMBER, in_figures, numbers_of, usual_figures

Floats = NDArray[np.float64]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_WITHIN_NUMBER = re.compile(r"(?<=\d)\.(?=\d)")
_WITHOUT_SPACES = re.compile(f"[{CJK}]")
_MARKS = re.compile(rf"(?:(?![{MARKS}])[\W_]|[॰৳])+")
"""What stands between words. Vowel signs and accents are no letters either, but part of a word; among them in Unicode
stand the mark of a shortened Hindi word and the sign of the taka, which are not."""

_THOUSANDS = re.compile(r"(?<=\d)[,'’](?=(?:\d\d,)*\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w\s]+(?=\d)")
_RAISED_BEHIND_DIGIT = re.compile(r"(?<=\d)(?=[¹²³¼-¾⁰-⁹₀-₉⅐-⅞])")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")

_MINUS = r"(?<!plus or )minus\s+"
_SIGNED = rf"(?P<number>{NUMBER.pattern}|(?:{'|'.join(NUMBER_WORDS)})\b)"
_BELOW_ZERO = re.compile(rf"(?<![^\s(\[])(?<![\d%°]\s)(?:[-‐−](?=\d)|{_MINUS}){_SIGNED}", flags=re.IGNORECASE)
"""A number with its minus sign. The same mark behind a letter or a number parts words or the ends of a range, and
before a space it is a dash."""

_PERHAPS_BELOW_ZERO = re.compile(rf"(?<![^\W{CJK}])(?:[-‐−–](?=\d)|{_MINUS}){_SIGNED}", flags=re.IGNORECASE)
"""That, and numbers of which it cannot be told: "气温-5度" says how cold it is, "2014年-2016年" from when to when."""

_SIGNS = (_BELOW_ZERO, _PERHAPS_BELOW_ZERO)

_PLAIN_MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "."})


def normalised(text: str) -> str:
    """Return the text in lower case without ASCII punctuation, articles and surplus white space."""
    text = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def gold_texts(answers: Iterable[str]) -> tuple[str, ...]:
    """Return the answers that a text is compared with: one empty text where no answer has a word."""
    return tuple(answer for answer in answers if normalised(answer)) or ("",)


def exact_match(text: str, answers: Iterable[str]) -> float:
    """Return 1.0 where the text is one of the answers once both are normalised, else 0.0.

    No answers: the question has none, and only the empty text is right.
    """
    return float(any(normalised(text) == normalised(answer) for answer in gold_texts(answers)))


def f1(text: str, answers: Iterable[str]) -> float:
    """Return the harmonic mean of precision and recall of the words, against the answer that fits best."""
    return max(_f1(normalised(text).split(), normalised(answer).split()) for answer in gold_texts(answers))


def _f1(words: Sequence[str], gold: Sequence[str]) -> float:
    if not words or not gold:
        return float(words == gold)
    same = sum((Counter(words) & Counter(gold)).values())
    return 2 * same / (len(words) + len(gold))


def contains_answer(text: str, answers: Iterable[str]) -> float:
    """Return 1.0 where one of the answers stands in the text, word for word, else 0.0.

    What separates words is read in both ways: marks left out, so that "US" is "U.S.", and marks as spaces, so that
    "Paris" stands in "Paris-based". A point or comma within a number is part of it, every other mark between digits
    parts two, so that "32" is not "3-2", a power and a fraction are numbers of their own, and each character of a
    script without spaces is a word. A minus sign is part of its number, so that "5" is not "-5"; one that may be a
    hyphen is read in both ways too. An answer without any word but an article ("A", of a vitamin) has to stand there
    letter by letter.
    """
    text, answers = _plain(text), [_plain(answer) for answer in answers]
    for below_zero, read in product(_SIGNS, (_marks_left_out, _marks_as_spaces)):
        within = read(_with_signs(text, below_zero))
        if any(_stands_in(read(_with_signs(gold, below_zero)), within) for gold in answers):
            return 1.0
    bare = (gold.strip() for gold in answers if not normalised(gold) and any(map(str.isalnum, gold)))
    return float(any(re.search(rf"(?<!\w){re.escape(gold)}(?!\w)", text) for gold in bare))


def _stands_in(words: str, text: str) -> bool:
    return bool(words) and f" {words} " in f" {text} "


def _plain(text: str) -> str:
    """Return the text with every character in its plain form, and a raised digit or a fraction apart from a number.

    The spaces within a number go first: in plain form they are like all others.
    """
    return unicodedata.normalize("NFKC", _RAISED_BEHIND_DIGIT.sub(" ", usual_figures(text)))


def _marks_left_out(text: str) -> str:
    return normalised(_BETWEEN_DIGITS.sub(" ", _one_by_one(text.translate(_PLAIN_MARKS))))


def _marks_as_spaces(text: str) -> str:
    return normalised(_MARKS.sub(" ", _one_by_one(_POSSESSIVE.sub("", text.lower()))))


def _with_signs(text: str, below_zero: re.Pattern[str]) -> str:
    """Return the text with each number that has a minus sign as one word of letters and digits: "-5" is minus5."""
    return below_zero.sub(r" minus\g<number>", text)


def _one_by_one(text: str) -> str:
    """Return the text with its numbers in one piece and each character of a script without spaces a word."""
    text = _DECIMAL_COMMA.sub("point", _THOUSANDS.sub("", text))
    return _WITHOUT_SPACES.sub(r" \g<0> ", _WITHIN_NUMBER.sub("point", text))


def n_words(text: str) -> int:
    """Return how many words the text has, each character of a script without spaces counted as one."""
    return len(_WITHOUT_SPACES.sub(" x ", text).split())


def numbers_right(text: str, answers: Iterable[str]) -> float | None:
    """Return 1.0 where the text has every number of one answer, else 0.0; None: no answer has a number.

    A minus sign is part of its number, as in `contains_answer`.
    """
    with_numbers = [answer for answer in answers if numbers_of(answer)]
    if not with_numbers:
        return None
    return float(any(_signed(gold, signs) <= _signed(text, signs) for gold in with_numbers for signs in _SIGNS))


def _signed(text: str, below_zero: re.Pattern[str]) -> frozenset[str]:
    """Return the numbers in the text as `numbers_of` writes them, those with a minus sign behind a "-"."""
    text = in_figures(text)
    below = (number for found in below_zero.finditer(text) for number in numbers_of(found["number"]))
    return numbers_of(below_zero.sub(";", text)) | {f"-{number}" for number in below}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` to `end` of a document's text."""

    doc_id: str
    start: int
    end: int

    def overlaps(self, others: Iterable[Span]) -> bool:
        """Return whether a character is also in one of `others`."""
        return any(self.doc_id == o.doc_id and max(self.start, o.start) < min(self.end, o.end) for o in others)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the same characters as spans that neither overlap nor touch, in order."""
    made: list[Span] = []
    for span in sorted(spans):
        if made and made[-1].doc_id == span.doc_id and span.start <= made[-1].end:
            made[-1] = Span(span.doc_id, made[-1].start, max(made[-1].end, span.end))
        else:
            made.append(span)
    return tuple(made)


def n_characters(spans: Iterable[Span]) -> int:
    """Return how many characters are in the spans, each counted once."""
    return sum(span.end - span.start for span in merged(spans))


def n_shared(some: Iterable[Span], others: Iterable[Span]) -> int:
    """Return how many characters are in both."""
    some, others = tuple(some), tuple(others)
    return n_characters(some) + n_characters(others) - n_characters((*some, *others))


def share_overlapping(spans: Sequence[Span], others: Sequence[Span]) -> float:
    """Return which part of the spans overlaps one of `others`."""
    return sum(span.overlaps(others) for span in spans) / len(spans)


def hit_at(relevant: Sequence[bool], k: int) -> float:
    """Return 1.0 where one of the first `k` passages is relevant; `relevant` is in order of rank."""
    return float(any(relevant[:k]))


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """Return 1 / the rank of the first relevant passage; 0.0: there is none."""
    return next((1.0 / rank for rank, is_so in enumerate(relevant, start=1) if is_so), 0.0)


def ndcg(relevant: Sequence[bool], n_relevant: int, k: int = 10) -> float:
    """Return the discounted gain of the first `k`, as a part of what `n_relevant` passages at best give."""
    gain = sum(1.0 / math.log2(rank + 1) for rank, is_so in enumerate(relevant[:k], start=1) if is_so)
    best = sum(1.0 / math.log2(rank + 1) for rank in range(1, min(n_relevant, k) + 1))
    return gain / best if best else 0.0


def auroc(scores: Floats, positive: Floats) -> float:
    """Return how probably a positive scores higher than a negative, a tie counts half; NaN: one kind only.

    Source: the rank-sum statistic of Mann and Whitney, with mid-ranks.
    """
    n_positive = float(positive.sum())
    n_negative = positive.size - n_positive
    if not n_positive or not n_negative:
        return math.nan
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    mid_ranks = (np.cumsum(count) - (count - 1) / 2.0)[place]
    rank_sum = float(mid_ranks[positive > 0].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2.0) / (n_positive * n_negative)


def risk_coverage(confidences: Floats, right: Floats) -> Floats:
    """Return (n,) risks: the part of the k most confident cases that is not right, for k from 1 to n.

    Lower is better. Where confidences tie, each of the tied cases counts as right as they are on average.
    """
    order = np.argsort(-confidences, kind="stable")
    _, place, count = np.unique(-confidences[order], return_inverse=True, return_counts=True)
    tied = np.bincount(place, weights=1.0 - right[order]) / count
    risks: Floats = np.cumsum(tied[place]) / np.arange(1, confidences.size + 1)
    return risks


def risk_coverage_area(confidences: Floats, right: Floats) -> float:
    """Return the mean of the risks over all coverages. Lower is better."""
    return float(risk_coverage(confidences, right).mean()) if confidences.size else math.nan


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases with a confidence between two bounds: their mean confidence, and the part that is so."""

    n: int
    confidence: float
    share: float


def calibration_bins(confidences: Floats, is_so: Floats, n_bins: int = 10) -> tuple[Bin, ...]:
    """Return the bins of equal width that have a case, lowest first; a bound belongs to the bin above it."""
    places = np.minimum((confidences * n_bins).astype(np.int64), n_bins - 1)
    inside = [places == place for place in range(n_bins) if (places == place).any()]
    return tuple(Bin(int(i.sum()), float(confidences[i].mean()), float(is_so[i].mean())) for i in inside)


def calibration_error(confidences: Floats, is_so: Floats) -> float:
    """Return the expected calibration error over ten bins of equal width. Lower is better."""
    if not confidences.size:
        return math.nan
    bins = calibration_bins(confidences, is_so)
    return sum(b.n * abs(b.confidence - b.share) for b in bins) / confidences.size


def f1_of_choice(chosen: Floats, positive: Floats) -> float:
    """Return the harmonic mean of precision and recall; NaN: none is positive, so that there is no recall."""
    both = float(chosen.sum() + positive.sum())
    return 2.0 * float((chosen * positive).sum()) / both if positive.sum() else math.nan


def mean(values: Floats) -> float:
    """Return the mean; NaN: there is no value."""
    return float(values.mean()) if values.size else math.nan


@dataclass(frozen=True, slots=True)
class Percentile:
    """The value below which `share` of the values lie, linear between two of them; NaN: there is no value."""

    share: float

    def __call__(self, values: Floats) -> float:
        """Return it of the values."""
        return float(np.quantile(values, self.share)) if values.size else math.nan
