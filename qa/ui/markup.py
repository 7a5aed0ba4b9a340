"""Text of documents, models, people and file names in, HTML in which none of it comes alive out."""

from __future__ import annotations

import html
import re

UNHELD = re.compile("[\0\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return `text` for the inside of an element or a quoted attribute, one character for each of its own.

    A carriage return is written as a reference, since browsers turn it into a line break otherwise. What no
    page can hold (half a surrogate pair, the null character) becomes one replacement character.
    """
    whole = UNHELD.sub("\N{REPLACEMENT CHARACTER}", text)
    return html.escape(whole, quote=True).replace("\r", "&#13;")


def own_words(text: str) -> str:
    """Return words of somebody for the inside of the page's own sentence, which keep their own direction there."""
    return f"<bdi>{escaped(text)}</bdi>"


def isolated(text: str) -> str:
    """Return words of somebody for the inside of a sentence that is still text, as `own_words` does for HTML."""
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def button(
    kind: str,
    event: str,
    inner: str,
    *,
    turn: int | None = None,
    item: int | str | None = None,
    page: int | None = None,
    label: str = "",
    quote: str = "",
    words: str = "",
    idle: bool = False,
) -> str:
    """Return a button of the class `kind` that the page's script turns into `event`.

    `inner` is HTML; `turn`, `item` and `page` are what the event carries; `label` is read out in place of `inner`;
    `quote` is shown beside the button while it is pointed at; `words` is `qa.ui.places.words_of` of what it opens. An
    `idle` one does nothing, but can be reached.
    """
    given = {
        "data-turn": turn,
        "data-item": item,
        "data-page": page,
        "aria-label": label or None,
        "data-quote": quote or None,
        "data-words": words or None,
    }
    given["aria-disabled"] = "true" if idle else None
    attributes = "".join(f' {name}="{escaped(str(value))}"' for name, value in given.items() if value is not None)
    return f'<button type="button" class="{kind}" data-event="{event}"{attributes}>{inner}</button>'


def bar(done: int, total: int, label: str) -> str:
    """Return how far something is; a `total` of 0: nobody knows, and the bar only says that something is done."""
    name = escaped(label)
    if total > 0:
        return f'<progress value="{done}" max="{total}" aria-label="{name}"></progress>'
    return f'<span class="endless" role="progressbar" aria-label="{name}"></span>'


def counted(number: int, noun: str) -> str:
    """Return "1 document", "2 documents"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
