"""Words that put the same thing on opposite sides."""

import pytest

from qa.opposed import opposed


@pytest.mark.parametrize(
    ("claim", "source", "words"),
    [
        ("The lamp was lit before the storm.", "The lamp was lit after the storm.", ("before",)),
        ("The lamp was lit before the storm.", "After the storm of 1814 the lamp was lit.", ("before",)),
        ("The lamp was lit after the storm.", "After the storm of 1814 the lamp was lit.", ()),
        ("The lamp was lit after the storm.", "Before the storm it was dark; after the storm it was lit.", ()),
        ("Prices went up by 5%.", "Prices went down by 5%.", ("up",)),
        ("More than 500 people came.", "Fewer than 500 people came.", ("more",)),
        ("More than five hundred came.", "Fewer than 500 people came.", ("more",)),
        ("Over 500 people came.", "More than 500 people came.", ()),
        ("All of the ships returned.", "Some ships returned.", ("all",)),
        ("The committee voted for the plan.", "The committee voted against the plan.", ("for",)),
        ("It is known for the plan.", "The committee voted against the plan.", ()),
        ("The ship sailed from Kelm to Oslen.", "The ship sailed from Oslen to Kelm.", ("from", "to")),
        ("The first vaccine for smallpox.", "The first vaccine against smallpox.", ()),
        ("They drew 1-1 with Chelsea.", "They drew 1-1 against Chelsea.", ()),
        ("Cats are different to dogs.", "Cats are different from dogs.", ()),
        ("Adults above 65 are eligible.", "Adults over 65 are eligible, those under 65 are not.", ()),
        ("It was divided before 1990.", "It was divided until 1990; after 1990 it was one.", ()),
        ("It was open until 1990.", "It has been closed since 1990.", ()),
        ("Copies are made only with permission.", "No copies are made without permission.", ()),
        ("Payment is made only after approval.", "No payment is made before approval.", ()),
        ("It must not fall below 5 degrees.", "It must stay above 5 degrees.", ()),
        ("Mars is less massive than Earth.", "Earth is more massive than Mars.", ()),
        ("Mars is more massive than Earth.", "Mars is less massive than Earth.", ("more",)),
        ("No fewer than 35 countries took part.", "More than 35 countries took part.", ()),
        ("All 400 passengers died.", "Some 400 passengers were aboard, and all of them died.", ()),
        ("The ship left from Kelm.", "It went to Kelm and left.", ()),
        ("Their withdrawal to the hills began.", "They asked for the withdrawal from the hills.", ("to",)),
        ("It was made with salt.", "It was made without salt.", ("with",)),
        ("", "Before the storm.", ()),
        ("Before", "After", ()),
    ],
)
def test_a_word_is_opposed_where_its_opposite_stands_before_the_same(
    claim: str, source: str, words: tuple[str, ...]
) -> None:
    assert opposed(claim, source) == words
