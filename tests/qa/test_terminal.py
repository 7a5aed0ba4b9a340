"""What is written to a terminal."""

from __future__ import annotations

import io

from qa.terminal import Visible


def test_what_libraries_say_of_a_request_gives_a_terminal_no_orders() -> None:
    under = io.StringIO()
    stream = Visible(under)
    print("cannot move \x1b]0;owned\x07 to\nthe cache", file=stream)
    assert under.getvalue() == "cannot move \ufffd]0;owned\ufffd to\nthe cache\n"
    assert not stream.isatty()
