"""The documents of a person in, the HTML of their folded list out: what each is, and ways to add more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from embeddings.load import Skipped
from embeddings.types import Document
from qa.ui.markup import button, escaped
from qa.ui.texts import ENGLISH, Texts
from qa.ui.uploads import UPLOADED, Listed, Uploads

MOST_ROWS = 1000
"""Documents in the list; a store may hold many thousands."""

FIND_FROM = 9
"""From this many documents on there is a field to find one by its name."""

KINDS = {
    ".pdf": "kind_pdf",
    ".docx": "kind_word",
    ".md": "kind_markdown",
    ".markdown": "kind_markdown",
    ".html": "kind_web",
    ".htm": "kind_web",
    ".xhtml": "kind_web",
}
"""The keys of the texts that say what a file is, by its ending."""


def library_html(uploads: Uploads, say: Texts = ENGLISH, *, can_fetch: bool) -> str:
    """Return the list; `can_fetch`: documents may be added by their web address."""
    rows = uploads.listed()
    there = [row for row in rows if not row.is_removed]
    n_asked = sum(row.is_asked for row in there)
    some = "" if n_asked == len(there) else say("so_many_asked", n=n_asked)
    own = say("only_here" if uploads.kept_in is None else "added_here")
    listed = "".join(_row(row, own, say) for row in rows[:MOST_ROWS])
    more = f"<li>{say('and_more', n=len(rows) - MOST_ROWS)}</li>" if len(rows) > MOST_ROWS else ""
    skipped = "".join(_skipped(file, say) for file in reversed(uploads.skipped))
    above = f"{_ways(uploads.kept_in, say, can_fetch=can_fetch)}{_tools(len(there), n_asked, say)}"
    return _folded(f"{say('n_documents', n=len(there))}{some}", above, f"{listed}{more}{skipped}", say)


def early_html(documents: Mapping[str, Document], say: Texts) -> str:
    """Return the list of documents that can be looked at before there is a store: nothing can be added or chosen."""
    rows = "".join(_early(document, say) for document in documents.values())
    return _folded(
        say("n_documents", n=len(documents)), f'<div class="ways"><p>{say("add_later")}</p></div>', rows, say
    )


def _early(document: Document, say: Texts) -> str:
    row = Listed(document, 0, is_own=False, is_removed=False, is_asked=True)
    return f'<li class="listed" data-found-by="">{_opener(row, say)}</li>'


def _folded(summary: str, above: str, rows: str, say: Texts) -> str:
    return (
        f'<details class="library" data-turn="0"><summary>{summary}</summary>{above}'
        f'<ul aria-label="{say("documents")}">{rows}</ul></details>'
    )


def _ways(kept_in: Path | None, say: Texts, *, can_fetch: bool) -> str:
    """Return the ways to add a document, and what becomes of it: for whom it is, and where it is kept."""
    told = say("drop_files") if kept_in is None else say("drop_files_kept", folder=kept_in)
    choose = button("tool", "pick", say("choose_files"))
    fetch = (
        f'<form data-event="fetch"><label>{say("web_address")} <input name="address" type="url" required '
        f'placeholder="https://"></label><button class="tool" type="submit">{say("add_the_page")}</button></form>'
    )
    return (
        f'<div class="ways"><p>{escaped(told)}</p><div>{choose}</div><form data-event="paste">'
        f'<label>{say("or_paste")} <textarea name="text" rows="2" dir="auto" required></textarea></label>'
        f'<label>{say("its_name")} <input name="name" maxlength="80" dir="auto"'
        f' placeholder="{say("pasted_text")}"></label>'
        f'<button class="tool" type="submit">{say("add_the_text")}</button></form>'
        f"{fetch if can_fetch else ''}</div>"
    )


def _tools(n_there: int, n_asked: int, say: Texts) -> str:
    """Return what chooses among several documents; empty where there is nothing to choose."""
    if n_there < 2:
        return ""
    named = say("find_document")
    find = f'<input type="search" class="find" dir="auto" placeholder="{named}" aria-label="{named}">'
    every = button("tool", "every", say("ask_all"), item=1, idle=n_asked == n_there)
    none = button("tool", "every", say("ask_none"), item=0, idle=n_asked == 0)
    return f'<div class="choosing">{find if n_there >= FIND_FROM else ""}{every}{none}</div>'


def _row(row: Listed, own: str, say: Texts) -> str:
    """Return the row of a document; `own` is what is said of one that was added."""
    document, doc_id = row.document, row.document.doc_id
    named = document.title or document.path
    if row.is_removed:
        undo = button("tool", "restore", say("undo"), item=doc_id, label=say("undo_removed", name=document.title))
        return f'<li class="removed"><span>{escaped(say("was_removed", name=named))}</span>{undo}</li>'
    asked = " checked" if row.is_asked else ""
    box = f'<input type="checkbox" data-item="{doc_id}" aria-label="{escaped(say("ask_document", name=named))}"{asked}>'
    tag = f'<span class="tag">{own}</span>' if row.is_own else ""
    remove = (
        button("tool", "remove", say("remove"), item=doc_id, label=say("remove_named", name=document.title))
        if row.is_own
        else ""
    )
    found_by = escaped(f"{document.title} {document.path}".lower())
    return f'<li class="listed" data-found-by="{found_by}">{box}{_opener(row, say)}{tag}{remove}</li>'


def _opener(row: Listed, say: Texts) -> str:
    """Return the button with a document's name and what there is to know of it, which opens it."""
    document = row.document
    title, path = escaped(document.title or document.path), escaped(document.path)
    facts = f'<span class="where">{_facts(row, say)}</span>'
    name = f'<bdi class="title">{title}</bdi><bdi class="where">{path}</bdi>{facts}'
    return button("document", "document", name, item=document.doc_id)


def _facts(row: Listed, say: Texts) -> str:
    document = row.document
    ending = PurePosixPath(document.path).suffix.lower()
    kind = say("kind_pdf" if document.pages else KINDS.get(ending, "kind_text"))
    size = say("n_characters", n=len(document.text))
    pages = [say("n_pages", n=len(document.pages))] if document.pages else []
    passages = [say("n_passages_best", n=row.n_passages)] if row.n_passages else []
    return " · ".join([kind, *pages, size, *passages])


def _skipped(skipped: Skipped, say: Texts) -> str:
    name = escaped(skipped.path.removeprefix(UPLOADED))
    return f'<li class="unread"><b>{name}</b> {escaped(say("was_not_read", why=skipped.reason))}</li>'
