"""The commands that read documents and answer: options in, results on the terminal and an exit code out.

Whatever fails is raised as the error it is; `qa.cli` turns it into one sentence.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.errors import EmbeddingsError, LoadError
from embeddings.types import Document, Progress
from embeddings.weights import default_cache
from qa import fields
from qa.call import CHECKOUT, Call, sources_of
from qa.errors import QaError, QuestionError
from qa.generate import DEFAULT_MODEL
from qa.opening import Opening
from qa.options import is_address, is_loopback
from qa.transcript import show_best, show_events, show_hits

if TYPE_CHECKING:
    from embeddings.manifest import PassageSettings
    from embeddings.update import Update
    from qa.answer import Answerer
    from qa.switching import Switching
    from qa.types import Searched

N_EXAMPLES = 4

MAX_STANDARD_INPUT_BYTES = 1_000_000
"""A question longer than this is not read to its end: it is refused anyway."""


def index(call: Call) -> int:
    """Build or update a store, or the one that the cache keeps for these paths."""
    from embeddings.build import cached_store, index_paths

    options, cache = call.options, call.cache or default_cache()
    with call.terminal.progress("loading") as progress:
        encoder = call.openers.encoder(
            options.encoder, cache, progress, offline=options.offline, hub_endpoint=call.hub_endpoint
        )
        if options.store is None:
            folder, update = cached_store(options.paths, encoder, cache=cache, progress=progress)
        else:
            folder, keep = Path(options.store), options.keep
            settings = _passage_settings(call)
            update = index_paths(options.paths, folder, encoder, settings, remove_missing=not keep, progress=progress)
    _show_update(call, folder, update)
    return 0


def _passage_settings(call: Call) -> PassageSettings | None:
    """Return the passage settings that the options make; None: those of the store, or the usual ones."""
    from embeddings.manifest import PassageSettings

    names = ("passage_tokens", "overlap_sentences")
    tokens, overlap = (getattr(call.options, name) for name in names)
    if tokens is None and overlap is None:
        return None
    usual = PassageSettings()
    return PassageSettings(
        usual.max_tokens if tokens is None else tokens,
        usual.overlap_sentences if overlap is None else overlap,
    )


def _show_update(call: Call, folder: Path, update: Update) -> None:
    if call.options.json:
        call.terminal.json({"store": str(folder), **asdict(update)})
        return
    say = call.terminal.say
    for what, paths in (("added", update.added), ("updated", update.updated), ("removed", update.removed)):
        for path in paths:
            say(f"{what}  {path}")
    for skipped in update.skipped:
        say(f"skipped  {skipped.path}: {skipped.reason}", "yellow")
    for note in update.notes:
        call.terminal.note(f"note: {note}")
    counts = [_counted(update.n_documents, "document"), _counted(update.n_passages, "passage")]
    counts += [f"{len(update.unchanged):,} unchanged"] if update.unchanged else []
    say(f"{', '.join(counts)} in {folder}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def search(call: Call) -> int:
    """Show the passages that are found for a question; nothing is written by a model."""
    question = _question(call.options.question)
    history = call.history()
    answerer = call.answerer(with_engine=False)
    searched = answerer.search(question, history)
    hits = searched.hits[: call.settings.n_passages]
    if call.options.json:
        call.terminal.json(_searched_to_json(question, searched, answerer.store.documents, len(hits)))
        return 0
    if searched.added:
        call.terminal.note(f'searched together with "{searched.added}"')
    show_hits(hits, call.terminal, sources_of(answerer))
    return 0


def _searched_to_json(
    question: str, searched: Searched, documents: Mapping[str, Document], n_hits: int
) -> dict[str, Any]:
    """Return the passages as plain JSON values, in the form that the guide's command-line page gives."""
    hits = []
    for hit in searched.hits[:n_hits]:
        document, passage = documents[hit.passage.doc_id], hit.passage
        row = {
            "document": document.path,
            "doc_id": passage.doc_id,
            "start": passage.start,
            "end": passage.end,
        }
        row |= {"page": document.page_at(passage.start), "text": passage.text, "rank": hit.rank}
        for name in ("score", "dense_score", "word_score"):
            score = getattr(hit, name)
            row[name] = None if score is None else round(score, 4)
        hits.append(row)
    return {"question": question, "search_text": searched.search_text, "added": searched.added, "hits": hits}


def ask(call: Call) -> int:
    """Answer one question; on a terminal the best passages are shown while the model may still be loading."""
    question = _question(call.options.question)
    history = call.history()
    answerer = call.answerer(wait=False)
    if call.options.json:
        call.terminal.json(answerer.ask(question, history).to_json())
        return 0
    sources = sources_of(answerer)

    def show_found(searched: Searched) -> None:
        show_best(searched.hits, call.terminal, sources)
        call.wait_for_engine(answerer)

    show_events(answerer.stream(question, history), call.terminal, sources, show_found)
    return 0


def _question(given: str) -> str:
    """Return the question, standard input's text where "-" is given; what cannot be asked is told at once."""
    from qa.answer import checked

    if given == "-":
        content = sys.stdin.buffer.read(MAX_STANDARD_INPUT_BYTES)
        try:
            given = fields.decoded(content)
        except ValueError:
            given = content.decode(sys.stdin.encoding, "replace")
        if not given.strip():
            raise QuestionError("standard input holds no question; write one into it")
    return checked(given)


def chat(call: Call) -> int:
    """Hold a conversation in the terminal."""
    from qa.chat import Chat, terminal_lines

    answerer = call.answerer()
    if sys.stdin.isatty():
        n_documents = len(answerer.store.documents)
        call.terminal.note(f"Ask about {_counted(n_documents, 'document')}; /help lists what else there is.")
    Chat(answerer, call.terminal, sources_of(answerer)).run(terminal_lines())
    return 0


def serve(call: Call) -> int:
    """Serve the web page until it is interrupted."""
    options = call.options
    require_free_port(options.host, options.port)
    call.check_documents()
    opening = Opening(partial(_opened, call), call.settings, call.look)
    if is_loopback(options.host) and call.settings.answering != "passage":
        opening.switching = _switching(call, opening)
    open_browser = not options.no_browser and call.has_display and call.terminal.is_terminal
    examples = () if options.docs or options.store else shipped_examples()
    try:
        call.openers.server(
            opening,
            host=options.host,
            port=options.port,
            open_browser=open_browser,
            examples=examples,
            conversations_file=_conversations_file(call),
            web=options.web,
            suggests=not is_address(options.model),
            keeps_added=options.store is not None and os.access(options.store, os.W_OK),
        )
    except KeyboardInterrupt:  # Ctrl-C is how the page is closed
        if call.terminal.is_terminal:
            call.terminal.say()  # behind the ^C that the terminal shows
        call.terminal.note("The page is closed.")
    return 0


def _opened(call: Call, progress: Progress, searching: Callable[[Answerer], None]) -> Answerer:
    """Open what answers while the page is there already; what goes wrong stands on the page and in the terminal.

    Where there is nothing to read the page has no document yet, and says how to add one.
    """
    try:
        if not call.names_documents():
            return call.opened(progress, searching, docs=())
        try:
            return call.opened(progress, searching)
        except LoadError as error:
            call.terminal.note(f"note: {error}")
            return call.opened(progress, searching, docs=())
    except (QaError, EmbeddingsError) as error:
        call.terminal.note(f"article-qa: {error}")
        raise


def _switching(call: Call, opening: Opening) -> Switching:
    """Return what changes the model while the page is open; whoever can open it changes it for everybody."""
    from qa.switching import Switching, choices_of

    model = call.options.model or DEFAULT_MODEL
    choices = partial(choices_of, model, call.cache or default_cache())
    return Switching(opening, model, choices, call.engine, call.fetch, can_fetch=not call.options.offline)


def _conversations_file(call: Call) -> Path | None:
    """Return the file that keeps the page's conversations; None: they are kept no longer than a tab is open."""
    from qa.conversations import default_file

    options = call.options
    if options.keep_nothing:
        return None
    if not is_loopback(options.host):
        call.terminal.note("note: others can open this page, so each conversation is kept for its own tab alone")
        return None
    return Path(options.conversations) if options.conversations else default_file()


def shipped_examples() -> tuple[str, ...]:
    """Return questions that the shipped articles answer, from the question files that ship beside them."""
    from qa.questions import read_questions

    asked = [
        question.question
        for file in sorted((CHECKOUT / "docs" / "questions").glob("*.jsonl"))
        for question in read_questions(file)
        if question.answerable and not question.history
    ]
    return tuple(asked[:: max(1, len(asked) // N_EXAMPLES)][:N_EXAMPLES])


def require_free_port(host: str, port: int) -> None:
    """Raise QaError unless a server can listen there: seconds before the model is loaded, not after."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except (socket.gaierror, UnicodeError) as error:  # the second: a name with an empty or an endless part
        raise QaError(f"there is no address {host!r} to listen at; give another with --host") from error
    except OSError as error:
        why = error.strerror or error
        raise QaError(f"port {port} of {host} cannot be used ({why}); give another with --port") from error


COMMANDS: Mapping[str, Callable[[Call], int]] = {
    "index": index,
    "search": search,
    "ask": ask,
    "chat": chat,
    "serve": serve,
}
