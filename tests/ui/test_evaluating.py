"""The Evaluate view in a real browser: from a question file to its report, stopped, compared, shared by tabs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from qa.answer import Answerer
from qa.evaluate import evaluate
from qa.questions import questions_of
from qa.record import record_of
from tests.fake_reader import WordReader
from tests.qa.asked_engine import AskedEngine
from tests.qa.command_line import gate
from tests.ui.conftest import opened, served
from tests.ui.rules import in_both_schemes, looked_at, violations
from tests.ui.scripted import BUILT, SCRIPTS, Scripted, small_store
from tests.ui.test_documents import DROP
from tests.ui.test_evaluation import QUESTIONS, content
from tests.ui.test_page import ask

pytestmark = pytest.mark.browser


@pytest.fixture
def answerer(tmp_path: Path) -> Scripted:
    return Scripted(small_store(tmp_path / "store"))


@pytest.fixture
def slow(tmp_path: Path) -> Scripted:
    return Scripted(small_store(tmp_path / "slow"), pause_s=0.6)


@pytest.fixture
def address(answerer: Scripted) -> Iterator[str]:
    with served(answerer) as url:
        yield url


def to_evaluate(page: Page) -> None:
    page.get_by_role("link", name="Evaluate").click()
    expect(page.locator("#evaluation h2")).to_have_text("Evaluate")


def choose(page: Page, button: str, name: str, data: bytes) -> None:
    """Press the button and choose a file of that name."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button, exact=True).click()
    chooser.value.set_files({"name": name, "mimeType": "application/json", "buffer": data})


def with_questions(page: Page, data: bytes | None = None) -> None:
    to_evaluate(page)
    choose(page, "Choose a question file", "island.jsonl", data or content())
    expect(page.locator(".card-name")).to_have_text("island.jsonl")


def run(page: Page) -> None:
    page.get_by_role("button", name="Evaluate", exact=True).click()


def evaluated(page: Page, data: bytes | None = None) -> None:
    with_questions(page, data)
    run(page)
    expect(page.locator("#result-title")).to_have_text("Result: island.jsonl")
    expect(page.locator("[data-running]")).to_have_count(0)


def report(page: Page) -> FrameLocator:
    return page.frame_locator("iframe.report")


def downloaded(page: Page, name: str) -> tuple[str, str]:
    """Press the link; return what the file is called, and its text."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8")


def test_from_a_question_file_to_its_report_and_its_record(page: Page, answerer: Scripted) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    evaluated(page)
    expect(page.locator(".result > p").first).to_have_text("3 questions: 2 answered, 1 refused, 0 crashed.")
    right = page.locator(".result table").first.get_by_role("row", name=re.compile("^answered right"))
    expect(right.locator("td").first).to_have_text("100.0\N{NO-BREAK SPACE}%")
    expect(report(page).get_by_role("heading", name="Evaluation of Article QA")).to_be_visible()
    report(page).get_by_role("button", name=re.compile("^All")).click()  # its script runs
    name, text = downloaded(page, "Download the record (JSON)")
    made = evaluate(questions_of(content(), "island.jsonl"), answerer).to_json()
    here = json.loads(text)
    made["settings"] |= {"date": "", "questions_sha256": ""}
    here["settings"] |= {"date": "", "questions_sha256": ""}
    assert name == "island-record.json"
    assert here == json.loads(json.dumps(made))
    assert record_of(text.encode(), name).summary == made["summary"]
    name, html = downloaded(page, "Download the report (HTML)")
    assert name == "island-report.html"
    assert html.startswith("<!doctype html>")
    assert complaints == []


def test_in_the_frame_nothing_reaches_the_page_and_no_document_comes_alive(page: Page) -> None:
    evaluated(page)
    frame = page.locator("iframe.report")
    assert frame.get_attribute("sandbox") == "allow-scripts"
    expect(report(page).locator("#case-list > li")).to_have_count(3)
    inner = page.frames[-1]
    assert violations(inner) == []
    assert inner.evaluate("() => { try { return parent.document.title } catch { return 'kept out' } }") == "kept out"
    assert inner.evaluate("() => origin") == "null"
    assert [one.evaluate("window.trapped") for one in page.frames] == [None, None]
    url = page.evaluate("document.querySelector('iframe.report').src")
    assert page.request.get(url).headers["content-security-policy"].startswith("sandbox allow-scripts; default-src")
    assert page.request.get(re.sub("evaluation/[^/]+", "evaluation/guessed", url)).status == 404
    assert "frame-ancestors 'none'" in page.request.get(page.url.split("#")[0]).headers["content-security-policy"]


def test_a_broken_file_is_one_sentence_with_its_line(page: Page) -> None:
    to_evaluate(page)
    choose(page, "Choose a question file", "bad.csv", b"question,answerable\nWhy?,perhaps\n")
    expect(page.locator(".evaluate-trouble [role=alert]")).to_have_text(
        "! Line 2 of bad.csv cannot be used: 'answerable' is 'perhaps'; write true or false"
    )
    run(page)
    expect(page.locator(".evaluate-trouble [role=alert]")).to_have_text("! No questions chosen yet.")
    with_questions(page)
    expect(page.locator(".evaluate-trouble [role=alert]")).to_have_count(0)


def test_dropped_files_are_told_apart_and_added_to_no_documents(page: Page, answerer: Scripted) -> None:
    to_evaluate(page)
    record = evaluate(questions_of(content(), "island.jsonl"), answerer).text()
    page.evaluate(DROP, [["island.jsonl", content().decode()], ["old.json", record]])
    expect(page.locator(".card-name")).to_have_text(["island.jsonl", "old.json"])
    page.get_by_role("button", name="Remove old.json").click()
    expect(page.locator(".card-name")).to_have_text(["island.jsonl"])
    page.get_by_role("link", name="Chat").click()
    expect(page.locator("#documents summary")).to_have_text("2 documents")


def test_compared_with_an_earlier_record_what_got_worse_is_marked(
    page: Page, answerer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [{**QUESTIONS[0], "id": f"built-{n}", "question": f"When was it built, {n}?"} for n in range(12)]
    earlier = json.loads(evaluate(questions_of(content(questions), "q.jsonl"), answerer).text())
    with_questions(page, content(questions))
    for case in earlier["cases"]:  # as if nothing had been right
        case["scores"]["answers"]["contained"] = 0.0
    choose(page, "Choose a record", "worse.json", json.dumps(earlier).encode())
    expect(page.locator(".card-name")).to_have_text(["island.jsonl", "worse.json"])
    run(page)
    row = page.locator(".result table").first.get_by_role("row", name=re.compile("^answered right"))
    expect(row.locator("td").last).to_have_text("▲ better")
    expect(page.locator(".compared .told")).to_have_text("No figure fell by more than chance explains.")
    looked_at(page)
    page.get_by_role("button", name="Remove worse.json").click()
    page.get_by_role("button", name="Compare the next run with this one").click()
    expect(page.locator(".card-name").last).to_have_text("island-record.json")
    monkeypatch.setitem(SCRIPTS, "built", (("It was built long ago.", "unsupported", ()),))
    run(page)
    expect(page.locator(".compared .told.fell")).to_contain_text(
        re.compile("^Worse by more than chance explains: .*answered right; ")
    )
    expect(row.locator("td").last).to_have_text("▼▼ worse, beyond chance")
    expect(page.locator(".compared summary")).to_have_text("No longer right: 12 questions")
    expect(report(page).locator("#comparison .trouble")).to_contain_text("Worse by more than chance explains")


def test_stopping_keeps_what_is_done_and_the_rest_can_be_asked(tab: Page, slow: Scripted) -> None:
    with served(slow) as url:
        opened(tab, url)
        many = [{**QUESTIONS[0], "id": f"q-{n}", "question": f"When was it built, {n}?"} for n in range(6)]
        with_questions(tab, content(many))
        run(tab)
        expect(tab.get_by_role("button", name="Stop, keep what is done")).to_be_focused()
        expect(tab.locator(".far b")).to_have_text(re.compile("^[2-4] of 6 asked"))
        asking = tab.locator(".doing").filter(has=tab.locator("bdi"))
        expect(asking).to_contain_text("Being asked: “When was it built, ")
        expect(tab.locator(".so-far")).to_contain_text("answered right")
        tab.keyboard.press("Enter")
        expect(tab.locator(".told.partial")).to_contain_text(re.compile("Stopped after [2-5] of 6 questions"))
        expect(tab.locator("#result-title")).to_be_focused()
        expect(report(tab).locator(".lead")).to_contain_text(re.compile("^[2-5] questions"))
        looked_at(tab)
        tab.get_by_role("button", name="Go on with the rest").click()
        expect(tab.locator(".result > p").first).to_contain_text("6 questions: 6 answered")
        expect(tab.locator(".told.partial")).to_have_count(0)
        tab.goto("about:blank")


def test_only_the_first_questions_are_asked_and_a_limit_that_is_none_is_told(page: Page) -> None:
    with_questions(page)
    page.get_by_label("Ask only the first").fill("0")
    page.evaluate("document.querySelector('.plan').noValidate = true")
    run(page)
    expect(page.locator(".evaluate-trouble [role=alert]")).to_contain_text("is a whole number from 1")
    page.get_by_label("Ask only the first").fill("1")
    page.keyboard.press("Enter")
    expect(page.locator(".result > p").first).to_contain_text("1 question: 1 answered")


def test_while_it_runs_the_chat_answers_and_goes_first(tab: Page, slow: Scripted) -> None:
    with served(slow) as url:
        opened(tab, url)
        many = [{**QUESTIONS[0], "id": f"q-{n}", "question": f"When was it built, {n}?"} for n in range(8)]
        with_questions(tab, content(many))
        run(tab)
        tab.locator(".listing summary").click()
        expect(tab.locator(".far b")).to_contain_text(re.compile("[1-7] of 8"))
        expect(tab.locator(".listing li").first).to_be_visible()
        tab.get_by_role("link", name="Chat").click()
        ask(tab, "Who lives there?")
        expect(tab.locator(".answer")).to_contain_text("The keeper lives on the island.")
        order = [question for question, _, _ in slow.asked]
        assert 0 < order.index("Who lives there?") < 8
        tab.get_by_role("link", name="Evaluate").click()
        expect(tab.locator(".result > p").first).to_contain_text("8 questions: 8 answered")
        tab.goto("about:blank")


def test_another_tab_of_the_browser_has_it_too_and_another_browser_is_told(
    tab: Page, context: BrowserContext, browser: Browser, slow: Scripted
) -> None:
    with served(slow) as url:
        opened(tab, url)
        second = context.new_page()
        second.goto(f"{url}#evaluate")
        expect(second.locator("#evaluation h2")).to_be_visible()
        many = [{**QUESTIONS[0], "id": f"q-{n}", "question": f"When was it built, {n}?"} for n in range(10)]
        with_questions(tab, content(many))
        run(tab)
        expect(second.locator(".far b")).to_contain_text("of 10 asked")  # told by the first one
        tab.close()
        stranger = browser.new_context().new_page()
        opened(stranger, url)
        with_questions(stranger)
        run(stranger)
        expect(stranger.locator(".evaluate-trouble [role=alert]")).to_contain_text("Somebody else's evaluation runs")
        expect(second.locator(".result > p").first).to_contain_text("10 questions: 10 answered")
        second.reload()
        expect(second.locator(".result > p").first).to_contain_text("10 questions: 10 answered")
        run(stranger)
        expect(stranger.locator(".result > p").first).to_contain_text("3 questions")
        stranger.context.close()
        second.close()


def test_a_tab_that_is_opened_anew_in_the_chat_belongs_to_what_runs(tab: Page, slow: Scripted) -> None:
    with served(slow) as url:
        opened(tab, url)
        many = [{**QUESTIONS[0], "id": f"q-{n}", "question": f"When was it built, {n}?"} for n in range(10)]
        with_questions(tab, content(many))
        run(tab)
        expect(tab.locator(".far b")).to_contain_text("of 10 asked")
        tab.get_by_role("link", name="Chat").click()
        tab.reload()
        expect(tab.locator("body[data-evaluating][data-view=chat]")).to_have_count(1)
        tab.goto("about:blank")


def test_a_tab_in_which_nobody_evaluates_tells_nothing_of_it(tab: Page, address: str) -> None:
    opened(tab, address)
    tab.reload()
    tab.locator("#question textarea").wait_for()
    assert tab.evaluate("localStorage.getItem('article-qa-browser')") is None
    to_evaluate(tab)
    tab.wait_for_function("localStorage.getItem('article-qa-browser')?.length === 32")


def test_enter_beside_proposing_proposes_and_begins_no_evaluation(page: Page) -> None:
    with_questions(page)
    page.get_by_label("How many").press("Enter")
    expect(page.locator(".evaluate-trouble [role=alert]")).to_contain_text("Questions are written by a model, and none")
    expect(page.locator("#result-title")).to_have_count(0)


def test_the_level_that_is_chosen_in_the_chat_is_the_one_that_is_evaluated(page: Page) -> None:
    with page.expect_response(lambda response: response.request.method == "POST"):  # the server knows it then
        page.locator("#strictness").get_by_text("Strict", exact=True).click()
    evaluated(page)
    expect(page.locator(".begin .help")).to_contain_text("They go to 2 documents, at “Strict”")
    _, text = downloaded(page, "Download the record (JSON)")
    assert json.loads(text)["settings"]["strictness"] == "strict"


def test_judged_answers_are_evaluated(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    to_evaluate(page)
    page.get_by_role("button", name="Take the judged answers").click()
    expect(page.locator(".card .tag")).to_have_text("judged in the chat")
    page.locator(".listing summary").click()
    expect(page.locator(".listing li > span")).to_have_text("When was the lighthouse built?")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the questions").click()
    assert download.value.suggested_filename == "judged-questions.jsonl"
    run(page)
    expect(page.locator("#result-title")).to_have_text("Result: judged-questions.jsonl")


def test_proposed_questions_are_marked_read_and_evaluated(tab: Page, answerer: Scripted) -> None:
    when = "When was the lighthouse of Norderhaven built from red granite?"
    asks = {f"Fact: {BUILT}\nAnswer: 1887": when, f"Question: {when}": "In 1887.", "Answer: ": "Which?"}
    reading = Answerer(answerer.store, answerer.encoder, WordReader(), AskedEngine(asks), gate=gate(3.0, 3.0))
    with served(reading) as url:
        opened(tab, url)
        to_evaluate(tab)
        tab.get_by_label("How many").fill("1")
        tab.get_by_role("button", name="Propose from the documents").click()
        expect(tab.locator(".card .tag")).to_have_text("machine-made")
        tab.locator(".listing summary").click()
        expect(tab.locator(".listing li > span")).to_have_text(when)
        expect(tab.locator(".listing q")).to_have_text(BUILT)
        assert violations(tab) == []
        run(tab)
        expect(tab.locator(".result .told").first).to_contain_text("Of these questions 1 is machine-made")
        tab.goto("about:blank")


def test_the_report_works_in_a_tab_of_its_own_too(page: Page, context: BrowserContext) -> None:
    evaluated(page)
    with context.expect_page() as opening:
        page.get_by_role("link", name="Open the report in a tab of its own").click()
    own = opening.value
    complaints: list[str] = []
    own.on("pageerror", lambda error: complaints.append(str(error)))
    own.get_by_role("button", name=re.compile("^Refused")).click()
    expect(own.locator("#case-list > li:visible")).to_have_count(1)
    assert own.evaluate("origin") == "null"
    assert complaints == []


def test_all_of_it_by_keyboard_and_progress_is_said(page: Page) -> None:
    with_questions(page)
    said = page.locator("#evaluation [role=status]").first
    page.evaluate(
        """() => {
          window.said = [];
          const status = document.querySelector("#evaluation [role=status]");
          new MutationObserver(() => window.said.push(status.textContent))
            .observe(status, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_label("Ask only the first").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Evaluate", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#result-title")).to_be_focused()
    expect(said).to_have_text("The evaluation has ended.")
    assert page.evaluate("window.said.at(-1)") == "The evaluation has ended."
    page.keyboard.press("Tab")
    expect(page.locator(".result .wide").first).to_be_focused()
    page.locator("body").press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#result-title").press(".")
    expect(page.locator("#question textarea")).to_be_focused()


def test_it_speaks_the_language_that_is_set(page: Page) -> None:
    evaluated(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Language").select_option("zh")
    page.keyboard.press("Escape")
    expect(page.locator("#evaluation h2")).to_have_text("评测")
    expect(page.locator("#result-title")).to_have_text("结果：island.jsonl")
    expect(report(page).get_by_role("heading", name="Article QA 评测报告")).to_be_visible()
    text = page.locator("#evaluation").inner_text()
    for name in ("island.jsonl", "JSONL", "JSON", "CSV", "HTML", "json", "n"):
        text = text.replace(name, "")
    assert re.findall(r"[A-Za-z]{4,}", text) == []


@pytest.mark.parametrize("width", [320, 1280, 3840])
def test_every_state_passes_axe_and_nothing_is_cut_off(context: BrowserContext, slow: Scripted, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    with served(slow) as url:
        opened(page, url)
        to_evaluate(page)
        assert in_both_schemes(page) == []
        choose(page, "Choose a question file", "bad.json", b"{")
        expect(page.locator(".evaluate-trouble [role=alert]")).to_be_visible()
        with_questions(page)
        page.locator(".listing summary").click()
        assert in_both_schemes(page) == []
        run(page)
        expect(page.locator(".far b")).to_contain_text(
            re.compile("[12] of 3")
        )  # whichever it is at when the page is looked at
        assert in_both_schemes(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        expect(page.locator("#result-title")).to_be_visible()
        page.locator(".all-figures summary").click()
        assert in_both_schemes(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        wide = "[...document.querySelectorAll('#evaluation :is(p, button, a, h3)')].map((one) => one.getBoundingClientRect())"
        assert page.evaluate(f"{wide}.filter((box) => box.right > innerWidth + 1).length") == 0
        page.close()


def test_what_a_question_holds_asks_no_other_machine(page: Page) -> None:
    linked = "Is it <a href='http://example.org/a'>here</a> <img src='http://example.org/b.png'> the lighthouse?"
    evaluated(page, content([*QUESTIONS, {"id": "link", "question": linked}]))
    expect(report(page).locator("#case-list > li")).to_have_count(4)
    report(page).locator("#case-list summary").last.click()
