"""A saved answer and documents in; out comes whether every quote still stands where it says it stands.

For an Answer, a conversation (a list of Answers) or an evaluation record, as JSON values. Also whether an answer agrees
with itself: labels, states and text. Trusts nothing in what it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from embeddings.types import Document
from qa import fields
from qa.errors import AnswerFileError
from qa.types import State, Status

Verdict = Literal["stands", "text changed", "document missing", "quote not there", "inconsistent"]

CRASHED = "error"
"""The status, in an evaluation record, of a question without an answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one citation, or of an answer as a whole (`label` is None).

    `where` names the answer among several by its place or id, and is empty for a single one. `message` is one plain
    sentence.
    """

    where: str
    label: int | None
    verdict: Verdict
    message: str

    @property
    def ok(self) -> bool:
        """Whether all is as it should be."""
        return self.verdict == "stands"


@dataclass(frozen=True, slots=True)
class _Cited:
    """A citation as it was found, however wrong."""

    label: int
    doc_id: str
    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    state: str
    citations: tuple[int, ...]


def verify_answer(value: Any, documents: Iterable[Document]) -> tuple[Finding, ...]:
    """Return a finding for each citation, in order, and one for each way in which an answer contradicts itself.

    Raises AnswerFileError where `value` is no answer, no list of answers and no record.
    """
    documents = tuple(documents)
    found: list[Finding] = []
    for where, row in _answers_in(value):
        try:
            found.extend(_verify(where, row, documents))
        except ValueError as error:
            named = f"{where} in the file" if where else "this"
            raise AnswerFileError(f"{named} is no saved answer: {error}") from error
    return tuple(found)


def _answers_in(value: Any) -> Iterator[tuple[str, fields.Row]]:
    """Yield each answer with its name."""
    if isinstance(value, dict) and "cases" in value:
        value = value["cases"]
    elif isinstance(value, dict):
        yield "", value
        return
    if not isinstance(value, list):
        raise AnswerFileError(
            f"this is {fields.kind_of(value)}, not a saved answer, a list of them or a record"
        )
    if not value:
        raise AnswerFileError("this holds no answer; give a saved answer, a list of them or a record")
    for number, row in enumerate(value, start=1):
        if not isinstance(row, dict):
            raise AnswerFileError(f"answer {number} in the file is {fields.kind_of(row)}, not a saved answer")
        yield (row["id"] if isinstance(row.get("id"), str) else f"answer {number}"), row


def _verify(where: str, row: fields.Row, documents: Sequence[Document]) -> Iterator[Finding]:
    for name in ("citations", "sentences"):
        fields.field(row, name)
    cited = fields.each(row, "citations", _cited)
    sentences = fields.each(row, "sentences", _sentence)
    status, text = fields.text(row, "status"), fields.text(row, "text")
    for citation in cited:
        yield _check(where, citation, documents)
    for problem in _problems(status, text, sentences, cited):
        yield Finding(where, None, "inconsistent", problem)


def _cited(row: fields.Row) -> _Cited:
    return _Cited(
        label=fields.whole(row, "label"),
        doc_id=fields.text(row, "doc_id"),
        document=fields.text(row, "document"),
        start=fields.whole(row, "start"),
        end=fields.whole(row, "end"),
        quote=fields.text(row, "quote"),
    )


def _sentence(row: fields.Row) -> _Sentence:
    return _Sentence(fields.text(row, "text"), fields.text(row, "state"), fields.wholes(row, "citations"))


def _check(where: str, citation: _Cited, documents: Sequence[Document]) -> Finding:
    """Return what became of the quote: looked for by the text's id first, then by the document's path."""
    same_text = next((d for d in documents if d.doc_id == citation.doc_id), None)
    same_path = next((d for d in documents if d.path == citation.document), None)
    document = same_text or same_path
    if document is None:
        verdict: Verdict = "document missing"
        message = f"{citation.document} is not among the documents{_elsewhere(citation, documents)}"
    elif same_text is None:
        verdict = "text changed"
        message = f"the text of {document.path} has changed{_in_changed(citation, document, documents)}"
    elif _stands(citation, document):
        verdict = "stands"
        message = f"the quote stands at {citation.start} in {document.path}"
        if document.path != citation.document:
            message += f", which was named {citation.document}"
    else:
        verdict = "quote not there"
        message = f"the quote does not stand at {citation.start} in {document.path}{_elsewhere(citation, [document])}"
    return Finding(where, citation.label, verdict, message)


def _stands(citation: _Cited, document: Document) -> bool:
    inside = 0 <= citation.start < citation.end
    return inside and document.text[citation.start : citation.end] == citation.quote


def _in_changed(citation: _Cited, document: Document, documents: Sequence[Document]) -> str:
    if _stands(citation, document):
        return f"; the quote still stands at {citation.start}"
    others = [other for other in documents if other is not document]
    return _elsewhere(citation, [document, *others])


def _elsewhere(citation: _Cited, documents: Iterable[Document]) -> str:
    """Return where the quote stands now, for a message."""
    if not citation.quote.strip():
        return "; the quote is empty"
    for document in documents:
        place = document.text.find(citation.quote)
        if place >= 0:
            return f"; the quote now stands at {place} in {document.path}"
    return "; the quote stands nowhere in it" if citation.quote else ""


def _problems(
    status: str, text: str, sentences: Sequence[_Sentence], cited: Sequence[_Cited]
) -> Iterator[str]:
    """Yield each way in which the answer contradicts itself, as one plain sentence."""
    if status not in (*get_args(Status), CRASHED):
        yield f"the status is {status!r}; it can be: {', '.join(get_args(Status))}"
    labels = [citation.label for citation in cited]
    if labels != list(range(1, len(labels) + 1)):
        yield f"the labels are {labels} and should count from 1"
    for citation in cited:
        if not citation.quote or citation.end - citation.start != len(citation.quote):
            yield f"the span {citation.start} to {citation.end} of citation {citation.label} does not fit its quote"
    for number, sentence in enumerate(sentences, start=1):
        yield from _sentence_problems(number, sentence, labels)
    if status == "answered":
        yield from _answer_problems(text, sentences, labels)
    elif sentences:
        yield f"the status is {status!r}, but there are sentences"


def _sentence_problems(number: int, sentence: _Sentence, labels: Sequence[int]) -> Iterator[str]:
    if sentence.state not in get_args(State):
        yield f"the state of sentence {number} is {sentence.state!r}; it can be: {', '.join(get_args(State))}"
    if unknown := [label for label in sentence.citations if label not in labels]:
        yield f"sentence {number} has the label {unknown[0]}, which is no citation's"
    if sentence.state == "supported" and not sentence.citations:
        yield f"sentence {number} is supported, but has no citation"
    if sentence.state == "unsupported" and sentence.citations:
        yield f"sentence {number} is unsupported, but has a citation"


def _answer_problems(text: str, sentences: Sequence[_Sentence], labels: Sequence[int]) -> Iterator[str]:
    used = list(dict.fromkeys(label for sentence in sentences for label in sentence.citations))
    if all(label in labels for label in used) and used != list(labels):
        yield f"the labels in order of use are {used} and should be {list(labels)}"
    if " ".join(text.split()) != " ".join(" ".join(sentence.text for sentence in sentences).split()):
        yield "the text is not its sentences joined"
