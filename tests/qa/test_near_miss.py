from embeddings.types import Document
from qa.near_miss import near_misses
from tests.qa.asked_engine import AskedEngine

DOCUMENTS = [Document.of("Bob came in 1901 and in 1902 with 1,200 others to Lauen, the 3rd time.", "a.txt", "A")]


def test_a_year_becomes_the_nearest_and_a_number_a_multiple_that_occurs_nowhere() -> None:
    # 1901 + 1 occurs, 1901 - 1 does not; 2 * 1,200 does not.
    questions = ["Who came in 1901?", "Where did 1,200 people go?"]
    assert list(near_misses(questions, DOCUMENTS, AskedEngine({}))) == [
        "Who came in 1900?",
        "Where did 2,400 people go?",
    ]


def test_a_number_that_the_documents_have_in_words_occurs() -> None:
    documents = [Document.of("Twenty-five ships waited at Kelm; in spring fifty ships left.", "a.txt", "A")]
    found = list(near_misses(["Where did the 25 ships wait?"], documents, AskedEngine({})))
    assert found == ["Where did the 75 ships wait?"]


def test_the_last_number_of_a_question_is_the_one_exchanged() -> None:
    assert list(near_misses(["Did 4 come in 1901?"], DOCUMENTS, AskedEngine({}))) == ["Did 4 come in 1900?"]


def test_a_name_becomes_one_that_the_engine_gives_and_no_document_has() -> None:
    engine = AskedEngine({"as Bob.": "Bertha.", "as Lauen.": "Lauen Harbour"})
    found = list(near_misses(["When did Bob come?", "Who came to Lauen?", "Why?"], DOCUMENTS, engine))
    assert found == ["When did Bertha come?"]


def test_what_is_no_name_is_not_put_into_a_question() -> None:
    engine = AskedEngine({"as Bob.": "Another name would be Bertha"})
    assert list(near_misses(["When did Bob come?"], DOCUMENTS, engine)) == []


def test_a_number_inside_a_word_or_a_range_is_left_alone() -> None:
    assert (
        list(near_misses(["When was the 3rd time?", "Who was there in 1901–1903?"], DOCUMENTS, AskedEngine({}))) == []
    )
