"""What happens when people open, search, rename, delete and bring back conversations, or load the page again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import gradio as gr

from qa.errors import QaError
from qa.ui.desk import Desk
from qa.ui.events import Changes, Handlers, text_of
from qa.ui.evidence import closed_html
from qa.ui.gathering import Gathering
from qa.ui.layout import Parts
from qa.ui.notices import alert, note
from qa.ui.preferring import Preferring
from qa.ui.progress import progress_html
from qa.ui.sessions import Sessions
from qa.ui.shelf import listed_html
from qa.ui.texts import joined

STOPPING_S = 2.0
"""How long a page that is loaded again waits for the end of what it was writing before."""


class Shelving:
    """The handlers of the list of conversations, for all sessions."""

    def __init__(
        self,
        sessions: Sessions,
        parts: Parts,
        handlers: Handlers,
        gathering: Gathering,
        preferring: Preferring,
        trouble: str,
    ) -> None:
        self._sessions = sessions
        self._parts = parts
        self._handlers = handlers
        self._gathering = gathering
        self._preferring = preferring
        self._trouble = trouble

    def load(self, remembered: Any, request: gr.Request) -> Changes:
        """Find again what the tab had open: its session, or else its conversation among those that are kept."""
        known: Mapping[str, Any] = remembered if isinstance(remembered, Mapping) else {}
        desk = self._sessions.resume(str(request.session_hash), str(known.get("ticket") or ""))
        found, message = desk is not None, ""
        if desk is None:
            desk = self._handlers.desk(request)
            found, message = self._opened(desk, str(known.get("conversation") or ""))
        else:
            _wait_for_end(desk)
            desk.check()
            if not known.get("typed"):  # an empty text box edits nothing
                desk.session.editing = desk.session.draft = None
        recalled = self._preferring.recalled(desk, known)
        if self._trouble:
            message = desk.say("not_kept", why=self._trouble)
        changes = {**recalled, **({self._parts.notice: alert(desk.say.told(message))} if message else {})}
        changes[self._parts.pulse] = progress_html(desk.session.opening, desk.say)
        if not found:  # somebody may have asked already: nothing of that is to be overwritten
            return {**self._parts.shelf.state(desk), **self._gathering.listed(desk.session), **changes}
        changes |= self._handlers.left_over(desk, str(known.get("typed") or ""))
        return {**self._gathering.listed(desk.session), **changes, **self._handlers.state(desk)}

    def found_again(self, desk: Desk, known: Mapping[str, Any]) -> Changes:
        """Find what a page that has been open all the time had here, where that is gone: settings and conversation.

        It is gone where the program was started anew, and where the connection was lost for longer than is waited.
        """
        if str(known.get("ticket") or "") == desk.ticket:
            return {}
        recalled = self._preferring.recalled(desk, known)
        session, conversation_id, gone = desk.session, str(known.get("conversation") or ""), []
        was_there = bool(session.exchanges) or self._opened(desk, conversation_id)[0]
        if not was_there and (conversation_id or known.get("n_shown")):
            gone.append(desk.say("not_found_again"))
        unanswered = str(known.get("unanswered") or "")
        if unanswered and not (session.exchanges and session.exchanges[-1].question == unanswered):
            session.returned = unanswered
        if known.get("editing"):
            recalled[self._parts.notice] = note(desk.say("edit_left"))
        if known.get("added") and not session.keeps_added:
            gone.append(desk.say("uploads_gone"))
        session.trouble = joined([text for text in (session.trouble, *gone) if text], desk.say)
        return recalled

    def _opened(self, desk: Desk, conversation_id: str) -> tuple[bool, str]:
        """Open a kept conversation where nothing else lies open; return whether it was, and what went wrong."""
        if not conversation_id or not desk.is_lasting or desk.session.exchanges:
            return False, ""
        try:
            desk.open(conversation_id)
        except QaError as error:
            return False, desk.say.told(error)
        return True, ""

    def look(self, request: gr.Request) -> Changes:
        """Show the list as it is now, without a search."""
        desk = self._handlers.desk(request)
        desk.sought, desk.renaming, desk.deleted = "", None, None
        return self._listed(desk)

    def seek(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Show the conversations with these words."""
        desk = self._handlers.desk(request)
        desk.sought = text_of(event, "text")
        return self._listed(desk)

    def open(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Open a conversation in place of the one that lies open."""
        desk = self._handlers.desk(request)
        try:
            desk.open(text_of(event, "item"))
        except QaError as error:
            return {self._parts.notice: alert(desk.say.told(error)), **self._listed(desk)}
        return {**self._cleared(desk), **self._listed(desk)}

    def rename(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Offer a field for a new name."""
        desk = self._handlers.desk(request)
        desk.renaming = text_of(event, "item")
        return self._listed(desk)

    def named(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Give a conversation the name that was typed."""
        desk = self._handlers.desk(request)
        try:
            desk.rename(text_of(event, "item"), text_of(event, "text"))
        except QaError as error:
            return self._listed(desk, desk.say.told(error))
        return {**self._parts.shelf.state(desk), **self._listed(desk)}

    def unnamed(self, request: gr.Request) -> Changes:
        """Leave a name as it is."""
        desk = self._handlers.desk(request)
        desk.renaming = None
        return self._listed(desk)

    def delete(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Delete a conversation; one that lies open is closed."""
        desk, item = self._handlers.desk(request), text_of(event, "item")
        was_open = item == desk.open_id
        try:
            desk.delete(item)
        except QaError as error:
            return self._listed(desk, desk.say.told(error))
        return {**(self._cleared(desk) if was_open else {}), **self._listed(desk)}

    def undo(self, request: gr.Request) -> Changes:
        """Bring back what was deleted last."""
        desk = self._handlers.desk(request)
        try:
            done = desk.restore()
        except QaError as error:
            return self._listed(desk, desk.say.told(error))
        return {**self._handlers.state(desk), **self._listed(desk, "" if done else desk.say("restore_too_late"))}

    def _cleared(self, desk: Desk) -> Changes:
        parts = self._parts
        return {
            parts.evidence: closed_html(desk.say),
            parts.notice: "",
            **self._handlers.left(desk.session),
            **self._handlers.state(desk),
        }

    def _listed(self, desk: Desk, trouble: str = "") -> Changes:
        """Return the list as it is now."""
        return {self._parts.shelf.panel: listed_html(desk, trouble)}


def _wait_for_end(desk: Desk) -> None:
    until_s = time.monotonic() + STOPPING_S
    while desk.session.running and time.monotonic() < until_s:
        time.sleep(0.02)
