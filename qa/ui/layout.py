"""The parts of the page and where they stand; what happens in them is wired by `qa.ui.page`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, get_args

import gradio as gr

from qa.settings import Strictness
from qa.ui.conversation import conversation_html, whole
from qa.ui.desk import Desk
from qa.ui.evidence import closed_html
from qa.ui.markup import escaped
from qa.ui.preferences import shortcuts_html
from qa.ui.shelf import Shelf, lay_out_download, lay_out_memory, lay_out_panel, lay_out_topic
from qa.ui.texts import CODES, ENGLISH, Texts


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that people see and use."""

    conversation: gr.HTML
    evidence: gr.HTML
    documents: gr.HTML
    notice: gr.HTML
    announced: gr.HTML
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    keep: gr.Button
    clear: gr.Button
    upload: gr.UploadButton
    strictness: gr.Radio
    shelf: Shelf
    masthead: gr.HTML
    settings: gr.HTML
    shortcuts: gr.HTML
    evaluation: gr.HTML
    pulse: gr.HTML


def lay_out(title: str, examples: Sequence[str], library: str, progress: str, strictness: str) -> Parts:
    """Make the parts inside the page that is being built: the conversation, and its sources beside it.

    `library` is the HTML of the list of documents, `progress` that of how far the start is.
    """
    scripts = "\n".join(map(script, ("panels.js", "shortcuts.js", "views.js", "direction.js")))
    masthead = gr.HTML(masthead_html(title, ENGLISH), elem_id="masthead", js_on_load=scripts, apply_default_css=False)
    said = '<p role="status" aria-live="polite">${value}</p>'  # in no part that is hidden while a panel is open
    announced = gr.HTML("", elem_id="announced", html_template=said)
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="talk", scale=1, min_width=0):
            with gr.Row(elem_id="bar"):
                topic = lay_out_topic(script("topic.js"))
                clear = gr.Button(ENGLISH("new"), elem_id="clear", size="sm", scale=0, min_width=0)
            conversation = _conversation(examples)
            with gr.Column(elem_id="foot", min_width=0):
                pulse = gr.HTML(progress, elem_id="pulse", js_on_load=script("pulse.js"), apply_default_css=False)
                notice = gr.HTML(
                    "",
                    elem_id="notice",
                    html_template='<button type="button" class="dismiss"></button>${value}',
                    js_on_load=script("notice.js"),
                    apply_default_css=False,
                )
                question, ask, stop, keep = _composer()
            upload, strict = _tools(strictness)
        with gr.Column(elem_id="aside", scale=1, min_width=0):
            listed = _clickable("documents", library, "documents.js")
            evidence = _clickable("evidence", closed_html(), "evidence.js")
    evaluation = _clickable("evaluation", "", "evaluate.js")
    shelf = Shelf(
        lay_out_panel(script("shelf.js")),
        topic,
        lay_out_memory(script("memory.js")),
        lay_out_download(script("download.js")),
    )
    settings = _panel("settings", "", script("preferences.js"))
    keys = _panel("shortcuts", shortcuts_html(ENGLISH), None)
    return Parts(
        conversation,
        evidence,
        listed,
        notice,
        announced,
        question,
        ask,
        stop,
        keep,
        clear,
        upload,
        strict,
        shelf,
        masthead,
        settings,
        keys,
        evaluation,
        pulse,
    )


def _panel(name: str, value: str, script_text: str | None) -> gr.HTML:
    return gr.HTML(value, elem_id=name, elem_classes=["panel"], js_on_load=script_text, apply_default_css=False)


def translated(parts: Parts, title: str, desk: Desk) -> dict[Any, Any]:
    """Return what stands on the page from the start, in the language of the session."""
    say = desk.say
    return {
        parts.masthead: masthead_html(title, say),
        parts.shortcuts: shortcuts_html(say),
        parts.shelf.panel: "",
        parts.clear: gr.update(value=say("new")),
        parts.upload: gr.update(label=say("add_documents")),
        parts.question: gr.update(placeholder=say("ask_about"), label=say("your_question")),
        parts.strictness: gr.update(
            label=say("strictness_help"), choices=[(say(level), level) for level in get_args(Strictness)]
        ),
    }


def masthead_html(title: str, say: Texts) -> str:
    """Return the page's head: its name, what it does, and what opens the panels; and the words in the style sheet."""
    return (
        f"<style>:root {{ --says-strictness: '{say('strictness')}'; --says-drop: '{say('drop_here')}' }}</style>"
        f"<h1>{escaped(title)}</h1><p>{say('motto')}</p>"
        f'<nav class="views" aria-label="{say("views")}">'
        f'<a class="tool" href="#chat" data-view-name="chat">{say("chat")}</a>'
        f'<a class="tool" href="#evaluate" data-view-name="evaluate">{say("evaluate")}</a></nav>'
        f'<nav data-language="{CODES[say.language]}" data-dismiss="{say("dismiss")}" data-sending="{say("sending")}">'
        f'<button type="button" class="tool" data-panel-name="shelf">{say("conversations")}</button>'
        f'<button type="button" class="tool" data-panel-name="settings">{say("settings")}</button>'
        f'<button type="button" class="tool" data-panel-name="shortcuts"'
        f' aria-label="{say("shortcuts")}">?</button></nav>'
    )


def _conversation(examples: Sequence[str]) -> gr.HTML:
    """Return the conversation: while an answer is written only its last exchange is sent and drawn.

    Gradio would parse and compare all of it at each word; so its template stays as it is, and the script draws.
    """
    return gr.HTML(
        whole(0, conversation_html((), examples, running=False)),
        elem_id="conversation",
        html_template="<!-- conversation.js draws what stands here -->",
        js_on_load=f"{script('conversation.js')}\n{script('quote.js')}\n{script('answer_tools.js')}",
        apply_default_css=False,
    )


def _clickable(name: str, value: str, script_name: str) -> gr.HTML:
    return gr.HTML(value, elem_id=name, js_on_load=script(script_name), apply_default_css=False)


def _composer() -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Button]:
    with gr.Row(elem_id="composer"):
        question = gr.Textbox(
            label=ENGLISH("your_question"),
            show_label=False,
            container=False,
            placeholder=ENGLISH("ask_about"),
            lines=1,
            max_lines=6,
            scale=1,
            autofocus=True,
            elem_id="question",
        )
        keep = gr.Button(ENGLISH("cancel"), elem_id="keep", visible=False, scale=0, min_width=0)
        ask = gr.Button(ENGLISH("ask"), elem_id="ask", variant="primary", scale=0, min_width=0)
        stop = gr.Button(ENGLISH("stop"), elem_id="stop", variant="stop", visible=False, scale=0, min_width=0)
    return question, ask, stop, keep


def _tools(strictness: str) -> tuple[gr.UploadButton, gr.Radio]:
    with gr.Row(elem_id="tools"):
        upload = gr.UploadButton(
            ENGLISH("add_documents"), elem_id="upload", file_count="multiple", size="sm", scale=0, min_width=0
        )
        strict = gr.Radio(
            choices=[(ENGLISH(level), level) for level in get_args(Strictness)],
            value=strictness,
            label=ENGLISH("strictness_help"),
            elem_id="strictness",
            container=False,
            min_width=0,
        )
    return upload, strict


def script(name: str) -> str:
    """Return the text of one of the page's own files."""
    return files("qa.ui").joinpath(name).read_text(encoding="utf-8")
