"""An Answerer, or one that comes to be, in, the chat page out.

The parts of `qa.ui.layout` are wired here to the handlers of `qa.ui.events` and its siblings.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from embeddings.web import Web
from qa.colours import colours
from qa.conversations import Conversations
from qa.errors import QaError
from qa.opening import Opening
from qa.suggest import Suggester
from qa.ui.evaluating import Evaluating
from qa.ui.evaluations import Evaluations
from qa.ui.events import Handlers
from qa.ui.gathering import Gathering
from qa.ui.judging import Judging
from qa.ui.layout import Parts, lay_out, script
from qa.ui.library import early_html
from qa.ui.preferring import Preferring
from qa.ui.progress import progress_html
from qa.ui.pulsing import Pulsing
from qa.ui.server import Server, application, listening
from qa.ui.sessions import MOST_SESSIONS, Sessions
from qa.ui.shelving import Shelving
from qa.ui.suggestions import Suggestions
from qa.ui.texts import ENGLISH
from qa.ui.wiring import at_once, each_time, forget, in_line, quiet

if TYPE_CHECKING:
    from qa.answer import Answerer
    from qa.generate import Engine
    from qa.switching import Switching

TITLE = "Article QA"
ANSWERS_AT_ONCE = 4
MOST_WAITING = 32
ADDING_AT_ONCE = 16
"""Files that wait until others of the same person are there keep a place too; answers have places of their own."""
CACHE_S = (60, 300)
"""Gradio's copies of uploaded files: looked through this often, deleted when this old."""


def build_page(
    answers: Answerer | Opening,
    *,
    title: str = TITLE,
    examples: Sequence[str] = (),
    answers_at_once: int = ANSWERS_AT_ONCE,
    most_waiting: int = MOST_WAITING,
    conversations: Conversations | None = None,
    trouble: str = "",
    web: Web | None = None,
    evaluations: Evaluations | None = None,
    suggests: bool = False,
    sessions: Sessions | None = None,
) -> gr.Blocks:
    """Return the page, ready to be served; everybody who opens it has their own conversation and uploads.

    `conversations` are shown to everybody who opens the page; without them each person's are their own, and gone with
    their tab. `trouble` is told to everybody who opens the page. `web` fetches documents that people name by their
    web address; None: nothing does. `examples` are questions that the documents answer; with `suggests` the model makes
    others on documents that have none. `evaluations` are those whose reports `application` is to send; `sessions` those
    of the page, over `answers`, where the caller has a hand in them: their conversations are shown then.
    """
    evaluations = Evaluations() if evaluations is None else evaluations
    opening = answers if isinstance(answers, Opening) else Opening.of(answers)
    if sessions is None:
        sessions = Sessions(opening, conversations=conversations)
    page: gr.Blocks = gr.Blocks(title=title, analytics_enabled=False, fill_width=True, delete_cache=CACHE_S)
    page.state_session_capacity = MOST_SESSIONS
    sessions.on_end = partial(forget, page)
    with page:
        listed, progress = early_html(opening.documents, ENGLISH), progress_html(opening, ENGLISH)
        parts = lay_out(title, examples, listed, progress, opening.settings.strictness)
        suggester = Suggester(sessions.is_answering) if suggests else None
        if opening.switching is not None:
            _follow(opening.switching, evaluations, suggester)
        suggestions = Suggestions(examples, suggester)
        handlers = Handlers(sessions, parts, suggestions)
        gathering = Gathering(handlers, parts, web)
        _wire(page, parts, handlers, answers_at_once)
        _wire_judging(parts, Judging(parts, handlers))
        _wire_evaluating(page, parts, Evaluating(sessions, parts, handlers, evaluations))
        _wire_documents(parts, gathering)
        preferring = Preferring(parts, handlers, gathering, title)
        _wire_settings(parts, preferring)
        shelving = Shelving(sessions, parts, handlers, gathering, preferring, trouble)
        _wire_shelf(page, parts, handlers, shelving)
        _wire_pulse(parts, Pulsing(sessions, parts, handlers, gathering, shelving, preferring, suggestions))
    page.queue(max_size=most_waiting, api_open=False)
    return page


def _follow(switching: Switching, evaluations: Evaluations, suggester: Suggester | None) -> None:
    """Have nobody hold on to a model that was changed for another."""

    def switched(engine: Engine | None) -> None:
        evaluations.let_go()
        if suggester is not None:
            suggester.go_on_with(engine)

    switching.on_switch, switching.is_held = switched, lambda: evaluations.is_running


def _wire(page: gr.Blocks, parts: Parts, handlers: Handlers, answers_at_once: int) -> None:
    """Connect what people do with the handlers; however a question is asked, it waits in the same line."""
    line = {"concurrency_id": "answers", "concurrency_limit": answers_at_once}
    conversation: Any = parts.conversation  # its events are named by its script
    documents: Any = parts.documents
    evidence: Any = parts.evidence
    typed = [parts.question, parts.strictness]
    for trigger, handler, inputs in (
        (parts.question.submit, handlers.ask, typed),
        (parts.ask.click, handlers.ask, typed),
        (conversation.example, handlers.example, [parts.strictness]),
        (conversation.again, handlers.again, None),
        (conversation.looser, handlers.looser, None),
        (conversation.alone, handlers.alone, None),
    ):
        asked = at_once(trigger, handler, inputs, _shown(parts))
        each_time(asked.then, handlers.find, None, [parts.conversation])
        answered = asked.then(handlers.answer, None, [parts.conversation], trigger_mode="multiple", **line, **quiet())
        for ended, settle in ((answered.then, handlers.settle), (answered.failure, handlers.crowded)):  # a full queue
            each_time(ended, settle, [parts.question], _shown(parts))
    at_once(parts.stop.click, handlers.stop, [parts.question], _shown(parts))
    at_once(parts.clear.click, handlers.clear, None, _shown(parts))
    at_once(parts.keep.click, handlers.keep, None, _shown(parts))
    at_once(conversation.revise, handlers.revise, [parts.question], _shown(parts))
    for inside in (conversation, evidence):
        each_time(inside.cite, handlers.cite, None, [parts.evidence])
        each_time(inside.passage, handlers.passage, None, [parts.evidence])
    for inside in (documents, evidence):
        each_time(inside.document, handlers.document, None, [parts.evidence])
    each_time(conversation.redraw, handlers.redraw, None, [parts.conversation])
    page.unload(handlers.leave)


def _wire_documents(parts: Parts, gathering: Gathering) -> None:
    """Connect the list of documents with its handlers."""
    documents: Any = parts.documents  # its events are named by its script
    listed = [parts.documents, parts.conversation]
    added = [parts.notice, *listed]
    for trigger, adding, inputs, outputs in (
        (parts.upload.upload, gathering.upload, [parts.upload], [*added, parts.upload]),
        (documents.paste, gathering.paste, None, added),
        (documents.fetch, gathering.fetch, None, added),
    ):
        in_line(trigger, adding, inputs, outputs, ADDING_AT_ONCE)
    each_time(documents.refuse, gathering.refuse, None, added)
    each_time(documents.remove, gathering.remove, None, [*added, parts.announced])
    each_time(documents.restore, gathering.restore, None, [*added, parts.announced])
    each_time(documents.choose, gathering.choose, None, listed)
    each_time(documents.every, gathering.every, None, listed)
    each_time(documents.seek, gathering.seek, None, listed)


def _wire_shelf(page: gr.Blocks, parts: Parts, handlers: Handlers, shelving: Shelving) -> None:
    """Connect the list of conversations with its handlers."""
    panel: Any = parts.shelf.panel  # its events are named by its script
    shown = [*_shown(parts), parts.documents, parts.shelf.panel]
    page.load(
        shelving.load,
        [parts.shelf.memory],
        [*shown, *_written(parts)],
        js=script("recall.js"),
        queue=False,
        **quiet(),
    )
    each_time(panel.new, handlers.clear, None, shown)
    for trigger, handler in (
        (panel.look, shelving.look),
        (panel.seek, shelving.seek),
        (panel.open, shelving.open),
        (panel.rename, shelving.rename),
        (panel.named, shelving.named),
        (panel.unnamed, shelving.unnamed),
        (panel.delete, shelving.delete),
        (panel.undo, shelving.undo),
    ):
        each_time(trigger, handler, None, shown)


def _wire_pulse(parts: Parts, pulsing: Pulsing) -> None:
    """Connect what the page asks for by itself with its handlers."""
    pulse: Any = parts.pulse  # its events are named by its script
    shown = [*_shown(parts), parts.shelf.panel, *_written(parts)]
    at_once(pulse.pulse, pulsing.pulse, None, [parts.pulse])
    each_time(pulse.catch_up, pulsing.catch_up, None, shown)
    at_once(pulse.begin, pulsing.begin, None, [parts.pulse])
    each_time(pulse.failed, pulsing.failed, None, [parts.notice])
    remembered = [parts.shelf.memory, parts.question]
    each_time(pulse.back, pulsing.back, remembered, shown, script("again.js"))


def _wire_settings(parts: Parts, preferring: Preferring) -> None:
    """Connect the settings with their handlers."""
    settings: Any = parts.settings
    shown = [*_shown(parts), parts.shelf.panel, *_written(parts)]
    each_time(settings.look, preferring.look, None, shown)
    each_time(settings.set, preferring.set, None, shown)
    each_time(parts.strictness.input, preferring.strict, [parts.strictness], [parts.settings, parts.shelf.memory])
    each_time(settings.reset, preferring.reset, None, shown)
    each_time(settings.model, preferring.model, None, shown)
    each_time(settings.fetch_model, preferring.fetch_model, None, shown)
    each_time(settings.replace_model, preferring.replace_model, None, shown)
    each_time(settings.keep_model, preferring.keep_model, None, shown)


def _written(parts: Parts) -> list[gr.components.Component]:
    """Return the parts that change with the settings and their language alone."""
    frame = [parts.masthead, parts.documents, parts.clear, parts.upload, parts.strictness]
    return [*frame, parts.shortcuts, parts.settings, parts.pulse]


def _wire_evaluating(page: gr.Blocks, parts: Parts, evaluating: Evaluating) -> None:
    """Connect the Evaluate view with its handlers."""
    view: Any = parts.evaluation  # its events are named by its script
    shown = [parts.evaluation]
    at_once(view.beat, evaluating.look, None, shown)
    for trigger, handler in (
        (view.look, evaluating.look),
        (view.given, evaluating.given),
        (view.judged, evaluating.judged),
        (view.propose, evaluating.propose),
        (view.run, evaluating.run),
        (view.go_on, evaluating.go_on),
        (view.halt, evaluating.halt),
        (view.without, evaluating.without),
        (view.compare_next, evaluating.compare_next),
    ):
        each_time(trigger, handler, None, shown)
    each_time(view.questions_file, evaluating.questions_file, None, [parts.shelf.download])
    page.unload(evaluating.leave)


def _wire_judging(parts: Parts, judging: Judging) -> None:
    """Connect what stands below answers, and what is downloaded, with its handlers."""
    conversation: Any = parts.conversation
    topic: Any = parts.shelf.topic
    panel: Any = parts.shelf.panel
    shown = [*_shown(parts), parts.shelf.download]
    each_time(conversation.judge, judging.judge, None, shown)
    each_time(conversation.because, judging.because, None, shown)
    each_time(topic.export, judging.export, None, shown)
    each_time(panel.ratings, judging.ratings, None, [*shown, panel])


def _shown(parts: Parts) -> list[gr.components.Component]:
    """Return the parts that asking and answering change."""
    buttons = [parts.ask, parts.stop, parts.keep]
    kept = [parts.shelf.topic, parts.shelf.memory]
    return [parts.conversation, parts.evidence, parts.notice, parts.announced, parts.question, *buttons, *kept]


def theme() -> gr.themes.Base:
    """Return the theme, which loads no font; the page's own style has the fonts and the colours."""
    sans = [gr.themes.Font(name) for name in ("Plex", "system-ui", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "monospace")]
    base = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=sans, font_mono=mono)
    return base.set(body_background_fill="#f6f5f1", body_background_fill_dark="#14171a")


def style() -> str:
    """Return the page's style sheets."""
    return colours() + "".join(script(name) for name in ("page.css", "panels.css", "evaluate.css"))


def serve_page(
    opening: Opening,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    title: str = TITLE,
    examples: Sequence[str] = (),
    conversations_file: Path | None = None,
    web: bool = False,
    suggests: bool = False,
    keeps_added: bool = False,
) -> None:
    """Serve the page until the program is interrupted, from before anything is loaded.

    Raises QaError where the port cannot be used.

    `conversations_file` keeps the conversations, for everybody who can open the page; None: they are not kept.
    `web`: people may add documents by their web address. `suggests`: the model thinks of questions to begin with.
    `keeps_added`: what people add goes into the store, for everybody, and stays there.
    """
    listener = listening(host, port)
    conversations, trouble = _kept(conversations_file)
    evaluations = Evaluations()
    sessions = Sessions(opening, conversations=conversations, keeps_added=keeps_added)
    page = build_page(
        opening,
        title=title,
        examples=examples,
        sessions=sessions,
        trouble=trouble,
        web=Web() if web else None,
        evaluations=evaluations,
        suggests=suggests,
    )
    server = Server(application(page, theme(), style(), evaluations), listener, sessions.stop)
    threading.Thread(target=_warm_up, args=[opening], daemon=True).start()
    print(f"The page is open at {server.url} (Ctrl-C ends it)", flush=True)
    try:
        server.run(open_browser=open_browser)
    finally:
        sessions.close()
        if conversations is not None:
            with suppress(QaError):
                conversations.close()


def _kept(file: Path | None) -> tuple[Conversations | None, str]:
    """Return the conversations of the file, or why they cannot be kept: the page does without then."""
    if file is None:
        return None, ""
    try:
        return Conversations.open(file), ""
    except QaError as error:
        return None, error.phrase


def _warm_up(opening: Opening) -> None:
    """Open it, and spare the first question what the engine does once; what is wrong, the page will tell."""
    opening.begin()
    with suppress(QaError):
        if answerer := opening.ready():
            answerer.warm_up()
