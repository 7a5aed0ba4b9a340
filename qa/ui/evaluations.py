"""Whose evaluation is whose: one for each browser, found by the secret that its tabs share. One runs at a time.

It goes on when tabs are closed. An hour after the last tab of its browser was closed it is stopped and forgotten.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from qa.errors import QuestionError
from qa.ui.evaluation import Evaluation, Shown
from qa.ui.texts import Texts

KEPT_S = 3600.0
MOST_BROWSERS = 200
"""Of more browsers than these nothing is kept; the one that was used least recently goes first."""


class Evaluations:
    """The evaluations by browser. Safe for threads."""

    def __init__(self, kept_s: float = KEPT_S, most: int = MOST_BROWSERS) -> None:
        self._kept_s = kept_s
        self._most = most
        self._by_browser: OrderedDict[str, Evaluation] = OrderedDict()
        self._tabs: dict[str, str] = {}
        self._leaving: dict[str, threading.Timer] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._by_browser)

    def of(self, browser: str, tab: str) -> Evaluation:
        """Return the evaluation of the browser that the tab belongs to, a new one where there is none."""
        with self._lock:
            self._tabs[tab] = browser
            self._stay(browser)
            if browser not in self._by_browser:
                self._by_browser[browser] = Evaluation()
            found = self._by_browser[browser]
            self._by_browser.move_to_end(browser)
            if len(self._by_browser) > self._most:
                self._drop(next(iter(self._by_browser)))
        return found

    @property
    def is_running(self) -> bool:
        """Whether work of one of them runs."""
        with self._lock:
            return any(evaluation.is_running for evaluation in self._by_browser.values())

    def let_go(self) -> None:
        """Have none of them hold on to what answers for longer than its work runs."""
        with self._lock:
            for evaluation in self._by_browser.values():
                evaluation.let_go()

    @contextmanager
    def alone(self, evaluation: Evaluation, say: Texts) -> Iterator[None]:
        """Let work of the evaluation be begun inside the block. Raises QuestionError where some runs already."""
        with self._lock:
            if evaluation.is_running:
                raise QuestionError(say("runs_here"))
            if self.is_running:
                raise QuestionError(say("runs_elsewhere"))
            yield

    def shown(self, ticket: str) -> Shown | None:
        """Return the result with this ticket, if it is still there."""
        with self._lock:
            found = [evaluation.shown for evaluation in self._by_browser.values()]
        return next((shown for shown in found if shown is not None and shown.ticket == ticket), None)

    def leave(self, tab: str) -> None:
        """Take note that a tab was closed."""
        with self._lock:
            browser = self._tabs.pop(tab, None)
            if browser is None or browser in self._tabs.values():
                return
            timer = threading.Timer(self._kept_s, self._drop, [browser])
            timer.daemon = True
            self._stay(browser)
            self._leaving[browser] = timer
            timer.start()

    def _stay(self, browser: str) -> None:
        if timer := self._leaving.pop(browser, None):
            timer.cancel()

    def _drop(self, browser: str) -> None:
        with self._lock:
            self._stay(browser)
            evaluation = self._by_browser.pop(browser, None)
        if evaluation is not None:
            evaluation.stop()
