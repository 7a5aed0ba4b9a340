"""A document and an offset in it in, what names the place out, for people and for the page."""

from __future__ import annotations

from embeddings.types import Document, Passage
from qa.types import Citation
from qa.ui.texts import ENGLISH, Texts


def words_of(there: Citation | Passage) -> str:
    """Return what tells the words of a citation or a passage from all others; of a kept citation it may be any text."""
    return f"{there.doc_id[:16]}:{there.start}-{there.end}"


def source_name(document: Document | None, offset: int, say: Texts = ENGLISH) -> str:
    """Return the document's title with the page, as plain text."""
    if document is None:
        return say("a_document")
    page = document.page_at(offset)
    return (document.title or document.path) + (say("comma_page", page=page) if page else "")
