"""Questions asked in the page beside the same number asked in Python, and how the page serves in a long conversation.

    python -m tests.benchmarks.page --folder DIR --questions 20 --out docs/results/bench-page.json

DIR holds `docs` and `questions.jsonl`. No question is asked twice, or what was kept of it would count; which are asked in
the page is drawn. In the page a time ends when the browser has the words. Letters are typed, and Stop is pressed, while an
answer is written that nobody computes, so that only the page has work.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from qa.conversations import Conversations
from qa.opening import Opening
from qa.ui.reopened import asked_of
from qa.ui.session import Session
from tests.benchmarks.asked import Asked, ask_timed, engine_of, opened, questions_of, told
from tests.benchmarks.record import write_record
from tests.ui import conftest
from tests.ui.scripted import Scripted, small_store

TURNS = (0, 20, 100)
LETTERS = "What comes next here"
ASK = """(question) => new Promise((done) => {
  const field = document.querySelector("#question textarea"), times = {};
  field.value = question;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const before = document.querySelectorAll(".exchange").length;
  const seen = { passages: ".passage", word: ".answer", end: ".facts" };
  const watcher = new MutationObserver(() => {
    const exchange = document.querySelectorAll(".exchange")[before];
    for (const [name, place] of Object.entries(seen))
      if (!(name in times) && exchange?.querySelector(place)?.textContent.trim()) times[name] = performance.now() - began;
    if (!("end" in times) || !document.querySelector("#ask")?.checkVisibility()) return;
    watcher.disconnect();
    done({ ...times, text: exchange.innerText });
  });
  let began = 0;
  setTimeout(() => {
    began = performance.now();
    watcher.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    document.querySelector("#ask").click();
  }, 300);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=20, help="so many in the page, and as many in Python")
    parser.add_argument("--model", help="as article-qa ask takes it")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-page.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    questions, sha256 = questions_of(options.folder, 2 * options.questions)
    answerer = opened(options.folder, options.model)
    measured: dict[str, Any] = {**engine_of(answerer), "questions_sha256": sha256}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=conftest.CHROMIUM, args=list(conftest.ARGUMENTS))
        in_page, in_python = list[Asked](), list[Asked]()
        with conftest.served(answerer, examples=()) as address:
            page = browser.new_page()
            conftest.opened(page, address)
            for one, other in zip(questions[::2], questions[1::2], strict=True):
                in_page.append(asked_in(page, one))
                in_python.append(ask_timed(answerer, other))
                page.get_by_role("button", name="New", exact=True).click()
                expect(page.locator(".exchange")).to_have_count(0)
            page.close()
        measured |= {"in_page": told(in_page), "in_python": told(in_python)}
        for n_turns in TURNS:
            measured[f"turns_{n_turns}"] = while_written(browser.new_page(), n_turns)
            print(n_turns, measured[f"turns_{n_turns}"], flush=True)
        browser.close()
    write_record(options.out, "tests.benchmarks.page", measured, options.note)


def asked_in(page: Page, question: str) -> Asked:
    """Return when a person saw what."""
    times = page.evaluate(ASK, question)
    word = times.get("word")
    return Asked(
        question, times["passages"] / 1e3, None if word is None else word / 1e3, times["end"] / 1e3, times["text"]
    )


def while_written(page: Page, n_turns: int) -> dict[str, float]:
    """Return how long a letter takes, and Stop, while an answer is written after so many turns."""
    with tempfile.TemporaryDirectory() as folder:
        answerer, kept = Scripted(small_store(Path(folder)), pause_s=0.15), Conversations.in_memory()
        session = Session(Opening.of(Scripted(answerer.store)))
        for n in range(n_turns):
            session.ask(("When was it built?", "Who lives there?", "Tell me a mixed story")[n % 3])
            deque(session.answer(), maxlen=0)
        kept.save(None, [asked_of(exchange) for exchange in session.exchanges])
        with conftest.served(answerer, conversations=kept) as address:
            conftest.opened(page, address)
            if n_turns:
                page.get_by_role("button", name="Conversations").click()
                page.locator(".kept-open").click()
                expect(page.locator(".exchange")).to_have_count(n_turns)
            page.locator("#question textarea").fill("Tell me the long way up")
            page.keyboard.press("Enter")
            expect(page.locator(".answer").last).to_contain_text("Step 2 of")
            began = time.perf_counter()
            page.locator("#question textarea").press_sequentially(LETTERS)
            typed_s = time.perf_counter() - began
            began = time.perf_counter()
            page.locator("#stop").click()
            expect(page.locator(".stopped")).to_be_visible()
            stopped_s = time.perf_counter() - began
            page.close()
    return {"letter_ms": round(typed_s * 1e3 / len(LETTERS), 1), "stop_s": round(stopped_s, 2)}


if __name__ == "__main__":
    main()
