"""Arguments in, options and settings out. Standard library only, so that help comes up at once."""

from __future__ import annotations

import argparse
import ipaddress
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from qa.errors import SettingsError
from qa.settings import Settings, Strictness

PROGRAM = "article-qa"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        PROGRAM,
        description="Ask your documents; each sentence of an answer points to the words behind it.",
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(dest="command", required=True, title="commands")
    _add_index(commands)
    _add_questions(commands)
    _add_evaluate(commands)
    _add_proposals(commands)
    _add_verify(commands)
    _add_models(commands)
    doctor = commands.add_parser("doctor", help="what this machine has, what is missing, and what mends it")
    doctor.add_argument("--full", action="store_true", help="read every byte of the weights and import the libraries")
    _add_json(doctor)
    return parser


class _Version(argparse.Action):
    """Print the installed version; looked up only when asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help="print the version and leave")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print it."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version(PROGRAM)
        except PackageNotFoundError:
            found = "(not installed)"
        print(PROGRAM, found)
        parser.exit()


Commands = Any
"""What argparse's add_subparsers returns; its type has no public name."""


def _add_index(commands: Commands) -> None:
    index = commands.add_parser("index", help="build or update a store from files and folders")
    index.add_argument("paths", nargs="+", metavar="PATH", help="files and folders; - is standard input")
    index.add_argument("--store", metavar="DIR", help="the store's folder; without it, the store that --docs uses")
    index.add_argument("--keep", action="store_true", help="keep documents whose files are gone")
    index.add_argument("--passage-tokens", type=_count, metavar="N", help="the longest passage, in tokens (200)")
    index.add_argument("--overlap-sentences", type=_count_from_0, metavar="N", help="sentences in two passages (1)")
    _add_encoder(index)
    _add_json(index)


def _add_questions(commands: Commands) -> None:
    """Add the commands that answer questions."""
    search = commands.add_parser("search", help="show the passages that are found for a question")
    ask = commands.add_parser("ask", help="answer one question, each sentence with its source")
    chat = commands.add_parser("chat", help="hold a conversation in the terminal")
    serve = commands.add_parser("serve", help="serve the web page")
    for command in (search, ask):
        command.add_argument("question", nargs="?", metavar="QUESTION", help="- reads it from standard input")
        command.add_argument("--history", metavar="FILE", help="the conversation before: JSON or JSONL")
        _add_json(command)
    for command in (search, ask, chat, serve):
        _add_documents(command)
        _add_encoder(command)
        _add_settings(command)
    for command in (ask, chat, serve):
        _add_model(command)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1: this machine alone)")
    serve.add_argument("--port", type=_port, default=7860, metavar="N", help="the port to listen at (7860); 0: any")
    keeping = serve.add_mutually_exclusive_group()
    keeping.add_argument("--conversations", metavar="FILE", help="keep conversations in this file (SQLite)")
    keeping.add_argument("--keep-nothing", action="store_true", help="keep no conversation when the page is closed")
    serve.add_argument("--web", action="store_true", help="let people add documents by their web address")
    serve.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")


def _add_evaluate(commands: Commands) -> None:
    evaluate = commands.add_parser("evaluate", help="ask the questions of a file and measure the answers")
    evaluate.add_argument("questions", nargs="?", metavar="QUESTIONS", help="a question file (JSONL, JSON or CSV)")
    evaluate.add_argument("--out", required=True, metavar="RECORD", help="the file (JSON) to write the record into")
    evaluate.add_argument("--report", metavar="PAGE", help="also write a page (HTML) with figures, plots and cases")
    evaluate.add_argument(
        "--baseline", metavar="RECORD", help="an earlier record; exit code 3 where a figure fell against it"
    )
    evaluate.add_argument("--limit", type=_count, metavar="N", help="ask the first N questions only")
    for add in (_add_documents, _add_encoder, _add_model, _add_settings, _add_json):
        add(evaluate)


def _add_proposals(commands: Commands) -> None:
    questions = commands.add_parser("questions", help="propose questions on documents, to begin a question file with")
    questions.add_argument("docs", nargs="+", metavar="DOC", help="files and folders to ask about; - is standard input")
    questions.add_argument(
        "--out", metavar="FILE", help="the file (JSONL) to write them into; without it, they are shown"
    )
    questions.add_argument("--n", type=_count, default=12, metavar="N", help="propose at most N questions (12)")
    questions.set_defaults(store=None)
    _add_encoder(questions)
    _add_model(questions)


def _add_verify(commands: Commands) -> None:
    verify = commands.add_parser("verify", help="check that every quote still stands where it says it stands")
    verify.add_argument("answer", nargs="?", metavar="ANSWER", help="saved answers (JSON) or a record of evaluate")
    _add_documents(verify)
    _add_json(verify)


def _add_models(commands: Commands) -> None:
    models = commands.add_parser("models", help="list the weights, fetch them, check them")
    _add_json(models)
    what = models.add_subparsers(dest="models_command", title="commands")
    pull = what.add_parser("pull", help="fetch the weights of models")
    pull.add_argument("names", nargs="+", metavar="NAME")
    pull.add_argument("--offline", action="store_true", help="fetch nothing; fail where weights are not here")
    verify = what.add_parser("verify", help="check every byte of the weights that are here")
    verify.add_argument("names", nargs="*", metavar="NAME")
    what.add_parser("clean", help="remove what was prepared of weights for this machine; it is made anew when needed")
    what.choices["clean"].set_defaults(command="models clean")
    pull.set_defaults(command="models pull")
    verify.set_defaults(command="models verify")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="write the result as JSON")


def _add_documents(command: argparse.ArgumentParser) -> None:
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--docs",
        nargs="+",
        action="extend",
        metavar="PATH",
        help="files and folders to ask; indexed once, in the cache",
    )
    source.add_argument("--store", metavar="DIR", help="a store that index has built")


def _add_encoder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--encoder", default="all-minilm-l6-v2", metavar="NAME", help="an encoder of article-qa models"
    )
    command.add_argument("--offline", action="store_true", help="fetch no weights; fail where they are not here")


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", help="a name of article-qa models, a GGUF file, a folder, a Hub id, or a server's URL"
    )


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strictness", choices=get_args(Strictness), help="how sure an answer has to be (balanced)")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any setting, e.g. n_passages=8"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _count_from_0(text: str) -> int:
    return _count(text) if text != "0" else 0


def _port(text: str) -> int:
    number = _count_from_0(text)
    if number > 65535:
        raise ValueError
    return number


_count.__name__, _count_from_0.__name__, _port.__name__ = "number from 1", "number from 0", "port"


ARGUMENTS = {"search": "question", "ask": "question", "evaluate": "questions", "verify": "answer"}
"""The one argument of each command that has one."""


def check_options(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Leave by wrong usage where options do not go together, or name a place by no name: that would be this folder."""
    for name in ("store", "docs", "paths", "out", "report", "baseline", "conversations", "history"):
        given = getattr(options, name, None)
        if "" in (given if isinstance(given, list) else [given]):
            shown = "PATH" if name == "paths" else f"--{name}"
            parser.error(f"{shown} is empty; name a file or a folder (is a variable of your shell not set?)")
    if options.command == "index" and options.store is None:
        names = ("keep", "passage_tokens", "overlap_sentences")
        for name in (name for name in names if getattr(options, name) not in (None, False)):
            parser.error(f"--{name.replace('_', '-')} goes together with --store DIR")
    if getattr(options, "conversations", None) and not is_loopback(options.host):
        parser.error(
            f"--conversations goes together with a page that this machine alone can open: at {options.host}, everybody "
            "would see everybody's; leave out one of the two"
        )
    if getattr(options, "question", None) == "-" and "-" in (options.docs or ()):
        parser.error("QUESTION and --docs cannot both be read from standard input")


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(model: str | None) -> bool:
    """Return whether a model is one of a server, which may ask money for every word."""
    return bool(model) and str(model).startswith(("http://", "https://"))


def find_argument(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Find the argument where it was written behind --docs PATH..., which takes all that follows it."""
    name = ARGUMENTS.get(options.command)
    if name is None or getattr(options, name) is not None:
        return
    last = options.docs[-1] if options.docs else ""
    if len(options.docs or ()) < 2 or (name == "question" and _is_there(last)):
        parser.error(f"{options.command}: {name.upper()} is missing{'; write it before --docs' if last else ''}")
    setattr(options, name, options.docs.pop())


def _is_there(name: str) -> bool:
    """Return whether there is a file or folder of that name; a long text is the name of none."""
    try:
        return bool(name) and Path(name).exists()
    except (OSError, ValueError):
        return False


def settings_of(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Settings:
    """Return the settings that the options make; a wrong one is wrong usage."""
    changes: dict[str, Any] = {}
    for item in getattr(options, "set", ()):
        name, equals, value = item.partition("=")
        if not equals:
            parser.error(f"--set {item}: write NAME=VALUE")
        changes[name.strip()] = _value(value.strip())
    if getattr(options, "strictness", None):
        changes["strictness"] = options.strictness
    try:
        return Settings().but(changes)
    except SettingsError as error:
        parser.error(str(error))


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text
