"""The page of a record in a real browser: what can be done with it, and that it asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from qa.compare import compare
from qa.record import Record
from tests.qa.reported import page as report
from tests.qa.reported import record, with_case
from tests.ui.rules import looked_at

pytestmark = pytest.mark.browser

TRAP = "<img src=x onerror=\"document.title='alive'\"></script><script>document.title='alive'</script>"
SHOWN = "() => [...document.querySelectorAll('#case-list > li:not([hidden])')].map(item => item.id)"
CONTRAST = """(elements) => elements.map((element) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (colour) => parts(colour)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  let ground = element;
  while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
  const style = getComputedStyle(element);
  const ink = element.closest("svg") ? style.fill : style.color;
  const [low, high] = [light(ink), light(getComputedStyle(ground).backgroundColor)].sort((a, b) => a - b);
  return [(high + 0.05) / (low + 0.05), element.textContent];
})"""
TEXTS = (
    ".headlines small, td.quiet, .plot .tick, .plot .title, .plot .value, .verdict, .gold, .state, mark, .label, .from"
)


class Opened:
    """A report in a tab, with what it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)

    def shown(self) -> list[str]:
        """Return the ids of the cases that can be seen, in their order."""
        found: list[str] = self.page.evaluate(SHOWN)
        return found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a report with a comparison, one question of which would like to come alive."""
    new = with_case(record(), 5, question=TRAP, text=TRAP)
    old = with_case(record(), 2, status="not_found", text="Not stated.", sentences=[])
    old = with_case(old, 5, question=TRAP)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report(new, compared=compare(Record(old.summary, old.settings, old.cases), new)), encoding="utf-8")
    return path


@pytest.fixture
def opened(context: BrowserContext, written: Path) -> Iterator[Opened]:
    """Open the report; at the end nothing but the file itself was asked for, and nothing was complained of."""
    opened = Opened(context.new_page())
    opened.page.goto(written.as_uri())
    yield opened
    assert [url.split("#")[0] for url in opened.asked] == [written.as_uri()] * len(opened.asked)
    assert opened.complaints == []


def test_report_asks_for_nothing_and_nothing_in_it_comes_alive(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Open all").click()
    expect(opened.page.locator("#case-6 strong")).to_have_text(TRAP)
    assert opened.page.title() == "Evaluation of Article QA"
    assert opened.asked == [opened.page.url.split("#")[0]]


def test_filter_shows_its_cases_says_how_many_and_stands_in_the_address(opened: Opened) -> None:
    assert len(opened.shown()) == 7
    opened.page.get_by_role("button", name="Wrong 4", exact=True).click()
    assert opened.shown() == ["case-3", "case-4", "case-6", "case-7"]
    expect(opened.page.get_by_role("status")).to_have_text("4 of 7 cases")
    expect(opened.page.get_by_role("button", name="Wrong 4", exact=True)).to_have_attribute("aria-pressed", "true")
    assert opened.page.url.endswith("#show=wrong")
    opened.page.get_by_role("button", name="Changed 1").click()
    assert opened.shown() == ["case-3"]
    opened.page.get_by_role("button", name="All 7").click()
    assert len(opened.shown()) == 7


def test_search_finds_words_of_question_answer_gold_and_id_in_any_order(opened: Opened) -> None:
    find = opened.page.get_by_role("searchbox", name="Search")
    for words, cases in {
        "BABBAGE designed": ["case-4"],
        "1843": ["case-1"],
        "ooc-1": ["case-5"],
        "lines many": ["case-3"],
        "zebra": [],
    }.items():
        find.fill(words)
        assert opened.shown() == cases
    expect(opened.page.get_by_text("No case matches.")).to_be_visible()


def test_cases_are_sorted_by_confidence_and_time_and_unknown_ones_come_last(opened: Opened) -> None:
    sort = opened.page.get_by_role("combobox", name="Sort")
    # Confidences .9, .8, .4, .2, .1, .6; times 2, 4, 1, .5, .5, 1.4; the crash has neither.
    for order, cases in {
        "unsure": [5, 4, 3, 6, 2, 1, 7],
        "sure": [1, 2, 6, 3, 4, 5, 7],
        "slow": [2, 1, 6, 3, 4, 5, 7],
        "fast": [4, 5, 3, 6, 1, 2, 7],
        "order": [1, 2, 3, 4, 5, 6, 7],
    }.items():
        sort.select_option(order)
        assert opened.shown() == [f"case-{number}" for number in cases]


def test_address_brings_back_filter_search_and_order(context: BrowserContext, written: Path) -> None:
    page = context.new_page()
    page.goto(f"{written.as_uri()}#show=wrong&sort=slow&find=how")
    assert page.evaluate(SHOWN) == ["case-3", "case-7"]
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("how")
    page.goto(f"{written.as_uri()}#show=nothing&sort=__proto__")
    assert len(page.evaluate(SHOWN)) == 7


def test_link_to_a_case_opens_it_even_where_a_filter_hides_it(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Crashed 1").click()
    opened.page.evaluate("location.hash = 'case-2'")
    expect(opened.page.locator("#case-2 .told")).to_be_visible()
    expect(opened.page.locator("#case-2 .told")).to_be_in_viewport()


def test_case_is_reached_and_opened_with_the_keyboard_alone(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Close all").focus()
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.closest('li').id") == "case-2"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert opened.page.evaluate(outline) == "solid"
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator("#case-2 .told")).to_be_visible()
    opened.page.keyboard.press("Space")
    expect(opened.page.locator("#case-2 .told")).to_be_hidden()
    opened.page.get_by_role("button", name="Refused 2", exact=True).focus()
    opened.page.keyboard.press("Enter")
    assert opened.shown() == ["case-4", "case-5"]


def test_everything_can_be_read_without_the_script(browser: Browser, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    expect(page.locator("#controls")).to_be_hidden()
    assert page.locator("#case-list > li").count() == 7
    page.locator("#case-1 summary").click()
    expect(page.locator("#case-1 mark.cited").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_ground_in_both_schemes(browser: Browser, written: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(written.as_uri())
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(246, 245, 241)", "dark": "rgb(20, 23, 26)"}[scheme]
    page.get_by_role("button", name="Open all").click()
    contrasts = page.locator(TEXTS).evaluate_all(CONTRAST)
    assert len(contrasts) > 100
    assert [text for contrast, text in contrasts if contrast < 4.5] == []
    context.close()


def test_no_rule_is_broken(context: BrowserContext, written: Path) -> None:
    page = context.new_page()
    page.goto(written.as_uri())
    looked_at(page)
    page.get_by_role("button", name="Open all").click()
    # What is off-screen is not laid out until it is scrolled to; measured all the same, it would lie across the next case.
    page.locator("#case-list > li").evaluate_all(
        "(cases) => cases.map((one) => one.style.contentVisibility = 'visible')"
    )
    looked_at(page)


def test_cases_are_laid_out_as_blocks_so_that_hiding_one_does_not_count_all_others_anew(opened: Opened) -> None:
    assert opened.page.locator("#case-1").evaluate("(item) => getComputedStyle(item).display") == "block"
    expect(opened.page.get_by_role("listitem").filter(has_text="Was it built?")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1280])
def test_page_does_not_scroll_sideways(context: BrowserContext, written: Path, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(written.as_uri())
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_paper_is_white_and_has_the_cases_but_nothing_to_press(context: BrowserContext, written: Path) -> None:
    page = context.new_page()
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(written.as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.locator("#case-1 strong")).to_be_visible()
    assert re.match(rb"%PDF-", page.pdf())
