"""A document and a span of it in, the HTML that shows the whole text with exactly that span marked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from embeddings.draw import GONE, Drawn, draw_page
from embeddings.errors import LoadError
from embeddings.sections import Heading, headings_of, section_at
from embeddings.types import Document
from qa.ui.markup import button, escaped
from qa.ui.sheets import sheet_html
from qa.ui.texts import ENGLISH, Texts

Kind = Literal["cited", "found"]


def closed_html(say: Texts = ENGLISH) -> str:
    """Return the panel where no source is open."""
    return f'<div class="closed"><p>{say("opens_here")}</p><p>{say("click_a_mark")}</p></div>'


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of a document: `start` to `end` is marked, as cited words or as a passage found.

    0 to 0: nothing is marked. `number` differs from view to view, so that the same place opened twice is
    scrolled to twice. `asked` says whether a person opened it, not the program. `turn` and `item` name the
    mark that it was opened by, one of `n_items`, numbered from 1; `label` is what the mark says. `drawn` is a
    page of it to be shown in place of its text; `why_text` says why there is none. `note` says what has become of the
    cited words since, `quoted` are those that stand here no more. `words` is `words_of` what the mark stands for, by
    which the page sees whether it is still there. `say` has the texts.
    """

    document: Document
    number: int
    start: int = 0
    end: int = 0
    kind: Kind = "cited"
    asked: bool = True
    turn: int = -1
    item: int = -1
    n_items: int = 0
    label: str = ""
    drawn: Drawn | None = None
    why_text: str = ""
    note: str = ""
    quoted: str = ""
    words: str = ""
    say: Texts = ENGLISH


def with_page(view: View, file: Path | None, page: int) -> View:
    """Return the view of a PDF with a page drawn from its file, the one that its span begins on for a `page` below 1.

    Where that cannot be done the view says why, and shows the text.
    """
    number = page if page >= 1 else _first_page(view)
    try:
        if file is None:
            raise LoadError(GONE)
        return replace(view, drawn=draw_page(file, view.document, number, view.start, view.end))
    except LoadError as error:
        return replace(view, why_text=error.phrase)


def _first_page(view: View) -> int:
    return view.document.page_at(view.start) or 1


def view_html(view: View) -> str:
    """Return the panel: the document's name and place, and its whole text with the span marked."""
    document = view.document
    name = escaped(document.title or document.path)
    back = button("tool back", "back", view.say("back_to_answer" if view.turn >= 0 else "back_to_list"))
    badge = f'<span class="badge">{escaped(view.label)}</span>' if view.label else ""
    opened = "person" if view.asked else "program"
    steps = steps_html(view.kind, view.turn, view.item, view.n_items, view.say)
    lit = f'#conversation .citation[data-turn="{view.turn}"][data-item="{view.item}"]' if view.label else "#none"
    return (
        f'<div class="source" data-view="{view.number}" data-opened="{opened}" data-turn="{view.turn}"'
        f' data-item="{view.item}" data-kind="{view.kind}" data-words="{escaped(view.words)}"'
        f' data-document="{document.doc_id}" data-start="{view.start}" data-end="{view.end}">'
        f"<style>{lit} {{ background: var(--accent); color: var(--accent-ink); }}</style>"
        f'<header class="source-head">{badge}<div class="names"><h2><bdi>{name}</bdi></h2>'
        f'<p class="where">{_where(view)}</p></div>{steps}{back}</header>'
        f"{_noted(view)}{_pages(view)}{_shown(view)}</div>"
    )


def _where(view: View) -> str:
    """Return the document's path, with the page and the section that the span stands on."""
    document, parts = view.document, [view.document.path]
    if view.end > view.start:
        page, section = document.page_at(view.start), section_at(document, view.start)
        parts += [view.say("page", page=page)] if page else []
        parts += [section] if section and section != document.title else []
    return " · ".join(f"<bdi>{escaped(part)}</bdi>" for part in parts)


def steps_html(kind: Kind, turn: int, item: int, n_items: int, say: Texts) -> str:
    """Return the buttons that lead to the mark before and the one after; hidden where there are not several.

    While an answer is written, the page counts its marks and keeps the buttons as they have to be.
    """
    if turn < 0:
        return ""

    def step(name: str, sign: str, other: int) -> str:
        event, noun = ("cite", "source") if kind == "cited" else ("passage", "passage")
        there, label = 1 <= other <= n_items, say(f"{name}_{noun}")
        return button(f"tool step {name}", event, sign, turn=turn, item=other, label=label, idle=not there)

    told = say("place_of", item=item, n_items="%")
    place = f'<span class="place" data-told="{told}">{say("place_of", item=item, n_items=n_items)}</span>'
    noun, hidden = say("sources" if kind == "cited" else "passages"), "" if n_items > 1 else " hidden"
    return (
        f'<div class="steps" role="group" aria-label="{noun}"{hidden}>'
        f"{step('previous', '‹', item - 1)}{place}{step('next', '›', item + 1)}</div>"
    )


def _noted(view: View) -> str:
    """Return what has become of the cited words, and those that stand here no more as they were quoted."""
    if not view.note:
        return ""
    say, quoted = view.say, ""
    if view.quoted:
        quoted = f"<p>{say('quoted_then')}</p><blockquote>{escaped(view.quoted)}</blockquote>"
    return (
        f'<div class="source-bar became" id="became" tabindex="0" role="region" aria-label="{say("became")}">'
        f"<p>{escaped(view.note)}</p>{quoted}</div>"
    )


def _pages(view: View) -> str:
    """Return the choice between page and text of a document with pages, and the way to the other pages."""
    if not view.document.pages:
        return ""
    drawn = view.drawn
    if view.why_text:
        why = view.say("why_text", why=view.why_text)
        return f'<p class="source-bar" role="status">{escaped(why[:1].upper() + why[1:])}</p>'
    if drawn is None:
        return f'<div class="source-bar">{_turn(view, _first_page(view), view.say("show_page"))}</div>'
    number, n_pages = drawn.number, drawn.n_pages
    turns = (
        _turn(view, number - 1, "‹", view.say("previous_page"), idle=number == 1)
        + f'<span class="place">{view.say("page_of", page=number, n_pages=n_pages)}</span>'
        + _turn(view, number + 1, "›", view.say("next_page"), idle=number == n_pages)
    )
    return (
        f'<div class="source-bar"><div class="steps" role="group" aria-label="{view.say("pages")}">{turns}</div>'
        f"{_turn(view, 0, view.say('show_text'))}</div>{_across(view, drawn)}"
    )


def _across(view: View, drawn: Drawn) -> str:
    """Return that the span begins before the page or goes on after it, with the way there."""
    first, last = view.document.page_span(drawn.number)
    if not _on(view, drawn).strip():
        return ""
    text, say, told = view.document.text, view.say, []
    if text[view.start : first].strip():
        told.append((say("begins_before"), drawn.number - 1))
    if text[last : view.end].strip():
        told.append((say("goes_on"), drawn.number + 1))
    return "".join(
        f'<div class="source-bar across"><span>{words}</span>{_turn(view, page, say("show_page_n", page=page))}</div>'
        for words, page in told
    )


def _on(view: View, drawn: Drawn) -> str:
    """Return what of the span stands on the page that is drawn."""
    first, last = view.document.page_span(drawn.number)
    return view.document.text[max(view.start, first) : min(view.end, last)]


def _turn(view: View, page: int, words: str, label: str = "", *, idle: bool = False) -> str:
    """Return a button that shows the same place on another page; page 0 is the text."""
    event = {"cited": "cite", "found": "passage"}[view.kind] if view.turn >= 0 else "document"
    item = view.item if view.turn >= 0 else view.document.doc_id
    step = "tool step" if label else "tool"
    return button(step, event, words, turn=view.turn, item=item, page=None if idle else page, label=label, idle=idle)


def _shown(view: View) -> str:
    document, drawn = view.document, view.drawn
    told = ' aria-describedby="became"' if view.note else ""
    if drawn is None:
        name, inner = view.say("text_of_source"), _text(view)
        return f'<div class="source-text" tabindex="0" role="region" aria-label="{name}"{told}>{inner}</div>'
    inner = sheet_html(drawn, document.title, _on(view, drawn), view.kind, view.say)
    name = view.say("page_of_source")
    return f'<div class="source-text paged" tabindex="0" role="region" aria-label="{name}"{told}>{inner}</div>'


def _text(view: View) -> str:
    """Return the document's text, the span in a mark; where a page starts stands an element without text."""
    text, start, end, say = view.document.text, view.start, view.end, view.say
    headings = tuple(headings_of(view.document))
    if not 0 <= start < end <= len(text):
        return _paged(view.document, headings, 0, len(text), say)
    before, after = (_paged(view.document, headings, *span, say) for span in ((0, start), (end, len(text))))
    return f'{before}<mark class="{view.kind}">{_headed(text, headings, start, end)}</mark>{after}'


def _paged(document: Document, headings: Sequence[Heading], start: int, end: int, say: Texts) -> str:
    """Return the text from `start` to `end`, with an element for each page that starts there or at `end`."""
    parts: list[str] = []
    reached = start
    for number, offset in enumerate(document.pages, start=1):
        if start <= offset <= end:
            parts += [
                _headed(document.text, headings, reached, offset),
                f'<span class="page" data-page="{number}" data-says="{say("page", page=number)}"></span>',
            ]
            reached = offset
    return "".join([*parts, _headed(document.text, headings, reached, end)])


def _headed(text: str, headings: Sequence[Heading], start: int, end: int) -> str:
    """Return the text from `start` to `end`, what of it is a heading inside an element of its own."""
    parts: list[str] = []
    reached = start
    for heading in headings:
        if heading.start < end and heading.end > reached:
            sign, words = (min(max(place, reached), end) for place in (heading.start, heading.words))
            last = min(heading.end, end)
            signs = f'<span class="signs">{escaped(text[sign:words])}</span>' if words > sign else ""
            parts += [escaped(text[reached:sign]), f'<span class="heading">{signs}{escaped(text[words:last])}</span>']
            reached = last
    return "".join([*parts, escaped(text[reached:end])])
