"""The documents of a person in, the HTML of their folded list out: what each is, and ways to add more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from embeddings.load import Skipped
from embeddings.types import Document
from qa.ui.markup import button, escaped, own_words
from qa.ui.texts import ENGLISH, Texts
from qa.ui.uploads import MOST_MB, UPLOADED, Listed, Uploads

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


def library_html(uploads: Uploads, say: Texts = ENGLISH, *, can_fetch: bool, made: int = 0, added: int = 0) -> str:
    """Return the list; `can_fetch`: documents may be added by their web address.

    `made` is higher than that of any list that was begun before: the page shows the newest, whichever comes last.
    `added` is the number of what was typed into one of the forms and has been added now; 0: nothing.
    """
    rows = uploads.listed()
    sought = uploads.sought if len(rows) > MOST_ROWS else None
    found = [row for row in rows if row.is_removed or is_found(row.document, sought or "")]
    there = [row for row in rows if not row.is_removed]
    n_asked = sum(row.is_asked for row in there)
    some = "" if n_asked == len(there) else say("so_many_asked", n=n_asked)
    own = say("only_here" if uploads.kept_in is None else "added_here")
    listed = "".join(_row(row, own, say) for row in found[:MOST_ROWS])
    first = say("first_listed", listed=MOST_ROWS, n=len(found)) if len(found) > MOST_ROWS else ""
    skipped = "".join(_skipped(file, say) for file in reversed(uploads.unread.files))
    above = f"{_ways(uploads.kept_in, say, can_fetch=can_fetch)}{_tools(len(there), n_asked, say)}"
    above += f'<p class="where">{first}</p>' if first else ""
    facts = _facts_for_script(made, added, sought)
    return _folded(f"{say('n_documents', n=len(there))}{some}", above, f"{listed}{skipped}", say, facts)


def is_found(document: Document, sought: str) -> bool:
    """Return whether the document's title and path have every word that is sought, as in the page's script."""
    return all(word in _found_by(document) for word in sought.lower().split())


def _found_by(document: Document) -> str:
    return f"{document.title} {document.path}".lower()


def _facts_for_script(made: int = 0, added: int = 0, sought: str | None = None) -> str:
    """Return the list's attributes; `sought` is what it was narrowed down to, None: it has every document."""
    facts = {"made": made, "most-bytes": MOST_MB * 2**20, "added": added or None, "sought": sought}
    return "".join(f' data-{name}="{escaped(str(value))}"' for name, value in facts.items() if value is not None)


def early_html(documents: Mapping[str, Document], say: Texts) -> str:
    """Return the list of documents that can be looked at before there is a store: nothing can be added or chosen."""
    rows = "".join(_early(document, say) for document in documents.values())
    later = f'<div class="ways"><p>{say("add_later")}</p></div>'
    return _folded(say("n_documents", n=len(documents)), later, rows, say, _facts_for_script())


def _early(document: Document, say: Texts) -> str:
    row = Listed(document, 0, is_own=False, is_removed=False, is_asked=True)
    return f'<li class="listed" data-found-by="">{_opener(row, say)}</li>'


def _folded(summary: str, above: str, rows: str, say: Texts, facts: str) -> str:
    return (
        f'<details class="library" data-turn="0"{facts}><summary>{summary}</summary>{above}'
        f'<ul aria-label="{say("documents")}">{rows}</ul></details>'
    )


def _ways(kept_in: Path | None, say: Texts, *, can_fetch: bool) -> str:
    """Return the ways to add a document, and what becomes of it: for whom it is, and where it is kept."""
    told = say("drop_files") if kept_in is None else say("drop_files_kept", folder=kept_in)
    largest = say("largest_file", n=MOST_MB)
    choose = button("tool", "pick", say("choose_files"))
    fetch = (
        f'<form data-event="fetch"><label>{say("web_address")} <input name="address" type="url" required '
        f'placeholder="https://"></label><button class="tool" type="submit">{say("add_the_page")}</button></form>'
    )
    return (
        f'<div class="ways"><p>{escaped(told)} {largest}</p><div>{choose}</div><form data-event="paste">'
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
        return f'<li class="removed"><span>{say("was_removed", name=own_words(named))}</span>{undo}</li>'
    asked = " checked" if row.is_asked else ""
    box = f'<input type="checkbox" data-item="{doc_id}" aria-label="{escaped(say("ask_document", name=named))}"{asked}>'
    tag = f'<span class="tag">{own}</span>' if row.is_own else ""
    remove = (
        button("tool", "remove", say("remove"), item=doc_id, label=say("remove_named", name=document.title))
        if row.is_own
        else ""
    )
    return (
        f'<li class="listed" data-found-by="{escaped(_found_by(document))}">{box}{_opener(row, say)}{tag}{remove}</li>'
    )


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
    name = own_words(skipped.path.removeprefix(UPLOADED))
    return f'<li class="unread"><b>{name}</b> {escaped(say("was_not_read", why=skipped.reason))}</li>'
