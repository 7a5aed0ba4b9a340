import pytest

from qa.words import content_stems, figures_of, names_of, numbers_of, subject_words, words_of


def test_words_keep_apostrophes_and_take_cjk_characters_one_by_one() -> None:
    assert words_of("China’s DeepSeek 乌镇!") == ("china's", "deepseek", "乌", "镇")


def test_a_word_is_the_same_however_it_is_spelled() -> None:
    assert words_of("Ca\u0301diz infor\u00admation हिन्दी") == ("c\u00e1diz", "information", "हिन्दी")
    assert content_stems("मُحَمَّد infor\u200bmation") == content_stems("मحمد information")
    assert names_of("in Ca\u0301diz") == names_of("in C\u00e1diz") != set()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("over 1,600 people from 130 countries", {"1600", "130"}),
        ("two of them, 3.50 each, at 12:30", {"2", "3.5", "12:30"}),
        ("version 2.10 of 10.0.0.10", {"2.1", "10.0.0.10"}),
        ("one day", set()),  # "one" is a pronoun far more often than a number
        ("in 2,5 and 12,34", {"2,5", "12,34"}),  # no thousands separators: kept as they stand
    ],
)
def test_numbers_are_brought_into_one_writing(text: str, numbers: set[str]) -> None:
    assert numbers_of(text) == numbers


def test_number_words_and_figures_are_the_same_stem() -> None:
    assert content_stems("two dogs") == content_stems("2 dog") == {"2", "dog"}


def test_stop_words_carry_no_meaning() -> None:
    assert content_stems("it is what it is") == frozenset()


def test_an_abbreviation_that_looks_like_a_stop_word_carries_meaning() -> None:
    assert content_stems("The US told us.") == {"us", "told"}
    assert content_stems("THE END OF IT") == {"end"}


def test_a_word_that_merely_opens_a_sentence_is_no_name() -> None:
    assert names_of("Summits are held. Nobody asked Wuzhen or DeepSeek.") == {"wuzhen", "deepseek"}
    assert names_of("DeepSeek is open.") == {"deepseek"}  # two capitals: a name wherever it stands


def test_number_words_are_no_names_and_no_figures() -> None:
    assert names_of("the 15th Five-Year Plan") == {"year", "plan"}
    assert figures_of("the three plans of 1,600 and 15th") == {"1600", "15"}


def test_subject_words_leave_out_what_every_question_has() -> None:
    assert subject_words("How many countries did the summit name?") == ("countries", "summit")
