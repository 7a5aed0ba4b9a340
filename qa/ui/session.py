"""One person's conversation on the server: what was asked and answered, what is running, what was uploaded.

Knows nothing of the page; `qa.ui.events` brings it together with what people click.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.errors import EmbeddingsError
from embeddings.types import Document, Hit, Passage, Progress
from qa.conversations import Asked, Judgement
from qa.errors import QaError, QuestionError
from qa.opening import Opening
from qa.settings import Strictness, looser
from qa.types import Answer, AnswerSentence, Checked, Citation, Event, Finished, Searched, Turn, Wrote
from qa.ui.kept_store import KeptStore
from qa.ui.texts import ENGLISH, Texts, texts_of
from qa.ui.uploads import Added, KeptUploads, Uploads
from qa.verify import Verdict

if TYPE_CHECKING:
    from embeddings.store import Store
    from qa.answer import Answerer
    from qa.gate import Gate
    from qa.settings import Settings


@dataclass(slots=True, eq=False)
class Exchange:
    """A question and as much of its answer as there is. `documents` are those of the store that was asked.

    `loosened`: its `strictness` is for this question only. `alone`: it is asked without the conversation before it,
    which is `before`, or None for what stands before it.
    `n_before`: how many questions wait for their turn before it. `delayed`: it waits for the model to be loaded.
    `asking` is what it was searched with, without a model, and is answered with. `n_shown`: how many of the passages
    that were found are shown; None: all.
    `cut`: it ended because the connection to the reader was lost.
    `number` tells it from every other one.
    `kept` is what an exchange that was reopened came from; `since` says by label what has become of those of its
    citations whose quotes no longer stand. `unchecked`: that is not known yet, as there is no
    store. `n_gone` is how many of the passages found cannot be shown any more. `verdict` is what the reader said of the
    answer, `reason` why. `drawn` is what was made of it for the page, and of what.
    """

    question: str
    documents: Mapping[str, Document]
    replaced: tuple[Exchange, ...] = ()
    strictness: Strictness = "balanced"
    loosened: bool = False
    alone: bool = False
    before: tuple[Exchange, ...] | None = None
    n_before: int = 0
    delayed: bool = False
    asked_s: float = field(default_factory=time.monotonic)
    asking: Answerer | None = None
    gate_of: Callable[[Mapping[str, float]], Gate] | None = None
    searched: Searched | None = None
    n_shown: int | None = None
    written: str = ""
    sentences: list[AnswerSentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    answer: Answer | None = None
    error: str = ""
    started: bool = False
    stopped: bool = False
    cut: bool = False
    done: bool = False
    kept: Asked | None = None
    since: Mapping[int, Verdict] = field(default_factory=dict)
    unchecked: bool = False
    n_gone: int = 0
    verdict: Judgement | None = None
    reason: str = ""
    number: int = field(default_factory=count(1).__next__)
    drawn: tuple[tuple[object, ...], str] | None = field(default=None, repr=False)

    def take(self, event: Event) -> None:
        """Add what an event of the answer's stream brought."""
        match event:
            case Searched():
                self.searched = event
            case Wrote(text):
                self.written += text
            case Checked(_, sentence, citations):
                self.sentences.append(sentence)
                self.citations.extend(citations)
            case Finished(answer):
                self.answer = answer
                self.citations = list(answer.citations)
                self.stopped = answer.stopped

    def turns(self) -> tuple[Turn, ...]:
        """Return the exchange as the turns of a history; nearest sentences of a refusal are no candidates."""
        if self.answer is None:
            said = (Turn("assistant", self.written, tuple(self.citations)),) if self.written else ()
        else:
            cited = self.answer.citations if self.answer.status == "answered" else ()
            said = (Turn("assistant", self.answer.text, cited),)
        return (Turn("user", self.question), *said)

    def citation(self, label: int) -> Citation | None:
        """Return the citation with this label, if there is one."""
        return next((citation for citation in self.citations if citation.label == label), None)

    @property
    def withdrawn(self) -> str:
        """What was written and then refused by the gate, as it was not supported well enough; empty: nothing."""
        refused = self.answer is not None and self.answer.status == "not_found" and self.answer.signals
        return self.written.strip() if refused else ""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages that are shown, as many as are kept with the answer: more were found where that is few."""
        return self.searched.hits[: self.n_shown] if self.searched else ()

    def passage(self, rank: int) -> Passage | None:
        """Return the passage shown at this rank, if there is one."""
        return next((hit.passage for hit in self.hits if hit.rank == rank), None)


class Session:
    """A conversation. Its methods may be called while an answer is being written in another thread.

    `editing` is the place of the exchange whose question is being changed, `draft` what was typed before that;
    None: it was given back. `returned` is a question that was not answered and goes back to the text box; `trouble`
    is what people must still be told; while the page is `left`, both wait for the next. `reads`: a person has
    opened a source since they asked last, and it is still open; `shows` is the exchange that the open source
    belongs to. `announced` is what screen readers were told last. `prefers_text`: a person chose to see the text of
    a PDF rather than its pages. `ended` is called whenever an answer has come to its end; `say` has the texts in
    the person's language; `preferred` is what the person has set, as text; `suggested_for` the documents that
    suggestions were made for; `sent` what the web server has of uploaded files, with inodes; `drawing` the number
    of what the page has of the conversation. `keeping` gives the store into which added documents go; None: they
    are the session's own.
    """

    def __init__(self, opening: Opening, keeping: Callable[[Answerer], KeptStore] | None = None) -> None:
        self.opening = opening
        self._keeping = keeping
        self._uploads: Uploads | None = None
        self.exchanges: list[Exchange] = []
        self.editing: int | None = None
        self.draft: str | None = None
        self.strictness: str = opening.settings.strictness
        self.returned = ""
        self.trouble = ""
        self.left = False
        self.reads = False
        self.shows: Exchange | None = None
        self.drawing = 0
        self.announced = ""
        self.prefers_text = False
        self.say: Texts = ENGLISH
        self.ended: Callable[[], None] = _nothing
        self.shortcuts = True
        self.preferred: dict[str, str] = {}
        self.suggested_for: Store | None = None
        self.sent: dict[Path, int] = {}
        self._chosen: dict[str, Any] = {}
        self._waiting: Exchange | None = None
        self._stop: threading.Event | None = None
        self._adding = threading.Lock()
        self._searching = threading.Lock()
        self._beginning = threading.Lock()
        self._lined_up = 0
        self._adds_no_more = False

    @property
    def running(self) -> bool:
        """Whether an answer is waited for or being written."""
        return self._stop is not None

    @property
    def waiting(self) -> Exchange | None:
        """The exchange whose question waits to be answered."""
        return self._waiting

    @property
    def can_search(self) -> bool:
        """Whether there is a store yet."""
        return self.opening.answerer is not None

    @property
    def uploads(self) -> Uploads:
        """The session's documents. Raises QuestionError while there is no store to put them beside."""
        with self._beginning:
            if self._uploads is None:
                answerer = self.opening.answerer
                if answerer is None:
                    raise QuestionError(self.say("not_yet"))
                if self._keeping is None:
                    self._uploads = Uploads(answerer.store, answerer.encoder)
                else:
                    self._uploads = KeptUploads(self._keeping(answerer), answerer.encoder)
            return self._uploads

    @property
    def keeps_added(self) -> bool:
        """Whether documents that are added go into the store and stay."""
        return self._keeping is not None

    @property
    def shared_documents(self) -> str:
        """What everybody has added to the store by now, as the name of its generation; empty: nobody can."""
        return self.uploads.store.generation if self.keeps_added and self.can_search else ""

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents that can be looked at, by their ids."""
        return self.uploads.store.documents if self.can_search else self.opening.documents

    @property
    def settings(self) -> Settings:
        """The settings with which questions are answered."""
        return self.opening.settings.but({**self._chosen, "strictness": self.strictness})

    @property
    def answerer(self) -> Answerer:
        """The answerer with the session's documents and settings. Raises QuestionError while there is none."""
        asked, answerer = self.uploads.asked, self.opening.answerer
        assert answerer is not None  # there are no uploads before
        return answerer.with_store(asked).with_settings(self.settings)

    @property
    def ready(self) -> Answerer:
        """The answerer with its model loaded. Raises QuestionError while it is not."""
        if not self.opening.is_ready:
            raise QuestionError(self.opening.failure or self.say("not_loaded"))
        return self.answerer

    def prefer(self, changes: Mapping[str, str]) -> None:
        """Set what a person wants to have set, given as text. Raises SettingsError and changes nothing then."""
        for name, text in changes.items():
            if name == "language":
                self.say = texts_of(text)
            elif name == "shortcuts":
                self.shortcuts = text != "off"
            else:
                self._choose(name, text)
        self.preferred |= changes

    def _choose(self, name: str, text: str) -> None:
        value = int(text) if name in ("n_passages", "max_tokens", "n_beside") and text.isdecimal() else text
        settings = self.opening.settings.but({**self._chosen, name: value})
        if name == "strictness":
            self.strictness = settings.strictness
        else:
            self._chosen[name] = value

    def prefer_nothing(self) -> None:
        """Set everything but the language as it was when the program was started."""
        self.preferred = {name: text for name, text in self.preferred.items() if name == "language"}
        self._chosen, self.shortcuts = {}, True
        self.strictness = self.opening.settings.strictness

    def again(self, at: int) -> Exchange | None:
        """Ask a question again as it was asked, in place of its answer and all after it; None: there is none."""
        asked = self._repeated(at)
        return self._put(asked, at) if asked else None

    def loosen(self, at: int) -> Exchange | None:
        """Ask a refused question again at the next looser level, for this question alone; None: there is none.

        Where others come after it, it is asked at the end, and nothing is replaced.
        """
        asked = self._repeated(at)
        level = looser(asked.strictness) if asked else None
        if asked is None or level is None:
            return None
        asked.strictness, asked.loosened = level, True
        return self._put(asked, self._at_the_end(at))

    def ask_alone(self, at: int) -> Exchange | None:
        """Ask a question again without what the conversation added to it, at the end where others come after it."""
        asked = self._repeated(at)
        if asked is None:
            return None
        asked.alone = True
        return self._put(asked, self._at_the_end(at))

    def _repeated(self, at: int) -> Exchange | None:
        """Return the question at this place to be asked once more, as loosely and after the same conversation."""
        earlier = self.exchange(at)
        if earlier is None:
            return None
        before = tuple(self.exchanges[:at]) if earlier.before is None else earlier.before
        return Exchange(
            earlier.question,
            self.documents,
            strictness=earlier.strictness,
            loosened=earlier.loosened,
            alone=earlier.alone,
            before=before,
        )

    def _at_the_end(self, at: int) -> int | None:
        """Return the place if it is the last one, else None: behind all."""
        return at if at == len(self.exchanges) - 1 else None

    def find(self) -> bool:
        """Search for the question that waits, where that can be done; return whether it waits with what was found."""
        exchange = self._waiting
        if exchange is None or exchange.searched is not None or not self.can_search:
            return False
        try:
            self._search(exchange)
        except (QaError, EmbeddingsError):
            return False  # it is told when its turn comes
        return exchange is self._waiting

    def _search(self, exchange: Exchange) -> Answerer:
        """Return what answers a question but for the model, having searched for it once, whoever comes first.

        The question keeps the documents and the settings that it is asked with.
        """
        with self._searching:
            if exchange.asking is None:
                asking = self.answerer.with_engine(None)
                if not exchange.loosened:
                    exchange.strictness = asking.settings.strictness
                asking = asking.with_settings(asking.settings.but({"strictness": exchange.strictness}))
                exchange.n_shown = asking.settings.n_passages
                exchange.documents, exchange.gate_of = asking.store.documents, asking.gate_of
                exchange.searched = asking.search(exchange.question, self._history(exchange))
                exchange.asking = asking
            return exchange.asking

    def ask(self, question: str, at: int | None = None) -> Exchange:
        """Put a question at the end of the conversation, or in place of the exchanges from `at` on.

        Raises QuestionError while another answer is being written, and for an empty question.
        """
        return self._put(Exchange(question.strip(), self.documents), at)

    def _put(self, exchange: Exchange, at: int | None) -> Exchange:
        if self.running:
            raise QuestionError(self.say("busy"))
        if not exchange.question:
            raise QuestionError(self.say("empty_question"))
        if self.can_search and not self.uploads.asked.documents:
            raise QuestionError(self.say("nothing_chosen" if self.documents else "no_documents"))
        if self.opening.failure:
            raise QuestionError(self.opening.failure)
        place = len(self.exchanges) if at is None else at
        exchange.replaced = tuple(self.exchanges[place:])
        self.exchanges[place:] = [exchange]
        self._waiting, self._stop, self.editing, self.reads = exchange, threading.Event(), None, False
        self.left = False
        return exchange

    def answer(self) -> Iterator[Exchange]:
        """Have the waiting question answered; yield its exchange at the start and after every event."""
        exchange, stop = self._waiting, self._stop
        if exchange is None or stop is None:
            return
        self._waiting = None
        exchange.started = True
        try:
            exchange.delayed = not self.opening.is_ready
            yield exchange
            if self.opening.searching(stop) is None:
                self._fail(exchange, "")
                return
            asking = self._search(exchange)
            if exchange.delayed:
                yield exchange
            ready = self.opening.ready(stop)
            if ready is None:
                self._fail(exchange, "")
                return
            if exchange.delayed:
                exchange.delayed = False
                yield exchange
            answerer = asking.with_engine(ready.engine)
            history = self._history(exchange)
            for event in answerer.stream(exchange.question, history, stop=stop, searched=exchange.searched):
                exchange.take(event)
                if not self.holds(exchange):
                    return
                yield exchange
        except GeneratorExit:  # nobody is there to read it
            exchange.cut = exchange.cut or not stop.is_set()
            raise
        except (QaError, EmbeddingsError) as error:
            self._fail(exchange, error.phrase)
        except Exception:
            self._fail(exchange, self.say("unforeseen"))
            self.trouble = self.say("unforeseen")
            raise
        finally:
            self._end(exchange, stop)

    def give_up(self, reason: str) -> None:
        """Take a question that still waits back out of the conversation; `reason` is why."""
        exchange, stop = self._waiting, self._stop
        if exchange is not None and stop is not None:
            self._waiting = None
            self._fail(exchange, reason)
            self._end(exchange, stop)

    def take_back(self) -> None:
        """Have what an answer is to replace stand there again, where there is no word yet of the answer."""
        exchange = self.exchanges[-1] if self.running and self.exchanges else None
        if exchange is not None and exchange.replaced and not exchange.written:
            self._fail(exchange, "")

    def stop(self) -> None:
        """End the answer that is being written; what was written stays, or where nothing was what it was to replace."""
        if self._stop is not None:
            self._stop.set()

    def cut(self) -> None:
        """End what is being written because nobody is there to read it; a question that still waits is taken back.

        The page may still be there for a moment, on its way out: what there is to tell waits for the next one.
        """
        self.left = True
        if self._waiting is not None:
            self.give_up("")
        elif self._stop is not None and not self._stop.is_set() and self.exchanges:
            self.exchanges[-1].cut = True
        self.stop()

    def clear(self) -> None:
        """End what is being written and forget the conversation; uploaded documents stay."""
        self.show([])

    def show(self, exchanges: Sequence[Exchange]) -> None:
        """End what is being written and have these exchanges in place of the conversation."""
        self.stop()
        self.exchanges = [*exchanges]
        self.editing = self._waiting = self._stop = None
        self.reads, self.shows, self.returned = False, None, ""

    @property
    def n_lined_up(self) -> int:
        """How many files wait until those that are being added are there."""
        return self._lined_up

    def add(self, files: Sequence[Path], progress: Progress | None = None) -> Added:
        """Put uploaded files beside the documents, after those that are being added.

        Raises EmbeddingsError, also once adding has been ended; nothing is changed then.
        """
        with self._beginning:
            self._lined_up += len(files)
        with self._adding:
            with self._beginning:
                self._lined_up -= len(files)
            return self.uploads.add(files, self._unless_ended(progress))

    def _unless_ended(self, progress: Progress | None) -> Progress:
        """Return a `progress` that raises EmbeddingsError once adding has been ended."""

        def told(what: str, done: int, total: int) -> None:
            if self._adds_no_more:
                raise EmbeddingsError(self.say("adding_ended"))
            if progress is not None:
                progress(what, done, total)

        return told

    def end_adding(self) -> None:
        """Have documents that are being added, or wait for that, not be added: nobody is there any more for them."""
        self._adds_no_more = True

    def close(self) -> None:
        """End what is being written, delete the session's folder and what the web server has of its files.

        What is being added ends too, but not where it goes into the store that everybody asks: it is there to stay.
        """
        self.stop()
        if self._keeping is None:
            self.end_adding()
        for file, inode in self.sent.items():
            with suppress(OSError):
                if file.stat().st_ino == inode:  # else somebody has sent the same since
                    file.unlink()
        with self._adding:
            if self._uploads is not None:
                self._uploads.close()

    def exchange(self, place: int) -> Exchange | None:
        """Return the exchange at this place, if there is one."""
        return self.exchanges[place] if 0 <= place < len(self.exchanges) else None

    def _history(self, exchange: Exchange) -> tuple[Turn, ...]:
        if exchange.alone:
            return ()
        before = self.exchanges[: self._place(exchange)] if exchange.before is None else exchange.before
        return tuple(turn for earlier in before for turn in earlier.turns())

    def holds(self, exchange: Exchange) -> bool:
        """Return whether the exchange is still part of the conversation."""
        return self._place(exchange) is not None

    def _place(self, exchange: Exchange) -> int | None:
        """Return where the exchange stands; None: it was cleared away."""
        return next((i for i, other in enumerate(self.exchanges) if other is exchange), None)

    def _fail(self, exchange: Exchange, reason: str) -> None:
        """Keep what was written, with the reason; where nothing was, what stood in its place comes back."""
        exchange.error = reason
        place = self._place(exchange)
        if place is not None and not exchange.written:
            self.exchanges[place:] = before = list(exchange.replaced)
            self.returned = "" if before and before[0].question == exchange.question else exchange.question

    def _end(self, exchange: Exchange, stop: threading.Event) -> None:
        exchange.done = True
        if exchange.answer is None and not exchange.error:
            exchange.stopped = True
        if exchange.stopped and exchange.replaced and not exchange.written:
            self._fail(exchange, "")
        exchange.replaced, exchange.asking = (), None
        ran, self._stop = self._stop is stop, None if self._stop is stop else self._stop
        if ran or self.holds(exchange):
            self.ended()


def _nothing() -> None:
    """Do nothing."""
