from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.dense import DenseIndex, DensePart
from embeddings.mapped import write_array
from embeddings.places import Places


def unit_rows(n: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    normed: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return normed


def part_of(vectors: NDArray[np.float32], exact_most: int = 10**6) -> DensePart:
    with tempfile.TemporaryDirectory() as folder:  # the opened file is there without its name
        write_array(Path(folder) / "vectors.bin", vectors)
        return DensePart.build(Path(folder) / "vectors.bin", Path(folder) / "codes.faiss", vectors.shape[1], exact_most)


def built(vectors: NDArray[np.float32], exact_most: int = 10**6) -> DenseIndex:
    return DenseIndex([part_of(vectors, exact_most)], Places.of([len(vectors)]))


@pytest.mark.parametrize("k", [1, 7, 500])
def test_search_gives_the_ids_and_scores_of_brute_force(k: int) -> None:
    vectors, queries = unit_rows(500, 24), unit_rows(20, 24, seed=1)
    index = built(vectors)
    for query in queries:
        cosines = vectors.astype(np.float64) @ query.astype(np.float64)
        expected = np.argsort(-cosines, kind="stable")[:k]
        found = index.search(query, k)
        assert found.ids.tolist() == expected.tolist()
        np.testing.assert_allclose(found.scores, cosines[expected], atol=1e-6)
        assert (found.ids.dtype, found.scores.dtype) == (np.dtype(np.int64), np.dtype(np.float32))


def test_score_is_the_cosine_and_the_most_alike_comes_first() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [-1, 0], [0, 1]], np.float32)
    found = built(vectors).search(np.array([1, 0], np.float32), 4)
    assert found.ids.tolist() == [0, 1, 3, 2]
    np.testing.assert_allclose(found.scores, [1.0, 0.6, 0.0, -1.0], atol=1e-7)


def test_equal_scores_come_in_the_order_of_ids() -> None:
    vectors = np.tile(np.array([[0, 1], [1, 0]], np.float32), (40, 1))
    found = built(vectors).search(np.array([1, 0], np.float32), 80)
    assert found.ids.tolist() == [*range(1, 80, 2), *range(0, 80, 2)]


@pytest.mark.parametrize(("k", "n_found"), [(0, 0), (-1, 0), (3, 3), (50, 5)])
def test_as_many_as_asked_for_or_as_there_are(k: int, n_found: int) -> None:
    vectors = unit_rows(5, 8)
    found = built(vectors).search(vectors[2], k)
    assert (len(found.ids), len(found.scores)) == (n_found, n_found)


def test_empty_index_finds_nothing() -> None:
    index = built(np.zeros((0, 8), np.float32))
    assert index.size == 0
    assert index.search(unit_rows(1, 8)[0], 5).ids.tolist() == []


@pytest.mark.parametrize("exact_most", [100, 1000])
def test_search_for_a_vector_without_a_direction_ends(exact_most: int) -> None:
    found = built(unit_rows(600, 32), exact_most).search(np.zeros(32, np.float32), 5)
    assert found.scores.tolist() == [0.0] * len(found.ids)


def test_scores_of_given_ids_are_the_cosines_in_that_order() -> None:
    vectors, query = unit_rows(50, 16), unit_rows(1, 16, seed=2)[0]
    index = built(vectors)
    ids = np.array([7, 3, 3, 49], np.int64)
    np.testing.assert_allclose(index.scores(query, ids), vectors[ids] @ query, atol=1e-6)
    assert index.scores(query, np.zeros(0, np.int64)).tolist() == []


@pytest.mark.parametrize("exact_most", [100, 1000])
def test_loaded_index_searches_like_the_saved_one(tmp_path: Path, exact_most: int) -> None:
    vectors, queries = unit_rows(200, 24), unit_rows(10, 24, seed=3)
    where = (tmp_path / "grüße 漢字.bin", tmp_path / "grüße 漢字.faiss")
    write_array(where[0], vectors)
    index = DenseIndex([DensePart.build(*where, 24, exact_most)], Places.of([200]))
    loaded = DenseIndex([DensePart.load(*where, 24)], Places.of([200]))
    assert (loaded.size, where[1].exists()) == (200, exact_most < 200)
    assert loaded.parts[0].kind == index.parts[0].kind
    for query in queries:
        before, after = index.search(query, 10), loaded.search(query, 10)
        assert after.ids.tolist() == before.ids.tolist()
        assert after.scores.tolist() == before.scores.tolist()


def clustered(n: int, dim: int, seed: int) -> NDArray[np.float32]:
    """Return unit rows around a hundred centres, as texts lie around their subjects."""
    rng = np.random.default_rng(seed)
    rows = unit_rows(100, dim)[rng.integers(0, 100, n)] + 0.1 * rng.normal(size=(n, dim))
    normed: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return normed


def test_codes_find_98_of_the_100_nearest_and_give_exact_cosines() -> None:
    vectors, queries = clustered(5000, 48, seed=4), clustered(50, 48, seed=5)
    index = built(vectors, exact_most=100)
    assert index.parts[0].codes is not None
    n_found = 0
    for query in queries:
        cosines = vectors @ query
        found = index.search(query, 10)
        n_found += len(set(found.ids.tolist()) & set(np.argsort(-cosines)[:10].tolist()))
        np.testing.assert_allclose(found.scores, cosines[found.ids], atol=1e-6)
        assert (np.diff(found.scores) <= 0).all()
    assert n_found >= 490


@pytest.mark.parametrize("exact_most", [0, 10**6])
def test_segments_are_searched_as_one_and_removed_vectors_are_not_found(exact_most: int) -> None:
    vectors, queries = clustered(900, 48, seed=6), clustered(20, 48, seed=7)
    removed = [np.arange(0, 300, 2), np.zeros(0, np.int64), np.arange(100, 400)]
    parts = [part_of(each, exact_most) for each in (vectors[:300], vectors[300:500], vectors[500:])]
    index = DenseIndex(parts, Places.of([300, 200, 400], removed))
    left = np.concatenate([vectors[1:300:2], vectors[300:500], vectors[500:600]])
    assert index.size == len(left) == 450
    for query in queries:
        expected = np.argsort(-(left @ query), kind="stable")[:90]
        found = index.search(query, 90)  # all 450 are compared exactly, with codes too
        assert found.ids.tolist() == expected.tolist()
        np.testing.assert_allclose(found.scores, (left @ query)[expected], atol=1e-6)
        np.testing.assert_allclose(index.scores(query, expected[::-1]), found.scores[::-1], atol=1e-6)
    with pytest.raises(IndexError, match="there are 450 passages and none with an id from 450 to 450"):
        index.scores(queries[0], np.array([450]))
