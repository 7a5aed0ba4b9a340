import numpy as np
import pytest

from embeddings.types import Sentence
from qa.evidence import Candidate
from qa.prompt import (
    CHECK,
    WRITE,
    WRITE_MORE,
    check_messages,
    shared_text,
    wants_more,
    write_messages,
)
from qa.types import Turn


def candidate(doc_id: str, start: int, text: str) -> Candidate:
    return Candidate(Sentence(doc_id, start, start + len(text), text), np.zeros(2, np.float32), 0.0, 0.0, 0.0)


A, B, FAR = (
    candidate("d", 0, "First one."),
    candidate("d", 11, "Second\none."),
    candidate("e", 90, "Far away."),
)


def test_neighbours_are_read_in_order_under_their_title_and_the_best_run_comes_first() -> None:
    text = shared_text("Who?\n", (FAR, B, A), {"d": "Letter", "e": "Log"})
    assert text == "Log: Far away.\n\nLetter: First one. Second one.\n\nQuestion: Who?"


def test_both_messages_begin_with_the_same_text_so_that_the_second_costs_only_its_end() -> None:
    shared = shared_text("Who came?", (A,), {"d": "Letter"})
    check, write = check_messages(shared)[1].content, write_messages(shared, "Who came?")[1].content
    assert (check, write) == (f"{shared}\n{CHECK}", f"{shared}\n{WRITE}")


def test_earlier_turns_are_shortened_and_named() -> None:
    text = shared_text("Why?", (), {}, (Turn("user", "Who came?"), Turn("assistant", "word " * 100)))
    assert text.startswith("Earlier question: Who came?\nEarlier answer: word word")
    assert "word ...\n\nQuestion: Why?" in text
    assert len(text) < 400


@pytest.mark.parametrize(
    "question", ["Why did it close?", "How does it work?", "What are the main reasons?", "List the names."]
)
def test_explanations_are_asked_for_in_more_sentences(question: str) -> None:
    assert wants_more(question)
    assert write_messages("x", question)[1].content.endswith(WRITE_MORE)


@pytest.mark.parametrize("question", ["How many came?", "How long is it?", "Who came?", "What is the capital?"])
def test_facts_are_asked_for_in_one(question: str) -> None:
    assert not wants_more(question)
