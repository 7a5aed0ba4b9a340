"""The state that a page is in, held under the rules of axe-core; also a picture of it, where a folder for them is named."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Frame, Page, expect

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RUN = """async (only) => {
  const ending = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map(({ finished }) => finished));
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"], selectors: false, ...(only && { runOnly: [only] }),
  });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`)]);
}"""
CUT_OFF = """() => [...document.querySelectorAll("button, a, input, select, textarea, summary, #quote")]
  .filter((one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .filter((one) => {
    const { left, right, width } = one.getBoundingClientRect();
    return width > 1 && (left < -1 || right > innerWidth + 1);
  })
  .map((one) => one.outerHTML.slice(0, 200))"""
WIDE, NARROW = (1280, 900), (320, 568)
UNROLLED = """@media (max-width: 899px) {
  #foot { position: static !important; }
  .gradio-container { overflow: visible !important; }
  body[data-panel] main.contain .block.panel { position: absolute !important; height: max-content !important; }
  .panel-sheet { height: max-content !important; }
}"""
"""For pictures of a narrow page as a whole: neither the text box nor an open panel ends with the window there."""
IS_DARK = """(dark) => matchMedia("(prefers-color-scheme: dark)").matches === dark
  && (!document.querySelector(".gradio-container") || document.body.classList.contains("dark") === dark)"""
"""Whether the page has the colours that the system asks for; Gradio changes them a moment later."""
PICTURES = os.environ.get("PICTURES_OF_THE_PAGE", "")
"""The folder that a picture of every state goes into that is held under the rules; empty: none are taken."""


def violations(page: Page | Frame, only: str = "") -> list[Any]:
    """Return the serious and critical violations of the page, once what fades in is there; `only` names one rule."""
    if not page.evaluate("Boolean(window.axe)"):  # half a megabyte, sent once to each page
        page.evaluate(f"(() => {{ {AXE} }})()")
    found: list[Any] = page.evaluate(RUN, only)
    if PICTURES and isinstance(page, Page):
        _picture(page, Path(PICTURES))
    return found


def in_both_schemes(page: Page) -> list[Any]:
    """Return the violations dark, of the one rule that looks at colours, and then light, as which it stays."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IS_DARK, arg=True)
    dark = violations(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(IS_DARK, arg=False)
    return dark + violations(page)


def looked_at(page: Page, again: Callable[[Page], None] = lambda _: None, shown: str = "body") -> None:
    """Hold the page under the rules in both schemes, narrow and then wide, as which it stays.

    `again` shows once more what the page puts away where it becomes narrow or wide; `shown` is seen all the while.
    """
    for size in (NARROW, WIDE):
        resized(page, size)
        again(page)
        expect(page.locator(shown)).to_be_visible()
        broken = in_both_schemes(page)
        assert not broken, broken
        fits(page)
        assert page.locator(shown).is_visible()


def resized(page: Page, size: tuple[int, int]) -> None:
    """Make the page as wide and high as `size` says."""
    page.set_viewport_size({"width": size[0], "height": size[1]})


def fits(page: Page) -> None:
    """See to it that nothing is cut off and the page does not scroll sideways; quick also where it is very long."""
    cut_off = page.evaluate(CUT_OFF)
    assert not cut_off, cut_off
    assert page.evaluate("document.documentElement.scrollWidth === innerWidth")


def _picture(page: Page, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    test = re.sub(r"\W+", "-", os.environ["PYTEST_CURRENT_TEST"].rsplit("/", 1)[-1].split(" ")[0])
    number = sum(1 for _ in folder.glob(f"{test}-*")) + 1
    page.screenshot(path=folder / f"{test}-{number}.png", full_page=True, style=UNROLLED)
