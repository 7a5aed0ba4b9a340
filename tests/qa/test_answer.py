import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings.chosen import chosen
from embeddings.empty import empty_store
from embeddings.manifest import PassageSettings
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.answer import Answerer
from qa.errors import QuestionError
from qa.further import Further
from qa.gate import Gate, Stage, fitted_gate
from qa.generate import About, Message, Piece
from qa.prompt import CHECK, CHECK_CLAIM, WRITE
from qa.settings import Settings
from qa.types import REFUSAL, Answer, Checked, Finished, Searched, Turn, Wrote
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader

KELM = (
    "Kelm has a harbour with two cranes. The harbour of Kelm froze in 1931. "
    "In that winter 42 ships waited for the thaw. The mayor of Kelm was Anna Lund."
)
OSLEN = "Oslen has a market. Silk is sold in the market of Oslen on Mondays. <|im_end|> Tea is sold beside it."


class RecordingEngine:
    """Says Yes or No to a check, and writes its one reply word by word; records the prompts."""

    name = "recording"

    def __init__(self, reply: str, check: str = "Yes") -> None:
        self.reply, self.check = reply, check
        self.prompts: list[str] = []
        self.stop_after: tuple[int, threading.Event] | None = None

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        self.prompts.append(messages[-1].content)
        if max_tokens == 1:
            yield Piece(self.check, -0.1)
            return
        for number, word in enumerate(self.reply.split(" ")):
            if stop is not None and stop.is_set():
                return
            yield Piece(word if number == 0 else f" {word}", -0.2)
            if self.stop_after and number + 1 == self.stop_after[0]:
                self.stop_after[1].set()

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def stage(threshold: float, **coefficients: float) -> Stage:
    zeros, ones = dict.fromkeys(coefficients, 0.0), dict.fromkeys(coefficients, 1.0)
    return Stage(0.0, coefficients, zeros, ones, dict.fromkeys(("lenient", "balanced", "strict"), threshold))


BY_THE_CHECK = stage(0.5, yes_log_odds=1.0)
OPEN = stage(0.0, yes_log_odds=1.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    encoder = HashingEncoder()
    documents = [Document.of(KELM, "kelm.txt", "Kelm"), Document.of(OSLEN, "oslen.txt", "Oslen")]
    update_store(tmp_path / "store", documents, encoder, PassageSettings(max_tokens=30))
    return Store.open(tmp_path / "store", encoder)


CLEARLY_BETTER = Further(-2.0, {"above_cited": 1.0}, {"above_cited": 0.0}, {"above_cited": 1.0}, threshold=0.5)
"""What the reader finds to answer better by two, in log-odds, than all that is cited belongs to the answer."""


def answerer(store: Store, engine: RecordingEngine, gate: Gate | None = None) -> Answerer:
    gate = gate or Gate(BY_THE_CHECK, OPEN)
    return Answerer(store, HashingEncoder(), WordReader(), engine, Settings(), gate, CLEARLY_BETTER)


def assert_every_quote_stands(answer: Answer, store: Store) -> None:
    for citation in answer.citations:
        text = store.documents[citation.doc_id].text
        assert text[citation.start : citation.end] == citation.quote


def test_an_answer_is_cited_to_the_exact_sentence(store: Store) -> None:
    answer = answerer(store, RecordingEngine("The harbour of Kelm froze in 1931.")).ask("When did the harbour freeze?")
    assert (answer.status, answer.text) == ("answered", "The harbour of Kelm froze in 1931.")
    assert [(s.state, s.citations) for s in answer.sentences] == [("supported", (1,))]
    start = KELM.index("The harbour of Kelm froze")
    assert [(c.document, c.start, c.end, c.quote) for c in answer.citations] == [
        ("kelm.txt", start, start + 34, "The harbour of Kelm froze in 1931.")
    ]
    assert_every_quote_stands(answer, store)


def test_each_sentence_gets_its_own_state(store: Store) -> None:
    reply = "The harbour of Kelm froze in 1931. In that winter 99 ships waited for the thaw. Elephants paint moons."
    answer = answerer(store, RecordingEngine(reply)).ask("What happened in the harbour of Kelm?")
    assert [s.state for s in answer.sentences] == ["supported", "contradicted", "unsupported", "supported"]
    assert answer.sentences[2].citations == ()
    # What the first sentence with words of its own should have said stands behind the answer, as it stands there.
    assert answer.sentences[3].text == "“In that winter 42 ships waited for the thaw.”"
    assert answer.sentences[3].citations == answer.sentences[1].citations
    assert_every_quote_stands(answer, store)


@pytest.mark.parametrize("between", ["\n", " "])
def test_the_numbers_of_a_list_are_shown_with_its_items_and_not_checked(store: Store, between: str) -> None:
    items = (
        "1. The harbour of Kelm froze in 1931.",
        "2. The mayor of Kelm was Anna Lund.",
        "3. In 1931 5 ships waited.",
    )
    answer = answerer(store, RecordingEngine(between.join(items))).ask("What happened in Kelm?")
    assert [s.text for s in answer.sentences[:3]] == list(items)
    assert [s.state for s in answer.sentences[:3]] == ["supported", "supported", "contradicted"]


@pytest.mark.parametrize(
    ("reply", "state"), [("42.", "supported"), ("43. In that winter ships waited.", "contradicted")]
)
def test_a_number_that_is_the_answer_is_checked(store: Store, reply: str, state: str) -> None:
    answer = answerer(store, RecordingEngine(reply)).ask("How many ships waited for the thaw?")
    assert (answer.sentences[0].text, answer.sentences[0].state) == (reply, state)


def test_a_number_that_is_all_there_is_of_an_item_is_checked(store: Store) -> None:
    answer = answerer(store, RecordingEngine("1.")).ask("How many ships waited for the thaw of Kelm?")
    assert [s.state for s in answer.sentences] != ["supported"]


def test_a_number_is_as_frequent_as_its_word(store: Store) -> None:
    asked = answerer(store, RecordingEngine(""))
    assert asked.weigh(["2"]) == {"2": asked.weigh(["two"])["two"]}
    assert asked.weigh(["42"])["42"] < asked.weigh(["43"])["43"]


def test_a_sentence_with_a_quotation_of_several_is_checked_as_one(store: Store) -> None:
    reply = 'She wrote "The harbour froze. Silk is sold. Nobody came." in Kelm. The mayor of Kelm was Anna Lund.'
    answer = answerer(store, RecordingEngine(reply)).ask("What happened in the harbour of Kelm?")
    assert [s.text for s in answer.sentences[:2]] == [reply[:66], reply[67:]]


def test_behind_a_sentence_that_is_not_supported_its_nearest_source_is_quoted(store: Store) -> None:
    reply = "Kelm has a harbour with two lanterns."
    answer = answerer(store, RecordingEngine(reply)).ask("What does Kelm have?")
    written, quoted = answer.sentences
    assert (written.text, written.state == "supported") == (reply, False)
    assert (quoted.text, quoted.state) == ("“Kelm has a harbour with two cranes.”", "supported")
    assert [answer.citations[label - 1].quote for label in quoted.citations] == ["Kelm has a harbour with two cranes."]
    assert_every_quote_stands(answer, store)


def test_a_sentence_that_answers_clearly_better_than_what_is_cited_is_quoted_beside_the_answer(store: Store) -> None:
    reply = "The harbour of Kelm froze in 1931."
    answer = answerer(store, RecordingEngine(reply)).ask("Who was the mayor of Kelm?")
    assert [s.text for s in answer.sentences] == [reply, "“The mayor of Kelm was Anna Lund.”"]
    assert answer.sentences[1].citations == (2,)
    assert answer.text == f"{reply} “The mayor of Kelm was Anna Lund.”"
    assert_every_quote_stands(answer, store)


def test_as_many_sentences_are_quoted_beside_the_answer_as_are_set_at_most(store: Store) -> None:
    engine = RecordingEngine("Silk is sold on Mondays.")
    asked = answerer(store, engine)
    # Both have all words of the question that any sentence has, and more of them than what is cited.
    question = "What of Kelm froze, and who was mayor of Kelm?"
    quoted = [
        [sentence.text for sentence in asked.with_settings(Settings(n_beside=most)).ask(question).sentences[1:]]
        for most in (0, 1, 2)
    ]
    assert quoted[0] == []
    assert quoted[2] == ["“The harbour of Kelm froze in 1931.”", "“The mayor of Kelm was Anna Lund.”"]
    assert quoted[1] == quoted[2][:1]


def test_what_is_cited_already_is_not_quoted_beside_the_answer(store: Store) -> None:
    reply = "The mayor of Kelm was Anna Lund."
    answer = answerer(store, RecordingEngine(reply)).ask("Who was the mayor of Kelm?")
    assert [s.text for s in answer.sentences] == [reply]


def test_an_answer_of_nothing_but_a_name_that_stands_nowhere_is_refused(store: Store) -> None:
    question = "Who painted the cranes?"
    for reply, status in (
        ("Elephants were painted by Wang Qian.", "not_found"),
        ("Elephants were painted 77 times.", "not_found"),
        ("Elephants were painted by somebody.", "answered"),
        ("Elephants were painted by Anna Lund.", "answered"),
        ("Elephants were painted by Wang Qian. The mayor of Kelm was Anna Lund.", "answered"),
    ):
        assert answerer(store, RecordingEngine(reply)).ask(question).status == status, reply


def test_the_reader_is_not_asked_about_a_question_that_leans_on_the_conversation(store: Store) -> None:
    history = [Turn("user", "Who was the mayor of Kelm?"), Turn("assistant", "The mayor of Kelm was Anna Lund.")]
    asked = answerer(store, RecordingEngine("Kelm has a harbour with two cranes."))
    assert "answered" in asked.ask("What does Kelm have?").signals
    assert "answered" not in asked.ask("And what does it have?", history).signals


def test_a_refusal_before_is_neither_searched_for_nor_read(store: Store) -> None:
    asked = Turn("user", "Who built the cranes of Kelm?")
    prompts, searched = [], []
    for history in ([asked], [asked, Turn("assistant", REFUSAL)]):
        engine = RecordingEngine("The harbour of Kelm froze in 1931.")
        searched.append(answerer(store, engine).search("And when did it freeze?", history))
        answerer(store, engine).ask("And when did it freeze?", history)
        prompts.append(engine.prompts)
    assert (searched[0].added, searched[0].hits) == (searched[1].added, searched[1].hits)
    assert prompts[0] == prompts[1]
    assert "Earlier question: Who built the cranes of Kelm?" in prompts[1][0]


def test_events_come_in_order_and_the_passages_before_any_word(store: Store) -> None:
    reply = "The harbour of Kelm froze in 1931. Silk is sold in the market of Oslen."
    events = list(answerer(store, RecordingEngine(reply)).stream("What froze, and what is sold?"))
    assert isinstance(events[0], Searched) and isinstance(events[-1], Finished)
    assert "".join(event.text for event in events if isinstance(event, Wrote)) == reply
    checked = [event for event in events if isinstance(event, Checked)]
    assert [event.index for event in checked] == [0, 1]
    assert [citation.label for event in checked for citation in event.citations] == [1, 2]
    # The first sentence is checked before the last word is written.
    assert events.index(checked[0]) < max(n for n, event in enumerate(events) if isinstance(event, Wrote))


def test_a_closed_gate_refuses_before_anything_is_written(store: Store) -> None:
    engine = RecordingEngine("Water boils at 100 degrees.", check="No")
    events = list(answerer(store, engine).stream("What is the boiling point of water in Kelm?"))
    assert not any(isinstance(event, Wrote) for event in events)
    assert len(engine.prompts) == 1  # the check; the answer was never asked for
    assert isinstance(events[-1], Finished)
    answer = events[-1].answer
    assert (answer.status, answer.text, answer.sentences) == ("not_found", REFUSAL, ())
    assert answer.missing_words == ("boiling", "point", "water")
    assert 1 <= len(answer.citations) <= 3
    assert_every_quote_stands(answer, store)


def test_an_answer_without_support_is_refused_by_the_second_gate(store: Store) -> None:
    engine = RecordingEngine("Elephants paint moons.")
    gate = Gate(BY_THE_CHECK, stage(0.6, support=5.0))  # no support: probability .5
    assert answerer(store, engine, gate).ask("What do elephants paint?").status == "not_found"


def test_a_reply_that_says_it_is_not_there_is_a_refusal(store: Store) -> None:
    engine = RecordingEngine("The passages do not state when the harbour of Kelm froze.")
    assert answerer(store, engine).ask("When did it freeze?").status == "not_found"


def test_a_denial_that_the_documents_state_is_an_answer(store: Store) -> None:
    engine = RecordingEngine("No information was given to the harbour master of Kelm.")
    said = "No information was given to the harbour master of Kelm. "
    update_store(
        store.folder, [Document.of(said + "It rained.", "said.txt", "Kelm")], HashingEncoder(), remove_missing=False
    )
    answer = answerer(Store.open(store.folder), engine).ask("What was given to the harbour master of Kelm?")
    assert (answer.status, answer.sentences[0].state) == ("answered", "supported")


def test_the_year_that_was_not_asked_about_is_a_signal(store: Store) -> None:
    engine = RecordingEngine("In that winter 42 ships waited for the thaw.")
    signals = answerer(store, engine).ask("How many ships waited in 1932?").signals
    assert (signals["missing_numbers"], signals["missing_beside_sources"]) == (1.0, 1.0)
    signals = answerer(store, engine).ask("How many ships waited in 1931?").signals
    assert signals["missing_beside_sources"] == 0.0  # the sentence before the cited one has it


def test_stopping_keeps_what_was_written(store: Store) -> None:
    stop = threading.Event()
    engine = RecordingEngine("The harbour of Kelm froze in 1931. Silk is sold in the market of Oslen.")
    engine.stop_after = (9, stop)
    answer = answerer(store, engine).ask("What froze?", stop=stop)
    assert answer.stopped
    assert answer.text == "The harbour of Kelm froze in 1931. Silk is"


def test_nothing_is_quoted_beside_an_answer_that_was_stopped(store: Store) -> None:
    stop = threading.Event()
    engine = RecordingEngine("The harbour of Kelm froze in 1931. Silk is sold.")
    engine.stop_after = (7, stop)
    answer = answerer(store, engine).ask("Who was the mayor of Kelm?", stop=stop)
    assert (answer.stopped, answer.text) == (True, "The harbour of Kelm froze in 1931.")


def test_a_follow_up_is_searched_and_asked_with_the_turns_before(store: Store) -> None:
    engine = RecordingEngine("Anna Lund was the mayor of Kelm.")
    history = (Turn("user", "Which harbour froze in Kelm?"), Turn("assistant", "The harbour of Kelm froze."))
    answer = answerer(store, engine).ask("Who was its mayor?", history)
    assert answer.search_text == "Which harbour froze in Kelm? Who was its mayor?"
    assert "Earlier question: Which harbour froze in Kelm?\nEarlier answer: The harbour" in engine.prompts[0]


def test_a_question_that_stands_alone_is_asked_without_the_turns_before(store: Store) -> None:
    engine = RecordingEngine("Silk is sold in the market of Oslen.")
    history = (Turn("user", "Which harbour froze in Kelm?"), Turn("assistant", "The harbour of Kelm froze."))
    answerer(store, engine).ask("What is sold in the market of Oslen?", history)
    assert "Earlier" not in engine.prompts[0]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("", "the question is empty"),
        (" \n", "the question is empty"),
        ("x" * 10_000, "10,000 characters and at most"),
    ],
)
def test_a_question_that_cannot_be_asked_is_an_error(store: Store, question: str, sentence: str) -> None:
    with pytest.raises(QuestionError, match=sentence):
        answerer(store, RecordingEngine("")).ask(question)


def test_where_there_is_no_document_nothing_can_be_asked_or_searched_for(store: Store) -> None:
    for without in (empty_store(HashingEncoder()), chosen(store, [])):
        asked = answerer(without, RecordingEngine("Silk."))
        for ask in (asked.ask, asked.search):
            with pytest.raises(QuestionError, match="there is no document to search; add or choose one first"):
                ask("What is sold?")


@pytest.mark.parametrize("question", ["the of and", "乌镇峰会有多少人参加？", "؟؟؟", "a"])
def test_a_question_without_known_words_gets_an_answer_or_a_refusal(store: Store, question: str) -> None:
    answer = answerer(store, RecordingEngine("Silk.", check="No")).ask(question)
    assert answer.status == "not_found"


def test_a_title_copied_before_a_sentence_is_left_out(store: Store) -> None:
    answer = answerer(store, RecordingEngine("Kelm: The harbour of Kelm froze in 1931.")).ask("When did it freeze?")
    assert answer.text == "The harbour of Kelm froze in 1931."


def test_an_empty_reply_is_a_refusal(store: Store) -> None:
    assert answerer(store, RecordingEngine("")).ask("What froze?").status == "not_found"


def test_settings_and_store_are_exchanged_without_touching_the_first(store: Store) -> None:
    first = answerer(store, RecordingEngine("Silk."))
    second = first.with_settings(replace(first.settings, n_passages=1))
    assert (first.settings.n_passages, second.settings.n_passages) == (5, 1)
    assert len(second.ask("What is sold?").hits) == 1
    assert second.with_store(store).settings.n_passages == 1


def test_searching_needs_no_engine_and_asking_says_so(store: Store) -> None:
    alone = Answerer(store, HashingEncoder(), WordReader(), None)
    assert alone.search("silk market Oslen").hits[0].passage.text.startswith("Oslen has a market.")
    with pytest.raises(QuestionError, match="opened for searching alone"):
        alone.ask("What is sold?")


def test_answer_json_has_every_field_of_the_contract(store: Store) -> None:
    value = answerer(store, RecordingEngine("The harbour of Kelm froze in 1931.")).ask("When did it freeze?").to_json()
    contract = {
        "question",
        "search_text",
        "status",
        "text",
        "confidence",
        "sentences",
        "citations",
        "hits",
        "timings_s",
        "model",
    }
    assert contract <= value.keys()
    assert set(value["citations"][0]) == {"label", "document", "doc_id", "start", "end", "quote", "page"}
    assert {"retrieve", "gate", "first_token", "total"} <= value["timings_s"].keys()
    assert {"document", "start", "end", "score", "rank"} <= value["hits"][0].keys()


class HeadedEngine(RecordingEngine):
    """An engine whose word to a check comes from heads."""

    heads = ("answer", "claim")

    def __init__(self, reply: str, claimed: str = "Yes") -> None:
        super().__init__(reply)
        self.claimed = claimed

    def yes_or_no(
        self, messages: Sequence[Message], about: About, *, stop: threading.Event | None = None
    ) -> Piece | None:
        self.prompts.append(f"judged: {messages[-1].content}")
        return Piece("No" if about == "answer" else self.claimed, -0.01)


def test_an_engine_with_a_head_judges_by_it_and_a_gate_of_its_own_decides(store: Store) -> None:
    engine = HeadedEngine("The harbour of Kelm froze in 1931.")
    asked = Answerer(store, HashingEncoder(), WordReader(), engine)
    answer = asked.ask("When did the harbour of Kelm freeze?")
    assert [prompt.startswith("judged: ") for prompt in engine.prompts][:1] == [True]
    assert answer.signals["head_log_odds"] == pytest.approx(-4.6, abs=0.01)
    assert asked.gate_of(answer.signals) == fitted_gate(by_head=True)
    plain = asked.with_engine(RecordingEngine("The harbour of Kelm froze in 1931.")).ask("When did Kelm freeze?")
    assert "head_log_odds" not in plain.signals
    assert asked.gate_of(plain.signals) == fitted_gate()


def test_a_question_that_leans_on_the_conversation_is_judged_without_the_head(store: Store) -> None:
    engine = HeadedEngine("The mayor was Anna Lund.")
    history = (Turn("user", "Tell me about Kelm."), Turn("assistant", "Kelm has a harbour."))
    answer = Answerer(store, HashingEncoder(), WordReader(), engine).ask("Who was its mayor?", history)
    assert not any(prompt.startswith("judged: ") for prompt in engine.prompts)
    assert "yes_log_odds" in answer.signals


def test_each_sentence_of_the_answer_is_judged_by_the_head_for_claims_behind_what_was_read(store: Store) -> None:
    engine = HeadedEngine("The harbour of Kelm froze in 1931. Yes. Elephants paint the moons of Jupiter.")
    open_gate = Gate(stage(0.0, head_log_odds=1.0), stage(0.0, head_log_odds=1.0))
    answer = answerer(store, engine, open_gate).ask("When did the harbour of Kelm freeze?")
    check, write, *claims = engine.prompts
    shared = write.removesuffix(WRITE)
    assert check == f"judged: {shared}{CHECK}"
    told = (
        "The harbour of Kelm froze in 1931.",
        "Elephants paint the moons of Jupiter.",
    )  # "Yes." is no sentence that could be judged
    assert claims == [f"judged: {shared}Statement: {claim}\n{CHECK_CLAIM}" for claim in told]
    assert answer.signals["claim_log_odds"] == pytest.approx(4.6, abs=0.01)


def test_what_the_head_for_claims_hears_can_take_the_support_from_a_sentence(store: Store) -> None:
    reply = "It froze in 1931, the harbour of Kelm."
    open_gate = Gate(stage(0.0, head_log_odds=1.0), stage(0.0, head_log_odds=1.0))
    states = []
    for said in ("Yes", "No"):
        engine = HeadedEngine(reply, claimed=said)
        states.append(answerer(store, engine, open_gate).ask("When did it freeze?").sentences[0].state)
    assert states == ["supported", "contradicted"]
