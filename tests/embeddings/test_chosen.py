from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embeddings.chosen import chosen
from embeddings.dense import DenseIndex, DensePart
from embeddings.plan import SegmentSizes
from embeddings.segment import Segment
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


def test_many_chosen_passages_are_found_through_codes_as_by_comparing_each(tmp_path: Path) -> None:
    # 600 passages of one sentence in segments of 200, all with codes; two in three documents are chosen.
    documents = [Document.of(f"Ferry {n} sails to port {n % 7}.", f"{n:03d}.txt", "t") for n in range(600)]
    encoder = HashingEncoder()
    update_store(tmp_path, documents, encoder, sizes=SegmentSizes(one=10, small=10, most=200))
    whole = Store.open(tmp_path)
    folders = [whole.folder / whole.generation / segment.name for segment in whole.segments]
    parts = [DensePart.build(each / "vectors.bin", each / "codes.faiss", encoder.dim, 50) for each in folders]
    assert [part.codes is None for part in parts] == [False] * 3
    whole = replace(whole, dense=DenseIndex(parts, whole.dense.places))
    wanted = {document.doc_id for number, document in enumerate(documents) if number % 3}
    part = chosen(whole, wanted, exact_most=50)
    query = encoder.encode(["ferry 5 to port 5"])[0]
    cosines = whole.vectors() @ query
    ids = np.array([place for place in range(600) if place % 3])
    expected = ids[np.lexsort((ids, -cosines[ids]))[:5]]
    found = part.search_vectors(query, 5)
    assert found.ids.tolist() == expected.tolist()
    np.testing.assert_allclose(found.scores, cosines[expected], atol=1e-6)
    words, everything = part.search_words("port 5", 600), whole.search_words("port 5", 600)
    scores = dict(zip(everything.ids.tolist(), everything.scores.tolist(), strict=True))
    assert words.ids.tolist() == [place for place in everything.ids.tolist() if place % 3]
    assert words.scores.tolist() == [scores[place] for place in words.ids.tolist()]


def test_no_document_is_read_to_choose_some(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ids_of(store, "a.txt", "c.txt")
    monkeypatch.setattr(Segment, "document", lambda *_: pytest.fail("a document was read"))
    monkeypatch.setattr(Segment, "passage", lambda *_: pytest.fail("a passage was read"))
    part = chosen(store, [*wanted, "f" * 64])
    assert (set(part.documents), len(part.documents)) == (wanted, 2)
    assert store.passage_counts() == dict.fromkeys(store.documents, 1)
