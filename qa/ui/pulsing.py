"""What the page asks for by itself: how far the start is, its place in the queue, how things are after a break."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import gradio as gr

from qa.ui.desk import Desk
from qa.ui.events import Changes, Handlers, number_of
from qa.ui.gathering import Gathering
from qa.ui.layout import Parts
from qa.ui.notices import alert
from qa.ui.preferring import Preferring
from qa.ui.progress import progress_html
from qa.ui.sessions import Sessions
from qa.ui.shelving import Shelving
from qa.ui.suggestions import Suggestions


class Pulsing:
    """The handlers of what the page does without anybody clicking, for all sessions."""

    def __init__(
        self,
        sessions: Sessions,
        parts: Parts,
        handlers: Handlers,
        gathering: Gathering,
        shelving: Shelving,
        preferring: Preferring,
        suggestions: Suggestions,
    ) -> None:
        self._sessions = sessions
        self._parts = parts
        self._handlers = handlers
        self._gathering = gathering
        self._shelving = shelving
        self._preferring = preferring
        self._suggestions = suggestions

    def pulse(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Return what has changed since the page asked last; a page that asks is there."""
        desk = self._handlers.desk(request)
        changes = {self._parts.pulse: gr.update(), **self._opened(desk), **self._placed(desk), **self._suggested(desk)}
        changes |= self._handlers.state(desk) if desk.check() else {}
        return {**changes, **self._overtaken(desk, number_of(event, "turns"))}

    def begin(self, request: gr.Request) -> Changes:
        """Try once more to open what answers."""
        desk = self._handlers.desk(request)
        desk.session.opening.begin()
        return {self._parts.pulse: progress_html(desk.session.opening, desk.say)}

    def failed(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Say why something was not done, by its HTTP status: the queue was full, or the program has a mistake."""
        is_full = number_of(event, "status") == HTTPStatus.SERVICE_UNAVAILABLE
        say = self._handlers.desk(request).say
        return {self._parts.notice: alert(say("crowded" if is_full else "unforeseen"))}

    def back(self, remembered: Any, typed: str, request: gr.Request) -> Changes:
        """Bring a page whose connection was lost up to date: what was typed stays, a question not answered returns."""
        known: Mapping[str, Any] = remembered if isinstance(remembered, Mapping) else {}
        desk = self._handlers.desk(request)
        found = self._shelving.found_again(desk, known)
        progress = {self._parts.pulse: progress_html(desk.session.opening, desk.say)}
        return {**found, **progress, **self._gathering.listed(desk.session), **self._handlers.settle(typed, request)}

    def _opened(self, desk: Desk) -> Changes:
        """Return how far the start is, and the documents where there are others to look at."""
        session, opening = desk.session, desk.session.opening
        version = opening.version
        listed = (session.can_search, len(opening.documents), session.shared_documents)
        changes: Changes = {}
        if version != desk.seen_version:
            changes[self._parts.pulse] = progress_html(opening, desk.say)
            changes |= self._preferring.switched(desk)
        if listed != desk.seen_documents:
            changes |= self._gathering.listed(session)
        desk.seen_version, desk.seen_documents = version, listed
        return changes

    def _suggested(self, desk: Desk) -> Changes:
        """Return what can be asked, where that has changed and nothing was asked yet."""
        session = desk.session
        if session.exchanges or not session.can_search:
            return {}
        self._suggestions.want(session)
        suggested = self._suggestions.of(session)
        if suggested == desk.seen_suggestions:
            return {}
        desk.seen_suggestions = suggested
        return self._handlers.said(session)

    def _overtaken(self, desk: Desk, n_shown: int) -> Changes:
        """Return the conversation where the page shows another number of turns.

        What was asked just after the page was opened can be answered before what the page asks for as it opens; then
        the older of the two comes last.
        """
        return {} if n_shown == len(desk.session.exchanges) else self._handlers.state(desk)

    def _placed(self, desk: Desk) -> Changes:
        """Return the conversation where a question has moved on in the queue, or what it asks for can be found now."""
        waiting = desk.session.waiting
        if waiting is None:
            return {}
        found = desk.session.find()
        if waiting.n_before == (n_before := self._sessions.n_before(waiting)) and not found:
            return {}
        waiting.n_before = n_before
        return self._handlers.state(desk)
