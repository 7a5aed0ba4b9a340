"""Memory that a mapped file takes, given back: the file reads as before."""

import mmap
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa.generate.mapped import release_mapped

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is nothing to do")
SIZE = 64 * mmap.PAGESIZE


@contextmanager
def mapped(path: Path, access: int) -> Iterator[mmap.mmap]:
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=access) as there:
        yield there


def resident_kb(path: Path) -> int:
    """Return how much of the mapped file is in this process's memory."""
    lines = Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.endswith(str(path)))
    return int(next(line for line in lines[at:] if line.startswith("Rss:")).split()[1])


def test_what_is_mapped_for_reading_is_released_and_reads_as_before(tmp_path: Path) -> None:
    path = tmp_path / "weights of a model.bin"
    path.write_bytes(bytes(range(256)) * (SIZE // 256))
    with mapped(path, mmap.ACCESS_READ) as there:
        assert there[:] == path.read_bytes()
        assert resident_kb(path) == SIZE // 1024
        assert release_mapped(tmp_path) == SIZE
        assert resident_kb(path) == 0
        assert there[:] == path.read_bytes()


def test_what_can_be_written_to_and_other_folders_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    path = tmp_path / "changed.bin"
    path.write_bytes(bytes(SIZE))
    with mapped(path, mmap.ACCESS_COPY) as there:
        there[:4] = b"mine"
        assert release_mapped(tmp_path) == release_mapped(tmp_path / "other") == 0
        assert there[:4] == b"mine"
