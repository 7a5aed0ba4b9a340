"""A session in, what it can be asked out: questions on the documents that its questions go to, and on no others."""

from __future__ import annotations

from collections.abc import Container, Sequence

from qa.suggest import N_SUGGESTED, Suggester
from qa.ui.session import Session


class Suggestions:
    """Suggestions for all sessions. `shipped` are known to be answered by the documents that everybody has.

    Without a `suggester` no others are made.
    """

    def __init__(self, shipped: Sequence[str], suggester: Suggester | None) -> None:
        self._shipped = tuple(shipped)
        self._suggester = suggester

    def of(self, session: Session) -> tuple[str, ...]:
        """Return questions on the documents that are asked, half of them on those that the person added, if any."""
        if not session.can_search:
            return self._shipped
        uploads = session.uploads
        shared = self._shipped if uploads.is_whole else ()
        own = self._made(uploads.own)
        others = shared or tuple(text for text in self._made(uploads.asked.documents) if text not in own)
        return (*own[: N_SUGGESTED // 2 if others else N_SUGGESTED], *others)[:N_SUGGESTED]

    def want(self, session: Session) -> None:
        """Have questions made on what this session asks, where that was not done yet and can be."""
        if self._suggester is None or not session.opening.is_ready:
            return
        asked, own = session.uploads.asked, session.uploads.own
        if session.suggested_for is asked:
            return
        session.suggested_for = asked
        others = [doc_id for doc_id in asked.documents if doc_id not in own] if not self._shipped else []
        spread = others[:: max(1, len(others) // N_SUGGESTED)]
        documents = [asked.documents[doc_id] for doc_id in [*own, *spread][:N_SUGGESTED]]
        self._suggester.want(session, session.answerer, documents)

    def _made(self, doc_ids: Container[str]) -> tuple[str, ...]:
        return self._suggester.of(doc_ids) if self._suggester is not None else ()


def why_not(session: Session) -> str:
    """Return the key of why nothing can be asked; empty: it can."""
    if not session.can_search or session.uploads.asked.documents:
        return ""
    return "nothing_chosen" if session.documents else "no_documents"
