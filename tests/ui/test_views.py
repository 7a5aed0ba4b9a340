"""Every state of the page, light and dark, wide and narrow: no rule of axe-core broken, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.ui.conftest import opened, served
from tests.ui.scripted import BUILT_IN_ARABIC, Scripted
from tests.ui.test_accessible import violations
from tests.ui.test_page import ask, cited, idle
from tests.ui.views import N_MANY, VIEWS, closed, many_documents, panel, store_of_all, store_of_many, waiting

pytestmark = pytest.mark.browser

SIZES = ({"width": 1280, "height": 900}, {"width": 320, "height": 568})
READ = """() => {
  const of_others = `script, style, code, pre, kbd, bdi, b, h1, blockquote, option, .answer, .question, .snippet,
    .source-text, .facts, .examples, .searched, #announced`; // the last says the answer to those who listen
  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.checkVisibility() || parent.closest(of_others)) continue;
    words.push(walk.currentNode.data);
  }
  for (const one of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
    if (!one.checkVisibility() || one.closest(".examples, .listed, #topic")) continue;
    words.push(...["aria-label", "placeholder", "title"].map((name) => one.getAttribute(name) ?? ""));
  }
  return words.map((text) => text.trim()).filter(Boolean);
}"""
"""What can be read or heard, but for what documents, people and models say."""
MAY_BE_ENGLISH = re.compile(
    r"Markdown|JSON|BM25|UTF-16|PDF|article-qa verify|article-qa|lighthouse|scripted|Esc|The ferry|"
    r"Tell me a mixed story|Tell me a mixed|[Tt]he engine went away; start it again"
)


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Scripted(store_of_all(tmp_path_factory.mktemp("views")))) as url:
        yield url


def looked_at(page: Page) -> None:
    """Hold the state that the page is in under the rules, wide and narrow."""
    for size in SIZES:
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", VIEWS)
def test_no_rule_is_broken(context: BrowserContext, all_kinds: str, name: str, scheme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    opened(page, all_kinds)
    for step in VIEWS[name]:
        step(page)
        looked_at(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_is_broken_while_a_question_waits(browser: Browser, answerer: Scripted, scheme: str) -> None:
    with served(answerer, answers_at_once=1) as address:
        people = [browser.new_context(reduced_motion="reduce").new_page() for _ in range(2)]
        for page in people:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            opened(page, address)
        people[0].locator("#question textarea").fill("Tell me the long way up")
        people[0].keyboard.press("Enter")
        expect(people[0].locator(".answer")).to_be_visible()
        waiting(people[1])
        looked_at(people[1])
        for page in reversed(people):
            page.locator("#stop").click()
            idle(page)
            page.context.close()


def test_no_rule_is_broken_by_a_list_of_500_documents(
    context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with served(Scripted(store_of_many(tmp_path_factory.mktemp("many")))) as address:
        page = context.new_page()
        opened(page, address)
        many_documents(page)
        expect(page.locator("#documents .listed")).to_have_count(N_MANY)
        looked_at(page)
        page.emulate_media(color_scheme="dark")
        looked_at(page)
        page.close()


@pytest.mark.parametrize("name", VIEWS)
def test_in_chinese_only_documents_people_and_models_speak_english(browser: Browser, all_kinds: str, name: str) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    opened(page, all_kinds)
    expect(page.locator("#ask")).to_have_text("提问")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    for step in VIEWS[name]:
        step(page)
        left = page.evaluate(READ)
        assert [text for text in left if re.search(r"[A-Za-z]{3,}", MAY_BE_ENGLISH.sub("", text))] == []
    context.close()


def test_words_in_the_style_sheet_are_in_the_language_of_the_page(page: Page) -> None:
    before = "(selector) => getComputedStyle(document.querySelector(selector), '::before').content"
    ask(page, "When was the lighthouse built?")
    assert page.evaluate(before, "#strictness .wrap") == '"Strictness"'
    panel(page, "settings")
    page.get_by_label("Language").select_option("zh")
    expect(page.locator("#masthead nav[data-language]")).to_contain_text("对话")
    closed(page)
    page.locator(".citation").first.click()
    expect(page.locator("#evidence .place")).to_have_text("1 / 2")
    assert page.evaluate(before, "#strictness .wrap") == '"严格程度"'
    assert page.evaluate(before, "#evidence .page[data-page='2']") == '"第 2 页"'
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_the_focus_is_never_lost_by_keyboard(page: Page) -> None:
    page.keyboard.type("When was the lighthouse built?")
    page.keyboard.press("Enter")
    expect(page.locator(".citation")).to_have_count(2)
    idle(page)
    for name in ("shelf", "settings", "shortcuts"):
        button = page.locator(f"[data-panel-name={name}]")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#{name} [data-first]")).to_be_focused()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
    page.locator("#topic summary").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#topic summary")).to_be_focused()
    page.locator("#documents summary").press("Enter")
    document = page.locator("#documents .document").first
    document.press("Enter")
    expect(page.locator("#evidence .source-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(document).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#documents summary")).to_be_focused()
    expect(page.locator("#documents details")).not_to_have_attribute("open", "")
    page.locator("[data-event=again]").press("Enter")
    idle(page)
    expect(page.locator("#question textarea")).to_be_focused()


def test_after_the_language_was_changed_the_focus_is_where_it_was(page: Page) -> None:
    page.locator("[data-panel-name=settings]").press("Enter")
    language = page.locator("#set-language")
    language.focus()
    language.select_option("zh")
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    expect(language).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-panel-name=settings]")).to_be_focused()


def test_a_menu_stays_inside_a_narrow_page(page: Page) -> None:
    ask(page, "Who lives there?")
    page.set_viewport_size({"width": 320, "height": 568})
    page.locator("#topic summary").click()
    box = page.locator("#topic .menu ul").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


def test_an_answer_from_right_to_left_stands_at_the_right_with_its_mark_at_the_left(
    context: BrowserContext, all_kinds: str
) -> None:
    page = context.new_page()
    opened(page, all_kinds)
    ask(page, "متى بُنيت المنارة؟")
    expect(cited(page)).to_have_text(BUILT_IN_ARABIC)
    page.locator(".citation").hover()
    expect(page.locator("#quote blockquote")).to_have_text(BUILT_IN_ARABIC)
    text, mark = page.locator(".sentence .words").bounding_box(), page.locator(".citation").bounding_box()
    answer, quote = page.locator(".answer").bounding_box(), page.locator("#evidence mark.cited").bounding_box()
    source = page.locator("#evidence .source-text").bounding_box()
    assert text and mark and answer and quote and source
    assert mark["x"] < text["x"]
    assert abs((text["x"] + text["width"]) - (answer["x"] + answer["width"])) < 2
    assert quote["x"] + quote["width"] > source["x"] + source["width"] / 2
    page.close()
