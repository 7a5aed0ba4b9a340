"""The guide's examples run, and it names every option, variable and field that there is."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import embeddings.encode
import qa
from embeddings import errors as embeddings_errors
from qa import errors as qa_errors
from qa.figures import measures
from qa.options import build_parser
from tests.qa.command_line import CommandLine, SpokenEngine

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
PAGES = ("getting-started.md", "command-line.md", "evaluating.md")
REPLY = "The 2025 summit drew more than 1,600 participants."


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    text = (GUIDE / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.S | re.M)


def commands(page: str) -> list[str]:
    """Return the lines of a page that call the program."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if re.match(r"(echo .*\| )?article-qa ", line)]


def parts(line: str) -> tuple[bytes, list[str], str]:
    """Return what a line puts into standard input, the arguments, and the file that takes the output."""
    before, _, call = line.rpartition("| ")
    call, _, out = call.partition(" > ")
    typed = shlex.split(before)[1] if before else ""
    return typed.encode(), shlex.split(call)[1:], out.strip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has the project's articles and questions."""
    for name in ("articles", "questions"):
        shutil.copytree(ROOT / "docs" / name, tmp_path / "docs" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "cache", engine=SpokenEngine([REPLY]))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_guide_is_right_usage(page: str) -> None:
    lines = commands(page)
    assert len(lines) >= 3
    for line in lines:
        build_parser().parse_args(parts(line)[1])


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_guide_runs(command: CommandLine, folder: Path, page: str) -> None:
    for line in commands(page):
        typed, arguments, out = parts(line)
        if arguments[:2] == ["models", "pull"]:
            continue  # fetches weights; tests/qa/test_bad_input.py runs it against servers of its own
        anywhere = ["--port", "0"] if arguments[0] == "serve" else []  # another page may be open on this machine
        ran = command.run(*arguments, *anywhere, stdin=typed)
        # The weights are not in this test's cache, which doctor calls missing.
        assert ran.code == (1 if arguments[0] == "doctor" else 0), (line, ran.err)
        if out:
            (folder / out).write_text(ran.out, encoding="utf-8")


def test_verify_prints_what_the_guide_shows(command: CommandLine, folder: Path) -> None:
    command.run(*shlex.split("evaluate docs/questions/wuzhen-summit.jsonl --docs docs/articles --out r.json --limit 1"))
    ran = command.run("verify", "r.json", "--docs", "docs/articles")
    assert f"    {ran.out}" in (GUIDE / "command-line.md").read_text(encoding="utf-8")


def test_guide_installs_as_the_readme_does() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (first, *_) = blocks("getting-started.md", "sh")
    assert first in readme


def subparsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Return the parser and all those of its commands."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    found = [parser]
    for action in nested:
        for choice in action.choices.values():
            found.extend(subparsers(choice))
    return found


def test_guide_names_every_option() -> None:
    text = (GUIDE / "command-line.md").read_text(encoding="utf-8")
    options = {
        option
        for parser in subparsers(build_parser())
        for action in parser._actions
        for option in action.option_strings
    }
    assert {option for option in options - {"-h"} if not re.search(rf"`[^`\n]*{option}\b", text)} == set()


def test_guide_names_every_variable_that_is_read() -> None:
    source = (ROOT / "qa" / "cli.py").read_text(encoding="utf-8")
    names = set(re.findall(r'variables\.get\("(\w+)"\)', source))
    assert names == {"ARTICLE_QA_CACHE", "ARTICLE_QA_DEBUG", "HF_ENDPOINT", "NO_COLOR", "OPENAI_API_KEY"}
    text = (GUIDE / "command-line.md").read_text(encoding="utf-8")
    assert {name for name in names if f"| `{name}` |" not in text} == set()


def fields_of(value: Any) -> set[str]:
    """Return the names of all fields of JSON objects; those of measurements, which are data, left out."""
    if isinstance(value, list):
        return {name for item in value for name in fields_of(item)}
    if not isinstance(value, dict):
        return set()
    inner = {name: item for name, item in value.items() if name != "signals"}
    return set(value) | {name for item in inner.values() for name in fields_of(item)}


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("index", "index docs/articles --json"),
        ("search", "search 'Which models led the wave?' --docs docs/articles --json"),
        ("ask", "ask 'How many participants came in 2025?' --docs docs/articles --json"),
        ("models", "models --json"),
        ("doctor", "doctor --json"),
    ],
)
def test_guide_names_every_field_of_the_json(command: CommandLine, folder: Path, section: str, line: str) -> None:
    fields = fields_of(json.loads(command.run(*shlex.split(line)).out))
    text = (GUIDE / "command-line.md").read_text(encoding="utf-8")
    (described,) = re.findall(rf"^## {section}\n(.*?)^## ", text, flags=re.S | re.M)
    assert {name for name in fields if not re.search(rf'[`"]{name}[`"]', described)} == set()


def test_guide_explains_every_figure() -> None:
    text = (GUIDE / "evaluating.md").read_text(encoding="utf-8")
    names = {name for measure in measures([]) for name in measure.path}
    assert {"hit@10", "risk_coverage_area", "total_s", "p95"} <= names
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_guide_names_every_error() -> None:
    text = (GUIDE / "python.md").read_text(encoding="utf-8")
    names = {
        name
        for module in (qa_errors, embeddings_errors)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert len(names) > 10
    assert {name for name in names if not re.search(rf"`[\w.]*{name}`", text)} == set()


def test_python_examples_run(command: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_answerer(**given: Any) -> qa.Answerer:
        defaults = {"store": None, "model": None, "with_engine": True, "settings": None, "opened": None}
        return command._answerer(**{**defaults, "cache": command.cache, "progress": None, **given})

    monkeypatch.setattr(qa, "open_answerer", open_answerer)
    monkeypatch.setattr(embeddings.encode, "open_encoder", lambda _name: command.encoder)
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with redirect_stdout(printed):
        for block in blocks("python.md", "python"):
            exec(compile(block, "docs/guide/python.md", "exec"), names)
    lines = printed.getvalue().splitlines()
    assert lines[0] == f"answered {REPLY}"
    assert lines[1] == f"supported (1,) {REPLY}"
    assert lines[2].startswith("1 wuzhen-summit-opinion.md 724 810 The 2025 summit drew more than 1,600 participants")
    assert "('wuzhen-summit-opinion.md',) () " in printed.getvalue()
    assert lines[-1] == "the question is empty; ask something about the documents"


@pytest.mark.model
def test_python_examples_run_with_real_weights(folder: Path) -> None:
    script = "\n".join(blocks("python.md", "python"))
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stderr
    first, *_, last = ran.stdout.splitlines()
    assert first.startswith("answered ")
    assert "1,600" in first
    assert last == "the question is empty; ask something about the documents"
