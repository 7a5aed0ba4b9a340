"""An Answerer that says what it is told, so slowly that people can watch it, over two small real documents."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from embeddings.sentences import sentences_of
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.answer import Answerer
from qa.errors import EngineError
from qa.settings import Settings
from qa.types import (
    REFUSAL,
    Answer,
    AnswerSentence,
    Checked,
    Citation,
    Event,
    Finished,
    Searched,
    State,
    Turn,
    Wrote,
)
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader

LIGHTHOUSE = """The lighthouse of Norderhaven

The lighthouse of Norderhaven was built in 1887 from red granite. Its light can be seen for 23 nautical miles.
The keeper lives on the island. The harbour has two cranes.

In 1923 a storm broke the lantern room, and the keeper, Anna Lund, rowed out to warn the mail ship by hand lamp.
The town gave her a silver watch. She is said to have thrown it into the sea on the day she retired, saying that
nobody had ever thanked the lamp.

Since 1974 the light has been automatic. A volunteer society repairs the tower each summer, paints the railings,
and opens the gallery to visitors on Saturdays. The walk up has 168 steps, and the last twelve are a ladder.

Supplies came by boat on the first Monday of each month until the causeway was laid in 1961. The causeway floods at
spring tide, and the society keeps a table of safe hours beside the door.

The keeper lives on the island. That sentence stands on a plaque by the door, although nobody has lived there since.
"""
TRAPS = """# Traps & <b>signs</b>

A note says <script>window.trapped = 1</script> and shows <img src=x onerror="window.trapped = 2"> to nobody.
Ampersands & quotes "stay" as they are.
"""


def small_store(folder: Path, encoder: HashingEncoder | None = None) -> Store:
    """Return a store of the two documents."""
    documents = (
        Document.of(LIGHTHOUSE, "lighthouse.txt", "The lighthouse of Norderhaven", (0, LIGHTHOUSE.index("Since 1974"))),
        Document.of(TRAPS, "notes/<i>traps</i>.md", "Traps & <b>signs</b>"),
    )
    update_store(folder, documents, encoder or HashingEncoder())
    return Store.open(folder)


Script = tuple[tuple[str, State, tuple[tuple[str, int], ...]], ...]
"""Sentences of an answer with their states and their quotes, each with which of its places in the text is meant."""

BUILT = "The lighthouse of Norderhaven was built in 1887 from red granite."
LIVES = "The keeper lives on the island."
WATCH = "The town gave her a silver watch."
TRAP = 'A note says <script>window.trapped = 1</script> and shows <img src=x onerror="window.trapped = 2"> to nobody.'
BUILT_IN_ARABIC = "بُنيت المنارة من الجرانيت الأحمر عام 1887 على الجزيرة."
N_STEPS = 600
STEPS: Script = tuple((f"Step {n} of the long way up is told here.", "unsupported", ()) for n in range(1, N_STEPS + 1))
"""Longer than any machine needs to notice that it is to stop."""

SILVER = "The town gave Anna Lund a silver watch after the storm of 1923."
SCRIPTS: dict[str, Script] = {
    "built": (
        ("It was built in 1887 from red granite.", "supported", ((BUILT, 0),)),
        (
            "Its light is seen for 23 nautical miles.",
            "supported",
            (("Its light can be seen for 23 nautical miles.", 0),),
        ),
    ),
    "live": (("The keeper lives on the island.", "supported", ((LIVES, 1), (LIVES, 0))),),
    "mixed": (
        (SILVER, "supported", ((WATCH, 0),)),
        ("She kept it until she died.", "unsupported", ()),
        (
            "The walk up has 186 steps.",
            "contradicted",
            (("The walk up has 168 steps, and the last twelve are a ladder.", 0),),
        ),
    ),
    "trap": (("It says <script>window.trapped = 3</script>.", "supported", ((TRAP, 0),)),),
    "متى": (("بُنيت المنارة من الجرانيت الأحمر عام 1887.", "supported", ((BUILT_IN_ARABIC, 0),)),),
    "epic": ((SILVER, "supported", ((WATCH, 0),)), *STEPS),
    "long": STEPS,
    "half": (("These words come before it breaks.", "unsupported", ()),),
}


class Scripted(Answerer):
    """Says what the script has for a word of the question; else the sentence that shares two words, or nothing.

    Where the question has "half" it breaks in the first sentence, each time; with "once" in the second, the first time.
    """

    def __init__(self, store: Store, settings: Settings | None = None, pause_s: float = 0.0) -> None:
        super().__init__(store, HashingEncoder(), WordReader(), None, settings)
        self.pause_s = pause_s
        self.asked: list[tuple[str, tuple[Turn, ...], str]] = []
        self.sought: list[str] = []
        self.stopped: list[str] = []

    def _but(self, store: Store, settings: Settings) -> Scripted:
        other = Scripted(store, settings, self.pause_s)
        other.asked, other.stopped, other.engine = self.asked, self.stopped, self.engine
        other.sought = self.sought
        return other

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        self.sought.append(question)
        return super().search(question, history)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        stop: threading.Event | None = None,
        searched: Searched | None = None,
    ) -> Iterator[Event]:
        self.asked.append((question, tuple(history), self.settings.strictness))
        return self._events(question, searched or self.search(question, history), stop or threading.Event())

    def _events(self, question: str, searched: Searched, stop: threading.Event) -> Iterator[Event]:
        yield searched
        stop.wait(self.pause_s)
        if "bug" in question:
            raise ZeroDivisionError("a mistake in the program")
        if "break" in question:
            raise EngineError("the engine went away; start it again")
        written: list[str] = []
        sentences: list[AnswerSentence] = []
        citations: list[Citation] = []
        for text, state, quotes in self._script(question):
            for word in re.findall(r"\S+\s*", f"{text} "):
                if stop.wait(self.pause_s / (2 if "long" in question else 10)):  # a page draws every word of it anew
                    break
                written.append(word)
                yield Wrote(word)
            if stop.is_set():
                self.stopped.append(question)
                break
            if "half" in question or ("once" in question and sentences and self._is_new(question)):
                raise EngineError("the engine went away; start it again")
            new = [self._citation(quote, nth, len(citations) + n) for n, (quote, nth) in enumerate(quotes, start=1)]
            citations += new
            sentences.append(AnswerSentence(text, state, tuple(citation.label for citation in new)))
            yield Checked(len(sentences) - 1, sentences[-1], tuple(new))
        yield Finished(
            self._finished(question, searched, "".join(written).strip(), sentences, citations, stop.is_set())
        )

    def _is_new(self, question: str) -> bool:
        return [asked for asked, *_ in self.asked].count(question) == 1

    def _script(self, question: str) -> Script:
        for word, script in SCRIPTS.items():
            if word in question.lower():
                return script
        best = self._nearest(question, 1)[0]
        shared = self._shared(question, best)
        return ((f"The documents say: {best}", "supported", ((best, 0),)),) if len(shared) >= 2 else ()

    def _shared(self, question: str, sentence: str) -> set[str]:
        words = set(re.findall(r"\w{4,}", question.lower()))
        return words & set(re.findall(r"\w{4,}", sentence.lower()))

    def _nearest(self, question: str, n: int) -> list[str]:
        sentences = [s.text for document in self.store.documents.values() for s in sentences_of(document)]
        return sorted(sentences, key=lambda text: -len(self._shared(question, text)))[:n]

    def _citation(self, quote: str, nth: int, label: int) -> Citation:
        for document in self.store.documents.values():
            places = [match.start() for match in re.finditer(re.escape(quote), document.text)]
            if len(places) > nth:
                start, end = places[nth], places[nth] + len(quote)
                return Citation(label, document.doc_id, document.path, start, end, quote, document.page_at(start))
        raise AssertionError(f"no document holds {quote!r}")

    def _finished(
        self,
        question: str,
        searched: Searched,
        text: str,
        sentences: Sequence[AnswerSentence],
        citations: Sequence[Citation],
        stopped: bool,
    ) -> Answer:
        found = bool(text) or stopped
        missing: tuple[str, ...] = ()
        if not found:
            citations = [self._citation(quote, 0, n) for n, quote in enumerate(self._nearest(question, 2), start=1)]
            words = dict.fromkeys(re.findall(r"\w{4,}", question.lower()))
            missing = tuple(word for word, count in self.store.word_frequencies(list(words)).items() if not count)
        return Answer(
            question=question,
            search_text=searched.search_text,
            status="answered" if found else "not_found",
            text=text if found else REFUSAL,
            sentences=tuple(sentences),
            citations=tuple(citations),
            hits=searched.hits,
            confidence=0.9 if found else 0.1,
            timings_s={"total": 1.25},
            model=getattr(self.engine, "name", "scripted"),
            missing_words=missing,
            documents={document.doc_id: document.path for document in self.store.documents.values()},
            stopped=stopped,
            signals={"yes_log_odds": 2.2, "best_cosine": 0.61, "missing_names": 1.0, "support": 0.9},
            prompts=("[system]\nRead <b>this</b>.", "[system]\nAnswer this.") if found else ("[system]\nRead this.",),
        )
