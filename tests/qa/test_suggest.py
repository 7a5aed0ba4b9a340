from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.answer import Answerer, open_answerer
from qa.suggest import N_SUGGESTED, Suggester, holds
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader
from tests.qa.asked_engine import AskedEngine
from tests.qa.command_line import NOTHING_BESIDE, SpokenEngine, gate
from tests.qa.test_propose import BRIDGE, DOCUMENT, GOOD, HOW_MANY, WHEN
from tests.ui.scripted import Scripted, small_store

ARTICLES = Path(__file__).parents[2] / "docs" / "articles"
ISLANDS = tuple(Document.of(f"The island number {n}.", f"{n}.txt", f"Island {n}") for n in range(6))


@dataclass(eq=False)
class Somebody:
    """Who wants suggestions."""


ME = Somebody()


@pytest.fixture
def answerer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answerer:
    """Return an answerer with an engine, for which two questions on every document are proposed."""
    monkeypatch.setattr(
        "qa.suggest.proposed", lambda documents, *_: ((f"{documents[0].title} {n}?", ("x",)) for n in "ab")
    )
    monkeypatch.setattr("qa.suggest.holds", lambda answer, document, _answers: "Island 3" not in answer.question)
    answerer = Scripted(small_store(tmp_path))
    answerer.engine = object()  # type: ignore[assignment]
    return answerer


def made(suggester: Suggester) -> None:
    """Wait until all that is wanted was tried."""
    while (thread := suggester._thread) is not None:
        thread.join(20)


def ids(*places: int) -> list[str]:
    return [ISLANDS[place].doc_id for place in places]


def test_questions_are_on_as_many_documents_as_possible_and_on_no_other(answerer: Answerer) -> None:
    suggester = Suggester(lambda: False)
    suggester.want(ME, answerer, ISLANDS[:2])
    made(suggester)
    assert suggester.of(ids(0, 1)) == ("Island 0 a?", "Island 1 a?", "Island 0 b?", "Island 1 b?")
    assert suggester.of(ids(1)) == ("Island 1 a?", "Island 1 b?")
    assert suggester.of(ids(4)) == ()


def test_one_question_each_is_enough_for_many_documents(answerer: Answerer) -> None:
    suggester = Suggester(lambda: False)
    suggester.want(ME, answerer, ISLANDS)
    made(suggester)
    assert suggester.of(ids(0, 1, 2, 3, 4, 5)) == ("Island 0 a?", "Island 1 a?", "Island 2 a?")
    assert len(ISLANDS) > N_SUGGESTED


def test_what_is_known_is_not_made_anew(answerer: Answerer) -> None:
    suggester = Suggester(lambda: False)
    for _ in range(3):
        suggester.want(ME, answerer, ISLANDS[3:4])
        made(suggester)
    assert isinstance(answerer, Scripted)
    assert [question for question, _, _ in answerer.asked] == ["Island 3 a?", "Island 3 b?"]


def test_nothing_is_made_while_somebody_waits(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.suggest.BUSY_CHECK_S", 0.01)
    busy = [True, True, False]
    suggester = Suggester(lambda: busy.pop(0) if len(busy) > 1 else busy[0])
    suggester.want(ME, answerer, ISLANDS[:1])
    made(suggester)
    assert busy == [False]
    assert suggester.of(ids(0)) == ("Island 0 a?", "Island 0 b?")


@dataclass
class Proposing:
    """In place of `proposed`: notes for which document and by whom it is called; the first call waits to be let go."""

    asked: list[tuple[str, Answerer]] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self, documents: list[Document], by: Answerer, _engine: object, _most: int, pause: Callable[[], None]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        self.asked.append((documents[0].path, by))
        self.begun.set()
        assert self.may_go_on.wait(20)
        pause()
        yield f"{documents[0].title}?", ("x",)

    @property
    def paths(self) -> list[str]:
        """The documents that it was called for, in order."""
        return [path for path, _ in self.asked]


@pytest.fixture
def proposing(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> Proposing:
    proposing = Proposing()
    monkeypatch.setattr("qa.suggest.proposed", proposing)
    return proposing


def test_what_is_being_made_and_still_to_be_made_is_made_by_another_model(
    answerer: Answerer, proposing: Proposing
) -> None:
    suggester = Suggester(lambda: False)
    suggester.want(ME, answerer, ISLANDS[:2])
    assert proposing.begun.wait(20)
    other = SpokenEngine([])
    suggester.go_on_with(other)
    proposing.may_go_on.set()
    made(suggester)
    asked = [(path, by.engine) for path, by in proposing.asked]
    assert asked == [("0.txt", answerer.engine), ("0.txt", other), ("1.txt", other)]


def test_what_is_added_comes_before_what_waits(answerer: Answerer, proposing: Proposing) -> None:
    suggester, now = Suggester(lambda: False), answerer.with_engine(answerer.engine)
    suggester.want(ME, answerer, ISLANDS[:4])
    assert proposing.begun.wait(20)
    suggester.want(ME, now, [ISLANDS[4], *ISLANDS[:3]])
    proposing.may_go_on.set()
    made(suggester)
    # The fourth is not wanted any more; what still waits is asked of those documents that there are now.
    assert proposing.asked == [("0.txt", answerer), ("4.txt", now), ("1.txt", now), ("2.txt", now)]


def test_what_is_wanted_no_more_is_let_go_unless_another_wants_it(answerer: Answerer, proposing: Proposing) -> None:
    suggester, other = Suggester(lambda: False), Somebody()
    suggester.want(ME, answerer, ISLANDS[:3])
    assert proposing.begun.wait(20)
    suggester.want(other, answerer, ISLANDS[1:2])
    suggester.want(ME, answerer, ISLANDS[5:])
    proposing.may_go_on.set()
    made(suggester)
    assert proposing.paths == ["0.txt", "5.txt", "1.txt"]
    assert suggester.of(ids(0, 1, 2)) == ("Island 1?",)
    suggester.want(ME, answerer, ISLANDS[:1])  # let go while it was made, and wanted again
    made(suggester)
    assert suggester.of(ids(0)) == ("Island 0?",)


def test_what_is_wanted_by_somebody_who_has_left_is_not_made(answerer: Answerer, proposing: Proposing) -> None:
    suggester, other = Suggester(lambda: False), Somebody()
    suggester.want(ME, answerer, ISLANDS[:1])
    assert proposing.begun.wait(20)
    suggester.want(other, answerer, ISLANDS[1:2])
    del other
    gc.collect()
    proposing.may_go_on.set()
    made(suggester)
    assert proposing.paths == ["0.txt"]


def test_an_unforeseen_error_ends_the_suggestions_of_one_document_and_is_told(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proposed(documents: list[Document], *_: object) -> Iterator[tuple[str, tuple[str, ...]]]:
        if documents[0] is ISLANDS[0]:
            raise ZeroDivisionError
        yield f"{documents[0].title}?", ("x",)

    told: list[type[BaseException]] = []
    monkeypatch.setattr("threading.excepthook", lambda args: told.append(args.exc_type))
    monkeypatch.setattr("qa.suggest.proposed", proposed)
    suggester = Suggester(lambda: False)
    suggester.want(ME, answerer, ISLANDS[:2])
    made(suggester)
    assert suggester.of(ids(0, 1)) == ("Island 1?",)
    suggester.want(ME, answerer, ISLANDS[2:3])
    made(suggester)
    assert suggester.of(ids(2)) == ("Island 2?",)
    assert told == [ZeroDivisionError]


def test_while_there_is_no_model_nothing_is_made_and_the_old_one_is_not_held(answerer: Answerer) -> None:
    busy = [True]
    suggester, old = Suggester(lambda: busy[0]), weakref.ref(engine := SpokenEngine([]))
    suggester.want(ME, answerer.with_engine(engine), ISLANDS[:1])
    del engine
    suggester.go_on_with(None)
    made(suggester)
    assert old() is None
    assert suggester.of(ids(0)) == ()
    busy[0] = False
    suggester.go_on_with(SpokenEngine([]))
    made(suggester)
    assert suggester.of(ids(0)) == ("Island 0 a?", "Island 0 b?")


TOLD = "The old bridge over the Tamsel was built in 1852"
ELSEWHERE = Document.of("A bridge was built in 1852 in quite another town.", "other.txt", "Elsewhere")


def over_the_town(folder: Path, engine: SpokenEngine | AskedEngine, before: float = 3.0) -> Answerer:
    encoder = HashingEncoder(dim=256)
    update_store(folder, [DOCUMENT], encoder)
    store = Store.open(folder)
    return Answerer(store, encoder, WordReader(), engine, gate=gate(before, 3.0), further=NOTHING_BESIDE)


@pytest.mark.parametrize(
    ("reply", "document", "is_held"),
    [
        (f"{TOLD}.", DOCUMENT, True),
        (f"{TOLD}. Forty green parrots live below it.", DOCUMENT, False),  # of which the documents say nothing
        (f"{TOLD.replace('1852', '1853')}.", DOCUMENT, False),  # which they deny
        ("The old bridge was for the salt carts.", DOCUMENT, False),  # which is no answer
        (f"{TOLD}.", ELSEWHERE, False),  # which is quoted from the other one
    ],
)
def test_only_what_is_answered_rightly_supported_throughout_and_quoted_from_its_document_holds(
    tmp_path: Path, reply: str, document: Document, is_held: bool
) -> None:
    answer = over_the_town(tmp_path, SpokenEngine([reply])).ask(WHEN)
    assert answer.status == "answered"
    assert holds(answer, document, ("1852",)) is is_held


def test_what_is_refused_does_not_hold(tmp_path: Path) -> None:
    answer = over_the_town(tmp_path, SpokenEngine([f"{TOLD}."]), before=-3.0).ask(WHEN)
    assert answer.status == "not_found"
    assert answer.citations[0].quote == BRIDGE
    assert not holds(answer, DOCUMENT, ("answer",))  # which is a word of the refusal


def test_of_the_questions_that_the_model_puts_those_are_suggested_that_it_answers_rightly(tmp_path: Path) -> None:
    asked = f"Question: {HOW_MANY}\nAnswer in one short sentence"  # by the answerer; as it is proposed it is answered
    engine = AskedEngine({asked: "The ferry at the mill carries 1,300 passengers in every year.", **GOOD})
    suggester, answerer = Suggester(lambda: False), over_the_town(tmp_path, engine)
    suggester.want(ME, answerer, [DOCUMENT])
    made(suggester)
    assert suggester.of([DOCUMENT.doc_id]) == (WHEN,)
    answer = answerer.ask(WHEN)
    assert (answer.text, answer.citations[0].quote) == ("In 1852.", BRIDGE)
    assert any(asked in prompt for prompt in engine.prompts)


@pytest.mark.model
def test_with_real_weights_a_question_on_the_shipped_article_is_suggested_that_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("qa.suggest.N_SUGGESTED", 1)  # each takes seconds
    answerer = open_answerer(docs=[ARTICLES])
    (document,) = answerer.store.documents.values()
    suggester = Suggester(lambda: False)
    suggester.want(ME, answerer, [document])
    made(suggester)
    (question,) = suggester.of([document.doc_id])
    answer = answerer.ask(question)
    assert [sentence.state for sentence in answer.sentences] == ["supported"] * len(answer.sentences)
    assert [document.text[c.start : c.end] for c in answer.citations] == [c.quote for c in answer.citations] != []
