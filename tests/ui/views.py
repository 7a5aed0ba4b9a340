"""States of the page that are looked at: each brings an open page there, in whatever language it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from embeddings.build import index_paths
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.ui.scripted import BUILT_IN_ARABIC, LIGHTHOUSE, TRAPS
from tests.ui.test_page import ask

FERRY = (("The ferry of Norderhaven.",), ("It is white.", "The ferry Halla carries forty passengers", "to the island."))
ARABIC = f"{BUILT_IN_ARABIC} يعيش الحارس في الجزيرة.\n\nالضوء يعمل آليًا منذ 1974."
HEBREW = "המגדלור נבנה מגרניט אדום בשנת 1887 על האי. השומר גר באי.\n\nהאור פועל אוטומטית מאז 1974."
CHINESE_ARTICLE = "灯塔建于1887年，用红色花岗岩砌成。灯光在23海里外可见。守塔人住在岛上。"
N_MANY = 500


def store_of_all(folder: Path) -> Store:
    """Return a store with a PDF, texts in five scripts and mark-up that is to stay text."""
    files = folder / "files"
    files.mkdir()
    (files / "ferry.pdf").write_bytes(pdf(FERRY, title="The ferry"))
    texts = {"lighthouse.txt": LIGHTHOUSE, "traps.md": TRAPS, "منارة.txt": ARABIC, "מגדלור.txt": HEBREW}
    for name, text in {**texts, "灯塔.txt": CHINESE_ARTICLE}.items():
        (files / name).write_text(text, encoding="utf-8")
    index_paths([files], folder / "store", HashingEncoder())
    return Store.open(folder / "store")


def store_of_many(folder: Path) -> Store:
    """Return a store of so many documents that their list is long."""
    texts = {f"{n:03}.txt": f"The island number {n} has {n} rare gulls{n}." for n in range(N_MANY)}
    update_store(
        folder, [Document.of(text, path, f"Island {path[:3]}") for path, text in texts.items()], HashingEncoder()
    )
    return Store.open(folder)


def opening(page: Page) -> None:
    """Show the page as it opens."""


def an_answer(page: Page) -> None:
    """Show every kind of sentence, with the first source open."""
    ask(page, "Tell me a mixed story")
    expect(page.locator("#evidence mark.cited")).to_be_visible()


def how_it_was_made(page: Page) -> None:
    """Show how the answer was made, and the passages."""
    page.locator(".how summary").click()
    page.locator(".found summary").click()


def pdf_page(page: Page) -> None:
    """Show a page of a PDF with the cited words."""
    ask(page, "How many passengers carries the ferry Halla?")
    expect(page.locator("#evidence .sheet img")).to_be_visible()


def refusal(page: Page) -> None:
    """Show a question that is not answered."""
    ask(page, "Which mercury lighthouse boils?")
    expect(page.locator(".refusal")).to_be_visible()


def broken_off(page: Page) -> None:
    """Show an answer that broke off, and an error."""
    ask(page, "half of it")
    page.locator("#question textarea").fill(" ")
    page.locator("#ask").click()
    expect(page.locator("#notice [role=alert]")).to_be_visible()


def arabic(page: Page) -> None:
    """Show a question, an answer and a source that are written from right to left."""
    ask(page, "متى بُنيت المنارة من الجرانيت الأحمر؟")
    expect(page.locator("#evidence mark.cited")).to_be_visible()


def hebrew(page: Page) -> None:
    """Show the same in Hebrew, in the text of a document."""
    ask(page, "המגדלור נבנה מגרניט אדום?")
    expect(page.locator("#evidence mark.cited")).to_be_visible()


def documents(page: Page) -> None:
    """Show the list of documents with what can be added, and a file that was not read."""
    page.locator("#documents summary").click()
    page.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"\0"})
    expect(page.locator("#documents .unread")).to_be_visible()


def many_documents(page: Page) -> None:
    """Show a long list."""
    page.locator("#documents summary").click()
    expect(page.locator("#documents .listed").first).to_be_visible()


def conversations(page: Page) -> None:
    """Show the conversations, one of them being renamed."""
    panel(page, "shelf")
    expect(page.locator("#seek")).to_be_focused()


def renaming(page: Page) -> None:
    """Show the field for a new name."""
    page.locator("#shelf [data-event=rename]").first.click()
    expect(page.locator("#shelf .new-name")).to_be_focused()


def settings(page: Page) -> None:
    """Show the settings."""
    panel(page, "settings")
    expect(page.locator("#settings [data-first]")).to_be_focused()


def shortcuts(page: Page) -> None:
    """Show the list of shortcuts."""
    panel(page, "shortcuts")


def export_menu(page: Page) -> None:
    """Show what a conversation can be taken away as."""
    page.locator("#topic summary").click()
    expect(page.locator("#topic [data-event=export]").first).to_be_visible()


def waiting(page: Page) -> None:
    """Show a question that waits for its turn, while another page keeps the only place."""
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()


def panel(page: Page, name: str) -> None:
    page.locator(f"[data-panel-name={name}]").click()
    expect(page.locator(f"#{name} .panel-sheet")).to_be_visible()


def closed(page: Page) -> None:
    """Close whatever panel or menu is open."""
    page.keyboard.press("Escape")
    expect(page.locator(".panel-sheet:visible")).to_have_count(0)


VIEWS: Mapping[str, tuple[Callable[[Page], None], ...]] = {
    "opening": (opening,),
    "documents": (documents,),
    "answer": (an_answer, how_it_was_made),
    "pdf": (pdf_page,),
    "refusal": (refusal, broken_off),
    "right-to-left": (arabic, hebrew),
    "panels": (an_answer, export_menu, closed, conversations, renaming, closed, settings, closed, shortcuts),
}
"""What is done one after the other; each step leaves a state that is looked at."""
