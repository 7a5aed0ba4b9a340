"""How an answer was made, and asking again with another setting, over the real Answerer with an engine that is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from qa.answer import Answerer
from qa.gate import Gate, Stage
from qa.settings import Settings
from tests.fake_encoder import HashingEncoder
from tests.fake_reader import WordReader
from tests.qa.command_line import SpokenEngine
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import BUILT, small_store
from tests.ui.test_page import ask, cited, idle

pytestmark = pytest.mark.browser

QUESTION = "When was the lighthouse of Norderhaven built?"
EVEN = Stage(0.0, {}, {}, {}, {"lenient": 0.4, "balanced": 0.6, "strict": 0.8})
"""As sure as not, whatever it sees: enough for the lenient level alone."""


PASSES = Stage(0.0, {}, {}, {}, dict.fromkeys(("lenient", "balanced", "strict"), 0.4))
"""As sure as not, and that is enough."""


@pytest.fixture
def engine() -> SpokenEngine:
    return SpokenEngine([BUILT])


@pytest.fixture
def address(tmp_path: Path, engine: SpokenEngine) -> Iterator[str]:
    encoder = HashingEncoder(dim=256)
    with served(Answerer(small_store(tmp_path, encoder), encoder, WordReader(), engine, gate=Gate(EVEN, EVEN))) as url:
        yield url


def test_a_refused_question_is_asked_again_more_loosely_with_one_click_and_says_so(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator(".refusal .searched")).to_contain_text(f"Searched 2 documents for “{QUESTION}”")
    page.get_by_role("button", name="Ask again at “Lenient”").click()
    expect(page.locator(".asked-with")).to_have_text("Asked at “Lenient”, for this question alone.")
    expect(page.locator(".answer .words")).to_have_text(BUILT)
    expect(cited(page)).to_have_text(BUILT)
    how = page.locator(".how").last
    expect(how).to_contain_text("of true sentences it marks 90% as supported, of false ones it marks 12% so too")
    idle(page)
    ask(page, QUESTION)
    expect(page.locator(".exchange").last.locator(".refusal")).to_be_visible()
    expect(page.locator("#strictness input:checked")).to_have_value("balanced")


def test_an_earlier_refusal_is_asked_again_more_loosely_at_the_end_and_tried_again_as_loosely(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "Which mercury boils?")
    page.get_by_role("button", name="Ask again at “Lenient”").first.click()
    expect(page.locator(".question")).to_have_text([QUESTION, "Which mercury boils?", QUESTION])
    expect(page.locator(".exchange").last.locator(".answer .words")).to_have_text(BUILT)
    idle(page)
    page.get_by_role("button", name="Answer this question again").click()
    expect(page.locator("#stop")).to_be_visible()
    idle(page)
    expect(page.locator(".exchange").last.locator(".answer .words")).to_have_text(BUILT)
    expect(page.locator(".asked-with")).to_have_text("Asked at “Lenient”, for this question alone.")


def test_an_answer_that_is_withdrawn_says_so_and_is_kept_in_a_fold(
    tmp_path: Path, engine: SpokenEngine, context: BrowserContext
) -> None:
    encoder = HashingEncoder(dim=256)
    answerer = Answerer(small_store(tmp_path, encoder), encoder, WordReader(), engine, gate=Gate(PASSES, EVEN))
    with served(answerer) as url:
        page = context.new_page()
        opened(page, url)
        ask(page, QUESTION)
        refusal = page.locator(".refusal")
        expect(refusal.locator(".withdrawing")).to_have_text(
            "An answer was written and then withdrawn: the documents do not support it well enough."
        )
        expect(refusal.locator(".withdrawn p")).to_be_hidden()
        refusal.locator(".withdrawn summary").click()
        expect(refusal.locator(".withdrawn p")).to_be_visible()
        expect(refusal.locator(".withdrawn p")).to_have_text(BUILT)
        looked_at(page)


def test_the_prompt_and_the_decision_are_one_click_away(page: Page, engine: SpokenEngine) -> None:
    ask(page, QUESTION)
    how = page.locator(".how")
    expect(how.locator("dl")).to_be_hidden()
    how.locator("summary").click()
    expect(how).to_contain_text(
        "The documents state the answer with a probability of 50%, as estimated before anything was written; "
        "the setting “balanced” wants at least 60%."
    )
    expect(how).to_contain_text("has a likeness of")
    expect(how.locator("dd").last.locator("li")).to_have_text(
        [
            re.compile(rf"\d\.\d\d s {what}")
            for what in ("to find passages", "until it was decided", "until the first word", "in all")
        ]
    )
    sent = ["\n\n".join(f"[{message.role}]\n{message.content}" for message in prompt) for prompt in engine.prompts]
    assert how.locator("pre").all_inner_texts() == sent[-1:]
    expect(how).to_contain_text("The answer itself was not asked for.")
    expect(how.locator("tbody tr")).to_have_count(3)


def test_of_a_question_that_was_answered_both_prompts_are_shown_as_they_were_sent(
    page: Page, engine: SpokenEngine
) -> None:
    page.get_by_text("Lenient", exact=True).click()
    ask(page, QUESTION)
    expect(page.locator(".answer .words")).to_have_text(BUILT)
    how = page.locator(".how")
    how.locator("summary").click()
    for name, prompt in zip(
        ("First, whether the passages state the answer", "Then, the answer"), engine.prompts[-2:], strict=True
    ):
        shown = how.get_by_role("region", name=name, exact=True)
        expect(shown).to_be_visible()
        assert shown.inner_text() == "\n\n".join(f"[{message.role}]\n{message.content}" for message in prompt)
    assert QUESTION in engine.prompts[-1][-1].content
    assert engine.prompts[-1] != engine.prompts[-2]
    expect(how.locator("pre")).to_have_count(2)
    expect(how).not_to_contain_text("The answer itself was not asked for.")


def test_what_the_conversation_added_can_be_left_out(page: Page, engine: SpokenEngine) -> None:
    page.get_by_text("Lenient", exact=True).click()
    ask(page, QUESTION)
    ask(page, "And who built it?")
    how = page.locator(".how").last
    how.locator("summary").click()
    expect(how).to_contain_text(f"{QUESTION} And who built it?")
    expect(how).to_contain_text(f"Of this, “{QUESTION} {BUILT}” came from the conversation.")
    how.get_by_role("button", name="Ask again without it").click()
    expect(page.locator(".asked-with")).to_have_text("Asked without the conversation before it.")
    idle(page)
    expect(how.locator("dd").first).to_contain_text("Asked without the conversation before it.")
    expect(how).not_to_contain_text(QUESTION)
    assert QUESTION not in engine.prompts[-1][-1].content


def test_as_many_passages_as_are_set_are_shown_and_listed_with_their_scores(
    tmp_path: Path, engine: SpokenEngine, context: BrowserContext
) -> None:
    encoder, settings = HashingEncoder(dim=256), Settings(n_passages=1)
    store = small_store(tmp_path, encoder)
    with served(Answerer(store, encoder, WordReader(), engine, settings, gate=Gate(EVEN, EVEN))) as url:
        page = context.new_page()
        opened(page, url)
        ask(page, QUESTION)
        expect(page.locator(".found summary")).to_have_text("1 passage found")
        page.locator(".found summary").click()
        expect(page.locator(".found li")).to_have_count(1)
        page.locator(".how summary").click()
        expect(page.locator(".how tbody tr")).to_have_count(1)
        (hit,) = Answerer(store, encoder, WordReader(), engine, settings).search(QUESTION).hits[:1]
        scores = [f"{score:.2f}" for score in (hit.dense_score or 0.0, hit.word_score or 0.0, hit.score)]
        assert len(set(scores)) == 3
        expect(page.locator(".how thead th")).to_have_text(["Passage", "Meaning", "Words", "Together"])
        expect(page.locator(".how tbody td")).to_have_text(scores)
        page.locator(".passage").click()
        expect(page.locator("#evidence mark.found")).to_be_visible()
        expect(page.locator("#evidence .steps")).to_be_hidden()
        expect(page.locator(".refusal .searched")).to_have_text(f"Searched 2 documents for “{QUESTION}”.")
