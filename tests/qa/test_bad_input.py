"""What cannot work ends with exit code 1 and one plain line that says what to do next; nothing is lost by it."""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from embeddings.store import Store
from qa.errors import EngineError
from tests.fake_encoder import HashingEncoder
from tests.qa.command_line import BRIDGE, FERRY, CommandLine, Ran, gate

ROOT = Path(__file__).parents[2]
QUESTION = "When was the old bridge built?"
ENCRYPTED_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]/Size 4>>\n%%EOF\n"
)


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "cache")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    return folder


def sentence_of(ran: Ran, *said: str) -> str:
    """Return the one line that a failed command has said, after checking that it is one and says what it should."""
    assert ran.code == 1, ran
    assert ran.out == ""
    line = last_line(ran.err)
    assert line.startswith("article-qa: ")
    assert "Traceback" not in ran.err
    for words in said:
        assert words in line
    return line


def last_line(err: str) -> str:
    """Return the last line with its end; a slow machine shows how far it has come in lines before it."""
    assert err.endswith("\n"), err
    *progress, line = err.splitlines(keepends=True)
    assert all(re.fullmatch(r"[a-z ]+(: \d+ of \d+.*)?\n", before) for before in progress), err
    return line


# --- Paths and files


@pytest.mark.parametrize("words", [("index",), ("ask", QUESTION, "--docs"), ("search", QUESTION, "--docs")])
def test_path_that_is_not_there(command: CommandLine, tmp_path: Path, words: tuple[str, ...]) -> None:
    missing = tmp_path / "missing"
    sentence_of(command.run(*words, missing), f"there is no file or folder '{missing}'; check the path")
    assert not (command.cache / "stores").exists()


def test_store_that_is_not_there(command: CommandLine, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    sentence_of(
        command.run("ask", QUESTION, "--store", missing),
        f"there is no store in {missing}; build one with: article-qa index PATH... --store {missing}",
    )
    assert not missing.exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "it is empty"),
        ("blank.md", b" \n\t\n", "white space"),
        ("binary.txt", b"\x7fELF\x00\x00\x01", "it holds binary data, not text"),
        ("damaged.pdf", b"%PDF-1.7\nnothing of use", "damaged.pdf: "),
        ("encrypted.pdf", ENCRYPTED_PDF, "encrypted.pdf: "),
        ("damaged.docx", b"PK\x03\x04 nothing of use", "damaged.docx: "),
    ],
)
def test_file_without_text(command: CommandLine, tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    store = tmp_path / "store"
    sentence_of(command.run("index", file, "--store", store), f"nothing could be read from {file}", reason)
    sentence_of(command.run("ask", QUESTION, "--docs", file), "give files of the kinds .docx, .htm")
    assert not (store / "CURRENT").exists()


def test_empty_folder(command: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    sentence_of(command.run("index", folder), f"nothing could be read from {folder}; give files of the kinds")


def test_bad_files_are_skipped_with_their_reason_while_the_others_go_on(command: CommandLine, docs: Path) -> None:
    (docs / "a.pdf").write_bytes(b"%PDF-1.7\nnothing of use")
    (docs / "b.docx").write_bytes(b"PK\x03\x04")
    (docs / "c.txt").write_bytes(b"\x00\x01\x02")
    (docs / "d.xyz").write_bytes(b"words")
    (docs / "e.md").write_bytes(b"")
    with zipfile.ZipFile(docs / "f.docx", "w") as archive:
        archive.writestr("word/document.xml", "<not-word/>")
    done = json.loads(command.run("index", docs, "--json").out)
    assert done["added"] == ["bridge.txt"]
    reasons = {item["path"]: item["reason"] for item in done["skipped"]}
    assert sorted(reasons) == ["a.pdf", "b.docx", "c.txt", "d.xyz", "e.md", "f.docx"]
    assert all(reasons.values())
    assert reasons["c.txt"].startswith("it holds binary data, not text")
    ran = command.run("ask", QUESTION, "--docs", docs)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "The old bridge was built in 1852. [1]")
    assert len(ran.err.splitlines()) == 4
    assert all(line.startswith("skipped ") for line in ran.err.splitlines())
    assert ran.err.splitlines()[-1] == "skipped 3 more; article-qa index PATH lists them"


def test_updating_from_a_path_that_is_not_there_leaves_the_store(
    command: CommandLine, docs: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    command.run("index", docs, "--store", store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    sentence_of(command.run("index", docs, tmp_path / "missing", "--store", store), "there is no file or folder")
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


# --- Questions


@pytest.mark.parametrize("name", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "the question is empty; ask something about the documents"),
        (" \n\t", "the question is empty; ask something about the documents"),
        ("a" * 10_000, "the question has 10,000 characters and at most 2,000 are read; ask a shorter one"),
    ],
)
def test_question_that_cannot_be_asked(command: CommandLine, docs: Path, name: str, question: str, said: str) -> None:
    sentence_of(command.run(name, question, "--docs", docs), said)
    assert command.opened == []  # told before anything is loaded


def test_standard_input_without_a_question(command: CommandLine, docs: Path) -> None:
    sentence_of(command.run("ask", "-", "--docs", docs, stdin=b" \n"), "standard input holds no question")
    sentence_of(command.run("ask", "-", "--docs", docs, stdin=b"x" * 3_000_000), "at most 2,000 are read")


@pytest.mark.parametrize(
    "question",
    [
        "Wann wurde die alte Brücke gebaut?",
        "这座古老的桥是什么时候建造的？",
        "متى بُني الجسر القديم؟",
        "the of and to is it",
        "?",
        "🌉🌉",
        "\x00\x1b[31m",
        "\udcff lone",
        "e\u0301" * 900,
    ],
)
@pytest.mark.parametrize("log_odds", [-3.0, 3.0])
def test_odd_questions_are_answered_or_refused(
    command: CommandLine, docs: Path, question: str, log_odds: float
) -> None:
    command.gate = gate(log_odds, log_odds)
    ran = command.run("ask", question, "--docs", docs, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["status"] in {"answered", "not_found"}
    assert command.run("ask", question, "--docs", docs, terminal=True).code == 0


# --- Saved files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"{", "is not JSON"),
        (b'[{"role": "judge", "content": "x"}]', "'role' is 'judge'"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_history_that_cannot_be_read(
    command: CommandLine, docs: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "history.json"
    file.write_bytes(content)
    sentence_of(command.run("ask", QUESTION, "--docs", docs, "--history", file), said)
    assert command.opened == []


def test_files_that_are_not_there(command: CommandLine, docs: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    for words in (("ask", QUESTION, "--history", missing), ("verify", missing)):
        sentence_of(command.run(*words, "--docs", docs), f"{missing} cannot be read", "check the path")
    out = tmp_path / "record.json"
    sentence_of(command.run("evaluate", missing, "--docs", docs, "--out", out), str(missing))


def test_verify_of_what_is_no_answer(command: CommandLine, docs: Path, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text('{"status": "answered"}', encoding="utf-8")
    sentence_of(command.run("verify", file, "--docs", docs), "no saved answer", "'citations' is missing")


def test_question_file_with_a_broken_line(command: CommandLine, docs: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "questions.jsonl", tmp_path / "record.json"
    file.write_text('{"id": "a", "question": "Why?"}\n\n{"id": "b", "question": \n', encoding="utf-8")
    ran = command.run("evaluate", file, "--docs", docs, "--out", out)
    sentence_of(ran, f"line 3 of {file} cannot be used", "it is not JSON")
    assert not out.exists()
    assert command.opened == []


def test_record_into_a_folder_that_is_not_there(command: CommandLine, docs: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "questions.jsonl", tmp_path / "missing" / "record.json"
    file.write_text('{"id": "a", "question": "Why?"}\n', encoding="utf-8")
    ran = command.run("evaluate", file, "--docs", docs, "--out", out)
    sentence_of(ran, f"there is no folder '{out.parent}' to write the record into; make it first")
    assert command.opened == []


# --- Stores


@pytest.fixture
def store(command: CommandLine, docs: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    assert command.run("index", docs, "--store", folder).code == 0
    return folder


def test_store_of_another_encoder(command: CommandLine, store: Path, docs: Path) -> None:
    command.encoder = HashingEncoder(name="other")
    for words in (("ask", QUESTION), ("index", docs)):
        sentence = sentence_of(command.run(*words, "--store", store), "hashing", "other", "--encoder hashing")
        assert str(store) in sentence


def test_store_of_another_version(command: CommandLine, store: Path) -> None:
    newer = list(store.rglob("MANIFEST.json"))
    for path in newer:
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "format_version": 99}), "utf-8")
    sentence_of(command.run("ask", QUESTION, "--store", store), "format 99", "article-qa index PATH... --store")


def test_damaged_store(command: CommandLine, store: Path) -> None:
    (vectors,) = store.rglob("vectors.bin")
    content = vectors.read_bytes()
    vectors.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    sentence_of(
        command.run("ask", QUESTION, "--store", store), f"the store {store} is damaged", "article-qa index PATH"
    )
    assert (store / "CURRENT").is_file()


def test_damaged_generation_falls_back_and_says_so(command: CommandLine, store: Path, docs: Path) -> None:
    (docs / "ferry.txt").write_text(FERRY, encoding="utf-8")
    command.run("index", docs, "--store", store)
    current = (store / "CURRENT").read_text(encoding="utf-8").strip()
    (store / current / "files.jsonl").unlink()
    ran = command.run("ask", QUESTION, "--store", store)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "The old bridge was built in 1852. [1]")
    assert ran.err.startswith("note: ") and ran.err.count("\n") == 1
    assert "files.jsonl is missing" in ran.err


def test_damaged_store_of_the_cache_is_built_anew(command: CommandLine, docs: Path) -> None:
    folder = Path(json.loads(command.run("index", docs, "--json").out)["store"])
    for path in folder.rglob("passages.bin"):
        path.write_text("x", encoding="ascii")
    ran = command.run("ask", QUESTION, "--docs", docs)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "The old bridge was built in 1852. [1]")


# --- Disks


@contextlib.contextmanager
def small_disk(folder: Path, n_kilobytes: int, *, is_writable: bool = True) -> Iterator[Path]:
    """Mount a disk of its own of so many kilobytes, or skip the test where this user may not."""
    folder.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    options = f"size={n_kilobytes}k" + ("" if is_writable else ",ro")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this system does not let even root mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # an opened store keeps its files open


def test_full_disk_leaves_the_store_as_it_was(command: CommandLine, docs: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        store = disk / "store"
        assert command.run("index", docs, "--store", store).code == 0
        (docs / "long.txt").write_text("Many words stand here, and here are more. " * 20_000, encoding="utf-8")
        sentence_of(command.run("index", docs, "--store", store), f"the store {store}", "No space left on device")
        opened = Store.open(store)
        assert [document.path for document in opened.documents.values()] == ["bridge.txt"]
        assert opened.warnings == ()
        (docs / "long.txt").unlink()
        assert command.run("ask", QUESTION, "--store", store).code == 0


def test_read_only_disk(command: CommandLine, docs: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64, is_writable=False) as disk:
        sentence_of(command.run("index", docs, "--store", disk / "store"), "Read-only file system")
        command.cache = disk / "cache"
        sentence_of(command.run("ask", QUESTION, "--docs", docs), "Read-only file system")
        command.cache = tmp_path / "cache"
        questions = tmp_path / "questions.jsonl"
        questions.write_text('{"id": "a", "question": "Why?"}\n', encoding="utf-8")
        ran = command.run("evaluate", questions, "--docs", docs, "--out", disk / "record.json")
        sentence_of(ran, "Read-only file system")
        chat = command.run("chat", "--docs", docs, stdin=f"{QUESTION}\n/save {disk / 'saved.json'}\n".encode())
        assert (chat.code, chat.err) == (0, f"{disk / 'saved.json'} could not be written: Read-only file system\n")


def limited(n_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def test_file_that_may_not_grow_is_a_full_disk_for_every_user(docs: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.qa.command_line import CommandLine\n"
        "ran = CommandLine(Path(sys.argv[1])).run('index', sys.argv[2], '--store', sys.argv[3])\n"
        "print(ran.err, end='')\nsys.exit(ran.code)"
    )
    (docs / "long.txt").write_text("Many words stand here, and here are more. " * 20_000, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "cache", docs, store],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=partial(limited, 100_000),
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert last_line(ran.stdout).startswith(f"article-qa: the store {store} could not be written: File too large")
    assert list(store.glob("gen-*")) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_disk_behind_standard_output() -> None:
    script = "import sys; from qa.cli import main; sys.exit(main(['models']))"
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (ran.returncode, ran.stderr) == (
        1,
        "article-qa: No space left on device; make room on the disk and try again\n",
    )


# --- Weights and the network


def run_real(*arguments: str, cache: Path, **env: str) -> Ran:
    """Run the command line in a process of its own, with the real parts and a registry that is not there."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    ran = subprocess.run(
        [sys.executable, "-m", "qa.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={
            **os.environ,
            "ARTICLE_QA_CACHE": str(cache),
            "HF_ENDPOINT": nowhere,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": f"{nowhere}/simple",
            "PIP_EXTRA_INDEX_URL": "",
            **env,
        },
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_no_network(tmp_path: Path) -> None:
    ran = run_real("models", "pull", "smollm2-135m", cache=tmp_path)
    sentence_of(ran, "the weights of smollm2-135m could not be fetched", "check the network and try again")


def test_fetching_switched_off(tmp_path: Path) -> None:
    ran = run_real("ask", QUESTION, "--offline", cache=tmp_path)
    sentence_of(ran, "all-minilm-l6-v2", "fetch them once with: article-qa models pull all-minilm-l6-v2")


class LyingHub(http.server.BaseHTTPRequestHandler):
    """Has every file that it is asked for, always the same few bytes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"GGUF")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def served(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_weights_with_a_wrong_hash(tmp_path: Path) -> None:
    with served(LyingHub) as address:
        ran = run_real("models", "pull", "smollm2-135m", cache=tmp_path, HF_ENDPOINT=address)
    sentence_of(ran, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", "SHA-256")
    assert "NAME" in run_real("models", cache=tmp_path).out
    assert list(tmp_path.rglob("*.gguf")) == []


def test_weights_that_have_changed_on_the_disk(command: CommandLine) -> None:
    folder = command.cache / "models" / "smollm2-135m-b179c9523d0e"
    folder.mkdir(parents=True)
    ran = command.run("models", "verify")
    sentence_of(
        ran, "the weights of smollm2-135m are not as pinned", "is missing", "article-qa models pull smollm2-135m"
    )
    assert str(folder) in ran.err


def test_model_that_is_not_known(command: CommandLine) -> None:
    sentence_of(
        command.run("models", "pull", "gpt-9"), "there is no model named 'gpt-9'; there are: qwen2.5-coder-1.5b"
    )


# --- Ports and servers


def test_busy_port(command: CommandLine, docs: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = command.run("serve", "--docs", docs, "--port", str(port))
    sentence_of(ran, f"port {port} of 127.0.0.1 cannot be used (Address already in use); give another with --port")
    assert command.opened == []


def test_host_that_is_not_there(command: CommandLine, docs: Path) -> None:
    sentence_of(command.run("serve", "--docs", docs, "--host", "no.such.host.invalid"), "give another with --host")


def test_unreachable_server(command: CommandLine, docs: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1"
    sentence_of(command.run("ask", QUESTION, "--docs", docs, "--model", address), address)


class Liar(http.server.BaseHTTPRequestHandler):
    """Answers every request as a server that is nothing like what it should be."""

    status, content_type, body = 200, "text/html", b"<html>Welcome!</html>"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.content_type)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Garbled(Liar):
    content_type, body = "text/event-stream", b"data: {\n\ndata: [1, 2]\n\n"


class Broken(Liar):
    status, content_type, body = 500, "application/json", b'{"error": {"message": "out of memory"}}'


class Locked(Liar):
    status, content_type, body = 401, "application/json", b'{"error": "no key"}'


@pytest.mark.parametrize("handler", [Liar, Garbled, Broken, Locked])
def test_lying_server(command: CommandLine, docs: Path, handler: type[Liar]) -> None:
    with served(handler) as address:
        ran = command.run("ask", QUESTION, "--docs", docs, "--model", f"{address}/v1#some-model")
    sentence_of(ran, address)


def test_chat_goes_on_where_the_server_is_gone(command: CommandLine, docs: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1#some-model"
    ran = command.run("chat", "--docs", docs, "--model", address, stdin=f"{QUESTION}\n{QUESTION}\n".encode())
    sentence = (
        f"the server {address.partition('#')[0]} cannot be reached; check the address, and that the server runs\n"
    )
    assert (ran.code, ran.out, ran.err) == (0, "", sentence * 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("index", ""),
        ("search", QUESTION, "--docs", ""),
        ("search", QUESTION, "--store", ""),
        ("ask", QUESTION, "--docs", ""),
    ],
)
def test_an_empty_name_is_wrong_usage_and_not_this_folder(command: CommandLine, arguments: tuple[str, ...]) -> None:
    ran = command.run(*arguments)
    assert (ran.code, ran.out, command.opened) == (2, "", [])
    assert "is empty; name a file or a folder" in ran.err


def test_a_long_question_behind_the_documents_is_a_question(command: CommandLine, docs: Path) -> None:
    ran = command.run("search", "--docs", docs, "When was the old bridge built? " * 20)
    assert ran.code == 0
    assert "1852" in ran.out


def test_a_byte_that_is_no_text_does_not_end_a_conversation(command: CommandLine, docs: Path) -> None:
    ran = command.run("chat", "--docs", docs, stdin=b"When was the br\xffdge built?\nWhen was the bridge built?\n")
    assert ran.code == 0
    assert ran.out.count("The old bridge was built in 1852.") >= 2


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell here")
@pytest.mark.parametrize("closed", ["2>&-", "<&-", ">&- 2>&-"])
def test_closed_streams_are_as_good_as_empty_ones(tmp_path: Path, closed: str) -> None:
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    line = f'"$0" -m qa.cli verify a.json --docs a.json {closed}; echo $? > code'
    ran = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "ARTICLE_QA_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert (tmp_path / "code").read_text(encoding="ascii") == "1\n"
    assert b"did not expect" not in ran.stderr


def test_verify_says_that_a_store_is_damaged_and_which_generation_it_reads(command: CommandLine, docs: Path) -> None:
    store = docs.parent / "store"
    assert command.run("index", docs, "--store", store).code == 0
    said = command.run("ask", QUESTION, "--store", store, "--json").out
    (docs.parent / "said.json").write_text(said, encoding="utf-8")
    (docs / "ferry.txt").write_text(FERRY, encoding="utf-8")
    assert command.run("index", docs, "--store", store).code == 0
    newest = max(store.glob("gen-*"))
    (newest / "MANIFEST.json").write_text("{", encoding="utf-8")
    ran = command.run("verify", docs.parent / "said.json", "--store", store)
    assert ran.code == 0
    assert newest.name in ran.err


def test_where_no_question_could_be_asked_the_reason_is_said_and_an_earlier_record_stays(
    command: CommandLine, docs: Path
) -> None:
    questions, out = docs.parent / "q.jsonl", docs.parent / "record.json"
    questions.write_text(json.dumps({"id": "a", "question": QUESTION}) + "\n", encoding="utf-8")
    assert command.run("evaluate", questions, "--docs", docs, "--out", out).code == 0
    before = out.read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = command.run("evaluate", questions, "--docs", docs, "--out", out, "--model", f"http://127.0.0.1:{port}/v1#m")
    sentence_of(ran, "none of the questions could be asked")
    assert out.read_bytes() == before


def test_what_went_wrong_is_said_though_a_library_has_standard_error_elsewhere_meanwhile(
    command: CommandLine, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_options: object) -> None:
        sys.stderr = io.StringIO()  # as redirect_stderr of another thread does
        raise EngineError("the model does not load")

    monkeypatch.setattr(command, "_answerer", fail)
    ran = command.run("ask", QUESTION, "--docs", docs)
    assert (ran.code, ran.err) == (1, "article-qa: the model does not load\n")
    ran = command.run("ask", QUESTION, "--docs", docs, env={"ARTICLE_QA_DEBUG": "1"})
    assert ran.err.startswith("Traceback ")
    assert ran.err.endswith("\narticle-qa: the model does not load\n")


def test_a_cache_in_a_home_folder_that_is_none_is_told(command: CommandLine) -> None:
    ran = command.run("models", env={"ARTICLE_QA_CACHE": "~nosuch/c"})
    sentence_of(ran, "there is no home folder for ARTICLE_QA_CACHE=~nosuch/c; write its whole path")
    assert ran.err.count("\n") == 1
