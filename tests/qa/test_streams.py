"""What comes of standard streams in another encoding, and of those that nobody reads or that take no more."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa.terminal import Terminal
from tests.qa.command_line import BRIDGE
from tests.qa.test_cli import question_file

ROOT = Path(__file__).parents[2]
QUESTION = "When did the old café bridge open?"
FAKE = (
    "import sys\nfrom pathlib import Path\nfrom qa.call import Openers\nfrom qa.cli import main\n"
    "from tests.qa.command_line import CommandLine\nc = CommandLine(Path('unused'))\n"
    "sys.exit(main(sys.argv[1:], Openers(c._answerer, c._encoder, c._serve, c._engine, c._weights)))"
)
FULL = Path("/dev/full")
NO_ROOM = b"article-qa: No space left on device; make room on the disk and try again\n"
has_full_disk = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@dataclass(frozen=True)
class Shell:
    """Runs the command line in a process of its own, with an engine and an encoder that need no weights."""

    folder: Path

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    def run(
        self,
        *arguments: str | Path,
        stdin: bytes = b"",
        out: int = subprocess.PIPE,
        err: int = subprocess.PIPE,
        encoding: str = "utf-8",
        buffered: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", FAKE, *arguments],
            cwd=ROOT,
            input=stdin,
            stdout=out,
            stderr=err,
            check=False,
            env={
                **os.environ,
                "ARTICLE_QA_CACHE": str(self.folder / "cache"),
                "PYTHONIOENCODING": encoding,
                "PYTHONUNBUFFERED": "" if buffered else "1",
            },
        )

    def wrong(self, n_answers: int = 1) -> Path:
        """Return a file of saved answers whose quotes do not stand where they should."""
        answer = json.loads(self.run("ask", QUESTION, "--docs", self.docs, "--json").stdout)
        (citation,) = answer["citations"]
        citation["start"], citation["end"] = citation["start"] + 1, citation["end"] + 1
        file = self.folder / "wrong.json"
        file.write_text(json.dumps([answer] * n_answers), encoding="utf-8")
        return file


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bridge.txt").write_text(f"{BRIDGE} The café is older.", encoding="utf-8")
    return Shell(tmp_path)


@contextmanager
def unread() -> Iterator[int]:
    """Give the end for writing of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


# --- Encodings


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_what_json_writes_can_be_read_whatever_the_encoding_of_the_stream(shell: Shell, encoding: str) -> None:
    ran = shell.run("ask", QUESTION, "--docs", shell.docs, "--json", encoding=encoding)
    saved = shell.folder / "answer.json"
    saved.write_bytes(ran.stdout)
    checked = shell.run("verify", saved, "--docs", shell.docs)
    assert (checked.returncode, checked.stderr) == (0, b"")
    assert json.loads(ran.stdout.decode(encoding))["question"] == QUESTION


def test_json_is_ascii_where_the_stream_is_not_utf_8() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    for value in ("é\x7f\n", "🌉"):
        Terminal(stream, stream).json(value)
    stream.flush()
    assert stream.buffer.getvalue() == b'"\\u00e9\\u007f\\n"\n"\\ud83c\\udf09"\n'


@pytest.mark.parametrize(
    ("stdin", "encoding"),
    [
        (QUESTION.encode("latin-1"), "latin-1"),
        (QUESTION.encode("utf-8"), "latin-1"),
        (QUESTION.encode("utf-8-sig"), "utf-8"),
        (QUESTION.encode("utf-16"), "utf-8"),
    ],
)
def test_a_question_is_read_in_the_encoding_that_it_is_in(shell: Shell, stdin: bytes, encoding: str) -> None:
    ran = shell.run("ask", "-", "--docs", shell.docs, "--json", stdin=stdin, encoding=encoding)
    assert json.loads(ran.stdout)["question"] == QUESTION


# --- Streams that nobody reads


def test_a_command_whose_results_nobody_reads_ends_with_its_own_code_and_sentence(shell: Shell) -> None:
    wrong = shell.wrong(n_answers=100)  # more than the streams hold back
    with unread() as out:
        ran = shell.run("verify", wrong, "--docs", shell.docs, out=out)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"article-qa: {wrong}: answer 1 [1]: the quote does not stand at 1".encode())
    assert ran.stderr.endswith(b" (and 99 more)\n")
    assert ran.stderr.count(b"\n") == 1


def test_an_evaluation_whose_table_nobody_reads_still_writes_its_report(shell: Shell) -> None:
    record, page = shell.folder / "record.json", shell.folder / "page.html"
    arguments = ("--docs", shell.docs, "--out", record, "--report", page)
    with unread() as out:
        ran = shell.run("evaluate", question_file(shell.folder), *arguments, out=out, buffered=False)
    assert (ran.returncode, page.is_file()) == (0, True)
    assert ran.stderr.endswith(f"the report is in {page}\n".encode())


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["doctor"], 1)])
def test_nothing_is_said_of_results_that_nobody_reads(shell: Shell, arguments: list[str], code: int) -> None:
    with unread() as out:
        ran = shell.run(*arguments, out=out)
    assert (ran.returncode, ran.stderr.count(b"\n")) == (code, code)


def test_a_command_that_nobody_hears_ends_with_its_own_code(shell: Shell) -> None:
    wrong = shell.wrong()
    with unread() as out:
        assert shell.run("verify", wrong, "--docs", shell.docs, out=out, err=out).returncode == 1


def test_a_conversation_that_nobody_reads_ends(shell: Shell) -> None:
    with unread() as out:
        ran = shell.run("chat", "--docs", shell.docs, stdin=f"{QUESTION}\n/what\n".encode(), out=out)
    assert (ran.returncode, ran.stderr) == (0, b"")  # nobody asks for /what any more


# --- A disk that is full


@has_full_disk
@pytest.mark.parametrize(
    ("arguments", "said"), [(["--help"], NO_ROOM), (["doctor"], b"article-qa: missing: ")], ids=str
)
def test_a_full_disk_behind_standard_output_is_one_sentence(shell: Shell, arguments: list[str], said: bytes) -> None:
    with FULL.open("wb") as full:
        ran = shell.run(*arguments, out=full.fileno())
    assert (ran.returncode, ran.stderr.count(b"\n")) == (1, 1)
    assert ran.stderr.startswith(said)


# --- What is missing


@pytest.mark.parametrize("library", ["numpy", "filelock"])
def test_a_library_that_is_missing_is_named_with_what_mends_it(library: str) -> None:
    script = f"import sys\nsys.modules[{library!r}] = None\nfrom qa.cli import main\nsys.exit(main(['doctor']))"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("article-qa: a library is missing or broken (")
    assert f" {library}" in ran.stderr
    assert ran.stderr.endswith("); in the checkout: pip install -c constraints.txt -e .\n")


@pytest.mark.skipif(os.name != "posix", reason="home folders are found otherwise there")
@pytest.mark.parametrize(
    ("arguments", "cache", "said"),
    [
        (["models"], "", "there is no home folder; name one for the cache with ARTICLE_QA_CACHE"),
        (
            ["serve", "--port", "0"],
            "cache",
            "there is no home folder to keep conversations in; name a file with --conversations FILE, or keep none "
            "with --keep-nothing",
        ),
    ],
)
def test_an_account_without_a_home_folder_is_told_what_to_name(
    tmp_path: Path, arguments: list[str], cache: str, said: str
) -> None:
    script = (
        "import pwd, sys\ndef gone(number):\n    raise KeyError(number)\npwd.getpwuid = gone\n"
        "from qa.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    homes = {"HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"}
    kept = {name: value for name, value in os.environ.items() if name not in homes}
    named = {"ARTICLE_QA_CACHE": cache and str(tmp_path / cache)}
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**kept, **named},
    )
    assert (ran.returncode, ran.stderr) == (1, f"article-qa: {said}\n")
