"""Settings, language and shortcuts: what they do, and that a browser keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

import qa.ui
from qa.errors import SettingsError
from qa.opening import Opening
from qa.ui.preferences import SHORTCUTS, preferences_html
from qa.ui.session import Session
from tests.ui.conftest import PAUSE_S, opened, served
from tests.ui.scripted import Scripted, small_store
from tests.ui.test_page import ask
from tests.ui.test_reading import point_at
from tests.ui.views import closed, panel


@pytest.fixture
def answerer(tmp_path: Path) -> Scripted:
    return Scripted(small_store(tmp_path / "store"), pause_s=PAUSE_S)


@pytest.fixture
def session(answerer: Scripted) -> Session:
    return Session(Opening.of(answerer))


@pytest.fixture
def address(answerer: Scripted) -> Iterator[str]:
    with served(answerer) as url:
        yield url


def test_what_is_set_reaches_the_answerer(session: Session) -> None:
    session.prefer({"n_passages": "8", "max_tokens": "60", "n_beside": "0", "strictness": "strict"})
    settings = session.answerer.settings
    assert (settings.n_passages, settings.max_tokens, settings.n_beside, settings.strictness) == (8, 60, 0, "strict")
    session.prefer_nothing()
    settings = session.answerer.settings
    assert (settings.n_passages, settings.max_tokens, settings.n_beside, settings.strictness) == (5, 160, 2, "balanced")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n_passages", "0", "n_passages is 0; it is a whole number from 1 to 50"),
        ("n_passages", "many", "n_passages is 'many'; it is a whole number from 1 to 50"),
        ("n_beside", "3", "n_beside is 3; it is a whole number from 0 to 2"),
        ("strictness", "lax", "strictness is 'lax'; it can be: lenient, balanced, strict"),
        ("colour", "red", "there is no setting 'colour'"),
    ],
)
def test_what_cannot_be_set_is_told_and_changes_nothing(session: Session, name: str, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        session.prefer({name: text})
    assert session.preferred == {}
    assert session.answerer.settings.n_passages == 5


@pytest.mark.browser
def test_a_number_that_cannot_be_set_is_told_by_the_name_that_people_see(page: Page) -> None:
    page.get_by_role("button", name="Settings").click()
    field, trouble = page.locator("#set-n_passages"), page.locator("#set-trouble")
    for _ in range(2):
        field.fill("99")
        field.press("Tab")
        expect(field).to_have_value("5")  # what holds
        expect(trouble).to_have_text("Passages is 99; it is a whole number from 1 to 50")
        expect(field).to_have_accessible_description(re.compile("Passages is 99"))
    field.fill("50")
    field.press("Tab")
    expect(trouble).to_be_empty()
    expect(field).to_have_value("50")


def test_the_panel_shows_how_things_are(session: Session) -> None:
    session.prefer({"strictness": "strict", "language": "zh", "n_passages": "3"})
    html = preferences_html(session)
    assert 'value="strict" checked' in html
    assert 'value="3"' in html
    assert '<option value="zh" selected>中文</option>' in html
    assert "设置保存在此浏览器中。" in html


def test_a_length_that_the_program_was_started_with_is_offered_too(answerer: Scripted) -> None:
    session = Session(Opening.of(Scripted(answerer.store, answerer.settings.but({"max_tokens": 99}))))
    assert '<option value="99" selected>As started: 99 tokens</option>' in preferences_html(session)


def test_no_shortcut_is_a_letter_or_a_digit() -> None:
    assert [key for key, _ in SHORTCUTS if len(key) == 1 and key.isalnum()] == []


@pytest.mark.browser
def test_settings_hold_at_once_and_are_kept_by_the_browser(page: Page, address: str) -> None:
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("radio", name="Balanced").last).to_be_focused()
    page.get_by_role("spinbutton", name="Passages").fill("2")
    page.get_by_role("spinbutton", name="Passages").press("Tab")
    page.get_by_label("Language").select_option("zh")
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#question textarea")).to_have_attribute("placeholder", "就文档提问")
    expect(page.locator("#ask")).to_have_text("提问")
    page.reload()
    expect(page.locator("#ask")).to_have_text("提问")
    page.get_by_role("button", name="设置").click()
    expect(page.get_by_label("段落数")).to_have_value("2")


def in_chinese(page: Page) -> None:
    """Set the language in the settings, and close them."""
    panel(page, "settings")
    page.get_by_label("Language").select_option("zh")
    expect(page.locator("#ask")).to_have_text("提问")
    closed(page)


@pytest.mark.browser
def test_what_is_told_above_the_text_box_is_told_in_the_language_that_is_set_and_put_away_in_it(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    page.locator("[data-event=revise]").click()
    expect(page.locator("#notice .note")).to_contain_text("You are changing question 1")
    expect(page.locator("#notice .dismiss")).to_have_attribute("title", "Dismiss this message")
    in_chinese(page)
    expect(page.locator("#notice .note")).to_have_text("你正在修改第 1 个问题；它的回答将被替换。")
    expect(page.locator("#notice .dismiss")).to_have_attribute("title", "关闭此消息")
    expect(page.locator("#notice .dismiss")).to_have_attribute("aria-label", "关闭此消息")
    page.locator("#notice .dismiss").click()
    expect(page.locator("#notice .note")).to_have_count(0)


@pytest.mark.browser
def test_an_error_and_what_was_not_read_are_told_in_the_language_that_is_set(page: Page) -> None:
    page.locator("#question textarea").fill(" ")
    page.locator("#ask").click()
    expect(page.locator("#notice [role=alert]")).to_have_text("! The question is empty; type what you want to know.")
    in_chinese(page)
    expect(page.locator("#notice [role=alert]")).to_have_text("! 问题是空的；请输入你想知道的内容。")
    files = [("e.txt", b" "), ("wave.md", b"# <b>Wave</b>\n\nIt is high.")]
    page.locator("input[type=file]").set_input_files(
        [FilePayload(name=name, mimeType="text/plain", buffer=content) for name, content in files]
    )
    expect(page.locator("#notice .note > p")).to_have_text("已添加 1 个文档： <b>Wave</b>")
    expect(page.locator("#notice li")).to_have_text("e.txt 未能读取：其中只有空白")
    panel(page, "settings")
    page.get_by_label("语言").select_option("en")
    expect(page.locator("#notice .note > p")).to_have_text("Added 1 document: <b>Wave</b>")
    expect(page.locator("#notice li")).to_have_text("e.txt was not read: it holds only white space")


@pytest.mark.browser
def test_why_nothing_is_evaluated_is_told_in_the_language_that_is_set(page: Page) -> None:
    page.get_by_role("link", name="Evaluate").click()
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.locator(".evaluate-trouble [role=alert]")).to_have_text("! No questions chosen yet.")
    panel(page, "settings")
    page.get_by_label("Language").select_option("zh")
    expect(page.locator("#settings h2")).to_have_text("设置")
    closed(page)
    expect(page.locator(".evaluate-trouble [role=alert]")).to_have_text("! 还没有选择问题。")


@pytest.mark.browser
def test_as_many_passages_as_are_set_are_found_for_the_next_question(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    found = page.locator(".found summary")
    expect(found).to_have_text("3 passages found")
    panel(page, "settings")
    page.locator("#set-n_passages").fill("1")
    page.locator("#set-n_passages").press("Tab")
    expect(page.locator("#set-n_passages")).to_have_attribute("value", "1")
    closed(page)
    ask(page, "Who lives there?")
    expect(found).to_have_text(["3 passages found", "1 passage found"])


@pytest.mark.browser
def test_the_level_below_the_text_box_is_the_same_setting_and_is_kept_by_the_browser(
    page: Page, answerer: Scripted
) -> None:
    page.get_by_text("Strict", exact=True).click()
    page.wait_for_function("JSON.parse(localStorage.getItem('article-qa-settings') ?? '{}').strictness === 'strict'")
    page.get_by_role("button", name="Settings").click()
    expect(page.locator("#settings input[value=strict]")).to_be_checked()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#strictness input:checked")).to_have_value("strict")
    ask(page, "When was the lighthouse built?")
    assert answerer.asked[-1][2] == "strict"
    page.get_by_role("button", name="Settings").click()
    page.locator("#settings input[value=lenient]").check()
    expect(page.locator("#strictness input:checked")).to_have_value("lenient")


@pytest.mark.browser
def test_back_to_the_usual_settings_sets_what_is_asked_next_and_what_the_browser_keeps(
    page: Page, answerer: Scripted
) -> None:
    page.get_by_role("button", name="Settings").click()
    page.locator("#settings").get_by_role("radio", name="Strict", exact=True).check()
    page.get_by_role("spinbutton", name="Passages").fill("2")
    page.get_by_role("spinbutton", name="Passages").press("Tab")
    page.get_by_label("Length of answers").select_option("400")
    page.wait_for_function("JSON.parse(localStorage.getItem('article-qa-settings') ?? '{}').max_tokens === '400'")
    page.get_by_role("button", name="Back to the usual settings").click()
    expect(page.get_by_role("spinbutton", name="Passages")).to_have_value("5")
    expect(page.get_by_label("Length of answers")).to_have_value("160")
    expect(page.locator("#settings").get_by_role("radio", name="Balanced")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#strictness").get_by_role("radio", name="Balanced")).to_be_checked()
    ask(page, "When was the lighthouse built?")
    assert answerer.asked[-1][2] == "balanced"
    page.reload()
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("spinbutton", name="Passages")).to_have_value("5")


@pytest.mark.browser
def test_a_chinese_browser_gets_the_page_in_chinese(context: BrowserContext, address: str) -> None:
    browser = context.browser
    assert browser is not None
    other = browser.new_context(locale="zh-CN")
    page = other.new_page()
    opened(page, address)
    expect(page.locator("#ask")).to_have_text("提问")
    other.close()


@pytest.mark.browser
def test_shortcuts_work_and_are_off_while_typing_and_when_turned_off(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    box = page.locator("#question textarea")
    box.fill("")
    box.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator(".question").click()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".question").click()
    page.keyboard.press("]")
    expect(page.locator("#evidence .badge")).to_have_text("2")
    page.keyboard.press("[")
    expect(page.locator("#evidence .badge")).to_have_text("1")
    page.locator(".question").click()
    page.keyboard.press(".")
    expect(box).to_be_focused()
    page.locator(".question").click()
    page.keyboard.press("+")
    expect(page.locator(".opening")).to_be_visible()
    ask(page, "When was the lighthouse built?")
    page.get_by_role("button", name="Settings").click()
    page.locator("#set-shortcuts").select_option("off")
    page.wait_for_function("JSON.parse(localStorage.getItem('article-qa-settings') ?? '{}').shortcuts === 'off'")
    page.keyboard.press("Escape")
    page.locator(".question").click()
    page.keyboard.press("+")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    expect(page.locator(".exchange")).to_have_count(1)


def asked_by_key(page: Page) -> None:
    """Ask a long question with Enter; the focus stays in the text box."""
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".answer").last).to_contain_text("Step 1 of")
    expect(page.locator("#question textarea")).to_be_focused()


@pytest.mark.browser
def test_escape_in_the_text_box_that_was_just_sent_from_stops_the_answer(page: Page) -> None:
    asked_by_key(page)
    page.keyboard.type("What I")
    page.keyboard.press("Escape")  # it is typed in
    expect(page.locator("#question textarea")).to_have_value("What I")
    expect(page.locator("#stop")).to_be_visible()
    page.locator("#question textarea").fill("")
    page.keyboard.press("Escape")
    expect(page.locator(".stopped")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()


@pytest.mark.browser
def test_escape_closes_what_lies_above_the_page_before_it_stops_the_answer(page: Page) -> None:
    ask(page, "When was the lighthouse built?")
    asked_by_key(page)
    page.locator("[data-panel-name=shelf]").click()
    expect(page.locator("#seek")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#shelf")).to_be_hidden()
    page.locator("#topic summary").press("Enter")
    page.locator("#question textarea").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#topic details")).not_to_have_attribute("open", "")
    point_at(page.locator(".citation").first, page.locator("#quote"))
    page.keyboard.press("Escape")
    expect(page.locator("#quote")).to_be_hidden()
    expect(page.locator("#stop")).to_be_visible()
    page.locator(".question").last.click()
    page.keyboard.press("Escape")
    expect(page.locator(".stopped")).to_be_visible()


@pytest.mark.browser
def test_escape_stops_nothing_where_shortcuts_are_turned_off(page: Page) -> None:
    page.evaluate("localStorage.setItem('article-qa-settings', JSON.stringify({ shortcuts: 'off' }))")
    page.reload()
    page.locator(".opening").wait_for()
    asked_by_key(page)
    page.keyboard.press("Escape")
    expect(page.locator(".answer")).to_contain_text("Step 2 of")
    expect(page.locator("#stop")).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator(".stopped")).to_be_visible()


def test_the_shortcuts_that_are_listed_are_those_that_work() -> None:
    script = Path(qa.ui.__file__).with_name("shortcuts.js").read_text(encoding="utf-8")
    keys = re.search(r"const KEYS = \{(.*?)\n\};", script, re.S)
    assert keys is not None
    works = re.findall(r'^  "(.+?)": \(\) =>', keys[1], re.M)
    assert [key.replace("Esc", "Escape") for key, _ in SHORTCUTS] == works


NOTHING_KEPT = """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
  get() { throw new DOMException(`${name} is blocked`, "SecurityError"); }
});"""
NOTHING_TAKEN = "Storage.prototype.setItem = () => { throw new DOMException('is blocked', 'QuotaExceededError'); };"


@pytest.mark.browser
@pytest.mark.parametrize("script", [NOTHING_KEPT, NOTHING_TAKEN], ids=["blocked", "full"])
def test_where_the_browser_keeps_nothing_of_a_site_the_page_works_all_the_same(
    tab: Page, address: str, script: str
) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.add_init_script(script)
    opened(tab, address)
    ask(tab, "When was the lighthouse built?")
    expect(tab.locator(".answer")).to_contain_text("It was built in 1887")
    panel(tab, "settings")
    tab.get_by_label("Language").select_option("zh")
    expect(tab.locator("#ask")).to_have_text("提问")
    closed(tab)
    tab.locator("#question textarea").fill("")
    tab.locator("#question textarea").blur()
    tab.keyboard.press("?")
    expect(tab.locator("#shortcuts")).to_be_visible()
    closed(tab)
    panel(tab, "settings")
    tab.locator("#set-shortcuts").select_option("off")
    tab.wait_for_function("ofBrowser.values('article-qa-settings').shortcuts === 'off'")
    closed(tab)
    tab.locator(".question").click()
    tab.keyboard.press("?")
    expect(tab.locator("#shortcuts")).to_be_hidden()
    tab.locator("#documents summary").click()
    tab.locator("input[type=file]").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"1, 2."})
    expect(tab.locator("#documents summary")).to_contain_text("3 个文档")
    tab.locator("[data-event=revise]").click()
    expect(tab.locator("#keep")).to_be_visible()
    tab.evaluate("document.dispatchEvent(new CustomEvent('connection-lost'))")
    expect(tab.locator("#pulse .lost")).to_be_visible()
    with tab.expect_response(lambda response: "n_shown" in (response.request.post_data or "")):
        tab.evaluate("document.dispatchEvent(new CustomEvent('connection-back'))")
    expect(tab.locator("#pulse .lost")).to_be_hidden()
    panel(tab, "settings")
    tab.locator("#set-n_passages").fill("2")
    tab.locator("#set-n_passages").press("Tab")
    expect(tab.locator("#set-n_passages")).to_have_attribute("value", "2")  # as the server has it by now
    expect(tab.locator("label[for=set-n_passages]")).to_contain_text("段落数")
    closed(tab)
    expect(tab.locator("#ask")).to_have_text("提问")
    expect(tab.locator("#keep")).to_be_visible()
    expect(tab.locator("#notice")).not_to_contain_text("现在已不在修改之前的问题")
    expect(tab.locator("#notice")).not_to_contain_text("你添加的文档已不在")
    expect(tab.locator("#documents summary")).to_contain_text("3 个文档")
    expect(tab.locator(".answer")).to_contain_text("It was built in 1887")
    assert [error for error in errors if "is blocked" in error] == []
