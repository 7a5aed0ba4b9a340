"""Proposals from a small document, with an engine that puts the questions it was told to put."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from embeddings.types import Document, Hit, Passage
from qa.propose import _is_vague, propose, proposed, question_messages
from qa.questions import Evidence, Question
from qa.quotable import quotables
from qa.types import Searched, Turn
from tests.qa.asked_engine import AskedEngine

BRIDGE = "The old bridge over the Tamsel was built in 1852 for the salt carts."
FERRY = "The ferry at the mill carries 1,200 passengers in every year and rests in winter."
DOCUMENT = Document.of(f"{BRIDGE} {FERRY}", "town.txt", "The town")
ASKS_BRIDGE, ASKS_FERRY = f"Fact: {BRIDGE}\nAnswer: 1852", f"Fact: {FERRY}\nAnswer: 1,200"
WHEN = "When was the old bridge over the Tamsel built?"
HOW_MANY = "How many passengers does the ferry at the mill carry?"
GOOD = {
    ASKS_BRIDGE: WHEN,
    ASKS_FERRY: HOW_MANY,
    f"Question: {WHEN}": "In 1852.",
    f"Question: {HOW_MANY}": "1,200",
    "Answer: Tamsel": "Which?",
    "as Tamsel.": "Rhine",
}


@dataclass
class Finder:
    """Finds the whole document, or nothing."""

    finds: bool = True
    document: Document = DOCUMENT

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        passage = Passage("p", self.document.doc_id, 0, len(self.document.text), self.document.text)
        return Searched(question, "", (Hit(passage, 1.0, 1, None, None),) if self.finds else ())


def test_proposals_have_their_quote_at_its_place_and_say_that_a_machine_made_them() -> None:
    found = propose([DOCUMENT], Finder(), AskedEngine(GOOD), 2)
    start = len(BRIDGE) + 1
    assert found.questions == (
        Question(
            "made-01",
            WHEN,
            ("1852",),
            True,
            (Evidence("town.txt", 0, len(BRIDGE), BRIDGE),),
            origin="machine-made",
        ),
        Question(
            "made-02",
            HOW_MANY,
            ("1,200",),
            True,
            (Evidence("town.txt", start, start + len(FERRY), FERRY),),
            origin="machine-made",
        ),
    )
    assert found.dropped == {}


def test_every_fourth_is_a_near_miss() -> None:
    found = propose([DOCUMENT], Finder(), AskedEngine(GOOD), 4)
    near = Question(
        "made-near-01", "When was the old bridge over the Rhine built?", answerable=False, origin="machine-made"
    )
    assert [question.id for question in found.questions] == ["made-01", "made-02", "made-near-01"]
    assert found.questions[-1] == near


def test_no_more_are_put_than_are_wanted() -> None:
    engine = AskedEngine(GOOD)
    assert len(propose([DOCUMENT], Finder(), engine, 1).questions) == 1
    assert len(engine.prompts) == 2


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("The old bridge was built in the year", "is not one short question"),
        ("Was it old? And when was the bridge built?", "is not one short question"),
        ("When, in 1852, was the old bridge built?", "gives its answer away"),
        ("When was it built for the salt carts?", "cannot be understood alone"),
        ("When does the text say the old bridge was built?", "cannot be understood alone"),
        ("When was the old bridge over the Danube built?", "says what the sentence does not"),
        ("When were the 7 arches of the old bridge built?", "says what the sentence does not"),
        ("When was the war over?", "says what the sentence does not"),
        ("When was the salt mine that opened under the hill closed?", "says what the sentence does not"),
        ("What was the old bridge over the Tamsel built for?", "asks for another kind of thing"),
    ],
)
def test_a_question_that_does_not_hold_is_dropped_with_its_reason(question: str, reason: str) -> None:
    found = propose([DOCUMENT], Finder(), AskedEngine({**GOOD, ASKS_BRIDGE: question, "Answer: Tamsel": question}), 1)
    assert found.dropped.get(f"{reason}", 0) >= 1
    assert [item.question for item in found.questions] == [HOW_MANY]


def test_an_abbreviation_that_looks_like_a_pronoun_points_at_nothing() -> None:
    sentence = "The US state of Maine exported the most salt of all states in 1852."
    assert not _is_vague("Which US state exported the most salt?", sentence)
    assert _is_vague("Which of us exported the most salt?", sentence)


def test_a_question_with_most_words_of_its_answer_gives_it_away() -> None:
    text = "The grain was kept in the Lauen Harbour Museum before the old mill burnt down."
    question = "In which museum of Lauen was the grain kept?"
    found = propose([Document.of(text, "a.txt", "Grain")], Finder(), AskedEngine({"Answer: Lauen": question}), 1)
    assert found.dropped == {"gives its answer away": 1}


def test_a_question_that_its_sentence_does_not_answer_again_is_dropped() -> None:
    found = propose([DOCUMENT], Finder(), AskedEngine({**GOOD, f"Question: {WHEN}": "For the salt carts."}), 1)
    assert found.dropped == {"is not answered by its sentence": 1}


def test_a_question_that_a_search_does_not_lead_to_is_dropped() -> None:
    found = propose([DOCUMENT], Finder(finds=False), AskedEngine(GOOD), 2)
    assert found.questions == ()
    assert found.dropped["is not found by a search"] == 2


def test_a_question_much_like_one_before_is_dropped() -> None:
    twice = Document.of(f"{BRIDGE} {BRIDGE.replace('1852', '1903')}", "town.txt", "The town")
    engine = AskedEngine({**GOOD, "Answer: 1903": f"{WHEN[:-1]} again?"})
    found = propose([twice], Finder(document=twice), engine, 2)
    assert found.dropped["is much like another"] >= 1


def test_a_pronoun_behind_a_name_points_at_it() -> None:
    question = "When did the bridge over the Tamsel get its carts?"
    engine = AskedEngine({**GOOD, ASKS_BRIDGE: question, f"Question: {question}": "1852"})
    assert propose([DOCUMENT], Finder(), engine, 1).questions[0].question == question


def test_the_engine_is_shown_title_sentence_and_answer_after_examples() -> None:
    messages = question_messages(quotables([DOCUMENT])[0])
    assert messages[-1].content == f"Document: The town\n{ASKS_BRIDGE}\nQuestion:"
    assert [message.role for message in messages] == ["system", *["user", "assistant"] * 3, "user"]


def test_a_year_in_the_title_is_kept_from_the_engine_where_the_sentence_lacks_it() -> None:
    quotable = quotables([Document.of(BRIDGE, "town.txt", "The town in 1852 and in 1999")])[0]
    assert question_messages(quotable)[-1].content.startswith("Document: The town in 1852 and in\n")


def test_what_there_is_when_it_is_stopped_is_proposed_without_near_misses() -> None:
    stop = threading.Event()
    found = propose([DOCUMENT], Finder(), AskedEngine(GOOD), 4, lambda _, done, __: stop.set() if done else None, stop)
    assert [question.id for question in found.questions] == ["made-01", "made-02"]
    stop.set()
    assert propose([DOCUMENT], Finder(), AskedEngine(GOOD), 4, None, stop).questions == ()


def test_progress_counts_what_was_accepted() -> None:
    told: list[tuple[str, int, int]] = []
    propose([DOCUMENT], Finder(), AskedEngine(GOOD), 2, lambda *now: told.append(now))
    assert told == [("proposing questions", 0, 2), ("proposing questions", 1, 2), ("proposing questions", 2, 2)]


def test_nothing_of_a_document_is_read_before_it_may_be() -> None:
    class Unread(str):
        """A text of which nothing may be read yet."""

        def __getitem__(self, _: object) -> str:
            raise AssertionError("it was read")

    def wait() -> None:
        raise TimeoutError("somebody asks")

    document = replace(DOCUMENT, text=Unread(DOCUMENT.text))
    with pytest.raises(TimeoutError):
        next(proposed([document], Finder(), AskedEngine(GOOD), 1, wait))


def test_it_is_asked_before_each_document_and_each_sentence_whether_to_go_on() -> None:
    asked: list[int] = []
    other = Document.of(FERRY, "ferry.txt", "The ferry")
    engine = AskedEngine(GOOD)
    found = proposed([DOCUMENT, other], Finder(), engine, 1, lambda: asked.append(len(engine.prompts)))
    assert next(found) == (WHEN, ("1852",))
    assert asked == [0, 0, 0]
