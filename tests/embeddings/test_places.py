from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.mapped import mapped_array, write_array
from embeddings.places import Places, best
from embeddings.vectors import Vectors


def test_ids_count_what_is_there_segment_after_segment() -> None:
    # Rows 1 and 2 of the first segment are removed, all of the second, none of the third.
    places = Places.of([4, 2, 3], [np.array([1, 2]), np.array([0, 1]), np.array([], np.int64)])
    assert places.n == 5
    assert [places.n_removed(part) for part in range(3)] == [2, 2, 0]
    assert places.ids(0, np.array([0, 3])).tolist() == [0, 1]
    assert places.ids(2, np.array([0, 2])).tolist() == [2, 4]
    assert places.is_present(0, np.arange(4)).tolist() == [True, False, False, True]
    assert places.is_present(1, np.arange(2)).tolist() == [False, False]
    found = [(each.part, each.rows.tolist(), each.asked_at.tolist()) for each in places.locate(np.array([4, 1, 0, 1]))]
    assert found == [(0, [3, 0, 3], [1, 2, 3]), (2, [2], [0])]


@settings(deadline=None)
@given(st.lists(st.lists(st.booleans(), max_size=6), min_size=1, max_size=5))
def test_each_id_leads_to_its_row_and_back(segments: list[list[bool]]) -> None:
    removed = [np.flatnonzero(~np.array(rows, bool)).astype(np.int64) for rows in segments]
    places = Places.of([len(rows) for rows in segments], removed)
    expected = [(part, row) for part, rows in enumerate(segments) for row, is_there in enumerate(rows) if is_there]
    ids = np.arange(places.n)
    located = {
        int(at): (each.part, int(row))
        for each in places.locate(ids)
        for at, row in zip(each.asked_at, each.rows, strict=True)
    }
    assert [located[place] for place in range(places.n)] == expected
    assert [int(places.ids(part, np.array([row]))[0]) for part, row in expected] == ids.tolist()


@pytest.mark.parametrize("place", [-1, 3])
def test_id_of_nothing_is_an_error(place: int) -> None:
    with pytest.raises(IndexError, match=f"there are 3 passages and none with an id from {place} to {place}"):
        list(Places.of([3]).locate(np.array([place])))


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=30), st.integers(-1, 35))
def test_best_are_those_of_sorting_everything(scores: list[int], k: int) -> None:
    values = np.array(scores, np.float32)
    ids = np.random.default_rng(0).permutation(len(scores))
    expected = sorted(range(len(scores)), key=lambda at: (-scores[at], ids[at]))[: max(0, k)]
    assert best(ids, values, k).tolist() == expected


def test_rows_are_read_in_the_order_asked_for_also_when_the_name_is_gone(tmp_path: Path) -> None:
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    write_array(tmp_path / "rows.bin", rows)
    vectors = Vectors.open(tmp_path / "rows.bin", 3)
    (tmp_path / "rows.bin").unlink()
    assert vectors.shape == (4, 3)
    assert vectors.take(np.array([3, 0, 3])).tolist() == rows[[3, 0, 3]].tolist()
    assert vectors.take(np.zeros(0, np.int64)).shape == (0, 3)
    np.testing.assert_array_equal(vectors.mapped, rows)


def test_file_that_does_not_hold_whole_rows_or_numbers_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rows.bin").write_bytes(b"x" * 16)
    with pytest.raises(ValueError, match="cannot reshape"):
        Vectors.open(tmp_path / "rows.bin", 3)
    with pytest.raises(ValueError, match="must be a multiple"):
        mapped_array(tmp_path / "rows.bin", np.dtype("V5"))


@pytest.mark.parametrize("values", [[], [1, -2, 3]])
def test_numbers_come_back_as_they_were_written(values: list[int], tmp_path: Path) -> None:
    write_array(tmp_path / "numbers.bin", np.array(values, np.int32))
    found = mapped_array(tmp_path / "numbers.bin", np.dtype(np.int32))
    assert (found.tolist(), found.flags.writeable or not len(found)) == (values, not values)
