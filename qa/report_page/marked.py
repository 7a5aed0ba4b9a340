"""Spans of documents in, the text around them as HTML out: cited words and gold evidence marked in the same text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from embeddings.types import Document
from qa.metrics import Span, merged
from qa.questions import find_document
from qa.report_page.words import ENGLISH, Words
from qa.ui.markup import escaped

AROUND = 500
"""Most characters shown on either side of marked words, however long the passage is."""

AROUND_ALONE = 300
"""Characters shown on either side where no passage that was found holds the marked words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to mark: cited words with their citation's number, or gold evidence. `page` from 1, if known."""

    span: Span
    kind: Literal["cited", "gold"]
    label: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents that a report may quote, by doc_id and by path."""

    by_id: Mapping[str, Document]
    by_path: Mapping[str, Document]

    def place(self, evidence: Mapping[str, Any]) -> Span:
        """Return where gold evidence stands; the document's id is empty where it stands nowhere.

        Two files of one text are one document, which has the path of one of them.
        """
        start, end = evidence["start"], evidence["end"]
        named = find_document(evidence["doc"], self.by_path)
        for document in [*([named] if named else []), *self.by_id.values()]:
            if document.text[start:end] == evidence["text"]:
                return Span(document.doc_id, start, end)
        return Span("", start, end)

    @classmethod
    def of(cls, documents: Mapping[str, Document]) -> Sources:
        """Return the sources of documents by doc_id."""
        return cls(documents, {document.path: document for document in documents.values()})


def sources_html(case: Mapping[str, Any], sources: Sources, say: Words = ENGLISH) -> str:
    """Return every place that is cited or holds gold evidence, one text a place, citations first."""
    marks, alone = [], []
    for citation in case["citations"]:
        span = Span(citation["doc_id"], citation["start"], citation["end"])
        label, quote = str(citation["label"]), citation["quote"]
        if _stands(span, quote, sources):
            marks.append(Mark(span, "cited", label, citation.get("page")))
        else:
            alone.append(_alone(quote, citation["document"], "cited", label, say))
    for evidence in case["gold"]["evidence"]:
        span = sources.place(evidence)
        if _stands(span, evidence["text"], sources):
            marks.append(Mark(span, "gold", say("gold")))
        else:
            alone.append(_alone(evidence["text"], evidence["doc"], "gold", say("gold"), say))
    passages = [Span(p["doc_id"], p["start"], p["end"]) for p in (*case["hits"], *case["ranking"])]
    texts = [_text_html(window, marks, sources, say) for window in _windows(marks, passages, sources)]
    return "".join([*texts, *alone])


def _stands(span: Span, words: str, sources: Sources) -> bool:
    document = sources.by_id.get(span.doc_id)
    return document is not None and document.text[span.start : span.end] == words and span.start < span.end


def _windows(marks: Sequence[Mark], passages: Sequence[Span], sources: Sources) -> list[Span]:
    """Return the spans of text to show, in the order of the first mark in each; none overlaps another."""
    shown = merged(_around(mark.span, passages, sources.by_id[mark.span.doc_id].text) for mark in marks)
    return sorted(shown, key=lambda window: next(n for n, mark in enumerate(marks) if mark.span.overlaps([window])))


def _around(span: Span, passages: Sequence[Span], text: str) -> Span:
    """Return the first passage that holds the span, within bounds; or some characters around the span."""
    for passage in passages:
        if passage.doc_id == span.doc_id and passage.start <= span.start and span.end <= passage.end:
            return _whole_words(span, passage.start, passage.end, AROUND, text)
    return _whole_words(span, 0, len(text), AROUND_ALONE, text)


def _whole_words(span: Span, first: int, last: int, most: int, text: str) -> Span:
    """Return the span with at most `most` characters on either side, cut between words where there are any."""
    start, end = max(first, span.start - most), min(last, span.end + most, len(text))
    if start > first:
        start = next((at for at in range(start, span.start) if text[at - 1].isspace()), start)
    if end < last:
        end = next((at for at in range(end, span.end, -1) if text[at].isspace()), end)
    return Span(span.doc_id, start, end)


def _text_html(window: Span, marks: Sequence[Mark], sources: Sources, say: Words) -> str:
    document = sources.by_id[window.doc_id]
    inside = [mark for mark in marks if mark.span.overlaps([window])]
    page = next((mark.page for mark in inside if mark.page), None) or document.page_at(inside[0].span.start)
    before = "… " if window.start > 0 else ""
    after = " …" if window.end < len(document.text) else ""
    text = f"{before}{marked_html(document.text, window, inside)}{after}"
    return f'{_place(document.path, page, say)}<p class="text" dir="auto">{text}</p>'


def marked_html(text: str, window: Span, marks: Sequence[Mark]) -> str:
    """Return the text of the window, outer white space left out; each mark's label stands where it begins."""
    start, end = window.start, window.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    edges = {edge for mark in marks for edge in (mark.span.start, mark.span.end) if start < edge < end}
    bounds = [start, *sorted(edges), end]
    return "".join(_piece(text, left, right, marks) for left, right in pairwise(bounds))


def _piece(text: str, start: int, end: int, marks: Iterable[Mark]) -> str:
    here = [mark for mark in marks if mark.span.start <= start and end <= mark.span.end]
    if not here:
        return escaped(text[start:end])
    begun = dict.fromkeys((mark.kind, mark.label) for mark in here if mark.span.start == start)
    labels = "".join(_label(kind, label) for kind, label in begun)
    kinds = " ".join(sorted({mark.kind for mark in here}))
    return f'<mark class="{kinds}">{labels}{escaped(text[start:end])}</mark>'


def _label(kind: str, label: str) -> str:
    return f'<b class="label {kind}">{escaped(label)}</b>'


def _alone(words: str, name: str, kind: str, label: str, say: Words) -> str:
    """Return words of which the text is not among the documents, or does not have them there."""
    mark = f'<mark class="{kind}">{_label(kind, label)}{escaped(words)}</mark>'
    told = say("These words do not stand there in the documents given to this report.")
    return f'{_place(name, None, say)}<p class="text" dir="auto">{mark}</p><p class="trouble">{told}</p>'


def _place(name: str, page: int | None, say: Words) -> str:
    number = say(" · page {page}", page=page) if page else ""
    return f'<p class="from"><bdi>{escaped(name)}</bdi>{number}</p>'
