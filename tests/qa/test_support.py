import json
import math
from pathlib import Path

import pytest

from qa.reader import Read
from qa.support import Checker, fitted_checker, measures

SOURCE = "Watt praised Black before the Academy in London."
READ = Read(stated=5.0, answered=0.0, strange=-2.0)


def test_a_claim_in_its_source_s_own_words_differs_in_nothing() -> None:
    none = [
        *("replaced", "replacements", "moved", "added", "denials", "exchanged"),
        *(f"{name}_alike" for name in ("replaced", "replacements", "moved", "denials", "exchanged")),
    ]
    assert measures(SOURCE, [SOURCE], READ) == {
        **dict.fromkeys(none, 0.0),
        "same": 1.0,
        "stated": 5.0,
        "strange": -2.0,
        "stated_alike": 5.0,
    }


def test_what_is_exchanged_counts_for_more_where_the_rest_is_the_source_s() -> None:
    found = measures("Watt praised Hume before the Academy in London.", [SOURCE], READ)
    assert (found["replaced"], found["replacements"]) == (1.0, 1.0)
    # 7 of the 8 words follow each other as in the source.
    assert (found["same"], found["replaced_alike"], found["stated_alike"]) == (7 / 8, 7 / 8, 35 / 8)


def test_a_claim_without_words_is_measured_too() -> None:
    for claim, own in (("It is.", (SOURCE,)), ("", (SOURCE,)), (SOURCE, ()), ("", ("",))):
        assert all(math.isfinite(value) for value in measures(claim, own, READ).values())


def test_probability_is_the_logistic_of_the_scaled_measures() -> None:
    checker = Checker(0.5, {"part": 2.0}, {"part": 0.5}, {"part": 0.25}, threshold=0.9, accepted=0.9, told=0.9)
    # 0.5 + 2 * (1 - 0.5) / 0.25 = 4.5
    assert checker.probability({"part": 1.0}) == pytest.approx(1 / (1 + math.exp(-4.5)))


def test_a_claim_is_accepted_from_the_threshold_on() -> None:
    checker = Checker(0.0, {"part": 1.0}, {"part": 0.7}, {"part": 1.0}, threshold=0.5, accepted=0.9, told=0.9)
    assert checker.accepts({"part": 0.7})
    assert not checker.accepts({"part": 0.69})


def test_the_shipped_checker_knows_every_measure() -> None:
    checker = fitted_checker()
    assert (
        set(checker.coefficients)
        == set(checker.means)
        == set(checker.deviations)
        == set(measures(SOURCE, [SOURCE], READ))
    )
    assert 0.0 < checker.threshold < 0.9
    record = json.loads((Path(__file__).parents[2] / "docs/results/support-fit.json").read_text(encoding="utf-8"))
    figures = record["with the model, left out by document"]
    assert (checker.accepted, checker.told) == (figures["true, accepted"], figures["false, not accepted"])
    assert all(deviation > 0 for deviation in checker.deviations.values())


def test_the_shipped_checker_accepts_the_source_itself() -> None:
    assert fitted_checker().accepts(measures(SOURCE, [SOURCE], READ))
