"""Every score of a case, worked out by hand over one small document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa.metrics import Span
from qa.questions import Evidence, Question
from qa.scores import Gold, score_case
from tests.qa.scripted import DOCUMENT, PASSAGES, TEXTS, answered, at, cite, refused

BY_PATH = {DOCUMENT.path: DOCUMENT}
SECOND = "The engine was never built."  # 27 characters, in the second passage of 56


def evidence(words: str) -> Evidence:
    start, end = at(words)
    return Evidence("ada.txt", start, end, words)


def ranking(*places: int) -> list[dict[str, Any]]:
    passages = [PASSAGES[place] for place in places]
    return [{"doc_id": p.doc_id, "start": p.start, "end": p.end} for p in passages]


def gold_of(*words: str, answers: tuple[str, ...] = (), answerable: bool | None = True) -> Gold:
    question = Question("q", "Q?", answers, answerable, tuple(evidence(w) for w in words))
    return Gold.of(question, BY_PATH, {DOCUMENT.doc_id: PASSAGES})


def scores_of(case: dict[str, Any], gold: Gold, *places: int) -> dict[str, dict[str, float]]:
    return score_case(case | {"ranking": ranking(*places)}, gold, TEXTS.documents)


CRASH: dict[str, Any] = {
    "status": "error",
    "text": "",
    "confidence": 0.0,
    "sentences": [],
    "citations": [],
    "timings_s": {},
}


def test_gold_is_found_by_path_and_counts_the_passages_that_hold_it() -> None:
    gold = gold_of("Babbage designed the engine.", SECOND, "London")
    start, _ = at("Babbage designed")
    # A space lies between the two sentences, so they stay two spans.
    assert gold.spans == (
        Span(DOCUMENT.doc_id, start, start + 28),
        Span(DOCUMENT.doc_id, start + 29, start + 56),
        Span(DOCUMENT.doc_id, start + 57, start + 63),
    )
    assert gold.n_relevant == 2


def test_retrieval_scores_of_a_passage_found_second() -> None:
    scores = scores_of(refused("Q?").to_json(), gold_of(SECOND), 0, 1)["retrieval"]
    assert scores == {
        "hit@1": 0.0,
        "hit@3": 1.0,
        "hit@5": 1.0,
        "hit@10": 1.0,
        "mrr": 0.5,
        # One relevant passage, at rank 2: 1/log2(3) of 1/log2(2).
        "ndcg@10": pytest.approx(0.630930, abs=1e-6),
        "character_recall@5": 1.0,
        # Both passages have 56 characters, 27 of them gold.
        "character_precision@5": pytest.approx(27 / 112),
    }


def test_retrieval_that_finds_nothing_scores_nothing() -> None:
    assert set(scores_of(refused("Q?").to_json(), gold_of(SECOND))["retrieval"].values()) == {0.0}


def test_answer_scores_of_a_right_answer() -> None:
    case = answered("Q?", "She wrote it in 1843.", SECOND).to_json()
    # Words she, wrote, it, in, 1843 against "in 1843": 2 * 2 / (5 + 2).
    assert scores_of(case, gold_of(answers=("in 1843",)))["answers"] == {
        "exact_match": 0.0,
        "f1": pytest.approx(4 / 7),
        "exact_match_answerable": 0.0,
        "f1_answerable": pytest.approx(4 / 7),
        "contained": 1.0,
        "numbers_right": 1.0,
        "words": 5.0,
    }


def test_a_refusal_s_own_words_are_no_answer() -> None:
    case = replace(refused("Q?"), text="1843").to_json()
    right = {"exact_match": 1.0, "f1": 1.0, "f1_unanswerable": 1.0}
    wrong = dict.fromkeys(
        ("exact_match", "f1", "exact_match_answerable", "f1_answerable", "contained", "numbers_right"), 0.0
    )
    assert scores_of(case, gold_of(answers=("1843",)))["answers"] == wrong
    assert scores_of(case, gold_of(answerable=False))["answers"] == right
    # Some sets give an unanswerable question the text of a refusal as its answer: it still has none.
    assert scores_of(case, gold_of(answers=("I do not know.",), answerable=False))["answers"] == right


def test_answering_the_unanswerable_is_wrong_and_has_a_length() -> None:
    case = answered("Q?", "In 1843.", SECOND).to_json()
    assert scores_of(case, gold_of(answerable=False))["answers"] == {
        "exact_match": 0.0,
        "f1": 0.0,
        "f1_unanswerable": 0.0,
        "words": 2.0,
    }


def test_citation_scores_of_two_citations_one_beside_the_evidence() -> None:
    # Gold: SECOND (27) and the sentence about London (33). Cited: "engine was never" (16, inside SECOND) and
    # "It ran to 25 lines." (19, outside). One of two citations overlaps, one of two evidences is cited;
    # 16 of 35 cited characters are gold, 16 of 60 gold ones are cited.
    case = answered("Q?", "Never, it ran.", SECOND)
    case = replace(case, citations=(cite(1, "engine was never"), cite(2, "It ran to 25 lines.")))
    gold = gold_of(SECOND, "London had 2 million people then.", answers=("never",))
    assert scores_of(case.to_json(), gold)["citations"] == {
        "quotes_exact": 1.0,
        "supported": 1.0,
        "unsupported": 0.0,
        "contradicted": 0.0,
        "precision": 0.5,
        "recall": 0.5,
        "character_precision": pytest.approx(16 / 35),
        "character_recall": pytest.approx(16 / 60),
        "right_and_cited": 1.0,
    }


def test_a_quote_that_stands_elsewhere_is_not_exact() -> None:
    case = answered("Q?", "Never.", SECOND)
    moved = replace(case.citations[0], start=case.citations[0].start - 1, end=case.citations[0].end - 1)
    case = replace(case, citations=(moved, cite(2, "London")))
    assert scores_of(case.to_json(), gold_of(answerable=None))["citations"]["quotes_exact"] == 0.5


def test_a_wrong_answer_is_not_asked_whether_its_citation_is_right() -> None:
    case = answered("Q?", "In 1850.", SECOND).to_json()
    assert "right_and_cited" not in scores_of(case, gold_of(SECOND, answers=("1843",)))["citations"]


def test_a_refusal_s_nearest_sentences_are_no_citations_of_an_answer() -> None:
    scores = scores_of(refused("Q?").to_json(), gold_of(SECOND))["citations"]
    assert scores == {"quotes_exact": 1.0, "recall": 0.0, "character_recall": 0.0}


def test_without_labels_only_what_needs_none_is_scored() -> None:
    case = answered("Q?", "In 1843.", SECOND).to_json()
    scores = scores_of(case, Gold((), None, (), (), 0), 0)
    assert scores["retrieval"] == {}
    assert scores["answers"] == {"words": 2.0}
    assert set(scores["citations"]) == {"quotes_exact", "supported", "unsupported", "contradicted"}


def test_a_crash_is_wrong_wherever_a_label_says_what_is_right() -> None:
    scores = scores_of(CRASH, gold_of(SECOND, answers=("1843",)))
    assert set(scores["retrieval"].values()) == {0.0}
    assert scores["answers"] == dict.fromkeys(
        ("exact_match", "f1", "exact_match_answerable", "f1_answerable", "contained", "numbers_right"), 0.0
    )
    assert scores["citations"] == dict.fromkeys(("recall", "character_recall", "precision", "character_precision"), 0.0)
    # Saying nothing would be right here, but a crash is not a refusal.
    unanswerable = scores_of(CRASH, gold_of(answerable=False))["answers"]
    assert unanswerable == {"exact_match": 0.0, "f1": 0.0, "f1_unanswerable": 0.0}
