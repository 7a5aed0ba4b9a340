"""What the page tells people beside the conversation, as HTML: errors, hints, how far an upload is."""

from __future__ import annotations

from collections.abc import Callable

from embeddings.phrase import Phrase
from embeddings.types import Document
from qa.types import AnswerSentence
from qa.ui.conversation import FLAGS
from qa.ui.markup import bar, escaped, own_words
from qa.ui.session import Exchange
from qa.ui.texts import CODES, ENGLISH, Texts
from qa.ui.uploads import UPLOADED, Added

MOST_TOLD = 3
"""Of the documents, skipped files and notes of an upload, no more are told; the list of documents has the rest."""


def alert(message: str, told_in: str = "") -> str:
    """Return an error's one sentence, read out at once by screen readers; `told_in` is a panel that has it, too."""

    def inner(said: str) -> str:
        return f'<span aria-hidden="true">!</span> {escaped(_sentence(said))}'

    also = f' data-told-in="{told_in}"' if told_in else ""
    return f'<p class="alert" role="alert"{also}{_said_anew(message, inner)}>{inner(message)}</p>'


def note(message: str) -> str:
    """Return a hint."""
    return f'<p class="note" role="status"{_said_anew(message, escaped)}>{escaped(message)}</p>'


def _said_anew(message: str, inner: Callable[[str], str]) -> str:
    """Return `_in_each` of what has `message` inside; nothing where that is known in one language alone."""
    return _in_each(lambda say: inner(say.told(message))) if isinstance(message, Phrase) else ""


def _in_each(inner: Callable[[Texts], str]) -> str:
    """Return the inside of a notice in each language, as attributes: where another is set, the page shows that one."""
    return "".join(f' data-{code}="{escaped(inner(Texts(language)))}"' for language, code in CODES.items())


def progressing(what: str, done: int, total: int, say: Texts = ENGLISH, n_after: int = 0) -> str:
    """Return how far a task is; a `total` of 0 is one that nobody knows yet. `n_after` files come after it."""
    told = _sentence(say.told(what))
    far = f" {say('so_many_of', done=done, total=total)}" if total > 0 else ""
    after = f" {say('and_files_after', n=n_after)}" if n_after else ""
    return f'<p class="progress" role="status">{escaped(told)} {bar(done, total, told)}{far}{after}</p>'


def told(added: Added, say: Texts = ENGLISH) -> str:
    """Return what an upload brought, and files that were not read with their reasons: the first few of each."""
    each = _in_each(lambda other: _told(added, other))
    return f'<div class="{"note" if added.documents else "alert"}" role="status"{each}>{_told(added, say)}</div>'


def _told(added: Added, say: Texts) -> str:
    skipped = [
        f"<b>{own_words(file.path.removeprefix(UPLOADED))}</b> {escaped(say('was_not_read', why=file.reason))}"
        for file in added.skipped
    ]
    notes = [escaped(_sentence(say.told(text))) for text in added.notes]
    replaced = [say("takes_the_place", name=_named(document)) for document in added.replaced]
    lines = [
        *_first(skipped, "and_more_unread", say),
        *_first(replaced, "and_others", say),
        *_first(notes, "and_others", say),
    ]
    titles = [own_words(document.title or document.path) for document in added.documents]
    names = say("comma").join(_first(titles, "and_others", say))
    head = f"{say('was_added', n=len(titles))} {names}" if titles else say("nothing_added")
    rest = f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>" if lines else ""
    return f"<p>{head}</p>{rest}"


def _named(document: Document) -> str:
    return own_words(document.path.removeprefix(UPLOADED))


def _first(parts: list[str], others: str, say: Texts) -> list[str]:
    """Return the first few, and how many others there are; `others` is the key of the text that says so."""
    n_others = len(parts) - MOST_TOLD
    return [*parts[:MOST_TOLD], say(others, n=n_others)] if n_others > 0 else parts


def announcement(exchange: Exchange, say: Texts) -> str:
    """Return what a screen reader says when an answer is there."""
    if exchange.error:
        return ""
    if exchange.answer is None or exchange.stopped:
        return say("was_stopped")
    n_sources = len(exchange.citations)
    if exchange.answer.status == "not_found":
        return f"{say('refusal')} {say('with_nearest', n=n_sources)}"
    sentences = exchange.answer.sentences
    text = " ".join(_spoken(sentence, say) for sentence in sentences) if sentences else exchange.answer.text
    return f"{escaped(text)} {say('with_sources', n=n_sources)}"


def _spoken(sentence: AnswerSentence, say: Texts) -> str:
    """Return a sentence of an answer with what its mark says, where the documents do not support it."""
    return f"{sentence.text} ({say(FLAGS[sentence.state][1])})" if sentence.state in FLAGS else sentence.text


def _sentence(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]
