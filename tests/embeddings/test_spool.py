from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from embeddings.errors import StoreError
from embeddings.spool import Spool
from embeddings.types import Document

ROOT = Path(__file__).parents[2]
ODD = Document.of("A ferry\r\n\ud83d\ude00 \udc80 🚢 渡轮", "odd.txt", "Títle", (0, 3, 3))
PLAIN = Document.of("A gull.", "plain.txt", "Plain")


def test_what_is_put_in_comes_out_the_same_by_its_path(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        for document in (ODD, PLAIN):
            spool.put(document)
        assert dict(spool) == {"odd.txt": ODD, "plain.txt": PLAIN}
        assert ("odd.txt" in spool, "other.txt" in spool, spool.get("other.txt"), len(spool)) == (True, False, None, 2)


def test_a_later_document_takes_the_place_of_one_of_the_same_path(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        later = Document.of("Another gull.", PLAIN.path, "Later")
        for document in (PLAIN, ODD, later):
            spool.put(document)
        assert spool[PLAIN.path] == later
        assert len(spool) == 2


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.put(PLAIN)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written to: No such file or directory"):
        Spool(tmp_path / "gone")


@pytest.mark.skipif(sys.platform == "win32", reason="limits what a process writes by POSIX means")
def test_of_a_disk_that_is_full_the_store_is_told_and_nothing_else(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from embeddings.spool import Spool; from embeddings.types import Document; "
        "from embeddings.errors import StoreError; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "try:\n"
        "    with Spool(Path(sys.argv[1])) as spool:\n"
        "        for n in range(40):\n"
        "            spool.put(Document.of(f'{n} ' + 'A gull. ' * 500, f'{n}.txt', 'A'))\n"
        "except StoreError as error:\n"
        "    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == (
        f"the store {tmp_path} could not be written: File too large; what it held before is still there; make room on "
        "the disk and try again\n"
    )
    assert ran.stderr == ""
