"""A phrase is its English text, and knows what that was made of."""

from __future__ import annotations

import json

from embeddings.phrase import Phrase, PhraseError


def test_a_phrase_is_its_text_with_the_values_filled_in() -> None:
    phrase = Phrase("{n:,} of {name!r}", n=1200, name="a")
    assert phrase == "1,200 of 'a'"
    assert json.dumps([phrase]) == "[\"1,200 of 'a'\"]"
    assert (phrase.template, phrase.values) == ("{n:,} of {name!r}", {"n": 1200, "name": "a"})


def test_without_values_braces_stay() -> None:
    assert Phrase("{n}") == "{n}"


def test_an_error_among_the_values_leaves_its_phrase_and_nothing_else() -> None:
    error = PhraseError("{n} is too much", n=3)
    phrase = Phrase("no: {why}", why=error)
    assert phrase == "no: 3 is too much"
    assert phrase.values["why"] is error.phrase
    other = OSError("gone")
    assert Phrase("no: {why}", why=other).values == {"why": "gone"}
    assert Phrase("no: {why}", why=ValueError(error.phrase)).values["why"] is error.phrase


def test_several_reasons_stand_one_after_the_other() -> None:
    assert Phrase("no ({why})", why=["a", Phrase("{n}", n=1)]) == "no (a; 1)"
    assert Phrase("shape {shape}", shape=(2, 3)) == "shape (2, 3)"


def test_an_error_reads_like_its_phrase_and_keeps_a_given_one() -> None:
    phrase = Phrase("{n}", n=1)
    assert str(PhraseError("{n} left", n=2)) == "2 left"
    assert PhraseError(phrase).phrase is phrase
