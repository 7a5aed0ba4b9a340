"""Where the command line writes: results on standard output, progress and notes on standard error.

Colours, links and moving bars only where the stream is a terminal; elsewhere plain lines, and few of them.
Text of documents is shown without the control characters by which it could give orders to a terminal. Knows
nothing of answers.
"""

from __future__ import annotations

import codecs
import io
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from embeddings.types import Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

FIRST_LINE_S, NEXT_LINE_S = 1.0, 10.0
"""Without a terminal, work that takes longer than the first says so, and again after every such stretch."""

PACE_S = 300.0
"""On a terminal, the time left is told by the pace of so long a stretch: one question may take half a minute."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = re.compile("[\x7f-\x9f\ud800-\udfff]")
_BEYOND_ASCII = re.compile("[^\n -~]")


def visible(text: str) -> str:
    """Return the text with control and direction characters, line ends and tabs aside, shown as U+FFFD."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


class Visible(io.TextIOBase):
    """A stream onto which everything is written as `visible` gives it, for what libraries say of requests."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        """Write it, line by line where the stream under it does."""
        self._stream.write(visible(text))
        return len(text)

    def flush(self) -> None:
        """Have what was written seen."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Return that it takes no colours."""
        return False


class Terminal:
    """Standard output and standard error of one command. `colour` False: no colours on a terminal either.

    Where nobody reads one of them any more, what is still written to it is dropped and the command goes on;
    `is_read` tells it of standard output.
    """

    def __init__(self, out: TextIO, err: TextIO, *, colour: bool = True) -> None:
        self.out, self.err = out, err
        self.is_terminal = out.isatty()
        self.is_read = True
        self._colour = colour
        self._bars: _Bars | None = None

    @cached_property
    def _console(self) -> Console:
        return self._console_on(self.out)

    @cached_property
    def _error_console(self) -> Console:
        return self._console_on(self.err)

    def _console_on(self, stream: TextIO) -> Console:
        from rich.console import Console

        colour = {} if self._colour else {"no_color": True}
        return Console(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False, **colour)  # type: ignore[arg-type]

    def say(self, text: str = "", style: str = "", *, link: str = "", end: str = "\n") -> None:
        """Write a result; `style` is rich's ("bold", "dim") and, like `link`, counts on a terminal only."""
        if not self.is_terminal:
            self._write(_encodable(visible(text), self.out) + end)
            return
        from rich.text import Text

        style = f"{style} link {link}".strip() if link else style
        self._console.print(Text(_encodable(visible(text), self.out), style=style), end=end, soft_wrap=True)
        self.out.flush()

    def write_raw(self, text: str) -> None:
        """Write a result as it is: for text that every stream can hold and that gives a terminal no orders."""
        self._write(text)

    def flush(self) -> None:
        """Have the results that were written seen."""
        with self._while_read():
            self.out.flush()

    def _write(self, text: str) -> None:
        with self._while_read():
            self.out.write(text)

    @contextmanager
    def _while_read(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:  # whoever was reading has had enough
            self.is_read = False

    def note(self, text: str) -> None:
        """Write one line for people on standard error."""
        line = " ".join(_encodable(visible(text), self.err).split())
        if self._bars is not None:
            self._bars.note(line)
            return
        with suppress(BrokenPipeError):
            self.err.write(f"{line}\n")
            self.err.flush()

    def json(self, value: Any) -> None:
        """Write a value as JSON, on one line, indented on a terminal; in ASCII where the stream is not UTF-8.

        What a file holds in another encoding could not be read again.
        """
        text = json.dumps(value, ensure_ascii=False, indent=2 if self.is_terminal else None)
        is_utf8 = codecs.lookup(self.out.encoding or "utf-8").name == "utf-8"
        escaped = _UNPRINTABLE if is_utf8 else _BEYOND_ASCII
        text = escaped.sub(lambda match: json.dumps(match.group())[1:-1], text)
        self._write(f"{text}\n")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows in columns; the first row is the heading."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for number, row in enumerate(rows):
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            self.say("  ".join(cells).rstrip(), "bold" if number == 0 else "")

    @contextmanager
    def progress(self, waiting: str) -> Iterator[Progress]:
        """Give a progress callback: bars on a terminal, otherwise a plain line now and then.

        `waiting` says what goes on while nothing is reported.
        """
        if not self.err.isatty():
            lines = Lines(self.note)
            yield lines
            lines.flush()
            return
        self._bars = _Bars(self._error_console, waiting)
        try:
            with self._bars.shown:
                yield self._bars
        finally:
            self._bars = None


def _encodable(text: str, stream: TextIO) -> str:
    """Return the text with what the stream cannot write replaced."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


class Lines:
    """A progress callback that writes few plain lines: none for what is done at once.

    A message (a total of 0) is held until the work goes on or ends well, so that an error that follows it stands alone;
    one with something done (1 of 0) says what is waited for, and is written at once.
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._what, self._due = "", 0.0
        self._began, self._done_before = 0.0, 0
        self._held: list[str] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        """Take note of the progress."""
        if total <= 0:
            self._held.append(what)
        if done > 0:
            self.flush()
        if total <= 0:
            return
        now = self._clock()
        if what != self._what:
            self._what, self._due = what, now + FIRST_LINE_S
            self._began, self._done_before = now, done
        elif now >= self._due:
            self._due = now + NEXT_LINE_S
            self._write(f"{what}: {amount(what, done, total)}{self._left(now, done, total)}")

    def flush(self) -> None:
        """Write what is held."""
        for message in self._held:
            self._write(message)
        self._held.clear()

    def _left(self, now: float, done: int, total: int) -> str:
        """Return how long it will take yet, at the pace since the first report: what was done before took no time."""
        if done <= self._done_before or done >= total:
            return ""
        left_s = (now - self._began) / (done - self._done_before) * (total - done)
        return f", about {duration(left_s)} left"


class _Bars:
    """A progress callback that draws one bar, for the work at hand, and takes it away when that is done."""

    def __init__(self, console: Console, waiting: str) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.table import Column

        columns = (BarColumn(12), TextColumn("{task.fields[amount]}"), TimeRemainingColumn())
        what = TextColumn("{task.description}", table_column=Column(overflow="ellipsis", no_wrap=True, ratio=1))
        self.shown: RichProgress = Progress(
            *columns, what, console=console, transient=True, expand=True, speed_estimate_period=PACE_S
        )
        self._waiting = self.shown.add_task(waiting, total=None, amount="")
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar."""
        if total <= 0:
            self.note(what)
            return
        text = amount(what, done, total)
        if what not in self._tasks:
            for earlier in self._tasks.values():
                self.shown.update(earlier, visible=False)
            self._tasks[what] = self.shown.add_task(visible(what), total=total, amount=text)
        self.shown.update(self._tasks[what], completed=done, total=total, amount=text, visible=done < total)
        self.shown.update(self._waiting, visible=done >= total)

    def note(self, text: str) -> None:
        """Write a line above the bars."""
        self.shown.console.print(visible(text), soft_wrap=True)


def amount(what: str, done: int, total: int) -> str:
    """Return how much is done, in words; weights are counted in bytes, all else in pieces."""
    if what.startswith(("fetching", "unpacking")):
        return f"{size(done)} of {size(total)}"
    return f"{done:,} of {total:,}"


def duration(seconds: float) -> str:
    """Return a time in words: "40 s", "12 min", "2 h 5 min"."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def size(n_bytes: int) -> str:
    """Return a number of bytes in words: "91 MB", "1.1 GB"."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
