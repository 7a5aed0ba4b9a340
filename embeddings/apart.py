"""A function's name and texts in, its work done by a process of its own: the memory that it needs is free afterwards.

The process gets this one's search path as it is, so that neither the current folder nor this file's is put on it. What
it prints is nobody's, and it ends with this one. Knows nothing of what it does.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module
from typing import TextIO

from embeddings.phrase import Phrase, PhraseError

_BEFORE = "import sys; end = 2 + int(sys.argv[1]); path = sys.argv[end:]; given = sys.argv[2:end]; sys.path[:] = path; "
"""What Python needs to know first: how many of the arguments are the function's; the others are the search path."""


_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
"""What a disk may say; a library that is missing is an OSError without a number."""

WATCH_S = 0.2


class ApartError(PhraseError):
    """The function raised something that is not to be expected, or its process ended; the message says which."""


def command(module: str, function: str, *arguments: str) -> list[str]:
    """Return the command of a process that calls the module's function with these texts."""
    start = f"{_BEFORE}from {module} import {function}; {function}(*given)"
    return [sys.executable, "-c", start, str(len(arguments)), *arguments, *sys.path]


def run_apart(module: str, function: str, *arguments: str) -> None:
    """Have a process call the module's function with these texts, and wait for its end.

    Raises OSError where the disk does not take what the function writes, ImportError where a library is missing, and
    ApartError where it raises anything else or its process ends early.
    """
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    ran = command(__name__, "_answer", module, function, *arguments)
    try:
        process = subprocess.Popen(ran, stdin=pipe, stdout=pipe, stderr=nowhere, encoding="ascii")
    except OSError as error:
        raise ApartError("its process could not be started: {why}", why=error.strerror or error) from error
    with process:  # its standard input is closed only here; it would end then
        assert process.stdout is not None
        said = process.stdout.read().splitlines()
        process.wait()
    if not said:
        raise ApartError(Phrase("its process ended, perhaps for want of memory"))
    answer = json.loads(said[-1])
    if answer["number"]:
        raise OSError(answer["number"], answer["error"])
    if answer["is_library"]:
        raise ImportError(answer["error"])
    if answer["error"]:
        raise ApartError(Phrase(answer["error"]))


def _answer(module: str, function: str, *arguments: str) -> None:
    """Call the function and print what is wrong, empty: nothing. The process ends with its standard input.

    Ctrl-C is the parent's to act on.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_input, daemon=True).start()
    out = lines_alone()
    told: dict[str, object] = {"error": "", "number": 0, "is_library": False}
    try:
        getattr(import_module(module), function)(*arguments)
    except Exception as error:  # whatever it raised is the answer
        told["error"], told["is_library"] = last_line(error), isinstance(error, ImportError)
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            told["error"], told["number"] = error.strerror or str(error), error.errno
    out.write(json.dumps(told) + "\n")
    out.flush()


def _end_with_input() -> None:
    while _is_open(0):
        time.sleep(WATCH_S)
    os._exit(1)


def _is_open(pipe: int) -> bool:
    """Return whether the other end of a pipe that nothing is written to is open.

    On Windows nothing may wait for it to be read: libraries that are loaded meanwhile would wait behind that.
    """
    if sys.platform == "win32":
        import _winapi
        import msvcrt

        try:
            _winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe), 0)
        except OSError:
            return False
        return True
    return bool(os.read(pipe, 1 << 10))  # not sys.stdin, which must not be in use when Python ends


def lines_alone() -> TextIO:
    """Return standard output for lines alone; what libraries print goes to standard error and not between them."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    return out


def last_line(error: Exception) -> str:
    """Return the last line of the message, where libraries put what matters, short enough to be shown."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
