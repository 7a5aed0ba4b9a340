import random

import pytest

from embeddings.types import Document, document_id
from qa.questions import Evidence, Question
from qa.reader_data import (
    Example,
    Said,
    Text,
    balance,
    examples_of,
    examples_of_question,
    messages_for,
    said_in,
    text_of,
    worth_saying,
)

TEXT = (
    "The Tower of Lisle\n\nThe tower was built by Anna Berg in 1671 of grey granite. "
    "Its bells came from Ghent in 1702 and were cast by Pieter Loos. "
    "A storm broke the spire in 1814, and the town replaced it with copper. "
    "The keeper lives below the bells with his family. "
    "Visitors climb 168 steps to the gallery above the market."
)
PLAIN = "One sentence without any title ends here."
DOCUMENT = Document(document_id(TEXT), "tower.txt", "The Tower of Lisle", TEXT)
WRITTEN = (
    "Q: Who built the tower of Lisle?\nA: Anna Berg built the tower in 1671.\n"
    "R: Grey granite was what Anna Berg built the tower of in 1671."
)


@pytest.fixture
def text() -> Text:
    made = text_of(DOCUMENT)
    place = made.sentences.index("The tower was built by Anna Berg in 1671 of grey granite.")
    said = said_in(place, made.sentences[place], WRITTEN)
    assert said is not None
    made.said.append(said)
    other = "A storm broke the spire in 1814, and the town replaced it with copper."
    made.said.append(
        Said(made.sentences.index(other), other, "What broke the spire?", ("A storm broke the spire in 1814.",))
    )
    return made


def test_a_first_line_of_few_words_is_the_title_and_sentences_stand_on_one_line(text: Text) -> None:
    assert text.title == "The Tower of Lisle"
    assert "Its bells came from Ghent in 1702 and were cast by Pieter Loos." in text.sentences
    assert text_of(Document(document_id(PLAIN), "e.txt", "e", PLAIN)).title == ""


def test_sentences_with_names_and_numbers_come_first(text: Text) -> None:
    chosen = worth_saying(text, 3, random.Random(1))
    assert len(chosen) == 3
    assert all(any(sign.isdigit() for sign in sentence) for _, sentence in chosen)
    assert all(text.sentences[place] == sentence for place, sentence in chosen)


def test_the_engine_is_shown_examples_and_given_the_sentence_last() -> None:
    messages = messages_for("It rains.")
    assert [message.role for message in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[-1].content == "It rains."


@pytest.mark.parametrize(
    ("written", "claims"),
    [
        ("Q: Who built it?\nA: Anna Berg built it.\nR: Berg built it in grey granite.", 2),
        ("Q: Who built it?\nA: Carl Berg built the tower.\nR: Anna Berg built the tower in 1672.", 0),  # name, number
        ("Q: Who built it?\nA: Anna Berg.\nR: A tower of splendid marble rose over a quiet green valley.", 0),
        ("A: Anna Berg built it.", None),
    ],
)
def test_what_brings_in_names_numbers_or_many_words_is_no_claim(written: str, claims: int | None) -> None:
    said = said_in(0, "The tower was built by Anna Berg in 1671 of grey granite.", written)
    assert (None if said is None else len(said.claims)) == claims


def test_true_claims_stand_beside_their_sentence_and_false_ones_differ_from_all_true_ones(text: Text) -> None:
    made = list(examples_of(text, seed=3))
    claims = [example for example in made if example.task == "stated"]
    said = {claim for item in text.said for claim in (*item.claims, item.sentence)}
    true = [example for example in claims if example.holds]
    assert {claim for item in text.said for claim in item.claims} <= {example.first for example in true}
    for example in true:
        item = next(item for item in text.said if example.first in item.claims or example.first[:20] in item.sentence)
        whole = " ".join(example.second.split())
        assert item.sentence in whole or any(f" {pronoun} " in f" {whole} " for pronoun in ("it", "he", "they"))
    exchanged = [example for example in claims if not example.holds and example.strange]
    assert exchanged
    for example in exchanged:
        assert example.first not in said
        for start, end in example.strange or ():
            assert 0 <= start < end <= len(example.first)


def test_a_question_is_not_answered_beside_its_sentence_s_neighbours_nor_when_it_asks_for_something_else(
    text: Text,
) -> None:
    questions = [example for example in examples_of(text, seed=3) if example.task == "answered"]
    for item in text.said:
        own = [example for example in questions if example.first == item.question]
        assert any(example.holds for example in own)
        assert any(not example.holds for example in own)
        assert all((item.sentence in example.second) == example.holds for example in own)
    asked = {item.question for item in text.said}
    assert all(not example.holds for example in questions if example.first not in asked)
    assert any(example.first not in asked for example in questions)


def test_the_same_seed_gives_the_same_examples(text: Text) -> None:
    assert list(examples_of(text, 5)) == list(examples_of(text, 5)) != list(examples_of(text, 6))


def test_a_person_s_question_holds_beside_its_evidence_and_not_beside_what_is_far_from_it() -> None:
    sentence = "The tower was built by Anna Berg in 1671 of grey granite."
    start = TEXT.index(sentence)
    evidence = Evidence("tower.txt", start, start + len(sentence), sentence)
    question = Question("q", "Who built the tower?", ("Anna Berg",), True, (evidence,))
    made = list(examples_of_question(question, DOCUMENT, 3))
    assert [example.holds for example in made] == [True, True, False, False]
    assert all((sentence in example.second) == example.holds for example in made)
    assert not list(examples_of_question(Question("q", "Who?", (), False, ()), DOCUMENT, 3))


def test_balance_counts_each_task() -> None:
    made = [Example("stated", "a", "b", True), Example("stated", "a", "b", False), Example("answered", "a", "b", False)]
    assert balance(made) == {("stated", True): 1, ("stated", False): 1, ("answered", False): 1}
