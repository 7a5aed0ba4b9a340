"""Every score of a case and every figure of a summary, worked out by hand over one small document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa.metrics import Span
from qa.questions import Evidence, Question
from qa.scores import Gold, kind_of, score_case, summarise
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
    return Gold.of(question, BY_PATH, PASSAGES)


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
        "f1_answerable": pytest.approx(4 / 7),
        "contained": 1.0,
        "numbers_right": 1.0,
        "words": 5.0,
    }


def test_a_refusal_s_own_words_are_no_answer() -> None:
    case = replace(refused("Q?"), text="1843").to_json()
    right = {"exact_match": 1.0, "f1": 1.0, "f1_unanswerable": 1.0}
    wrong = {"exact_match": 0.0, "f1": 0.0, "f1_answerable": 0.0, "contained": 0.0, "numbers_right": 0.0}
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
    scores = scores_of(case, Gold((), None, (), 0), 0)
    assert scores["retrieval"] == {}
    assert scores["answers"] == {"words": 2.0}
    assert set(scores["citations"]) == {"quotes_exact", "supported", "unsupported", "contradicted"}


def test_a_crash_is_wrong_wherever_a_label_says_what_is_right() -> None:
    scores = scores_of(CRASH, gold_of(SECOND, answers=("1843",)))
    assert set(scores["retrieval"].values()) == {0.0}
    assert scores["answers"] == dict.fromkeys(("exact_match", "f1", "f1_answerable", "contained", "numbers_right"), 0.0)
    assert scores["citations"] == dict.fromkeys(("recall", "character_recall", "precision", "character_precision"), 0.0)
    # Saying nothing would be right here, but a crash is not a refusal.
    unanswerable = scores_of(CRASH, gold_of(answerable=False))["answers"]
    assert unanswerable == {"exact_match": 0.0, "f1": 0.0, "f1_unanswerable": 0.0}


@pytest.mark.parametrize(
    ("question_id", "kind"),
    [
        ("ooc-bdc86a8e66d5", "ooc"),
        ("ooc-02f537d12dd5", "ooc"),
        ("none-far-03", "none-far"),
        ("none-near-12", "none-near"),
        ("un-ba2a8b47<::>3", "un"),
        ("001fefa37a13cdd53f", "other"),
        ("abcdef", "other"),
        ("-1109485827985534106", "other"),
        ("A-1", "a"),
    ],
)
def test_the_kind_of_a_question_is_the_words_its_id_opens_with(question_id: str, kind: str) -> None:
    assert kind_of(question_id) == kind


def case_of(
    question_id: str, status: str, confidence: float, answerable: bool | None, contained: float | None = None
) -> dict[str, Any]:
    answers = {} if contained is None else {"contained": contained}
    return CRASH | {
        "id": question_id,
        "status": status,
        "confidence": confidence,
        "gold": {"answerable": answerable, "answers": ["x"] if answerable else [], "evidence": []},
        "scores": {"retrieval": {}, "answers": answers, "citations": {}},
        "timings_s": {"retrieve": 0.1, "first_token": confidence, "total": 2.0} if status != "error" else {},
    }


CASES = (
    case_of("a1", "answered", 0.9, True, 1.0),
    case_of("a2", "answered", 0.6, True, 0.0),
    case_of("a3", "not_found", 0.3, True, 0.0),
    case_of("ooc-1", "not_found", 0.1, False),
    case_of("ooc-2", "not_found", 0.2, False),
    case_of("u1", "answered", 0.7, False),
    case_of("u2", "error", 0.0, False),
    case_of("x", "answered", 0.5, None),
)


def values(group: dict[str, Any]) -> dict[str, tuple[float | None, int]]:
    return {name: (item["value"], item["n"]) for name, item in group.items() if "value" in item}


def test_refusal_figures_of_eight_worked_cases() -> None:
    refusal = summarise(CASES)["refusal"]
    # Labelled: 7. Refused a3, ooc-1, ooc-2; unanswerable ooc-1, ooc-2, u1, u2. The crash u2 counts as answered
    # with confidence 1.
    assert values(refusal) == {
        "precision": (round(2 / 3, 6), 3),
        "recall": (0.5, 4),
        "f1": (round(4 / 7, 6), 7),
        "false_refusals": (round(1 / 3, 6), 3),
        # Answerable .9 .6 .3 against .1 .2 .7 1.0: .9 beats three, .6 and .3 two each: 7 of 12.
        "auroc": (round(7 / 12, 6), 7),
        # In order of confidence u2 1.0 wrong, a1 right, u1, a2, a3, ooc-2, ooc-1 wrong:
        # (1/1 + 1/2 + 2/3 + 3/4 + 4/5 + 5/6 + 6/7) / 7.
        "risk_coverage_area": (round((1 + 1 / 2 + 2 / 3 + 3 / 4 + 4 / 5 + 5 / 6 + 6 / 7) / 7, 6), 7),
        # Ten bins: .9 and 1.0 share one, |.95 - .5| * 2; .7: .7; .6: .4; .3: .7; .2: .2; .1: .1; sum 3.0 of 7.
        "calibration_error": (round(3.0 / 7, 6), 7),
    }
    by_kind = refusal["by_kind"]
    assert set(by_kind) == {"ooc", "other"}
    # Against .1 and .2 every answerable case wins; against .7 and 1.0 only .9 beats .7: 1 of 6.
    assert values(by_kind["ooc"]) == {"refused": (1.0, 2), "auroc": (1.0, 5)}
    assert values(by_kind["other"]) == {"refused": (0.0, 2), "auroc": (round(1 / 6, 6), 5)}


def test_means_speak_of_the_cases_that_have_the_score() -> None:
    summary = summarise(CASES)
    assert values(summary["answers"])["contained"] == (round(1 / 3, 6), 3)
    assert summary["answers"]["numbers_right"] == {"value": None, "n": 0, "low": None, "high": None}


def test_times_leave_out_crashes_and_first_words_of_refusals() -> None:
    time = summarise(CASES)["time"]
    assert values(time["passages_s"]) == {"p50": (0.1, 7), "p95": (0.1, 7)}
    assert values(time["total_s"]) == {"p50": (2.0, 7), "p95": (2.0, 7)}
    # First words at .9 .6 .7 .5: the median is .65, and .95 * 3 = 2.85 of the way from .7 to .9 is .87.
    assert values(time["first_word_s"]) == {"p50": (0.65, 4), "p95": (0.87, 4)}


def test_counts() -> None:
    assert summarise(CASES)["counts"] == {
        "n": 8,
        "answered": 4,
        "refused": 3,
        "crashed": 1,
        "answerable": 3,
        "unanswerable": 4,
        "with_answers": 3,
        "with_evidence": 0,
        "sentences": 0,
        "citations": 0,
    }


def test_a_summary_of_no_case_has_no_figure() -> None:
    summary = summarise(())
    assert summary["refusal"]["auroc"] == {"value": None, "n": 0, "low": None, "high": None}
    assert summary["refusal"]["by_kind"] == {}
    assert summary["counts"]["n"] == 0
