"""What the page asks for by itself: how far the start is, its place in the queue, how things are after a break."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from itertools import count
from typing import Any

import gradio as gr

from qa.ui.desk import Desk, Due
from qa.ui.events import Changes, Handlers, number_of
from qa.ui.gathering import Gathering
from qa.ui.layout import Parts
from qa.ui.notices import alert
from qa.ui.preferring import Preferring
from qa.ui.progress import progress_html
from qa.ui.session import Session
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
        self._marks = count(1)

    def pulse(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Return how far the start is, marked where the page is to ask for other parts; a page that asks is there.

        Gradio makes every output of an event anew, also those that stay. This one comes again and again from each open
        page, so it has one output, and `catch_up` all others.
        """
        desk = self._handlers.desk(request)
        desk.due |= self._due(desk, number_of(event, "turns"), number_of(event, "answers") == 1)
        version = desk.session.opening.version
        if version == desk.seen_version and not desk.due:
            return {self._parts.pulse: gr.update()}
        desk.seen_version = version
        mark = f'<span hidden data-due="{next(self._marks)}"></span>' if desk.due else ""
        return {self._parts.pulse: progress_html(desk.session.opening, desk.say) + mark}

    def catch_up(self, request: gr.Request) -> Changes:
        """Return the parts that have changed."""
        desk = self._handlers.desk(request)
        due, desk.due = desk.due, set()
        changes: Changes = {self._parts.pulse: progress_html(desk.session.opening, desk.say)}
        if "model" in due:
            changes |= self._preferring.switched(desk)
        if "documents" in due:
            changes |= self._gathering.listed(desk.session)
        if "state" in due:
            changes |= self._handlers.state(desk)
        elif "conversation" in due:
            changes |= self._handlers.said(desk.session)
        return changes

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
        """Bring a page whose connection was lost up to date: what was typed stays, a question not answered returns.

        Files that were on their way are not there; those that had arrived are listed once they have been added.
        """
        known: Mapping[str, Any] = remembered if isinstance(remembered, Mapping) else {}
        desk = self._handlers.desk(request)
        desk.session.left = False
        found = self._shelving.found_again(desk, known)
        progress = {self._parts.pulse: progress_html(desk.session.opening, desk.say)}
        if known.get("sending"):
            progress[self._parts.notice] = alert(desk.say("not_sent"))
        elif known.get("adding"):
            progress[self._parts.notice] = ""
        return {**progress, **found, **self._gathering.listed(desk.session), **self._handlers.crowded(typed, request)}

    def _due(self, desk: Desk, n_shown: int, answers: bool) -> set[Due]:
        """Return what has changed since the page asked last; `answers`: whether it shows that an answer is being made.

        What was asked just after the page was opened can be answered before what the page asks for as it opens; then
        the older of the two comes last, and the page shows another number of turns, or the wrong buttons.
        """
        session, opening = desk.session, desk.session.opening
        due: set[Due] = set()
        if opening.version != desk.seen_version:
            due.add("model")
        if self._are_others_listed(desk):
            due.add("documents")
        if self._has_moved_on(session) or self._are_others_suggested(desk):
            due.add("conversation")
        if desk.check() or n_shown != len(session.exchanges) or answers != session.running:
            due.add("state")
        return due

    def _are_others_listed(self, desk: Desk) -> bool:
        session = desk.session
        listed = (session.can_search, len(session.documents), session.shared_documents)
        before, desk.seen_documents = desk.seen_documents, listed
        return listed != before

    def _are_others_suggested(self, desk: Desk) -> bool:
        """Return whether other questions can be suggested, where nothing was asked yet."""
        session = desk.session
        if session.exchanges or not session.can_search:
            return False
        self._suggestions.want(session)
        before, desk.seen_suggestions = desk.seen_suggestions, self._suggestions.of(session)
        return desk.seen_suggestions != before

    def _has_moved_on(self, session: Session) -> bool:
        """Return whether a question has another place in the queue, or what it asks for can be found now."""
        waiting = session.waiting
        if waiting is None:
            return False
        found = session.find()
        before, waiting.n_before = waiting.n_before, self._sessions.n_before(waiting)
        return found or waiting.n_before != before
