"""What is read from files of every kind, what is skipped and why; exact texts, offsets and sentences for people."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embeddings import decode, extract, load
from embeddings.errors import LoadError
from embeddings.load import Found, Skipped, find_files, load_file, load_files, load_paths
from embeddings.types import Document
from tests.embeddings import files


def written(folder: Path, **contents: bytes) -> Path:
    """Write files into the folder; "__" in a name stands for "/", the last "_" for the dot of the suffix."""
    for key, content in contents.items():
        path = folder / ".".join(key.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def read(folder: Path, name: str, content: bytes) -> Document:
    (folder / name).write_bytes(content)
    return load_file(folder / name, name)


def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


# Text


PLAIN = st.text(st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from("\t\n\r\x0b\x0c\x1b\x85")))


@pytest.mark.parametrize("suffix", ["txt", "md", "TXT"])
@given(text=PLAIN)
@example(text="\ufeff\r\n\r\x85\u2028")
def test_text_file_is_its_own_text_character_for_character(
    suffix: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = read(tmp_path_factory.mktemp("text"), f"a.{suffix}", f"Words{text}".encode())
    assert document.text == f"Words{text}"


def test_line_ends_and_form_feeds_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", b"One.\r\nTwo.\rThree.\x0c\nFour.").text == "One.\r\nTwo.\rThree.\x0c\nFour."


WORDS = "Grüße, 漢字 😀.\r\n"


@pytest.mark.parametrize(
    "content",
    [
        WORDS.encode(),
        b"\xef\xbb\xbf" + WORDS.encode(),
        b"\xff\xfe" + WORDS.encode("utf-16-le"),
        b"\xfe\xff" + WORDS.encode("utf-16-be"),
        b"\xff\xfe\x00\x00" + WORDS.encode("utf-32-le"),
        b"\x00\x00\xfe\xff" + WORDS.encode("utf-32-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"],
)
def test_every_unicode_encoding_gives_the_same_text(tmp_path: Path, content: bytes) -> None:
    written(tmp_path, a_txt=content)
    loaded = load_paths([tmp_path])
    assert [document.text for document in loaded.documents] == [WORDS]
    assert loaded.notes == ()


def test_what_is_not_utf_8_is_read_as_latin_1_and_said(tmp_path: Path) -> None:
    written(tmp_path, a_txt="Grüße".encode("latin-1"), b_txt=b"\xef\xbb\xbfGr\xfc\xdfe")
    loaded = load_paths([tmp_path])
    assert [document.text for document in loaded.documents] == ["Grüße", "Grüße"]
    assert loaded.notes == (
        "a.txt is not UTF-8 and was read as Latin-1",
        "b.txt is not UTF-8 and was read as Latin-1",
    )


def read_as(note: str, body: bytes) -> str:
    if note.startswith("is UTF-8 but"):
        return "".join("�" if "\udc80" <= char <= "\udcff" else char for char in body.decode(errors="surrogateescape"))
    if "Windows" in note:
        return body.decode("cp1252")
    # Latin-1: a byte is the code point of the same number. Windows has others for those from 0x80 to 0x9F.
    return "".join(map(chr, body))


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused_with_a_reason(content: bytes) -> None:
    try:
        text, note = decode.decoded(content)
    except LoadError as error:
        assert str(error).startswith("it ")
        return
    body = content.removeprefix(b"\xef\xbb\xbf")
    if note:
        assert text == read_as(note, body)
        with pytest.raises(UnicodeDecodeError):
            body.decode()
    elif content[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        assert text.encode() == body


def test_title_is_the_first_heading_of_markdown_or_the_name_made_readable(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", b"Words.\n\n## The  Fox ##\n# Later\n").title == "The Fox"
    assert read(tmp_path, "a.txt", b"# no heading").title == "a"
    assert read(tmp_path, "my_long-file.name.md", b"#hashtag\n#\n").title == "my long file.name"
    assert read(tmp_path, "___.txt", b"Words.").title == "___.txt"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\nlayout: post\ntitle: My Post\ndate: 2020-01-01\n---\n# Other\n", "My Post"),
        ("---\n# a comment\ntitle: 'It''s here'\n---\n", "It's here"),
        ('---\ntitle: "A \\"red\\" fox"\n---\n', 'A "red" fox'),
        ("---\ntitle: ''\nname: x\n---\n# Heading\n", "Heading"),
        ("![logo](a.png)\n===\n\n# Heading\n", "Heading"),
        ('+++\ndate = 2020\ntitle = "My Post"\n+++\n', "My Post"),
        ("---\n# a comment\nlayout: post\n---\n\n## Heading\n", "Heading"),
        ("---\ntitle: >\n  Folded\n---\n# Heading\n", "Heading"),
        ("---\n# Heading\n\ntitle: no front matter\n", "Heading"),
        ("---\n\nJust words.\n\n# Heading\n\n---\n", "Heading"),
        ("My Title\n========\n\n# Later\n", "My Title"),
        ("Words.\n\nMy Title\n---\n", "My Title"),
        ("Words in\ntwo lines.\n---\n- one\n---\n\n# Later\n", "Later"),
        ("| a | b |\n---\n\n    code\n---\n\n# Later\n", "Later"),
        ("```sh\n# a comment\n```\n\n# Heading\n", "Heading"),
        ("~~~~\n~~~\n# a comment\n```\nNo Title\n===\n~~~~~\n# Heading\n", "Heading"),
        ("```no fence```\n\n# Heading\n", "Heading"),
        ("```\n# a comment\n", "a"),
    ],
)
def test_title_of_markdown_is_stated_or_its_first_heading_and_no_comment(tmp_path: Path, text: str, title: str) -> None:
    document = read(tmp_path, "a.md", text.encode())
    assert (document.title, document.text) == (title, text)


# Web pages


def test_web_page_gives_its_main_text_with_a_blank_line_between_paragraphs(tmp_path: Path) -> None:
    menu = "<nav><a href='/'>Home</a> <a href='/b'>More</a></nav>"
    body = "<p>The <b>quick</b> fox runs. It is red.</p><p>It lives in the <a href='/n'>north</a>.</p>"
    document = read(tmp_path, "fox.html", files.html(f"{menu}<h1>A fox</h1>{body}", "The &amp; Fox"))
    assert document.text == "A fox\n\nThe quick fox runs. It is red.\n\nIt lives in the north."
    assert document.title == "The & Fox"


def test_web_page_keeps_lists_and_tables_line_by_line(tmp_path: Path) -> None:
    body = "<p>Two:</p><ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>1</td></tr></table><p>End.</p>"
    lines = read(tmp_path, "a.htm", files.html(body)).text.splitlines()
    assert [line.strip() for line in lines if line] == ["Two:", "- one", "- two", "| a | 1 |", "End."]


def test_piece_of_a_page_and_text_called_a_page_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "a.html", b"<p>Just a piece of a page.</p>").text == "Just a piece of a page."
    assert read(tmp_path, "b.html", b"Words without any tag.").text == "Words without any tag."


def test_web_page_is_read_in_the_encoding_that_it_states(tmp_path: Path) -> None:
    head = '<html><head><meta charset="{}"></head><body><p>{}</p></body></html>'
    (tmp_path / "a.html").write_bytes(head.format("windows-1251", "Он ушёл домой.").encode("cp1251"))
    (tmp_path / "b.html").write_bytes(head.format("utf-8", "Grüße von hier.").encode("latin-1"))
    loaded = load_paths([tmp_path])
    assert [document.text for document in loaded.documents] == ["Он ушёл домой.", "Grüße von hier."]
    assert loaded.notes == ("b.html says that it is utf-8, is not, and was read as Latin-1",)


def test_very_large_page_is_read_whole_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "MAX_PAGE_CHARACTERS", 100)
    written(tmp_path, a_html=files.html("<nav>Menu</nav><p>The fox runs.</p>" + "<!-- x -->" * 10))
    loaded = load_paths([tmp_path])
    assert loaded.documents[0].text == "Menu\n\nThe fox runs."
    assert loaded.notes == ("a.html is a very large page and was read whole, menus and all",)


def test_no_kind_of_file_makes_a_network_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError(f"a connection was tried: {args}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    link = '<link rel="stylesheet" href="http://example.org/a.css"><img src="http://example.org/a.png">'
    written(
        tmp_path,
        a_html=files.html(f"{link}<p>The fox runs.</p><iframe src='http://example.org'></iframe>"),
        b_docx=files.docx_file("The fox runs."),
        c_pdf=files.pdf([["The fox runs."]]),
    )
    assert [document.text for document in load_paths([tmp_path]).documents] == ["The fox runs."] * 3


# PDF


def test_pdf_gives_text_title_and_where_pages_start(tmp_path: Path) -> None:
    document = read(tmp_path, "a.pdf", files.pdf([["The fox runs.", "It is red."], ["Later (much) it slept."]], "Fox"))
    # "The fox runs." 0-13, a line end, "It is red." 14-24, two line ends, the second page from 26
    assert document.text == "The fox runs.\nIt is red.\n\nLater (much) it slept."
    assert document.pages == (0, 26)
    assert (document.page_at(25), document.page_at(26)) == (1, 2)
    assert document.title == "Fox"


@pytest.mark.parametrize("half_a_pair", [b"<FEFF0041D83D>", b"<FEFFD83D0041>", b"<FEFFDE00>"])
def test_pdf_with_a_title_that_is_no_text_is_read_under_its_name(tmp_path: Path, half_a_pair: bytes) -> None:
    content = files.pdf([["The fox runs."]], "TITLE").replace(b"(TITLE)", half_a_pair)
    document = read(tmp_path, "a.pdf", content)
    assert (document.title, document.text) == ("a", "The fox runs.")


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Microsoft Word - Draft 3 final.docx", "a"),
        ("Microsoft Word - Annual Report", "Annual Report"),
        ("Microsoft PowerPoint - The Fox", "The Fox"),
        ("untitled", "a"),
        ("Untitled-1", "a"),
        ("Untitled document", "a"),
        ("Untitled poems of the north", "Untitled poems of the north"),
        ("main.dvi", "a"),
        ("paper.tex", "a"),
        ("Book.indd", "a"),
        ("PowerPoint Presentation", "a"),
        ("Slide 1", "a"),
        ("Slide 1 of a life", "Slide 1 of a life"),
        ("What is in a .docx file", "What is in a .docx file"),
    ],
)
def test_pdf_that_a_program_gave_its_title_has_that_of_its_file(tmp_path: Path, stated: str, title: str) -> None:
    assert read(tmp_path, "a.pdf", files.pdf([["The fox runs."]], stated)).title == title


def test_word_broken_by_a_hyphen_at_the_end_of_a_line_is_joined(tmp_path: Path) -> None:
    document = read(tmp_path, "a.pdf", files.pdf([["There is no infor-", "mation about", "the fox."]]))
    assert document.text == "There is no information about\nthe fox."


def test_sentence_that_runs_across_pages_is_parted_by_one_line_end(tmp_path: Path) -> None:
    document = read(tmp_path, "a.pdf", files.pdf([["The fox runs and"], ["sleeps."], ["Then"]]))
    # "The fox runs and" 0-16, one line end, "sleeps." 17-24, two line ends, "Then" from 26
    assert document.text == "The fox runs and\nsleeps.\n\nThen"
    assert document.pages == (0, 17, 26)


def test_page_without_text_is_noted_and_keeps_its_number(tmp_path: Path) -> None:
    written(tmp_path, a_pdf=files.pdf([["One."], [], ["Three."], []]))
    loaded = load_paths([tmp_path])
    # "One." 0-4, then two line ends before each page: the empty one at 6, "Three." 8-14, the last at 16
    assert loaded.documents[0].text == "One.\n\n\n\nThree.\n\n"
    assert loaded.documents[0].pages == (0, 6, 8, 16)
    assert loaded.documents[0].page_at(8) == 3
    assert loaded.notes == ("a.pdf has no text on pages 2, 4",)


def test_pdf_locked_only_against_changes_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "a.pdf", files.pdf([["The fox runs."]], user_password="")).text == "The fox runs."


def test_pdfs_read_by_many_threads_at_once_are_all_read(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    contents = [files.pdf([[f"Fox {n} runs on page {page}."] for page in range(20)]) for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        texts = [text.text for text in pool.map(extract.from_pdf, contents)]
    assert texts == ["\n\n".join(f"Fox {n} runs on page {page}." for page in range(20)) for n in range(16)]


# Word


def test_word_file_gives_paragraphs_and_tables_in_their_order(tmp_path: Path) -> None:
    content = files.docx_file("Before.", [["a", "b"], ["1", "2\n3"]], "", "After.", title="The Fox")
    document = read(tmp_path, "a.docx", content)
    assert document.text == "Before.\n\n| a | b |\n| 1 | 2 3 |\n\nAfter."
    assert document.title == "The Fox"


def test_word_file_gives_what_was_inserted_and_not_what_was_deleted(tmp_path: Path) -> None:
    def run(text: str, tag: str = "t") -> str:
        return f'<w:r><w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>'

    inserted = f'<w:ins w:id="1" w:author="a">{run("red ")}</w:ins>'
    deleted = f'<w:del w:id="2" w:author="a">{run("blue ", "delText")}</w:del>'
    control = f"<w:sdt><w:sdtContent><w:p>{run('In a control.')}</w:p></w:sdtContent></w:sdt>"
    link = f"<w:hyperlink>{run('fox')}</w:hyperlink>"
    body = f"<w:p>{run('The ')}{inserted}{deleted}{link}<w:r><w:tab/><w:t>runs.</w:t><w:br/></w:r></w:p>{control}"
    assert read(tmp_path, "a.docx", files.docx_with_body(body)).text == "The red fox\truns.\n\nIn a control."


def test_cell_over_two_columns_is_given_once_and_a_table_in_a_cell_stays_in_it(tmp_path: Path) -> None:
    def cell(inside: str) -> str:
        return f"<w:tc>{inside}</w:tc>"

    def p(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    wide = cell('<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + p("wide"))
    inner = f"<w:tbl><w:tr>{cell(p('in'))}</w:tr></w:tbl>"
    body = f"<w:tbl><w:tr>{wide}</w:tr><w:tr>{cell(p('x'))}{cell(p('y') + inner)}</w:tr></w:tbl>"
    assert read(tmp_path, "a.docx", files.docx_with_body(body)).text == "| wide |\n| x | y in |"


# What is skipped

UNREADABLE = {
    "empty.txt": (b"", "it is empty"),
    "mark.txt": (b"\xef\xbb\xbf", "it is empty"),
    "blank.md": (b" \r\n\t\n", "it holds only white space"),
    "nul.txt": (b"words \x00 words", "it holds binary data, not text (or UTF-16 without a byte-order mark)"),
    "late_nul.txt": (
        b"words " * 20_000 + b"\x00",
        "it holds binary data, not text (or UTF-16 without a byte-order mark)",
    ),
    "controls.txt": (bytes(range(1, 128)), "it holds binary data, not text"),
    "half.txt": (b"\xff\xfea", "it begins like UTF-16 and is not"),
    "damaged.pdf": (b"%PDF-1.7 nothing behind", "it is damaged or no PDF"),
    "cut.pdf": (files.pdf([["The fox runs."]])[:60], "it is damaged or no PDF"),
    "locked.pdf": (files.pdf([["The fox."]], user_password="key"), "it is encrypted; save a copy without a password"),
    "scan.pdf": (
        files.pdf([[], []]),
        "it has no text layer: it is probably a scan; run text recognition over it first",
    ),
    "damaged.docx": (b"PK\x03\x04 nothing behind", "it is damaged or no Word file"),
    "cut.docx": (files.docx_file("The fox runs.")[:-100], "it is damaged or no Word file"),
    "other.docx": (files.zip_bomb(10), "it is damaged or no Word file"),
    "bomb.docx": (files.zip_bomb(70_000_000), "it unpacks to 70,000,000 bytes, which is too much"),
    "locked.docx": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "it is encrypted or an old .doc file; save it as .docx without a password",
    ),
    "empty.docx": (files.docx_file(""), "it is empty"),
    "script.html": (files.html("<script>var fox = 1;</script>"), "no text was found in the page"),
    "nul.html": (b"<p>\x00</p>", "it holds binary data, not text (or UTF-16 without a byte-order mark)"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_skipped_with_its_reason_while_others_go_on(tmp_path: Path, name: str) -> None:
    content, reason = UNREADABLE[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "z.txt").write_text("The fox runs.")
    loaded = load_paths([tmp_path])
    assert [document.path for document in loaded.documents] == ["z.txt"]
    assert loaded.skipped == (Skipped(name, reason),)
    with pytest.raises(LoadError, match=f"^{reason.split('(')[0]}"):
        load_file(tmp_path / name, name)


DOCX = files.docx_file("The fox runs.", [["a", "b"]])


def read_kind(kind: str, content: bytes) -> extract.Text:
    if kind == "html":
        return extract.from_html(decode.decoded_page(content)[0])
    return extract.from_pdf(content) if kind == "pdf" else extract.from_docx(content)


@pytest.mark.parametrize("kind", ["pdf", "docx", "html"])
@settings(deadline=None)
@given(data=st.data())
def test_damaged_file_is_read_or_refused_never_a_crash(kind: str, data: st.DataObject) -> None:
    whole = {"pdf": files.pdf([["The fox runs."]]), "docx": DOCX, "html": files.html("<p>The fox</p>")}[kind]
    place = data.draw(st.integers(0, len(whole)))
    noise = data.draw(st.binary(max_size=20))
    content = whole[:place] + noise + whole[place + data.draw(st.integers(0, 40)) :]
    try:
        text = read_kind(kind, content)
    except LoadError as error:
        assert str(error)
    else:
        assert text.text == text.text.encode().decode()


def test_file_over_the_limit_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_BYTES", 5)
    written(tmp_path, a_txt=b"12345", b_txt=b"123456")
    loaded = load_paths([tmp_path])
    assert [document.text for document in loaded.documents] == ["12345"]
    assert loaded.skipped == (Skipped("b.txt", "it has more than 5 bytes, the most that is read"),)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read every file")
def test_file_without_permission_is_skipped(tmp_path: Path) -> None:
    written(tmp_path, a_txt=b"Words.", b_txt=b"Words.")
    (tmp_path / "b.txt").chmod(0)
    assert load_paths([tmp_path]).skipped == (Skipped("b.txt", "it cannot be read: Permission denied"),)


def test_error_of_the_disk_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, a_txt=b"Words.", b_txt=b"More words.")
    read_bytes = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.name == "a.txt":
            raise OSError(5, "Input/output error")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", failing)
    loaded = load_paths([tmp_path])
    assert [document.path for document in loaded.documents] == ["b.txt"]
    assert loaded.skipped == (Skipped("a.txt", "it cannot be read: Input/output error"),)


def test_file_that_vanishes_between_finding_and_reading_is_skipped(tmp_path: Path) -> None:
    found, _ = find_files([written(tmp_path, a_txt=b"Words.", b_txt=b"Words.")])
    (tmp_path / "a.txt").unlink()
    assert load_files(found).skipped == (Skipped("a.txt", "it is not there any more"),)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in the file system")
def test_pipe_in_the_file_system_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    written(tmp_path, b_txt=b"Words.")
    assert load_paths([tmp_path]).skipped == (Skipped("a.txt", "it is no regular file; pipe it in as -"),)


# Finding


def test_folders_are_read_whole_sorted_and_without_what_is_hidden(tmp_path: Path) -> None:
    written(tmp_path, b_txt=b"b", a__z_md=b"z", a__b__c_html=b"c", **{".hidden_txt": b"h", ".git__x_txt": b"x"})
    found, skipped = find_files([tmp_path])
    assert [file.name for file in found] == ["a/b/c.html", "a/z.md", "b.txt"]
    assert [file.path for file in found] == [tmp_path / "a/b/c.html", tmp_path / "a/z.md", tmp_path / "b.txt"]
    assert skipped == ()


def test_file_of_an_unknown_kind_is_skipped_in_a_folder_and_read_when_named(tmp_path: Path) -> None:
    written(tmp_path, a_log=b"The fox runs.", b_txt=b"Words.")
    (tmp_path / "README").write_text("Read me.")
    assert load_paths([tmp_path]).skipped == (
        Skipped("README", "files of the kind without a suffix are not read"),
        Skipped("a.log", "files of the kind .log are not read"),
    )
    loaded = load_paths([tmp_path / "a.log"])
    assert [(document.path, document.text) for document in loaded.documents] == [("a.log", "The fox runs.")]
    assert loaded.notes == ("a.log is of an unknown kind and was read as plain text",)


def test_named_file_of_an_unknown_kind_that_is_binary_is_refused(tmp_path: Path) -> None:
    written(tmp_path, a_png=b"\x89PNG\r\n\x1a\n\x00\x00")
    with pytest.raises(LoadError, match=r"^nothing could be read from .*a\.png \(a\.png: it holds binary data"):
        load_paths([tmp_path / "a.png"])


def test_single_file_has_its_own_name_and_one_named_twice_is_read_once(tmp_path: Path) -> None:
    written(tmp_path, sub__a_txt=b"Words.")
    assert [file.name for file in find_files([tmp_path / "sub" / "a.txt"])[0]] == ["a.txt"]
    both = [tmp_path, tmp_path / "sub" / "a.txt", tmp_path / "sub" / ".." / "sub"]
    assert [file.name for file in find_files(both)[0]] == ["sub/a.txt"]


def test_files_that_share_a_name_get_the_folders_above_put_before_it_in_any_order(tmp_path: Path) -> None:
    written(tmp_path, x__docs__a_txt=b"x", y__docs__a_txt=b"y", x__docs__b_txt=b"b", z__a_txt=b"z")
    given_paths = [tmp_path / "x" / "docs", tmp_path / "y" / "docs", tmp_path / "z"]
    expected = [
        Found(tmp_path / "x/docs/b.txt", "b.txt"),
        Found(tmp_path / "x/docs/a.txt", "x/docs/a.txt"),
        Found(tmp_path / "y/docs/a.txt", "y/docs/a.txt"),
        Found(tmp_path / "z/a.txt", "z/a.txt"),
    ]
    assert list(find_files(given_paths)[0]) == expected
    assert list(find_files(given_paths[::-1])[0]) == expected


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    written(tmp_path, a_txt=b"Words.")
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    loaded = load_paths([tmp_path])
    assert [document.path for document in loaded.documents] == ["a.txt"]
    assert [item.path for item in loaded.skipped] == ["self.txt"]


def test_linked_file_is_read_once_under_its_first_name(tmp_path: Path) -> None:
    written(tmp_path, b_txt=b"Words.")
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    assert [file.name for file in find_files([tmp_path])[0]] == ["a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_name_that_is_no_utf_8_is_made_readable(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_bytes(b"Words.")
    document = load_paths([tmp_path]).documents[0]
    assert document.path == r"caf\xe9.txt"


@pytest.mark.parametrize("name", ["missing.txt", "a.txt/below.txt", "nul\x00.txt"])
def test_path_that_is_not_there_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    written(tmp_path, a_txt=b"Words.")
    with pytest.raises(LoadError, match=r"^there is no file or folder '.*'; check the path$"):
        load_paths([tmp_path, tmp_path / name])


def test_name_too_long_for_the_system_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"cannot be looked at: File name too long$"):
        load_paths([tmp_path / ("a" * 5000)])


def test_nothing_read_says_the_first_three_reasons(tmp_path: Path) -> None:
    written(tmp_path, a_txt=b"", b_txt=b" ", c_txt=b"", d_txt=b"", e_png=b"x")
    with pytest.raises(LoadError) as caught:
        load_paths([tmp_path])
    assert str(caught.value) == (
        f"nothing could be read from {tmp_path} (e.png: files of the kind .png are not read; a.txt: it is empty; "
        "b.txt: it holds only white space; and 2 more); give files of the kinds .docx, .htm, .html, .markdown, .md, "
        ".pdf, .rst, .text, .txt, .xhtml with text"
    )


def test_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"^nothing could be read from [^(]*; give files"):
        load_paths([tmp_path])


# Standard input and progress


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written(tmp_path, a_txt=b"Words.")
    standard_input(monkeypatch, "Grüße.\r\n".encode("latin-1"))
    loaded = load_paths(["-", tmp_path, "-"])
    assert [(d.path, d.title, d.text) for d in loaded.documents] == [
        ("a.txt", "a", "Words."),
        ("standard-input.txt", "standard input", "Grüße.\r\n"),
    ]
    assert loaded.notes == ("standard input is not UTF-8 and was read as Latin-1",)


def test_pdf_on_standard_input_is_read_as_a_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, files.pdf([["The fox runs."], ["It is red."]]))
    assert load_paths(["-"]).documents[0].pages == (0, 15)


def test_empty_standard_input_is_skipped_or_an_error_where_it_is_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written(tmp_path, a_txt=b"Words.")
    standard_input(monkeypatch, b"")
    assert load_paths(["-", tmp_path]).skipped == (Skipped("standard input", "it is empty"),)
    with pytest.raises(LoadError, match=r"^nothing could be read from - \(standard input: it is empty\);"):
        load_paths(["-"])


def test_progress_counts_every_file_the_skipped_ones_too(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    load_paths([written(tmp_path, a_txt=b"Words.", b_txt=b"")], lambda *step: seen.append(step))
    assert seen == [("reading", 1, 2), ("reading", 2, 2)]


def test_importing_and_reading_text_loads_no_parser(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    code = (
        "import sys; from embeddings.load import load_paths; load_paths([sys.argv[1]]); "
        "print([m for m in ('docx', 'lxml', 'trafilatura', 'pypdfium2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_windows_text_has_its_quotation_marks_and_a_text_may_begin_like_a_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("It costs “5 €” – no more.".encode("cp1252"))
    (tmp_path / "b.txt").write_bytes(b"%PDF- is how a PDF begins.")
    (tmp_path / "c.txt").write_bytes(b"caf\xe9 \x81")  # no Windows text: that byte is none there
    loaded = load_paths([tmp_path])
    assert [d.text for d in loaded.documents] == [
        "It costs “5 €” – no more.",
        "%PDF- is how a PDF begins.",
        "café \x81",
    ]
    assert loaded.notes == (
        "a.txt is not UTF-8 and was read as Windows-1252",
        "c.txt is not UTF-8 and was read as Latin-1",
    )
