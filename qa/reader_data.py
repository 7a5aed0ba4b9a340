"""Sentences of documents in, examples for the reader out: claims and questions beside texts, true and false.

The engine says each chosen sentence again and asks for it. A program drops what brings in words of its own, and makes
the false ones: something exchanged in a claim or question (`qa.false_variants`, and words that only changed places),
the end of another claim, or a text that is about the same thing and does not say it. All by rule and seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from embeddings.sentences import split_sentences
from embeddings.types import Document
from qa.false_variants import variants
from qa.generate import Engine, Message
from qa.questions import Question
from qa.reader import one_line
from qa.words import STOP_WORDS, content_stems, names_of, numbers_of

Task = Literal["stated", "answered"]
Spans = tuple[tuple[int, int], ...]

WORDS = range(8, 39)
"""Words of a sentence that is taken."""

AT_ONCE = 24
MOST_NEW = 0.45
"""Part of a restatement's words that its sentence may lack."""

FALSE_CLAIMS, FALSE_QUESTIONS = 9, 4
"""At most so many false ones are made of one sentence."""

SYSTEM = (
    "From one sentence you write three lines. Q: a question that the sentence answers, clear without the sentence. A: "
    "the answer as one short full sentence. R: the whole sentence said again in other words."
)
EXAMPLES = (
    (
        "The Glomma, which rises in Aursund, is 621 kilometres long and drains an eighth of the country.",
        "Q: How long is the river Glomma?\nA: The Glomma is 621 kilometres long.\n"
        "R: At 621 kilometres, the Glomma, whose source is Aursund, carries the water of one eighth of the country.",
    ),
    (
        "In 1848, Robert Fortune brought tea plants from China to India for the East India Company.",
        "Q: Who brought tea plants from China to India?\nA: Robert Fortune brought them there in 1848.\n"
        "R: Robert Fortune took tea plants to India from China in 1848 on behalf of the East India Company.",
    ),
)

_LINES = re.compile(r"\s*Q:\s*(.+?\?)\s*\n+A:\s*(.+?)\s*\n+R:\s*(.+?)\s*(?:\n|$)")
_WORD = re.compile(r"\b[a-z]{4,}\b")
_ANY_WORD = re.compile(r"\b[A-Za-z][a-z]{3,}\b")
_LISTED = re.compile(r"(?:,|\s|and|or|\w+,)*")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]*[a-z](?: [A-Z][\w'’-]*[a-z])*")
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|may|must|does|did|became|led|made|include[sd]?|"
    r"allows?|provides?|helps?)\b"
)
_OPENS_A_CLAUSE = re.compile(
    r"(?:If|When|While|Although|In|As|Because|Since|After|Before|For|To|By|With|At|On|During|Unlike|Where)\b"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and what the engine wrote from it: a question, its answer, the sentence again; place in its text."""

    place: int
    sentence: str
    question: str
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """`first` beside `second`: whether it is stated or answered there. `strange` are the exchanged parts of `first`,
    where they are known; None where they are not."""

    task: Task
    first: str
    second: str
    holds: bool
    strange: Spans | None = None


@dataclass(slots=True)
class Text:
    """A document's sentences, in order, and its title where it has one."""

    whole: str
    title: str
    sentences: list[str]
    said: list[Said] = field(default_factory=list)


def text_of(document: Document) -> Text:
    """Return the document's sentences on one line each; a first line of few words is its title."""
    spans = [document.text[start:end] for start, end in split_sentences(document.text)]
    title = document.text.split("\n", 1)[0].strip()
    is_title = 0 < len(title.split()) <= 14 and not title.endswith(".")
    return Text(document.text, title if is_title else "", [one_line(span) for span in spans if span.strip()])


def worth_saying(text: Text, most: int, chosen: random.Random) -> list[tuple[int, str]]:
    """Return at most `most` whole sentences with their places, those with names and numbers first."""
    found = [(place, sentence) for place, sentence in enumerate(text.sentences) if _is_whole(sentence)]
    chosen.shuffle(found)
    found.sort(key=lambda item: -min(2, len(names_of(item[1])) + len(numbers_of(item[1]))))
    return found[:most]


def _is_whole(sentence: str) -> bool:
    letters = sum(letter.isalpha() or letter == " " for letter in sentence)
    return (
        len(sentence.split()) in WORDS
        and sentence[0].isupper()
        and sentence.endswith(".")
        and letters >= 0.85 * len(sentence)
        and "|" not in sentence
        and "http" not in sentence
    )


def messages_for(sentence: str) -> tuple[Message, ...]:
    """Return the messages that have the engine ask for a sentence and say it again."""
    shown = [message for given, lines in EXAMPLES for message in (Message("user", given), Message("assistant", lines))]
    return Message("system", SYSTEM), *shown, Message("user", sentence)


def say_all(sentences: Sequence[str], engine: Engine) -> Iterator[str]:
    """Yield what the engine writes from each sentence, in the order given; many are computed together."""

    def written(sentence: str) -> str:
        return "".join(piece.text for piece in engine.stream(messages_for(sentence), max_tokens=120))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(written, sentences)


def said_in(place: int, sentence: str, written: str) -> Said | None:
    """Return what the engine wrote from the sentence, without claims that bring in names, numbers or many words."""
    match = _LINES.match(written)
    if match is None:
        return None
    question, *claims = match.groups()
    return Said(place, sentence, question, tuple(claim for claim in claims if _keeps_to(claim, sentence)))


def _keeps_to(claim: str, sentence: str) -> bool:
    have, said = content_stems(sentence), content_stems(claim)
    return (
        len(claim.split()) >= 4
        and len(said - have) <= max(1.0, MOST_NEW * len(said))
        and not names_of(f"That {claim}") - have  # its first word may be a name too
        and not numbers_of(claim) - numbers_of(sentence)
    )


def examples_of(text: Text, seed: int) -> Iterator[Example]:
    """Yield the examples that a text's sentences give, true and false."""
    chosen = random.Random(f"{seed} {text.whole[:200]}")
    for said in text.said:
        yield from _claims(text, said, chosen)
        yield from _questions(text, said, chosen)


def examples_of_question(question: Question, document: Document, seed: int) -> Iterator[Example]:
    """Yield the examples that a person's question with its evidence gives: beside it, and beside what is like it."""
    if question.history or not question.answerable or not question.evidence:
        return
    text = text_of(document)
    evidence = one_line(document.text[slice(*question.evidence[0].span)])
    held = [place for place, sentence in enumerate(text.sentences) if sentence in evidence or evidence in sentence]
    if not held or len(held) > 6:
        return
    yield Example("answered", question.question, " ".join(text.sentences[max(0, held[0] - 1) : held[-1] + 2]), True)
    yield Example("answered", question.question, " ".join(text.sentences[held[0] : held[-1] + 1]), True)
    near = range(held[0] - 1, held[-1] + 2)
    alike = [place for place in _most_alike(text, question.question, 8) if place not in near][:4]
    if alike:
        yield Example("answered", question.question, _joined(text, alike[:3]), False)
        yield Example("answered", question.question, text.sentences[alike[-1]], False)


def _claims(text: Text, said: Said, chosen: random.Random) -> Iterator[Example]:
    whole = [said.sentence] if chosen.random() < 0.5 else []
    true = [*said.claims, *whole, *_shortened(said.sentence)]
    for claim in true:
        for _ in range(1 + (claim in said.claims)):
            yield Example("stated", claim, _window(text, said.place, chosen), True, ())
    if said.claims and chosen.random() < 0.3 and (pointing := _pointing(text, said, chosen)):
        yield Example("stated", said.claims[-1], pointing, True, ())
    false = [item for claim in true[:3] for item in _changed(claim, text, said, chosen)]
    chosen.shuffle(false)
    for claim, strange in dict(false[:FALSE_CLAIMS]).items():
        if claim not in true:
            yield Example("stated", claim, _window(text, said.place, chosen), False, strange)
    others = [place for place in _most_alike(text, " ".join(said.claims), 4) if place != said.place]
    if said.claims and others:
        yield Example("stated", chosen.choice(said.claims), text.sentences[chosen.choice(others)], False)


def _questions(text: Text, said: Said, chosen: random.Random) -> Iterator[Example]:
    for _ in range(2):
        yield Example("answered", said.question, _window(text, said.place, chosen), True)
    alike = [place for place in _most_alike(text, said.question, 5) if place != said.place]
    if alike:
        second = _joined(text, alike[: chosen.choice((1, 2, 3))])
        yield Example("answered", said.question, _titled(text, second, chosen), False)
    around = [place for place in range(said.place - 2, said.place + 3) if place != said.place]
    if beside := _joined(text, [place for place in around if 0 <= place < len(text.sentences)]):
        yield Example("answered", said.question, beside, False)
    changed = [variant.text for seed in (0, 1) for variant in variants(said.question, text.whole, seed)]
    changed += [question for question, _ in _another_word(said.question, text.whole[:6000], chosen)]
    chosen.shuffle(changed)
    for question in dict.fromkeys(changed[:FALSE_QUESTIONS]):
        if question != said.question:
            yield Example("answered", question, _window(text, said.place, chosen), False)


def _window(text: Text, place: int, chosen: random.Random) -> str:
    """Return one to four sentences around a place, under the title half of the time."""
    size = chosen.choice((1, 1, 2, 2, 3, 4))
    first = max(0, place - chosen.randint(0, size - 1))
    return _titled(text, " ".join(text.sentences[first : max(place + 1, first + size)]), chosen)


def _titled(text: Text, part: str, chosen: random.Random) -> str:
    return f"{text.title}. {part}" if text.title and chosen.random() < 0.5 else part


def _joined(text: Text, places: Sequence[int]) -> str:
    return " ".join(text.sentences[place] for place in sorted(places))


def _most_alike(text: Text, part: str, n: int) -> list[int]:
    """Return the places of the sentences that share the most words with a part, most first."""
    stems = content_stems(part)
    places = range(len(text.sentences))
    return sorted(places, key=lambda place: -len(stems & content_stems(text.sentences[place])))[:n]


def _shortened(sentence: str) -> list[str]:
    """Return the sentence without what stands in brackets, or else what stands before its first comma."""
    without = re.sub(r"\s*\([^)]*\)", "", sentence)
    if without != sentence:
        return [without]
    first, comma, _ = sentence.partition(", ")
    is_clause = comma and len(first.split()) >= 6 and _VERB.search(first) and not _OPENS_A_CLAUSE.match(sentence)
    return [f"{first}."] if is_clause else []


def _pointing(text: Text, said: Said, chosen: random.Random) -> str:
    """Return the sentence with a pronoun for a name of the claim, behind what says whom it means; empty: no name."""
    for match in _NAME.finditer(said.sentence):
        if match.group() in said.claims[-1]:
            pronoun = chosen.choice(("it", "he", "they"))
            without = said.sentence[: match.start()] + pronoun + said.sentence[match.end() :]
            before = text.sentences[said.place - 1] if said.place else ""
            return f"{before if match.group() in before else match.group() + '.'} {without}"
    return ""


Changed = tuple[str, Spans | None]


def _changed(claim: str, text: Text, said: Said, chosen: random.Random) -> Iterator[Changed]:
    for seed in (0, 1):
        for variant in variants(claim, text.whole, seed):
            at = variant.text.find(variant.now)
            is_known = at >= 0 and variant.kind not in {"subject", "negation"}
            yield variant.text, ((at, at + len(variant.now)),) if is_known else None
    around = _joined(text, range(max(0, said.place - 3), min(len(text.sentences), said.place + 4)))
    yield from _another_word(claim, around, chosen)
    yield from _changed_places(claim, chosen)
    others = [other for other in text.said if other is not said and other.claims]
    if others:
        yield from _other_end(claim, chosen.choice(others).claims[0])


def _another_word(claim: str, source: str, chosen: random.Random) -> Iterator[Changed]:
    """Yield the claim with one word exchanged for another of the source that ends like it."""
    have = content_stems(claim)
    found = [match for match in _WORD.finditer(claim) if match.group() not in STOP_WORDS]
    chosen.shuffle(found)
    there = sorted(
        {word for word in _WORD.findall(source) if word not in STOP_WORDS and not content_stems(word) <= have}
    )
    for match in found:
        if others := [word for word in there if word[-2:] == match.group()[-2:]]:
            other = chosen.choice(others)
            yield (
                claim[: match.start()] + other + claim[match.end() :],
                ((match.start(), match.start() + len(other)),),
            )
            return


def _changed_places(claim: str, chosen: random.Random) -> Iterator[Changed]:
    """Yield the claim with two words of like ending in each other's place; neighbours in a list stay."""
    words = [match for match in _ANY_WORD.finditer(claim) if match.group().lower() not in STOP_WORDS]
    pairs = [
        (one, other)
        for place, one in enumerate(words)
        for other in words[place + 1 :]
        if one.group() != other.group()
        and one.group()[-2:] == other.group()[-2:]
        and len(re.findall(r"\w+", claim[one.end() : other.start()])) >= 2
        and not _LISTED.fullmatch(claim[one.end() : other.start()])
    ]
    if pairs:
        one, other = chosen.choice(pairs)
        begin = claim[: one.start()] + other.group() + claim[one.end() : other.start()]
        spans = ((one.start(), one.start() + len(other.group())), (len(begin), len(begin) + len(one.group())))
        yield begin + one.group() + claim[other.end() :], spans


def _other_end(claim: str, other: str) -> Iterator[Changed]:
    """Yield the beginning of a claim with another's end, from its verb on."""
    one, two = _VERB.search(claim), _VERB.search(other)
    if one and two and min(one.start(), two.start()) > 3:
        text = claim[: one.start()] + other[two.start() :]
        if text not in {claim, other}:
            yield text, ((one.start(), len(text)),)


def balance(examples: Sequence[Example]) -> Mapping[tuple[Task, bool], int]:
    """Return how many examples there are of each task that hold and do not."""
    counts: dict[tuple[Task, bool], int] = {}
    for example in examples:
        counts[example.task, example.holds] = counts.get((example.task, example.holds), 0) + 1
    return counts
