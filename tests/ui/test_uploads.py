from __future__ import annotations

import errno
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from embeddings.errors import StoreError
from embeddings.load import Skipped
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.ui.kept_store import KeptStore
from qa.ui.notices import progressing, told
from qa.ui.uploads import Added, KeptUploads, Uploads, named
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.ui.scripted import small_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return small_store(tmp_path / "store")


def written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode())
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def paths(store: Store) -> set[str]:
    return {document.path for document in store.documents.values()}


def test_an_upload_stands_beside_the_documents_and_leaves_the_store_untouched(store: Store, tmp_path: Path) -> None:
    before = files(store.folder)
    uploads = Uploads(store, HashingEncoder())
    added = uploads.add([written(tmp_path, "lighthouse.txt", "Another lighthouse.")])
    assert [document.path for document in added.documents] == ["uploaded/lighthouse.txt"]
    assert paths(uploads.store) == paths(store) | {"uploaded/lighthouse.txt"}
    assert uploads.paths == {"uploaded/lighthouse.txt"}
    assert files(store.folder) == before


def test_two_people_do_not_see_each_others_uploads(store: Store, tmp_path: Path) -> None:
    first, second = Uploads(store, HashingEncoder()), Uploads(store, HashingEncoder())
    first.add([written(tmp_path, "mine.txt", "Mine alone.")])
    second.add([written(tmp_path, "yours.txt", "Yours alone.")])
    assert paths(first.store) - paths(store) == {"uploaded/mine.txt"}
    assert paths(second.store) - paths(store) == {"uploaded/yours.txt"}


def test_a_second_upload_keeps_the_first_and_a_changed_file_takes_its_own_place(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    uploads.add([written(tmp_path, "a.txt", "The first words.")])
    uploads.add([written(tmp_path, "b.txt", "Other words.")])
    assert uploads.add([written(tmp_path, "a.txt", "The first words.")]).replaced == ()  # the same again
    added = uploads.add([written(tmp_path, "a.txt", "The new words.")])
    assert "<li><bdi>a.txt</bdi> takes the place of what was added under that name before</li>" in told(added)
    texts = {document.path: document.text for document in uploads.store.documents.values()}
    assert texts["uploaded/a.txt"] == "The new words."
    assert texts["uploaded/b.txt"] == "Other words."


def test_each_web_page_has_a_name_of_its_own_and_keeps_it(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    uploads.add([written(tmp_path, "example.org-a.html", "<p>A file of that name.</p>")])
    names = [
        uploads.name_of_page("example.org-a.html", f"https://example.org/{path}") for path in ("a", "-a", "?a", "-a")
    ]
    assert names == [f"example.org-a ({n}).html" for n in (2, 3, 4, 3)]


def test_a_file_that_cannot_be_read_says_why_while_the_others_go_on(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    added = uploads.add([written(tmp_path, "good.txt", "Good words."), written(tmp_path, "bad.png", "\0\1")])
    assert [document.path for document in added.documents] == ["uploaded/good.txt"]
    assert [skipped.path for skipped in added.skipped] == ["uploaded/bad.png"]
    html = told(added)
    assert "<p>Added 1 document: <bdi>good</bdi></p>" in html.replace("Good", "good")
    assert f"<b><bdi>bad.png</bdi></b> was not read: {added.skipped[0].reason}" in html


def test_nothing_is_written_where_nothing_can_be_read(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    added = uploads.add([written(tmp_path, "bad.png", "\0\1")])
    assert added.documents == ()
    assert uploads.folder is None
    assert uploads.store is store
    assert "Nothing was added" in told(added)


def test_where_the_generation_that_the_page_began_with_is_gone_the_one_in_use_is_copied(
    store: Store, tmp_path: Path
) -> None:
    uploads = Uploads(store, HashingEncoder())
    for n in range(2):  # a store keeps one generation beside the one in use
        document = Document.of(f"News of day {n}.", f"news{n}.txt", "News")
        update_store(store.folder, [document], HashingEncoder(), remove_missing=False)
    assert not (store.folder / store.generation).exists()
    (document,) = uploads.add([written(tmp_path, "a.txt", "The first words.")]).documents
    assert paths(uploads.store) == paths(store) | {"news0.txt", "news1.txt", "uploaded/a.txt"}
    assert [row.document.path for row in uploads.listed() if row.is_own] == ["uploaded/a.txt"]
    assert uploads.own == {document.doc_id}


def test_a_first_upload_that_fails_leaves_all_documents_and_the_next_one_stands_beside_them(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads, file = Uploads(store, HashingEncoder()), written(tmp_path, "a.txt", "The first words.")
    moved = store.folder.rename(tmp_path / "elsewhere")
    for _ in range(2):
        with pytest.raises(StoreError, match="there is no store in"):
            uploads.add([file])
        assert (uploads.store, uploads.folder, uploads.paths) == (store, None, frozenset())
    moved.rename(store.folder)
    with monkeypatch.context() as full:
        full.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        reason = f"the folder {tmp_path / 'gone'} cannot be written to: No such file or directory"
        with pytest.raises(StoreError, match=f"^{re.escape(reason)}$"):
            uploads.add([file])
    assert (uploads.store, uploads.folder) == (store, None)
    uploads.add([file])
    assert paths(uploads.store) == paths(store) | {"uploaded/a.txt"}


def test_a_disk_that_is_full_is_told_in_one_sentence_and_no_half_copy_is_left(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    uploads = Uploads(store, HashingEncoder())
    with monkeypatch.context() as full:
        full.setattr("qa.ui.uploads.link_or_copy", refused)
        reason = f"the folder {tmp_path / 'temporary'} cannot be written to: [Errno 28] No space left on device"
        with pytest.raises(StoreError, match=f"^{re.escape(reason)}$"):
            uploads.add([written(tmp_path, "a.txt", "The first words.")])
    assert list((tmp_path / "temporary").iterdir()) == []
    uploads.add([written(tmp_path, "a.txt", "The first words.")])
    assert paths(uploads.store) == paths(store) | {"uploaded/a.txt"}


def refused(_source: str, _target: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_pasted_text_never_takes_the_place_of_another_and_the_same_again_has_its_own(
    store: Store, tmp_path: Path
) -> None:
    uploads = Uploads(store, HashingEncoder())
    with ExitStack() as adding:
        for text, name in (("One.", "a.txt"), ("Two.", "a (2).txt"), ("One.", "a.txt")):
            assert adding.enter_context(uploads.free_name("a.txt", text)) == name  # before the first of them is there
    uploads.add([written(tmp_path, "b.txt", "A file.")])
    for text, name in (("Another text.", "b (2).txt"), ("A file.", "b.txt")):
        with uploads.free_name("b.txt", text) as free:
            assert free == name


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    one, other = written(tmp_path / "x", "a.txt", "1"), written(tmp_path / "y", "a.txt", "2")
    assert [found.name for found in named([one, other])] == ["uploaded/a.txt", "uploaded/a (2).txt"]


def test_after_closing_an_upload_brings_the_earlier_ones_back(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    uploads.add([written(tmp_path, "a.txt", "The first words.")])
    folder = uploads.folder
    assert folder is not None
    uploads.close()
    assert not folder.exists()
    uploads.add([written(tmp_path, "b.txt", "Other words.")])
    assert paths(uploads.store) - paths(store) == {"uploaded/a.txt", "uploaded/b.txt"}
    uploads.close()


def test_progress_is_told_while_reading_and_encoding(store: Store, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    Uploads(store, HashingEncoder()).add(
        [written(tmp_path, "a.txt", "The first words."), written(tmp_path, "b.txt", "Other words.")],
        lambda what, done, total: steps.append((what, done, total)),
    )
    assert steps[:2] == [("reading a.txt", 1, 2), ("reading b.txt", 2, 2)]
    assert ("encoding passages", 2, 2) in steps
    assert '<progress value="1" max="4" aria-label="Reading"></progress> 1 of 4' in progressing("reading", 1, 4)
    assert '<span class="endless" role="progressbar" aria-label="Reading"></span>' in progressing("reading", 0, 0)


def test_names_and_reasons_are_escaped_in_what_is_told(store: Store, tmp_path: Path) -> None:
    added = Uploads(store, HashingEncoder()).add([written(tmp_path, "<img src=x>.png", "\0")])
    assert "<img" not in told(added)
    assert "&lt;img src=x&gt;.png" in told(added)
    assert told(Added((), (), ("a <b> note",))).count("<li>A &lt;b&gt; note</li>") == 1


def test_a_pdf_is_kept_for_its_pages_and_gone_with_the_session(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([("First words.",)]))
    (document,) = uploads.add([path]).documents
    kept = uploads.file_of(document.doc_id)
    path.unlink()
    assert kept is not None
    assert kept.read_bytes() == pdf([("First words.",)])
    uploads.close()
    assert not kept.exists()
    assert uploads.file_of(document.doc_id) is None
    assert uploads.file_of("0" * 64) is None


def test_a_removed_upload_is_asked_no_more_until_it_is_brought_back(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    (document,) = uploads.add([written(tmp_path, "a.txt", "The first words.")]).documents
    assert document.doc_id in uploads.asked.documents
    uploads.remove(document.doc_id)
    assert uploads.asked.documents == store.documents
    assert [row.is_removed for row in uploads.listed()] == [True, False, False]
    uploads.restore(document.doc_id)
    assert document.doc_id in uploads.asked.documents
    uploads.remove(document.doc_id)
    uploads.add([written(tmp_path, "a.txt", "The first words.")])
    assert document.doc_id in uploads.asked.documents


def test_documents_are_chosen_by_many_at_once_and_none_is_forgotten(store: Store) -> None:
    uploads, names = Uploads(store, HashingEncoder()), [f"{n:064}" for n in range(2000)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda name: uploads.ask([name], wanted=False), names))
        first = next(iter(store.documents))
        uploads.ask([first], wanted=False)
        assert set(uploads.asked.documents) == set(store.documents) - {first}
        list(pool.map(lambda name: uploads.ask([name], wanted=True), [*names, first]))
    assert uploads.asked is store


def test_a_document_of_the_store_is_left_out_but_never_removed(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    first, second = store.documents
    uploads.remove(first)
    assert uploads.asked is store
    uploads.ask([first], wanted=False)
    assert set(uploads.asked.documents) == {second}
    uploads.add([written(tmp_path, "a.txt", "The first words.")])
    assert first not in uploads.asked.documents
    uploads.ask([first], wanted=True)
    assert first in uploads.asked.documents


def test_an_upload_with_the_text_of_a_document_of_the_store_is_that_document(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    document = next(iter(store.documents.values()))
    uploads.add([written(tmp_path, "same.txt", document.text)])
    uploads.remove(document.doc_id)
    assert document.doc_id in uploads.asked.documents


def test_the_list_tells_passages_and_what_was_not_read(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    uploads.add([written(tmp_path, "a.txt", "The first words."), written(tmp_path, "bad.png", "\0\1")])
    assert [(row.document.path, row.n_passages, row.is_own) for row in uploads.listed()] == [
        ("uploaded/a.txt", 1, True),
        ("lighthouse.txt", 2, False),
        ("notes/<i>traps</i>.md", 1, False),
    ]
    assert [skipped.path for skipped in uploads.unread.files] == ["uploaded/bad.png"]


def test_of_many_the_first_are_told_and_how_many_others_there_are() -> None:
    documents = tuple(Document.of(f"Text {n}.", f"{n}.txt", f"Title {n}") for n in range(5))
    skipped = tuple(Skipped(f"uploaded/{n}.png", "it holds binary data, not text") for n in range(4))
    html = told(Added(documents, skipped, ("one", "two", "three", "four", "five")))
    assert "<p>Added 5 documents: <bdi>Title 0</bdi>, <bdi>Title 1</bdi>, <bdi>Title 2</bdi>, and 2 more</p>" in html
    assert "<b><bdi>2.png</bdi></b> was not read: it holds binary data, not text</li>" in html
    assert "<li>and 1 more that was not read</li>" in html
    assert html.endswith("<li>Three</li><li>and 2 more</li></ul></div>")


def test_a_file_that_is_read_at_last_is_no_longer_listed_as_not_read(store: Store, tmp_path: Path) -> None:
    kept = KeptStore(small_store(tmp_path / "kept"), HashingEncoder())
    for uploads in (Uploads(store, HashingEncoder()), KeptUploads(kept, HashingEncoder())):
        for text in (" ", "\0"):  # in vain twice, and listed once
            uploads.add([written(tmp_path, "a.txt", text), written(tmp_path, "b.txt", " ")])
        assert [Path(file.path).name for file in uploads.unread.files] == ["a.txt", "b.txt"]
        uploads.add([written(tmp_path, "a.txt", "The first words.")])
        assert [Path(file.path).name for file in uploads.unread.files] == ["b.txt"]


def test_what_was_refused_is_listed_told_once_and_off_the_list_when_it_is_added(store: Store, tmp_path: Path) -> None:
    uploads = Uploads(store, HashingEncoder())
    unread = uploads.unread
    unread.refuse(["uploaded/a (1).txt"], "it is too large")
    refused = (Skipped("uploaded/a (1).txt", "it is too large"),)
    assert [unread.files, unread.refused(), unread.refused()] == [refused, refused, ()]
    uploads.add([written(tmp_path, "a 1.txt", "The first words.")])  # as the web server names it
    assert len(unread.files) == 0
