"""A conversation in the terminal: lines in, answers out, each with the turns before it.

Ctrl-C stops the answer that is being written and not the program. What went wrong with one question is said,
and the conversation goes on. Knows nothing of how answers are made.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from embeddings.errors import EmbeddingsError
from qa.answer import Answerer
from qa.errors import QaError
from qa.terminal import Terminal
from qa.transcript import Sources, show_citation, show_events
from qa.types import Answer, Turn

PROMPT = "> "
AROUND_CHARACTERS = 400
HELP = """/sources N     show citation N of the last answer in its surroundings
/clear         begin a new conversation
/save FILE     save the answers as JSON, in the form that article-qa verify checks
/quit          leave (Ctrl-D does the same); Ctrl-C stops an answer"""

ReadLine = Callable[[str], str]
"""Prompt -> the next line; raises EOFError at the end of the input."""


@dataclass(slots=True)
class Chat:
    """One conversation: the answers so far, which are also its history."""

    answerer: Answerer
    terminal: Terminal
    sources: Sources
    answers: list[Answer] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    saved_to: set[Path] = field(default_factory=set)

    def run(self, read_line: ReadLine) -> None:
        """Talk until the input ends, nobody reads the answers any more, or /quit."""
        commands = {
            "/sources": self.show_source,
            "/clear": self.clear,
            "/save": self.save,
            "/help": self.help,
        }
        while self.terminal.is_read:
            try:
                line = read_line(PROMPT if self.terminal.is_terminal else "").strip()
            except EOFError:
                return
            except KeyboardInterrupt:
                self.terminal.note("/quit or Ctrl-D leaves")
                continue
            command, _, rest = line.partition(" ")
            if command == "/quit":
                return
            if command in commands:
                commands[command](rest.strip())
            elif line.startswith("/"):
                self.terminal.note(f"there is no command {command}; /help lists them")
            elif line:
                self.ask(line)
            self.terminal.flush()  # a program that asks may wait for the answer

    def ask(self, question: str) -> None:
        """Answer one question; where that fails, say why."""
        try:
            with stopped_by_interrupt() as stop:
                events = self.answerer.stream(question, tuple(self.turns), stop=stop)
                answer = show_events(events, self.terminal, self.sources)
        except (QaError, EmbeddingsError) as error:
            self.terminal.note(str(error))
            return
        self.answers.append(answer)
        # What a refusal cites are the nearest sentences: no answer leaned on them.
        citations = answer.citations if answer.status == "answered" else ()
        self.turns += [Turn("user", question), Turn("assistant", answer.text, citations)]
        self.terminal.say()

    def show_source(self, number: str) -> None:
        """Show a citation of the last answer between the words around it."""
        citations = {str(citation.label): citation for citation in self.answers[-1].citations} if self.answers else {}
        if number not in citations:
            there = f"from 1 to {len(citations)}" if citations else "none"
            self.terminal.note(f"the last answer has no citation {number or 'without a number'}; there are: {there}")
            return
        citation = citations[number]
        before, behind = self.sources.around(citation, AROUND_CHARACTERS)
        show_citation(citation, self.terminal, self.sources)
        self.terminal.say(f"\n{before}", "dim", end="")
        self.terminal.say(citation.quote, "bold", end="")
        self.terminal.say(f"{behind}\n", "dim")

    def clear(self, _rest: str) -> None:
        """Forget the conversation."""
        self.answers.clear()
        self.turns.clear()
        self.terminal.note("a new conversation begins")

    def save(self, name: str) -> None:
        """Write the answers to a new file, or again to one that this conversation was saved to before."""
        if not name or not self.answers:
            self.terminal.note("name a file: /save FILE.json" if not name else "there is no answer to save yet")
            return
        try:
            path = Path(name).expanduser()
            _write_answers(path, [answer.to_json() for answer in self.answers], again=path.absolute() in self.saved_to)
        except FileExistsError:
            self.terminal.note(f"{path} is there already and was left as it is; name another file")
        except OSError as error:
            self.terminal.note(f"{path} could not be written: {error.strerror or error}")
        except (RuntimeError, ValueError):  # the home folder of nobody, or a character that no name has
            self.terminal.note(f"{name} cannot be the name of a file; name another file")
        else:
            self.saved_to.add(path.absolute())
            n_answers = len(self.answers)
            self.terminal.note(f"{n_answers} answer{'' if n_answers == 1 else 's'} saved to {path}")

    def help(self, _rest: str) -> None:
        """List the commands."""
        self.terminal.say(HELP)


def _write_answers(path: Path, answers: list[dict[str, Any]], *, again: bool) -> None:
    """Write one JSON list; FileExistsError where the file is there and is not to be written again."""
    if not again and path.exists():
        raise FileExistsError(path)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


@contextmanager
def stopped_by_interrupt() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C sets; a second Ctrl-C interrupts as usual."""
    stop = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def terminal_lines() -> ReadLine:
    """Return a reader of lines from standard input, with editing where the system has readline."""
    with suppress(ImportError):
        import readline  # noqa: F401  # input() uses it once it is there
    return input
