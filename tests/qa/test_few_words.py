"""What of a few words a source lacks."""

import pytest

from qa.few_words import lacking


@pytest.mark.parametrize(
    ("text", "source", "lacks"),
    [
        ("9 am.", "It opens at 9 pm.", ("9", "am")),
        ("9 a.m.", "Open from 9 to 11 a.m.", ()),
        ("9 a.m.", "It opens at 9:00 am", ()),
        ("7 pm", "It opens at 7.30 pm", ("7",)),
        ("500 dollars", "It costs $500.", ()),
        ("$500", "It costs 500 euros.", ("$", "500")),
        ("$500", "The fine is 500 US dollars.", ()),
        ("$500", "A 500-dollar fine.", ()),
        ("$3 million", "Between $3 and 5 million.", ()),
        ("5 percent", "Between 5 and 10 percent.", ()),
        ("U.S. dollars", "The US dollar rose.", ()),
        ("500", "It costs $500.", ()),
        ("5 percent", "It rose by 5 per cent.", ()),
        ("5%", "It took 5 days.", ("%",)),
        ("Minus 5 degrees", "It was −5 degrees.", ()),
        ("Minus 5 degrees", "It was 5 degrees.", ("-5",)),
        ("5 degrees", "It was -5 degrees.", ("5",)),
        ("-5 °C", "It was –5 °C.", ()),
        ("10 ships", "5-10 ships came.", ()),
        ("1914–1918", "The war of 1914-1918.", ()),
        ("More than 500", "Over 500 came.", ()),
        ("Under 500", "Over 500 came.", ("under",)),
        ("Fewer than 500", "Below 500 came.", ()),
        ("Down 5%", "It went up 5%.", ("down",)),
        ("3 ships", "Three ships came.", ()),
        ("The twentieth century", "It fell in the 20th century.", ()),
        ("One ship", "Two ships came.", ("1",)),
        ("1 ship", "One ship came.", ()),
        ("9 a.m.", "It opens at 9 A. M. sharp", ()),
        ("Anna Lund", "The mayor was Anna Berg.", ("lund",)),
        ("", "Anything.", ()),
    ],
)
def test_each_word_and_what_a_number_is_of_has_to_stand_there(text: str, source: str, lacks: tuple[str, ...]) -> None:
    assert lacking(text, "", source) == lacks


def test_a_word_that_the_question_gives_may_be_missing() -> None:
    assert lacking("Two large ships", "How many large ships came?", "Two ships came.") == ()
    assert lacking("Two large ships", "How many ships came?", "Two ships came.") == ("larg",)


def test_a_number_that_the_question_gives_may_not_be_missing() -> None:
    assert lacking("In 1931", "Did it freeze in 1931?", "It froze in 1932.") == ("1931",)
