from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.dense import DenseIndex


def unit_rows(n: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    normed: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return normed


@pytest.mark.parametrize("k", [1, 7, 500])
def test_search_gives_the_ids_and_scores_of_brute_force(k: int) -> None:
    vectors, queries = unit_rows(500, 24), unit_rows(20, 24, seed=1)
    index = DenseIndex.build(vectors)
    for query in queries:
        cosines = vectors.astype(np.float64) @ query.astype(np.float64)
        expected = np.argsort(-cosines, kind="stable")[:k]
        found = index.search(query, k)
        assert found.ids.tolist() == expected.tolist()
        np.testing.assert_allclose(found.scores, cosines[expected], atol=1e-6)
        assert (found.ids.dtype, found.scores.dtype) == (np.dtype(np.int64), np.dtype(np.float32))


def test_score_is_the_cosine_and_the_most_alike_comes_first() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [-1, 0], [0, 1]], np.float32)
    found = DenseIndex.build(vectors).search(np.array([1, 0], np.float32), 4)
    assert found.ids.tolist() == [0, 1, 3, 2]
    np.testing.assert_allclose(found.scores, [1.0, 0.6, 0.0, -1.0], atol=1e-7)


def test_equal_scores_come_in_the_order_of_ids() -> None:
    vectors = np.tile(np.array([[0, 1], [1, 0]], np.float32), (40, 1))
    found = DenseIndex.build(vectors).search(np.array([1, 0], np.float32), 80)
    assert found.ids.tolist() == [*range(1, 80, 2), *range(0, 80, 2)]


@pytest.mark.parametrize(("k", "n_found"), [(0, 0), (-1, 0), (3, 3), (50, 5)])
def test_as_many_as_asked_for_or_as_there_are(k: int, n_found: int) -> None:
    vectors = unit_rows(5, 8)
    found = DenseIndex.build(vectors).search(vectors[2], k)
    assert (len(found.ids), len(found.scores)) == (n_found, n_found)


def test_empty_index_finds_nothing() -> None:
    index = DenseIndex.build(np.zeros((0, 8), np.float32))
    assert index.size == 0
    assert index.search(unit_rows(1, 8)[0], 5).ids.tolist() == []


def test_scores_of_given_ids_are_the_cosines_in_that_order() -> None:
    vectors, query = unit_rows(50, 16), unit_rows(1, 16, seed=2)[0]
    index = DenseIndex.build(vectors)
    ids = np.array([7, 3, 3, 49], np.int64)
    np.testing.assert_allclose(index.scores(query, ids), vectors[ids] @ query, atol=1e-6)
    assert index.scores(query, np.zeros(0, np.int64)).tolist() == []


def test_loaded_index_searches_like_the_saved_one(tmp_path: Path) -> None:
    vectors, queries = unit_rows(200, 24), unit_rows(10, 24, seed=3)
    index = DenseIndex.build(vectors)
    index.save(tmp_path / "grüße 漢字.faiss")
    loaded = DenseIndex.load(tmp_path / "grüße 漢字.faiss")
    assert loaded.size == 200
    for query in queries:
        before, after = index.search(query, 10), loaded.search(query, 10)
        assert after.ids.tolist() == before.ids.tolist()
        assert after.scores.tolist() == before.scores.tolist()
