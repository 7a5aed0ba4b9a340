from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.chosen import chosen
from embeddings.empty import empty_store
from embeddings.manifest import PassageSettings
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.late import TokenVectors
from qa.retrieve import N_RESCORED, fuse, retrieve
from tests.fake_encoder import HashingEncoder

TEXTS = {
    "kelm.txt": "The harbour of Kelm closes in winter. Ships wait for the thaw.",
    "oslen.txt": "The market of Oslen sells silk. Tea is sold beside it.",
    "river.txt": "Otters live in the river. They eat fish and frogs.",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    encoder = HashingEncoder()
    documents = [Document.of(text, path, path) for path, text in TEXTS.items()]
    update_store(tmp_path / "store", documents, encoder, PassageSettings(max_tokens=60))
    return Store.open(tmp_path / "store", encoder)


def paths(store: Store, question: str, fusion: str = "late-interaction") -> list[str]:
    hits = retrieve([question], store, TokenVectors(HashingEncoder()), fusion=fusion, n_hits=3)  # type: ignore[arg-type]
    return [store.documents[hit.passage.doc_id].path for hit in hits]


def test_the_passage_with_the_question_s_words_comes_first(store: Store) -> None:
    for fusion in ("late-interaction", "min-max", "dense", "words", "rank"):
        assert paths(store, "otters river fish frogs", fusion)[0] == "river.txt"


@pytest.mark.parametrize("fusion", ["late-interaction", "min-max", "dense", "words", "rank"])
def test_where_there_is_no_passage_none_is_found(store: Store, fusion: str) -> None:
    for without in (empty_store(HashingEncoder()), chosen(store, [])):
        assert paths(without, "otters river fish frogs", fusion) == []


def test_hits_are_ranked_from_one_with_falling_scores(store: Store) -> None:
    hits = retrieve(["silk market"], store, TokenVectors(HashingEncoder()), fusion="late-interaction", n_hits=3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_of_several_search_texts_each_passage_keeps_its_best_score(store: Store) -> None:
    tokens = TokenVectors(HashingEncoder())
    single = {
        hit.passage.passage_id: hit.score
        for text in ("silk market", "otters river")
        for hit in sorted(retrieve([text], store, tokens, fusion="min-max", n_hits=3), key=lambda hit: hit.score)
        if hit.score == 1.0
    }
    both = retrieve(["silk market", "otters river"], store, tokens, fusion="min-max", n_hits=2)
    assert {hit.passage.passage_id: hit.score for hit in both} == single
    assert len(single) == 2


def test_the_second_stage_counts_half_late_interaction(store: Store) -> None:
    # kelm.txt fits best by all three scores, so each spreads to 1: .2 + .3 + .5; river.txt shares no word: all spread to 0
    hits = retrieve(["harbour kelm closes"], store, TokenVectors(HashingEncoder()), fusion="late-interaction", n_hits=3)
    assert store.documents[hits[0].passage.doc_id].path == "kelm.txt"
    assert hits[0].score == pytest.approx(1.0)


class Reading(HashingEncoder):
    """Remembers which texts were read token by token."""

    def __init__(self, dim: int = 32) -> None:
        super().__init__(dim)
        self.read: list[str] = []

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        self.read.extend(texts)
        return super().encode_tokens(texts)


def test_a_passage_far_below_the_best_is_not_encoded(store: Store) -> None:
    encoder = Reading()
    hits = retrieve(["harbour kelm closes"], store, TokenVectors(encoder), fusion="late-interaction", n_hits=3)
    assert encoder.read == ["harbour kelm closes", TEXTS["kelm.txt"]]
    assert len(hits) == 3


def test_at_most_so_many_passages_are_encoded(tmp_path: Path) -> None:
    encoder = Reading(512)
    own = [" ".join(f"{letter}{n}" for letter in "abcdefghi") for n in range(N_RESCORED + 5)]
    texts = [f"Kelm: {words}." for words in own]
    documents = [Document.of(text, f"{n}.txt", str(n)) for n, text in enumerate(texts)]
    update_store(tmp_path / "store", documents, encoder, PassageSettings(max_tokens=60))
    store = Store.open(tmp_path / "store", encoder)
    retrieve(["Kelm"], store, TokenVectors(encoder), fusion="late-interaction", n_hits=3)
    assert len(encoder.read) == 1 + N_RESCORED


def test_of_near_copies_the_likelier_is_encoded_and_the_others_are_told_apart_by_their_words(tmp_path: Path) -> None:
    encoder = Reading(512)
    same = "stands above the old town and is open all year to whoever climbs the hill"
    texts = [f"The red tower {same}.", f"The blue tower {same}.", "Silk is sold in the bay.", "Tea is sold there too."]
    documents = [Document.of(text, f"{n}.txt", str(n)) for n, text in enumerate(texts)]
    update_store(tmp_path / "store", documents, encoder, PassageSettings(max_tokens=60))
    store = Store.open(tmp_path / "store", encoder)
    hits = retrieve(["blue tower hill"], store, TokenVectors(encoder), fusion="late-interaction", n_hits=3)
    assert [hit.passage.text for hit in hits[:2]] == [texts[1], texts[0]]
    assert texts[1] in encoder.read and texts[0] not in encoder.read


def test_min_max_fusion_is_the_mean_of_both_spread_scores() -> None:
    # cosines .2 .4 .6 spread to 0 .5 1; words 4 0 2 spread to 1 0 .5
    fused = fuse(np.array([0.2, 0.4, 0.6]), np.array([4.0, 0.0, 2.0]), "min-max")
    assert fused == pytest.approx([0.5, 0.25, 0.75])


def test_equal_scores_spread_to_nothing() -> None:
    assert fuse(np.array([0.3, 0.3]), np.array([1.0, 2.0]), "min-max") == pytest.approx([0.0, 0.5])


def test_rank_fusion_adds_reciprocal_ranks() -> None:
    # ranks by cosine 2, 1; by words 1, 2
    fused = fuse(np.array([0.1, 0.9]), np.array([5.0, 1.0]), "rank")
    assert fused == pytest.approx([1 / 62 + 1 / 61, 1 / 61 + 1 / 62])


def test_a_question_without_a_known_word_still_finds_by_vector(store: Store) -> None:
    assert len(paths(store, "??? 乌镇")) == 3
