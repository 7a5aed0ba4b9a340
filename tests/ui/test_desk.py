from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.conversations import Asked, Conversations, Handle
from qa.errors import ConversationsError
from qa.opening import Opening
from qa.settings import Settings
from qa.ui.conversation import conversation_html
from qa.ui.desk import Desk
from qa.ui.evidence import view_html
from qa.ui.how import how_html, searched_html
from qa.ui.reopened import asked_of, exchange_of
from qa.ui.session import Session
from qa.ui.sessions import Sessions
from qa.ui.since import gone_html, since_html, view_since
from qa.ui.texts import ENGLISH
from tests.fake_encoder import HashingEncoder
from tests.qa.test_opening import Slow
from tests.ui.scripted import LIGHTHOUSE, LIVES, Scripted, small_store
from tests.ui.test_session import answer, questions


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return small_store(tmp_path / "store")


@pytest.fixture
def kept() -> Conversations:
    return Conversations.in_memory()


@pytest.fixture
def slow(store: Store) -> Slow:
    return Slow(Scripted(store))


@pytest.fixture
def desk(store: Store, kept: Conversations) -> Desk:
    return Desk(Session(Opening.of(Scripted(store))), kept, is_lasting=True)


def names(desk: Desk) -> list[str]:
    return [row.name for row in desk.conversations.list()]


class FullDisk(Conversations):
    """Cannot write."""

    def save(self, handle: Handle | None, exchanges: object) -> Handle:
        raise ConversationsError("the conversations cannot be read or written (database or disk is full)")


def test_a_conversation_is_kept_with_every_answer(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    answer(desk.session, "Who lives there?")
    assert [(row.name, row.n_questions) for row in desk.conversations.list()] == [("When was it built?", 2)]
    assert desk.name == "When was it built?"


def test_a_conversation_comes_back_as_it_was(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    answer(desk.session, "Which mercury boils?")
    answer(desk.session, "half of it")
    before = desk.session.exchanges
    desk.new()
    assert (desk.session.exchanges, desk.open_id) == ([], None)
    (row,) = desk.conversations.list()
    desk.open(row.id)
    after = desk.session.exchanges
    assert [asked_of(exchange) for exchange in after] == [asked_of(exchange) for exchange in before]
    assert [exchange.turns() for exchange in after] == [exchange.turns() for exchange in before]
    assert [exchange.error for exchange in after] == ["", "", "the engine went away; start it again"]
    assert [exchange.since for exchange in after] == [{}, {}, {}]


def test_what_was_withdrawn_comes_back_with_its_refusal(store: Store) -> None:
    session = Session(Opening.of(Scripted(store)))
    answer(session, "Which mercury boils?")
    (exchange,) = session.exchanges
    assert exchange.withdrawn == ""
    exchange.written = "Mercury does. "
    kept = asked_of(exchange)
    assert kept.written == exchange_of(kept, store.documents).withdrawn == "Mercury does."


def test_a_question_that_is_asked_after_reopening_knows_what_was_said(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    number = desk.open_id
    desk.new()
    assert number is not None
    desk.open(number)
    answer(desk.session, "Who lives there?")
    answerer = desk.session.answerer
    assert isinstance(answerer, Scripted)
    assert answerer.asked[-1][1][0].content == "When was it built?"
    assert names(desk) == ["When was it built?"]


def test_an_answer_that_is_being_written_is_put_away_with_its_checked_sentences(store: Store) -> None:
    desk = Desk(Session(Opening.of(Scripted(store, pause_s=0.05))), Conversations.in_memory(), is_lasting=True)
    desk.session.ask("A long way")
    for exchange in desk.session.answer():
        if len(exchange.sentences) == 2:
            desk.new()
    (row,) = desk.conversations.list()
    _, (said,) = desk.conversations.load(row.id)
    assert said.answer is not None
    assert said.answer["text"] == "Step 1 of the long way up is told here. Step 2 of the long way up is told here."
    assert (said.answer["stopped"], desk.session.exchanges) == (True, [])


def test_the_open_conversation_opened_again_keeps_the_question_that_is_being_answered(store: Store) -> None:
    desk = Desk(Session(Opening.of(Scripted(store, pause_s=0.05))), Conversations.in_memory(), is_lasting=True)
    answer(desk.session, "When was it built?")
    number = desk.open_id
    assert number is not None
    desk.session.ask("A long way")
    for exchange in desk.session.answer():
        if len(exchange.sentences) == 1:
            desk.open(number)
    assert questions(desk.session) == ["When was it built?", "A long way"]
    answer(desk.session, "Who lives there?")
    assert names(desk) == ["When was it built?"]


def test_a_disk_that_is_full_is_told_and_the_answer_stays(store: Store) -> None:
    desk = Desk(Session(Opening.of(Scripted(store))), FullDisk(Conversations.in_memory()._connection), is_lasting=True)
    answer(desk.session, "When was it built?")
    assert questions(desk.session) == ["When was it built?"]
    assert desk.trouble == (
        "Conversations are not kept: the conversations cannot be read or written (database or disk is full)"
    )


def test_deleting_the_open_conversation_closes_it_and_undoing_opens_it(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    number = desk.open_id
    assert number is not None
    desk.delete(number)
    assert (desk.session.exchanges, names(desk), desk.deleted) == ([], [], (number, "When was it built?"))
    assert desk.restore()
    assert (questions(desk.session), desk.open_id) == (["When was it built?"], number)
    assert desk.restore()  # it is there
    assert questions(desk.session) == ["When was it built?"]


def test_words_that_stand_on_another_page_now_are_not_said_to_be_gone(desk: Desk) -> None:
    answer(desk.session, "Who lives there?")
    (asked,) = desk.said()
    whole = Document.of(LIGHTHOUSE, "lighthouse.txt", "The lighthouse")  # the same text without pages
    exchange = exchange_of(asked, {whole.doc_id: whole})
    assert "[1] [2] stands in <bdi>lighthouse.txt</bdi>, but not on the page that it was cited from." in since_html(
        exchange, ENGLISH
    )
    citation = exchange.citation(1)
    assert citation is not None
    view = view_since(exchange, citation, 7, 0, ENGLISH)
    assert view is not None
    assert (view.start, view.end) == (citation.start, citation.end)


def test_what_has_become_of_the_sources_is_said(tmp_path: Path, desk: Desk) -> None:
    answer(desk.session, "A mixed story")
    answer(desk.session, "What is the trap?")
    said = desk.said()
    folder = tmp_path / "later"
    changed = Document.of(f"Edited. {LIGHTHOUSE}", "lighthouse.txt", "The lighthouse", ())
    update_store(folder, [changed], HashingEncoder())
    documents = Store.open(folder).documents
    first, second = (exchange_of(asked, documents) for asked in said)
    assert first.since == {1: "text changed", 2: "text changed"}
    assert since_html(first, ENGLISH) == (
        '<ul class="since"><li><bdi>lighthouse.txt</bdi> has changed since this answer: [1] [2] may no longer stand there.</li></ul>'
    )
    assert second.since == {1: "document missing"}
    assert "<bdi>notes/&lt;i&gt;traps&lt;/i&gt;.md</bdi> is no longer among the documents: [1] can" in since_html(
        second, ENGLISH
    )
    citation = second.citation(1)
    assert citation is not None
    assert view_since(second, citation, 7, 1, ENGLISH) is None
    gone = gone_html(second, citation, 7, 1, ENGLISH)
    assert 'data-view="7"' in gone
    assert "<blockquote>A note says &lt;script&gt;window.trapped = 1&lt;/script&gt;" in gone


def test_what_a_kept_citation_holds_becomes_no_markup(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    (said,) = desk.said()
    assert said.answer is not None
    said.answer["citations"][0]["doc_id"] = '"><img src>'
    other = Document.of("Another text.", "lighthouse.txt", "The lighthouse")
    for documents in ({}, {other.doc_id: other}):
        exchange = exchange_of(said, documents)
        citation = exchange.citation(1)
        assert citation is not None
        view = view_since(exchange, citation, 7, 0, ENGLISH)
        shown = view_html(view) if view else gone_html(exchange, citation, 7, 0, ENGLISH)
        words = f"&quot;&gt;&lt;img src&gt;:{citation.start}-{citation.end}"
        for html in (shown, conversation_html([exchange], (), running=False)[0]):
            assert "<img" not in html
            assert f'data-words="{words}"' in html


@pytest.mark.parametrize(
    ("text", "place", "note"),
    [
        ("Edited. {lives} The end.", 8, "The very same words are marked where they stand in it now."),
        (
            "{lives} And: {lives}",  # it stood further on than both
            37,
            "The very same words stand in it 2 times now; the place nearest to the old one is marked.",
        ),
        ("The keeper lived there.", None, "These words do not stand in it now; below it is shown as it is."),
    ],
)
def test_a_source_that_has_changed_is_opened_at_the_very_same_words(
    desk: Desk, text: str, place: int | None, note: str
) -> None:
    answer(desk.session, "Who lives there?")
    (said,) = desk.said()
    changed = Document.of(text.format(lives=LIVES), "lighthouse.txt", "The lighthouse")
    exchange = exchange_of(said, {changed.doc_id: changed})
    citation = exchange.citation(2)
    assert citation is not None
    view = view_since(exchange, citation, 7, 0, ENGLISH)
    assert view is not None
    assert (view.start, view.end) == ((0, 0) if place is None else (place, place + len(LIVES)))
    assert view.note == f"lighthouse.txt has changed since this answer. {note}"
    assert view.quoted == (LIVES if place is None else "")
    assert (view.document, view.number, view.item, view.n_items) == (changed, 7, 2, 2)


def test_a_quote_that_does_not_stand_where_it_should_is_opened_where_it_does(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    (said,) = desk.said()
    assert said.answer is not None
    first, *others = said.answer["citations"]
    tampered = {**said.answer, "citations": [{**first, "start": first["start"] + 1, "end": first["end"] + 1}, *others]}
    exchange = exchange_of(Asked(said.question, tampered), desk.session.documents)
    citation = exchange.citation(1)
    assert citation is not None
    view = view_since(exchange, citation, 7, 0, ENGLISH)
    assert view is not None
    assert view.start == first["start"]
    assert view.note == (
        "[1] does not stand in lighthouse.txt where it should. "
        "The very same words are marked where they stand in it now."
    )


def test_sources_are_checked_once_there_is_a_store_and_nothing_is_said_before(kept: Conversations, slow: Slow) -> None:
    desk = Desk(Session(Opening.of(slow.answerer)), kept, is_lasting=True)
    answer(desk.session, "When was it built?")
    before = desk.session.exchanges[0]
    opening = Opening(slow, Settings())
    later = Desk(Session(opening), kept, is_lasting=True)
    opening.begin()
    later.open(kept.list()[0].id)
    (exchange,) = later.session.exchanges
    assert (exchange.unchecked, exchange.since, exchange.searched) == (True, {}, None)
    assert "no longer among" not in since_html(exchange, ENGLISH)
    assert not later.check()
    slow.may_search.set()
    slow.may_load.set()
    assert opening.ready() is slow.answerer
    assert later.check()
    assert (exchange.unchecked, exchange.since, since_html(exchange, ENGLISH)) == (False, {}, "")
    assert exchange.passage(1) == before.passage(1)
    assert exchange.documents.keys() == before.documents.keys()
    assert not later.check()


def test_sources_that_were_gone_are_there_again_once_they_are_added(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "harbour.txt"
    file.write_text("The harbour Anlund berths ninety boats.", encoding="utf-8")
    desk.session.add([file])
    answer(desk.session, "How many boats berths the harbour Anlund?")
    later = Desk(Session(desk.session.opening), desk.conversations, is_lasting=True)
    later.open(desk.conversations.list()[0].id)
    (exchange,) = later.session.exchanges
    assert exchange.since == {1: "document missing"}
    later.session.add([file])
    assert later.check()
    assert exchange.since == {}


def test_a_quote_that_was_tampered_with_is_said(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    (said,) = desk.said()
    assert said.answer is not None
    first, *others = said.answer["citations"]
    tampered = {**said.answer, "citations": [{**first, "start": first["start"] + 1, "end": first["end"] + 1}, *others]}
    exchange = exchange_of(Asked(said.question, tampered), desk.session.uploads.store.documents)
    assert exchange.since == {1: "quote not there"}


def test_a_page_that_is_loaded_again_finds_its_session_by_its_ticket(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)))
    desk = sessions.desk("before")
    answer(desk.session, "When was it built?")
    assert sessions.resume("after", "no ticket") is None
    assert sessions.resume("after", desk.ticket) is desk
    assert sessions.desk("after") is desk
    assert sessions.desk("before") is not desk


def test_a_question_that_waits_while_the_page_is_loaded_again_is_given_back_to_it(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)))
    desk = sessions.desk("before")
    answer(desk.session, "When was it built?")
    desk.session.ask("Who lives there?")
    assert sessions.resume("after", desk.ticket) is desk
    assert (desk.session.running, desk.session.returned) == (False, "Who lives there?")
    assert questions(desk.session) == ["When was it built?"]
    sessions.leave("before")  # is told only now
    desk.session.ask("Which mercury boils?")
    assert desk.session.running


def test_what_is_to_be_told_waits_while_the_page_is_on_its_way_out(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)))
    desk = sessions.desk("before")
    desk.session.ask("Who lives there?")
    sessions.leave("before")
    assert (desk.session.left, desk.session.returned) == (True, "Who lives there?")
    assert sessions.resume("after", desk.ticket) is desk
    assert (desk.session.left, desk.session.returned) == (False, "Who lives there?")


def test_without_a_file_each_session_has_its_own_conversations(store: Store) -> None:
    sessions = Sessions(Opening.of(Scripted(store)))
    answer(sessions.of("a"), "When was it built?")
    assert names(sessions.desk("a")) == ["When was it built?"]
    assert names(sessions.desk("b")) == []


def test_with_a_file_a_later_session_finds_them(store: Store, kept: Conversations) -> None:
    sessions = Sessions(Opening.of(Scripted(store)), conversations=kept)
    answer(sessions.of("a"), "When was it built?")
    sessions.close()
    assert names(Sessions(Opening.of(Scripted(store)), conversations=kept).desk("b")) == ["When was it built?"]


def test_of_how_a_kept_answer_was_made_what_was_kept_is_told(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    (said,) = desk.said()
    told = how_html(exchange_of(said, desk.session.documents), 0, ENGLISH, can_ask=False)
    assert (
        "The documents state the answer with a probability of 90%, as estimated after the answer was written; "
        "it was asked at “balanced”." in told
    )
    assert "The sentence nearest in meaning to the question has a likeness of 0.61" in told
    assert (
        "<dt>Sent to scripted</dt><dd><p>What was sent to the model is not kept with a conversation.</p></dd>" in told
    )


def test_a_kept_refusal_tells_what_was_searched_then(desk: Desk) -> None:
    answer(desk.session, "Which mercury boils?")
    (said,) = desk.said()
    exchange = exchange_of(said, {})
    assert exchange.answer is not None
    assert searched_html(exchange, exchange.answer, ENGLISH) == searched_html(
        desk.session.exchanges[0], exchange.answer, ENGLISH
    )
    assert "Searched 2 documents for" in searched_html(exchange, exchange.answer, ENGLISH)
    earlier = exchange_of(replace(said, n_documents=None), desk.session.documents)
    assert searched_html(earlier, exchange.answer, ENGLISH) == (
        '<p class="searched">Searched for “<bdi>Which mercury boils?</bdi>”.</p>'
    )


def test_passages_that_are_gone_are_counted_and_not_said_never_to_have_been_found(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    (said,) = desk.said()
    assert len(desk.session.exchanges[0].hits) == 3  # two of the lighthouse, one of the traps
    documents = desk.session.documents
    one = {doc_id: document for doc_id, document in documents.items() if document.path == "lighthouse.txt"}
    for here, n_here in ((one, 2), ({}, 0), (documents, 3)):
        exchange = exchange_of(said, here)
        assert (len(exchange.hits), exchange.n_gone) == (n_here, 3 - n_here)
        assert [hit.rank for hit in exchange.hits] == list(range(1, n_here + 1))
        told = how_html(exchange, 0, ENGLISH, can_ask=False)
        assert (f"{n_here} of the 3 passages found can still be shown." in told) == (n_here < 3)
        assert "No passage." not in told
    assert "<dt>Found</dt>" not in how_html(exchange_of(said, None), 0, ENGLISH, can_ask=False)


def test_a_conversation_that_is_deleted_twice_by_a_double_click_comes_back(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    number = desk.open_id
    assert number is not None
    desk.delete(number)
    desk.delete(number)
    desk.conversations.delete(number)  # as from another page
    assert desk.restore()
    assert questions(desk.session) == ["When was it built?"]


@pytest.mark.parametrize("leave", ["new", "cut", "close"])
def test_what_another_answer_was_to_replace_is_kept_where_one_leaves_before_its_first_word(
    desk: Desk, leave: str
) -> None:
    answer(desk.session, "When was it built?")
    answer(desk.session, "Who lives there?")
    number = desk.open_id
    assert number is not None
    desk.session.ask("A mixed story", at=0)
    stream = desk.session.answer()
    next(stream)
    if leave == "new":
        desk.new()
    elif leave == "cut":
        desk.session.cut()
    stream.close()  # type: ignore[attr-defined]
    _, said = desk.conversations.load(number)
    assert [asked.question for asked in said] == ["When was it built?", "Who lives there?"]
    assert all(asked.answer for asked in said)
    assert questions(desk.session) == ([] if leave == "new" else ["When was it built?", "Who lives there?"])
    assert desk.session.returned == ("" if leave == "new" else "A mixed story")


def test_what_is_said_of_an_answer_while_a_question_waits_is_kept_where_that_is_taken_back(desk: Desk) -> None:
    answer(desk.session, "When was it built?")
    desk.session.ask("Who lives there?")
    desk.session.exchanges[0].verdict = "up"
    desk.session.give_up("")
    number = desk.open_id
    assert number is not None
    _, (said,) = desk.conversations.load(number)
    assert said.verdict == "up"
