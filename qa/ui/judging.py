"""What happens when people judge answers, and when they take a conversation or their judgements away as a file."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import get_args

import gradio as gr

from qa.conversations import Judgement
from qa.errors import QaError
from qa.export import Form, export, file_name
from qa.judged import question_file
from qa.ui.answer_tools import MAX_REASON_CHARS
from qa.ui.desk import Desk
from qa.ui.events import Changes, Handlers, number_of, text_of
from qa.ui.layout import Parts
from qa.ui.notices import alert, note
from qa.ui.shelf import listed_html
from qa.ui.texts import CODES
from qa.ui.uploads import UPLOADED

TYPES: Mapping[Form, str] = {"markdown": "text/markdown", "html": "text/html", "json": "application/json"}


class Judging:
    """The handlers of what stands below answers and of what is downloaded, for all sessions."""

    def __init__(self, parts: Parts, handlers: Handlers) -> None:
        self._parts = parts
        self._handlers = handlers
        self._files = count(1)

    def judge(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Keep what a person says of an answer; said once more, it is taken back."""
        desk = self._handlers.desk(request)
        exchange = desk.session.exchange(number_of(event, "turn"))
        said = next((verdict for verdict in get_args(Judgement) if verdict == text_of(event, "text")), None)
        if exchange is None or said is None:
            return self._handlers.state(desk)
        exchange.verdict = None if exchange.verdict == said else said
        if exchange.verdict is None:
            exchange.reason = ""
        return self._kept(request)

    def because(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Keep why."""
        exchange = self._handlers.desk(request).session.exchange(number_of(event, "turn"))
        if exchange is not None and exchange.verdict is not None:
            exchange.reason = text_of(event, "text").strip()[:MAX_REASON_CHARS]
        return self._kept(request)

    def _kept(self, request: gr.Request) -> Changes:
        desk = self._handlers.desk(request)
        if not desk.session.running:  # otherwise it is kept with the answer that is being written
            desk.keep()
        trouble, desk.trouble = desk.trouble, ""
        return {**({self._parts.notice: alert(trouble)} if trouble else {}), **self._handlers.state(desk)}

    def export(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Give the browser the conversation that lies open, as a file."""
        desk = self._handlers.desk(request)
        form: Form | None = next((form for form in get_args(Form) if form == text_of(event, "text")), None)
        said = desk.said()
        if form is None or not said:
            return {self._parts.shelf.download: gr.update()}
        if form == "json" and not any(asked.answer for asked in said):
            return {self._parts.shelf.download: gr.update(), self._parts.notice: note(desk.say("nothing_to_verify"))}
        name = desk.name or said[0].question
        return self._file(
            file_name(name, form), TYPES[form], export(form, name, said, desk.say.told, CODES[desk.say.language])
        )

    def ratings(self, request: gr.Request) -> Changes:
        """Give the browser the judged questions as a question file."""
        desk = self._handlers.desk(request)
        try:
            text = question_file(desk.conversations.judged(), UPLOADED)
        except QaError as error:
            return self._told(desk, desk.say.told(error))
        if not text:
            return self._told(desk, desk.say("nothing_judged"))
        return self._file("judged-questions.jsonl", "application/jsonl", text)

    def _told(self, desk: Desk, trouble: str) -> Changes:
        """Say in the list of conversations, where the button is, why there is no file."""
        return {self._parts.shelf.panel: listed_html(desk, trouble)}

    def _file(self, name: str, kind: str, text: str) -> Changes:
        return {self._parts.shelf.download: {"number": next(self._files), "name": name, "type": kind, "text": text}}
