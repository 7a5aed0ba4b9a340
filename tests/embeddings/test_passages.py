from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embeddings.passages import MAX_CHARACTERS_PER_TOKEN, split_passages
from embeddings.types import Document, Passage
from tests.fake_encoder import HashingEncoder

COUNT = HashingEncoder().count_tokens

NASTY = st.text(
    st.one_of(
        st.sampled_from(list("ab. !?\n\t\r,;\u2028\u00a0\u0301\u200d\u200f\ufe0f👩🏽🔬👨ש لا漢字。\x00\ud800\udfff")),
        st.characters(),
    ),
    max_size=400,
)


def document(text: str) -> Document:
    return Document.of(text, "a.txt", "a")


def lost_characters(text: str, passages: tuple[Passage, ...]) -> list[int]:
    """Return the offsets of characters, white space aside, that lie in no passage."""
    covered = bytearray(len(text))
    for passage in passages:
        covered[passage.start : passage.end] = b"\x01" * (passage.end - passage.start)
    return [offset for offset, character in enumerate(text) if not covered[offset] and not character.isspace()]


@settings(deadline=None, max_examples=300)
@given(text=NASTY, max_tokens=st.integers(1, 30), overlap=st.integers(0, 4))
@example(text="", max_tokens=8, overlap=1)
@example(text="a", max_tokens=1, overlap=1)
@example(text="Same. Same. Same. Same.", max_tokens=4, overlap=1)
@example(text="\u0301" * 300, max_tokens=1, overlap=0)
@example(text="one\r\ntwo\r\n\r\nthree.\r\n", max_tokens=2, overlap=1)
@example(text="👩🏽\u200d🔬" * 60, max_tokens=5, overlap=2)
@example(text="שלום עולם. مرحبا بالعالم.", max_tokens=3, overlap=1)
def test_no_character_is_lost_and_no_passage_is_over_the_budget(text: str, max_tokens: int, overlap: int) -> None:
    passages = split_passages(document(text), COUNT, max_tokens, overlap)
    assert lost_characters(text, passages) == []
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.text.strip() == passage.text != ""
        assert COUNT([passage.text])[0] <= max_tokens
    spans = [(passage.start, passage.end) for passage in passages]
    assert spans == sorted(spans)
    assert len(set(spans)) == len(spans)


@pytest.mark.parametrize(
    "line",
    [
        "x" * 1_000_000,
        "word " * 200_000,
        "A sentence it is. " * 55_000,
        "漢字" * 500_000,
        "👩🏽\u200d🔬" * 250_000,
    ],
    ids=["no spaces", "no full stops", "sentences", "Chinese", "joined emoji"],
)
def test_a_line_of_a_million_characters_takes_linear_time_and_loses_nothing(line: str) -> None:
    started = time.perf_counter()
    short = split_passages(document(line[:100_000]), COUNT)
    middle = time.perf_counter()
    passages = split_passages(document(line), COUNT)
    ended = time.perf_counter()
    assert lost_characters(line, passages) == []
    assert lost_characters(line[:100_000], short) == []
    # Ten times the text: quadratic time would be a hundred times as long.
    assert ended - middle < 40 * (middle - started) + 1.0


def test_whole_sentences_fill_the_budget_and_the_last_one_comes_again() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten eleven."
    # 4 tokens a sentence with its full stop, the last one 3. Of 8 tokens: sentences 1+2, then 2+3, then 3+4.
    passages = split_passages(document(text), COUNT, max_tokens=8, overlap_sentences=1)
    assert [passage.text for passage in passages] == [
        "One two three. Four five six.",
        "Four five six. Seven eight nine.",
        "Seven eight nine. Ten eleven.",
    ]


def test_without_overlap_every_sentence_comes_once() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten eleven."
    passages = split_passages(document(text), COUNT, max_tokens=8, overlap_sentences=0)
    assert [passage.text for passage in passages] == [
        "One two three. Four five six.",
        "Seven eight nine. Ten eleven.",
    ]


def test_overlap_is_left_out_where_the_next_sentence_would_not_fit_behind_it() -> None:
    text = "One two three. Four five six seven eight nine ten."
    # 4 and 8 tokens: together 12.
    passages = split_passages(document(text), COUNT, max_tokens=8, overlap_sentences=1)
    assert [passage.text for passage in passages] == ["One two three.", "Four five six seven eight nine ten."]


def test_overlap_of_many_sentences_still_moves_on() -> None:
    text = " ".join(f"Sentence number {number} is here." for number in range(12))
    # 6 tokens each, three fit into 18; two come again, so each passage brings one new sentence.
    passages = split_passages(document(text), COUNT, max_tokens=18, overlap_sentences=99)
    assert len(passages) == 10
    assert passages[-1].text.endswith("Sentence number 11 is here.")


def test_repeated_sentences_keep_their_own_offsets() -> None:
    text = "Again and again. Again and again. Again and again."
    passages = split_passages(document(text), COUNT, max_tokens=4, overlap_sentences=0)
    assert [(passage.start, passage.end) for passage in passages] == [(0, 16), (17, 33), (34, 50)]
    assert len({passage.passage_id for passage in passages}) == 3


def test_passage_id_names_document_and_span() -> None:
    given_document = document("Hello there.")
    (passage,) = split_passages(given_document, COUNT)
    assert passage.passage_id == f"{given_document.doc_id[:16]}-0-12"
    assert passage.doc_id == given_document.doc_id


def test_long_sentence_is_cut_at_white_space() -> None:
    text = "alpha\tbeta gamma\u00a0delta epsilon zeta eta theta"
    passages = split_passages(document(text), COUNT, max_tokens=3, overlap_sentences=0)
    # Pieces of at most 9 characters, 3 a token: alpha, beta, gamma, delta, epsilon, "zeta eta", theta.
    assert [passage.text for passage in passages] == [
        "alpha\tbeta gamma",
        "delta epsilon",
        "zeta eta theta",
    ]


def test_word_without_end_is_cut_by_characters_but_not_before_a_mark() -> None:
    text = "e\u0301" * 600  # each letter with its own combining accent
    passages = split_passages(document(text), lambda texts: [len(item) for item in texts], max_tokens=50)
    assert len(passages) > 1
    assert all(passage.text.startswith("e") for passage in passages)


def test_text_without_spaces_does_not_become_one_large_passage() -> None:
    text = "x" * 50_000  # one token for a tokenizer that gives up on long words
    passages = split_passages(document(text), lambda texts: [1] * len(texts), max_tokens=200)
    assert lost_characters(text, passages) == []
    assert max(len(passage.text) for passage in passages) <= 200 * (MAX_CHARACTERS_PER_TOKEN + 1)


def test_every_sentence_is_counted_once_in_one_call() -> None:
    encoder = HashingEncoder()
    split_passages(document("One two. Three four. Five six. Seven eight."), encoder.count_tokens, 200, 1)
    assert encoder.count_calls == [4]


def test_blank_text_has_no_passages() -> None:
    assert split_passages(document(" \n\t\u00a0\r\n "), COUNT) == ()


@pytest.mark.parametrize(("max_tokens", "overlap"), [(0, 1), (-5, 1), (200, -1)])
def test_impossible_settings_are_refused(max_tokens: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=f"no passages of {max_tokens} tokens with {overlap} sentences"):
        split_passages(document("a"), COUNT, max_tokens, overlap)
