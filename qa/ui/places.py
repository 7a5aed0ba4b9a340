"""A document and an offset in it in, the words that name the place for people out."""

from __future__ import annotations

from embeddings.types import Document


def source_name(document: Document | None, offset: int) -> str:
    """Return the document's title with the page, as plain text."""
    if document is None:
        return "a document"
    page = document.page_at(offset)
    return (document.title or document.path) + (f", page {page}" if page else "")
