from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.late import STEP, WINDOW, TokenVectors, alone_interaction, first_alike, late_interaction
from tests.fake_encoder import HashingEncoder

AXES = np.eye(4, dtype=np.float32)


def test_each_token_of_the_question_counts_its_best_match() -> None:
    # The first token is there (1), the second at an angle of 60 degrees (.5): mean .75.
    question = AXES[:2]
    passage = np.stack([AXES[0], np.array([0, 0.5, np.sqrt(0.75), 0], np.float32), -AXES[1]])
    assert late_interaction(question, passage) == pytest.approx(0.75)


def test_matches_that_are_far_apart_do_not_add_up() -> None:
    question = AXES[:2]
    near = np.stack([AXES[0], *[AXES[3]] * (WINDOW - 2), AXES[1]])
    far = np.stack([AXES[0], *[AXES[3]] * (WINDOW + STEP), AXES[1]])
    assert late_interaction(question, near) == pytest.approx(1.0)
    assert late_interaction(question, far) == pytest.approx(0.5)


def test_the_end_of_a_long_passage_is_compared_too() -> None:
    for length in range(WINDOW, WINDOW + 3 * STEP + 1):
        passage = np.stack([*[AXES[3]] * (length - 1), AXES[0]])
        assert late_interaction(AXES[:1], passage) == pytest.approx(1.0), length


def test_without_tokens_nothing_fits() -> None:
    nothing = np.zeros((0, 4), np.float32)
    assert late_interaction(nothing, AXES) == 0.0
    assert late_interaction(AXES, nothing) == 0.0


def test_of_no_passages_there_is_nothing_alone() -> None:
    alone = alone_interaction("the harbour", [], HashingEncoder())
    assert (alone.fits.shape, alone.windows) == ((0,), ())


class Counting(HashingEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        self.asked.extend(texts)
        return super().encode_tokens(texts)


def test_token_vectors_come_in_input_order_and_are_made_once() -> None:
    encoder = Counting()
    tokens = TokenVectors(encoder)
    first = tokens.of(["otters swim", "silk", "otters swim"])
    again = tokens.of(["silk", "otters swim"])
    assert [rows.shape for rows in first] == [(2, 32), (1, 32), (2, 32)]
    np.testing.assert_array_equal(first[0], again[1])
    np.testing.assert_array_equal(first[0], encoder.encode_tokens(["otters swim"])[0])
    assert encoder.asked[:2] == ["otters swim", "silk"]
    assert len(encoder.asked) == 3


def test_the_oldest_token_vectors_go_when_there_are_too_many() -> None:
    encoder = Counting()
    tokens = TokenVectors(encoder, capacity=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        tokens.of([text])
    assert encoder.asked == ["a", "b", "c", "b"]


def test_words_that_mean_the_same_wherever_they_stand_fit_alike_in_both_ways() -> None:
    encoder = HashingEncoder()
    question, passages = "otters eat fish", ["fish and frogs eat " * 60 + "otters", "silk", "otters eat fish"]
    asked, *read = encoder.encode_tokens([question, *passages])
    expected = [late_interaction(asked, rows) for rows in read]
    assert alone_interaction(question, passages, encoder).fits == pytest.approx(expected, abs=1e-3)
    assert expected[2] == pytest.approx(1.0)


def test_without_tokens_nothing_fits_alone() -> None:
    assert alone_interaction("", ["otters"], HashingEncoder()).fits.tolist() == [0.0]
    assert alone_interaction("otters", ["", "otters"], HashingEncoder()).fits.tolist() == [0.0, 1.0]


def test_the_best_window_of_a_passage_is_told_by_its_tokens() -> None:
    # 100 words before "otters": of the windows from 0, 24 and 48, the one from 48 on is the first that has it
    encoder, words = HashingEncoder(dim=512), [f"word{n}" for n in range(100)]
    alone = alone_interaction("otters", [" ".join([*words, "otters"])], encoder)
    (ids,) = encoder.token_ids([" ".join([*words[2 * STEP :], "otters"])])
    assert alone.windows == (frozenset(ids.tolist()),)


def test_each_window_is_put_to_the_first_of_another_document_that_shares_so_much_with_it() -> None:
    windows = [frozenset({1, 2, 3}), frozenset({1, 2, 3, 4}), frozenset({9}), frozenset({2, 3, 4, 5}), frozenset({9})]
    assert first_alike(windows, "abcde", 0.75) == [0, 0, 2, 3, 2]  # 3 of 4 are shared; of the fourth, 2 of 5
    assert first_alike(windows, "abcde", 0.76) == [0, 1, 2, 3, 2]
    assert first_alike(windows, "aabcb", 0.75) == [0, 1, 2, 3, 4]  # those of one document stand for themselves
    assert first_alike([], [], 0.5) == []
