import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.sentences import MAX_QUOTED, split_sentences
from qa.ended import ended_sentences

WORDS = ("Anna", "Lund", "ice", "in", "1931", "3", "of", "harbour", "the", "ship's", "ships'", "don't")
SHORTENED = ("Mr.", "U.S.", "No.", "Fig.", "approx.", "a.m.")
MARKS = ('""', "“”", "„“", "‘’", "«»", "‹›", "「」", "()", "（）", "[]", "{}")


def as_they_end(text: str, size: int) -> list[str]:
    """Return the sentences of a text that comes `size` characters at a time, as each ends."""
    found: list[str] = []
    done = 0
    for reached in range(size, len(text) + size, size):
        for start, end in ended_sentences(text[:reached], done):
            found.append(text[start:end])
            done = end
    return found + [text[start:end] for start, end in split_sentences(text) if end > done]


def whole(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return two to nine sentences, words of which stand in quotation marks or brackets, closed or not."""
    sentences = draw(
        st.lists(st.lists(st.sampled_from(WORDS + SHORTENED), min_size=2, max_size=7), min_size=2, max_size=9)
    )
    stops = [draw(st.sampled_from(".?!:")) for _ in sentences]
    words = [
        word
        for sentence, stop in zip(sentences, stops, strict=True)
        for word in [sentence[0].capitalize(), *sentence[1:-1], sentence[-1] + stop]
    ]
    if mark := draw(st.sampled_from(["", *MARKS])):
        first = draw(st.integers(0, len(words) - 1))
        words[first] = mark[0] + words[first]
        words[draw(st.integers(first, len(words) - 1))] += draw(st.sampled_from([mark[1], ""]))
    return " ".join(words)


@settings(deadline=None)
@given(texts(), st.integers(1, 60))
def test_sentences_are_the_same_however_the_text_comes(text: str, size: int) -> None:
    assert as_they_end(text, size) == whole(text)


@pytest.mark.parametrize("mark", [*MARKS, "''"])
def test_a_sentence_with_sentences_in_quotation_marks_or_brackets_is_one(mark: str) -> None:
    said = f"She wrote {mark[0]}The ice was thick. The ships waited. Nobody died.{mark[1]} in her diary. "
    text = f"{said}They left."
    assert as_they_end(text, 1) == whole(text) == [said, "They left."]


def test_what_is_never_closed_is_waited_for_no_longer_than_what_is_closed_is_kept_whole() -> None:
    text = 'He said "it. ' + "Then nobody came. " * 20
    held = next(reached for reached in range(len(text)) if ended_sentences(text[:reached]))
    assert held <= MAX_QUOTED + 1
    assert as_they_end(text, 1) == whole(text)


@pytest.mark.parametrize("first", ["The ship's crew left. ", "The ships' crew left. ", "Don't go! ", "It was Anna’s. "])
def test_an_apostrophe_opens_nothing_and_the_next_whole_word_ends_the_sentence(first: str) -> None:
    assert ended_sentences(f"{first}They") == ()
    assert ended_sentences(f"{first}They ") == ((0, len(first)),)


def test_sentences_without_spaces_end_too() -> None:
    assert ended_sentences("他说。她走了，去北京看朋友们了。") == ((0, 3),)


def test_of_sentences_that_have_ended_those_behind_the_place_are_told() -> None:
    text = "Kelm froze. Anna left. Ships waited for her."
    assert ended_sentences(text) == ((0, 12), (12, 23))
    assert ended_sentences(text, 12) == ((12, 23),)
    assert ended_sentences("", 0) == ended_sentences("Kelm froze.", 0) == ()
