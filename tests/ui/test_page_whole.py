"""The page over the real Answerer: first with an engine that says what it is told, then with real weights."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from qa.answer import Answerer, open_answerer
from qa.generate import Message, Piece
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader
from tests.qa.command_line import SpokenEngine, gate
from tests.ui.conftest import opened, served
from tests.ui.scripted import BUILT, small_store
from tests.ui.test_page import AROUND, IN_SIGHT, WRITTEN_BEHIND_A_MARK, ask, cited, idle
from tests.ui.views import closed, panel

pytestmark = pytest.mark.browser

ARTICLES = Path(__file__).parents[2] / "docs" / "articles"
REAL_MS = 300_000
QUESTION = "When was the lighthouse of Norderhaven built?"
N_PARROTS = 2000  # two minutes of them
REPLY = f"{BUILT} Its cellar holds forty green parrots.{' A parrot sleeps.' * N_PARROTS}"


def slow(place: int) -> None:
    time.sleep(0.02)


@pytest.fixture
def engine() -> SpokenEngine:
    return SpokenEngine([REPLY], before_word=slow)


@pytest.fixture
def address(tmp_path: Path, engine: SpokenEngine) -> Iterator[str]:
    encoder = HashingEncoder(dim=256)
    answerer = Answerer(small_store(tmp_path / "store", encoder), encoder, WordReader(), engine, gate=gate(3.0, 3.0))
    with served(answerer) as url:
        yield url


def test_an_answer_is_cited_by_the_program_and_its_invention_marked(page: Page, engine: SpokenEngine) -> None:
    engine.replies = [f"{BUILT} Its cellar holds forty green parrots."]
    ask(page, QUESTION)
    expect(page.locator(".sentence.supported .words")).to_have_text([BUILT])
    expect(page.locator(".sentence.unsupported .flag")).to_contain_text("not in the documents")
    page.locator(".citation").first.click()
    expect(cited(page)).to_have_text(BUILT)
    assert cited(page).evaluate(IN_SIGHT)


@dataclass
class Drawling(SpokenEngine):
    """Says the last word of its reply again and again until it may end."""

    may_end: threading.Event = field(default_factory=threading.Event)

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        for piece in super().stream(messages, max_tokens=max_tokens, stop=stop):
            yield piece
        while max_tokens > 1 and not (stop and stop.is_set()) and not self.may_end.wait(0.05):
            yield piece


def test_each_sentence_is_checked_and_marked_as_it_ends(tab: Page, tmp_path: Path) -> None:
    told = [
        (BUILT, "supported", ""),
        ("Its cellar holds forty green parrots.", "unsupported", "? not in the documents"),
    ]
    told += [
        ("The walk up has 186 steps, and the last twelve are a ladder.", "contradicted", "≠ differs from the source")
    ]
    encoder, engine = (
        HashingEncoder(dim=256),
        Drawling([" ".join([*(words for words, _, _ in told), "A parrot sleeps"])]),
    )
    answerer = Answerer(small_store(tmp_path / "store", encoder), encoder, WordReader(), engine, gate=gate(3.0, 3.0))
    sentences = tab.locator(".answer .sentence")
    with served(answerer) as address:
        opened(tab, address)
        tab.locator("#question textarea").fill(QUESTION)
        tab.keyboard.press("Enter")
        expect(sentences).to_have_count(3)
        for sentence, (words, state, flag) in zip(sentences.all(), told, strict=True):
            expect(sentence).to_have_class(f"sentence {state}")
            expect(sentence.locator(".words")).to_have_text(words)
            expect(sentence.locator(".flag")).to_have_text([flag] if flag else [])
        tab.wait_for_function(WRITTEN_BEHIND_A_MARK)
        expect(tab.locator("#stop")).to_be_visible()
        tab.locator(".sentence.supported .citation").first.click()
        expect(cited(tab)).to_have_text(BUILT)
        tab.locator(".sentence.contradicted .citation").first.click()
        expect(cited(tab)).to_have_text("The walk up has 168 steps, and the last twelve are a ladder.")
        engine.may_end.set()
        idle(tab)
        expect(tab.locator(".sentence.contradicted .flag")).to_have_text("≠ differs from the source")
        tab.goto("about:blank")


def test_the_real_answer_can_be_stopped(page: Page) -> None:
    page.locator("#question textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("A parrot sleeps.")
    page.locator("#stop").click()
    expect(page.locator(".stopped")).to_be_visible()
    expect(page.locator(".answer")).to_contain_text(BUILT)
    assert page.locator(".answer").inner_text().count("A parrot sleeps.") < N_PARROTS


def test_an_upload_reaches_the_prompt_of_the_engine(page: Page, engine: SpokenEngine, tmp_path: Path) -> None:
    ferry = tmp_path / "ferry.txt"
    ferry.write_text("The ferry Halla carries forty passengers to the lighthouse.", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(ferry)
    expect(page.locator("#documents summary")).to_have_text("3 documents")
    engine.replies = ["The ferry Halla carries forty passengers."]
    ask(page, "How many passengers does the ferry Halla carry?")
    assert "The ferry Halla carries forty passengers to the lighthouse." in engine.prompts[-1][-1].content
    expect(page.locator("#evidence .where")).to_have_text("uploaded/ferry.txt")


class WordForToken(SpokenEngine):
    """Ends where a model would that may write no more."""

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        return islice(super().stream(messages, max_tokens=max_tokens, stop=stop), max_tokens)


def test_the_length_that_is_set_holds_for_the_next_answer(tab: Page, tmp_path: Path) -> None:
    reply = f"{BUILT} Its cellar holds forty green parrots.{' A parrot sleeps.' * 40}"
    encoder, engine = HashingEncoder(dim=256), WordForToken([reply])
    answerer = Answerer(small_store(tmp_path / "short", encoder), encoder, WordReader(), engine, gate=gate(3.0, 3.0))
    n_words = (
        "(answer) => [...answer.querySelectorAll('.words')].map((one) => one.innerText).join(' ').split(' ').length"
    )
    with served(answerer) as address:
        opened(tab, address)
        ask(tab, QUESTION)
        usual = tab.locator(".answer").evaluate(n_words)
        assert usual == len(reply.split())
        panel(tab, "settings")
        tab.get_by_label("Length of answers").select_option("60")
        expect(tab.locator("#set-max_tokens option[selected]")).to_have_attribute("value", "60")
        closed(tab)
        ask(tab, "And when was the lighthouse of Norderhaven built?")
        assert tab.locator(".answer").last.evaluate(n_words) <= 60
        expect(tab.locator(".answer").last).to_contain_text("A parrot sleeps.")
        tab.goto("about:blank")


@pytest.mark.model
def test_with_real_weights_the_first_question_of_the_article_is_answered_and_cited(tab: Page) -> None:
    with served(open_answerer(docs=[ARTICLES])) as address:
        opened(tab, address)
        tab.locator("#question textarea").fill("How many people attended the Wuzhen Summit in 2025?")
        tab.keyboard.press("Enter")
        # A model of 1.5 billion weights that has just been loaded reads its first prompt slowly on a loaded machine.
        expect(tab.locator(".facts")).to_be_visible(timeout=REAL_MS)
        expect(tab.locator(".answer")).to_contain_text("1,600")
        expect(cited(tab)).to_contain_text("more than 1,600 participants from over 130 countries and regions")
        before, marked, text = cited(tab).evaluate(AROUND)
        article = (ARTICLES / "wuzhen-summit-opinion.md").read_text(encoding="utf-8")
        assert text == article
        assert article[len(before) :].startswith(marked)
        tab.get_by_role("button", name="Edit this question").click()
        # The question comes back from the server; what is typed before that would be written over.
        expect(tab.locator("#question textarea")).to_have_value("How many people attended the Wuzhen Summit in 2025?")
        tab.locator("#question textarea").fill("What is the boiling point of mercury?")
        tab.keyboard.press("Enter")
        expect(tab.locator(".refusal .citation").first).to_be_visible(timeout=REAL_MS)
        berths = "The harbour Anlund berths ninety boats."
        tab.locator("input[type=file]").set_input_files(
            {"name": "harbour.pdf", "mimeType": "application/pdf", "buffer": pdf([(berths,)])}
        )
        expect(tab.locator("#notice .note")).to_have_text("Added 1 document: harbour", timeout=REAL_MS)
        tab.locator("#question textarea").fill("How many boats does the harbour Anlund berth?")
        tab.keyboard.press("Enter")
        drawn = tab.get_by_role("img", name="Page 1 of harbour, as it is printed")
        expect(drawn).to_be_visible(timeout=REAL_MS)
        expect(cited(tab)).to_have_text(berths)
        tab.close()
