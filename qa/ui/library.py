"""The documents of a person in, the HTML of their folded list out: what each is, and ways to add more."""

from __future__ import annotations

from pathlib import PurePosixPath

from embeddings.load import Skipped
from qa.ui.markup import button, counted, escaped
from qa.ui.uploads import UPLOADED, Listed, Uploads

MOST_ROWS = 1000
"""Documents in the list; a store may hold many thousands."""

FIND_FROM = 9
"""From this many documents on there is a field to find one by its name."""

KINDS = {
    ".pdf": "PDF",
    ".docx": "Word",
    ".md": "Markdown",
    ".markdown": "Markdown",
    ".html": "Web page",
    ".htm": "Web page",
    ".xhtml": "Web page",
}


def library_html(uploads: Uploads, *, can_fetch: bool) -> str:
    """Return the list; `can_fetch`: documents may be added by their web address."""
    rows = uploads.listed()
    there = [row for row in rows if not row.is_removed]
    n_asked = sum(row.is_asked for row in there)
    some = "" if n_asked == len(there) else f", {n_asked:,} asked"
    listed = "".join(map(_row, rows[:MOST_ROWS]))
    more = f"<li>and {len(rows) - MOST_ROWS:,} more, which are asked too</li>" if len(rows) > MOST_ROWS else ""
    return (
        f'<details class="library" data-turn="0"><summary>{counted(len(there), "document")}{some}</summary>'
        f"{_ways(can_fetch)}{_tools(len(there), n_asked)}"
        f'<ul aria-label="Documents">{listed}{more}{"".join(map(_skipped, reversed(uploads.skipped)))}</ul></details>'
    )


def _ways(can_fetch: bool) -> str:
    choose = button("tool", "pick", "Choose files")
    fetch = (
        '<form data-event="fetch"><label>Web address <input name="address" type="url" required '
        'placeholder="https://"></label><button class="tool" type="submit">Add the page</button></form>'
    )
    return (
        f'<div class="ways"><p>Drop files anywhere on this page, or choose them. '
        f"What you add is for you alone, and gone when you close the page.</p><div>{choose}</div>"
        '<form data-event="paste"><label>Or paste a text <textarea name="text" rows="2" required></textarea></label>'
        '<label>Its name <input name="name" maxlength="80" placeholder="Pasted text"></label>'
        '<button class="tool" type="submit">Add the text</button></form>'
        f"{fetch if can_fetch else ''}</div>"
    )


def _tools(n_there: int, n_asked: int) -> str:
    """Return what chooses among several documents; empty where there is nothing to choose."""
    if n_there < 2:
        return ""
    find = '<input type="search" class="find" placeholder="Find a document" aria-label="Find a document">'
    every = button("tool", "every", "Ask all", item=1, idle=n_asked == n_there)
    none = button("tool", "every", "Ask none", item=0, idle=n_asked == 0)
    return f'<div class="choosing">{find if n_there >= FIND_FROM else ""}{every}{none}</div>'


def _row(row: Listed) -> str:
    document, doc_id = row.document, row.document.doc_id
    title = escaped(document.title or document.path)
    if row.is_removed:
        undo = button("tool", "restore", "Undo", item=doc_id, label=f"Undo: bring {document.title} back")
        return f'<li class="removed"><span>{title} was removed.</span>{undo}</li>'
    asked = " checked" if row.is_asked else ""
    box = f'<input type="checkbox" data-item="{doc_id}" aria-label="Ask {title}"{asked}>'
    path = escaped(document.path)
    name = (
        f'<span class="title">{title}</span><span class="where">{path}</span><span class="where">{_facts(row)}</span>'
    )
    opened = button("document", "document", name, item=doc_id)
    tag = '<span class="tag">only in this session</span>' if row.is_own else ""
    remove = button("tool", "remove", "Remove", item=doc_id, label=f"Remove {document.title}") if row.is_own else ""
    found_by = escaped(f"{document.title} {document.path}".lower())
    return f'<li class="listed" data-found-by="{found_by}">{box}{opened}{tag}{remove}</li>'


def _facts(row: Listed) -> str:
    document = row.document
    kind = "PDF" if document.pages else KINDS.get(PurePosixPath(document.path).suffix.lower(), "Text")
    size = counted(len(document.text), "character")
    pages = [counted(len(document.pages), "page")] if document.pages else []
    return " · ".join([kind, *pages, size, counted(row.n_passages, "passage")])


def _skipped(skipped: Skipped) -> str:
    name = escaped(skipped.path.removeprefix(UPLOADED))
    return f'<li class="unread"><b>{name}</b> was not read: {escaped(skipped.reason)}</li>'
