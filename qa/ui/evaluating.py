"""What happens in the Evaluate view: each handler takes what people did and returns the view as it is then."""

from __future__ import annotations

import base64
import binascii
import re
from itertools import count

import gradio as gr

from qa.errors import QaError, QuestionError
from qa.ui.desk import Desk
from qa.ui.evaluate_view import evaluation_html
from qa.ui.evaluation import Evaluation
from qa.ui.evaluations import Evaluations
from qa.ui.events import Changes, Handlers, text_of
from qa.ui.layout import Parts
from qa.ui.sessions import Sessions
from qa.ui.texts import Texts

MOST_MB = 20
"""The largest question file or record."""

BROWSER = re.compile(r"[0-9a-f]{32}")


class Evaluating:
    """The handlers of the Evaluate view, for all browsers."""

    def __init__(self, sessions: Sessions, parts: Parts, handlers: Handlers, evaluations: Evaluations) -> None:
        self._sessions = sessions
        self._parts = parts
        self._handlers = handlers
        self._evaluations = evaluations
        self._files = count(1)

    def look(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Show the view as it is now; what the page `had`, where the program was started anew, is told to be gone."""
        evaluation, desk = self._own(event, request)
        had = text_of(event, "had")
        if had and not evaluation.is_running and evaluation.shown is None:
            evaluation.trouble = desk.say("run_gone" if had == "run" else "result_gone")
        return self._shown(event, request)

    def given(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Take a file in: questions, or a record to compare with."""
        evaluation, desk = self._own(event, request)
        evaluation.trouble = ""
        try:
            name, content = _file(event, desk.say)
            with evaluation.lock:
                (evaluation.take_record if text_of(event, "kind") == "record" else evaluation.take)(name, content)
        except QaError as error:
            evaluation.trouble = error.phrase
        return self._shown(event, request)

    def judged(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Take the answers that were judged in the chat as questions."""
        evaluation, desk = self._own(event, request)
        evaluation.trouble = ""
        try:
            evaluation.take_judged(desk.conversations.judged(), desk.say)
        except QaError as error:
            evaluation.trouble = error.phrase
        return self._shown(event, request)

    def propose(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Begin to propose questions."""
        evaluation, desk = self._own(event, request)
        evaluation.trouble = ""
        number = text_of(event, "text").strip()
        try:
            with self._evaluations.alone(evaluation, desk.say):
                evaluation.propose(desk.session.ready, int(number) if number.isdecimal() else 0, desk.say)
        except QaError as error:
            evaluation.trouble = error.phrase
        return self._shown(event, request)

    def run(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Begin to evaluate."""
        evaluation, desk = self._own(event, request)
        evaluation.trouble = ""
        try:
            limit = _limit(text_of(event, "text").strip(), desk.say)
            with self._evaluations.alone(evaluation, desk.say):
                evaluation.begin(desk.session.ready, limit, self._sessions.is_answering, desk.say)
        except QaError as error:
            evaluation.trouble = error.phrase
        return self._shown(event, request)

    def go_on(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Go on with what was stopped."""
        evaluation, desk = self._own(event, request)
        evaluation.trouble = ""
        try:
            with self._evaluations.alone(evaluation, desk.say):
                evaluation.go_on(desk.say)
        except QaError as error:
            evaluation.trouble = error.phrase
        return self._shown(event, request)

    def halt(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Stop what runs; what is done stays."""
        self._own(event, request)[0].stop()
        return self._shown(event, request)

    def without(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Put the questions away, or the record to compare with."""
        evaluation, _ = self._own(event, request)
        if text_of(event, "item") == "record":
            evaluation.earlier = None
        else:
            evaluation.chosen = None
        return self._shown(event, request)

    def compare_next(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Take the record that is shown as the one to compare with."""
        self._own(event, request)[0].take_outcome()
        return self._shown(event, request)

    def questions_file(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Give the browser the questions as a file."""
        chosen = self._own(event, request)[0].chosen
        if chosen is None:
            return {self._parts.shelf.download: gr.update()}
        name = f"{next(self._files)} {chosen.name}"
        file = {"number": name, "name": chosen.name, "type": "application/jsonl", "text": chosen.text}
        return {self._parts.shelf.download: file}

    def leave(self, request: gr.Request) -> None:
        """Take note that a tab was closed."""
        self._evaluations.leave(str(request.session_hash))

    def _own(self, event: gr.EventData, request: gr.Request) -> tuple[Evaluation, Desk]:
        """Return the evaluation of the browser, and the desk of the tab; one without a secret is by itself."""
        tab, browser = str(request.session_hash), text_of(event, "browser")
        found = self._evaluations.of(browser if BROWSER.fullmatch(browser) else tab, tab)
        return found, self._handlers.desk(request)

    def _shown(self, event: gr.EventData, request: gr.Request) -> Changes:
        evaluation, desk = self._own(event, request)
        with evaluation.lock:
            evaluation.settle(desk.say)
            return {self._parts.evaluation: evaluation_html(evaluation, desk)}


def _limit(text: str, say: Texts) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise QuestionError(say("limit_wrong"))
    return int(text)


def _file(event: gr.EventData, say: Texts) -> tuple[str, bytes]:
    """Return name and content of the file that the page sent. Raises QuestionError where it could not."""
    name, coded = text_of(event, "name"), text_of(event, "content")
    if getattr(event, "size", 0) > MOST_MB * 1_000_000:
        raise QuestionError(say("file_too_large", name=name, n=MOST_MB))
    try:
        return name, base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise QuestionError(say("file_unread", name=name)) from error
