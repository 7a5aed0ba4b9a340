import pytest

from qa.converse import plan_search, stands_alone
from qa.types import REFUSAL, REFUSAL_FROM_PASSAGES, Citation, Turn

ASKED = Turn("user", "Who opened the Wuzhen Summit in 2025?")
CITED = Citation(1, "d" * 64, "a.txt", 0, 5, "words")
ANSWERED = Turn("assistant", "The mayor opened it.", (CITED,))
NO_ANSWERS = pytest.mark.parametrize("no_answer", [REFUSAL, REFUSAL_FROM_PASSAGES, ""])


@pytest.mark.parametrize(
    "question",
    [
        "How many countries took part in the summit?",
        "What did Xi Jinping propose a decade ago?",
        "Does the Wuzhen Summit say that it is open?",  # "it" has a name before it to stand for
        "What is the theme of the 2025 conference?",
        "What did the US export?",
        "Who runs the IT department of Kelm?",
        "No ships came to the harbour, why?",
    ],
)
def test_a_question_that_names_its_subject_stands_alone(question: str) -> None:
    assert stands_alone(question)


@pytest.mark.parametrize(
    "question",
    [
        "Why?",
        "And in 2024?",
        "No, who built the harbour first?",
        "Yes, but who built the harbour first?",
        "What about its theme?",
        "How many countries were they from?",
        "When was that proposed?",
        "Who is he?",
        "Which one came first?",
        "What else did they build?",
        "Are there any other rivers in Maine?",
        "If not, what would happen to Maine?",
        "Regional differences",
    ],
)
def test_a_question_that_leans_on_the_conversation_is_told(question: str) -> None:
    assert not stands_alone(question)


def test_without_history_a_follow_up_is_searched_as_it_is() -> None:
    assert plan_search("Why?", ()).texts == ("Why?",)


def test_a_follow_up_is_searched_with_the_turn_before_and_alone() -> None:
    search = plan_search("Why did they do it?", (ASKED, ANSWERED))
    assert search.texts == (
        "Who opened the Wuzhen Summit in 2025? Why did they do it?",
        "Who opened the Wuzhen Summit in 2025? Why did they do it? The mayor opened it.",
        "Why did they do it?",
    )
    assert search.added == "Who opened the Wuzhen Summit in 2025? The mayor opened it."
    assert search.cited == (CITED,)


def test_a_turn_that_leans_itself_is_searched_with_the_one_it_leans_on() -> None:
    history = (ASKED, ANSWERED, Turn("user", "And why?"), Turn("assistant", "To welcome them."))
    assert plan_search("Who were they?", history).texts == (
        "Who opened the Wuzhen Summit in 2025? And why? Who were they?",
        "And why? Who were they? To welcome them.",
        "Who were they?",
    )


@NO_ANSWERS
def test_of_no_answer_nothing_is_searched_for_and_the_question_before_it_is(no_answer: str) -> None:
    search = plan_search("Why did they do it?", (ASKED, Turn("assistant", no_answer)))
    assert search.texts == ("Who opened the Wuzhen Summit in 2025? Why did they do it?", "Why did they do it?")
    assert search.added == ASKED.content


@NO_ANSWERS
def test_behind_no_answer_the_answer_of_the_same_subject_is_leaned_on(no_answer: str) -> None:
    history = (ASKED, ANSWERED, Turn("user", "And why?"), Turn("assistant", no_answer))
    search = plan_search("Who were they?", history)
    assert search.texts[1] == "And why? Who were they? The mayor opened it."
    assert search.cited == (CITED,)
    other = (ASKED, ANSWERED, Turn("user", "Who built the harbour of Kelm?"), Turn("assistant", no_answer))
    assert plan_search("When was it built?", other).added == "Who built the harbour of Kelm?"
    assert plan_search("When was it built?", other).cited == ()


def test_of_a_long_answer_the_first_words_are_searched_for() -> None:
    # 28 characters "The mayor of Wuzhen opened. " seven times are 196, "The" more makes 199
    history = (ASKED, Turn("assistant", "The mayor of Wuzhen opened. " * 20))
    assert plan_search("And why?", history).texts[1] == (
        "Who opened the Wuzhen Summit in 2025? And why? " + "The mayor of Wuzhen opened. " * 7 + "The"
    )


def test_a_question_that_stands_alone_takes_nothing_from_the_conversation() -> None:
    search = plan_search("How many ship models does Kelm have?", (ASKED, ANSWERED))
    assert (search.added, search.cited) == ("", ())
