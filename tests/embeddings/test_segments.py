"""A store that was brought here by many updates answers as one that was built at once."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.manifest import PassageSettings
from embeddings.plan import SegmentSizes
from embeddings.store import Store
from embeddings.types import Document, Progress
from embeddings.update import update_store
from tests.fake_encoder import HashingEncoder

SIZES = SegmentSizes(one=6, small=4, most=30)
SETTINGS = PassageSettings(max_tokens=16, overlap_sentences=1)
TOPICS = "river delta glacier moraine budget committee harbour otter silk market steam engine".split()


def document(name: str, rng: random.Random) -> Document:
    """Return a document of one to nine passages."""
    sentences = [f"The {rng.choice(TOPICS)} has a {rng.choice(TOPICS)}." for _ in range(rng.randint(1, 18))]
    return Document.of(" ".join(sentences), f"{name}.txt", rng.choice(["A title", "Another title"]))


def texts_and_scores(store: Store, ids: Iterable[int], scores: Iterable[float]) -> list[tuple[float, str, str]]:
    """Return what was found without its place: among equals a store of several segments has another order."""
    found = [(store.passages[place], score) for place, score in zip(ids, scores, strict=True)]
    return sorted((round(float(score), 5), passage.doc_id, passage.passage_id) for passage, score in found)


def assert_answers_alike(store: Store, other: Store) -> None:
    assert store.documents == other.documents
    assert [state.path for state in store.files] == [state.path for state in other.files]
    assert sorted(p.passage_id for p in store.passages) == sorted(p.passage_id for p in other.passages)
    assert (len(store.passages), len(store.documents)) == (len(other.passages), len(other.documents))
    n, encoder = len(store.passages), HashingEncoder()
    np.testing.assert_array_equal(store.vectors(), encoder.encode([p.text for p in store.passages]))
    for query in ("otter river", "the committee of the harbour", "silk"):
        vector = encoder.encode([query])[0]
        for mine, theirs in (
            (store.search_vectors(vector, n), other.search_vectors(vector, n)),
            (store.search_words(query, n), other.search_words(query, n)),
        ):
            assert texts_and_scores(store, mine.ids, mine.scores) == texts_and_scores(other, theirs.ids, theirs.scores)
    assert store.word_frequencies(TOPICS) == other.word_frequencies(TOPICS)


@pytest.mark.parametrize("seed", range(6))
def test_store_of_many_updates_answers_as_one_built_at_once(seed: int, tmp_path: Path) -> None:
    rng, encoder = random.Random(seed), HashingEncoder()
    held: dict[str, Document] = {}
    n_segments = []
    for step in range(25):
        for path in rng.sample(sorted(held), min(len(held), rng.randint(0, 2))):
            del held[path]
        for _ in range(rng.randint(1, 3)):
            made = document(f"{rng.randint(0, 30):02d}", rng)
            held[made.path] = made
        if step % 5 == 0:  # one text under a second path
            copied = rng.choice(list(held.values()))
            held["zz.txt"] = Document(copied.doc_id, "zz.txt", copied.title, copied.text)
        update_store(tmp_path / "many", list(held.values()), encoder, SETTINGS, sizes=SIZES)
        update_store(tmp_path / str(step), list(held.values()), HashingEncoder(), SETTINGS)
        store = Store.open(tmp_path / "many")
        assert_answers_alike(store, Store.open(tmp_path / str(step)))
        assert store.verify() == ()
        n_segments.append(len(store.segments))
    assert max(n_segments) > 2
    assert len(set(n_segments)) > 2  # some were merged


def test_adding_to_a_large_segment_links_it_and_notes_what_is_removed(tmp_path: Path) -> None:
    rng, encoder = random.Random(1), HashingEncoder()
    documents = [document(f"{n:02d}", rng) for n in range(12)]
    update_store(tmp_path, documents, encoder, SETTINGS, sizes=SegmentSizes(one=6, small=4, most=1000))
    n_encoded = len(encoder.encoded)
    new = Document.of("A walrus is new.", "new.txt", "new")
    update = update_store(tmp_path, [*documents[1:], new], encoder, sizes=SIZES)
    assert (update.added, update.removed, update.n_encoded) == (("new.txt",), ("00.txt",), 1)
    assert encoder.encoded[n_encoded:] == ["A walrus is new."]
    store = Store.open(tmp_path)
    assert [facts.removed for facts in store.manifest.segments] == [(0,), ()]
    before, after = (tmp_path / f"gen-00000{n}" / "seg-000001" / "vectors.bin" for n in (1, 2))
    assert before.samefile(after)
    assert documents[0].doc_id not in store.documents
    assert documents[0].doc_id not in {passage.doc_id for passage in store.passages}
    assert_answers_alike(store, Store.open(_built(tmp_path / "other", [*documents[1:], new])))


def test_segment_that_is_mostly_removed_is_written_anew(tmp_path: Path) -> None:
    rng, encoder = random.Random(2), HashingEncoder()
    documents = [document(f"{n:02d}", rng) for n in range(20)]
    update_store(tmp_path, documents, encoder, SETTINGS, sizes=SIZES)
    update_store(tmp_path, documents[:10], encoder, sizes=SIZES)
    store = Store.open(tmp_path)
    assert all(facts.n_passages_removed * 4 <= facts.n_passages for facts in store.manifest.segments)
    assert_answers_alike(store, Store.open(_built(tmp_path / "other", documents[:10])))


def test_large_build_is_cut_into_segments_in_the_order_of_paths(tmp_path: Path) -> None:
    rng = random.Random(3)
    documents = [document(f"{n:02d}", rng) for n in range(20)]
    update = update_store(tmp_path, documents, HashingEncoder(), SETTINGS, sizes=SIZES)
    store = Store.open(tmp_path)
    assert len(store.segments) > 2
    assert all(len(segment.passages) >= 30 for segment in store.segments[:-1])
    assert [store.documents[doc_id].path for doc_id in store.documents] == [f"{n:02d}.txt" for n in range(20)]
    assert update.n_passages == len(store.passages) == sum(len(segment.passages) for segment in store.segments)


def test_damaged_text_is_found_when_it_is_read(tmp_path: Path) -> None:
    from embeddings.errors import StoreDamaged

    rng = random.Random(4)
    documents = [document(f"{n:02d}", rng) for n in range(3)]
    update_store(tmp_path, documents, HashingEncoder(), SETTINGS)
    store = Store.open(tmp_path)
    path = tmp_path / "gen-000001" / "seg-000001" / "texts.bin"
    with path.open("r+b") as stream:  # behind the back of the opened store
        stream.write(b"X")
    with pytest.raises(StoreDamaged, match="document 0 of seg-000001 is not as it was written"):
        store.documents[documents[0].doc_id]
    assert store.documents[documents[1].doc_id] == documents[1]


def _built(folder: Path, documents: list[Document]) -> Path:
    update_store(folder, documents, HashingEncoder(), SETTINGS)
    return folder


def test_a_segment_is_written_and_encoded_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng, given = random.Random(2), list[int]()
    documents = [document(f"{n:02d}", rng) for n in range(20)]

    class Counting(HashingEncoder):
        def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
            given.append(len(texts))
            return super().encode(texts, progress)

    sizes = SegmentSizes(one=6, small=4, most=60)
    update_store(tmp_path / "at once", documents, HashingEncoder(), SETTINGS)
    monkeypatch.setattr("embeddings.make.BLOCK_PASSAGES", 7)
    update_store(tmp_path / "in blocks", documents, Counting(), SETTINGS, sizes=sizes)
    store, other = Store.open(tmp_path / "in blocks"), Store.open(tmp_path / "at once")
    assert_answers_alike(store, other)
    longest = max(other.passage_counts().values())
    assert max(given) < 7 + longest  # a block, but for one document more
    sizes_of = [facts.n_passages for facts in store.manifest.segments]
    assert all(60 <= n < 60 + longest for n in sizes_of[:-1])
    assert sum(sizes_of) == len(other.passages)
