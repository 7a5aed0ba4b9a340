"""What happens when people set something: it holds for their session at once and is remembered by their browser."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import gradio as gr

from embeddings.phrase import Phrase
from qa.errors import QaError, SettingsError
from qa.ui.desk import Desk
from qa.ui.events import Changes, Handlers, text_of
from qa.ui.evidence import closed_html
from qa.ui.gathering import Gathering
from qa.ui.layout import Parts, translated
from qa.ui.model_choice import switched_html
from qa.ui.notices import alert, note
from qa.ui.preferences import preferences_html
from qa.ui.progress import progress_html
from qa.ui.texts import TEXTS, Texts


class Preferring:
    """The handlers of the settings, for all sessions. `title` is that of the page."""

    def __init__(self, parts: Parts, handlers: Handlers, gathering: Gathering, title: str) -> None:
        self._parts = parts
        self._handlers = handlers
        self._gathering = gathering
        self._title = title
        self._refusals = count(1)

    def look(self, request: gr.Request) -> Changes:
        """Show the settings as they are now."""
        desk = self._handlers.desk(request)
        desk.shortage = None
        return self._shown(desk)

    def set(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Set one of them; a value that cannot be is told and changes nothing."""
        desk, name = self._handlers.desk(request), text_of(event, "item")
        try:
            desk.session.prefer({name: text_of(event, "text")})
        except SettingsError as error:
            return self._shown(desk, desk.say.told(_as_named(error.phrase, desk.say)), name)
        return {**self._everything(desk, language=name == "language"), **self._remembered(desk, name)}

    def strict(self, strictness: str, request: gr.Request) -> Changes:
        """Set the level by the buttons below the text box, which are the same setting."""
        desk = self._handlers.desk(request)
        try:
            desk.session.prefer({"strictness": strictness})
        except SettingsError as error:
            return self._shown(desk, desk.say.told(error))
        return {**self._shown(desk), **self._remembered(desk, "strictness")}

    def reset(self, request: gr.Request) -> Changes:
        """Set all of them as they were when the program was started; the language stays."""
        desk = self._handlers.desk(request)
        desk.session.prefer_nothing()
        return {**self._everything(desk, language=False), **self._remembered(desk)}

    def model(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Have another model answer, which is on this machine."""
        return self._switched(self._handlers.desk(request), text_of(event, "item"), may_fetch=False)

    def fetch_model(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Have another model answer, and its weights fetched for that."""
        return self._switched(self._handlers.desk(request), text_of(event, "item"), may_fetch=True)

    def replace_model(self, request: gr.Request) -> Changes:
        """Have the model answer for which the memory was short, in place of the one that answers."""
        desk = self._handlers.desk(request)
        shortage, desk.shortage = desk.shortage, None
        if shortage is None:
            return self._shown(desk)
        return self._switched(desk, shortage.name, may_fetch=shortage.may_fetch, in_place=True)

    def keep_model(self, request: gr.Request) -> Changes:
        """Take the change of the model back."""
        desk = self._handlers.desk(request)
        if desk.shortage is not None:
            desk.shortage = None
            return self._shown(desk)
        if switching := desk.session.opening.switching:
            switching.cancel()
        return self._models(desk)

    def _switched(self, desk: Desk, name: str, *, may_fetch: bool, in_place: bool = False) -> Changes:
        switching = desk.session.opening.switching
        if switching is None:
            return self._shown(desk)
        desk.shortage = None if in_place else switching.shortage(name, may_fetch=may_fetch)
        if desk.shortage is not None:
            return self._shown(desk)
        desk.awaited_model = name
        try:
            switching.begin(name, may_fetch=may_fetch, in_place=in_place)
        except QaError as error:
            desk.awaited_model = ""
            return self._shown(desk, desk.say.told(error))
        return self._models(desk)

    def _models(self, desk: Desk) -> Changes:
        return {**self._shown(desk), self._parts.pulse: progress_html(desk.session.opening, desk.say)}

    def switched(self, desk: Desk) -> Changes:
        """Return what is to be seen of a change of the model; whoever asked for it is told what became of it."""
        switching = desk.session.opening.switching
        if switching is None:
            return {}
        changes = self._shown(desk)
        if desk.awaited_model and not switching.coming:
            told, went_well = switched_html(switching, desk.awaited_model, desk.say)
            changes[self._parts.notice] = note(told) if went_well else alert(told, "settings") if told else ""
            desk.awaited_model = ""
        return changes

    def recalled(self, desk: Desk, remembered: Mapping[str, Any]) -> Changes:
        """Return the page in what the browser remembers; what cannot be set any more is left out."""
        settings = remembered.get("settings")
        if not isinstance(settings, Mapping):
            settings = {}
        for name, value in {"language": str(remembered.get("language") or ""), **settings}.items():
            try:
                desk.session.prefer({str(name): str(value)})
            except SettingsError:
                continue
        return self._everything(desk, language=True) if settings or desk.say.language != "en" else {}

    def _everything(self, desk: Desk, *, language: bool) -> Changes:
        parts = self._parts
        changes: Changes = {parts.strictness: gr.update(value=desk.session.strictness), **self._shown(desk)}
        if language:
            closed = {parts.evidence: closed_html(desk.say), **self._gathering.listed(desk.session)}
            closed[parts.pulse] = progress_html(desk.session.opening, desk.say)
            written = translated(parts, self._title, desk)
            written[parts.strictness] |= changes.pop(parts.strictness)
            changes = {**written, **closed, **changes, **self._handlers.state(desk)}
        return changes

    def _shown(self, desk: Desk, trouble: str = "", refused: str = "") -> Changes:
        nth = next(self._refusals) if refused else 0
        return {self._parts.settings: preferences_html(desk.session, trouble, desk.shortage, refused, nth)}

    def _remembered(self, desk: Desk, name: str = "") -> Changes:
        """Return what the browser is to remember: the setting with this name beside those that it has, or else all."""
        memory, preferred = self._parts.shelf.state(desk)[self._parts.shelf.memory], desk.session.preferred
        settings = {name: preferred[name]} if name else preferred
        return {self._parts.shelf.memory: {**memory, "settings": settings, "alone": not name}}


def _as_named(phrase: Phrase, say: Texts) -> Phrase:
    """Return what is said of a setting with its name as people see it."""
    name = str(phrase.values.get("name"))
    return Phrase(phrase.template, **{**phrase.values, "name": say(name)}) if name in TEXTS else phrase
