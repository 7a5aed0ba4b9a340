import math

import numpy as np
import pytest

from embeddings.types import Sentence
from qa.evidence import Candidate
from qa.fit_gate import AFTER, BEFORE, _values
from qa.fit_gate import by_head as with_head
from qa.gate import CLAIMED, MOST_COSINE, Stage, fitted_gate, signals_after, signals_before, yes_log_odds
from qa.generate import Piece
from qa.reader import Read

STAGE = Stage(
    intercept=0.5,
    coefficients={"a": 2.0, "b": -1.0},
    means={"a": 1.0, "b": 0.0},
    deviations={"a": 0.5, "b": 2.0},
    thresholds={"lenient": 0.1, "balanced": 0.5, "strict": 0.9},
)


def test_stricter_levels_let_less_pass() -> None:
    assert [STAGE.passes(0.6, level) for level in ("lenient", "balanced", "strict")] == [True, True, False]


@pytest.mark.parametrize(
    ("reply", "log_odds"),
    [
        (Piece("Yes", math.log(0.8)), math.log(4)),
        (Piece(" no", math.log(0.8)), -math.log(4)),
        (Piece("Maybe", -0.1), None),
        (Piece("Yes", None), 2.0),  # a server without log-probabilities: a quarter of the limit
        (None, None),
        (Piece("Yes", 0.0), 8.0),  # certainty is cut at the limit
    ],
)
def test_log_odds_of_yes_come_from_the_first_token(reply: Piece | None, log_odds: float | None) -> None:
    assert yes_log_odds(reply) == (None if log_odds is None else pytest.approx(log_odds))


def test_the_year_asked_about_and_not_read_is_counted_missing() -> None:
    signals = signals_before("How many came to Wuzhen in 2024?", (), ("Wuzhen",), {"came": 1.0}, {"came": 0}, None, ())
    assert (signals["missing_numbers"], signals["missing_names"], signals["nowhere"]) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize("number", ["10 thousand", "10,000", "ten thousand"])
def test_a_number_is_there_in_whatever_way_it_is_written(number: str) -> None:
    text = f"It lost {number} men."
    read = Candidate(Sentence("d", 0, len(text), text), np.zeros(2, np.float32), 0.5, 0.0, 0.0)
    for asked, missing in (("10 thousand", 0.0), ("10,000", 0.0), ("11 thousand", 1.0), ("10", 1.0)):
        signals = signals_before(f"Who lost {asked} men?", (read,), (), {}, {}, None, ())
        assert signals["missing_numbers"] == missing


def test_a_likeness_counts_up_to_a_bound() -> None:
    alike, unlike = (
        Candidate(Sentence("d", 0, 1, "a"), np.zeros(2, np.float32), cosine, 0.0, 0.0) for cosine in (0.9, 0.3)
    )
    for chosen, raw, capped in (((alike, unlike), 0.9, MOST_COSINE), ((unlike,), 0.3, 0.3), ((), 0.0, 0.0)):
        signals = signals_before("Who came?", chosen, (), {}, {}, None, ())
        assert (signals["best_cosine"], signals["capped_cosine"]) == (raw, capped)


def test_a_reply_that_is_neither_yes_nor_no_tells_nothing() -> None:
    assert "yes_log_odds" not in signals_before("Who came?", (), (), {}, {}, Piece("Based", -0.1), ())


def test_the_check_is_a_signal() -> None:
    signals = signals_before("Who came?", (), (), {}, {}, Piece("Yes", math.log(0.8)), ())
    assert signals["yes_log_odds"] == pytest.approx(math.log(4))


def test_the_reader_s_surest_answer_is_a_signal() -> None:
    read = [Read(0.0, -3.0, 0.0), Read(0.0, 2.5, 0.0)]
    assert signals_before("Who came?", (), (), {}, {}, None, read)["answered"] == 2.5
    assert "answered" not in signals_before("Who came?", (), (), {}, {}, None, ())


def test_signals_after_are_means_over_what_was_written() -> None:
    signals = signals_after({"a": 1.0}, [-0.5, -1.5], [1.0, 0.5], 2)
    assert signals == {
        "a": 1.0,
        "mean_log_probability": -1.0,
        "least_log_probability": -1.5,
        "support": 0.75,
        "missing_beside_sources": 2.0,
    }


@pytest.mark.parametrize("by_head", [True, False])
def test_the_shipped_gate_has_every_signal_and_rising_thresholds(by_head: bool) -> None:
    gate = fitted_gate(by_head=by_head)
    for stage, plain in ((gate.before, BEFORE), (gate.after, AFTER)):
        names = (*with_head(plain), *([CLAIMED] if plain is AFTER else [])) if by_head else plain
        assert set(stage.coefficients) == set(stage.means) == set(stage.deviations) == set(names)
        levels = [stage.thresholds[level] for level in ("lenient", "balanced", "strict")]
        assert levels == sorted(levels) and levels[0] > 0 and levels[2] < 1


def test_a_signal_that_is_not_there_counts_as_the_mean_of_the_others_in_the_fit() -> None:
    rows = [{"signals": {"a": 1.0, "b": 2.0}}, {"signals": {"a": 3.0}}, {"signals": {"b": 6.0}}]
    assert _values(rows, ("a", "b")).tolist() == [[1.0, 2.0], [3.0, 4.0], [2.0, 6.0]]


def test_what_the_head_says_of_the_answer_s_sentences_counts_by_the_least() -> None:
    before = {"coverage": 1.0}
    assert signals_after(before, [-0.1], [1.0, 1.0], 0, [2.0, -1.5])[CLAIMED] == -1.5
    assert CLAIMED not in signals_after(before, [-0.1], [1.0], 0)
    assert fitted_gate(by_head=True).after.coefficients[CLAIMED] > 0


@pytest.mark.parametrize("by_head", [True, False])
def test_the_shipped_gate_rises_with_the_model_saying_yes(by_head: bool) -> None:
    assert fitted_gate(by_head=by_head).before.coefficients["head_log_odds" if by_head else "yes_log_odds"] > 0
