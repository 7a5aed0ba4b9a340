"""Which numbers of a text another has in no writing."""

import pytest

from qa.missing import missing_figures, missing_numbers


@pytest.mark.parametrize(
    ("text", "around", "missing"),
    [
        ("in the 20th century", "in the twentieth century", set()),
        ("in the twentieth century", "in the 20th century", set()),
        ("the 3rd bridge", "the third bridge", set()),
        ("3 bridges", "the third bridge", {"3"}),
        ("in the 21st", "in the twenty-first", set()),
        ("1,600 ships", "1 600 ships", set()),
        ("1 600 ships", "1 600 ships", set()),
        ("1,600 ships", "In 2011 600 ships", {"1600"}),
        ("25 ships", "twenty ships", {"25"}),
        ("5 mm", "3.5mm", {"5"}),
        ("600 km", "1,600km", {"600"}),
        ("5 mg", ".5 mg", {"5"}),
        ("0.05", "of .05", set()),
        ("10 years", "a decade", set()),
        ("three decades", "30 years", set()),
        ("30 years", "three decades", set()),
        ("three decades", "3 years", {"30"}),
        ("two of them", "both of them", set()),
        ("the 1600s", "the 17th century", set()),
        ("the 17th century", "the 1600s", set()),
        ("the 1800s", "the nineteenth century", set()),
        ("the 1900s", "the nineteenth century", {"1900"}),
        ("30 million", "$30,000,000", set()),
        ("30 million", "$3,000,000", {"30"}),
        ("3 million", "$3,000,000,000", {"3"}),
        ("3.2 million", "3,200,000", set()),
        ("3,200,000", "3.2 million", set()),
        ("three million", "3,000,000", set()),
        ("$1.5 billion", "1,500 million dollars", set()),
        ("5 million", "5 to 10 million", set()),
        ("8 in the morning", "at 8:00 a.m.", set()),
        ("8:15", "at 8:00 a.m.", {"8:15"}),
    ],
)
def test_a_number_is_missing_where_it_stands_in_no_writing(text: str, around: str, missing: set[str]) -> None:
    assert missing_numbers(text, around) == missing


def test_of_what_is_missing_figures_are_what_is_written_in_digits() -> None:
    assert missing_figures("two of 30 ships in the 20th week", "the twentieth week") == {"30"}
