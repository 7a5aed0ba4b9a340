from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embeddings.types import document_id
from qa.answer import Answerer
from qa.opening import Opening
from qa.types import AnswerSentence, Searched
from qa.ui.conversation import _exchange, conversation_html
from qa.ui.session import Exchange, Session
from qa.ui.texts import ENGLISH, Texts
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader
from tests.qa.command_line import SpokenEngine, gate
from tests.ui.scripted import LIGHTHOUSE, LIVES, Scripted, small_store


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(Opening.of(Scripted(small_store(tmp_path))))


def asked(session: Session, question: str) -> str:
    """Return the HTML of the last exchange once its answer is there."""
    session.ask(question)
    for _ in session.answer():
        pass
    return conversation_html(session.exchanges, (), running=False)[-1]


def test_what_is_done_is_drawn_once_and_anew_where_something_of_it_has_changed(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for question in ("Who lives there?", "When was it built?"):
        asked(session, question)
    drawn: list[str] = []

    def draw(exchange: Exchange, *given: Any, **named: Any) -> str:
        drawn.append(exchange.question)
        return _exchange(exchange, *given, **named)

    def html(running: bool = False, say: Texts = ENGLISH) -> list[str]:
        drawn.clear()
        return conversation_html(session.exchanges, (), running, say)

    monkeypatch.setattr("qa.ui.conversation._exchange", draw)
    before = html()
    assert html() == before
    assert drawn == []
    session.exchanges[0].verdict = "up"
    assert html()[0] != before[0]
    assert drawn == ["Who lives there?"]
    assert html(say=Texts("zh")) != before
    assert len(drawn) == 2
    session.ask("Tell me a mixed story")
    html(running=True)
    html(running=True)
    assert drawn == ["Tell me a mixed story"]  # what is not done is drawn each time


def test_opening_offers_the_examples() -> None:
    (html,) = conversation_html((), ("Why <b>?", "How?"), running=False)
    assert '<button type="button" class="example" data-event="example">Why &lt;b&gt;?</button>' in html
    assert 'data-event="example">How?</button>' in html


def test_every_mark_has_its_label_and_its_quote(session: Session) -> None:
    html = asked(session, "Who lives there?")
    for label, page, start in ((1, 2, LIGHTHOUSE.rindex(LIVES)), (2, 1, LIGHTHOUSE.index(LIVES))):
        assert (
            f'data-turn="0" data-item="{label}" aria-label="Source {label}: The lighthouse of Norderhaven, page '
            f'{page}" data-quote="{LIVES}" data-words="{document_id(LIGHTHOUSE)[:16]}:{start}-{start + len(LIVES)}">{label}<'
        ) in html


def test_sentences_in_doubt_are_named_in_words(session: Session) -> None:
    html = asked(session, "A mixed story")
    assert '<span class="sentence supported"><span class="words">The town gave Anna Lund' in html
    assert 'died.</span><span class="flag unsupported"><span aria-hidden="true">?</span> not in the documents' in html
    assert 'class="flag contradicted"><span aria-hidden="true">≠</span> differs from the source' in html
    assert html.count('class="flag') == 2


def test_an_answer_cannot_bring_markup_to_life(session: Session) -> None:
    html = asked(session, "What is the trap?")
    assert "<script" not in html
    assert "It says &lt;script&gt;window.trapped = 3&lt;/script&gt;." in html
    assert "<img" not in html


def test_a_question_cannot_bring_markup_to_life(session: Session) -> None:
    assert '<h2 class="question" dir="auto">&lt;img src=x&gt; built?</h2>' in asked(session, "<img src=x> built?")


def test_a_refusal_shows_the_nearest_sentences_and_the_words_that_occur_nowhere(session: Session) -> None:
    html = asked(session, "Which mercury boils?")
    assert "The documents do not state the answer to this question." in html
    assert "In no document: <bdi><b>which</b></bdi>, <bdi><b>mercury</b></bdi>, <bdi><b>boils</b></bdi>" in html
    assert html.count("<blockquote>") == html.count('class="citation"') == 2


def test_a_refusal_says_what_was_searched_and_offers_the_next_looser_level(session: Session) -> None:
    html = asked(session, "Which mercury boils?")
    assert "Searched 2 documents for “<bdi>Which mercury boils?</bdi>”." in html
    assert 'data-event="looser" data-turn="0">Ask again at “Lenient”</button> It refuses less than “Balanced”' in html
    session.loosen(0)
    for _ in session.answer():
        pass
    html = conversation_html(session.exchanges, (), running=False)[-1]
    assert "Asked at “Lenient”, for this question alone." in html
    assert "This is the level that refuses least." in html
    assert "looser" not in html


def test_every_refusal_offers_to_ask_again_but_not_while_an_answer_is_written(session: Session) -> None:
    asked(session, "Which mercury boils?")
    asked(session, "When was it built?")
    assert 'data-event="looser" data-turn="0"' in conversation_html(session.exchanges, (), running=False)[0]
    assert "looser" not in conversation_html(session.exchanges, (), running=True)[0]


def test_where_a_model_that_was_told_to_refused_there_is_no_gate_to_loosen(session: Session) -> None:
    assert "Ask again at" in asked(session, "Which mercury boils?")
    exchange = session.exchanges[0]
    assert exchange.answer is not None
    exchange.written, exchange.answer = "It is not in the passages.", replace(exchange.answer, signals={})
    html = conversation_html(session.exchanges, (), running=False)[0]
    assert '<div class="refusal">' in html
    assert "Ask again at" not in html and "withdrawn" not in html


def test_where_no_level_would_change_a_refusal_none_is_offered(tmp_path: Path) -> None:
    store, encoder = small_store(tmp_path), HashingEncoder()
    for reply, after, offers in (("Wang Qian painted it.", 3.0, False), ("It was built in 1887.", -2.0, True)):
        engine = SpokenEngine([reply])
        answerer = Answerer(store, encoder, WordReader(), engine, gate=gate(3.0, after))
        html = asked(Session(Opening.of(answerer)), "Who painted the lighthouse?")
        assert '<div class="refusal">' in html
        assert ('data-event="looser"' in html) is offers


def test_how_an_answer_was_made_is_folded_and_escaped(session: Session) -> None:
    html = asked(session, "When was it built?")
    assert '<details class="how" data-turn="0"><summary>How this answer was made</summary>' in html
    assert "Read &lt;b&gt;this&lt;/b&gt;." in html
    assert "<li>1.25 s in all</li>" in html
    assert "1. <bdi>The lighthouse of Norderhaven, page 1</bdi>, from character 0</th>" in html


def test_passages_are_open_until_the_first_word(session: Session) -> None:
    session.ask("When was it built?")
    states = [conversation_html(session.exchanges, (), running=True)[0] for _ in session.answer()]
    assert "Searching the documents" in states[0]
    assert '<details class="found" data-turn="0" open><summary>3 passages found' in states[1]
    assert "Reading what was found" in states[1]
    assert all('<details class="found" data-turn="0"><summary>' in html for html in states[2:])


def test_a_question_that_waits_its_turn_says_so(session: Session) -> None:
    session.ask("When was it built?")
    assert "Waiting its turn" in conversation_html(session.exchanges, (), running=True)[0]


def test_only_the_last_answer_can_be_tried_again_and_none_while_one_is_written(session: Session) -> None:
    asked(session, "When was it built?")
    asked(session, "Who lives there?")
    first, last = conversation_html(session.exchanges, (), running=False)
    assert "Try again" not in first
    assert "Try again" in last
    assert first.count(">Edit<") == last.count(">Edit<") == 1
    running = "".join(conversation_html(session.exchanges, (), running=True))
    assert "Try again" not in running
    assert ">Edit<" not in running


def test_what_is_not_yet_checked_follows_the_checked_sentences() -> None:
    exchange = Exchange("Q?", {}, searched=Searched("Q?", "", ()), written="One\n two. Three fo")
    exchange.sentences.append(AnswerSentence("One two.", "unsupported"))
    (html,) = conversation_html([exchange], (), running=True)
    assert '<span class="words">One two.</span>' in html
    assert '</span></span> Three fo<span class="caret"' in html
    assert html.count("two.") == 1


def test_what_the_conversation_added_to_the_search_is_said() -> None:
    exchange = Exchange("And then?", {}, searched=Searched("the <b> And then?", "the <b>", ()))
    (html,) = conversation_html([exchange], (), running=True)
    assert "Searched together with what was said before: “<bdi>the &lt;b&gt;</bdi>”" in html


def test_a_broken_answer_keeps_its_words_and_says_why(session: Session) -> None:
    html = asked(session, "half of it")
    assert "These words come before it breaks." in html
    assert "This answer broke off: the engine went away; start it again" in html
