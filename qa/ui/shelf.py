"""The list of conversations, the name of the one that lies open, and what the browser remembers of it, as HTML.

Nothing here reads or writes a conversation; `qa.ui.shelving` does what people click.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from qa.conversations import MAX_NAME_CHARS, Kept
from qa.errors import QaError
from qa.ui.desk import Desk
from qa.ui.markup import button, escaped, own_words
from qa.ui.texts import ENGLISH, Texts


@dataclass(frozen=True, slots=True)
class Shelf:
    """The components: the panel with the list, the name above the conversation, the browser's memory, its files."""

    panel: gr.HTML
    topic: gr.HTML
    memory: gr.HTML
    download: gr.HTML

    def state(self, desk: Desk) -> dict[Any, Any]:
        """Return the name of the conversation and what the browser is to remember."""
        return {
            self.topic: topic_html(desk.name, desk.say, can_export=bool(desk.session.exchanges)),
            self.memory: {"ticket": desk.ticket, "conversation": desk.open_id},
        }


def topic_html(name: str, say: Texts, *, can_export: bool) -> str:
    """Return the name of the conversation that lies open, and how it can be taken away, also one that is not kept."""
    shown = f'<bdi title="{escaped(name)}">{escaped(name)}</bdi>' if name else escaped(say("new_conversation"))
    forms = (("markdown", "export_markdown"), ("html", "export_html"), ("json", "export_json"))
    rows = "".join(f"<li>{button('tool', 'export', say(key), item=form)}</li>" for form, key in forms)
    menu = f'<details class="menu"><summary>{say("export")}</summary><ul>{rows}</ul></details>' if can_export else ""
    return f'<p class="topic-name">{shown}</p>{menu}'


def listed_html(desk: Desk, trouble: str = "") -> str:
    """Return the panel with the conversations that are looked for, as they are now."""
    rows: Sequence[Kept] = ()
    try:
        rows = desk.conversations.search(desk.sought)
    except QaError as error:
        trouble = desk.say.told(error)
    return shelf_html(rows, desk, trouble)


def shelf_html(rows: Sequence[Kept], desk: Desk, trouble: str = "") -> str:
    """Return the panel: a field to search in, what can be undone, the conversations."""
    say = desk.say
    listed = "".join(_row(row, desk) for row in rows)
    empty = "" if rows else f'<p class="none">{say("none_found" if desk.sought else "no_conversations")}</p>'
    return (
        '<div class="panel-sheet" role="dialog" aria-modal="true" aria-labelledby="shelf-title">'
        f'<header class="panel-head"><h2 id="shelf-title">{say("conversations")}</h2>'
        f'<button type="button" class="tool" data-close>{say("close")}</button></header>'
        f'<div class="seek"><input type="search" id="seek" data-first aria-label="{say("search_conversations")}"'
        f' placeholder="{say("search_conversations")}" autocomplete="off" dir="auto">'
        f"{button('action', 'new', say('new_conversation'))}</div>"
        f'<div class="undo" role="status">{_undo(desk)}</div>'
        f'<ul class="kept">{listed}</ul>{empty}'
        f'<p class="trouble" role="alert">{escaped(trouble)}</p>'
        f"{button('tool ratings', 'ratings', say('download_judged'))}"
        f'<p class="where-kept">{say("kept_here" if desk.is_lasting else "kept_for_session")}</p></div>'
    )


def _undo(desk: Desk) -> str:
    if desk.deleted is None:
        return ""
    told = desk.say("deleted_named", name=own_words(desk.deleted[1]))
    return f"<span>{told}</span>{button('action', 'undo', desk.say('undo'))}"


def _row(row: Kept, desk: Desk) -> str:
    say = desk.say
    if row.id == desk.renaming:
        return f"<li>{_renaming(row, say)}</li>"
    current = ' aria-current="true"' if row.id == desk.open_id else ""
    changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.changed_s))
    facts = f"{escaped(say('n_questions', n=row.n_questions))} · <time>{changed}</time>"
    found = f'<span class="found-words">{escaped(row.found)}</span>' if row.found else ""
    inner = f'<bdi class="kept-name">{escaped(row.name)}</bdi>{found}<span class="kept-facts">{facts}</span>'
    rename = button("tool", "rename", say("rename"), item=row.id, label=say("rename_named", name=row.name))
    delete = button("tool", "delete", say("delete"), item=row.id, label=say("delete_named", name=row.name))
    opened = button("kept-open", "open", inner, item=row.id)
    return f'<li{current}>{opened}<div class="kept-tools">{rename}{delete}</div></li>'


def _renaming(row: Kept, say: Texts) -> str:
    field = (
        f'<input type="text" class="new-name" data-item="{escaped(row.id)}" value="{escaped(row.name)}"'
        f' maxlength="{MAX_NAME_CHARS}" dir="auto" aria-label="{say("new_name")}">'
    )
    save = button("tool", "named", say("save"), item=row.id)
    return f'<div class="renaming">{field}{save}{button("tool", "unnamed", say("cancel"))}</div>'


def lay_out_panel(script: str) -> gr.HTML:
    """Make the panel with the list; it is filled when it is opened."""
    return gr.HTML("", elem_id="shelf", elem_classes=["panel"], js_on_load=script, apply_default_css=False)


def lay_out_topic(script: str) -> gr.HTML:
    """Make the name above the conversation, and the menu beside it."""
    return gr.HTML(
        topic_html("", ENGLISH, can_export=False), elem_id="topic", js_on_load=script, apply_default_css=False
    )


def lay_out_memory(script: str) -> gr.HTML:
    """Make what remembers, in the browser's tab, which conversation lies open."""
    return gr.HTML(None, elem_id="memory", html_template="", js_on_load=script, apply_default_css=False)


def lay_out_download(script: str) -> gr.HTML:
    """Make what gives the browser a file."""
    return gr.HTML(None, elem_id="download", html_template="", js_on_load=script, apply_default_css=False)
