"""A document and an offset in it in, what names the place out, for people and for the page."""

from __future__ import annotations

from embeddings.types import Document
from qa.ui.texts import ENGLISH, Texts


def words_at(doc_id: str, start: int, end: int) -> str:
    """Return what tells the words from `start` to `end` of a document from all others."""
    return f"{doc_id}:{start}-{end}"


def source_name(document: Document | None, offset: int, say: Texts = ENGLISH) -> str:
    """Return the document's title with the page, as plain text."""
    if document is None:
        return say("a_document")
    page = document.page_at(offset)
    return (document.title or document.path) + (say("comma_page", page=page) if page else "")
