from __future__ import annotations

import numpy as np

from embeddings.empty import empty_store
from tests.fake_encoder import HashingEncoder


def test_an_empty_store_has_nothing_and_finds_nothing() -> None:
    encoder = HashingEncoder()
    store = empty_store(encoder)
    store.require(encoder)
    assert (dict(store.documents), list(store.passages), store.files) == ({}, [], ())
    assert store.search_words("anything", 5).ids.size == 0
    assert store.search_vectors(np.zeros(encoder.dim, np.float32), 5).ids.size == 0
    assert store.vectors().shape == (0, encoder.dim)
    assert store.word_frequencies(["anything"]) == {"anything": 0}
