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
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
    """Return what the variables say; an empty one counts as one that is not set."""
    cache = variables.get("ARTICLE_QA_CACHE")
    return Environment(
        cache=Path(cache).expanduser().absolute() if cache else None,
        api_key=variables.get("OPENAI_API_KEY") or None,
        hub_endpoint=variables.get("HF_ENDPOINT") or None,
        has_display=sys.platform in {"win32", "darwin"}
        or any(variables.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")),
        colour=not variables.get("NO_COLOR"),
        debug=bool(variables.get("ARTICLE_QA_DEBUG")),
    )


def main(argv: Sequence[str] | None = None, openers: Openers | None = None) -> int:
    """Run the command line and return its exit code; wrong usage leaves by SystemExit(2), as in argparse."""
    environment = environment_of(os.environ)
    _have_streams()
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        code = _run(argv, environment, openers)
        sys.stdout.flush()
    except KeyboardInterrupt as error:
        code = _fail(str(error) or "stopped", environment, INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        code = DONE  # whoever was reading has had enough
    except (QaError, EmbeddingsError) as error:
        code = _fail(str(error), environment)
    except OSError as error:
        _drop_output()
        code = _fail(_plain(error), environment)
    except MemoryError:
        code = _fail("there is not enough memory; take a smaller model with --model, or fewer documents", environment)
    except Exception as error:
        name = type(error).__name__
        sentence = f"stopped by a {name} that it did not expect; set ARTICLE_QA_DEBUG=1 for the traceback"
        code = _fail(sentence, environment)
    return code


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
    from qa.terminal import Terminal

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
    with own_folder_for_uploads() if options.command == "serve" else nullcontext():
        return command(call)


@contextmanager
def own_folder_for_uploads() -> Iterator[None]:
    """Have Gradio keep its copies of uploaded files in a folder that nobody else sees and that is gone at the end.

    It would take one folder for all programs and people of a machine, which the first of them owns.
    """
    import tempfile  # not for --help

    before = os.environ.get(UPLOADS_IN)
    with tempfile.TemporaryDirectory(prefix="article-qa-", ignore_cleanup_errors=True) as folder:
        os.environ[UPLOADS_IN] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ[UPLOADS_IN]
            else:
                os.environ[UPLOADS_IN] = before


def _silence_libraries() -> None:
    """Keep warnings and logs of libraries off standard error, where one sentence is to stand."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def _fail(sentence: str, environment: Environment, code: int = FAILED) -> int:
    if environment.debug:
        traceback.print_exc()
    line = " ".join(sentence.split())
    with suppress(OSError):
        sys.stderr.write(f"{PROGRAM}: {line.encode('utf-8', 'replace').decode()}\n")
        sys.stderr.flush()
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


def _drop_output() -> None:
    """Let go of a standard output that cannot be written, or Python would complain once more at its end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
