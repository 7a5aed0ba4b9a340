import pytest

from embeddings.sparse import index_words
from qa.words import (
    content_stems,
    figures_of,
    in_figures,
    names_of,
    numbers_of,
    subject_words,
    words_of,
)


def test_words_keep_apostrophes_and_take_cjk_characters_one_by_one() -> None:
    assert words_of("China’s DeepSeek 乌镇!") == ("china's", "deepseek", "乌", "镇")


def test_a_word_is_the_same_however_it_is_spelled() -> None:
    assert words_of("Ca\u0301diz infor\u00admation हिन्दी") == ("c\u00e1diz", "information", "हिन्दी")
    assert content_stems("मُحَمَّد infor\u200bmation") == content_stems("मحمد information")
    assert names_of("in Ca\u0301diz") == names_of("in C\u00e1diz") != set()


def test_ligatures_and_full_width_letters_and_digits_are_read_as_plain_ones() -> None:
    assert words_of("The oﬃce ﬁxed the ﬁrst") == ("the", "office", "fixed", "the", "first")
    assert content_stems("ﬁrst tariﬀ of Ｋｅｌｍ") == content_stems("first tariff of Kelm")
    assert names_of("in Ｋｅｌｍ") == {"kelm"}
    assert (
        numbers_of("１６００ and １，７００ of ３．５")
        == figures_of("1600 and 1,700 of 3.5")
        == {"1600", "1700", "3.5"}
    )
    assert subject_words("Who paid １，６００ people?") == ("paid", "1600", "people")


def test_full_width_marks_of_a_sentence_stay_between_its_numbers_and_words() -> None:
    assert numbers_of("第1，2，3条") == {"1", "2", "3"}
    assert names_of("公司：Kelm") == {"kelm"}  # does not open a sentence


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("twenty-five ships, forty two men", "25 ships, 42 men"),
        ("twenty-five thousand, Twenty-five hundred, five\u2013six thousand", "25000, 2500, 5000\u20136000"),
        ("a twenty-five-year-old", "a 25-year-old"),
        ("two\r\nhundred, twenty-\nfive, a  hundred, seventy - seven", "200, 25, 100, 77"),
        ("a hundred and one, of a hundred one", "101, of 100 one"),
        ("nineteen hundred, two hundred thousand, a thousand", "1900, 200000, 1000"),
        ("10 thousand, 2.5 thousand, 12 hundred", "10000, 2500, 1200"),
        ("between two hundred and two thousand, between five and ten", "between 200 and 2000, between five and ten"),
        ("from two thousand and three million to six", "from 2000 and three million to six"),
        ("in two thousand two men died", "in 2000 two men died"),
        ("a hundred five-year plans, sixty five-year plans", "100 five-year plans, sixty five-year plans"),
        ("two thousand and twenty-five million", "2000 and 25 million"),
        ("twenty-five million, 3.5 million, one million", "25 million, 3.5 million, one million"),
        ("Of the forty one sank, of a hundred one", "Of the forty one sank, of 100 one"),
        ("thirty two-year terms", "thirty two-year terms"),
        ("zero hundred, someone hundred, several hundred", "zero hundred, someone hundred, several hundred"),
        ("the twenty-fifth, Twenty-First century, thirty-second", "the 25th, 21st century, 32nd"),
        ("two hundred and fifty ships, three thousand five hundred", "250 ships, 3500"),
        ("two hundred and twenty-five thousand three hundred and six", "225306"),
        ("three thousand, five hundred and sixty; a thousand, two hundred", "3560; 1000, 200"),
        ("two hundred fifty, two thousand ten, two hundred five", "250, 2010, 200 five"),
        ("between two hundred and fifty and three hundred and one", "between 250 and 301"),
        ("five to ten thousand, one or two hundred", "5000 to 10000, 100 or 200"),
        ("between five and ten thousand, one to one thousand", "between 5000 and 10000, one to 1000"),
        (
            "5-10 thousand, 100 to 2 thousand, two, three and four hundred",
            "5000-10000, 100 to 2000, two, three and 400",
        ),
        (
            "the hundred guests, the hundred of Wye, half a thousand",
            "the 100 guests, the hundred of Wye, half a thousand",
        ),
        ("A Thousand Suns, 2010 Thousand Oaks, Two Hundred Dead", "A Thousand Suns, 2010 Thousand Oaks, 200 Dead"),
        ("the 1942 thousand-bomber raid, 13,5 thousand", "the 1942 thousand-bomber raid, 13,5 thousand"),
        ("two thou\u017fand, \u017feventy-five, F\u0130VE HUNDRED, s\u0131x hundred", "2000, 75, 500, 600"),
        ("1" * 30 + " thousand", "1" * 30 + " thousand"),
    ],
)
def test_a_number_of_several_words_is_one_figure(text: str, read: str) -> None:
    assert in_figures(text) == read


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twenty-five ships", {"25"}),
        ("one hundred ships and one boat", {"100"}),
        ("three million, 3.5 million", {"3", "3.5"}),
        ("over 1,600 people from 130 countries", {"1600", "130"}),
        ("two of them, 3.50 each, at 12:30", {"2", "3.5", "12:30"}),
        ("version 2.10 of 10.0.0.10", {"2.1", "10.0.0.10"}),
        ("one day", set()),  # "one" is a pronoun far more often than a number
        ("in 2,5 and 12,34", {"2,5", "12,34"}),  # no thousands separators: kept as they stand
        ("p < .001, or p=.50", {"0.001", "0.5"}),
        ("1\u202f600 of 12\u00a0345\u2009678 people, 7’100 francs", {"1600", "12345678", "7100"}),
        ("1\u00a060 people", {"1", "60"}),
        ("at 07:30 on 07/03/2019", {"7:30", "7", "3", "2019"}),
        ("0.5 and 0 and 00", {"0.5", "0"}),
        ("two-hundred-and-fifty ships", {"250"}),
        ("a sixty-second delay on the sixty-second day", {"60", "62"}),
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
    assert content_stems("WHO发布") == {"who", "发", "布"}  # of a single word it cannot be told whether it shouts
    assert names_of("In March the WHO met IT staff of the US.") == {"march", "who", "it", "us"}
    assert names_of("The US exported it.") == {"us"} == content_stems("The U.S.") == content_stems("the U. S. of")
    assert names_of("WHO MADE IT?") == {"made"}
    assert names_of("Which ships may NOT pass?") == content_stems("THE end?") - {"end"} == frozenset()


def test_a_word_that_merely_opens_a_sentence_is_no_name() -> None:
    assert names_of("Summits are held. Nobody asked Wuzhen or DeepSeek.") == {"wuzhen", "deepseek"}
    assert names_of("DeepSeek is open.") == {"deepseek"}  # two capitals: a name wherever it stands


def test_number_words_are_no_names_and_no_figures() -> None:
    assert names_of("the 15th Five-Year Plan") == {"year", "plan"}
    assert figures_of("the three plans of 1,600 and 15th") == {"1600", "15"}
    assert figures_of("10 thousand men and twenty-five boats") == {"10000"} < numbers_of("25 boats, ten thousand men")


def test_subject_words_leave_out_what_every_question_has() -> None:
    assert subject_words("How many countries did the summit name?") == ("countries", "summit")


def test_a_number_with_a_comma_is_one_subject_word_as_it_is_one_word_of_the_index() -> None:
    assert subject_words("Who paid the hotels of the 1,600 participants?") == ("paid", "hotels", "1600", "participants")
    assert subject_words("1，600 at 25\N{DEGREE CELSIUS}?") == tuple(index_words("1，600 25\N{DEGREE CELSIUS}"))
