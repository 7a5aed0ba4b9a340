from __future__ import annotations

from pathlib import Path

import pytest

from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from qa.ui.gathering import _file_name
from qa.ui.library import library_html
from qa.ui.notices import told
from qa.ui.texts import ENGLISH, Texts
from qa.ui.uploads import Uploads
from tests.embeddings.files import pdf
from tests.fake_encoder import HashingEncoder
from tests.ui.scripted import small_store


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(small_store(tmp_path / "store"), HashingEncoder())


def added(uploads: Uploads, folder: Path, name: str, content: bytes) -> Document:
    path = folder / name
    path.write_bytes(content)
    return uploads.add([path]).documents[0]


def test_a_persons_own_documents_are_listed_first_with_kind_size_and_passages(uploads: Uploads, tmp_path: Path) -> None:
    added(uploads, tmp_path, "ferry.pdf", pdf([("The ferry.",), ("It sails.",)]))
    html = library_html(uploads, can_fetch=False)
    assert "<summary>3 documents</summary>" in html
    assert "PDF · 2 pages · 21 characters · 1 passage</span>" in html
    assert "Markdown · " in html
    assert html.index("ferry.pdf") < html.index("lighthouse.txt")
    assert html.count("only in this session") == html.count('data-event="remove"') == 1


def test_what_is_left_out_or_removed_is_counted_out(uploads: Uploads, tmp_path: Path) -> None:
    document = added(uploads, tmp_path, "ferry.txt", b"The ferry.")
    uploads.ask([next(iter(uploads.store.documents))], wanted=False)
    assert "<summary>3 documents, 2 asked</summary>" in library_html(uploads, can_fetch=False)
    uploads.remove(document.doc_id)
    html = library_html(uploads, can_fetch=False)
    assert "<summary>2 documents, 1 asked</summary>" in html
    assert '<span><bdi>ferry</bdi> was removed.</span><button type="button" class="tool" data-event="restore"' in html
    assert html.count(" checked>") == 1


def test_titles_and_reasons_of_documents_are_escaped(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "<img src=x>.png").write_bytes(b"\0")
    uploads.add([tmp_path / "<img src=x>.png"])
    html = library_html(uploads, can_fetch=False)
    assert "<img" not in html
    assert "<b><bdi>&lt;img src=x&gt;.png</bdi></b> was not read: " in html
    assert "Traps &amp; &lt;b&gt;signs&lt;/b&gt;" in html


def test_each_name_in_what_is_told_of_an_upload_keeps_its_direction_to_itself(uploads: Uploads, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("אור.txt", "גל.txt", "דג.png")]
    for file, content in zip(files, (b"Light.", b"Wave.", b"\0"), strict=True):
        file.write_bytes(content)
    html = told(uploads.add(files))
    assert "<p>Added 2 documents: <bdi>אור</bdi>, <bdi>גל</bdi></p>" in html
    assert "<li><b><bdi>דג.png</bdi></b> was not read: " in html


def test_why_a_file_was_not_read_is_told_in_the_language_that_is_set_now(uploads: Uploads) -> None:
    uploads.unread.refuse(["uploaded/large.txt"], ENGLISH("too_large", n=50))
    assert "</b> 未能读取：文件超过 50 MB 的添加上限</li>" in library_html(uploads, Texts("zh"), can_fetch=False)
    uploads.unread.refuse(["uploaded/large.txt"], Texts("zh")("too_large", n=50))
    told_in_english = "</b> was not read: it has more than 50 MB, the most that can be added</li>"
    assert told_in_english in library_html(uploads, ENGLISH, can_fetch=False)


def test_an_address_can_be_given_only_where_fetching_is_switched_on(uploads: Uploads) -> None:
    assert 'name="address"' not in library_html(uploads, can_fetch=False)
    assert 'name="address"' in library_html(uploads, can_fetch=True)


def test_of_a_long_list_the_first_are_shown_and_all_can_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.ui.library.MOST_ROWS", 10)
    many = [Document.of(f"Text {n}.", f"{n:03}.txt", f"Title {n}") for n in range(12)]
    update_store(tmp_path, many, HashingEncoder())
    uploads = Uploads(Store.open(tmp_path), HashingEncoder())
    html = library_html(uploads, can_fetch=False)
    assert html.count('data-event="document"') == 10
    assert "The first 10 of 12 are listed; the field above finds the others." in html
    assert 'class="find"' in html
    uploads.sought = "title 011.TXT"
    html = library_html(uploads, can_fetch=False)
    assert html.count('data-event="document"') == 1
    assert 'data-found-by="title 11 011.txt"' in html
    assert 'data-sought="title 011.TXT"' in html
    assert "are listed" not in html


def test_a_list_that_is_shown_whole_is_not_narrowed_down(uploads: Uploads) -> None:
    uploads.sought = "no document has this"
    html = library_html(uploads, can_fetch=False)
    assert html.count('data-event="document"') == 2
    assert "data-sought" not in html


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("", "Pasted text.txt"),
        ("../../etc/passwd", "etc passwd.txt"),
        ("notes.md", "notes.md"),
        ("a\0b<i>", "a b i.txt"),
        ("...", "Pasted text.txt"),
    ],
)
def test_the_name_of_a_pasted_text_is_a_file_name(given: str, name: str) -> None:
    assert _file_name(given, "Pasted text") == name
