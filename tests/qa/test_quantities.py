"""Numbers that are the same figure and another number."""

import pytest

from qa.quantities import conflicts


@pytest.mark.parametrize(
    ("claim", "source", "found"),
    [
        ("The fee is $500.", "The fee is €500.", ("500",)),
        ("The fee is 500 dollars.", "The fee is 500 euros.", ("500",)),
        ("The fee is 500 dollars.", "The fee is $500.", ()),
        ("The fee is 500.", "The fee is $500.", ()),
        ("It was 5 degrees.", "It was -5 degrees.", ("5",)),
        ("It fell to 5 degrees below zero.", "It fell to -5 degrees.", ()),
        ("It fell to minus 5 degrees.", "It fell to −5 degrees.", ()),
        ("The temperature was -5 °C.", "The temperature was –5 °C.", ()),
        ("The economy shrank by 3.4%.", "Growth was -3.4%.", ()),
        ("The fund lost $5 million.", "Result for the year: -$5 million.", ()),
        ("The fund made $5 million.", "Result for the year: -$5 million.", ("5",)),
        ("The error is ±5%.", "The error is +/-5%.", ()),
        ("From 1990 to 1995.", "1990 -1995", ()),
        ("Pages 5 to 10.", "pp. 5 -10.", ()),
        ("From 5 to 10 ships.", "It was 5-10 ships.", ()),
        ("It opens at 9 a.m.", "It opens at 9 p.m.", ("9",)),
        ("It opens at 9 a.m.", "It opens at 9 am and closes at 9 pm.", ()),
        ("It opens at 9 a.m.", "It opens at 09:00.", ()),
        ("It cost 5 million.", "It cost 5 billion.", ("5",)),
        ("It cost 5 million.", "It cost 5.", ()),
        ("It rose by 5%.", "It rose by $5.", ("5",)),
        ("It rose by 5 percent.", "It rose by 5 per cent.", ()),
        ("It rose by 5 percentage points.", "It rose by 5%.", ()),
        ("No number.", "$5", ()),
    ],
)
def test_a_number_conflicts_where_the_source_has_it_for_something_else(
    claim: str, source: str, found: tuple[str, ...]
) -> None:
    assert conflicts(claim, source) == found
