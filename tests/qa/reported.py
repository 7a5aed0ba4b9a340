"""Records with every kind of case, for the tests of the page that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from embeddings.types import Document
from qa.errors import EngineError
from qa.evaluate import evaluate
from qa.questions import Evidence, Question
from qa.record import Record
from qa.report_page import render_page
from qa.report_page.comparison import Comparison
from qa.types import Answer, AnswerSentence, Turn
from tests.qa.scripted import TEXTS, Scripted, answered, at, refused


def question(question_id: str, text: str, quote: str = "", answers: tuple[str, ...] = ()) -> Question:
    if not quote:
        return Question(question_id, text, answerable=False)
    start, end = at(quote)
    return Question(question_id, text, answers, True, (Evidence("history/ada.txt", start, end, quote),))


QUESTIONS = (
    question("a-1", "When did Ada write it?", "1843", ("1843",)),
    replace(
        question("a-2", "Was it built?", "The engine was never built.", ("never", "no", "not once", "it was not")),
        history=(Turn("user", "What did Babbage design?"), Turn("assistant", "The engine.")),
    ),
    question("a-3", "How many lines?", "It ran to 25 lines.", ("25",)),
    question("a-4", "Who designed it?", "Babbage designed the engine.", ("Babbage",)),
    question("ooc-1", "At what heat does water boil?"),
    question("ooc-2", "Who was king then?"),
    question("a-5", "How many people?", "2 million", ("2 million",)),
)


def _unsure(answer: Answer) -> Answer:
    """Return the answer with a second sentence that nothing supports and a third that is contradicted."""
    more = (AnswerSentence("She liked it.", "unsupported"), AnswerSentence("In 1850.", "contradicted", (1,)))
    return replace(answer, sentences=(*answer.sentences, *more), text=f"{answer.text} She liked it. In 1850.")


REPLIES: Mapping[str, Any] = {
    "When did Ada write it?": answered("When did Ada write it?", "In 1843.", "Ada wrote the first program in 1843."),
    "Was it built?": _unsure(
        replace(
            answered("Was it built?", "It was never built.", "The engine was never built.", 0.8, 2.0),
            search_text="What did Babbage design? Was it built?",
        )
    ),
    "How many lines?": answered("How many lines?", "2 million.", "London had 2 million people then.", 0.4, 0.5),
    "Who designed it?": refused("Who designed it?", 0.2),
    "At what heat does water boil?": refused("At what heat does water boil?"),
    "Who was king then?": answered("Who was king then?", "Babbage.", "Babbage designed the engine.", 0.6, 0.7),
    "How many people?": EngineError("the model's process ended"),
}
ORDER = {"Was it built?": (1, 0, 2), "How many lines?": (2, 1, 0)}


def record() -> Record:
    """Return seven cases: right (2), wrong, wrongly refused, rightly refused, should have been refused, crashed."""
    return evaluate(QUESTIONS, Scripted(REPLIES, ORDER))


def page(
    made: Record | None = None, documents: Mapping[str, Document] = TEXTS.documents, compared: Comparison | None = None
) -> str:
    return render_page(made or record(), documents, compared)


def with_case(made: Record, place: int, **changes: Any) -> Record:
    """Return the record with one case changed."""
    cases = [dict(case) for case in made.cases]
    cases[place] |= changes
    return replace(made, cases=tuple(cases))


def documents_of(*documents: Document) -> dict[str, Document]:
    return {document.doc_id: document for document in (*TEXTS.documents.values(), *documents)}
