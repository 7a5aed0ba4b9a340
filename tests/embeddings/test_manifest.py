from __future__ import annotations

import os
from pathlib import Path

import pytest

from embeddings.manifest import HASHED_MOST, Manifest
from embeddings.types import Document
from embeddings.update import update_store
from tests.fake_encoder import HashingEncoder

A = Document.of("The river carries sediment.", "a.txt", "a")


@pytest.fixture
def generation(tmp_path: Path) -> Path:
    update_store(tmp_path, [A], HashingEncoder())
    return tmp_path / "gen-000001"


def flip(path: Path, *, keep_time: bool) -> None:
    status, content = path.stat(), path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    time = status.st_mtime_ns if keep_time else status.st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(time, time))


def test_small_generation_is_read_whole_whatever_the_times_say(generation: Path) -> None:
    manifest = Manifest.load(generation)
    flip(generation / "seg-000001" / "texts.bin", keep_time=True)
    assert manifest.signs_of_damage(generation) == ("gen-000001/texts.bin does not have the content that was written",)
    assert HASHED_MOST == 64_000_000


def test_of_a_large_generation_only_files_of_another_time_are_read(generation: Path) -> None:
    manifest = Manifest.load(generation)
    flip(generation / "seg-000001" / "texts.bin", keep_time=True)
    flip(generation / "seg-000001" / "vectors.bin", keep_time=False)
    assert manifest.signs_of_damage(generation, hashed_most=0) == (
        "gen-000001/vectors.bin does not have the content that was written",
    )
    assert manifest.problems(generation) == (
        "gen-000001/texts.bin does not have the content that was written",
        "gen-000001/vectors.bin does not have the content that was written",
    )


def test_copied_generation_with_other_times_is_whole(generation: Path) -> None:
    for path in generation.rglob("*"):
        os.utime(path, ns=(0, 0))
    assert Manifest.load(generation).signs_of_damage(generation, hashed_most=0) == ()


def test_sizes_are_always_looked_at(generation: Path) -> None:
    path = generation / "seg-000001" / "words" / "places.bin"
    n = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    assert Manifest.load(generation).signs_of_damage(generation, hashed_most=0) == (
        f"gen-000001/places.bin has {n - 1} bytes and should have {n}",
    )
