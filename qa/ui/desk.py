"""One person's session together with their conversations: which of them lies open, and keeping it.

What goes wrong in keeping is told once and never ends an answer.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import Literal

from qa.conversations import Asked, Conversations, Handle
from qa.errors import QaError
from qa.switching import Shortage
from qa.ui.reopened import asked_of, check_again, exchange_of
from qa.ui.session import Exchange, Session
from qa.ui.texts import Texts

Due = Literal["conversation", "documents", "model", "state"]
"""A part of the page that has changed without anybody clicking; `state` is the conversation with its buttons."""


class Desk:
    """A session, the conversations that it can open, and what of their list is shown.

    `ticket` is the secret by which a page that is loaded again finds its desk. `sought` is what is searched for in
    the list, `renaming` whose name is being changed, `deleted` what can be brought back: its id and name. `trouble`
    is why the conversation is not kept, `finished` what was answered and not yet announced. `seen_...` is what of
    the start and of suggestions the page has shown, `due` what it is to ask for since, `awaited_model` the model
    that this person has chosen and that is still being loaded, `shortage` that of one that was not begun.
    """

    def __init__(self, session: Session, conversations: Conversations, *, is_lasting: bool) -> None:
        self.session = session
        self.conversations = conversations
        self.is_lasting = is_lasting
        self.ticket = secrets.token_urlsafe(16)
        self.sought = ""
        self.renaming: str | None = None
        self.deleted: tuple[str, str] | None = None
        self.trouble = ""
        self.finished: Exchange | None = None
        self.due: set[Due] = set()
        self.seen_version = -1
        self.seen_documents = (False, -1, "")
        self.seen_suggestions: tuple[str, ...] = ()
        self.awaited_model = ""
        self.shortage: Shortage | None = None
        self._handle: Handle | None = None
        self._saving = threading.Lock()
        session.ended = self.keep

    @property
    def say(self) -> Texts:
        """The texts in the language of the session."""
        return self.session.say

    @property
    def open_id(self) -> str | None:
        """The conversation that lies open; None for a new one."""
        return self._handle.id if self._handle else None

    @property
    def name(self) -> str:
        """The name of the conversation that lies open; empty for a new one."""
        try:
            return self.conversations.name(self.open_id) if self.open_id else ""
        except QaError:
            return ""

    def keep(self) -> None:
        """Save the conversation that lies open."""
        with self._saving:
            said = [asked_of(exchange, self.say) for exchange in self.session.exchanges]
            if not said:
                return
            try:
                self._handle = self.conversations.save(self._handle, said)
                self.trouble = ""
            except QaError as error:
                self.trouble = self.say("not_kept", why=error)

    def new(self) -> None:
        """Put the conversation away, ending what is being written, and begin a new one."""
        self._put_away()
        self._change(None, [])

    def open(self, conversation_id: str) -> None:
        """Put the conversation away and open another. Raises QaError where that is gone or cannot be read."""
        self._put_away()  # before it is read: it may be this very one
        handle, said = self.conversations.load(conversation_id)
        documents = self.session.documents if self.session.can_search else None
        self._change(handle, [exchange_of(asked, documents) for asked in said])

    def check(self) -> bool:
        """Check what was reopened against the documents as they are now; return whether they were others before."""
        session = self.session
        if not session.can_search:
            return False
        documents = session.documents
        others = [each for each in session.exchanges if each.kept and each.documents is not documents]
        for exchange in others:
            check_again(exchange, documents)
        return bool(others)

    def _put_away(self) -> None:
        """Keep what is being written as far as it is there."""
        if self.session.running:
            self.session.take_back()
            self.keep()

    def _change(self, handle: Handle | None, exchanges: Sequence[Exchange]) -> None:
        with self._saving:
            self.session.show(exchanges)
            self._handle = handle

    def rename(self, conversation_id: str, name: str) -> None:
        """Name a conversation."""
        self.renaming = None
        self.conversations.rename(conversation_id, name)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation; one that lies open is closed."""
        if self.deleted is not None and self.deleted[0] == conversation_id:
            return
        name = self.conversations.name(conversation_id)
        self.conversations.delete(conversation_id)
        self.deleted = (conversation_id, name)
        if conversation_id == self.open_id:
            with self._saving:
                self.session.clear()
                self._handle = None

    def restore(self) -> bool:
        """Bring back what was deleted last, and open it where nothing else is; return whether that could be."""
        gone, self.deleted = self.deleted, None
        if gone is None:  # it is back already
            return True
        if not self.conversations.restore(gone[0]):
            return False
        if not self.session.exchanges:
            self.open(gone[0])
        return True

    def said(self) -> tuple[Asked, ...]:
        """Return the conversation that lies open, as it is kept."""
        return tuple(asked_of(exchange, self.say) for exchange in self.session.exchanges)

    def close(self) -> None:
        """Let the session go, and the conversations that are its own."""
        self.session.close()
        if not self.is_lasting:
            self.conversations.close()
