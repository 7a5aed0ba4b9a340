import math
from dataclasses import replace

import numpy as np
import pytest

from qa.reader import Read
from qa.support import Checker, Matched, fitted_checker, measures

AXES = np.eye(4, dtype=np.float32)
SOURCE = "Watt praised Black before the Academy in London."
MATCHED = Matched(
    text=SOURCE,
    question="Who praised whom?",
    own=SOURCE,
    nearby="Letters.",
    part=1.0,
    rest=1.0,
    n_differs=0,
    weights={"watt": 1.0, "prais": 1.0, "black": 1.0, "academi": 1.0},
    tokens=AXES[:2],
    source_tokens=AXES[:2],
    cosine=1.0,
    read=Read(stated=3.0, answered=0.0, strange=-2.0),
)


def test_a_claim_in_its_source_s_own_words_differs_in_nothing() -> None:
    assert measures(MATCHED) == {
        "part": 1.0,
        "rest": 1.0,
        "differs": 0.0,
        "length_ratio": 1.0,
        "cosine": 1.0,
        "stated": 3.0,
        "strange": -2.0,
        "new_share": 0.0,
        "new_most": 0.0,
        "new_not_asked": 0.0,
        "denies_alone": 0.0,
        "shared": 5.0,  # watt, prais, black, academi, london
        "inverted": 0.0,
        "inverted_part": 0.0,
        "close_part": 1.0,
        "in_order_part": 1.0,
        "least_neighbours": 1.0,
        "neighbours": 1.0,
        "words_before": 1.0,
        "other_words_before": 0.0,
        "names_inverted": 0.0,
        "token_mean": 1.0,
        "token_least": 1.0,
        "token_jumps": 0.0,
    }


def test_names_that_have_changed_places_are_inverted_and_follow_other_words() -> None:
    # In the source: watt 0, prais 1, black 2, academi 3, london 4; in the claim: black prais watt academi london.
    found = measures(replace(MATCHED, text="Black praised Watt before the Academy in London."))
    # Steps black-prais and prais-watt go back, watt-academi and academi-london forward: 2 of 4.
    assert (found["inverted"], found["inverted_part"], found["close_part"]) == (2.0, 0.5, 0.5)
    # The longest common run in order is prais or black or watt, academi, london: 3 of 5.
    assert found["in_order_part"] == pytest.approx(3 / 5)
    # "Watt" has "black praised" before it, and in the source nothing; "Academy" and "London" have the same before them.
    assert found["other_words_before"] == 1.0
    # A word that opens a sentence is not taken for a name; further inside, black (2) stands before watt (0).
    assert measures(replace(MATCHED, text="Yesterday Black praised Watt in the Academy."))["names_inverted"] == 1.0


def test_words_that_no_source_has_weigh_by_their_share() -> None:
    weights = {"watt": 1.0, "insult": 2.0, "black": 1.0}
    found = measures(replace(MATCHED, text="Watt insulted Black.", weights=weights))
    assert (found["new_share"], found["new_most"], found["new_not_asked"]) == (0.5, 0.5, 1.0)
    asked = measures(replace(MATCHED, text="Watt insulted Black.", weights=weights, question="Whom did Watt insult?"))
    assert (asked["new_share"], asked["new_not_asked"]) == (0.5, 0.0)


def test_a_denial_on_one_side_alone_is_told() -> None:
    assert measures(replace(MATCHED, text="Watt did not praise Black."))["denies_alone"] == 1.0


def test_token_likeness_is_of_the_best_match_of_each_token() -> None:
    # Cosines of the three tokens with their best match: 1, 0, 1; the places 3, 0, 0 jump back once in two steps.
    tokens = np.stack([AXES[3], -AXES[0], AXES[0]])
    found = measures(replace(MATCHED, tokens=tokens, source_tokens=AXES))
    assert found["token_mean"] == pytest.approx(2 / 3)
    assert found["token_least"] == pytest.approx(2 / 3)
    nothing = measures(replace(MATCHED, tokens=np.zeros((0, 4), np.float32)))
    assert (nothing["token_mean"], nothing["token_jumps"]) == (0.0, 0.0)


def test_a_claim_without_words_is_measured_too() -> None:
    empty = measures(replace(MATCHED, text="It is.", weights={}))
    assert all(math.isfinite(value) for value in empty.values())
    assert empty["shared"] == 0.0


def test_probability_is_the_logistic_of_the_scaled_measures() -> None:
    checker = Checker(0.5, {"part": 2.0}, {"part": 0.5}, {"part": 0.25}, threshold=0.9)
    # 0.5 + 2 * (1 - 0.5) / 0.25 = 4.5
    assert checker.probability({"part": 1.0}) == pytest.approx(1 / (1 + math.exp(-4.5)))
    assert checker.accepts(MATCHED)
    assert not checker.accepts(replace(MATCHED, part=0.5))


def test_the_shipped_checker_knows_every_measure() -> None:
    checker = fitted_checker()
    assert set(checker.coefficients) == set(checker.means) == set(checker.deviations) == set(measures(MATCHED))
    assert 0.0 < checker.threshold < 0.5
    assert all(deviation > 0 for deviation in checker.deviations.values())


def test_the_shipped_checker_accepts_the_source_itself() -> None:
    assert fitted_checker().accepts(MATCHED)
