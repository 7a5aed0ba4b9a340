"""Who is who: the sessions of the people that have the page open, each found by the id that its tab sends.

A tab that closes stops its answer at once. Its session goes a little later, so that a tab that lost its
connection finds its conversation again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from qa.ui.session import Session

if TYPE_CHECKING:
    from qa.answer import Answerer

GRACE_S = 300.0
MOST_SESSIONS = 500
"""More than these are not kept; the one that was used least recently goes first."""


class Sessions:
    """The sessions by id. Safe for threads."""

    def __init__(self, answerer: Answerer, grace_s: float = GRACE_S, most: int = MOST_SESSIONS) -> None:
        self._answerer = answerer
        self._grace_s = grace_s
        self._most = most
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._leaving: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def of(self, session_id: str) -> Session:
        """Return the session with this id, a new one where there is none."""
        with self._lock:
            if timer := self._leaving.pop(session_id, None):
                timer.cancel()
            session = self._sessions.setdefault(session_id, Session(self._answerer))
            self._sessions.move_to_end(session_id)
            oldest = [] if len(self._sessions) <= self._most else [self._sessions.popitem(last=False)[1]]
        for other in oldest:
            other.close()
        return session

    def leave(self, session_id: str) -> None:
        """Stop what the session is writing and let it go after the time of grace."""
        with self._lock:
            session = self._sessions.get(session_id)
            if session is None:
                return
            session.stop()
            timer = threading.Timer(self._grace_s, self._drop, [session_id])
            timer.daemon = True
            self._leaving[session_id] = timer
            timer.start()

    def close(self) -> None:
        """Let all sessions go."""
        for session_id in list(self._sessions):
            self._drop(session_id)

    def _drop(self, session_id: str) -> None:
        with self._lock:
            if timer := self._leaving.pop(session_id, None):
                timer.cancel()
            session = self._sessions.pop(session_id, None)
        if session is not None:
            session.close()
