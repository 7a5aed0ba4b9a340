"""What happens when people add documents, remove them or choose among them; of `qa.ui.events` the other half."""

from __future__ import annotations

import queue
import re
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import gradio as gr

from embeddings.errors import EmbeddingsError
from embeddings.web import Web
from qa.errors import QaError
from qa.ui.events import Changes, Handlers, number_of
from qa.ui.layout import Parts
from qa.ui.library import early_html, is_found, library_html
from qa.ui.markup import escaped
from qa.ui.notices import alert, progressing, told
from qa.ui.session import Session
from qa.ui.uploads import MOST_MB, UPLOADED, Added, link_or_copy, writing

MOST_CHARACTERS = 5_000_000
"""The longest text that can be pasted."""

MOST_NAME_BYTES = 150


class Gathering:
    """The handlers of the list of documents. `web` fetches what people name by its address; None: nothing does."""

    def __init__(self, handlers: Handlers, parts: Parts, web: Web | None) -> None:
        self._handlers = handlers
        self._parts = parts
        self._web = web
        self._lists = count(1)

    def listed(self, session: Session, added: int = 0) -> Changes:
        """Return the list of documents as the session has it; `added` is the number of what was typed and is there."""
        if not session.can_search:
            return {self._parts.documents: early_html(session.documents, session.say)}
        made = next(self._lists)  # before the documents are looked at, so that the highest has seen every change
        can_fetch = self._web is not None
        listed = library_html(session.uploads, session.say, can_fetch=can_fetch, made=made, added=added)
        suggested = {} if session.exchanges else self._handlers.said(session)
        return {self._parts.documents: listed, **suggested}

    def upload(self, files: list[str] | None, request: gr.Request) -> Iterator[Changes]:
        """Put uploaded files beside the documents of this session, telling how far it is."""
        session = self._session(request)
        if not files:
            yield {self._parts.notice: alert(session.say("not_sent"))}
            return
        session.sent.update(_sent(files))
        for changes in self._added(session, partial(_own, files)):
            yield {**changes, self._parts.upload: None}

    def refuse(self, event: gr.EventData, request: gr.Request) -> Changes:
        """List files that the page did not send as they are too large; tell of them, and of folders, with what comes.

        Where nothing comes, both are told at once.
        """
        session = self._session(request)
        try:
            uploads = session.uploads
        except QaError as error:
            return {self._parts.notice: alert(session.say.told(error))}
        uploads.unread.refuse(_uploaded(event, "names"), session.say("too_large", n=MOST_MB))
        uploads.unread.tell(_uploaded(event, "folders"), session.say("is_folder"))
        if getattr(event, "alone", False) is not True:
            return self.listed(session)
        return {self._parts.notice: told(Added((), uploads.unread.refused(), ()), session.say), **self.listed(session)}

    def paste(self, event: gr.EventData, request: gr.Request) -> Iterator[Changes]:
        """Put a pasted text beside the documents."""
        session, text = self._session(request), _text(event, "text")
        if not text.strip():
            yield {self._parts.notice: alert(session.say("no_text"))}
        elif len(text) > MOST_CHARACTERS:
            yield {self._parts.notice: alert(session.say("text_too_long", n=MOST_CHARACTERS))}
        else:
            try:
                uploads = session.uploads
            except QaError as error:
                yield {self._parts.notice: alert(session.say.told(error))}
                return
            content, given = text.encode("utf-8", "replace"), number_of(event, "given")
            named = _file_name(_text(event, "name"), session.say("pasted_text"))
            with uploads.free_name(named, content.decode("utf-8-sig")) as name:
                yield from self._added_content(session, name, content, given)

    def fetch(self, event: gr.EventData, request: gr.Request) -> Iterator[Changes]:
        """Fetch what lies at a web address and put it beside the documents."""
        if self._web is None:
            yield {self._parts.notice: alert(self._session(request).say("no_web"))}
            return
        yield {self._parts.notice: progressing(self._session(request).say("fetching"), 0, 0)}
        address = _text(event, "address").strip()
        try:
            fetched = self._web.fetch(address)
            name = self._session(request).uploads.name_of_page(fetched.name, address)
        except (QaError, EmbeddingsError) as error:
            yield {self._parts.notice: alert(self._session(request).say("nothing_added_why", why=error))}
            return
        yield from self._added_content(self._session(request), name, fetched.content, number_of(event, "given"))

    def remove(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Take an uploaded document out of every answer; its row offers to bring it back."""
        session = self._session(request)
        return self._changed(session, session.uploads.remove, _text(event, "item"), "was_removed")

    def restore(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Bring a removed document back."""
        session = self._session(request)
        return self._changed(session, session.uploads.restore, _text(event, "item"), "is_back")

    def _changed(self, session: Session, change: Callable[[str], None], doc_id: str, said: str) -> Changes:
        """Return the list once a document has been changed; `said` is the key of what is read out then."""
        before = session.documents
        try:
            change(doc_id)
        except EmbeddingsError as error:
            return {self._parts.notice: alert(session.say.told(error))}
        document = {**before, **session.documents}.get(doc_id)
        read_out = escaped(session.say(said, name=document.title or document.path)) if document else ""
        return {self._parts.announced: read_out, **self.listed(session)}

    def choose(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Have questions go to a document, or not."""
        session = self._session(request)
        session.uploads.ask([_text(event, "item")], wanted=getattr(event, "on", False) is True)
        return self.listed(session)

    def every(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Have questions go to all documents, or to none until some are chosen; to those that are sought alone."""
        session, sought = self._session(request), _text(event, "sought")
        rows = [row.document for row in session.uploads.listed() if not row.is_removed]
        doc_ids = [document.doc_id for document in rows if is_found(document, sought)]
        session.uploads.ask(doc_ids, wanted=getattr(event, "on", False) is True)
        return self.listed(session)

    def seek(self, event: gr.EventData, request: gr.Request) -> Changes:
        """List the documents that have these words in their names, where there are too many to list all."""
        session = self._session(request)
        session.uploads.sought = _text(event, "text")
        return self.listed(session)

    def _session(self, request: gr.Request) -> Session:
        return self._handlers.desk(request).session

    def _added_content(self, session: Session, name: str, content: bytes, given: int) -> Iterator[Changes]:
        def put(folder: Path) -> list[Path]:
            path = folder / name
            path.write_bytes(content)
            return [path]

        yield from self._added(session, put, given)

    def _added(self, session: Session, put: Callable[[Path], Sequence[Path]], given: int = 0) -> Iterator[Changes]:
        """Add the files that `put` puts into a temporary folder; tell what came of it."""
        try:
            with _placed(put) as paths:
                added = yield from self._adding(session, paths)
        except (QaError, EmbeddingsError) as error:
            yield {self._parts.notice: alert(session.say.told(error))}
            return
        added = replace(added, skipped=(*session.uploads.unread.refused(), *added.skipped))
        there = given if added.documents else 0
        yield {self._parts.notice: told(added, session.say), **self.listed(session, there)}

    def _adding(self, session: Session, paths: Sequence[Path]) -> Generator[Changes, None, Added]:
        """Add the files in a thread of their own; yield how far it is, return what was added."""
        steps: queue.SimpleQueue[tuple[str, int, int]] = queue.SimpleQueue()
        with ThreadPoolExecutor(max_workers=1) as pool:
            future = pool.submit(session.add, paths, lambda what, done, total: steps.put((what, done, total)))
            step, shown = None, None
            while not future.done():
                with suppress(queue.Empty):
                    step = steps.get(timeout=0.1)
                    while not steps.empty():
                        step = steps.get()
                now = (step, session.n_lined_up)
                if step is not None and now != shown:
                    shown = now
                    yield {self._parts.notice: progressing(*step, session.say, session.n_lined_up)}
        return future.result()


@contextmanager
def _placed(put: Callable[[Path], Sequence[Path]]) -> Iterator[Sequence[Path]]:
    """Give the places of files in a temporary folder, where `put` puts them. Raises StoreError where it cannot."""
    with ExitStack() as ending:
        with writing():
            folder = tempfile.TemporaryDirectory(prefix="article-qa-", ignore_cleanup_errors=True)
            places = put(Path(ending.enter_context(folder)))
        yield places


def _own(files: Sequence[str], folder: Path) -> list[Path]:
    """Return where uploaded files lie now: in `folder`.

    The web server has one copy of what several people send: it is not taken away from whoever comes a moment later, but
    goes with the session, or when it is old.
    """
    places = []
    for number, file in enumerate(dict.fromkeys(files)):
        place = folder / str(number) / Path(file).name
        place.parent.mkdir()
        with suppress(FileNotFoundError):  # that it is not there is told
            link_or_copy(file, place)
        places.append(place)
    return places


def _sent(files: Sequence[str]) -> dict[Path, int]:
    """Return the web server's copies of uploaded files, each with what tells it from a later one in its place."""
    found = {}
    for file in map(Path, files):
        with suppress(OSError):
            found[file] = file.stat().st_ino
    return found


def _uploaded(event: gr.EventData, name: str) -> list[str]:
    """Return names of files that the page sent with an event as those of uploads."""
    sent = getattr(event, name, ())
    return [f"{UPLOADED}{Path(each).name}" for each in sent if isinstance(each, str)]


def _text(event: gr.EventData, name: str) -> str:
    """Return a text that the page sent with an event; empty for anything else."""
    value = getattr(event, name, "")
    return value if isinstance(value, str) else ""


def _file_name(given: str, pasted: str) -> str:
    """Return the name of a text's file: what it is called, or else `pasted`, without what no file name can hold."""
    stem = re.sub(r"[^\w.\- ]+", " ", given).strip(" .")[:80] or pasted
    stem = stem.encode("utf-8", "replace")[:MOST_NAME_BYTES].decode("utf-8", "ignore")
    return stem if stem.lower().endswith((".txt", ".md")) else f"{stem}.txt"
