"""What becomes of links that lead elsewhere, of names that are no UTF-8, of files that are not the same any more."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embeddings.build import cached_store, index_paths
from embeddings.errors import LoadError
from embeddings.files import FILES, FileState, found_again, is_gone
from embeddings.find import Found, Skipped, find_files, named_apart, place_of
from embeddings.load import load_paths
from embeddings.manifest import FileFacts, Manifest
from embeddings.store import Store
from embeddings.update import Update, remove_from_store
from tests.embeddings import files
from tests.fake_encoder import HashingEncoder
from tests.qa.command_line import CommandLine

AS_LINK = "it is a link to a folder; name that folder itself"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def link(path: Path, target: Path) -> Path:
    """Have `path` lead to `target`, wherever it led before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
    return path


def index(folder: Path, *paths: Path | str, keep: bool = False) -> Update:
    return index_paths(list(paths), folder, HashingEncoder(), remove_missing=not keep)


def texts(folder: Path) -> dict[str, str]:
    """Return every path of the store with the text that it has there."""
    store = Store.open(folder)
    return {state.path: store.documents[state.doc_id].text for state in store.files}


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


# What is gone


def test_text_of_a_link_that_was_removed_leaves_the_store(tmp_path: Path, docs: Path, folder: Path) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    paper = link(docs / "paper.txt", write(tmp_path / "lib" / "paper.txt", "Glaciers carve valleys."))
    assert index(folder, docs).added == ("a.txt", "paper.txt")
    assert not index(folder, docs).changed
    paper.unlink()
    assert index(folder, docs).removed == ("paper.txt",)
    assert texts(folder) == {"a.txt": "The river carries sediment."}
    assert Store.open(folder).search_words("glaciers", 5).ids.tolist() == []


def test_link_that_leads_elsewhere_has_the_new_text_under_its_name(tmp_path: Path, docs: Path, folder: Path) -> None:
    first, second = (
        write(tmp_path / "lib" / "v1.txt", "Price is 10."),
        write(tmp_path / "lib" / "v2.txt", "Price is 20."),
    )
    os.utime(first, ns=(10**9, 10**9))
    os.utime(second, ns=(10**9, 10**9))  # of one size and time: only where the link leads tells them apart
    link(docs / "current.txt", first)
    index(folder, docs)
    link(docs / "current.txt", second)
    assert index(folder, docs).updated == ("current.txt",)
    assert texts(folder) == {"current.txt": "Price is 20."}


def test_file_that_became_a_link_has_the_text_that_is_linked_also_with_keep(
    tmp_path: Path, docs: Path, folder: Path
) -> None:
    write(docs / "a.txt", "Price is 10.")
    index(folder, docs)
    link(docs / "a.txt", write(tmp_path / "lib" / "v2.txt", "Price is 20."))
    assert index(folder, docs, keep=True).updated == ("a.txt",)
    assert texts(folder) == {"a.txt": "Price is 20."}


def test_link_to_a_folder_that_leads_elsewhere_has_the_files_that_are_there_now(tmp_path: Path, folder: Path) -> None:
    write(tmp_path / "v1" / "a.txt", "Price is 10.")
    write(tmp_path / "v1" / "b.txt", "Only at first.")
    write(tmp_path / "v2" / "a.txt", "Price is 20.")
    current = link(tmp_path / "current", tmp_path / "v1")
    index(folder, current)
    link(current, tmp_path / "v2")
    update = index(folder, current)
    assert (update.updated, update.removed) == (("a.txt",), ("b.txt",))
    assert texts(folder) == {"a.txt": "Price is 20."}


def test_link_that_leads_elsewhere_is_gone_though_it_was_not_named_again(
    tmp_path: Path, docs: Path, folder: Path
) -> None:
    link(docs / "a.txt", write(tmp_path / "lib" / "v1.txt", "Price is 10."))
    other = write(tmp_path / "other.txt", "Another text.")
    index(folder, docs, other)
    link(docs / "a.txt", write(tmp_path / "lib" / "v2.txt", "It costs twenty."))
    assert index(folder, other).removed == ("a.txt",)


def test_file_that_became_a_folder_is_gone(docs: Path, folder: Path) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    write(docs / "b.txt", "Glaciers carve valleys.")
    index(folder, docs)
    (docs / "a.txt").unlink()
    write(docs / "a.txt" / "c.txt", "A committee approved the budget.")
    update = index(folder, docs)
    assert (update.added, update.removed) == (("a.txt/c.txt",), ("a.txt",))


def test_text_that_was_piped_in_is_gone_where_nothing_is_piped_in(
    docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(docs / "a.txt", "The river carries sediment.")
    typed(monkeypatch, b"What was typed.")
    index(folder, "-", file)
    assert not index(folder, file).changed  # where it was not named it stays
    typed(monkeypatch, b"")
    kept = index(folder, "-", file, keep=True)
    assert (kept.removed, kept.skipped) == ((), (Skipped("standard input", "it is empty"),))
    typed(monkeypatch, b"")
    assert index(folder, "-", file).removed == ("standard-input.txt",)
    assert texts(folder) == {"a.txt": "The river carries sediment."}


def test_text_that_was_piped_in_stays_where_the_pipe_cannot_be_read(
    docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    file = write(docs / "a.txt", "The river carries sediment.")
    typed(monkeypatch, b"What was typed.")
    index(folder, "-", file)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Broken()))
    update = index(folder, "-", file)
    assert (update.removed, [item.path for item in update.skipped]) == ((), ["standard input"])
    assert set(texts(folder)) == {"a.txt", "standard-input.txt"}


def letters_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a file found however its name is spelled, as on a disk that ignores case."""
    real = os.stat

    def found(path: Any, **options: Any) -> os.stat_result:
        try:
            return real(path, **options)
        except FileNotFoundError:
            wanted = Path(path)
            for other in wanted.parent.iterdir():
                if other.name.casefold() == wanted.name.casefold():
                    return real(other, **options)
            raise

    look_by(found, monkeypatch)


def look_by(stat: Callable[..., os.stat_result], patched: pytest.MonkeyPatch) -> None:
    """Have `os.stat` and `Path.stat` do this instead."""
    patched.setattr(os, "stat", stat)
    patched.setattr(Path, "stat", stat)


def test_file_whose_name_has_other_letters_now_is_not_there_twice(
    docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "Notes.txt", "The river carries sediment.")
    index(folder, docs)
    (docs / "Notes.txt").rename(docs / "notes.txt")
    letters_do_not_count(monkeypatch)
    update = index(folder, docs)
    assert (update.added, update.removed) == (("notes.txt",), ("Notes.txt",))
    assert not index(folder, docs).changed


def test_two_files_whose_names_differ_in_letters_are_two(docs: Path, folder: Path, tmp_path: Path) -> None:
    write(docs / "Notes.txt", "The river carries sediment.")
    index(folder, docs / "Notes.txt")
    write(docs / "notes.txt", "Glaciers carve valleys.")
    if len(list(docs.iterdir())) < 2:
        pytest.skip("this disk ignores case")
    assert index(folder, docs / "notes.txt").removed == ()
    assert set(texts(folder)) == {"Notes.txt", "notes.txt"}


def test_second_name_of_a_file_does_not_take_the_place_of_the_first(docs: Path, folder: Path, tmp_path: Path) -> None:
    first = write(docs / "a.txt", "The river carries sediment.")
    (tmp_path / "b.txt").hardlink_to(first)
    index(folder, first)
    assert (index(folder, tmp_path / "b.txt").removed, set(texts(folder))) == ((), {"a.txt", "b.txt"})


def test_folder_that_was_moved_and_linked_does_not_have_its_files_twice(
    tmp_path: Path, docs: Path, folder: Path
) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    other = write(tmp_path / "other.txt", "Another text.")
    index(folder, docs, other)
    docs.rename(tmp_path / "moved")
    docs.symlink_to(tmp_path / "moved")
    assert not index(folder, other).changed  # it is there, and as it was
    assert not index(folder, docs).changed
    assert not index(folder, tmp_path / "moved").changed
    assert set(texts(folder)) == {"a.txt", "other.txt"}


def test_folder_that_was_moved_is_read_from_where_it_is_now_and_only_once(
    tmp_path: Path, docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    index(folder, docs)
    moved = docs.rename(tmp_path / "moved")
    assert not index(folder, moved).changed
    not_opened(monkeypatch, "a.txt")
    (state,) = Store.open(folder).files
    assert state.source == str((moved / "a.txt").resolve())
    assert index(folder, moved).skipped == ()


def not_opened(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Have the disk refuse files of these names."""
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name in names:
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)


def test_a_name_through_a_link_and_one_without_do_not_write_the_store_in_turns(tmp_path: Path, docs: Path) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    name = link(tmp_path / "link", docs)
    stores = [cached_store(path, HashingEncoder(), cache=tmp_path / "cache")[0] for path in (docs, name, docs, name)]
    assert len(set(stores)) == 1
    # The second time it is noted that it is found through a link, and that holds.
    assert Store.open(stores[0]).generation == "gen-000002"


def without_what_was_found(folder: Path) -> None:
    """Have the store as it was written before it was noted where a file was found."""
    generation = folder / Store.open(folder).generation
    manifest = Manifest.load(generation)
    lines = [json.loads(line) for line in (generation / FILES).read_text(encoding="ascii").splitlines()]
    old = "".join(json.dumps({key: line[key] for key in line if key != "found"}) + "\n" for line in lines)
    (generation / FILES).write_text(old, encoding="ascii")
    replace(manifest, files={**manifest.files, FILES: FileFacts.of(generation / FILES)}).save(generation)


def test_store_from_before_is_brought_up_to_date_without_reading_its_files_again(
    tmp_path: Path, docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    paper = link(docs / "paper.txt", write(tmp_path / "lib" / "paper.txt", "Glaciers carve valleys."))
    index(folder, docs)
    without_what_was_found(folder)
    assert [state.found for state in Store.open(folder).files] == ["", ""]
    not_opened(monkeypatch, "a.txt", "paper.txt")
    update = index(folder, docs)
    assert (update.changed, update.n_encoded, update.skipped) == (False, 0, ())
    place = str(place_of(paper))
    assert [state.found for state in Store.open(folder).files] == ["", place]
    paper.unlink()
    assert index(folder, docs).removed == ("paper.txt",)


def test_lines_of_files_that_no_link_leads_to_are_as_they_were(docs: Path, folder: Path) -> None:
    file = write(docs / "a.txt", "Words.").resolve()
    index(folder, file)
    (line,) = (folder / "gen-000001" / "files.jsonl").read_text(encoding="ascii").splitlines()
    assert list(json.loads(line)) == ["path", "doc_id", "source", "size", "mtime_ns"]


def test_link_whose_target_is_out_of_reach_is_not_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write(tmp_path / "lib" / "a.txt", "Words.").resolve()
    place = place_of(link(tmp_path / "a.txt", target))
    state = FileState("a.txt", "", str(target), *sized(target), str(place))
    assert not is_gone(state)
    with monkeypatch.context() as patched:
        look_by(not_entered("a.txt"), patched)
        assert not is_gone(state)
        assert found_again([state], [target]) == frozenset()
    link(place, place)
    assert is_gone(state)


def sized(path: Path) -> tuple[int, int]:
    return path.stat().st_size, path.stat().st_mtime_ns


def not_entered(name: str) -> Callable[..., os.stat_result]:
    """Return an `os.stat` for which a file of this name lies in a folder that may not be entered."""
    real = os.stat

    def stat_of(path: Any, **options: Any) -> os.stat_result:
        if not isinstance(path, int) and Path(os.fsdecode(path)).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    return stat_of


def test_file_in_a_folder_that_may_not_be_entered_stays_and_the_others_go_on(
    docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    write(docs / "sub" / "b.txt", "Glaciers carve valleys.")
    index(folder, docs)
    write(docs / "c.txt", "Another text.")
    with monkeypatch.context() as patched:
        look_by(not_entered("b.txt"), patched)
        update = index(folder, docs)
    assert (update.added, update.removed) == (("c.txt",), ())
    assert update.skipped == (Skipped("sub/b.txt", "it cannot be read: Permission denied"),)
    assert set(texts(folder)) == {"a.txt", "c.txt", "sub/b.txt"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in the file system")
def test_file_that_became_a_pipe_is_gone(docs: Path, folder: Path) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    pipe = write(docs / "b.txt", "Glaciers carve valleys.")
    index(folder, docs)
    pipe.unlink()
    os.mkfifo(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert index(folder, docs).removed == ("b.txt",)


def test_path_behind_a_link_that_goes_up_again_is_said_with_its_links_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve()
    write(root / "far" / "docs" / "a.txt", "Words.")
    write(root / "here" / "a.txt", "Words.")
    (root / "here" / "link").symlink_to(root / "far" / "docs")
    monkeypatch.chdir(root / "here")
    assert place_of(Path("a.txt")) == root / "here" / "a.txt"
    assert place_of(Path("../here/link/a.txt")) == root / "here" / "link" / "a.txt"
    assert place_of(Path("link/../docs/a.txt")) == root / "far" / "docs" / "a.txt"


# Names

ODD = (b"\xd5\xc2.txt", b"\xb5\xda.txt", b"\xc8\xfd.txt")
needs_odd_names = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")


@needs_odd_names
def test_names_that_are_no_utf_8_are_told_apart(docs: Path, folder: Path) -> None:
    for number, name in enumerate(ODD):
        write(Path(os.fsdecode(os.fsencode(docs) + b"/" + name)), f"Text number {number}.")
    update = index(folder, docs)
    assert update.added == (r"\xb5\xda.txt", r"\xc8\xfd.txt", r"\xd5\xc2.txt")
    assert texts(folder) == {
        r"\xd5\xc2.txt": "Text number 0.",
        r"\xb5\xda.txt": "Text number 1.",
        r"\xc8\xfd.txt": "Text number 2.",
    }
    assert not index(folder, docs).changed


@needs_odd_names
def test_name_that_is_written_as_another_is_made_readable_gets_a_number(docs: Path, folder: Path) -> None:
    write(Path(os.fsdecode(os.fsencode(docs) + b"/\xe9.txt")), "One.")
    write(docs / r"\xe9.txt", "Two.")
    assert sorted(texts_of(docs).values()) == ["One.", "Two."]
    index(folder, docs)
    assert sorted(texts(folder).values()) == ["One.", "Two."]
    assert not index(folder, docs).changed


def texts_of(*paths: Path | str) -> dict[str, str]:
    """Return the texts that are read from the paths, by their names; no two may have one name."""
    documents = load_paths(paths).documents
    assert len({document.path for document in documents}) == len(documents)
    return {document.path: document.text for document in documents}


def test_links_of_one_name_to_files_of_one_folder_are_named_by_where_they_are(tmp_path: Path) -> None:
    link(tmp_path / "x" / "docs" / "a.txt", write(tmp_path / "lib" / "1.txt", "One."))
    link(tmp_path / "y" / "docs" / "a.txt", write(tmp_path / "lib" / "2.txt", "Two."))
    assert texts_of(tmp_path / "x" / "docs", tmp_path / "y" / "docs") == {
        "x/docs/a.txt": "One.",
        "y/docs/a.txt": "Two.",
    }


def test_name_that_stays_taken_with_all_its_folders_gets_a_number() -> None:
    path = Path(os.sep).resolve() / "x" / "a.txt"
    taken = {"a.txt", "x/a.txt"}
    assert named_apart([Found(path, "a.txt")] * 2, taken) == (Found(path, "x/a (2).txt"), Found(path, "x/a (3).txt"))
    assert named_apart([Found(path, "b.txt")], taken) == (Found(path, "b.txt"),)


def test_file_that_is_named_like_standard_input_is_another(
    docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "standard-input.txt", "A file.")
    typed(monkeypatch, b"What was typed.")
    expected = {"docs/standard-input.txt": "A file.", "standard-input.txt": "What was typed."}
    assert texts_of("-", docs) == expected
    typed(monkeypatch, b"What was typed.")
    index(folder, "-", docs)
    assert texts(folder) == expected


# Links


def test_link_to_itself_ends_no_command(docs: Path, tmp_path: Path) -> None:
    write(docs / "a.txt", "The old bridge was built in 1852.")
    link(docs / "loop.txt", docs / "loop.txt")
    command = CommandLine(tmp_path / "cache")
    ran = command.run("search", "When was the bridge built?", "--docs", docs)
    assert (ran.code, ran.err) == (0, "skipped loop.txt: it is not there any more\n")
    with pytest.raises(LoadError, match="cannot be looked at"):
        cached_store(docs / "loop.txt", HashingEncoder(), cache=tmp_path / "cache")


def test_linked_folder_is_told_with_what_to_do(docs: Path, folder: Path, tmp_path: Path) -> None:
    write(docs / "a.txt", "The river carries sediment.")
    write(tmp_path / "data" / "papers" / "b.txt", "Glaciers carve valleys.")
    link(docs / "sub" / "papers", tmp_path / "data" / "papers")
    found, skipped = find_files([docs, docs / "sub"])
    assert ([file.name for file in found], skipped) == (["a.txt"], (Skipped("sub/papers", AS_LINK),))
    assert index(folder, docs).skipped == (Skipped("sub/papers", AS_LINK),)
    assert index(folder, docs).skipped == (Skipped("sub/papers", AS_LINK),)


def test_linked_folder_that_is_read_anyway_is_not_told(docs: Path, tmp_path: Path) -> None:
    papers = write(tmp_path / "data" / "papers" / "b.txt", "Glaciers carve valleys.").parent
    hidden = write(docs / ".hidden" / "c.txt", "Nobody sees this.").parent
    write(docs / "sub" / "a.txt", "The river carries sediment.")
    link(docs / "circle", docs)
    link(docs / "second", docs / "sub")
    link(docs / "papers", papers)
    link(docs / "seen", hidden)
    assert find_files([docs])[1] == (Skipped("papers", AS_LINK), Skipped("seen", AS_LINK))
    assert find_files([docs, papers])[1] == (Skipped("seen", AS_LINK),)


# One text in two files


@pytest.fixture
def two(docs: Path, folder: Path) -> Path:
    """A folder with a PDF of two pages and a text file, of one text, indexed."""
    (docs / "a.pdf").write_bytes(files.pdf([["The fox runs."], ["It is red."]], "A study of foxes"))
    text = load_paths([docs / "a.pdf"]).documents[0].text
    write(docs / "b_of-it.txt", text)
    index(folder, docs)
    (document,) = Store.open(folder).documents.values()
    assert (document.path, document.title, document.pages) == ("a.pdf", "A study of foxes", (0, 15))
    return docs


def test_text_file_that_stays_where_a_pdf_of_its_text_goes_has_its_own_title_and_no_pages(
    two: Path, folder: Path
) -> None:
    (two / "a.pdf").unlink()
    update = index(folder, two)
    assert (update.removed, update.n_encoded) == (("a.pdf",), 0)
    (document,) = Store.open(folder).documents.values()
    assert document == load_paths([two]).documents[0]
    assert (document.path, document.title, document.pages) == ("b_of-it.txt", "b of it", ())


def test_it_has_them_too_where_the_pdf_is_taken_out_of_the_store(two: Path, folder: Path) -> None:
    remove_from_store(folder, ["a.pdf"], HashingEncoder())
    (document,) = Store.open(folder).documents.values()
    assert (document.title, document.pages) == ("b of it", ())


def test_text_file_that_cannot_be_read_now_gets_no_pages_of_a_pdf(
    two: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_opened(monkeypatch, "b_of-it.txt")
    remove_from_store(folder, ["a.pdf"], HashingEncoder())
    (document,) = Store.open(folder).documents.values()
    assert (document.path, document.title, document.pages) == ("b_of-it.txt", "b_of-it", ())


def test_copy_that_has_another_text_by_now_keeps_what_was_read_of_it(two: Path, folder: Path) -> None:
    (two / "c.pdf").write_bytes((two / "a.pdf").read_bytes())
    (two / "b_of-it.txt").unlink()
    index(folder, two)
    (two / "c.pdf").write_bytes(files.pdf([["The bear sleeps."]], "A study of bears"))
    remove_from_store(folder, ["a.pdf"], HashingEncoder())
    (document,) = Store.open(folder).documents.values()
    assert (document.path, document.title, document.pages) == ("c.pdf", "A study of foxes", (0, 15))


# What verify says


def test_verify_says_which_documents_could_not_be_read_and_why(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "a.txt", "The ferry at Lauen runs from April to October.")
    write(docs / "bridge.txt", "The old bridge was built in 1852.")
    command, saved = CommandLine(tmp_path / "cache"), tmp_path / "answer.json"
    saved.write_text(command.run("ask", "When was the bridge built?", "--docs", docs, "--json").out, encoding="utf-8")
    assert command.run("verify", saved, "--docs", docs).err == ""
    not_opened(monkeypatch, "bridge.txt")
    ran = command.run("verify", saved, "--docs", docs)
    told, wrong = ran.err.splitlines()
    assert (ran.code, told) == (1, "skipped bridge.txt: it cannot be read: Input/output error")
    assert wrong.startswith(f"article-qa: {saved}: [1]: bridge.txt is not among the documents")


def test_link_to_a_folder_above_is_not_walked_into(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(docs / "sub" / "a.txt", "Words.")
    walked: list[str] = []
    real = os.walk

    def walk(top: Path, onerror: Callable[[OSError], None]) -> Iterator[tuple[str, list[str], list[str]]]:
        for step in real(top, onerror=onerror):
            walked.append(step[0])
            yield step

    monkeypatch.setattr("embeddings.find.os.walk", walk)
    link(docs / "sub" / "up", docs)
    find_files([docs])
    assert walked == [str(docs), str(docs / "sub")]
