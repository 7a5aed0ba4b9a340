"""One call of a command: its options, and what opens the documents and the models that they name."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.weights import default_cache, fetch, known_models
from qa.errors import QaError
from qa.generate import Engine, open_engine
from qa.generate.loading import LoadingEngine
from qa.settings import Settings
from qa.terminal import Terminal
from qa.transcript import Sources

if TYPE_CHECKING:
    from embeddings.encode import Encoder
    from embeddings.load import Skipped
    from embeddings.store import Store
    from embeddings.types import Document, Progress
    from qa.answer import Answerer
    from qa.opening import Opening
    from qa.types import Turn


MOST_SKIPPED = 3
"""More skipped files than these are only counted."""

CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder of the project, where the program runs from its checkout."""


def open_answerer(**options: Any) -> Answerer:
    """Return what `qa.answer.open_answerer` returns; imported at the first call."""
    from qa.answer import open_answerer as opener

    return opener(**options)


def open_encoder(*arguments: Any, **options: Any) -> Encoder:
    """Return what `embeddings.encode.open_encoder` returns; imported at the first call."""
    from embeddings.encode import open_encoder as opener

    return opener(*arguments, **options)


def serve_page(opening: Opening, **options: Any) -> None:
    """Do what `qa.ui.page.serve_page` does; imported at the first call."""
    from qa.ui.page import serve_page as server

    server(opening, **options)


@dataclass(frozen=True, slots=True)
class Openers:
    """What opens the heavy parts; tests put others in."""

    answerer: Callable[..., Answerer] = open_answerer
    encoder: Callable[..., Encoder] = open_encoder
    server: Callable[..., None] = serve_page
    engine: Callable[..., Engine] = open_engine
    weights: Callable[..., Path] = fetch


@dataclass(frozen=True, slots=True)
class Call:
    """What a command is called with: options, settings, where it writes, what the environment says."""

    options: argparse.Namespace
    settings: Settings
    terminal: Terminal
    openers: Openers = Openers()
    cache: Path | None = None
    api_key: str | None = None
    hub_endpoint: str | None = None
    has_display: bool = False

    def answerer(self, *, with_engine: bool = True, wait: bool = True) -> Answerer:
        """Open what answers from the documents or the store that the options name; no engine where none is asked.

        wait: False returns while the engine may still be loading.
        """
        return self.opened(_unseen, None, with_engine=with_engine, wait=wait)

    def opened(
        self,
        watch: Progress,
        searching: Callable[[Answerer], None] | None,
        *,
        docs: Sequence[str] | None = None,
        with_engine: bool = True,
        wait: bool = True,
    ) -> Answerer:
        """Open it while `watch` is told how far it is, beside the terminal; `searching` gets it before its model.

        `docs` stand in place of what the options name.
        """
        options = self.options
        with_engine = with_engine and self.settings.answering != "passage"
        if docs is None and options.store is None:
            docs = self.docs()
        with self.terminal.progress("loading the model" if with_engine else "loading") as shown:
            answerer = self.openers.answerer(
                docs=docs,
                store=options.store if docs is None else None,
                model=options.model if with_engine else None,
                encoder=options.encoder,
                settings=self.settings,
                cache=self.cache,
                progress=_both(shown, watch),
                offline=options.offline,
                with_engine=with_engine,
                api_key=self.api_key,
                hub_endpoint=self.hub_endpoint,
                opened=searching,
                wait=wait,
            )
        for warning in answerer.store.warnings:
            self.terminal.note(f"note: {warning}")
        self._say_what_was_skipped(docs or (), answerer.store)
        return answerer

    def engine(self, model: str, watch: Progress, may_fetch: bool) -> Engine:
        """Load another model while `watch` is told how far it is, beside the terminal."""
        from qa.generate import without_password

        with self.terminal.progress(f"loading {without_password(model)}") as shown:
            return self.openers.engine(
                model,
                cache=self.cache,
                progress=_both(shown, watch),
                offline=self.options.offline or not may_fetch,
                api_key=self.api_key,
                hub_endpoint=self.hub_endpoint,
            )

    def fetch(self, model: str, watch: Progress) -> None:
        """Have the weights of a model that the program knows on this machine. Raises WeightsError."""
        known = next((known for known in known_models() if known.name == model), None)
        if known is not None:
            with self.terminal.progress(f"fetching {model}") as shown:
                self.openers.weights(
                    known,
                    self.cache or default_cache(),
                    _both(shown, watch),
                    offline=self.options.offline,
                    hub_endpoint=self.hub_endpoint,
                )

    def wait_for_engine(self, answerer: Answerer) -> None:
        """Wait until the engine is loaded, and say so meanwhile. Raises EngineError where it does not load."""
        if isinstance(answerer.engine, LoadingEngine):
            with self.terminal.progress("loading the model"):
                answerer.engine.wait()

    def _say_what_was_skipped(self, docs: Sequence[str], store: Store) -> None:
        """Say which files under the paths are not in the store, and why; without paths nothing is read."""
        if not docs:
            return
        from embeddings.find import resolved
        from embeddings.load import Skipped, find_files, load_files
        from embeddings.unread import unread_in

        files, unknown = find_files([path for path in docs if path != "-"])
        known = {state.source for state in store.files}
        noted = {source: file.reason for source, file in unread_in(store.folder).items()}
        others = [(file, source) for file in files if (source := str(resolved(file.path))) not in known]
        told = [Skipped(file.name, noted[source]) for file, source in others if source in noted]
        self.tell_skipped((*unknown, *told, *load_files([f for f, source in others if source not in noted]).skipped))

    def tell_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Say which files are not read, and why; more than the first few are only counted."""
        for item in skipped[:MOST_SKIPPED]:
            self.terminal.note(f"skipped {item.path}: {item.reason}")
        if len(skipped) > MOST_SKIPPED:
            self.terminal.note(f"skipped {len(skipped) - MOST_SKIPPED} more; article-qa index PATH lists them")

    def look(self) -> Iterator[Document]:
        """Yield the documents, read one by one, so that they can be looked at before they can be searched."""
        from embeddings.load import find_files, load_files

        options = self.options
        if options.store is not None:
            from embeddings.store import Store

            yield from Store.open(options.store).documents.values()
        elif self.names_documents():
            files, _ = find_files([path for path in self.docs() if path != "-"])
            yield from (document for file in files for document in load_files([file]).documents)

    def check_documents(self) -> None:
        """Raise the error of a path or a store that is not there: before anything is loaded, not after."""
        from embeddings.load import find_files

        if self.options.store is not None:
            from embeddings.store import Store

            Store.open(self.options.store)
        else:
            find_files([path for path in self.options.docs or () if path != "-"])

    def names_documents(self) -> bool:
        """Return whether there is anything to read: named, or shipped."""
        return bool(self.options.store or self.options.docs or shipped_articles())

    def docs(self) -> list[str]:
        """Return the paths given, or the articles that ship with the program's checkout."""
        if self.options.docs:
            return list(self.options.docs)
        if (shipped := shipped_articles()) is None:
            raise QaError("no documents were named; name files or folders with --docs, or a store with --store")
        return [str(shipped)]

    def history(self) -> tuple[Turn, ...]:
        """Return the turns of the file that --history names."""
        if self.options.history is None:
            return ()
        from qa.saved import history_from_json, read_saved

        return history_from_json(read_saved(self.options.history))


def _both(one: Progress, other: Progress) -> Progress:
    """Return what tells both how far it is."""

    def tell(what: str, done: int, total: int) -> None:
        one(what, done, total)
        other(what, done, total)

    return tell


def _unseen(_what: str, _done: int, _total: int) -> None:
    """Take note of nothing."""


def shipped_articles() -> Path | None:
    """Return the folder docs/articles of the checkout; None where the program is installed without it."""
    folder = CHECKOUT / "docs" / "articles"
    return folder if folder.is_dir() else None


def sources_of(answerer: Answerer) -> Sources:
    """Return the documents that the answerer reads, with their files."""
    from embeddings.files import moved_along

    store = answerer.store

    def file_of(path: str) -> str:
        state = store.file_under(path)
        return moved_along(state, store.folder).source if state is not None else ""

    return Sources(store.documents, file_of)
