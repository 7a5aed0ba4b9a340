"""The command line: arguments in, an exit code out. What reads the environment and what ends the program.

0: done. 1: could not do it, said in one sentence on standard error. 2: wrong usage. 3: a figure of evaluate fell
against its baseline. 130: interrupted.
Standard output carries results alone. Nothing heavy is imported before a command runs.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from embeddings.errors import EmbeddingsError
from qa.errors import QaError
from qa.options import PROGRAM, build_parser, check_options, find_argument, settings_of

if TYPE_CHECKING:
    from qa.call import Openers

DONE, FAILED, INTERRUPTED = 0, 1, 130

QUIET = {
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}
"""Switches of the libraries, set before they are imported: no statistics to anybody, no bars but our own."""

UPLOADS_IN = "GRADIO_TEMP_DIR"

_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment's variables say; nothing below the entry points reads them."""

    cache: Path | None = None
    api_key: str | None = None
    hub_endpoint: str | None = None
    has_display: bool = False
    colour: bool = True
    debug: bool = False


def environment_of(variables: Mapping[str, str]) -> Environment:
    """Return what the variables say; an empty one counts as one that is not set.

    Raises QaError where the cache is to be in the home folder of somebody who has none.
    """
    cache = variables.get("ARTICLE_QA_CACHE")
    try:
        folder = Path(cache).expanduser().absolute() if cache else None
    except RuntimeError as error:
        raise QaError(
            "there is no home folder for ARTICLE_QA_CACHE={cache}; write its whole path", cache=cache
        ) from error
    return Environment(
        cache=folder,
        api_key=variables.get("OPENAI_API_KEY") or None,
        hub_endpoint=variables.get("HF_ENDPOINT") or None,
        has_display=sys.platform in {"win32", "darwin"}
        or any(variables.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")),
        colour=not variables.get("NO_COLOR"),
        debug=bool(variables.get("ARTICLE_QA_DEBUG")),
    )


def main(argv: Sequence[str] | None = None, openers: Openers | None = None) -> int:
    """Run the command line and return its exit code; wrong usage leaves by SystemExit(2), as in argparse."""
    _have_streams()
    stderr, environment = sys.stderr, Environment()  # libraries put others in its place while they load
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        environment = environment_of(os.environ)
        code = _run(argv, environment, openers)
    except SystemExit as end:
        code = _flushed(DONE, stderr, environment)
        end.code = end.code or code
        raise
    except KeyboardInterrupt as error:
        code = _fail(str(error) or "stopped", stderr, environment, INTERRUPTED)
    except BrokenPipeError:
        code = DONE  # whoever was reading has had enough
    except (QaError, EmbeddingsError) as error:
        code = _fail(str(error), stderr, environment)
    except OSError as error:
        code = _fail(_plain(error), stderr, environment)
    except ImportError as error:
        sentence = f"a library is missing or broken ({error}); in the checkout: pip install -c constraints.txt -e ."
        code = _fail(sentence, stderr, environment)
    except MemoryError:
        sentence = "there is not enough memory; take a smaller model with --model, or fewer documents"
        code = _fail(sentence, stderr, environment)
    except Exception as error:
        name = type(error).__name__
        sentence = f"stopped by a {name} that it did not expect; set ARTICLE_QA_DEBUG=1 for the traceback"
        code = _fail(sentence, stderr, environment)
    return _flushed(code, stderr, environment)


def _have_streams() -> None:
    """Have all standard streams, closed ones as empty ones; a byte that is no text becomes a mark in its place."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, io.TextIOWrapper(io.FileIO(nothing, "r" if name == "stdin" else "w"), encoding="utf-8"))
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _run(argv: Sequence[str] | None, environment: Environment, openers: Openers | None) -> int:
    parser = build_parser()
    options = parser.parse_args(argv)
    find_argument(options, parser)
    check_options(options, parser)
    settings = settings_of(options, parser)
    from qa import call as calls
    from qa import commands, measuring, upkeep
    from qa.terminal import Terminal, Visible

    if not environment.debug:
        _silence_libraries()
    call = calls.Call(
        options,
        settings,
        Terminal(sys.stdout, sys.stderr, colour=environment.colour),
        openers or calls.Openers(),
        environment.cache,
        environment.api_key,
        environment.hub_endpoint,
        environment.has_display,
    )
    command = {**commands.COMMANDS, **measuring.COMMANDS, **upkeep.COMMANDS}[options.command]
    if options.command != "serve":
        return command(call)
    told = redirect_stdout(Visible(sys.stdout)), redirect_stderr(Visible(sys.stderr))  # what libraries say of requests
    with ending_in_order(), own_folder_for_uploads(), told[0], told[1]:
        return command(call)


@contextmanager
def own_folder_for_uploads() -> Iterator[None]:
    """Have uploaded files, Gradio's copies among them, in a folder that nobody else sees and that is gone at the end.

    Gradio would take one folder for all programs and people of a machine, which the first of them owns.
    """
    import tempfile  # not for --help

    from qa.temporary import own_folder

    before = os.environ.get(UPLOADS_IN), tempfile.tempdir
    with own_folder() as folder:
        copies, own = folder / "copies", folder / "own"
        copies.mkdir()
        own.mkdir()
        os.environ[UPLOADS_IN], tempfile.tempdir = str(copies), str(own)
        try:
            yield
        finally:
            tempfile.tempdir = before[1]
            if before[0] is None:
                del os.environ[UPLOADS_IN]
            else:
                os.environ[UPLOADS_IN] = before[0]


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Have a request to end, or a terminal that closes, undo what is to be undone, as Ctrl-C does."""
    import signal
    import threading

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    before = {n: signal.signal(n, end) for n in numbers if is_main and signal.getsignal(n) is signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _silence_libraries() -> None:
    """Keep warnings and logs of libraries off standard error, where one sentence is to stand."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def _fail(sentence: str, stderr: TextIO, environment: Environment, code: int = FAILED) -> int:
    if environment.debug:
        traceback.print_exc(file=stderr)
    from qa.terminal import visible  # not for --help

    line = " ".join(visible(sentence).split())
    with suppress(OSError):
        stderr.write(f"{PROGRAM}: {line.encode('utf-8', 'replace').decode()}\n")
        stderr.flush()
    return code


def _plain(error: OSError) -> str:
    """Return what the system could not do, and what to do next."""
    what = error.strerror or str(error) or type(error).__name__
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in _FULL_DISK:
        return f"{where}{what}; make room on the disk and try again"
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return f"{where}{what}; name a place that may be read and written"
    return f"{where}{what}; check that it is there and may be read and written"


def _flushed(code: int, stderr: TextIO, environment: Environment) -> int:
    """Return the exit code once what was written is out; 1 where it cannot be and nothing else went wrong."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever was reading has had enough
        _drop(sys.stdout)
    except OSError as error:
        _drop(sys.stdout)
        code = code or _fail(_plain(error), stderr, environment)
    try:
        stderr.flush()
    except OSError:
        _drop(stderr)
    return code


def _drop(stream: TextIO) -> None:
    """Let go of a stream that cannot be written, or Python would complain once more at its end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
