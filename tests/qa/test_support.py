import json
import math
from pathlib import Path

import pytest

from qa.reader import Read
from qa.support import Checker, checker_for, fitted_checker, measures

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


def test_a_claim_is_accepted_from_the_threshold_on() -> None:
    checker = Checker(0.0, {"part": 1.0}, {"part": 0.7}, {"part": 1.0}, threshold=0.5, accepted=0.9, told=0.9)
    assert checker.accepts({"part": 0.7})
    assert not checker.accepts({"part": 0.69})


@pytest.mark.parametrize("heard", [None, 2.0])
def test_the_shipped_checkers_know_every_measure(heard: float | None) -> None:
    found = measures(SOURCE, [SOURCE], READ, heard)
    checker = checker_for(found)
    assert set(checker.coefficients) == set(checker.means) == set(checker.deviations) == set(found)
    assert 0.0 < checker.threshold < 0.9
    record = json.loads((Path(__file__).parents[2] / "docs/results/support-fit.json").read_text(encoding="utf-8"))
    figures = record["plain" if heard is None else "head"]["with the model, left out by document"]
    assert (checker.accepted, checker.told) == (figures["true, accepted"], figures["false, not accepted"])
    assert all(deviation > 0 for deviation in checker.deviations.values())


@pytest.mark.parametrize("heard", [None, 2.0])
def test_the_shipped_checkers_accept_the_source_itself(heard: float | None) -> None:
    found = measures(SOURCE, [SOURCE], READ, heard)
    assert checker_for(found).accepts(found)


def test_what_the_head_hears_counts_for_the_claim() -> None:
    claim, read = "Black was praised by Watt before the Academy.", Read(stated=0.0, answered=0.0, strange=0.0)
    probable = [
        fitted_checker(by_head=True).probability(measures(claim, [SOURCE], read, heard)) for heard in (-3, 0, 3)
    ]
    assert probable == sorted(probable)
    assert probable[2] - probable[0] > 0.4
