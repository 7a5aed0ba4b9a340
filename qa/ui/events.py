"""What happens when people click: each handler takes what they did and returns the parts that change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import gradio as gr

from qa.errors import QaError
from qa.ui.conversation import conversation_html, from_last, whole
from qa.ui.desk import Desk
from qa.ui.evidence import Kind, View, closed_html, view_html, with_page
from qa.ui.layout import Parts
from qa.ui.markup import UNHELD, isolated
from qa.ui.notices import alert, announcement, note
from qa.ui.places import words_of
from qa.ui.session import Exchange, Session
from qa.ui.sessions import Sessions
from qa.ui.since import gone_html, view_since
from qa.ui.suggestions import Suggestions, why_not
from qa.ui.texts import Texts, joined

Changes = dict[Any, Any]
"""New values by component; a component that is not named stays as it is."""

FRAME_S, SCREEN_S = 0.06, 1 / 60
"""Between two states of an answer that are sent to the page lies at least the first, where a sentence was checked the
second, and in any case as long as it took to send the last one; what was found and the first word are sent at once."""


class Handlers:
    """The handlers of one page, for all its sessions."""

    def __init__(self, sessions: Sessions, parts: Parts, suggestions: Suggestions) -> None:
        self._sessions = sessions
        self._parts = parts
        self._suggestions = suggestions
        self._views = count(1)
        self._drawings = count(1)

    def ask(self, question: str, strictness: str, request: gr.Request) -> Changes:
        """Put the question into the conversation, in place of the one that is being edited, if any."""
        desk = self.desk(request)
        desk.session.strictness = strictness
        emptied = {self._parts.question: ""}
        return self._asked(desk, lambda: desk.session.ask(held(question), desk.session.editing), emptied)

    def example(self, strictness: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Ask a question that was suggested."""
        desk = self.desk(request)
        desk.session.strictness = strictness
        return self._asked(desk, lambda: desk.session.ask(text_of(event, "text")))

    def again(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Ask a question of the conversation again; its new answer takes the place of the old one."""
        desk, place = self.desk(request), number_of(event, "turn")
        return self._asked(desk, lambda: desk.session.again(place))

    def looser(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Ask a refused question again, more loosely, for this once."""
        desk, place = self.desk(request), number_of(event, "turn")
        return self._asked(desk, lambda: desk.session.loosen(place))

    def alone(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Ask a question again without what the conversation added to it."""
        desk, place = self.desk(request), number_of(event, "turn")
        return self._asked(desk, lambda: desk.session.ask_alone(place))

    def _asked(self, desk: Desk, ask: Callable[[], Exchange | None], emptied: Changes | None = None) -> Changes:
        try:
            ask()
        except QaError as error:
            return {self._parts.notice: alert(desk.say.told(error))}
        self._count_before(desk)
        return {**(emptied or {}), **self.left(desk.session), self._parts.notice: "", **self.state(desk)}

    def left(self, session: Session) -> Changes:
        """Return, where a question was being edited, the text box with what was typed before that."""
        draft, session.draft = session.draft, None
        return {} if draft is None else {self._parts.question: draft}

    def _count_before(self, desk: Desk) -> None:
        """Note with a question that begins to wait how many wait already."""
        if desk.session.waiting is not None:
            desk.session.waiting.n_before = self._sessions.n_waiting() - 1

    def find(self, request: gr.Request) -> Changes:
        """Show what was found for a question while it waits for its turn."""
        session = self._session(request)
        return self.said(session) if session.find() else {self._parts.conversation: gr.update()}

    def answer(self, request: gr.Request) -> Iterator[Changes]:
        """Have the waiting question answered; show it as it is written. `settle` tells the rest.

        Gradio makes every output of an event anew, also those that stay, and an answer has many events: so each gives
        the conversation alone.
        """
        desk = self.desk(request)
        session = desk.session
        exchange = session.waiting
        shown, n_shown, sent_s, took_s = None, 0, 0.0, 0.0
        for now in session.answer():
            step, n_sentences = (now.searched is None, now.written == ""), len(now.sentences)
            least_s = max(FRAME_S if n_sentences == n_shown else SCREEN_S, took_s)
            if step != shown or time.monotonic() - sent_s >= least_s:
                shown, n_shown, began_s = step, n_sentences, time.monotonic()
                yield self._going_on(session)
                sent_s = time.monotonic()
                took_s = sent_s - began_s
        if exchange is not None and session.holds(exchange):
            desk.finished = exchange
        elif exchange is not None and exchange.error and exchange.error != session.opening.failure:
            session.trouble = desk.say.told(exchange.error)  # why nothing could be opened stands above the text box
        yield self._going_on(session)

    def settle(self, typed: str, request: gr.Request) -> Changes:
        """After an answer open its first source; where none could be given tell why, and give the question back."""
        desk = self.desk(request)
        session = desk.session
        if session.left:
            return self.state(desk)
        finished, desk.finished = desk.finished, None
        changes = self._finished(desk, finished) if finished is not None and session.holds(finished) else {}
        return {**changes, **self.left_over(desk, typed), **self.state(desk)}

    def left_over(self, desk: Desk, typed: str) -> Changes:
        """Tell what people must still be told, and give back a question that was not answered."""
        session = desk.session
        trouble = session.trouble or desk.trouble
        session.trouble = desk.trouble = ""
        told = {self._parts.notice: alert(desk.say.told(trouble))} if trouble else {}
        return {**told, **self.given_back(session, typed, trouble)}

    def crowded(self, typed: str, request: gr.Request) -> Changes:
        """Take back a question for which there was no room, and tell it."""
        session = self._session(request)
        if session.waiting is not None:
            session.give_up(session.say("crowded"))
            session.trouble = session.say("crowded")
        return self.settle(typed, request)

    def given_back(self, session: Session, typed: str, trouble: str = "") -> Changes:
        """Return a question that was not answered in the text box, or told beside it where another is typed there."""
        question, session.returned = session.returned, ""
        if not question or question == typed.strip():
            return {}
        if not typed.strip():
            return {self._parts.question: question}
        told = session.say("not_answered", question=isolated(question))
        return {self._parts.notice: alert(joined([trouble, told], session.say)) if trouble else note(told)}

    def stop(self, typed: str, request: gr.Request) -> Changes:
        """End the answer that is being written; take back a question that still waits for its turn."""
        desk = self.desk(request)
        session = desk.session
        session.stop()
        if session.waiting is None:
            return {self._parts.stop: gr.update()}
        session.give_up("")
        return {**self.given_back(session, typed), **self.state(desk)}

    def clear(self, request: gr.Request) -> Changes:
        """Begin a new conversation and close the source; uploaded documents stay."""
        desk, parts = self.desk(request), self._parts
        desk.new()
        left = self.left(desk.session)
        return {parts.evidence: closed_html(desk.say), parts.notice: "", **left, **self.state(desk)}

    def revise(self, typed: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Put a question back into the text box; what is sent next replaces it and all after it."""
        desk, place = self.desk(request), number_of(event, "turn")
        session = desk.session
        exchange = session.exchange(place)
        if exchange is None or session.running:
            return self.state(desk)
        session.editing = place
        if session.draft is None:
            session.draft = held(typed)
        later = len(session.exchanges) - place - 1
        message = session.say("changing_later" if later else "changing", place=place + 1, n=later)
        return {
            self._parts.question: exchange.question,
            self._parts.notice: note(message),
            **self.state(desk),
        }

    def keep(self, request: gr.Request) -> Changes:
        """Leave the question that was being edited as it is; what was typed before comes back."""
        desk = self.desk(request)
        desk.session.editing = None
        return {**self.left(desk.session), self._parts.notice: "", **self.state(desk)}

    def cite(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Open the source of a citation at its words."""
        session, turn, label = self._session(request), number_of(event, "turn"), number_of(event, "item")
        exchange = session.exchange(turn)
        citation = exchange.citation(label) if exchange else None
        view = self._cited(exchange, turn, label, asked=True, say=session.say) if exchange else None
        if exchange is not None and citation is not None and view is None:
            session.reads, session.shows = True, exchange
            number = next(self._views)
            return {self._parts.evidence: gone_html(exchange, citation, number, turn, session.say)}
        return self._opened(session, view, number_of(event, "page"), exchange)

    def passage(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Open the document of a passage that was found, at the passage."""
        session, turn, rank = self._session(request), number_of(event, "turn"), number_of(event, "item")
        exchange = session.exchange(turn)
        passage = exchange.passage(rank) if exchange else None
        if exchange is None or passage is None or passage.doc_id not in exchange.documents:
            return self._opened(session, None)
        document = exchange.documents[passage.doc_id]
        number, n_items = next(self._views), len(exchange.hits)
        words = words_of(passage)
        view = View(document, number, passage.start, passage.end, "found", True, turn, rank, n_items, words=words)
        return self._opened(session, view, number_of(event, "page"), exchange)

    def document(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Open a document from its start, or with the words marked that were marked in it before.

        Where it is not there any more, what is shown of it stays.
        """
        session = self._session(request)
        document = session.documents.get(str(getattr(event, "item", "")))
        if document is None:
            return {self._parts.evidence: gr.update()}
        start, end = number_of(event, "start"), number_of(event, "end")
        kind: Kind = "found" if getattr(event, "kind", "") == "found" else "cited"
        marked = (start, end) if 0 <= start < end <= len(document.text) else (0, 0)
        view = View(document, next(self._views), *marked, kind)
        return self._opened(session, view, number_of(event, "page"))

    def leave(self, request: gr.Request) -> None:
        """End what a closed tab had running."""
        self._sessions.leave(str(request.session_hash))

    def _session(self, request: gr.Request) -> Session:
        return self.desk(request).session

    def desk(self, request: gr.Request) -> Desk:
        """Return the desk of the person who did something."""
        return self._sessions.desk(str(request.session_hash))

    def state(self, desk: Desk) -> Changes:
        """Return the conversation and the buttons as the session has them now."""
        parts, session = self._parts, desk.session
        running, say = session.running, session.say
        return {
            **({} if running else parts.shelf.state(desk)),
            **self.said(session),
            parts.ask: gr.update(visible=not running, value=say("ask")),
            parts.stop: gr.update(visible=running, value=say("stop")),
            parts.keep: gr.update(visible=session.editing is not None, value=say("cancel")),
        }

    def said(self, session: Session) -> Changes:
        """Return the conversation; where nothing was asked yet, what can be asked of the documents there are."""
        session.drawing = next(self._drawings)
        return {self._parts.conversation: whole(session.drawing, self._html(session))}

    def _going_on(self, session: Session) -> Changes:
        """Return the last exchange, in which an answer goes on; a page that has not the others asks for all."""
        return {self._parts.conversation: from_last(session.drawing, self._html(session))}

    def redraw(self, request: gr.Request) -> Changes:
        """Return the whole conversation to a page that lacks a part of it."""
        session = self._session(request)
        return {self._parts.conversation: whole(session.drawing, self._html(session))}

    def _html(self, session: Session) -> list[str]:
        suggested = () if session.exchanges else self._suggestions.of(session)
        return conversation_html(session.exchanges, suggested, session.running, session.say, why_not(session))

    def _finished(self, desk: Desk, exchange: Exchange) -> Changes:
        """Return the first source of the answer, opened where nobody reads one, and what a screen reader says of it.

        Where it has none, a source of an answer that is not there any more is closed.
        """
        parts = self._parts
        notice = alert(desk.say.told(exchange.error)) if exchange.error else ""
        changes: Changes = {parts.notice: notice, parts.announced: self._announced(desk, exchange)}
        if desk.session.reads:
            return changes
        place = next(n for n, other in enumerate(desk.session.exchanges) if other is exchange)
        view = self._cited(exchange, place, 1, asked=False, say=desk.say)
        stays = desk.session.shows is None or desk.session.holds(desk.session.shows)
        if view is None and stays:
            return changes
        return {**changes, **self._opened(desk.session, view, exchange=exchange if view else None)}

    @staticmethod
    def _announced(desk: Desk, exchange: Exchange) -> str:
        """Return the announcement, never the same as the last one: what has not changed is not read out again."""
        told = announcement(exchange, desk.say)
        desk.session.announced = told if told != desk.session.announced else f"{told}\N{NO-BREAK SPACE}"
        return desk.session.announced

    def _cited(self, exchange: Exchange, turn: int, label: int, *, asked: bool, say: Texts) -> View | None:
        citation = exchange.citation(label)
        if citation is not None and label in exchange.since:
            return view_since(exchange, citation, next(self._views), turn, say)
        document = exchange.documents.get(citation.doc_id) if citation else None
        if citation is None or document is None:
            return None
        citation.check(document)
        number = next(self._views)
        return View(
            document,
            number,
            citation.start,
            citation.end,
            "cited",
            asked,
            turn,
            label,
            len(exchange.citations),
            str(label),
            words=words_of(citation),
        )

    def _opened(self, session: Session, view: View | None, page: int = -1, exchange: Exchange | None = None) -> Changes:
        """Return the panel with the view, of this exchange or of none.

        A PDF is shown on this page: 0 for its text, -1 for what the person saw last.
        """
        if page >= 0:
            session.prefers_text = page == 0
        session.reads, session.shows = view is not None and view.asked, exchange
        if view is not None and view.document.pages and session.can_search and not session.prefers_text:
            view = with_page(view, session.uploads.file_of(view.document.doc_id), page)
        return {self._parts.evidence: view_html(replace(view, say=session.say)) if view else closed_html(session.say)}


def number_of(event: gr.EventData, name: str) -> int:
    """Return a number that the page sent with an event; -1 for anything else."""
    value = getattr(event, name, -1)
    return value if isinstance(value, int) else -1


def text_of(event: gr.EventData, name: str) -> str:
    """Return a text that the page sent with an event; empty for anything else."""
    value = getattr(event, name, "")
    return held(value) if isinstance(value, str) else ""


def held(text: str) -> str:
    """Return the text with each character that no page can hold, and none can be given back, replaced by one mark."""
    return UNHELD.sub("\N{REPLACEMENT CHARACTER}", text)
