import json
from dataclasses import replace
from typing import Any

import pytest

from embeddings.types import Document
from qa.errors import AnswerFileError, EngineError
from qa.evaluate import evaluate
from qa.questions import Question
from qa.types import Answer, AnswerSentence
from qa.verify import Finding, verify_answer
from tests.qa.scripted import DOCUMENT, TEXT, Scripted, answered, at, cite, refused

QUOTE = "It ran to 25 lines."
ANSWER = answered("How long?", "It ran to 25 lines.", QUOTE)
START, END = at(QUOTE)


def json_of(answer: Answer, **changes: Any) -> dict[str, Any]:
    """Return the answer as it is read from a file, with changes."""
    value: dict[str, Any] = json.loads(json.dumps(answer.to_json()))
    return value | changes


def citation(**changes: Any) -> dict[str, Any]:
    return json_of(ANSWER, citations=[json_of(ANSWER)["citations"][0] | changes])


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


def test_a_quote_that_stands_is_found_standing() -> None:
    found = only(verify_answer(json_of(ANSWER), [DOCUMENT]))
    assert found == Finding("", 1, "stands", f"the quote stands at {START} in history/ada.txt")
    assert found.ok


def test_a_renamed_document_with_the_same_text_still_holds_the_quote() -> None:
    found = only(verify_answer(json_of(ANSWER), [Document.of(TEXT, "new.txt", "New")]))
    assert found.ok
    assert found.message == f"the quote stands at {START} in new.txt, which was named history/ada.txt"


def test_of_documents_of_one_text_that_of_the_same_path_is_taken() -> None:
    copy = Document.of(TEXT, "copy/ada.txt", "Ada")
    assert only(verify_answer(json_of(ANSWER), [copy, DOCUMENT])).message.endswith("in history/ada.txt")
    paged = Document.of(TEXT, DOCUMENT.path, "Ada", pages=(0,))
    assert only(verify_answer(citation(page=1), [copy, paged])).verdict == "stands"


@pytest.mark.parametrize(
    ("text", "now"),
    [
        (TEXT + " More.", f"it still stands at {START}"),
        ("Well. " + TEXT, f"the same words stand at {START + 6} in history/ada.txt"),
        (TEXT.replace("25", "26"), "the same words stand nowhere"),
        ("", "the same words stand nowhere"),
    ],
)
def test_a_changed_text_is_told_with_what_became_of_the_quote(text: str, now: str) -> None:
    changed = Document.of(text, DOCUMENT.path, "Ada")
    found = only(verify_answer(json_of(ANSWER), [changed]))
    message = f"the text of history/ada.txt is not the one quoted from; {now}"
    assert found == Finding("", 1, "text changed", message)
    assert not found.ok


def test_a_missing_document_is_told_with_where_its_words_stand_now() -> None:
    other = Document.of("Nothing here.", "other.txt", "Other")
    moved = Document.of(f"See: {QUOTE}", "moved.txt", "Moved")
    message = "history/ada.txt is not among the documents; the same words stand "
    assert only(verify_answer(json_of(ANSWER), [other])) == Finding("", 1, "document missing", message + "nowhere")
    assert only(verify_answer(json_of(ANSWER), [other, moved])) == Finding(
        "", 1, "document missing", message + "at 5 in moved.txt"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"start": START - 1, "end": END - 1},
            f"the quote does not stand at {START - 1} in history/ada.txt; "
            f"the same words stand at {START} in history/ada.txt",
        ),
        (
            {"quote": "It ran to 26 lines."},
            f"the quote does not stand at {START} in history/ada.txt; the same words stand nowhere",
        ),
        # A negative start would count from the end of the text.
        (
            {"start": START - len(TEXT), "end": END - len(TEXT)},
            f"the quote does not stand at {START - len(TEXT)} in history/ada.txt; "
            f"the same words stand at {START} in history/ada.txt",
        ),
    ],
)
def test_a_quote_at_another_place_is_not_let_pass(changes: dict[str, Any], message: str) -> None:
    found = only(verify_answer(citation(**changes), [DOCUMENT]))
    assert found == Finding("", 1, "quote not there", message)


def test_an_empty_quote_stands_nowhere() -> None:
    found = verify_answer(citation(quote="", end=START), [DOCUMENT])
    assert [finding.verdict for finding in found] == ["quote not there", "inconsistent"]
    assert found[0].message.endswith("the same words stand nowhere")
    assert found[1].message == f"citation 1 is of another length than {START} to {START}"


def test_another_page_is_told() -> None:
    paged = Document.of(TEXT, DOCUMENT.path, "Ada", pages=(0, START))
    assert only(verify_answer(citation(page=2), [paged])).ok
    found = only(verify_answer(citation(page=1), [paged]))
    message = f"the quote stands at {START} in history/ada.txt, but on page 2, not 1"
    assert found == Finding("", 1, "inconsistent", message)


SENTENCE = {"text": ANSWER.text, "state": "supported", "citations": [1]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": "sure"}, "the status is 'sure'; it can be: answered, not_found"),
        ({"status": "not_found"}, "the status is 'not_found', but there are sentences"),
        (
            {"sentences": [SENTENCE | {"state": "true"}]},
            "the state of sentence 1 is 'true'; it can be: supported, unsupported, contradicted",
        ),
        (
            {"sentences": [SENTENCE | {"citations": [1, 2]}]},
            "sentence 1 has the label 2, which is no citation's",
        ),
        (
            {"sentences": [SENTENCE | {"citations": []}]},
            "sentence 1 is supported, but has no citation",
        ),
        (
            {"sentences": [SENTENCE | {"state": "unsupported"}]},
            "sentence 1 is unsupported, but has a citation",
        ),
        ({"text": "It ran to 25 lines. Or so."}, "the text is not its sentences joined"),
    ],
)
def test_an_answer_at_odds_with_itself_is_told(changes: dict[str, Any], problem: str) -> None:
    found = verify_answer(json_of(ANSWER, **changes), [DOCUMENT])
    assert Finding("", None, "inconsistent", problem) in found
    # What is said of the quote does not depend on it.
    assert found[0].ok


def two_citations(first: int, second: int) -> dict[str, Any]:
    """Return an answer of two sentences, each with one label, whose citations have the labels 1 and 2."""
    answer = replace(
        ANSWER,
        text="One. Two.",
        sentences=(AnswerSentence("One.", "supported", (1,)), AnswerSentence("Two.", "supported", (2,))),
        citations=(cite(1, QUOTE), cite(2, "London")),
    )
    value = json_of(answer)
    value["sentences"][0]["citations"] = [first]
    value["sentences"][1]["citations"] = [second]
    return value


def test_labels_have_to_be_in_order_of_use() -> None:
    assert all(finding.ok for finding in verify_answer(two_citations(1, 2), [DOCUMENT]))
    wrong = [finding.message for finding in verify_answer(two_citations(2, 1), [DOCUMENT]) if not finding.ok]
    assert wrong == ["the labels in order of use are [2, 1] and should be [1, 2]"]
    unused = [finding.message for finding in verify_answer(two_citations(1, 1), [DOCUMENT]) if not finding.ok]
    assert unused == ["the labels in order of use are [1] and should be [1, 2]"]


def test_labels_have_to_count_from_one() -> None:
    value = two_citations(1, 2)
    value["citations"][1]["label"] = 3
    found = [finding.message for finding in verify_answer(value, [DOCUMENT]) if not finding.ok]
    assert found == [
        "the labels are [1, 3] and should count from 1",
        "sentence 2 has the label 2, which is no citation's",
    ]


def test_the_nearest_sentences_of_a_refusal_are_checked_too() -> None:
    assert only(verify_answer(json_of(refused("Q?")), [DOCUMENT])).ok
    assert not only(verify_answer(json_of(refused("Q?")), [])).ok


def test_a_conversation_is_verified_answer_by_answer() -> None:
    found = verify_answer([json_of(ANSWER), citation(quote="It ran to 26 lines.")], [DOCUMENT])
    assert [(f.where, f.label, f.verdict) for f in found] == [
        ("answer 1", 1, "stands"),
        ("answer 2", 1, "quote not there"),
    ]


def test_a_record_is_verified_by_the_ids_of_its_cases() -> None:
    questions = [Question("q-1", "How long?"), Question("q-2", "Fails?"), Question("q-3", "Boils?")]
    failure = EngineError("gone")
    replies: dict[str, Any] = {"How long?": ANSWER, "Fails?": failure, "Boils?": refused("Boils?")}
    record = evaluate(questions, Scripted(replies)).to_json()
    found = verify_answer(json.loads(json.dumps(record)), [DOCUMENT])
    assert [(f.where, f.label, f.verdict) for f in found] == [("q-1", 1, "stands"), ("q-3", 1, "stands")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("text", "this is a text, not a saved answer, a list of them or a record"),
        (None, "this is null, not a saved answer, a list of them or a record"),
        ([], "this holds no answer"),
        ({"cases": {}}, "this is an object, not a saved answer, a list of them or a record"),
        ([json_of(ANSWER), 7], "answer 2 in the file is a number, not a saved answer"),
        ({}, "this is no saved answer: 'citations' is missing"),
        ([{"citations": [], "text": ""}], "answer 1 in the file is no saved answer: 'sentences' is missing"),
        (json_of(ANSWER, citations={}), "this is no saved answer: 'citations' is an object, not a list"),
        (citation(start="12"), "in 'citations', number 1: 'start' is a text, not a whole number"),
        (citation(quote=None), "in 'citations', number 1: 'quote' is null, not a text"),
        (json_of(ANSWER, sentences=["x"]), "'sentences' holds a text, not objects only"),
        (
            json_of(ANSWER, sentences=[SENTENCE | {"citations": ["1"]}]),
            "in 'sentences', number 1: 'citations' holds a text, not whole numbers only",
        ),
    ],
)
def test_what_is_no_answer_is_refused_in_one_sentence(value: Any, reason: str) -> None:
    with pytest.raises(AnswerFileError, match=reason):
        verify_answer(value, [DOCUMENT])
