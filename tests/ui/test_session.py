from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from embeddings.empty import empty_store
from embeddings.errors import EmbeddingsError
from embeddings.files import ADDED
from embeddings.store import Store
from qa.errors import QuestionError
from qa.opening import Opening
from qa.settings import Settings
from qa.types import Turn
from qa.ui.page import build_page, style, theme
from qa.ui.reopened import asked_of, exchange_of
from qa.ui.server import application
from qa.ui.session import Session
from qa.ui.sessions import MOST_SESSIONS, Sessions
from qa.ui.texts import ENGLISH
from qa.ui.uploads import KeptUploads
from tests.fake_encoder import HashingEncoder
from tests.ui.scripted import LIVES, Scripted, small_store
from tests.ui.test_documents import Held


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return small_store(tmp_path / "store")


@pytest.fixture
def session(store: Store) -> Session:
    return Session(Opening.of(Scripted(store)))


def answer(session: Session, question: str, at: int | None = None) -> None:
    session.ask(question, at)
    for _ in session.answer():
        pass


def questions(session: Session) -> list[str]:
    return [exchange.question for exchange in session.exchanges]


def answers(session: Session) -> list[str]:
    return [exchange.answer.text if exchange.answer else "" for exchange in session.exchanges]


def test_the_history_of_a_question_is_what_came_before_it(session: Session) -> None:
    answer(session, "When was it built?")
    answer(session, "Which mercury boils?")
    answer(session, "Who lives there?")
    answerer = session.answerer
    assert isinstance(answerer, Scripted)
    _, history, _ = answerer.asked[-1]
    assert [(turn.role, turn.content) for turn in history] == [
        ("user", "When was it built?"),
        ("assistant", "It was built in 1887 from red granite. Its light is seen for 23 nautical miles."),
        ("user", "Which mercury boils?"),
        ("assistant", "The documents do not state the answer to this question."),
    ]
    assert [len(turn.citations) for turn in history] == [0, 2, 0, 0]


def test_an_empty_question_is_told_and_changes_nothing(session: Session) -> None:
    with pytest.raises(QuestionError, match=r"^The question is empty; type what you want to know\.$"):
        session.ask(" \n ")
    assert (session.exchanges, session.running) == ([], False)


def test_a_second_question_waits_for_the_first(session: Session) -> None:
    session.ask("When was it built?")
    with pytest.raises(QuestionError, match=re.escape(ENGLISH("busy"))):
        session.ask("Who lives there?")
    assert questions(session) == ["When was it built?"]


def test_asking_again_replaces_the_answer_and_all_after_it(session: Session) -> None:
    answer(session, "When was it built?")
    answer(session, "Who lives there?")
    answer(session, "A mixed story", at=0)
    assert questions(session) == ["A mixed story"]
    assert session.exchanges[0].replaced == ()


def test_what_stood_there_comes_back_where_the_new_answer_fails(session: Session) -> None:
    answer(session, "When was it built?")
    answer(session, "Who lives there?")
    before = answers(session)
    answer(session, "Why did it break?", at=0)
    assert questions(session) == ["When was it built?", "Who lives there?"]
    assert answers(session) == before
    assert session.returned == "Why did it break?"
    assert not session.running


@pytest.mark.parametrize(("question", "returned"), [("When was it built?", ""), ("A mixed story", "A mixed story")])
def test_what_stood_there_comes_back_where_the_new_answer_is_stopped_before_its_first_word(
    session: Session, question: str, returned: str
) -> None:
    answer(session, "When was it built?")
    answer(session, "Who lives there?")
    before = answers(session)
    session.ask(question, at=0)
    for exchange in session.answer():
        session.stop()
        assert not exchange.written
    assert questions(session) == ["When was it built?", "Who lives there?"]
    assert answers(session) == before
    assert session.returned == returned
    assert not session.running


def test_a_new_question_that_is_stopped_before_its_first_word_stays_as_stopped(session: Session) -> None:
    answer(session, "When was it built?")
    session.ask("Who lives there?")
    for _ in session.answer():
        session.stop()
    assert questions(session) == ["When was it built?", "Who lives there?"]
    assert session.exchanges[-1].stopped
    assert session.returned == ""


def test_a_question_that_is_too_long_goes_back_to_the_text_box(session: Session) -> None:
    exchange = session.ask("a" * 10_000)
    assert list(session.answer()) == [exchange]
    assert exchange.error == "the question has 10,000 characters and at most 2,000 are read; ask a shorter one"
    assert session.exchanges == []
    assert session.returned == "a" * 10_000


def test_a_question_asked_before_it_is_known_that_there_is_no_document_goes_back_to_the_text_box() -> None:
    opening = Opening(lambda *_: Scripted(empty_store(HashingEncoder())), Settings())
    session = Session(opening)
    exchange = session.ask("When was it built?")
    opening.begin()
    list(session.answer())
    assert exchange.error == "there is no document to search; add or choose one first"
    assert (session.returned, session.trouble) == ("When was it built?", "")


def test_a_mistake_in_the_program_is_told_and_leaves_no_session_that_runs_for_ever(session: Session) -> None:
    session.ask("Is there a bug?")
    with pytest.raises(ZeroDivisionError, match="a mistake in the program"):
        list(session.answer())
    assert (session.trouble, session.returned) == (ENGLISH("unforeseen"), "Is there a bug?")
    assert (session.exchanges, session.running) == ([], False)


def test_words_that_were_written_stay_where_the_engine_breaks(session: Session) -> None:
    answer(session, "half of it")
    (exchange,) = session.exchanges
    assert exchange.written == "These words come before it breaks. "
    assert exchange.error == "the engine went away; start it again"
    assert session.returned == ""


def test_a_question_that_waits_is_searched_for_once_with_the_documents_and_the_level_it_was_asked_with(
    store: Store,
) -> None:
    answerer = Scripted(store)
    session = Session(Opening.of(answerer))
    assert not session.find()
    exchange = session.ask("When was it built?")
    assert session.find()
    assert len(exchange.hits) == 3
    assert not session.find()
    session.strictness = "strict"
    list(session.answer())
    assert answerer.sought == ["When was it built?"]
    assert answerer.asked == [("When was it built?", (), "balanced")]
    assert exchange.strictness == "balanced"


def test_what_cannot_be_searched_for_is_told_when_its_turn_comes(session: Session) -> None:
    exchange = session.ask("a" * 10_000)
    assert not session.find()
    assert session.waiting is exchange
    list(session.answer())
    assert exchange.error == "the question has 10,000 characters and at most 2,000 are read; ask a shorter one"


def test_stop_keeps_what_was_written(store: Store) -> None:
    session = Session(Opening.of(Scripted(store, pause_s=0.1)))
    session.ask("A long way")
    for exchange in session.answer():
        if len(exchange.sentences) == 2:
            session.stop()
    (exchange,) = session.exchanges
    assert exchange.stopped
    assert exchange.done
    assert [sentence.text for sentence in exchange.sentences] == [
        "Step 1 of the long way up is told here.",
        "Step 2 of the long way up is told here.",
    ]
    assert not session.running
    assert exchange.turns()[1].content.startswith("Step 1 of the long way up is told here.")


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_an_answer_that_nobody_reads_on_was_cut_off_unless_it_was_stopped(
    session: Session, known: bool, stopped: bool
) -> None:
    """Whether the tab is `known` to have left before the stream ends."""
    exchange = session.ask("Tell me a mixed story")
    stream = session.answer()
    while not exchange.sentences:
        next(stream)
    if stopped:
        session.stop()
    if known:
        session.cut()
    stream.close()  # type: ignore[attr-defined]
    assert exchange.done
    assert exchange.cut is not stopped
    assert not session.running
    assert exchange_of(asked_of(exchange), session.documents).cut is not stopped


def test_stop_reaches_an_answer_in_another_thread(store: Store) -> None:
    session = Session(Opening.of(Scripted(store, pause_s=1.0)))
    session.ask("A long way")
    started = threading.Event()

    def read() -> None:
        for exchange in session.answer():
            if exchange.written:
                started.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert started.wait(10)
    session.stop()
    reader.join(60)  # it would write for ten minutes
    assert not reader.is_alive()


def test_clearing_ends_the_answer_that_is_being_written(store: Store) -> None:
    session = Session(Opening.of(Scripted(store, pause_s=0.1)))
    session.ask("A long way")
    n_events = 0
    for _ in session.answer():
        n_events += 1
        if n_events == 3:
            session.clear()
    assert n_events == 3
    assert session.exchanges == []
    answer(session, "When was it built?")
    assert questions(session) == ["When was it built?"]


def test_a_reader_that_goes_away_leaves_no_session_that_runs_for_ever(session: Session) -> None:
    session.ask("When was it built?")
    events = session.answer()
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert not session.running
    assert session.exchanges[0].stopped


def test_a_question_for_which_there_is_no_room_goes_back_to_the_text_box(session: Session) -> None:
    session.ask("When was it built?")
    session.give_up("crowded")
    assert (session.exchanges, session.running, session.returned) == ([], False, "When was it built?")
    assert list(session.answer()) == []


def test_strictness_reaches_the_answerer(session: Session) -> None:
    session.strictness = "strict"
    answer(session, "When was it built?")
    answerer = session.answerer
    assert isinstance(answerer, Scripted)
    assert answerer.asked[-1][2] == "strict"


def test_a_looser_level_is_for_one_question_and_kept_when_its_context_is_dropped(session: Session) -> None:
    answer(session, "When was it built?")
    answer(session, "Which mercury boils?")
    session.loosen(1)
    list(session.answer())
    session.ask_alone(1)
    list(session.answer())
    answer(session, "Who lives there?")
    answerer = session.answerer
    assert isinstance(answerer, Scripted)
    assert [(len(history), strictness) for _, history, strictness in answerer.asked] == [
        (0, "balanced"),
        (2, "balanced"),
        (2, "lenient"),
        (0, "lenient"),
        (4, "balanced"),
    ]
    assert [exchange.strictness for exchange in session.exchanges] == ["balanced", "lenient", "balanced"]


def test_an_earlier_question_is_asked_again_at_the_end_after_the_conversation_that_it_had(session: Session) -> None:
    answer(session, "When was it built?")
    answer(session, "Which mercury boils?")
    answer(session, "Who lives there?")
    session.loosen(1)
    list(session.answer())
    assert questions(session) == [
        "When was it built?",
        "Which mercury boils?",
        "Who lives there?",
        "Which mercury boils?",
    ]
    session.again(3)
    list(session.answer())
    session.ask_alone(0)
    list(session.answer())
    assert questions(session)[3:] == ["Which mercury boils?", "When was it built?"]
    answerer = session.answerer
    assert isinstance(answerer, Scripted)
    assert [(len(history), strictness) for _, history, strictness in answerer.asked[3:]] == [
        (2, "lenient"),
        (2, "lenient"),
        (0, "balanced"),
    ]


def test_trying_again_keeps_the_level_of_the_question_and_that_it_was_asked_alone(session: Session) -> None:
    answer(session, "When was it built?")
    answer(session, "Which mercury boils?")
    session.loosen(1)
    list(session.answer())
    session.ask_alone(1)
    list(session.answer())
    again = session.again(1)
    list(session.answer())
    assert again is session.exchanges[1]
    assert (again.strictness, again.loosened, again.alone) == ("lenient", True, True)


def test_nothing_is_asked_where_there_is_no_looser_level_or_no_such_question(session: Session) -> None:
    session.strictness = "lenient"
    answer(session, "Which mercury boils?")
    assert session.loosen(0) is None
    assert session.loosen(7) is None
    assert session.ask_alone(-1) is None
    assert session.again(7) is None
    assert not session.running


def test_a_citation_is_found_by_its_label_only(session: Session) -> None:
    answer(session, "Who lives there?")
    (exchange,) = session.exchanges
    citation = exchange.citation(1)
    assert citation is not None
    assert citation.quote == LIVES
    assert exchange.citation(0) is None
    assert exchange.citation(3) is None
    passage = exchange.passage(1)
    assert passage is not None
    assert passage.doc_id in exchange.documents
    assert exchange.passage(99) is None
    assert session.exchange(1) is None
    assert session.exchange(-1) is None


def test_a_turn_of_a_stopped_answer_without_words_is_the_question_alone(session: Session) -> None:
    exchange = session.ask("When was it built?")
    assert exchange.turns() == (Turn("user", "When was it built?"),)


def test_each_id_has_its_own_session(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)))
    assert sessions.of("a") is sessions.of("a")
    assert sessions.of("a") is not sessions.of("b")


def test_it_is_known_whether_somebody_s_question_is_being_answered(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)))
    session = sessions.of("a")
    sessions.of("b")
    assert not sessions.is_answering()
    session.ask("When was it built?")
    assert sessions.is_answering()
    for _ in session.answer():
        assert sessions.is_answering()
    assert not sessions.is_answering()


def test_a_tab_that_left_is_let_go_and_its_folder_deleted(store: Store, tmp_path: Path) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), grace_s=0.01)
    file = tmp_path / "note.txt"
    file.write_text("A note about the ferry.", encoding="utf-8")
    session = sessions.of("a")
    session.add([file])
    folder = session.uploads.folder
    assert folder is not None
    assert folder.is_dir()
    sessions.leave("a")
    _until(lambda: len(sessions) == 0 and not folder.exists())
    assert sessions.of("a") is not session


def test_a_tab_that_comes_back_in_time_finds_its_conversation(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), grace_s=60)
    session = sessions.of("a")
    sessions.leave("a")
    assert sessions.of("a") is session
    sessions.close()
    assert len(sessions) == 0


def test_a_tab_that_comes_back_in_the_moment_its_time_is_up_finds_what_it_had(store: Store, tmp_path: Path) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), grace_s=60)
    file = tmp_path / "note.txt"
    file.write_text("A note about the ferry.", encoding="utf-8")
    session = sessions.of("a")
    session.add([file])
    sessions.leave("a")
    timer = sessions._leaving["a"]
    ticket = sessions.desk("a").ticket  # the timer has fired and waits for the lock, and cannot be cancelled any more
    timer.function(*timer.args, **timer.kwargs)
    assert sessions.resume("a", ticket) is not None
    assert sessions.of("a") is session
    assert session.uploads.folder is not None
    sessions.close()


def test_of_too_many_sessions_the_least_recently_used_goes(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), most=2)
    first, second = sessions.of("a"), sessions.of("b")
    sessions.of("a")
    sessions.of("c")
    assert sessions.of("a") is first
    assert sessions.of("b") is not second


def test_the_page_s_server_forgets_a_session_with_it_and_not_before(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), grace_s=60, most=2)
    page = build_page(sessions.opening, sessions=sessions)
    sessions.of("early")
    sessions.close()  # before it is served there is nothing to forget
    application(page, theme(), style())

    def opens(name: str) -> Session:
        page.state_holder[name]._update_value_in_config(max(page.blocks), "what was sent")
        return sessions.of(name)

    def known() -> set[str]:
        return set(page.state_holder.session_data)

    first = opens("a")
    sessions.leave("a")
    assert known() == {"a"}
    assert opens("a") is first
    ticket = sessions.desk("a").ticket
    opens("again")
    assert sessions.resume("again", ticket) is not None
    assert known() == {"again"}
    assert sessions.resume("again", ticket) is not None
    assert known() == {"again"}
    opens("b")
    opens("c")
    assert known() == {"b", "c"}
    sessions.close()
    assert known() == set()
    assert page.state_holder.capacity == MOST_SESSIONS


@pytest.mark.parametrize(
    ("way", "keeps_added"),
    [
        ("the program ends", False),
        ("the program ends", True),
        ("the session goes", False),
        ("too many others came", False),
        ("the session goes, then the program ends", True),
        ("too many others came, then the program ends", True),
    ],
)
def test_what_is_being_added_is_ended_with_its_session_and_nothing_that_was_there_is_lost(
    store: Store, tmp_path: Path, keeps_added: bool, way: str
) -> None:
    answerer = Scripted(store)
    sessions = Sessions(Opening.of(answerer), most=1, grace_s=0.01, keeps_added=keeps_added)
    session = sessions.of("a")
    first, second, third = (tmp_path / f"{n}.txt" for n in range(3))
    for n, file in enumerate((first, second, third)):
        file.write_text(f"Note {n}.", encoding="utf-8")
    session.add([first])
    uploads, before = session.uploads, session.uploads.store
    uploads._encoder = encoder = Held()
    if isinstance(uploads, KeptUploads):
        uploads._kept_store._encoder = encoder
    with ThreadPoolExecutor() as pool:
        adding = [pool.submit(session.add, [file]) for file in (second, third)]
        try:
            assert encoder.began.wait(60)
            if way == "the program ends":
                sessions.stop()
            elif way.startswith("the session goes"):
                sessions.leave("a")
                _until(lambda: len(sessions) == 0)
            else:
                pool.submit(sessions.of, "b").result(60)  # who does not wait for the other
            if way.endswith(", then the program ends"):
                sessions.stop()
            _until(lambda: session._adds_no_more)
        finally:
            encoder.may.set()
        for future in adding:
            with pytest.raises(EmbeddingsError, match=r"^Adding was ended before it was done, and nothing was added\."):
                future.result(60)
    assert uploads.store is before
    if keeps_added:
        assert {document.path for document in Store.open(store.folder).documents.values()} == {
            document.path for document in before.documents.values()
        }
        assert [path.name for path in (store.folder / ADDED).iterdir() if path.is_file()] == ["0.txt"]


def test_what_goes_into_the_store_of_all_is_added_also_where_the_session_goes(store: Store, tmp_path: Path) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), most=1, keeps_added=True)
    session, note = sessions.of("a"), tmp_path / "note.txt"
    note.write_text("A note.", encoding="utf-8")
    assert isinstance(session.uploads, KeptUploads)
    session.uploads._kept_store._encoder = encoder = Held()
    with ThreadPoolExecutor() as pool:
        adding = pool.submit(session.add, [note])
        try:
            assert encoder.began.wait(60)
            pool.submit(sessions.of, "b").result(60)
        finally:
            encoder.may.set()
        assert [document.path for document in adding.result(60).documents] == [f"{ADDED}/note.txt"]


def _until(condition: object) -> None:
    """Wait until the condition holds; ten seconds at the most."""
    pause = threading.Event()
    for _ in range(1000):
        if condition():  # type: ignore[operator]
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to hold within ten seconds")
