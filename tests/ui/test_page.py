"""The page in a real browser, as a person uses it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import urlparse

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from qa.types import Checked, Event, Finished, Searched, Wrote
from tests.ui.conftest import opened, served
from tests.ui.rules import IS_DARK, looked_at
from tests.ui.scripted import BUILT, LIGHTHOUSE, LIVES, N_STEPS, SCRIPTS, SILVER, TRAP, TRAPS, Scripted

pytestmark = pytest.mark.browser

WATCH_ORDER = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const text = document.querySelector("#conversation .answer")?.innerText ?? "";
    const passages = document.querySelectorAll("#conversation .passage").length;
    window.seen.push([passages, text]);
  }).observe(document.getElementById("conversation"), { subtree: true, childList: true, characterData: true });
}"""
IN_SIGHT = """(mark) => {
  const inner = mark.getBoundingClientRect();
  const outer = mark.closest(".source-text").getBoundingClientRect();
  return inner.top >= outer.top && inner.bottom <= outer.bottom && inner.bottom <= innerHeight && inner.top >= 0;
}"""
AROUND = """(mark) => {
  const text = mark.closest(".source-text");
  const range = document.createRange();
  range.selectNodeContents(text);
  range.setEndBefore(mark);
  return [range.toString(), mark.textContent, text.textContent];
}"""

WRITTEN_BEHIND_A_MARK = """() => {
  const caret = document.querySelector(".answer .caret"), [last] = [...document.querySelectorAll(".sentence")].slice(-1);
  return Boolean(caret && last && last.nextSibling !== caret && last.nextSibling.textContent.trim());
}"""
"""Whether a sentence is being written behind the last one that has its mark; so it is again and again."""

SCHEMES = ("light", "dark")
LEAST_APART = 90
"""How far two grounds are apart, all three channels together, that anybody tells from each other."""

TOAST = ".toast-body:visible"
"""What Gradio says in its own words."""


def ask(page: Page, question: str) -> None:
    """Ask, and wait until the answer is there."""
    page.locator("#question textarea").fill(question)
    page.locator("#ask").click()
    expect(page.locator(".question").last).to_have_text(question)
    idle(page)


def idle(page: Page) -> None:
    """Wait until no answer is being written."""
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator(".waiting, .caret")).to_have_count(0)


def cited(page: Page) -> Locator:
    return page.locator("#evidence mark.cited")


def apart(one: Locator, other: Locator) -> int:
    """Return how far the grounds of two elements are apart, as they are painted."""
    return int(np.abs(_ground(one) - _ground(other)).sum())


def _ground(shown: Locator) -> NDArray[np.int64]:
    """Return (3,) the colour that most of an element's first line has."""
    clip = shown.evaluate(
        "(one) => { const { x, y, width, height } = one.getClientRects()[0]; return { x, y, width, height }; }"
    )
    picture = Image.open(BytesIO(shown.page.screenshot(clip=clip))).convert("RGB")
    colours, counts = np.unique(np.asarray(picture, np.int64).reshape(-1, 3), axis=0, return_counts=True)
    ground: NDArray[np.int64] = colours[counts.argmax()]
    return ground


def test_passages_are_seen_before_the_first_word_of_the_answer(
    page: Page, answerer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answerer, "pause_s", 2.0)  # so long that a slow machine draws what comes between
    page.evaluate(WATCH_ORDER)
    ask(page, "When was the lighthouse built?")
    expect(page.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
    seen = page.evaluate("window.seen")
    first = next(text for passages, text in seen if passages)
    assert first == ""
    assert len({text for _, text in seen}) > 4  # it was streamed, not put there at once


def test_each_kind_of_mark_is_there_while_the_next_sentence_is_written(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, events = threading.Semaphore(0), Scripted._events

    def drawling(self: Scripted, question: str, searched: Searched, stop: threading.Event) -> Iterator[Event]:
        """Say the first word behind each sentence again and again until it may go on."""
        is_first = False
        for event in events(self, question, searched, stop):
            yield event
            while is_first and isinstance(event, Wrote) and not (stop.is_set() or may_go_on.acquire(timeout=0.05)):
                yield event
            is_first = isinstance(event, Checked)

    monkeypatch.setattr(Scripted, "_events", drawling)
    monkeypatch.setitem(SCRIPTS, "mixed", (*SCRIPTS["mixed"], ("So they say.", "unsupported", ())))
    page.locator("#question textarea").fill("Tell me a mixed story")
    page.keyboard.press("Enter")
    sentences = page.locator(".answer .sentence")
    told = [(SILVER, "1", ""), ("She kept it until she died.", "", "? not in the documents")]
    told += [("The walk up has 186 steps.", "2", "≠ differs from the source")]
    for n, (words, label, flag) in enumerate(told, start=1):
        expect(sentences).to_have_count(n)
        expect(sentences.last.locator(".words")).to_have_text(words)
        expect(sentences.last.locator(".citation")).to_have_text([label] if label else [])
        expect(sentences.last.locator(".flag")).to_have_text([flag] if flag else [])
        page.wait_for_function(WRITTEN_BEHIND_A_MARK)
        may_go_on.release()
    idle(page)
    expect(page.locator(".answer .flag")).to_have_count(3)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_cited_words_are_painted_on_a_ground_of_their_own(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(IS_DARK, arg=scheme == "dark")
    ask(page, "When was the lighthouse built?")
    expect(cited(page)).to_have_text(BUILT)
    assert apart(cited(page), page.locator("#evidence .source-text")) > LEAST_APART


def test_a_citation_opens_the_source_at_exactly_its_words(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator(".citation").nth(1).click()
    expect(cited(page)).to_have_text("Its light can be seen for 23 nautical miles.")
    expect(page.locator("#evidence h2")).to_have_text("The lighthouse of Norderhaven")
    expect(page.locator("#evidence .where")).to_have_text("lighthouse.txt · page 1")
    assert cited(page).evaluate(IN_SIGHT)
    assert cited(page).evaluate(AROUND)[2] == LIGHTHOUSE
    talk, source = page.locator("#talk").bounding_box(), page.locator("#evidence").bounding_box()
    assert talk and source
    assert talk["x"] + talk["width"] <= source["x"]  # beside it, not below


def test_of_a_sentence_that_stands_twice_the_cited_place_is_marked(page: Page) -> None:
    ask(page, "Who lives there?")
    places = [LIGHTHOUSE.rindex(LIVES), LIGHTHOUSE.index(LIVES)]
    for label, start in enumerate(places, start=1):
        page.locator(".citation").nth(label - 1).click()
        expect(page.locator("#evidence .badge")).to_have_text(str(label))
        before, marked, text = cited(page).evaluate(AROUND)
        assert (before, marked) == (LIGHTHOUSE[:start], LIVES)
        assert text == LIGHTHOUSE
        assert cited(page).evaluate(IN_SIGHT)


def test_the_first_source_of_an_answer_opens_by_itself(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    expect(cited(page)).to_have_text(BUILT)
    assert page.evaluate("document.activeElement.closest('#evidence') === null")


def test_a_source_that_was_opened_while_a_question_waits_stays_open(browser: Browser, answerer: Scripted) -> None:
    with served(answerer, answers_at_once=1) as address:
        first, second = (browser.new_context().new_page() for _ in range(2))
        opened(first, address)
        opened(second, address)
        ask(second, "Who lives there?")
        expect(cited(second)).to_have_text(LIVES)
        first.locator("#question textarea").fill("Tell me the long way up")
        first.keyboard.press("Enter")
        expect(first.locator(".answer")).to_be_visible()
        second.locator("#question textarea").fill("When was the lighthouse built?")
        second.keyboard.press("Enter")
        expect(second.locator(".waiting")).to_be_visible()
        second.locator("#documents summary").click()
        second.locator("#documents .document").last.click()
        expect(second.locator("#evidence h2")).to_have_text("Traps & <b>signs</b>")
        first.locator("#stop").click()
        idle(second)
        expect(second.locator(".answer").last).to_contain_text("It was built in 1887 from red granite.")
        expect(second.locator("#evidence h2")).to_have_text("Traps & <b>signs</b>")
        ask(second, "When was the lighthouse built?")
        expect(cited(second)).to_have_text(BUILT)
        for page in (first, second):
            page.context.close()


def test_a_citation_works_from_the_keyboard(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    mark = page.locator(".citation").nth(1)
    mark.focus()
    page.keyboard.press("Enter")
    expect(cited(page)).to_have_text("Its light can be seen for 23 nautical miles.")
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()


def test_a_passage_that_was_found_opens_too(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator(".found summary").click()
    page.locator(".passage").first.click()
    expect(page.locator("#evidence mark.found")).to_be_visible()
    expect(cited(page)).to_have_count(0)


def test_stop_ends_the_answer_and_keeps_its_words(page: Page) -> None:
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Step 2 of")
    page.locator("#stop").click()
    expect(page.locator(".stopped")).to_have_text(re.compile("Stopped"))
    words = page.locator(".answer").inner_text()
    assert words.startswith("Step 1 of the long way up is told here.")
    assert f"Step {N_STEPS} " not in words
    idle(page)
    ask(page, "When was the lighthouse built?")
    expect(page.locator(".answer").first).to_have_text(words)


def test_sentences_in_doubt_are_marked_by_words_and_shape(page: Page) -> None:
    ask(page, "Tell me a mixed story")
    doubt, clash = page.locator(".sentence.unsupported"), page.locator(".sentence.contradicted")
    expect(doubt).to_contain_text("not in the documents")
    expect(clash).to_contain_text("differs from the source")
    style = "element => getComputedStyle(element.querySelector('.words')).textDecorationStyle"
    assert (doubt.evaluate(style), clash.evaluate(style)) == ("dashed", "wavy")
    expect(page.locator(".sentence.supported .flag")).to_have_count(0)


def test_a_refusal_offers_the_nearest_sentences(page: Page) -> None:
    ask(page, "Which mercury lighthouse boils?")
    refusal = page.locator(".refusal")
    expect(refusal).to_contain_text("The documents do not state the answer to this question.")
    expect(refusal.locator(".nowhere")).to_have_text("In no document: which, mercury, boils")
    quote = refusal.locator("blockquote").nth(1).inner_text()
    refusal.locator("blockquote").nth(1).click()
    expect(cited(page)).to_have_text(quote)
    refusal.locator(".citation").nth(0).press("Enter")
    expect(cited(page)).to_have_text(refusal.locator("blockquote").nth(0).inner_text())


def test_retry_asks_again_in_place(page: Page, answerer: Scripted) -> None:
    ask(page, "When was the lighthouse built?")
    asked = len(answerer.asked)
    page.get_by_role("button", name="Answer this question again").click()
    expect(page.locator("#stop")).to_be_visible()
    idle(page)
    expect(page.locator(".exchange")).to_have_count(1)
    assert [question for question, _, _ in answerer.asked[asked:]] == ["When was the lighthouse built?"]


def test_stop_before_the_first_word_of_another_answer_leaves_the_one_that_is_there(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(page, "When was the lighthouse built?")
    monkeypatch.setattr(Scripted, "_events", nothing_until_stopped)
    page.get_by_role("button", name="Answer this question again").click()
    expect(page.locator(".waiting")).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
    idle(page)
    expect(page.locator("#question textarea")).to_have_value("")
    expect(page.locator(".stopped")).to_have_count(0)


def nothing_until_stopped(self: Scripted, question: str, searched: Searched, stop: threading.Event) -> Iterator[Event]:
    yield searched
    stop.wait(60)
    yield Finished(self._finished(question, searched, "", [], [], stop.is_set()))


def test_edit_replaces_a_question_and_what_came_after_it(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    ask(page, "Which mercury boils?")
    box = page.locator("#question textarea")
    box.fill("A draft")
    page.get_by_role("button", name="Edit this question").first.click()
    expect(box).to_have_value("When was the lighthouse built?")
    expect(box).to_be_focused()
    expect(page.locator("#notice")).to_contain_text("its answer and the 1 question after it will be replaced")
    ask(page, "Who lives there?")
    expect(page.locator(".question")).to_have_text(["Who lives there?"])
    expect(page.locator("#notice")).to_have_text("")
    expect(box).to_have_value("A draft")


def test_half_a_surrogate_pair_in_a_question_is_a_mark_and_the_question_can_be_edited(page: Page) -> None:
    box = page.locator("#question textarea")
    half = (
        r"box => { box.value = 'Who lives there \ud83d?'; box.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    box.evaluate(half)
    box.press("Enter")
    expect(page.locator(".question")).to_have_text(["Who lives there \ufffd?"])
    idle(page)
    expect(page.locator("#notice")).to_have_text("")
    box.evaluate(half)
    page.get_by_role("button", name="Edit this question").click()
    expect(box).to_have_value("Who lives there \ufffd?")
    page.locator("#keep").click()
    expect(box).to_have_value("Who lives there \ufffd?")


def test_an_edit_can_be_left(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.get_by_role("button", name="Edit this question").click()
    page.locator("#keep").click()
    expect(page.locator("#question textarea")).to_have_value("")
    page.locator("#question textarea").fill("A draft")
    page.get_by_role("button", name="Edit this question").click()
    expect(page.locator("#question textarea")).to_have_value("When was the lighthouse built?")
    page.locator("#keep").click()
    expect(page.locator("#question textarea")).to_have_value("A draft")
    ask(page, "Who lives there?")
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?", "Who lives there?"])


def test_clear_empties_the_page_also_while_an_answer_is_written(page: Page) -> None:
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Step 1 of")
    page.locator("#clear").click()
    expect(page.locator(".opening")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()
    ask(page, "When was the lighthouse built?")
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?"])


def test_a_question_after_new_is_answered_while_the_answer_before_has_not_come_to_its_end(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, events = threading.Event(), threading.Event(), Scripted._events

    def held(self: Scripted, question: str, searched: Searched, stop: threading.Event) -> Iterator[Event]:
        """As where the model has begun a step, which it does not leave before its end."""
        if question == "Hold":
            begun.set()
            may_end.wait(60)
        yield from events(self, question, searched, stop)

    monkeypatch.setattr(Scripted, "_events", held)
    page.locator("#question textarea").fill("Hold")
    page.keyboard.press("Enter")
    assert begun.wait(30)
    page.locator("#clear").click()
    expect(page.locator(".opening")).to_be_visible()
    ask(page, "When was the lighthouse built?")
    expect(page.locator(".answer")).to_contain_text("It was built in 1887 from red granite.")
    assert not may_end.is_set()
    may_end.set()


def test_an_example_is_asked_with_one_click(page: Page) -> None:
    page.get_by_role("button", name="Who lives on the island?").click()
    expect(page.locator(".question")).to_have_text("Who lives on the island?")
    idle(page)
    expect(page.locator(".answer")).to_contain_text("The keeper lives on the island.")


def test_strictness_is_passed_on(page: Page, answerer: Scripted) -> None:
    page.get_by_text("Strict", exact=True).click()
    ask(page, "When was the lighthouse built?")
    assert answerer.asked[-1][2] == "strict"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("   ", "The question is empty; type what you want to know."),
        ("a" * 10_000, "The question has 10,000 characters and at most 2,000 are read; ask a shorter one"),
        ("Why does it break?", "The engine went away; start it again"),
        ("Is there a bug?", "Something went wrong that was not foreseen"),
    ],
)
def test_what_goes_wrong_is_told_and_the_question_kept(page: Page, question: str, message: str) -> None:
    box = page.locator("#question textarea")
    box.fill(question)
    page.locator("#ask").click()
    expect(page.locator("#notice [role=alert]")).to_contain_text(message)
    expect(box).to_have_value(question)
    expect(page.locator(".opening")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()
    # The list changes after all that the question set going.
    page.locator("#documents summary").click()
    page.locator("#documents input[type=checkbox]").first.uncheck()
    expect(page.locator("#documents summary")).to_contain_text("1 asked")
    expect(page.locator("#notice [role=alert]")).to_contain_text(message)


def test_nothing_that_a_document_says_comes_alive(page: Page) -> None:
    ask(page, "What is the trap?")
    page.locator(".citation").click()
    expect(cited(page)).to_have_text(TRAP)
    assert cited(page).evaluate(AROUND)[2] == TRAPS
    expect(page.locator("#evidence h2")).to_have_text("Traps & <b>signs</b>")
    expect(page.locator("#evidence .where")).to_have_text("notes/<i>traps</i>.md")
    page.locator("#documents summary").click()
    assert page.evaluate("window.trapped") is None
    for inside in ("#conversation", "#evidence", "#documents"):
        expect(page.locator(f"{inside} :is(script, img, a, iframe, b, i:not(.dots i))")).to_have_count(0)


def test_an_uploaded_document_can_be_asked_about_and_is_seen_by_nobody_else(
    page: Page, browser: Browser, address: str, answerer: Scripted, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in answerer.store.folder.rglob("*") if path.is_file()}
    ferry = tmp_path / "ferry.txt"
    ferry.write_text("The ferry Halla carries forty passengers.\r\nIt sails at noon.", encoding="utf-8", newline="")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    page.locator("input[type=file]").set_input_files([ferry, picture])
    expect(page.locator("#notice")).to_contain_text("Added 1 document")
    expect(page.locator("#notice")).to_contain_text("picture.png was not read: ")
    expect(page.locator("#documents summary")).to_have_text("3 documents")

    ask(page, "How many passengers carries the ferry Halla?")
    expect(page.locator(".answer")).to_contain_text("The ferry Halla carries forty passengers.")
    expect(cited(page)).to_have_text("The ferry Halla carries forty passengers.")
    expect(page.locator("#evidence .where")).to_have_text("uploaded/ferry.txt")

    other = browser.new_context().new_page()
    opened(other, address)
    expect(other.locator("#documents summary")).to_have_text("2 documents")
    ask(other, "How many passengers carries the ferry Halla?")
    expect(other.locator(".refusal")).to_be_visible()
    other.context.close()
    assert {path: path.read_bytes() for path in answerer.store.folder.rglob("*") if path.is_file()} == before


def test_two_people_have_two_conversations(page: Page, browser: Browser, address: str) -> None:
    ask(page, "When was the lighthouse built?")
    other = browser.new_context().new_page()
    opened(other, address)
    ask(other, "Who lives there?")
    expect(other.locator(".question")).to_have_text(["Who lives there?"])
    expect(page.locator(".question")).to_have_text(["When was the lighthouse built?"])
    other.context.close()


def test_where_too_many_ask_a_question_goes_back_to_its_text_box(browser: Browser, answerer: Scripted) -> None:
    with served(answerer, answers_at_once=1, most_waiting=1) as address:
        first, second, third = (browser.new_context().new_page() for _ in range(3))
        for page in (first, second, third):
            opened(page, address)
        first.locator("#question textarea").fill("Tell me the long way up")
        first.keyboard.press("Enter")
        expect(first.locator(".answer")).to_contain_text("Step 1 of")  # it has left the queue, which has one place
        second.locator("#question textarea").fill("Tell me the long way up")
        second.keyboard.press("Enter")
        expect(second.locator(".waiting")).to_have_text("Waiting its turn")
        third.locator("#question textarea").fill("When was the lighthouse built?")
        third.keyboard.press("Enter")
        expect(third.locator("#notice [role=alert]")).to_contain_text("Too many people are asking at once")
        expect(third.locator(TOAST)).to_have_count(0)
        expect(third.locator("#question textarea")).to_have_value("When was the lighthouse built?")
        expect(third.locator(".opening")).to_be_visible()
        looked_at(third)
        second.locator("#stop").click()
        expect(second.locator("#question textarea")).to_have_value("Tell me the long way up")
        first.locator("#stop").click()
        expect(first.locator(".stopped")).to_be_visible()
        ask(second, "Who lives there?")
        for page in (first, second, third):
            page.context.close()


def test_a_mistake_of_the_program_is_told_in_the_language_of_the_page(
    browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("qa.ui.events.view_html", mistaken)
    page = browser.new_context(locale="zh-CN").new_page()
    opened(page, address)
    page.locator("#documents summary").click()
    page.locator("#documents .document").first.click()
    expect(page.locator("#notice [role=alert]")).to_contain_text("发生了意料之外的错误")
    expect(page.locator(TOAST)).to_have_count(0)
    page.context.close()


def test_the_browser_asks_this_machine_alone(context: BrowserContext, address: str) -> None:
    hosts: set[str | None] = set()
    troubles: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    opened(page, address)
    ask(page, "When was the lighthouse built?")
    page.locator(".citation").first.click()
    page.evaluate("document.fonts.ready")
    assert hosts - {None, ""} == {"127.0.0.1"}
    assert troubles == []


def test_nothing_is_wider_than_the_page(page: Page) -> None:
    ask(page, f"Tell me a mixed story about {'Donaudampfschifffahrt' * 6}")
    ask(page, "Which mercury boils?")
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_narrow_page_a_citation_leads_to_the_source_and_back(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, address)
    ask(page, "Who lives there?")
    mark = page.locator(".citation").first
    mark.click()
    expect(cited(page)).to_be_in_viewport()
    assert cited(page).evaluate(IN_SIGHT)
    page.get_by_role("button", name="Back to the answer").click()
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()


def test_light_and_dark_follow_the_system(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        opened(page, address)
        grounds.append(page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"))
    assert grounds == ["rgb(246, 245, 241)", "rgb(20, 23, 26)"]


def test_the_same_announcement_is_made_a_second_time(page: Page) -> None:
    ask(page, "Which mercury boils?")
    expect(page.locator("#announced")).to_contain_text("The documents do not state the answer to this question.")
    page.evaluate("""() => {
      const told = new MutationObserver(() => { window.told = true; });
      told.observe(document.getElementById("announced"), { subtree: true, childList: true, characterData: true });
    }""")
    ask(page, "Which mercury boils?")
    page.wait_for_function("window.told")
    expect(page.locator("#announced")).to_contain_text("The documents do not state the answer to this question.")


def test_a_finished_answer_is_announced(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    said = page.locator("#announced [role=status][aria-live=polite]")
    expect(said).to_have_text(re.compile(r"It was built in 1887 from red granite\..* With 2 sources\."))


def test_what_is_announced_says_which_sentences_are_in_doubt(page: Page) -> None:
    ask(page, "Tell me a mixed story")
    said = page.locator("#announced [role=status]")
    expect(said).to_contain_text("She kept it until she died. (not in the documents)")
    expect(said).to_contain_text("The walk up has 186 steps. (differs from the source)")
    expect(said).to_contain_text("after the storm of 1923. She kept it")  # nothing behind what is supported
