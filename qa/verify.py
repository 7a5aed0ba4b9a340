"""A saved answer and documents in; out comes whether every quote still stands where it says it stands.

For an Answer, a conversation (a list of Answers) or an evaluation record, as JSON values. Also whether an
answer agrees with itself: labels, states and text. Trusts nothing that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from embeddings.types import Document
from qa import fields
from qa.errors import AnswerFileError
from qa.scores import CRASHED
from qa.types import State, Status

Verdict = Literal["stands", "text changed", "document missing", "quote not there", "inconsistent"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one citation, or of an answer as a whole (`label` is None).

    `where` names the answer among several by its id or place, and is empty for a single one. `message` says
    what was found, for people.
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
    page: int | None


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    state: str
    citations: tuple[int, ...]


def verify_answer(value: Any, documents: Iterable[Document]) -> tuple[Finding, ...]:
    """Return a finding for each citation, in order, and for each contradiction in an answer.

    Raises AnswerFileError where `value` is no answer, no list of answers and no record.
    """
    documents = tuple(documents)
    found: list[Finding] = []
    for where, row in _answers_in(value):
        try:
            found.extend(_verify(where, row, documents))
        except ValueError as error:
            named = f"{where} in the file" if where else "this"
            raise AnswerFileError("{named} is no saved answer: {why}", named=named, why=error) from error
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
            "this is {kind}, not a saved answer, a list of them or a record", kind=fields.kind_of(value)
        )
    if not value:
        raise AnswerFileError("this holds no answer; give a saved answer, a list of them or a record")
    for number, row in enumerate(value, start=1):
        if not isinstance(row, dict):
            raise AnswerFileError(
                "answer {number} in the file is {kind}, not a saved answer", number=number, kind=fields.kind_of(row)
            )
        yield (row["id"] if isinstance(row.get("id"), str) else f"answer {number}"), row


def _verify(where: str, row: fields.Row, documents: Sequence[Document]) -> Iterator[Finding]:
    if row.get("status") == CRASHED and "error" in row:
        return  # a question of an evaluation that has no answer
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
        page=None if row.get("page") is None else fields.whole(row, "page"),
    )


def _sentence(row: fields.Row) -> _Sentence:
    return _Sentence(fields.text(row, "text"), fields.text(row, "state"), fields.wholes(row, "citations"))


def _check(where: str, citation: _Cited, documents: Sequence[Document]) -> Finding:
    """Return what became of the quote: looked for by the text's id first, then by the document's path.

    Of documents of one text that of the same path is taken, where there is one.
    """
    same_path = next((d for d in documents if d.path == citation.document), None)
    of_text = [d for d in documents if d.doc_id == citation.doc_id]
    same_text = min(of_text, key=lambda d: d.path != citation.document, default=None)
    if same_text is not None:
        verdict, message = _in_same_text(citation, same_text, documents)
    elif same_path is not None:
        still = _stands(citation, same_path)
        now = f"it still stands at {citation.start}" if still else _now(citation, [same_path, *documents])
        verdict, message = "text changed", f"the text of {same_path.path} is not the one quoted from; {now}"
    else:
        verdict, message = (
            "document missing",
            f"{citation.document} is not among the documents; {_now(citation, documents)}",
        )
    return Finding(where, citation.label, verdict, message)


def _in_same_text(citation: _Cited, document: Document, documents: Sequence[Document]) -> tuple[Verdict, str]:
    place = f"at {citation.start} in {document.path}"
    if not _stands(citation, document):
        return (
            "quote not there",
            f"the quote does not stand {place}; {_now(citation, [document, *documents])}",
        )
    if citation.page is not None and citation.page != document.page_at(citation.start):
        page = document.page_at(citation.start)
        return "inconsistent", f"the quote stands {place}, but on page {page}, not {citation.page}"
    renamed = f", which was named {citation.document}" if document.path != citation.document else ""
    return "stands", f"the quote stands {place}{renamed}"


def _stands(citation: _Cited, document: Document) -> bool:
    inside = 0 <= citation.start < citation.end
    return inside and document.text[citation.start : citation.end] == citation.quote


def places_of(quote: str, text: str) -> tuple[int, ...]:
    """Return every offset at which the very same words stand in the text, ascending."""
    return tuple(match.start() for match in re.finditer(re.escape(quote), text)) if quote else ()


def _now(citation: _Cited, documents: Iterable[Document]) -> str:
    """Return where the quote stands now, for a message."""
    for document in documents if citation.quote else ():
        place = document.text.find(citation.quote)
        if place >= 0:
            return f"the same words stand at {place} in {document.path}"
    return "the same words stand nowhere"


def _problems(status: str, text: str, sentences: Sequence[_Sentence], cited: Sequence[_Cited]) -> Iterator[str]:
    """Yield each way in which the answer contradicts itself, as one plain sentence."""
    if status not in get_args(Status):
        yield f"the status is {status!r}; it can be: {', '.join(get_args(Status))}"
    labels = [citation.label for citation in cited]
    if labels != list(range(1, len(labels) + 1)):
        yield f"the labels are {labels} and should count from 1"
    for citation in cited:
        if not citation.quote or citation.end - citation.start != len(citation.quote):
            yield f"citation {citation.label} is of another length than {citation.start} to {citation.end}"
    for number, sentence in enumerate(sentences, start=1):
        yield from _sentence_problems(number, sentence, labels)
    if status == "answered":
        yield from _answer_problems(text, sentences, labels)
    elif sentences:
        yield f"the status is {status!r}, but there are sentences"


def _sentence_problems(number: int, sentence: _Sentence, labels: Sequence[int]) -> Iterator[str]:
    if sentence.state not in get_args(State):
        allowed = ", ".join(get_args(State))
        yield f"the state of sentence {number} is {sentence.state!r}; it can be: {allowed}"
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
