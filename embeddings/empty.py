"""A store that holds nothing yet, in memory: what is asked where there is no document, until one is added."""

from __future__ import annotations

from pathlib import Path

from embeddings.contents import Documents, Passages
from embeddings.dense import DenseIndex
from embeddings.encode import Encoder
from embeddings.files import Files
from embeddings.manifest import Manifest, PassageSettings
from embeddings.places import Places
from embeddings.sparse import WordIndex
from embeddings.store import Store


def empty_store(encoder: Encoder) -> Store:
    """Return a store without documents, which lies in no folder."""
    manifest = Manifest(encoder.name, encoder.fingerprint, encoder.dim, PassageSettings(), 0, 0, (), {})
    places = Places.of([])
    return Store(
        folder=Path(),
        generation="",
        manifest=manifest,
        segments=(),
        documents=Documents((), ()),
        passages=Passages((), places),
        dense=DenseIndex([], places),
        words=WordIndex([], places),
        file_lines=Files(b""),
    )
