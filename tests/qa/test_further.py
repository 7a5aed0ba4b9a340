import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embeddings.types import Sentence
from qa.evidence import Candidate
from qa.fit_further import THRESHOLD, fit
from qa.further import (
    MOST_WORDS,
    Further,
    Other,
    Told,
    fitted_further,
    further_sentences,
    is_cited,
    may_belong,
    measures,
)
from qa.types import Citation

NAMES = {
    *("answered", "answers", "above_cited", "below_best", "near", "relative_score"),
    *("asks_figure", "figure_answers", "is_open", "n_stems"),
}


def sentence(start: int, end: int, doc_id: str = "a") -> Sentence:
    return Sentence(doc_id, start, end, "w" * (end - start))


def candidate(start: int, end: int, score: float = 1.0, doc_id: str = "a") -> Candidate:
    return Candidate(sentence(start, end, doc_id), np.zeros(1, np.float32), 0.0, 0.0, score)


def citation(start: int, end: int, doc_id: str = "a") -> Citation:
    return Citation(1, doc_id, f"{doc_id}.txt", start, end, "w" * (end - start), None)


def told(*cited: Citation, question: str = "Who painted the old bridge?") -> Told:
    return Told(question, cited, cited_answered=1.0, best_answered=2.5, best_score=4.0)


def test_measures_of_a_sentence_near_what_is_cited() -> None:
    found = measures(Other(candidate(101, 150, score=3.0), answered=2.0), told(citation(60, 100)))
    assert found == {
        "answered": 2.0,
        "answers": 2.0,
        "above_cited": 1.0,
        "below_best": -0.5,
        "near": 1.0,
        "relative_score": 0.75,
        "asks_figure": 0.0,
        "figure_answers": 0.0,
        "is_open": 0.0,
        "n_stems": 3.0,  # paint, old, bridg
    }


def test_what_answers_worse_than_even_answers_nothing_and_better_than_nothing() -> None:
    found = measures(Other(candidate(10, 58), answered=-2.0), told(citation(60, 100)))
    assert (found["answered"], found["answers"], found["above_cited"], found["below_best"]) == (-2.0, 0.0, 0.0, -4.5)


@pytest.mark.parametrize(
    ("question", "asks_figure", "is_open"),
    [
        ("How many people came?", 1.0, 0.0),
        ("In which year did the fair open?", 1.0, 0.0),
        ("When did it open?", 1.0, 0.0),
        ("What percentage of the power is made by turbines?", 1.0, 0.0),
        ("Explain when it opens and why.", 0.0, 0.0),
        ("How does a turbine work?", 0.0, 1.0),
        ("who were the dadaists and what did they do", 0.0, 1.0),
        ("Why did the harbour freeze?", 0.0, 1.0),
        ("Which bridge is the oldest?", 0.0, 0.0),
        ("大会有多少人参加？", 0.0, 0.0),
    ],
)
def test_the_kind_of_question_is_measured(question: str, asks_figure: float, is_open: float) -> None:
    found = measures(Other(candidate(0, 9), 2.0), told(question=question))
    assert (found["asks_figure"], found["figure_answers"], found["is_open"]) == (asks_figure, 2 * asks_figure, is_open)


@pytest.mark.parametrize(("start", "near"), [(100 + 599, 1.0), (100 + 600, 0.0)])
def test_near_is_within_600_characters_of_the_same_document(start: int, near: float) -> None:
    other = Other(candidate(start, start + 10), 0.0)
    assert measures(other, told(citation(60, 100)))["near"] == near
    assert measures(other, told(citation(60, 100, doc_id="b")))["near"] == 0.0
    assert measures(other, told())["near"] == 0.0


def test_what_answers_much_better_than_what_is_cited_counts_no_more_than_clearly_better() -> None:
    assert measures(Other(candidate(0, 9), 8.0), told())["above_cited"] == 3.0


def test_a_best_score_of_nothing_compares_with_nothing() -> None:
    best = Told("Why?", (), 0.0, 0.0, best_score=0.0)
    assert measures(Other(candidate(0, 9, score=0.0), 0.0), best)["relative_score"] == 1.0


@pytest.mark.parametrize(
    ("start", "end", "doc_id", "expected"),
    [(0, 60, "a", False), (0, 61, "a", True), (99, 120, "a", True), (100, 120, "a", False), (60, 100, "b", False)],
)
def test_a_sentence_is_cited_where_one_character_is(start: int, end: int, doc_id: str, expected: bool) -> None:
    assert is_cited(sentence(start, end, doc_id), [citation(60, 100)]) is expected


def test_a_sentence_too_long_to_be_quoted_cannot_belong() -> None:
    for n_words, expected in ((MOST_WORDS, True), (MOST_WORDS + 1, False)):
        text = " ".join(["word"] * n_words)
        long = Candidate(Sentence("a", 0, len(text), text), np.zeros(1, np.float32), 0.0, 0.0, 1.0)
        assert may_belong(long, []) is expected
    assert not may_belong(candidate(70, 80), [citation(60, 100)])


def test_what_another_document_says_in_the_same_words_cannot_belong() -> None:
    quoted = replace(citation(60, 70), quote="www  wwwww")
    there = candidate(0, 9, doc_id="b")
    said = replace(there, sentence=Sentence("b", 0, 9, "www\nwwwww"))
    assert not may_belong(said, [quoted])
    assert may_belong(there, [quoted])


def by_the_reader(threshold: float) -> Further:
    """Return a model whose probability is the logistic of what the reader makes of a sentence."""
    return Further(0.0, {"answered": 1.0}, {"answered": 0.0}, {"answered": 1.0}, threshold)


def other(text: str, start: int, answered: float, doc_id: str = "a") -> Other:
    said = Sentence(doc_id, start, start + len(text), text)
    return Other(Candidate(said, np.zeros(1, np.float32), 0.0, 0.0, 1.0), answered)


def starts(answered: Sequence[float], threshold: float) -> list[int]:
    others = [other(f"word {place}.", place * 10, value) for place, value in enumerate(answered)]
    return [one.start for one in further_sentences(others, told(), by_the_reader(threshold))]


def test_the_likeliest_comes_first_and_a_second_only_where_it_is_more_likely_than_not() -> None:
    # The logistic of -0.7 is .33, of -0.8 it is .31.
    assert starts([], 0.33) == []
    assert starts([-0.8, -3.0], 0.33) == []
    assert starts([-3.0, -0.7], 0.33) == [10]
    assert starts([-0.2, -0.1], 0.33) == [10]
    assert starts([0.1, -3.0, 0.2, 0.0], 0.33) == [20, 0]
    assert starts([-0.1, 0.3], 0.33) == [10]


def test_a_second_one_is_never_easier_than_the_first() -> None:
    assert starts([0.5, 0.6], 0.9) == []
    assert starts([0.5, 3.0], 0.9) == [10]


def test_two_that_say_the_same_are_one_and_the_next_best_is_the_second() -> None:
    first, last = other("Anna Lund was mayor.", 0, 3.0), other("Ships waited.", 50, 1.0)
    for same in (other("Anna Lund\nwas mayor.", 90, 2.0, "b"), other("mayor. And more.", 14, 2.0)):
        found = further_sentences([last, same, first], told(), by_the_reader(0.33))
        assert found == (first.candidate.sentence, last.candidate.sentence)
    elsewhere = other("mayor. And more.", 14, 2.0, "b")
    found = further_sentences([last, elsewhere, first], told(), by_the_reader(0.33))
    assert found == (first.candidate.sentence, elsewhere.candidate.sentence)


def test_the_shipped_model_knows_every_measure() -> None:
    model = fitted_further()
    assert set(model.coefficients) == set(model.means) == set(model.deviations) == NAMES
    assert set(measures(Other(candidate(0, 9), 0.0), told())) == NAMES
    record = json.loads((Path(__file__).parents[2] / "docs/results/further-fit.json").read_text(encoding="utf-8"))
    assert model.threshold == record["threshold"] == THRESHOLD


def row(number: int, gold: bool) -> dict[str, object]:
    """A question whose evidence is a cited and an uncited sentence of ten characters each, the second near iff gold."""
    spans = [{"doc_id": f"d{number}", "start": start, "end": start + 10} for start in (0, 10, 700)]
    others = [
        {
            "span": spans[1 if gold else 2],
            "measures": dict.fromkeys(sorted(NAMES), 0.0) | {"near": float(gold)},
            "gold": gold,
            "words": 2,
            "holds": gold,
        }
    ]
    gold_spans = spans[:2]
    return {
        "set": "some",
        "document": f"d{number}",
        "holds": False,
        "words": 3,
        "gold": gold_spans,
        "cited": spans[:1],
        "others": others,
    }


def test_the_record_of_a_fit_counts_what_documents_left_out_would_have_cited() -> None:
    record, model = fit([row(number, gold=number % 2 == 0) for number in range(16)])
    assert record["n"] == {"sentences": 16, "gold": 8}
    assert record["AUROC"] == 1.0
    before, after = record["before"]["some"], record["left out by document"]["0.5"]["some"]
    assert (before["n"], before["added"], before["gold characters cited"], before["words"]) == (16, 0, 0.5, 3.0)
    # The eight near sentences are quoted: 8 of 16 questions have all of their evidence cited, the others half of it.
    assert (after["added"], after["of these gold"], after["gold characters cited"]) == (8, 8, 0.75)
    assert (after["cited characters gold"], after["citations on gold"]) == (1.0, 1.0)
    assert (after["gold answer contained"], after["words"]) == (0.5, 4.0)
    assert model.coefficients["near"] > 0.0
    assert model.probability({"near": 1.0}) > 0.5 > model.probability({"near": 0.0})
