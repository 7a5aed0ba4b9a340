"""From files to a searchable store: load, split, encode, index. Importing it loads no heavy library."""

from embeddings.types import Document, Hit, Passage, Sentence

__all__ = ["Document", "Hit", "Passage", "Sentence"]
