"""Choosing another model in the settings, while the old one answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from embeddings.errors import WeightsError
from embeddings.types import Progress
from qa.generate import Engine
from qa.opening import Opening
from qa.switching import Choice, Shortage, Switching
from qa.ui.model_choice import models_html
from qa.ui.texts import ENGLISH, Texts
from tests.qa.test_switching import Loading, seen, switching_of, with_engine
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at, violations
from tests.ui.test_judging import READ_OUT
from tests.ui.test_page import ask

CHOICES = (
    Choice("qwen2.5-coder-1.5b", 1_117_320_768, is_here=True),
    Choice("smollm2-135m", 98_362_432, is_here=False),
    Choice("<b>mine</b>.gguf", 0, is_here=True),
)


@pytest.fixture
def loading() -> Iterator[Loading]:
    loading = Loading()
    yield loading
    loading.may_end.set()


@pytest.fixture
def opening(tmp_path: Path, loading: Loading) -> Opening:
    opening = Opening.of(with_engine(tmp_path, "qwen2.5-coder-1.5b"))
    opening.switching = Switching(opening, "qwen2.5-coder-1.5b", lambda: CHOICES, loading)
    return opening


def rows(html: str) -> list[str]:
    """Return the words of each model."""
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in re.findall("<li>(.*?)</li>", html)]


def test_each_model_says_how_large_it_is_whether_it_is_here_and_what_would_be_fetched(opening: Opening) -> None:
    html = models_html(opening, ENGLISH)
    assert rows(html) == [
        "qwen2.5-coder-1.5b the usual one · 1,117 MB · on this machine ✓ In use",
        "smollm2-135m small and weak, for trying things out · 98 MB · not on this machine Fetch 98 MB and use it",
        "&lt;b&gt;mine&lt;/b&gt;.gguf on this machine Use",
    ]
    assert "<b>mine" not in html
    assert "for everyone who uses this page" in html
    assert html.count('data-event="fetch_model"') == html.count('data-event="model"') == 1


def test_where_fetching_is_switched_off_it_is_not_offered(opening: Opening, loading: Loading) -> None:
    opening.switching = Switching(opening, "qwen2.5-coder-1.5b", lambda: CHOICES, loading, can_fetch=False)
    html = models_html(opening, ENGLISH)
    assert 'data-event="fetch_model"' not in html
    assert "Fetching is switched off." in html


def test_where_the_model_cannot_be_changed_it_is_named(opening: Opening) -> None:
    opening.switching = None
    html = models_html(opening, ENGLISH)
    assert "<code>qwen2.5-coder-1.5b</code>" in html
    assert "article-qa serve --model NAME" in html
    assert "data-event" not in html


def scarce(opening: Opening, loading: Loading, free_bytes: int) -> Switching:
    """Have so much memory free."""
    opening.switching = Switching(opening, "qwen2.5-coder-1.5b", lambda: CHOICES, loading, available=lambda: free_bytes)
    return opening.switching


@pytest.mark.parametrize(
    ("free_bytes", "told"),
    [
        # 3.4 times 98 MB, and 150 MB; without the old one, 1.6 times 1,117 MB more are free
        (
            300_000_000,
            "! smollm2-135m needs about 484 MB of memory to be loaded, and beside qwen2.5-coder-1.5b about 300 MB is "
            "free. In its place it fits: qwen2.5-coder-1.5b is let go first, and questions wait until smollm2-135m is "
            "there. Load it in place of qwen2.5-coder-1.5b Cancel",
        ),
        (500_000_000, ""),
    ],
)
def test_what_does_not_fit_beside_the_old_model_is_told_with_a_way_on(
    opening: Opening, loading: Loading, free_bytes: int, told: str
) -> None:
    shortage = scarce(opening, loading, free_bytes).shortage("smollm2-135m", may_fetch=True)
    assert short(models_html(opening, ENGLISH, shortage)) == told
    assert loading.calls == []


def test_what_hardly_fits_even_without_the_old_model_is_told_so(opening: Opening, loading: Loading) -> None:
    shortage = Shortage("smollm2-135m", True, 484_000_000, 100_000_000, 300_000_000)
    told = short(models_html(opening, ENGLISH, shortage))
    assert (
        "Without qwen2.5-coder-1.5b, about 300 MB would be free: loading may fail, and qwen2.5-coder-1.5b is loaded "
        "again then."
    ) in told
    switching = switching_of(opening)
    switching.begin("smollm2-135m", may_fetch=True)  # somebody else
    assert short(models_html(opening, ENGLISH, shortage)) == ""


def test_a_model_s_name_never_comes_alive_where_the_memory_is_short(opening: Opening, loading: Loading) -> None:
    name = "<img src=x onerror=alert(1)>"
    opening.switching = Switching(opening, name, lambda: CHOICES, loading)
    html = models_html(opening, ENGLISH, Shortage(name, True, 484_000_000, 100_000_000, 300_000_000))
    assert "<img" not in html
    assert "Load it in place of &lt;img src=x onerror=alert(1)&gt;" in html


def short(html: str) -> str:
    """Return the words about the memory."""
    found = re.findall(r'<div class="model-short".*?</div></div>', html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(found))).strip()


@pytest.mark.parametrize("state", ["at rest", "coming", "failed", "short", "short for both"])
def test_in_chinese_only_names_are_english(opening: Opening, loading: Loading, state: str) -> None:
    switching = switching_of(opening)
    if state == "failed":
        loading.error = WeightsError("{why}; going on without it", why=WeightsError("it is empty"))
        loading.may_end.set()
    if state in ("coming", "failed"):
        switching.begin("smollm2-135m", may_fetch=True)
        seen(opening, lambda: bool(switching.failed if state == "failed" else switching.step.what))
    freed_bytes = 100_000_000 if state == "short" else 10_000_000
    shortage = Shortage("smollm2-135m", True, 99_000_000, 1_000_000, freed_bytes) if "short" in state else None
    html = models_html(opening, Texts("zh"), shortage)
    assert bool(short(html)) == ("short" in state)
    told = re.sub(r"<bdi.*?</bdi>|<[^>]+>|qwen2.5-coder-1.5b|smollm2-135m|Hub|MB", "", html)
    assert not re.search("[A-Za-z]{2}", told), told
    names = re.findall(r'aria-label="([^"]*)"', html)
    assert all(re.search("[\u4e00-\u9fff]", name) for name in names)


@pytest.mark.browser
def test_another_model_answers_once_it_is_there_and_the_old_one_until_then(
    browser: Browser, opening: Opening, loading: Loading
) -> None:
    with served(opening) as address:
        people = [browser.new_context(reduced_motion="reduce").new_page() for _ in range(2)]
        for page in people:
            opened(page, address)
        page, other = people
        page.get_by_role("button", name="Settings").click()
        models = page.locator("#settings .models")
        expect(models.locator("li").first).to_contain_text("In use")
        assert violations(page) == []
        models.get_by_role("button", name="Fetch 98 MB and use the model smollm2-135m").click()
        expect(models.locator(".model-step")).to_contain_text("Fetching b from the Hub")
        expect(models.locator(".model-step")).to_contain_text("Until it is there, qwen2.5-coder-1.5b answers.")
        expect(models.get_by_role("button", name="Use the model <b>mine")).to_have_attribute("aria-disabled", "true")
        looked_at(page)
        page.keyboard.press("Escape")
        expect(page.locator("#pulse")).to_contain_text("Until it is there, qwen2.5-coder-1.5b answers.")
        expect(other.locator("#pulse")).to_contain_text("Until it is there, qwen2.5-coder-1.5b answers.")
        looked_at(page)
        ask(page, "When was the lighthouse built?")
        expect(page.locator(".facts")).to_contain_text("qwen2.5-coder-1.5b")

        loading.may_end.set()
        expect(page.locator("#notice")).to_have_text("From now on, smollm2-135m answers.")
        expect(page.locator(".opening-step")).to_have_count(0)
        expect(other.locator(".opening-step")).to_have_count(0)
        expect(other.locator("#notice")).to_have_text("")
        ask(page, "Who lives there?")
        expect(page.locator(".facts").last).to_contain_text("smollm2-135m")
        other.get_by_role("button", name="Settings").click()
        expect(other.locator("#settings .models li").nth(1)).to_contain_text("In use")
        assert loading.calls == [("smollm2-135m", True)]
        for each in people:
            each.context.close()


@pytest.mark.browser
def test_a_model_that_cannot_be_had_is_told_in_one_sentence_and_the_old_one_stays(
    tab: Page, opening: Opening, loading: Loading
) -> None:
    loading.error = WeightsError("the weights of it could not be fetched; check the network")
    with served(opening) as address:
        opened(tab, address)
        tab.get_by_role("button", name="Settings").click()
        models = tab.locator("#settings .models")
        models.get_by_role("button", name="Use the model <b>mine").click()
        expect(models.locator(".model-step")).to_be_visible()
        loading.may_end.set()
        told = "<b>mine</b>.gguf could not be loaded: the weights of it could not be fetched; check the network"
        expect(models.locator("[role=alert]")).to_have_text(told)
        expect(tab.locator("#notice .alert")).to_have_count(1)
        assert tab.evaluate(READ_OUT, told) == 1
        expect(models.locator("li").first).to_contain_text("In use")
        looked_at(tab)
        tab.keyboard.press("Escape")
        expect(tab.locator("#notice .alert")).to_contain_text(told)
        ask(tab, "When was the lighthouse built?")
        expect(tab.locator(".facts")).to_contain_text("qwen2.5-coder-1.5b")
        assert loading.calls == [("<b>mine</b>.gguf", False)]
        tab.goto("about:blank")


@pytest.mark.browser
def test_a_change_is_taken_back_and_what_is_typed_meanwhile_stays(
    tab: Page, opening: Opening, loading: Loading
) -> None:
    with served(opening) as address:
        opened(tab, address)
        tab.get_by_role("button", name="Settings").click()
        models = tab.locator("#settings .models")
        models.get_by_role("button", name="Fetch 98 MB").click()
        expect(models.locator(".model-step")).to_contain_text("Fetching b from the Hub")
        field = tab.get_by_label("Passages")
        field.focus()
        field.fill("1")
        tab.wait_for_timeout(2500)  # the settings are written anew each second
        expect(field).to_have_value("1")
        expect(field).to_be_focused()
        field.press("Tab")
        expect(tab.locator("#set-n_passages")).to_have_attribute("value", "1")
        models.get_by_role("button", name="Cancel the change of the model").click()
        expect(models.locator(".model-step")).to_have_count(0)
        expect(models.locator("li").first).to_contain_text("In use")
        tab.keyboard.press("Escape")
        expect(tab.locator("#notice")).to_have_text("")
        tab.goto("about:blank")


@pytest.mark.browser
def test_a_model_that_does_not_fit_is_loaded_in_place_of_the_old_one_and_questions_wait(
    tab: Page, opening: Opening, loading: Loading
) -> None:
    scarce(opening, loading, 300_000_000)
    with served(opening) as address:
        opened(tab, address)
        tab.get_by_role("button", name="Settings").click()
        models = tab.locator("#settings .models")
        use = models.get_by_role("button", name="Fetch 98 MB and use the model smollm2-135m")
        use.click()
        short = models.get_by_role("alert").filter(has_text="of memory to be loaded")
        expect(short).to_contain_text("beside qwen2.5-coder-1.5b about 300 MB is free")
        assert loading.calls == []
        looked_at(tab)
        short.get_by_role("button", name="Cancel the change of the model").click()
        expect(short).to_have_count(0)
        use.click()
        expect(short).to_have_count(1)
        tab.keyboard.press("Escape")
        tab.get_by_role("button", name="Settings").click()
        expect(short).to_have_count(0)
        use.click()
        short.get_by_role("button", name="Load it in place of qwen2.5-coder-1.5b").click()
        expect(short).to_have_count(0)
        expect(models.locator(".model-step")).to_contain_text("Fetching b from the Hub")
        expect(models.locator(".model-step")).to_contain_text("your question is answered as soon as this is done")
        looked_at(tab)
        tab.keyboard.press("Escape")
        expect(tab.locator("#pulse .opening-step")).to_contain_text("Fetching b from the Hub")
        tab.locator("#question textarea").fill("When was the lighthouse built?")
        tab.keyboard.press("Enter")
        expect(tab.locator("#conversation")).to_contain_text("Waiting until the model is loaded")
        looked_at(tab)
        loading.may_end.set()
        expect(tab.locator(".facts")).to_contain_text("smollm2-135m")
        expect(tab.locator(".opening-step")).to_have_count(0)
        assert loading.calls == [("smollm2-135m", True)]
        tab.goto("about:blank")


@pytest.mark.browser
def test_in_place_where_the_new_model_cannot_be_had_the_old_one_is_loaded_again_and_that_is_told(
    tab: Page, opening: Opening, loading: Loading
) -> None:
    def load(name: str, progress: Progress, may_fetch: bool) -> Engine:
        loading.error = WeightsError("the weights are broken") if name.startswith("smollm2") else None
        return loading(name, progress, may_fetch)

    opening.switching = Switching(opening, "qwen2.5-coder-1.5b", lambda: CHOICES, load, available=lambda: 300_000_000)
    loading.may_end.set()
    with served(opening) as address:
        opened(tab, address)
        tab.get_by_role("button", name="Settings").click()
        models = tab.locator("#settings .models")
        models.get_by_role("button", name="Fetch 98 MB and use the model smollm2-135m").click()
        models.get_by_role("button", name="Load it in place of qwen2.5-coder-1.5b").click()
        expect(models.get_by_role("alert")).to_have_text("smollm2-135m could not be loaded: the weights are broken")
        expect(models.locator("li").first).to_contain_text("In use")
        tab.keyboard.press("Escape")
        ask(tab, "When was the lighthouse built?")
        expect(tab.locator(".facts")).to_contain_text("qwen2.5-coder-1.5b")
        assert [name for name, _ in loading.calls] == ["smollm2-135m", "qwen2.5-coder-1.5b"]
        tab.goto("about:blank")
