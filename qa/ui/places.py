"""A document and an offset in it in, the words that name the place for people out."""

from __future__ import annotations

from embeddings.types import Document
from qa.ui.texts import ENGLISH, Texts


def source_name(document: Document | None, offset: int, say: Texts = ENGLISH) -> str:
    """Return the document's title with the page, as plain text."""
    if document is None:
        return say("a_document")
    page = document.page_at(offset)
    return (document.title or document.path) + (say("comma_page", page=page) if page else "")
