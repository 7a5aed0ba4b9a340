"""How what people do is connected with its handler: at once, without a spinner, outside of any public interface."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gradio as gr


def at_once(trigger: Any, handler: Callable[..., Any], inputs: Any, outputs: Any) -> Any:
    """Have a handler called without waiting in the queue, also while an answer is written."""
    return trigger(handler, inputs, outputs, queue=False, **quiet())


def each_time(trigger: Any, handler: Callable[..., Any], inputs: Any, outputs: Any, js: str | None = None) -> Any:
    """Have a handler called at once every time, also while its last call has not come back; Gradio would drop it.

    `js` gives the inputs their values in the browser.
    """
    return trigger(handler, inputs, outputs, js=js, queue=False, trigger_mode="multiple", **quiet())


def in_line(trigger: Any, handler: Callable[..., Any], inputs: Any, outputs: Any, at_once: int) -> Any:
    """Have a handler called every time, in the queue, of which so many calls of all such handlers go on at once."""
    line = {"concurrency_id": "in_line", "concurrency_limit": at_once}
    return trigger(handler, inputs, outputs, trigger_mode="multiple", **line, **quiet())


def quiet() -> dict[str, Any]:
    """Return what all events have in common: no spinner over the page, no entry in a public interface."""
    return {"show_progress": "hidden", "api_visibility": "private"}


def forget(page: gr.Blocks, session_id: str) -> None:
    """Have Gradio keep no more what it sent to a page: it has the last value of every part, though the page is closed.

    A page that asks for something later gets it as one that has just been opened.
    """
    with suppress(AttributeError):  # before it is served, and in a Gradio that keeps it elsewhere
        holder = page.state_holder
        with holder.lock:
            holder.session_data.pop(session_id, None)
            holder.time_last_used.pop(session_id, None)
