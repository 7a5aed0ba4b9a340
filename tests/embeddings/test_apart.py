"""Work that a process of its own does: its end, its errors, and what it must not be able to disturb."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embeddings.apart import ApartError, command, run_apart
from tests.processes import wait_for_end

ROOT = Path(__file__).parents[2]


def write(text: str, path: str) -> None:
    print("a line that nobody reads")
    os.write(1, b"another one\n")
    Path(path).write_text(f"{text}\n{os.getpid()}\n{sys.path}", encoding="utf-8")


def disk_full(_text: str) -> None:
    raise OSError(28, "No space left on device")


def lack_a_library(text: str) -> None:
    raise ImportError(text)


def lack_a_file_of_a_library(text: str) -> None:
    raise OSError(text)  # as ctypes does, without a number


def interrupt_and_write(path: str) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    Path(path).write_text("written", encoding="utf-8")


def refuse(text: str) -> None:
    raise ValueError(f"Exception from src/somewhere.cpp:31:\n\n  {text}\n")


def say_nothing() -> None:
    raise ValueError


def end_early() -> None:
    os._exit(0)


def wait(path: str) -> None:
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)


def test_the_work_is_done_elsewhere_and_nothing_is_printed_here(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run_apart(__name__, "write", "some 'text' of \"two\"\nlines", str(tmp_path / "written"))
    *text, process, path = (tmp_path / "written").read_text(encoding="utf-8").split("\n")
    assert text == ["some 'text' of \"two\"", "lines"]
    assert int(process) != os.getpid()
    assert path == str(sys.path)
    assert capfd.readouterr() == ("", "")


def test_what_the_disk_does_not_take_is_an_os_error() -> None:
    with pytest.raises(OSError, match=r"No space left on device$"):
        run_apart(__name__, "disk_full", "a text")


def test_a_library_that_is_missing_is_no_matter_of_the_disk() -> None:
    with pytest.raises(ImportError, match=r"^libtorch_cpu\.so: cannot open shared object file$"):
        run_apart(__name__, "lack_a_library", "libtorch_cpu.so: cannot open shared object file")
    with pytest.raises(ApartError, match=r"^libcudart\.so\.12: cannot open shared object file$"):
        run_apart(__name__, "lack_a_file_of_a_library", "libcudart.so.12: cannot open shared object file")


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal by POSIX means")
def test_ctrl_c_is_left_to_the_program_that_waits(tmp_path: Path) -> None:
    run_apart(__name__, "interrupt_and_write", str(tmp_path / "written"))
    assert (tmp_path / "written").read_text(encoding="utf-8") == "written"


def test_of_any_other_error_the_last_line_is_kept() -> None:
    with pytest.raises(ApartError, match=r"^what matters, \{braces\} and all$"):
        run_apart(__name__, "refuse", "what matters, {braces} and all")
    with pytest.raises(ApartError, match=r"^x{300}$"):
        run_apart(__name__, "refuse", "x" * 400)


def test_an_error_without_a_word_is_told_by_its_kind() -> None:
    with pytest.raises(ApartError, match=r"^ValueError$"):
        run_apart(__name__, "say_nothing")


def test_a_process_that_ends_without_a_word_has_not_done_its_work() -> None:
    with pytest.raises(ApartError, match=r"^its process ended, perhaps for want of memory$"):
        run_apart(__name__, "end_early")


def test_a_process_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ApartError, match=r"^its process could not be started: No such file or directory$"):
        run_apart(__name__, "end_early")


@pytest.mark.skipif(sys.platform == "win32", reason="asks for the process by POSIX means")
def test_it_ends_with_the_process_that_waits_for_it(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    waiting = command("embeddings.apart", "run_apart", __name__, "wait", str(begun))
    with subprocess.Popen(waiting, cwd=ROOT) as program:
        while not (begun.exists() and begun.read_text(encoding="utf-8")):
            assert program.poll() is None
            time.sleep(0.02)
        program.kill()
    wait_for_end(int(begun.read_text(encoding="utf-8")))
