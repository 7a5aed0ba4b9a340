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
from tests.ui.test_page import ask, idle

FERRY = (("The ferry of Norderhaven.",), ("It is white.", "The ferry Halla carries forty passengers", "to the island."))
ARABIC = f"{BUILT_IN_ARABIC} يعيش الحارس في الجزيرة.\n\nالضوء يعمل آليًا منذ 1974."
HEBREW = "המגדלור נבנה מגרניט אדום בשנת 1887 על האי. השומר גר באי.\n\nהאור פועל אוטומטית מאז 1974."
CHINESE_ARTICLE = "灯塔建于1887年，用红色花岗岩砌成。灯光在23海里外可见。守塔人住在岛上。"
N_MANY = 500
PIER = "At the pier Skagen moor nine boats."
WENT_AWAY = "the engine went away; start it again"
COPIED_STAYS = """() => {
  navigator.clipboard.writeText = async () => {};
  const after = window.setTimeout;
  window.setTimeout = (task, ms, ...rest) => (ms === 1500 ? 0 : after(task, ms, ...rest));
}"""
"""Has a button say for ever that its text was copied."""
DRAGGED = """(page, type) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["words"], "words.txt"));
  page.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true }));
}"""


def store_of_all(folder: Path) -> Store:
    """Return a store with a PDF, one whose file has gone, texts in five scripts and mark-up that is to stay text."""
    files = folder / "files"
    files.mkdir()
    (files / "ferry.pdf").write_bytes(pdf(FERRY, title="The ferry"))
    (files / "pier.pdf").write_bytes(pdf([(PIER,)], title="The pier"))
    texts = {"lighthouse.txt": LIGHTHOUSE, "traps.md": TRAPS, "منارة.txt": ARABIC, "מגדלור.txt": HEBREW}
    for name, text in {**texts, "灯塔.txt": CHINESE_ARTICLE}.items():
        (files / name).write_text(text, encoding="utf-8")
    index_paths([files], folder / "store", HashingEncoder())
    (files / "pier.pdf").unlink()
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


def copied(page: Page) -> None:
    """Show that the answer was copied, for as long as the page is open."""
    page.evaluate(COPIED_STAYS)
    page.locator("[data-copy]").first.click()
    expect(page.locator("[data-copy][data-busy]")).to_be_visible()


def liked(page: Page) -> None:
    """Show an answer that was called good, with the field for why, and copied."""
    page.locator("[data-event=judge][data-item=up]").first.click()
    expect(page.locator(".thumb.up[aria-pressed=true]")).to_be_visible()
    expect(page.locator(".reason")).to_be_visible()
    copied(page)


def how_it_was_made(page: Page) -> None:
    """Show how the answer was made, and the passages."""
    page.locator(".how summary").click()
    page.locator(".found summary").click()


def judged(page: Page) -> None:
    """Show the field for what is wrong with an answer."""
    page.locator("[data-event=judge][data-item=down]").first.click()
    expect(page.locator(".thumb.down[aria-pressed=true]")).to_be_visible()
    expect(page.locator(".reason")).to_be_visible()


def quote_shown(page: Page) -> None:
    """Show the quote beside a mark that was reached by key."""
    page.locator(".citation").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#quote")).to_be_visible()


def editing(page: Page) -> None:
    """Show what becomes of the answer to a question that is being changed."""
    page.locator("[data-event=revise]").first.click()
    expect(page.locator("#notice .note")).to_be_visible()


def asked_alone(page: Page) -> None:
    """Show the answer to a question that was asked without the conversation before it."""
    ask(page, "When was the lighthouse built?")
    ask(page, "Who lives there?")
    page.locator(".how summary").last.click()
    page.locator("[data-event=alone]").click()
    expect(page.locator(".asked-with")).to_be_visible()
    idle(page)


def pdf_page(page: Page) -> None:
    """Show a page of a PDF with the cited words."""
    ask(page, "How many passengers carries the ferry Halla?")
    expect(page.locator("#evidence .sheet img")).to_be_visible()


def text_chosen(page: Page) -> None:
    """Show the text of a PDF whose pages could be shown."""
    page.locator(".citation").first.click()
    page.locator("#evidence .source-bar [data-page='0']").click()
    expect(page.locator("#evidence .sheet")).to_have_count(0)
    expect(page.locator("#evidence mark.cited")).to_be_visible()


def pdf_text(page: Page) -> None:
    """Show the text of a PDF, and why it is not drawn."""
    ask(page, "How many boats moor at the pier Skagen?")
    expect(page.locator("#evidence mark.cited")).to_have_text(PIER)
    expect(page.locator("#evidence .source-bar")).to_be_visible()
    expect(page.locator("#evidence .sheet")).to_have_count(0)


def refusal(page: Page) -> None:
    """Show a question that is not answered."""
    ask(page, "Which mercury lighthouse boils?")
    expect(page.locator(".refusal")).to_be_visible()


def loosened(page: Page) -> None:
    """Show the reply to a refused question that was asked again more loosely."""
    page.locator("[data-event=looser]").click()
    expect(page.locator(".asked-with")).to_be_visible()
    idle(page)


def broken_off(page: Page) -> None:
    """Show an answer that broke off, with the words that were written, and why."""
    ask(page, "half of it")
    expect(page.locator(".answer").last).to_have_text("These words come before it breaks.")
    expect(page.locator(".exchange").last.locator(".trouble")).to_contain_text(WENT_AWAY)
    expect(page.locator("#notice [role=alert]")).to_contain_text(WENT_AWAY, ignore_case=True)


def nothing_asked(page: Page) -> None:
    """Show what is told of a question without words."""
    page.locator("#question textarea").fill(" ")
    page.locator("#ask").click()
    expect(page.locator("#notice [role=alert]")).not_to_contain_text(WENT_AWAY, ignore_case=True)


def arabic(page: Page) -> None:
    """Show a question, an answer and a source that are written from right to left."""
    ask(page, "متى بُنيت المنارة من الجرانيت الأحمر؟")
    expect(page.locator("#evidence mark.cited")).to_be_visible()


def hebrew(page: Page) -> None:
    """Show the same in Hebrew, in the text of a document."""
    ask(page, "המגדלור נבנה מגרניט אדום?")
    expect(page.locator("#evidence mark.cited")).to_be_visible()


def chinese(page: Page) -> None:
    """Show the same in Chinese, which has no blanks between its words."""
    ask(page, "灯塔建于1887年，用红色花岗岩砌成？")
    expect(page.locator("#evidence mark.cited")).to_have_text(CHINESE_ARTICLE.partition("。")[0] + "。")


def documents(page: Page) -> None:
    """Show the list of documents with what can be added, and a file that was not read."""
    page.locator("#documents summary").click()
    page.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"\0"})
    expect(page.locator("#documents .unread")).to_be_visible()


def added(page: Page) -> None:
    """Show what was added."""
    page.locator("input[type=file]").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"1, 2."})
    expect(page.locator("#documents .tag")).to_be_visible()
    expect(page.locator("#notice .note")).to_be_visible()


def removed(page: Page) -> None:
    """Show that a document which was removed can be brought back."""
    page.locator("#documents [data-event=remove]").click()
    expect(page.locator("#documents .removed")).to_be_visible()


def dragged(page: Page) -> None:
    """Show that files can be let go of here."""
    page.locator(".gradio-container").evaluate(DRAGGED, "dragenter")
    expect(page.locator(".dropping")).to_have_count(1)


def many_documents(page: Page) -> None:
    """Show a long list."""
    page.locator("#documents summary").click()
    expect(page.locator("#documents .listed").first).to_be_visible()


def conversations(page: Page) -> None:
    """Show the conversations, one of them being renamed."""
    panel(page, "shelf")
    expect(page.locator("#seek")).to_be_focused()


def no_conversations(page: Page) -> None:
    """Show the list of conversations where there is none."""
    conversations(page)
    expect(page.locator("#shelf .none")).to_be_visible()


def renaming(page: Page) -> None:
    """Show the field for a new name."""
    page.locator("#shelf [data-event=rename]").first.click()
    expect(page.locator("#shelf .new-name")).to_be_focused()


def deleted(page: Page) -> None:
    """Show that what was deleted can be brought back."""
    page.locator("#shelf [data-event=delete]").first.click()
    expect(page.locator("#shelf [data-event=undo]")).to_be_visible()


def sought(page: Page) -> None:
    """Show conversations that have the words that were looked for."""
    page.locator("#seek").fill("silver watch")
    expect(page.locator("#shelf .found-words")).to_be_visible()


def none_found(page: Page) -> None:
    """Show that no conversation has the words."""
    page.locator("#seek").fill("gulls417")
    expect(page.locator("#shelf .none")).to_be_visible()


def settings(page: Page) -> None:
    """Show the settings."""
    panel(page, "settings")
    expect(page.locator("#settings [data-first]")).to_be_focused()


def refused_value(page: Page) -> None:
    """Show a value that cannot be set, and why."""
    page.locator("#set-n_passages").fill("0")
    page.locator("#set-n_passages").press("Tab")
    expect(page.locator("#settings .setting ~ .trouble")).not_to_be_empty()


def shortcuts(page: Page) -> None:
    """Show the list of shortcuts."""
    panel(page, "shortcuts")


def export_menu(page: Page) -> None:
    """Show what a conversation can be taken away as."""
    page.locator("#topic summary").click()
    expect(page.locator("#topic [data-event=export]").first).to_be_visible()


def exported(page: Page, folder: Path) -> Path:
    """Return the file of the conversation as a web page."""
    export_menu(page)
    with page.expect_download() as download:
        page.locator("[data-event=export][data-item=html]").click()
    path = folder / "exported.html"
    download.value.save_as(path)
    return path


def waiting(page: Page) -> None:
    """Show a question that waits for its turn, while another page keeps the only place."""
    page.locator("#question textarea").fill("Tell me the long way up")
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()


def panel(page: Page, name: str) -> None:
    page.locator(f"[data-panel-name={name}]").click()
    expect(page.locator(f"#{name} .panel-sheet")).to_be_visible()


def closed(page: Page) -> None:
    """Close whatever panel or menu is open, out of the field of a name that is being changed."""
    if page.locator(".new-name:visible").count():
        page.keyboard.press("Escape")
        expect(page.locator(".new-name")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".panel-sheet:visible")).to_have_count(0)


VIEWS: Mapping[str, tuple[Callable[[Page], None], ...]] = {
    "opening": (opening,),
    "documents": (documents, added, removed, dragged),
    "answer": (an_answer, how_it_was_made, liked, judged, quote_shown, editing),
    "follow-up": (asked_alone,),
    "pdf": (pdf_page, pdf_text, text_chosen),
    "refusal": (refusal, loosened, broken_off, nothing_asked),
    "right-to-left": (arabic, hebrew),
    "chinese": (chinese,),
    "panels": (
        no_conversations,
        closed,
        an_answer,
        export_menu,
        closed,
        conversations,
        renaming,
        closed,
        settings,
        refused_value,
        closed,
        shortcuts,
        closed,
        conversations,
        sought,
        none_found,
        closed,
        conversations,
        deleted,
    ),
}
"""What is done one after the other; each step but `closed` leaves a state that is looked at."""

MAIN = (opening, documents, how_it_was_made, refusal, settings)
"""States that are looked at in Chinese too."""

PUT_AWAY: Mapping[Callable[[Page], None], str] = {quote_shown: "#quote"}
"""What the page puts away where it becomes narrow or wide, by the step that shows it again."""
