"""Exchanges of the page from and to the plain values that are kept; citations are checked again on the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from embeddings.types import Document
from qa.conversations import Asked
from qa.errors import AnswerFileError
from qa.saved import answer_from_json
from qa.types import Answer, Citation, Searched
from qa.ui.session import Exchange
from qa.ui.texts import ENGLISH, Texts
from qa.verify import Verdict, verify_answer


def asked_of(exchange: Exchange, say: Texts = ENGLISH) -> Asked:
    """Return what is kept of an exchange; of an answer that was cut short, the sentences that were checked.

    Why an answer broke off is kept in the language of `say`.
    """
    if exchange.kept is not None:
        return replace(exchange.kept, verdict=exchange.verdict, reason=exchange.reason)
    answer = exchange.answer or _cut_short(exchange)
    return Asked(
        question=exchange.question,
        answer=answer.to_json() if answer else None,
        added=exchange.searched.added if exchange.searched else "",
        written=exchange.withdrawn if answer else exchange.written,
        error=say.told(exchange.error),
        strictness=exchange.strictness,
        loosened=exchange.loosened,
        alone=exchange.alone,
        n_documents=len(exchange.documents) if exchange.searched else None,
        cut=exchange.cut,
        verdict=exchange.verdict,
        reason=exchange.reason,
    )


def _cut_short(exchange: Exchange) -> Answer | None:
    searched = exchange.searched
    if searched is None or not exchange.sentences:
        return None
    return Answer(
        question=exchange.question,
        search_text=searched.search_text,
        status="answered",
        text=" ".join(sentence.text for sentence in exchange.sentences),
        sentences=tuple(exchange.sentences),
        citations=tuple(exchange.citations),
        hits=exchange.hits,
        confidence=0.0,
        timings_s={},
        model="",
        documents={hit.passage.doc_id: exchange.documents[hit.passage.doc_id].path for hit in exchange.hits},
        stopped=True,
    )


def exchange_of(asked: Asked, documents: Mapping[str, Document] | None) -> Exchange:
    """Return the exchange, with what has become of each citation whose quote no longer stands.

    None for `documents`: there is no store yet, so nothing is said of its citations.
    """
    exchange = Exchange(
        asked.question,
        {},
        strictness=asked.strictness,
        loosened=asked.loosened,
        alone=asked.alone,
        written=asked.written,
        error=asked.error,
        started=True,
        stopped=asked.answer is None and not asked.error,
        done=True,
        cut=asked.cut,
        verdict=asked.verdict,
        reason=asked.reason,
        kept=asked,
    )
    check_again(exchange, documents)
    return exchange


def check_again(exchange: Exchange, documents: Mapping[str, Document] | None) -> None:
    """Have a reopened exchange say what these documents make of its passages and citations, in place."""
    exchange.documents = here = {} if documents is None else documents
    saved = exchange.kept.answer if exchange.kept else None
    if exchange.kept is None or saved is None:
        return
    answer = answer_from_json(_with_hits_here(saved, here), here)
    exchange.answer, exchange.stopped = answer, answer.stopped
    exchange.written = answer.text if answer.status == "answered" else exchange.kept.written
    exchange.sentences = list(answer.sentences)
    exchange.citations = list(answer.citations)
    exchange.unchecked = documents is None
    if documents is None or not saved["hits"]:
        exchange.searched, exchange.n_gone = None, 0
    else:
        exchange.searched = Searched(answer.search_text, exchange.kept.added, answer.hits)
        exchange.n_gone = len(saved["hits"]) - len(answer.hits)
    exchange.since = {} if documents is None else verdicts_of(saved, answer.citations, documents)


def _with_hits_here(answer: Mapping[str, Any], documents: Mapping[str, Document]) -> dict[str, Any]:
    """Return the saved answer without the passages of texts that are not here any more."""
    hits = answer.get("hits")
    if not isinstance(hits, list):
        raise AnswerFileError("this is no saved answer: 'hits' is not a list")
    here = [hit for hit in hits if isinstance(hit, dict) and hit.get("doc_id") in documents]
    return {**answer, "hits": [{**hit, "rank": rank} for rank, hit in enumerate(here, start=1)]}


def verdicts_of(
    answer: Mapping[str, Any], citations: Sequence[Citation], documents: Mapping[str, Document]
) -> dict[int, Verdict]:
    """Return by label what is wrong with the citations of a saved answer; those that stand are left out."""
    cited = {citation.doc_id for citation in citations}
    here = [documents[doc_id] for doc_id in cited if doc_id in documents]
    # Only for a text that is not here any more are the others read, to tell whether it has changed or gone.
    findings = verify_answer(dict(answer), here if len(here) == len(cited) else documents.values())
    return {finding.label: finding.verdict for finding in findings if finding.label is not None and not finding.ok}
