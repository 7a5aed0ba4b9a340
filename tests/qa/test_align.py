import pytest

from qa.align import Alignment, align

SOURCE = "The keeper lit the northern lamp before the storm came in 1814."


def lies(**counts: float) -> dict[str, float]:
    return {**dict.fromkeys(("replaced", "replacements", "moved", "added", "denials", "exchanged"), 0.0), **counts}


def counted(found: Alignment) -> dict[str, float]:
    names = ("replaced", "replacements", "moved", "added", "denials", "exchanged")
    return {name: getattr(found, name) for name in names}


@pytest.mark.parametrize(
    ("claim", "same", "counts"),
    [
        (SOURCE, 1.0, lies()),
        # one word in the place of another
        (SOURCE.replace("northern", "southern"), 11 / 12, lies(replaced=1.0, replacements=1.0)),
        (SOURCE.replace("1814", "1841"), 11 / 12, lies(replaced=1.0, replacements=1.0)),
        # two words have changed places: each stands elsewhere in the source, and in the place of the other
        (
            SOURCE.replace("keeper", "X").replace("storm", "keeper").replace("X", "storm"),
            10 / 12,
            lies(moved=2.0, exchanged=2.0, replacements=2.0),
        ),
        (SOURCE.replace("lit", "never lit"), 12 / 13, lies(denials=1.0, added=1.0)),
        # what is left out at the end changes nothing
        ("The keeper lit the northern lamp.", 1.0, lies()),
    ],
)
def test_what_a_claim_exchanges_is_counted(claim: str, same: float, counts: dict[str, float]) -> None:
    found = align(claim, ["Something else stands here.", SOURCE])
    assert found.same == pytest.approx(same)
    assert counted(found) == counts


def test_an_abbreviation_that_looks_like_a_stop_word_is_exchanged_like_any_other() -> None:
    found = align("In March the US approved it.", ["In March the WHO approved it."])
    assert (found.replaced, found.replacements) == (1.0, 1.0)


def test_a_denial_that_only_the_source_has_is_counted() -> None:
    assert align("The lamp can be seen.", ["The lamp can not be seen."]).denials == 1.0


def test_what_stands_in_the_place_of_a_long_part_is_another_sentence_and_no_replacement() -> None:
    found = align("The lamp shone brightly.", ["The lamp of the old northern tower above the market was sold."])
    assert (found.replacements, found.added) == (0.0, 2.0)


def test_counts_end_where_more_says_no_more() -> None:
    claim = "The one two red green blue grey lamp."
    assert max(counted(align(claim, ["The lamp."])).values()) == 3.0


def test_nothing_lies_on_nothing() -> None:
    assert align("", []).same == 0.0
    assert align("A lamp.", []).same == 0.0


def test_a_number_of_several_words_is_one_word_that_another_replaces() -> None:
    source = "That winter twenty-five ships lay here."
    assert align("That winter 25 ships lay here.", [source]).same == 1.0
    # six words, of which five stand there: "five" does not
    found = align("That winter five ships lay here.", [source])
    assert found.same == pytest.approx(5 / 6)
    assert found.replaced == 1.0
