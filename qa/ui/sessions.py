"""Who is who: the sessions of the people that have the page open, each found by the id that its tab sends.

A tab that closes stops its answer at once. Its session goes a little later, so that a tab that lost its
connection, or loads the page again, finds its conversation and its uploads.
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.conversations import Conversations
from qa.opening import Opening
from qa.ui.desk import Desk
from qa.ui.kept_store import KeptStore
from qa.ui.session import Exchange, Session

if TYPE_CHECKING:
    from qa.answer import Answerer

GRACE_S = 300.0
MOST_SESSIONS = 500
"""More than these are not kept; the one that was used least recently goes first."""


class Sessions:
    """The sessions by id, each with its desk. Safe for threads.

    Without `conversations` to keep them in, each person's are in memory and their own. `keeps_added`: documents that
    people add go into the store that everybody asks, and stay. `on_end` is called with each id whose session is gone.
    """

    def __init__(
        self,
        opening: Opening,
        grace_s: float = GRACE_S,
        most: int = MOST_SESSIONS,
        conversations: Conversations | None = None,
        keeps_added: bool = False,
    ) -> None:
        self.opening = opening
        self._grace_s = grace_s
        self._most = most
        self._conversations = conversations
        self._keeps_added = keeps_added
        self.on_end: Callable[[str], None] = _nothing
        self._kept_store: KeptStore | None = None
        self._keeping = threading.Lock()
        self._desks: OrderedDict[str, Desk] = OrderedDict()
        self._leaving: dict[str, threading.Timer] = {}
        self._closing: set[Desk] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._desks)

    def of(self, session_id: str) -> Session:
        """Return the session with this id, a new one where there is none."""
        return self.desk(session_id).session

    def desk(self, session_id: str) -> Desk:
        """Return the desk of the session with this id, a new one where there is none."""
        with self._lock:
            self._stay(session_id)
            if session_id not in self._desks:
                self._desks[session_id] = self._new()
            desk = self._desks[session_id]
            self._desks.move_to_end(session_id)
            oldest = [] if len(self._desks) <= self._most else [self._desks.popitem(last=False)]
            self._closing.update(other for _, other in oldest)
        for name, other in oldest:
            self.on_end(name)
            threading.Thread(target=self._close, args=[other], daemon=True).start()  # it may be adding: nobody waits
        return desk

    def n_waiting(self) -> int:
        """Return how many questions wait for their turn."""
        with self._lock:
            return sum(desk.session.waiting is not None for desk in self._desks.values())

    def is_answering(self) -> bool:
        """Return whether somebody's question waits or is being answered."""
        with self._lock:
            return any(desk.session.running for desk in self._desks.values())

    def n_before(self, exchange: Exchange) -> int:
        """Return how many questions wait for their turn that were asked before this one."""
        with self._lock:
            waiting = [desk.session.waiting for desk in self._desks.values()]
        return sum(other is not None and other.asked_s < exchange.asked_s for other in waiting)

    def resume(self, session_id: str, ticket: str) -> Desk | None:
        """Hand the desk with this ticket over to another id, ending what it writes; None: there is no such desk."""
        with self._lock:
            known = {secrets_equal(desk.ticket, ticket): name for name, desk in self._desks.items()}
            name = known.get(True)
            if name is None:
                return None
            self._stay(name)
            desk = self._desks.pop(name)
            before = self._desks.pop(session_id, None)
            if before is not None:
                self._closing.add(before)
            self._desks[session_id] = desk
        desk.session.cut()
        desk.session.left = False
        if name != session_id:
            self.on_end(name)
        if before is not None:
            self._close(before)
        return desk

    def _new(self) -> Desk:
        kept = self._conversations
        session = Session(self.opening, self._kept if self._keeps_added else None)
        return Desk(session, kept or Conversations.in_memory(), is_lasting=kept is not None)

    def _kept(self, answerer: Answerer) -> KeptStore:
        """Return the store that everybody's documents go into."""
        with self._keeping:
            if self._kept_store is None:
                self._kept_store = KeptStore(answerer.store, answerer.encoder)
            return self._kept_store

    def _stay(self, session_id: str) -> None:
        if timer := self._leaving.pop(session_id, None):
            timer.cancel()

    def leave(self, session_id: str) -> None:
        """Stop what the session is writing and let it go after the time of grace."""
        with self._lock:
            desk = self._desks.get(session_id)
            if desk is None:
                return
            desk.session.cut()
            timer = threading.Timer(self._grace_s, lambda: self._drop(session_id, timer))
            timer.daemon = True
            self._stay(session_id)
            self._leaving[session_id] = timer
            timer.start()

    def stop(self) -> None:
        """End what is being written and added for anybody, and what is still added for those who have gone."""
        with self._lock:
            desks, closing = list(self._desks.values()), list(self._closing)
        for desk in desks:
            desk.session.cut()
        for desk in (*desks, *closing):
            desk.session.end_adding()

    def close(self) -> None:
        """Let all sessions go, and end what they do."""
        self.stop()
        for session_id in list(self._desks):
            self._drop(session_id)
        if self._kept_store is not None:
            self._kept_store.close()

    def _drop(self, session_id: str, timer: threading.Timer | None = None) -> None:
        """Let a session go; if its time is up by `timer`, then only where its page has not come back in the moment."""
        with self._lock:
            if timer is not None and self._leaving.get(session_id) is not timer:
                return
            self._stay(session_id)
            desk = self._desks.pop(session_id, None)
            if desk is not None:
                self._closing.add(desk)
        if desk is not None:
            self.on_end(session_id)
            self._close(desk)

    def _close(self, desk: Desk) -> None:
        """Close a desk that nobody finds any more; until that is done, `stop` can still end what it adds."""
        try:
            desk.close()
        finally:
            with self._lock:
                self._closing.discard(desk)


def _nothing(_session_id: str) -> None:
    """Do nothing."""


def secrets_equal(one: str, other: str) -> bool:
    """Return whether two secrets are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
