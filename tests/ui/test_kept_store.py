"""Documents that people add to the store that was named at the start: kept in it, and found by everybody."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from embeddings.errors import StoreBusy, StoreError
from embeddings.files import ADDED
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import remove_from_store, update_store
from embeddings.write import writing
from qa.call import sources_of
from qa.opening import Opening
from qa.temporary import IN_USE, PREFIX, YOUNG_S
from qa.ui.kept_store import ASIDE, KeptStore, Removed
from qa.ui.sessions import Sessions
from qa.ui.uploads import KeptUploads, Uploads
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.ui.conftest import opened, served
from tests.ui.rules import looked_at
from tests.ui.scripted import LIGHTHOUSE, Scripted, small_store
from tests.ui.test_documents import DROP, FERRY, answers_from_the_ferry


@pytest.fixture
def kept(tmp_path: Path) -> KeptStore:
    return KeptStore(small_store(tmp_path / "store"), HashingEncoder())


def written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode())
    return path


def paths(store: Store) -> set[str]:
    return {document.path for document in store.documents.values()} - {"lighthouse.txt", "notes/<i>traps</i>.md"}


def there(kept: KeptStore) -> list[str]:
    files = [path for path in kept.folder.rglob("*") if path.is_file() and path.name != IN_USE]
    return sorted(path.relative_to(kept.folder).as_posix() for path in files)


def test_a_document_is_copied_into_the_store_and_there_after_a_restart(kept: KeptStore, tmp_path: Path) -> None:
    file = written(tmp_path, "ferry.txt", FERRY)
    (document,) = kept.add([file]).documents
    file.unlink()
    assert (document.path, document.text) == ("added/ferry.txt", FERRY)
    assert (kept.folder / "ferry.txt").read_text(encoding="utf-8") == FERRY
    again = KeptStore(Store.open(tmp_path / "store"), HashingEncoder())
    assert paths(again.store) == {"added/ferry.txt"}
    assert again.added == {document.doc_id: ("added/ferry.txt",)}
    state = again.store.file_under("added/ferry.txt")
    assert state is not None
    assert (Path(state.source), state.size) == (kept.folder / "ferry.txt", len(FERRY))


def test_a_file_never_takes_the_place_of_another_of_its_name(kept: KeptStore, tmp_path: Path) -> None:
    kept.add([written(tmp_path / "x", "a.txt", "One text.")])
    kept.add([written(tmp_path / "y", "a.txt", "Another text."), written(tmp_path / "z", "a.txt", "A third.")])
    kept.add([written(tmp_path / "w", "a.txt", "One text.")])  # the same file again
    texts = {document.path: document.text for document in kept.store.documents.values()}
    assert {path: text for path, text in texts.items() if path.startswith("added/")} == {
        "added/a.txt": "One text.",
        "added/a (2).txt": "Another text.",
        "added/a (3).txt": "A third.",
    }
    assert there(kept) == ["a (2).txt", "a (3).txt", "a.txt"]


def test_a_hidden_name_is_shown_and_what_cannot_be_read_is_not_copied(kept: KeptStore, tmp_path: Path) -> None:
    loaded = kept.add([written(tmp_path, ".removed", "A text."), written(tmp_path, "bad.png", "\0\1")])
    assert [document.path for document in loaded.documents] == ["added/removed"]
    assert [skipped.path for skipped in loaded.skipped] == ["bad.png"]
    assert there(kept) == ["removed"]


def taken(kept: KeptStore, document: Document) -> Removed:
    removed = kept.remove(document.doc_id)
    assert removed is not None
    return removed


def test_what_is_removed_is_found_no_more_until_it_is_brought_back(kept: KeptStore, tmp_path: Path) -> None:
    (document,) = kept.add([written(tmp_path, "ferry.txt", FERRY)]).documents
    removed = taken(kept, document)
    assert (removed.document, removed.paths) == (document, ("added/ferry.txt",))
    assert paths(kept.store) == paths(Store.open(tmp_path / "store")) == set()
    (own,) = (kept.folder / ASIDE).iterdir()
    assert there(kept) == [f"{ASIDE}/{own.name}/{removed.number}-ferry.txt"]
    kept.restore(removed)
    assert kept.store.documents[document.doc_id] == document
    assert there(kept) == ["ferry.txt"]
    removed = taken(kept, document)
    kept.forget(removed)
    kept.restore(removed)
    assert (there(kept), paths(kept.store)) == ([], set())


def test_what_is_brought_back_leaves_a_newer_file_of_its_name_alone(kept: KeptStore, tmp_path: Path) -> None:
    (old,) = kept.add([written(tmp_path / "x", "a.txt", "The old text.")]).documents
    removed = taken(kept, old)
    kept.add([written(tmp_path / "y", "a.txt", "The new text.")])
    kept.restore(removed)
    assert {document.path: document.text for document in kept.store.documents.values() if ADDED in document.path} == {
        "added/a.txt": "The new text.",
        "added/a (2).txt": "The old text.",
    }


def test_at_the_start_is_deleted_what_lay_aside_when_a_program_was_killed_and_nothing_that_others_may_bring_back(
    kept: KeptStore, tmp_path: Path
) -> None:
    (document,) = kept.add([written(tmp_path, "ferry.txt", FERRY)]).documents
    removed = taken(kept, document)
    (own,) = (kept.folder / ASIDE).iterdir()
    left = shutil.copytree(own, own.with_name(f"{PREFIX}left"))
    for folder in (own, left):
        os.utime(folder / IN_USE, (time.time() - 2 * YOUNG_S,) * 2)
    (kept.folder / ASIDE / "1-loose.txt").write_text("As versions before put it there.", encoding="utf-8")
    second = KeptStore(Store.open(tmp_path / "store"), HashingEncoder())
    assert list((kept.folder / ASIDE).iterdir()) == [own]
    kept.restore(removed)
    assert there(second) == ["ferry.txt"]
    assert FERRY in {document.text for document in kept.store.documents.values()}


def test_when_the_program_ends_what_lies_aside_is_deleted_and_nothing_else(kept: KeptStore, tmp_path: Path) -> None:
    (document, _) = kept.add([written(tmp_path, "ferry.txt", FERRY), written(tmp_path, "a.txt", "It stays.")]).documents
    removed = taken(kept, document)
    ended = threading.Thread(target=kept.close)  # by another thread than began it
    ended.start()
    ended.join()
    assert list((kept.folder / ASIDE).iterdir()) == []
    kept.restore(removed)
    assert there(kept) == ["a.txt"]
    taken(kept, next(document for document in kept.store.documents.values() if document.text == "It stays."))
    assert [Path(path).name for path in there(kept)] == ["2-a.txt"]


def test_what_was_in_the_store_before_cannot_be_removed_also_where_it_is_added_again(
    kept: KeptStore, tmp_path: Path
) -> None:
    (lighthouse,) = [doc_id for doc_id, document in kept.store.documents.items() if document.text == LIGHTHOUSE]
    assert kept.remove(lighthouse) is None
    kept.add([written(tmp_path, "mine.txt", LIGHTHOUSE)])
    assert kept.remove(lighthouse) is None
    assert lighthouse in kept.store.documents


def test_while_another_program_writes_nothing_is_changed_and_that_is_said(
    kept: KeptStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.ui.kept_store.WAIT_S", 0.0)
    (document,) = kept.add([written(tmp_path, "ferry.txt", FERRY)]).documents
    with writing(tmp_path / "store"):
        with pytest.raises(StoreBusy, match="being written to by another program"):
            kept.add([written(tmp_path, "other.txt", "Another text.")])
        with pytest.raises(StoreBusy, match="being written to by another program"):
            kept.remove(document.doc_id)
    assert there(kept) == ["ferry.txt"]
    assert paths(kept.store) == {"added/ferry.txt"}
    removed = taken(kept, document)
    with writing(tmp_path / "store"), pytest.raises(StoreBusy, match="being written to by another program"):
        kept.restore(removed)
    kept.restore(removed)
    assert there(kept) == ["ferry.txt"]
    assert paths(kept.store) == {"added/ferry.txt"}


def test_the_last_document_of_a_store_stays(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    update_store(folder, [Document.of(FERRY, "ferry.txt", "Ferry")], HashingEncoder())
    kept = KeptStore(Store.open(folder), HashingEncoder())
    (document,) = kept.add([written(tmp_path, "island.txt", "The island.")]).documents
    remove_from_store(folder, ["ferry.txt"], HashingEncoder())
    kept = KeptStore(Store.open(folder), HashingEncoder())
    with pytest.raises(StoreError, match=r"^a store is never empty; add another document"):
        kept.remove(document.doc_id)
    assert paths(kept.store) == {"added/island.txt"}


def test_what_another_program_added_meanwhile_stays(kept: KeptStore, tmp_path: Path) -> None:
    KeptStore(Store.open(tmp_path / "store"), HashingEncoder()).add([written(tmp_path, "theirs.txt", "Their text.")])
    kept.add([written(tmp_path, "ours.txt", "Our text.")])
    assert paths(kept.store) == {"added/theirs.txt", "added/ours.txt"}


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(Opening.of(Scripted(small_store(tmp_path / "store"))), keeps_added=True)


def test_everybody_finds_what_one_adds_and_only_who_removed_it_can_bring_it_back(
    sessions: Sessions, tmp_path: Path
) -> None:
    one, other = sessions.of("one"), sessions.of("other")
    before = other.shared_documents
    (document,) = one.add([written(tmp_path, "ferry.txt", FERRY)]).documents
    assert other.shared_documents != before
    assert document.doc_id in other.uploads.asked.documents
    assert [row.document.path for row in other.uploads.listed() if row.is_own] == ["added/ferry.txt"]
    assert (set(one.uploads.own), set(other.uploads.own)) == ({document.doc_id}, set[str]())
    other.uploads.remove(document.doc_id)
    assert [row.is_removed for row in other.uploads.listed()] == [True, False, False]
    assert [row.is_removed for row in one.uploads.listed()] == [False, False]
    one.uploads.restore(document.doc_id)
    assert document.doc_id not in one.uploads.store.documents
    other.uploads.restore(document.doc_id)
    assert document.doc_id in one.uploads.asked.documents


def test_each_of_two_who_removed_the_same_text_can_bring_it_back_until_they_close_the_page(
    sessions: Sessions, tmp_path: Path
) -> None:
    one, other = sessions.of("one"), sessions.of("other")
    (document,) = one.add([written(tmp_path, "ferry.txt", FERRY)]).documents
    one.uploads.remove(document.doc_id)
    other.add([written(tmp_path, "other name.txt", FERRY)])
    other.uploads.remove(document.doc_id)
    one.close()
    other.uploads.restore(document.doc_id)
    assert other.uploads.store.documents[document.doc_id].path == "added/other name.txt"
    added = other.uploads.store.folder / ADDED
    assert [path.name for path in added.rglob("*") if path.is_file() and path.name != IN_USE] == ["other name.txt"]


def test_what_a_person_leaves_out_stays_left_out_when_others_add(sessions: Sessions, tmp_path: Path) -> None:
    one, other = sessions.of("one"), sessions.of("other")
    first = next(iter(one.documents))
    one.uploads.ask([first], wanted=False)
    other.add([written(tmp_path, "ferry.txt", FERRY)])
    assert first not in one.uploads.asked.documents
    assert len(one.uploads.asked.documents) == 2


def test_what_is_brought_back_by_two_presses_at_once_is_there_once(sessions: Sessions, tmp_path: Path) -> None:
    session = sessions.of("one")
    file = tmp_path / "a.txt"
    file.write_text("Words.", encoding="utf-8")
    (document,) = session.add([file]).documents
    session.uploads.remove(document.doc_id)
    presses = [threading.Thread(target=session.uploads.restore, args=[document.doc_id]) for _ in range(2)]
    failed: list[object] = []
    hook, threading.excepthook = threading.excepthook, failed.append
    try:
        for press in presses:
            press.start()
        for press in presses:
            press.join()
    finally:
        threading.excepthook = hook
    assert failed == []
    assert document.doc_id in session.uploads.store.documents


def test_with_its_session_what_was_removed_is_deleted_and_what_was_added_stays(
    sessions: Sessions, tmp_path: Path
) -> None:
    session = sessions.of("one")
    added = session.add([written(tmp_path, "ferry.txt", FERRY), written(tmp_path, "stays.txt", "It stays.")])
    session.uploads.remove(added.documents[0].doc_id)
    sessions.close()
    folder = tmp_path / "store" / ADDED
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["stays.txt"]
    assert paths(Store.open(tmp_path / "store")) == {"added/stays.txt"}


def test_the_pages_of_a_pdf_are_drawn_from_the_copy(sessions: Sessions, tmp_path: Path) -> None:
    session = sessions.of("one")
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf([("First words.",)]))
    (document,) = session.add([file]).documents
    file.unlink()
    assert isinstance(session.uploads, KeptUploads)
    assert session.uploads.file_of(document.doc_id) == (tmp_path / "store" / ADDED / "a.pdf").resolve()


def test_the_pages_of_a_pdf_are_found_where_the_store_was_moved_to(kept: KeptStore, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf([("First words.",)]))
    (document,) = kept.add([file]).documents
    moved = kept.store.folder.rename(tmp_path / "moved")
    there, lies_at = Store.open(moved), (moved / ADDED / "a.pdf").resolve()
    assert KeptUploads(KeptStore(there, HashingEncoder()), HashingEncoder()).file_of(document.doc_id) == lies_at
    assert sources_of(Scripted(there)).link("added/a.pdf") == lies_at.as_uri()
    own = Uploads(there, HashingEncoder())
    own.add([written(tmp_path, "note.txt", "A note.")])
    assert own.file_of(document.doc_id) == lies_at


@pytest.fixture
def address(tmp_path: Path, sessions: Sessions) -> Iterator[str]:
    with served(sessions.opening, sessions=sessions) as url:
        yield url


@pytest.mark.browser
def test_what_is_added_in_one_page_is_asked_in_another_and_removed_for_both(
    browser: Browser, page: Page, address: str, tmp_path: Path
) -> None:
    other = browser.new_context().new_page()
    opened(other, address)
    page.locator("#documents summary").click()
    kept_in = f"What you add is kept, for everyone who uses this store, in {tmp_path / 'store' / ADDED}."
    expect(page.locator("#documents .ways")).to_contain_text(kept_in)
    looked_at(page)
    page.evaluate(DROP, [["ferry.txt", FERRY]])
    for each in (page, other):
        expect(each.locator("#documents summary")).to_have_text("3 documents")
    expect(page.locator("#documents .tag")).to_have_text("added here")
    answers_from_the_ferry(other)
    page.get_by_role("button", name="Remove ferry").click()
    for each in (page, other):
        expect(each.locator("#documents summary")).to_have_text("2 documents")
    page.get_by_role("button", name="Undo: bring ferry back").click()
    for each in (page, other):
        expect(each.locator("#documents summary")).to_have_text("3 documents")
    looked_at(page)
    other.context.close()
    page.goto("about:blank")


@pytest.mark.browser
def test_a_store_that_is_being_written_to_is_said_in_the_page(
    page: Page, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.ui.kept_store.WAIT_S", 0.0)
    with writing(tmp_path / "store"):
        page.evaluate(DROP, [["ferry.txt", FERRY]])
        expect(page.locator("#notice [role=alert]")).to_contain_text("is being written to by another program")
    page.evaluate(DROP, [["ferry.txt", FERRY]])
    expect(page.locator("#documents summary")).to_have_text("3 documents")
    page.goto("about:blank")
