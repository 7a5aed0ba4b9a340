"""What the page tells people beside the conversation, as HTML: errors, hints, how far an upload is."""

from __future__ import annotations

from qa.ui.markup import bar, escaped
from qa.ui.session import Exchange
from qa.ui.texts import ENGLISH, Texts
from qa.ui.uploads import UPLOADED, Added


def alert(message: str) -> str:
    """Return an error's one sentence, read out at once by screen readers."""
    return f'<p class="alert" role="alert"><span aria-hidden="true">!</span> {escaped(_sentence(message))}</p>'


def note(message: str) -> str:
    """Return a hint."""
    return f'<p class="note" role="status">{escaped(message)}</p>'


def progressing(what: str, done: int, total: int, say: Texts = ENGLISH) -> str:
    """Return how far a task is; a `total` of 0 is one that nobody knows yet."""
    told = _sentence(say.told(what))
    far = f" {say('so_many_of', done=done, total=total)}" if total > 0 else ""
    return f'<p class="progress" role="status">{escaped(told)} {bar(done, total, told)}{far}</p>'


def told(added: Added, say: Texts = ENGLISH) -> str:
    """Return what an upload brought, and each file that was not read with its reason."""
    parts = [
        f"<li><b>{escaped(file.path.removeprefix(UPLOADED))}</b> {escaped(say('was_not_read', why=file.reason))}</li>"
        for file in added.skipped
    ]
    parts += [f"<li>{escaped(_sentence(say.told(text)))}</li>" for text in added.notes]
    names = ", ".join(escaped(document.title or document.path) for document in added.documents)
    n_added = len(added.documents)
    head = f"{say('was_added', n=n_added)} {names}" if added.documents else say("nothing_added")
    rest = f"<ul>{''.join(parts)}</ul>" if parts else ""
    return f'<div class="{"note" if added.documents else "alert"}" role="status"><p>{head}</p>{rest}</div>'


def announcement(exchange: Exchange, say: Texts) -> str:
    """Return what a screen reader says when an answer is there."""
    if exchange.error:
        return ""
    if exchange.answer is None or exchange.stopped:
        return say("was_stopped")
    n_sources = len(exchange.citations)
    if exchange.answer.status == "not_found":
        return f"{say('refusal')} {say('with_nearest', n=n_sources)}"
    return f"{escaped(exchange.answer.text)} {say('with_sources', n=n_sources)}"


def _sentence(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]
