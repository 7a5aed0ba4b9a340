from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from embeddings import extract
from embeddings.build import cached_store, index_paths
from embeddings.errors import LoadError, StoreBusy, StoreDamaged, StoreError
from embeddings.files import FileState
from embeddings.load import load_file
from embeddings.manifest import Manifest, PassageSettings
from embeddings.phrase import Phrase
from embeddings.store import Store
from embeddings.unread import Unread, remember, unread_in
from embeddings.update import update_store
from embeddings.write import discard_damaged, writing
from tests.fake_encoder import HashingEncoder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with three files, one of them in a folder of its own."""
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("The river carries sediment.", encoding="utf-8")
    (folder / "b.md").write_text("# Budget\n\nA committee approved the budget.", encoding="utf-8")
    (folder / "sub" / "c.txt").write_text("Glaciers carve valleys.", encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def paths(folder: Path) -> list[str]:
    return [state.path for state in Store.open(folder).files]


def rewrite(path: Path, text: str) -> None:
    """Write the file and give it another time of change, however coarse the clock of the disk is."""
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_folder_is_indexed_by_paths_below_it(docs: Path, folder: Path) -> None:
    update = index_paths([docs], folder, HashingEncoder())
    assert update.added == ("a.txt", "b.md", "sub/c.txt")
    assert (update.n_documents, update.n_passages, update.n_encoded) == (3, update.n_passages, update.n_passages)
    titles = {document.path: document.title for document in Store.open(folder).documents.values()}
    assert titles["b.md"] == "Budget"


def test_nothing_changed_encodes_nothing_and_writes_nothing(docs: Path, folder: Path) -> None:
    encoder = HashingEncoder()
    index_paths([docs], folder, encoder)
    n_encoded = len(encoder.encoded)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    update = index_paths([docs], folder, encoder)
    assert (update.changed, update.unchanged) == (False, ("a.txt", "b.md", "sub/c.txt"))
    assert (update.n_documents, update.n_encoded) == (3, 0)
    assert len(encoder.encoded) == n_encoded
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_file_of_the_same_size_and_time_is_not_read_again(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    path = docs / "a.txt"
    status = path.stat()
    path.write_text("The RIVER carries sediment.", encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    # Nobody does this, but it shows that the file was not opened.
    assert not index_paths([docs], folder, HashingEncoder()).changed
    rewrite(path, "The RIVER carries sediment.")
    assert index_paths([docs], folder, HashingEncoder()).updated == ("a.txt",)


def test_touched_file_with_the_same_text_is_no_change(docs: Path, folder: Path) -> None:
    encoder = HashingEncoder()
    index_paths([docs], folder, encoder)
    rewrite(docs / "a.txt", (docs / "a.txt").read_text(encoding="utf-8"))
    update = index_paths([docs], folder, encoder)
    assert (update.changed, update.n_encoded) == (False, 0)
    assert Store.open(folder).generation == "gen-000001"


def test_changed_added_and_removed_files_are_told_apart(docs: Path, folder: Path) -> None:
    encoder = HashingEncoder()
    index_paths([docs], folder, encoder)
    rewrite(docs / "a.txt", "The river floods the valley each spring.")
    (docs / "b.md").unlink()
    (docs / "new.txt").write_text("A brand new text.", encoding="utf-8")
    update = index_paths([docs], folder, encoder)
    assert (update.added, update.updated, update.removed, update.unchanged) == (
        ("new.txt",),
        ("a.txt",),
        ("b.md",),
        ("sub/c.txt",),
    )
    assert update.n_encoded == 2
    assert paths(folder) == ["a.txt", "new.txt", "sub/c.txt"]
    assert Store.open(folder).search_words("committee", 5).ids.tolist() == []


def test_files_that_are_gone_stay_without_remove_missing(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    (docs / "b.md").unlink()
    assert not index_paths([docs], folder, HashingEncoder(), remove_missing=False).changed
    assert paths(folder) == ["a.txt", "b.md", "sub/c.txt"]
    assert index_paths([docs], folder, HashingEncoder()).removed == ("b.md",)


def test_documents_of_other_paths_stay_until_their_files_are_gone(docs: Path, folder: Path, tmp_path: Path) -> None:
    encoder = HashingEncoder()
    other = tmp_path / "other.txt"
    other.write_text("Another text altogether.", encoding="utf-8")
    index_paths([other], folder, encoder)
    update = index_paths([docs], folder, encoder)
    assert (update.added, update.removed) == (("a.txt", "b.md", "sub/c.txt"), ())
    other.unlink()
    assert index_paths([docs], folder, encoder).removed == ("other.txt",)
    assert paths(folder) == ["a.txt", "b.md", "sub/c.txt"]


def test_same_name_in_another_folder_does_not_take_the_place_of_the_first(
    docs: Path, folder: Path, tmp_path: Path
) -> None:
    encoder = HashingEncoder()
    index_paths([docs], folder, encoder)
    more = tmp_path / "more"
    more.mkdir()
    (more / "a.txt").write_text("Something else is said here.", encoding="utf-8")
    assert index_paths([more], folder, encoder).added == ("more/a.txt",)
    assert not index_paths([more], folder, encoder).changed
    assert not index_paths([docs], folder, encoder).changed
    texts = {document.path: document.text for document in Store.open(folder).documents.values()}
    assert texts["a.txt"] == "The river carries sediment."
    assert texts["more/a.txt"] == "Something else is said here."


def test_two_files_with_one_text_lose_nothing_when_one_goes(docs: Path, folder: Path) -> None:
    encoder = HashingEncoder()
    (docs / "copy.txt").write_text("The river carries sediment.", encoding="utf-8")
    assert index_paths([docs], folder, encoder).n_documents == 3
    store = Store.open(folder)
    (doc_id,) = {state.doc_id for state in store.files if state.path in {"a.txt", "copy.txt"}}
    assert [file.path for file in store.files_of(doc_id)] == ["a.txt", "copy.txt"]
    (docs / "a.txt").unlink()
    update = index_paths([docs], folder, encoder)
    assert (update.removed, update.n_encoded, update.n_documents) == (("a.txt",), 0, 3)
    store = Store.open(folder)
    assert store.documents[doc_id].path == "copy.txt"
    assert len(store.search_words("river", 5).ids) == 1


def test_unreadable_file_is_skipped_with_its_reason_while_the_others_go_on(docs: Path, folder: Path) -> None:
    (docs / "empty.txt").write_bytes(b"")
    (docs / "binary.txt").write_bytes(b"\x00\x01\x02" * 50)
    (docs / "photo.jpg").write_bytes(b"\xff\xd8")
    update = index_paths([docs], folder, HashingEncoder())
    assert sorted(item.path for item in update.skipped) == ["binary.txt", "empty.txt", "photo.jpg"]
    assert all(item.reason for item in update.skipped)
    assert update.added == ("a.txt", "b.md", "sub/c.txt")
    again = index_paths([docs], folder, HashingEncoder())
    assert sorted(item.path for item in again.skipped) == ["binary.txt", "empty.txt", "photo.jpg"]
    assert not again.changed


def test_nothing_that_can_be_read_is_one_plain_sentence_and_the_store_stays(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    for file in ("a.txt", "b.md", "sub/c.txt"):
        rewrite(docs / file, "")
    with pytest.raises(LoadError, match="nothing could be read from ") as caught:
        index_paths([docs], folder, HashingEncoder())
    assert "\n" not in str(caught.value)
    assert paths(folder) == ["a.txt", "b.md", "sub/c.txt"]


def test_bad_paths_are_told_before_a_store_is_made(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "void").mkdir()
    for given, message in (
        ([], "no file or folder was named; name what to index"),
        ([tmp_path / "missing.txt"], "there is no file or folder"),
        ([tmp_path / "void"], "nothing could be read from "),
    ):
        with pytest.raises(LoadError, match=message):
            index_paths(given, folder, HashingEncoder())
    assert not folder.exists()


def test_standard_input_is_a_document_beside_files(docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    typed(b"What was typed.")
    assert "standard-input.txt" in index_paths(["-", docs], folder, HashingEncoder()).added
    typed(b"Something new was typed.")
    assert index_paths(["-"], folder, HashingEncoder()).updated == ("standard-input.txt",)
    assert paths(folder) == ["a.txt", "b.md", "standard-input.txt", "sub/c.txt"]
    typed(b"")
    skipped = index_paths(["-", docs], folder, HashingEncoder()).skipped
    assert [(item.path, item.reason) for item in skipped] == [("standard input", "it is empty")]
    typed(b"")
    with pytest.raises(LoadError, match="nothing could be read from -"):
        index_paths(["-"], folder, HashingEncoder())


def test_store_inside_the_indexed_folder_does_not_index_itself(docs: Path) -> None:
    encoder = HashingEncoder()
    index_paths([docs], docs / "store", encoder)
    update = index_paths([docs], docs / "store", encoder)
    assert (update.changed, update.skipped) == (False, ())


def add_in_page(store: Path) -> FileState:
    """Put a file into the store's own folder and its document into the store, as the page does; return its state."""
    file = store / "added" / "ferry.txt"
    file.parent.mkdir()
    file.write_text("A ferry crosses twice a day.", encoding="utf-8")
    document = load_file(file, "added/ferry.txt")
    update_store(store, [document], HashingEncoder(), remove_missing=False, sources={document.path: file})
    return under(store, document.path)


def under(store: Path, path: str) -> FileState:
    state = Store.open(store).file_under(path)
    assert state is not None
    return state


def test_documents_in_the_folder_of_a_store_that_was_moved_stay_until_they_are_deleted(
    docs: Path, folder: Path
) -> None:
    index_paths([docs], folder, HashingEncoder())
    added = add_in_page(folder)
    moved = folder.rename(folder.with_name("moved"))
    update = index_paths([docs], moved, HashingEncoder())
    assert (update.changed, update.n_documents) == (False, 4)
    assert under(moved, "added/ferry.txt") == replace(added, source=str((moved / "added" / "ferry.txt").resolve()))
    assert Store.open(moved).generation == "gen-000003"
    index_paths([docs], moved, HashingEncoder())
    assert Store.open(moved).generation == "gen-000003"  # its new place is known by now
    (moved / "added" / "ferry.txt").unlink()
    assert index_paths([docs], moved, HashingEncoder()).removed == ("added/ferry.txt",)


@pytest.mark.parametrize("relative", [False, True])
def test_documents_in_the_folder_of_a_store_inside_the_indexed_folder_keep_their_names(
    docs: Path, monkeypatch: pytest.MonkeyPatch, relative: bool
) -> None:
    store, given = docs / "sub" / "store", Path() if relative else docs
    index_paths([docs], store, HashingEncoder())
    added = add_in_page(store)
    monkeypatch.chdir(docs)
    update = index_paths([given], store, HashingEncoder())
    assert (update.changed, update.skipped) == (False, ())
    assert under(store, "added/ferry.txt") == added
    assert len(Store.open(store).files) == 4


@pytest.mark.parametrize("reverse", [False, True])
def test_store_inside_two_folders_of_which_one_lies_in_the_other_does_not_index_itself(
    docs: Path, reverse: bool
) -> None:
    store, given = docs / "sub" / "store", [docs, docs / "sub"] if reverse else [docs / "sub", docs]
    (docs / "photo.jpg").write_bytes(b"\xff\xd8")
    index_paths(given, store, HashingEncoder())
    add_in_page(store)
    update = index_paths(given, store, HashingEncoder())
    assert (update.added, update.removed, [item.path for item in update.skipped]) == ((), (), ["photo.jpg"])


def test_what_is_put_by_hand_where_the_page_puts_files_is_read_where_that_folder_is_named(docs: Path) -> None:
    store = docs / "store"
    index_paths([docs], store, HashingEncoder())
    state = add_in_page(store)
    (store / "added" / "own.txt").write_text("Put there by hand.", encoding="utf-8")
    assert index_paths([docs], store, HashingEncoder()).added == ()
    given = [docs, store / "added"]
    assert index_paths(given, store, HashingEncoder()).added == ("store/added/own.txt",)
    assert under(store, "added/ferry.txt") == state
    assert not index_paths(given, store, HashingEncoder()).changed


def test_documents_of_ones_own_in_the_folder_that_becomes_a_store_are_read_like_any_other(docs: Path) -> None:
    assert index_paths([docs], docs / "sub", HashingEncoder()).added == ("a.txt", "b.md", "sub/c.txt")
    rewrite(docs / "sub" / "c.txt", "The river floods the valley each spring.")
    assert index_paths([docs], docs / "sub", HashingEncoder()).updated == ("sub/c.txt",)


def test_a_deleted_document_is_gone_also_where_the_folder_of_the_store_has_a_file_of_its_name(docs: Path) -> None:
    store = docs.parent
    (store / "a.txt").write_text("The front page.", encoding="utf-8")
    index_paths([docs], store, HashingEncoder())
    (docs / "a.txt").unlink()
    assert index_paths([docs], store, HashingEncoder()).removed == ("a.txt",)


def test_store_in_the_indexed_folder_itself_leaves_no_file_out(docs: Path) -> None:
    assert index_paths([docs], docs, HashingEncoder()).added == ("a.txt", "b.md", "sub/c.txt")
    rewrite(docs / "a.txt", "The river floods the valley each spring.")
    assert index_paths([docs], docs, HashingEncoder()).updated == ("a.txt",)


def test_link_to_itself_is_skipped(docs: Path, folder: Path) -> None:
    try:
        (docs / "loop.txt").symlink_to(docs / "loop.txt")
    except OSError:
        pytest.skip("no links here")
    update = index_paths([docs], folder, HashingEncoder())
    assert update.added == ("a.txt", "b.md", "sub/c.txt")


def test_other_encoder_or_settings_are_told_even_if_no_file_changed(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    with pytest.raises(StoreError, match="was built with the encoder hashing and cannot be searched with other"):
        index_paths([docs], folder, HashingEncoder(name="other"))
    with pytest.raises(StoreError, match="leave them out, or build another store in a new folder"):
        index_paths([docs], folder, HashingEncoder(), PassageSettings(50))


def test_busy_store_is_told_at_once_unless_nothing_changed(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    with writing(folder):
        assert not index_paths([docs], folder, HashingEncoder()).changed
        rewrite(docs / "a.txt", "Changed meanwhile.")
        with pytest.raises(StoreBusy, match="is being written to by another program; try again when it is done"):
            index_paths([docs], folder, HashingEncoder())


def test_damaged_generation_is_mended_though_no_file_changed(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    (docs / "new.txt").write_text("New text.", encoding="utf-8")
    index_paths([docs], folder, HashingEncoder())
    (folder / "gen-000002" / "seg-000002" / "vectors.bin").unlink()
    update = index_paths([docs], folder, HashingEncoder())
    assert update.notes == ("gen-000002/vectors.bin is missing; gen-000001 is used instead",)
    store = Store.open(folder)
    assert (store.warnings, len(store.files)) == ((), 4)


def test_cached_store_is_built_once_and_reused(docs: Path, tmp_path: Path) -> None:
    encoder = HashingEncoder()
    folder, update = cached_store([docs], encoder, cache=tmp_path / "cache")
    assert folder.parent == tmp_path / "cache" / "stores"
    assert update.added == ("a.txt", "b.md", "sub/c.txt")
    n_encoded = len(encoder.encoded)
    again, update = cached_store([docs], encoder, cache=tmp_path / "cache")
    assert (again, update.changed, len(encoder.encoded)) == (folder, False, n_encoded)
    rewrite(docs / "a.txt", "Changed.")
    again, update = cached_store([docs], encoder, cache=tmp_path / "cache")
    assert (again, update.updated, update.n_encoded) == (folder, ("a.txt",), 1)


def test_cached_store_differs_by_paths_encoder_and_settings(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folder_of(path: Path, encoder: HashingEncoder, settings: PassageSettings | None = None) -> Path:
        return cached_store([path], encoder, settings, cache=tmp_path / "cache")[0]

    usual = folder_of(docs, HashingEncoder())
    assert usual != folder_of(docs / "sub", HashingEncoder())
    assert usual != folder_of(docs, HashingEncoder(name="other"))
    assert usual != folder_of(docs, HashingEncoder(), PassageSettings(100))
    monkeypatch.chdir(docs.parent)
    assert usual == folder_of(Path("docs"), HashingEncoder())


def test_damaged_cached_store_is_built_anew(docs: Path, tmp_path: Path) -> None:
    encoder = HashingEncoder()
    folder, _ = cached_store([docs], encoder, cache=tmp_path)
    (folder / "gen-000001" / "MANIFEST.json").write_text("{")
    with pytest.raises(StoreDamaged):
        Store.open(folder)
    again, update = cached_store([docs], encoder, cache=tmp_path)
    assert again == folder
    assert update.added == ("a.txt", "b.md", "sub/c.txt")
    assert Store.open(folder).verify() == ()


def test_cached_store_that_shows_its_damage_only_in_use_is_built_anew(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = HashingEncoder()
    folder, _ = cached_store([docs], encoder, cache=tmp_path)
    monkeypatch.setattr(Manifest.signs_of_damage, "__defaults__", (0,))  # as of a store that is too large to read
    lines = folder / "gen-000001" / "files.jsonl"
    status = lines.stat()
    lines.write_bytes(lines.read_bytes().replace(b"}", b"]"))
    os.utime(lines, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert Store.open(folder).warnings == ()
    with pytest.raises(
        StoreDamaged, match=r"is damaged \(gen-000001/files.jsonl cannot be read: .*; build it anew with"
    ):
        index_paths([docs], folder, encoder)
    again, update = cached_store([docs], encoder, cache=tmp_path)
    assert (again, update.added) == (folder, ("a.txt", "b.md", "sub/c.txt"))
    assert Store.open(folder).verify() == ()


def test_whole_cached_store_is_not_discarded(docs: Path, tmp_path: Path) -> None:
    folder, _ = cached_store([docs], HashingEncoder(), cache=tmp_path)
    discard_damaged(folder, 0.0)
    assert paths(folder) == ["a.txt", "b.md", "sub/c.txt"]


def test_damaged_cached_store_that_another_program_has_just_discarded_is_built_anew(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = cached_store([docs], HashingEncoder(), cache=tmp_path)
    (folder / "gen-000001" / "MANIFEST.json").write_text("{")

    def second(store: Path, timeout_s: float) -> None:
        for _ in range(2):  # the other program, then this one
            discard_damaged(store, timeout_s)

    monkeypatch.setattr("embeddings.build.discard_damaged", second)
    assert cached_store([docs], HashingEncoder(), cache=tmp_path)[1].added == ("a.txt", "b.md", "sub/c.txt")
    assert Store.open(folder).verify() == ()


TWO = """
import sys, time
from pathlib import Path
from embeddings.build import cached_store
from embeddings.store import Store
from tests.fake_encoder import HashingEncoder

class Slow(HashingEncoder):
    def encode(self, texts, progress=None):
        print("encoding", flush=True)
        time.sleep(1.0)
        return super().encode(texts, progress)

said = []
folder, update = cached_store([sys.argv[1]], Slow(), cache=Path(sys.argv[2]), progress=lambda *step: said.append(step[0]))
print(update.n_encoded, len(Store.open(folder).files), any("waiting" in what for what in said))
"""


def test_two_programs_share_a_cached_store_and_encode_it_once(docs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TWO, str(docs), str(tmp_path / "cache")]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as second,
    ):
        said = [first.communicate(timeout=60)[0].split(), second.communicate(timeout=60)[0].split()]
    assert (first.returncode, second.returncode) == (0, 0)
    # One of them encodes all there is; the other waits for it, or comes late, and encodes nothing.
    waited, built = sorted(said, key=len)
    assert (built[:1], built[2:]) == (["encoding"], ["3", "False"])
    assert waited[:2] == ["0", "3"]


def test_progress_tells_what_is_read(docs: Path, folder: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    index_paths([docs], folder, HashingEncoder(), progress=lambda *step: seen.append(step))
    assert [step for step in seen if step[0] == "reading"] == [("reading", n, 3) for n in (1, 2, 3)]


def broken(folder: Path) -> Path:
    """Write a file in which nothing can be read."""
    file = folder / "broken.pdf"
    file.write_bytes(b"%PDF-1.4 and nothing else")
    return file


def test_a_file_in_which_nothing_can_be_read_is_read_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, store, encoder = tmp_path / "docs", tmp_path / "store", HashingEncoder()
    docs.mkdir()
    (docs / "a.txt").write_text("Words.", encoding="utf-8")
    file = broken(docs)
    looked_at: list[str] = []
    real = extract.from_pdf

    def from_pdf(content: bytes) -> extract.Text:
        looked_at.append("pdf")
        return real(content)

    monkeypatch.setattr(extract, "from_pdf", from_pdf)
    first = index_paths([docs], store, encoder)
    with writing(store):  # who finds nothing to do does not wait for who writes
        again = index_paths([docs], store, encoder)
    assert again.skipped == first.skipped != ()
    assert [item.reason for item in again.skipped] == [item.reason for item in first.skipped]
    assert looked_at == ["pdf"]
    os.utime(file, (1, 1))
    index_paths([docs], store, encoder)
    assert looked_at == ["pdf", "pdf"]
    (store / "UNREAD.json").write_text("[", encoding="utf-8")
    index_paths([docs], store, encoder)
    assert looked_at == ["pdf", "pdf", "pdf"]


def test_the_reason_that_is_remembered_can_still_be_said_in_another_language(tmp_path: Path) -> None:
    reason = Phrase("it has more than {n_bytes:,} bytes ({why})", n_bytes=5, why=Phrase("so {x}", x="it is"))
    remember(tmp_path, [Unread("/a.txt", 1, 2, reason)])
    (kept,) = unread_in(tmp_path).values()
    assert (kept.reason, kept.reason.template, kept.reason.values) == (reason, reason.template, reason.values)


def test_a_document_whose_file_cannot_be_opened_now_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs, store, encoder = tmp_path / "docs", tmp_path / "store", HashingEncoder()
    docs.mkdir()
    (docs / "a.txt").write_text("Words.", encoding="utf-8")
    (docs / "b.txt").write_text("More words.", encoding="utf-8")
    index_paths([docs], store, encoder)
    (docs / "b.txt").write_text("Other words.", encoding="utf-8")
    real = Path.read_bytes

    def out_of_reach(path: Path) -> bytes:
        if path.name == "b.txt":
            raise OSError(5, "Input/output error")
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", out_of_reach)
        update = index_paths([docs], store, encoder)
    assert (update.removed, [item.path for item in update.skipped]) == ((), ["b.txt"])
    assert {d.text for d in Store.open(store).documents.values()} == {"Words.", "More words."}
    index_paths([docs], store, encoder)
    assert {d.text for d in Store.open(store).documents.values()} == {"Words.", "Other words."}


def test_where_all_files_are_gone_it_is_said_that_the_store_still_has_what_was_read(tmp_path: Path) -> None:
    docs, store, encoder = tmp_path / "docs", tmp_path / "store", HashingEncoder()
    docs.mkdir()
    (docs / "a.txt").write_text("Words.", encoding="utf-8")
    index_paths([docs], store, encoder)
    (docs / "a.txt").unlink()
    with pytest.raises(LoadError, match="what was read before is still in the store"):
        index_paths([docs], store, encoder)


def test_documents_below_a_folder_that_cannot_be_read_now_stay(
    docs: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = HashingEncoder()
    index_paths([docs], folder, encoder)
    real_walk = os.walk

    def walk(top: Path, onerror: Callable[[OSError], None]) -> Iterator[tuple[str, list[str], list[str]]]:
        for place, folders, names in real_walk(top):
            if place.endswith("sub"):
                onerror(PermissionError(13, "Permission denied", place))
            else:
                yield place, folders, names

    with monkeypatch.context() as patched:
        patched.setattr("embeddings.find.os.walk", walk)
        update = index_paths([docs], folder, encoder)
    assert (update.removed, [item.path for item in update.skipped]) == ((), ["sub"])
    assert paths(folder) == ["a.txt", "b.md", "sub/c.txt"]
    (docs / "sub" / "c.txt").unlink()
    assert index_paths([docs], folder, encoder).removed == ("sub/c.txt",)


def test_a_single_path_is_that_path_and_not_its_letters(docs: Path, folder: Path) -> None:
    assert index_paths(str(docs / "a.txt"), folder, HashingEncoder()).added == ("a.txt",)
    _, update = cached_store(docs / "a.txt", HashingEncoder(), cache=folder.parent / "cache")
    assert update.added == ("a.txt",)


def test_too_many_open_files_are_no_damage_and_the_cached_store_stays(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = cached_store([docs], HashingEncoder(), cache=tmp_path)

    def load(*_: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr("embeddings.store.Segment.load", load)
        with pytest.raises(StoreError, match=r"cannot be read now .*Too many open files.*fewer files open") as told:
            cached_store([docs], HashingEncoder(), cache=tmp_path)
    assert not isinstance(told.value, StoreDamaged)
    assert Store.open(place).documents.keys() == Store.open(place).documents.keys() != set()


def test_a_store_that_nobody_holds_is_let_go_at_once(docs: Path, folder: Path) -> None:
    index_paths([docs], folder, HashingEncoder())
    store = Store.open(folder)
    assert len(list(store.documents.values())) == 3
    gone = weakref.ref(store.documents)
    gc.disable()
    try:
        del store
        assert gone() is None
    finally:
        gc.enable()
