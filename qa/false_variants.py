"""A true sentence in, false variants of it out: one thing exchanged in each, by rule and seed.

Kinds: a number, a date, a name (by another name of the document), a negation, a relation (by its opposite, or by
another word of the document), the subject (two names or the sides of a comparison change places). Nothing here knows
how sentences are checked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("number", "date", "name", "negation", "relation", "subject")

MONTHS = tuple(
    "January February March April May June July August September October November December Monday Tuesday Wednesday "
    "Thursday Friday Saturday Sunday".split()
)
OPPOSITES = tuple(
    tuple(pair.split("/"))
    for pair in """increases/decreases increased/decreased increase/decrease more/less most/least higher/lower
    highest/lowest larger/smaller largest/smallest before/after first/last north/south northern/southern east/west
    eastern/western above/below inside/outside won/lost wins/loses allowed/forbidden accepted/rejected
    strong/weak stronger/weaker early/late earlier/later upper/lower internal/external gained/lost begins/ends
    began/ended started/stopped opened/closed maximum/minimum public/private rich/poor old/new young/old
    positive/negative male/female husband/wife father/mother son/daughter brother/sister king/queen buys/sells
    bought/sold
    supports/opposes supported/opposed support/oppose agreed/disagreed causes/prevents caused/prevented
    include/exclude includes/excludes included/excluded rises/falls rose/fell raises/lowers raised/lowered
    always/never many/few major/minor left/right arrived/departed attacked/defended joined/left
    absorbed/released constructive/destructive converts/preserves requires/forbids suppresses/stimulates
    activates/inhibits activated/inhibited directly/indirectly forward/backward entire/partial all/no
    every/no both/neither improved/worsened improves/worsens successful/unsuccessful possible/impossible""".split()
)
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|may|might|must|does|do|did)\b")
_NEGATED = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|may|might|must|does|do|did) not\b")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")
_NAME = re.compile(r"\b[A-Z][\w'’-]*[a-z][\w'’-]*(?: [A-Z][\w'’-]*[a-z][\w'’-]*)*")
_COMPARED = re.compile(
    r"^(?P<a>.+?) (?P<r>(?:is|are|was|were) \w+er than|precedes?|preceded|follows?|followed|defeated|"
    r"replaced|discovered|invented|founded|built|caused|led) (?P<b>[^,.;]+)(?P<rest>.*)$"
)
_LISTED = re.compile(r"(?:,|;|/| and| or|,? as well as| \(| & |\s|the|[A-Z][\w'’-]*)*")
_VERB = re.compile(r"\b[a-z]{4,}(?:ed|es|ing)\b")


@dataclass(frozen=True, slots=True)
class Variant:
    """A false variant: its kind, its text, and what was exchanged for what."""

    kind: str
    text: str
    was: str
    now: str


def variants(sentence: str, document: str, seed: int = 0) -> tuple[Variant, ...]:
    """Return at most one false variant of each kind, in the order of KINDS; `document` is where its words come from."""
    chosen = random.Random(f"{seed} {sentence}")
    found: list[Variant] = []
    for kind, make in zip(KINDS, (_number, _date, _name, _negation, _relation, _subject), strict=True):
        for was, now, text in make(sentence, document, chosen):
            if text != sentence and now.lower() != was.lower():
                found.append(Variant(kind, text, was, now))
                break
    return tuple(found)


Change = tuple[str, str, str]


def _at(sentence: str, match: re.Match[str], now: str) -> Change:
    return match.group(), now, sentence[: match.start()] + now + sentence[match.end() :]


def _number(sentence: str, document: str, chosen: random.Random) -> Iterator[Change]:
    found = [match for match in _NUMBER.finditer(sentence) if not _is_year(match.group())]
    chosen.shuffle(found)
    for match in found:
        whole = match.group().replace(",", "")
        if "." in whole:
            yield _at(sentence, match, f"{float(whole) + chosen.choice((0.4, 1.3, 7.1)):.1f}")
        else:
            value = int(whole)
            yield _at(sentence, match, f"{value + chosen.choice((1, 2, 3, 10)) if value < 100 else value * 2:,}")


def _date(sentence: str, document: str, chosen: random.Random) -> Iterator[Change]:
    for match in _NUMBER.finditer(sentence):
        if _is_year(match.group()):
            yield _at(sentence, match, str(int(match.group()) + chosen.choice((-10, -3, -1, 1, 2, 7))))
    for match in re.finditer("|".join(rf"\b{month}\b" for month in MONTHS), sentence):
        same = MONTHS[:12] if match.group() in MONTHS[:12] else MONTHS[12:]
        yield _at(sentence, match, chosen.choice([month for month in same if month != match.group()]))


def _name(sentence: str, document: str, chosen: random.Random) -> Iterator[Change]:
    found = _names(sentence)
    others = sorted({name.group() for name in _names(document)} - {match.group() for match in found})
    others = [other for other in others if not set(other.split()) & set(sentence.split())]
    chosen.shuffle(found)
    if others:
        for match in found:
            alike = [other for other in others if len(other.split()) == len(match.group().split())] or others
            yield _at(sentence, match, chosen.choice(alike))


def _negation(sentence: str, document: str, chosen: random.Random) -> Iterator[Change]:
    for match in _NEGATED.finditer(sentence):
        yield _at(sentence, match, match.group(1))
    for match in _AUXILIARY.finditer(sentence):
        yield _at(sentence, match, f"{match.group()} not")


def _relation(sentence: str, document: str, chosen: random.Random) -> Iterator[Change]:
    pairs = {one: other for pair in OPPOSITES for one, other in (pair, pair[::-1])}
    for match in re.finditer(r"\b[a-z]+\b", sentence):
        if match.group() in pairs:
            yield _at(sentence, match, pairs[match.group()])
    found = list(_VERB.finditer(sentence))
    chosen.shuffle(found)
    for match in found:
        ending = match.group()[-2:]
        others = sorted({v.group() for v in _VERB.finditer(document) if v.group().endswith(ending)})
        others = [other for other in others if other[:4] != match.group()[:4]]
        if others:
            yield _at(sentence, match, chosen.choice(others))


def _subject(sentence: str, document: str, chosen: random.Random) -> Iterator[Change]:
    if match := _COMPARED.match(sentence):
        a, relation, b, rest = match.group("a", "r", "b", "rest")
        yield f"{a} {relation} {b}", f"{b} {relation} {a}", f"{b} {relation} {a}{rest}"
    names = _names(sentence)
    for first in names:
        for second in names:
            between = sentence[first.end() : second.start()]
            if first.end() < second.start() and re.search(r"\w{2}", between) and not re.fullmatch(_LISTED, between):
                a, b = first.group(), second.group()
                text = sentence[: first.start()] + b + between + a + sentence[second.end() :]
                yield f"{a}{between}{b}", f"{b}{between}{a}", text


def _names(text: str) -> list[re.Match[str]]:
    """Return the runs of capitalised words that do not merely open a sentence; at the start, only runs of two."""
    return [
        match
        for match in _NAME.finditer(text)
        if (match.start() and not re.search(r"[.!?:]['\"”’)]* $|\n$", text[: match.start()][-4:]))
        or " " in match.group()
        if match.group().split()[0] not in {"The", "In", "It", "This", "A", "An", *MONTHS}
    ]


def _is_year(number: str) -> bool:
    return re.fullmatch(r"1[0-9]\d\d|20\d\d", number) is not None
