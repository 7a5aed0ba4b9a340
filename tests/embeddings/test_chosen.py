from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embeddings.chosen import chosen
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from tests.fake_encoder import HashingEncoder

TEXTS = {
    "a.txt": "The ferry sails at noon. It carries cars.",
    "b.txt": "The ferry rests at night. A gull sleeps on the ferry.",
    "c.txt": "The lighthouse is red.",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    update_store(tmp_path, [Document.of(text, path, path) for path, text in TEXTS.items()], HashingEncoder())
    return Store.open(tmp_path)


def ids_of(store: Store, *paths: str) -> set[str]:
    return {document.doc_id for document in store.documents.values() if document.path in paths}


def test_only_the_chosen_documents_are_found_with_the_scores_of_the_whole(store: Store) -> None:
    part = chosen(store, ids_of(store, "a.txt", "c.txt"))
    query = HashingEncoder().encode(["ferry at night"])[0]
    whole = store.search_vectors(query, 10)
    scores = dict(zip(whole.ids.tolist(), whole.scores.tolist(), strict=True))
    kept = [place for place in whole.ids.tolist() if store.passages[place].doc_id in part.documents]
    found = part.search_vectors(query, 10)
    assert found.ids.tolist() == kept
    np.testing.assert_allclose(found.scores, [scores[place] for place in kept], atol=1e-6)
    words = part.search_words("ferry", 10)
    assert [store.passages[int(place)].doc_id for place in words.ids] == list(ids_of(store, "a.txt"))
    assert part.search_vectors(query, 1).ids.tolist() == kept[:1]


def test_a_word_of_other_documents_occurs_nowhere_in_the_chosen_ones(store: Store) -> None:
    part = chosen(store, ids_of(store, "a.txt"))
    assert part.word_frequencies(["ferry", "gull", "the", "unicorn"]) == {"ferry": 1, "gull": 0, "the": 1, "unicorn": 0}


def test_all_documents_chosen_are_the_store_itself_and_none_finds_nothing(store: Store) -> None:
    assert chosen(store, set(store.documents)) is store
    none = chosen(store, ())
    assert none.documents == {}
    assert none.search_words("ferry", 5).ids.tolist() == []
    assert none.search_vectors(HashingEncoder().encode(["ferry"])[0], 5).ids.tolist() == []
