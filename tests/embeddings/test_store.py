from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.chosen import chosen
from embeddings.errors import StoreBusy, StoreDamaged, StoreError, StoreNotFound
from embeddings.manifest import FORMAT_VERSION, PassageSettings
from embeddings.store import Store
from embeddings.types import Document, Passage, Progress
from embeddings.update import remove_from_store, update_store
from embeddings.write import writing
from tests.fake_encoder import HashingEncoder

ROOT = Path(__file__).parents[2]
FILES = {"documents.jsonl", "documents.bin", "texts.bin", "passages.bin", "vectors.bin", "words"}
NASTY = "Lone \ud800 and \udfff. Line\u2028and\u2029paragraph. \x85 Null \x00 and \ufeff mark.\r\nEnd 👩🏽\u200d🔬."


def document(path: str, text: str, title: str = "") -> Document:
    return Document.of(text, path, title or path)


A = document("a.txt", "The river carries sediment. The delta grows each spring.")
B = document("b.txt", "A committee approved the budget. It met on Monday.")
C = document("c.txt", "Glaciers carve valleys. Moraines mark where they stood.")


def numbered(n: int) -> str:
    return f"gen-{n:06d}"


def paths(store: Store) -> list[str]:
    return [state.path for state in store.files]


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("gen-"))


def built(folder: Path, *versions: Sequence[Document]) -> HashingEncoder:
    """Bring the store to each version in turn, and return the encoder it was done with."""
    encoder = HashingEncoder()
    for documents in versions:
        update_store(folder, documents, encoder)
    return encoder


def test_folder_holds_what_the_format_says(tmp_path: Path) -> None:
    built(tmp_path, [A, B])
    assert (tmp_path / "CURRENT").read_text().strip() == numbered(1)
    held = {path.name for path in (tmp_path / numbered(1)).iterdir()}
    assert held == {"files.jsonl", "seg-000001", "MANIFEST.json"}
    assert {path.name for path in (tmp_path / numbered(1) / "seg-000001").iterdir()} == FILES
    manifest = json.loads((tmp_path / numbered(1) / "MANIFEST.json").read_text())
    encoder = HashingEncoder()
    assert manifest["format_version"] == FORMAT_VERSION
    assert (manifest["encoder_name"], manifest["encoder_fingerprint"]) == (encoder.name, encoder.fingerprint)
    assert (manifest["dim"], manifest["n_documents"], manifest["n_passages"]) == (32, 2, 2)
    assert manifest["passage_settings"] == {"max_tokens": 200, "overlap_sentences": 1}
    (segment,) = manifest["segments"]
    assert segment == {
        "name": "seg-000001",
        "n_documents": 2,
        "n_passages": 2,
        "vector_search": "exact",
        "removed": [],
        "n_passages_removed": 0,
    }


def test_opened_store_gives_back_documents_passages_and_vectors(tmp_path: Path) -> None:
    nasty = Document.of(NASTY, "dir/ünï\udcff.txt", "A title\u2028of two lines", pages=(0, 12))
    encoder = built(tmp_path, [A, nasty])
    store = Store.open(tmp_path, encoder)
    assert store.documents == {A.doc_id: A, nasty.doc_id: nasty}
    assert store.warnings == ()
    assert store.verify() == ()
    for passage in store.passages:
        assert store.documents[passage.doc_id].text[passage.start : passage.end] == passage.text
    texts = [passage.text for passage in store.passages]
    np.testing.assert_array_equal(store.vectors(), encoder.encode(texts))


def test_searches_give_places_in_passages_with_cosine_and_bm25(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B, C])
    store = Store.open(tmp_path)
    (query,) = encoder.encode(["committee budget"])
    rows = encoder.encode([passage.text for passage in store.passages])
    found = store.search_vectors(query, 3)
    assert found.ids.tolist() == np.argsort(-(rows @ query), kind="stable").tolist()
    np.testing.assert_allclose(found.scores, np.sort(rows @ query)[::-1], atol=1e-6)
    np.testing.assert_allclose(store.cosines(query, np.array([2, 0])), (rows @ query)[[2, 0]], atol=1e-6)
    words = store.search_words("glacier valley", 3)
    assert [store.passages[i].text for i in words.ids] == [C.text]
    np.testing.assert_allclose(store.word_scores("glacier valley", words.ids), words.scores)
    assert store.word_frequencies(["glacier", "committees", "zebra"]) == {
        "glacier": 1,
        "committees": 1,
        "zebra": 0,
    }


def test_update_reports_what_it_did(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B])
    changed = document("b.txt", "The committee rejected the budget.")
    update = update_store(tmp_path, [changed, C, A], encoder)
    assert (update.added, update.updated, update.removed, update.unchanged) == (
        ("c.txt",),
        ("b.txt",),
        (),
        ("a.txt",),
    )
    assert (update.n_documents, update.n_passages, update.n_encoded, update.changed) == (3, 3, 2, True)
    gone = update_store(tmp_path, [C], encoder)
    assert (gone.removed, gone.n_documents, gone.n_encoded) == (("a.txt", "b.txt"), 1, 0)


def test_document_already_there_costs_nothing(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B])
    assert sorted(encoder.encoded) == sorted([A.text, B.text])
    update = update_store(tmp_path, [A, B], encoder)
    assert not update.changed
    assert len(encoder.encoded) == 2
    assert generations(tmp_path) == [numbered(1)]
    update_store(tmp_path, [A, B, C], encoder)
    assert encoder.encoded[2:] == [C.text]


def test_changed_document_encodes_changed_passages_alone(tmp_path: Path) -> None:
    encoder = HashingEncoder()
    sentences = [f"Sentence number {number} tells of topic{number}." for number in range(30)]
    settings = PassageSettings(max_tokens=14, overlap_sentences=0)  # 7 tokens each: two a passage
    update_store(tmp_path, [document("a.txt", " ".join(sentences))], encoder, settings)
    assert len(encoder.encoded) == 15
    sentences[21] = "Sentence number 21 tells of another."
    update = update_store(tmp_path, [document("a.txt", " ".join(sentences))], encoder)
    assert encoder.encoded[15:] == [" ".join(sentences[20:22])]
    assert update.n_encoded == 1
    store = Store.open(tmp_path)
    np.testing.assert_array_equal(store.vectors(), encoder.encode([p.text for p in store.passages]))


def test_removed_document_is_in_no_answer(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B], [B])
    store = Store.open(tmp_path)
    assert store.documents == {B.doc_id: B}
    assert store.search_words("river", 5).ids.tolist() == []
    assert store.word_frequencies(["river"]) == {"river": 0}
    found = store.search_vectors(encoder.encode([A.text])[0], 5)
    assert {store.passages[i].doc_id for i in found.ids} == {B.doc_id}


def test_same_text_under_two_paths_is_one_document_until_both_are_gone(tmp_path: Path) -> None:
    copy = document("z/copy.txt", A.text)
    encoder = built(tmp_path, [A, copy, B])
    store = Store.open(tmp_path)
    assert store.documents[A.doc_id].path == "a.txt"
    assert [file.path for file in store.files_of(A.doc_id)] == ["a.txt", "z/copy.txt"]
    assert len(store.passages) == 2
    update = update_store(tmp_path, [copy, B], encoder)
    assert (update.removed, update.unchanged, update.n_encoded) == (("a.txt",), ("b.txt", "z/copy.txt"), 0)
    store = Store.open(tmp_path)
    assert store.documents[A.doc_id] == copy
    assert [file.path for file in store.files_of(A.doc_id)] == ["z/copy.txt"]
    assert len(store.search_words("river", 5).ids) == 1
    update_store(tmp_path, [B], encoder)
    assert A.doc_id not in Store.open(tmp_path).documents


def test_renamed_document_is_not_encoded_again(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    update = update_store(tmp_path, [document("new.txt", A.text, "a.txt")], encoder)
    assert (update.added, update.removed, update.n_encoded) == (("new.txt",), ("a.txt",), 0)
    assert [d.path for d in Store.open(tmp_path).documents.values()] == ["new.txt"]


def test_new_title_or_pages_of_the_same_text_are_an_update(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B])
    update = update_store(tmp_path, [Document.of(A.text, "a.txt", "New title", (0, 5)), B], encoder)
    assert (update.updated, update.unchanged, update.n_encoded) == (("a.txt",), ("b.txt",), 0)
    stored = Store.open(tmp_path).documents[A.doc_id]
    assert (stored.title, stored.pages) == ("New title", (0, 5))


def test_without_remove_missing_documents_are_added(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B])
    update = update_store(tmp_path, [C], encoder, remove_missing=False)
    assert (update.added, update.removed, update.unchanged) == (("c.txt",), (), ("a.txt", "b.txt"))
    assert paths(Store.open(tmp_path)) == ["a.txt", "b.txt", "c.txt"]


def test_a_document_remembers_the_file_it_was_read_from(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(A.text)
    update_store(tmp_path / "store", [A, B], HashingEncoder(), sources={"a.txt": file})
    states = {state.path: (state.source, state.size) for state in Store.open(tmp_path / "store").files}
    assert states == {"a.txt": (str(file.resolve()), len(A.text)), "b.txt": ("", -1)}


def test_what_is_taken_out_by_its_path_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A, B, C])
    n_encoded = len(encoder.encoded)
    update = remove_from_store(tmp_path, ["b.txt", "no such.txt"], encoder)
    assert (update.removed, update.unchanged) == (("b.txt",), ("a.txt", "c.txt"))
    assert paths(Store.open(tmp_path)) == ["a.txt", "c.txt"]
    assert len(encoder.encoded) == n_encoded


def test_taking_everything_out_is_refused_and_the_store_stays(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    with pytest.raises(StoreError, match="a store is never empty"):
        remove_from_store(tmp_path, ["a.txt"], encoder)
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_progress_tells_of_splitting_and_encoding(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    update_store(tmp_path, [A, B], HashingEncoder(), progress=lambda *step: seen.append(step))
    assert seen == [
        ("splitting into passages", 1, 2),
        ("splitting into passages", 2, 2),
        ("encoding passages", 1, 2),
        ("encoding passages", 2, 2),
    ]


@pytest.mark.parametrize("documents", [[], [document("a.txt", "")], [document("a.txt", " \n\t ")]])
def test_nothing_to_index_is_an_error_and_leaves_no_store(tmp_path: Path, documents: list[Document]) -> None:
    with pytest.raises(StoreError, match="there is nothing to index"):
        update_store(tmp_path, documents, HashingEncoder())
    with pytest.raises(StoreNotFound):
        Store.open(tmp_path)


def test_removing_everything_is_refused_and_the_store_stays(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    with pytest.raises(StoreError, match="there is nothing to index"):
        update_store(tmp_path, [], encoder)
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_folder_without_a_store_says_how_to_build_one(tmp_path: Path) -> None:
    (tmp_path / "gen-notes").mkdir()
    (tmp_path / "a file").write_text("x")
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "a file"):
        with pytest.raises(StoreNotFound, match=r"there is no store in .*; build one with: article-qa index"):
            Store.open(folder)


def test_store_of_another_encoder_names_both(tmp_path: Path) -> None:
    built(tmp_path, [A])
    other = HashingEncoder(name="other")
    with pytest.raises(StoreError, match="built with the encoder hashing and cannot be searched with other"):
        Store.open(tmp_path, other)
    with pytest.raises(StoreError, match="give --encoder hashing"):
        update_store(tmp_path, [A, B], other)
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_store_of_other_weights_under_the_same_name_says_so(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    wider = HashingEncoder(dim=64)
    same_weights = HashingEncoder(dim=64)
    same_weights.fingerprint = encoder.fingerprint
    for other in (wider, same_weights):
        with pytest.raises(
            StoreError, match=r"built with other weights of the encoder hashing, or .*; build another store"
        ):
            Store.open(tmp_path, other)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_question_whose_vector_is_not_finite_is_refused(tmp_path: Path, number: float) -> None:
    encoder = built(tmp_path, [A, B])
    store, query = Store.open(tmp_path), encoder.encode(["river"])[0]
    query[3] = number
    for searched in (store, chosen(store, [A.doc_id]), chosen(store, [A.doc_id], exact_most=0)):
        with pytest.raises(StoreError, match="the encoder hashing gave no usable vectors"):
            searched.search_vectors(query, 5)
        with pytest.raises(StoreError, match="the encoder hashing gave no usable vectors"):
            searched.cosines(query, np.array([0]))


def test_store_with_other_passage_settings_is_not_mixed(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    with pytest.raises(StoreError, match=r"passages of 200 tokens .*cannot take passages of 50 tokens .*new folder"):
        update_store(tmp_path, [A, B], encoder, PassageSettings(max_tokens=50))
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_passages_that_the_encoder_would_cut_off_are_refused(tmp_path: Path) -> None:
    encoder = HashingEncoder(max_tokens=128)
    with pytest.raises(StoreError, match="passages of 200 tokens do not fit the encoder hashing; give at most 126"):
        update_store(tmp_path, [A], encoder)
    update_store(tmp_path, [A], encoder, PassageSettings(max_tokens=126))


def test_encoder_that_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    class Broken(HashingEncoder):
        def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
            return np.full((len(texts), self.dim), np.nan, np.float32)

    with pytest.raises(StoreError, match="the encoder hashing gave no usable vectors"):
        update_store(tmp_path, [A], Broken())


def test_whole_store_of_another_format_says_so(tmp_path: Path) -> None:
    built(tmp_path, [A])
    manifest = tmp_path / numbered(1) / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace(f'"format_version": {FORMAT_VERSION}', '"format_version": 7'))
    with pytest.raises(
        StoreError, match=f"is of format 7 and this program reads format {FORMAT_VERSION}; build the store anew"
    ):
        Store.open(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format_version": 1}', "\ud800"])
def test_manifest_that_is_none_is_damage(tmp_path: Path, content: str) -> None:
    built(tmp_path, [A])
    manifest = tmp_path / numbered(1) / "MANIFEST.json"
    manifest.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(StoreDamaged, match=f"the store .* is damaged .*{numbered(1)}"):
        Store.open(tmp_path)


def files_of(generation: Path) -> list[Path]:
    return sorted(path for path in generation.rglob("*") if path.is_file())


def test_a_flipped_byte_in_any_file_is_found_and_the_generation_before_is_used(tmp_path: Path) -> None:
    built(tmp_path / "store", [A], [A, B])
    generation = tmp_path / "store" / numbered(2)
    for path in files_of(generation):
        content = path.read_bytes()
        for place in {0, len(content) // 3, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            store = Store.open(tmp_path / "store")
            assert (store.generation, paths(store)) == (numbered(1), ["a.txt"]), (path.name, place)
            (warning,) = store.warnings
            assert numbered(2) in warning
            assert warning.endswith(f"; {numbered(1)} is used instead")
        path.write_bytes(content)
    assert Store.open(tmp_path / "store").generation == numbered(2)


def test_every_byte_of_the_manifest_counts(tmp_path: Path) -> None:
    built(tmp_path, [A], [A, B])
    path = tmp_path / numbered(2) / "MANIFEST.json"
    content = path.read_bytes()
    for place in range(len(content)):
        flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        path.write_bytes(flipped)
        try:
            same = json.loads(flipped) == json.loads(content)
        except ValueError:
            same = False
        assert Store.open(tmp_path).generation == numbered(2 if same else 1), place


@pytest.mark.parametrize("harm", ["missing", "cut", "longer"])
def test_missing_or_cut_files_are_found(tmp_path: Path, harm: str) -> None:
    built(tmp_path, [A], [A, B])
    for path in files_of(tmp_path / numbered(2)):
        content = path.read_bytes()
        if harm == "missing":
            path.unlink()
        else:
            path.write_bytes(content[:-1] if harm == "cut" else content + b" ")
        store = Store.open(tmp_path)
        if harm == "longer" and path.name == "MANIFEST.json":
            assert store.generation == numbered(2)  # white space behind the JSON says nothing else
        else:
            assert store.generation == numbered(1), path.name
        path.write_bytes(content)


def test_damage_without_a_generation_before_is_an_error(tmp_path: Path) -> None:
    built(tmp_path, [A])
    path = tmp_path / numbered(1) / "seg-000001" / "vectors.bin"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(StoreDamaged, match=r"vectors.bin does not have the content that was written.*build it anew"):
        Store.open(tmp_path)


def test_verify_names_the_damaged_file_of_an_opened_store(tmp_path: Path) -> None:
    built(tmp_path, [A])
    store = Store.open(tmp_path)
    path = tmp_path / numbered(1) / "seg-000001" / "words" / "words.bin"
    path.write_bytes(path.read_bytes().replace(b"river", b"raver"))
    (tmp_path / numbered(1) / "seg-000001" / "passages.bin").unlink()
    assert store.verify() == (
        f"{numbered(1)}/passages.bin is missing",
        f"{numbered(1)}/words.bin does not have the content that was written",
    )


def test_damaged_store_is_mended_by_the_next_update_even_if_nothing_changed(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A], [A, B])
    (tmp_path / numbered(2) / "seg-000002" / "texts.bin").unlink()
    update = update_store(tmp_path, [A], encoder)
    assert not update.changed
    assert update.notes == (f"{numbered(2)}/texts.bin is missing; {numbered(1)} is used instead",)
    store = Store.open(tmp_path)
    assert (store.generation, store.warnings) == (numbered(3), ())
    # What the new one was made from is kept, not the damaged one.
    assert generations(tmp_path) == [numbered(1), numbered(3)]


@pytest.mark.parametrize("content", [b"", b"gen-00000", b"fen-000002", b"../../etc", b"\xff\xfe", b"gen-000009"])
def test_damaged_current_falls_back_to_a_whole_generation(tmp_path: Path, content: bytes) -> None:
    built(tmp_path, [A], [A, B])
    (tmp_path / "CURRENT").write_bytes(content)
    assert paths(Store.open(tmp_path)) == ["a.txt", "b.txt"]


def test_every_flipped_bit_of_current_still_opens_a_whole_generation(tmp_path: Path) -> None:
    built(tmp_path, [A], [A, B])
    content = (tmp_path / "CURRENT").read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            flipped = content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :]
            (tmp_path / "CURRENT").write_bytes(flipped)
            assert Store.open(tmp_path).generation in {numbered(1), numbered(2)}


def test_missing_current_opens_the_latest_whole_generation(tmp_path: Path) -> None:
    built(tmp_path, [A], [A, B])
    (tmp_path / "CURRENT").unlink()
    assert Store.open(tmp_path).generation == numbered(2)


def test_two_generations_are_kept_and_nothing_else_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "gen-mine").mkdir()
    (tmp_path / "gen-mine" / "notes.txt").write_text("mine")
    (tmp_path / "gen-1").write_text("a file of somebody")
    built(tmp_path, [A], [B], [C], [A, B])
    assert generations(tmp_path) == ["gen-000003", "gen-000004", "gen-1", "gen-mine"]
    assert (tmp_path / "gen-mine" / "notes.txt").read_text() == "mine"


def test_generations_are_ordered_by_number_beyond_six_digits(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    (tmp_path / numbered(1)).rename(tmp_path / "gen-999999")
    (tmp_path / "CURRENT").write_text("gen-999999")
    update_store(tmp_path, [A, B], encoder)
    assert generations(tmp_path) == ["gen-1000000", "gen-999999"]
    assert Store.open(tmp_path).generation == "gen-1000000"
    shutil.rmtree(tmp_path / "gen-1000000")
    assert Store.open(tmp_path).generation == "gen-999999"


def test_leftovers_of_an_interrupted_write_are_ignored_and_then_removed(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    left = tmp_path / numbered(2)
    left.mkdir()
    (left / "documents.jsonl").write_text('{"doc_id": "')
    (tmp_path / "CURRENT.new").write_text(numbered(2))
    store = Store.open(tmp_path)
    assert (store.generation, store.warnings) == (numbered(1), ())
    update_store(tmp_path, [A, B], encoder)
    assert generations(tmp_path) == [numbered(1), Store.open(tmp_path).generation]
    assert not (tmp_path / "CURRENT.new").exists()
    assert paths(Store.open(tmp_path)) == ["a.txt", "b.txt"]


def test_first_write_under_way_is_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / numbered(1)).mkdir()
    (tmp_path / numbered(1) / "documents.jsonl").write_text("")
    with pytest.raises(StoreNotFound):
        Store.open(tmp_path)


CRASHES = """
import os, shutil, sys
from pathlib import Path
from embeddings.store import Store
from embeddings.types import Document
from embeddings.update import update_store
from tests.fake_encoder import HashingEncoder

base, end = Path(sys.argv[1]), sys.argv[2]
old = [Document.of("The river carries sediment.", "a.txt", "a")]
new = [*old, Document.of("A committee approved the budget.", "b.txt", "b")]
STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir"}
if end != "first":
    update_store(base / "before", old[:1], HashingEncoder())
    update_store(base / "before", [*old, Document.of("Gone.", "c.txt", "c")], HashingEncoder())
    update_store(base / "before", old, HashingEncoder())

def changes_the_disk(event, arguments):
    if event == "open":
        return bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR))
    return event in STEPS

seen = 0

def crash_at(step):
    def hook(event, arguments):
        global seen
        if changes_the_disk(event, arguments):
            seen += 1
            if seen == step and end == "error":
                raise OSError(28, "No space left on device")
            if seen == step:
                os._exit(9)
    sys.addaudithook(hook)

outcomes = []
for step in range(1, 1000):
    folder = base / f"crash-{step}"
    if end != "first":
        shutil.copytree(base / "before", folder)
    child = os.fork()
    if child == 0:
        crash_at(step)
        try:
            update_store(folder, new, HashingEncoder())
        except Exception as error:
            print(type(error).__name__, error, file=sys.stderr)
            os._exit(8)
        os._exit(7 if seen >= step else 0)  # 7: it went on although the step failed
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        found = " ".join(state.path for state in Store.open(folder).files)
    except Exception as error:
        found = type(error).__name__
    left = sorted(path.name for path in folder.glob("gen-*")) if folder.exists() else []
    update_store(folder, new, HashingEncoder())
    after = Store.open(folder)
    update_store(folder, old, HashingEncoder())  # what was left is gone after the next write
    kept = sorted(path.name for path in folder.glob("gen-*"))
    print(step, code, found.replace(" ", "+"), len(left), len(after.documents), len(kept), after.warnings == (), sep="|")
    if code == 0:
        break
    shutil.rmtree(folder)
"""


def crashed(tmp_path: Path, end: str) -> tuple[list[list[str]], str]:
    """Return a line for each step that an update was ended at, and what was said on standard error."""
    ran = subprocess.run(
        [sys.executable, "-c", CRASHES, str(tmp_path), end],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    lines = [line.split("|") for line in ran.stdout.splitlines()]
    assert len(lines) > 20
    assert [line[1] for line in lines][-1] == "0"
    return lines, ran.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ends a forked process")
def test_process_killed_at_any_step_leaves_the_old_store_or_the_new_one(tmp_path: Path) -> None:
    lines, _ = crashed(tmp_path, "killed")
    for step, code, found, _, n_documents, n_kept, unharmed in lines:
        assert code in {"9", "0"}, step
        assert found in {"a.txt", "a.txt+b.txt"}, step
        assert (n_documents, n_kept, unharmed) == ("2", "2", "True"), step
    results = [line[2] for line in lines]
    assert results == sorted(results)  # old before the swap, new from then on, never back


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ends a forked process")
def test_first_write_killed_at_any_step_leaves_no_store_or_the_new_one(tmp_path: Path) -> None:
    lines, _ = crashed(tmp_path, "first")
    for step, _, found, _, n_documents, n_kept, unharmed in lines:
        assert found in {"StoreNotFound", "a.txt+b.txt"}, step
        assert (n_documents, n_kept, unharmed) == ("2", "2", "True"), step


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ends a forked process")
def test_full_disk_at_any_step_is_one_plain_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    lines, said = crashed(tmp_path, "error")
    for step, code, found, n_left, *_ in lines:
        assert code in {"8", "7", "0"}, step
        assert found == ("a.txt" if code == "8" else "a.txt+b.txt"), step
        assert n_left == "2" or code == "7", step  # only where a folder could not be deleted is there one more
    for line in said.splitlines():
        assert line.startswith("StoreError the store "), line
        assert "No space left on device" in line


def limited(folder: Path, n_bytes: int) -> str:
    """Return what an update says in a process that may not write files of more than `n_bytes`."""
    script = (
        "import sys; from pathlib import Path; from embeddings.update import update_store\n"
        "from embeddings.types import Document; from tests.fake_encoder import HashingEncoder\n"
        "text = ' '.join(f'Sentence {i} tells of topic{i}.' for i in range(4000))\n"
        "try: update_store(sys.argv[1], [Document.of(text, 'long.txt', 'long')], HashingEncoder())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes)),
    )
    return ran.stdout.strip()


@pytest.mark.parametrize("n_bytes", [100_000, 20_000, 10_000])
def test_disk_that_takes_no_more_is_one_plain_sentence(tmp_path: Path, n_bytes: int) -> None:
    built(tmp_path, [A])
    said = limited(tmp_path, n_bytes)
    assert said.startswith(f"StoreError the store {tmp_path} could not be written: "), said
    assert said.endswith("; what it held before is still there")
    assert "\n" not in said
    assert generations(tmp_path) == [numbered(1)]
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_folder_that_cannot_be_written_is_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match=r"the store .* cannot be written: .*; name a folder that can be written to"):
        update_store(tmp_path / "file" / "store", [A], HashingEncoder())


def test_everything_is_on_the_disk_before_the_name_is_swapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        done.append(os.path.relpath(Path(f"/proc/self/fd/{handle}").readlink(), tmp_path))
        real_sync(handle)

    def replace(source: str, target: str, **others: object) -> None:
        done.append(f"swap to {Path(source).read_text().strip()}")
        real_replace(source, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("open files are looked up in /proc")
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(os, "rename", replace)
    built(tmp_path, [A])
    swap = done.index(f"swap to {numbered(1)}")
    held = {path.relative_to(tmp_path).as_posix() for path in files_of(tmp_path / numbered(1))}
    manifest = f"{numbered(1)}/MANIFEST.json"
    folders = {numbered(1), f"{numbered(1)}/seg-000001", f"{numbered(1)}/seg-000001/words"}
    assert held | folders == set(done[: swap - 1])
    assert held - set(done[: done.index(manifest)]) == {manifest}
    assert done[swap - 1 :] == ["CURRENT.new", f"swap to {numbered(1)}", "."]


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not flushed there")
@pytest.mark.parametrize(("of", "is_written"), [("folder", True), ("file", False)])
def test_where_folders_cannot_be_flushed_a_store_is_written_and_where_files_cannot_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str, is_written: bool
) -> None:
    real_sync = os.fsync

    def sync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode) == (of == "folder"):
            raise OSError(errno.EINVAL, "Invalid argument")
        real_sync(handle)

    monkeypatch.setattr(os, "fsync", sync)
    if not is_written:
        with pytest.raises(StoreError, match="could not be written: Invalid argument"):
            built(tmp_path, [A])
        return
    built(tmp_path, [A])
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_second_writer_is_told_that_the_store_is_busy_and_readers_go_on(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A])
    with writing(tmp_path):
        errors: list[BaseException] = []

        def second() -> None:
            try:
                update_store(tmp_path, [B], encoder)
            except StoreBusy as error:
                errors.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert paths(Store.open(tmp_path)) == ["a.txt"]
    (error,) = errors
    assert str(error) == f"the store {tmp_path} is being written to by another program; try again when it is done"
    update_store(tmp_path, [B], encoder)
    assert paths(Store.open(tmp_path)) == ["b.txt"]


def test_writer_in_another_process_makes_the_store_busy(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from embeddings.write import writing\n"
        "with writing(Path(sys.argv[1])):\n print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, stdin=-1, stdout=-1, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy):
            update_store(tmp_path, [A], HashingEncoder())
        other.kill()
    update_store(tmp_path, [A], HashingEncoder())
    assert paths(Store.open(tmp_path)) == ["a.txt"]


def test_readers_see_whole_generations_while_a_writer_writes(tmp_path: Path) -> None:
    versions = [[A], [A, B], [B, C], [A, B, C]]
    encoder = built(tmp_path, versions[0])
    done = threading.Event()
    problems: list[str] = []
    n_opened = 0

    def read() -> None:
        nonlocal n_opened
        expected = [sorted(d.path for d in version) for version in versions]
        while not done.is_set():
            store = Store.open(tmp_path)
            n_opened += 1
            if paths(store) not in expected or store.warnings:
                problems.append(f"{store.generation} {paths(store)} {store.warnings}")
            # An opened store goes on working when its folder is gone.
            if len(store.search_vectors(encoder.encode(["river"])[0], 5).ids) != len(store.passages):
                problems.append("search")

    def guarded() -> None:
        try:
            read()
        except Exception as error:
            problems.append(repr(error))

    threads = [threading.Thread(target=guarded) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(40):
        update_store(tmp_path, versions[number % 4], encoder)
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert n_opened > 2


def test_reader_looks_again_when_its_generation_was_replaced_while_it_read(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A], [B])
    stale = Store.open(tmp_path)

    class Overtaken(Store):
        """Before its first reading ends, two newer generations are there, and the one it reads is gone."""

        overtaken = False

        @classmethod
        def _read(cls, folder: Path, name: str, damaged: tuple[str, ...]) -> Store:
            if not cls.overtaken:
                cls.overtaken = True
                update_store(folder, [C], encoder)
                update_store(folder, [A, C], encoder)
                assert not (folder / name).exists()
            return Store._read(folder, name, damaged)

    store = Overtaken.open(tmp_path)
    assert (paths(store), store.warnings) == (["a.txt", "c.txt"], ())
    assert len(stale.search_words("committee", 5).ids) == 1
    assert [passage.text for passage in stale.passages] == [B.text]
    assert stale.documents == {B.doc_id: B}
    np.testing.assert_array_equal(stale.vectors(), encoder.encode([B.text]))


def test_opening_a_store_writes_nothing(tmp_path: Path) -> None:
    encoder = built(tmp_path, [A], [A, B])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    store = Store.open(tmp_path, encoder)
    store.search_words("river", 3)
    store.verify()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_manifest_states_counts_that_must_hold(tmp_path: Path) -> None:
    from dataclasses import replace

    from embeddings.manifest import Manifest

    built(tmp_path, [A])
    generation = tmp_path / numbered(1)
    replace(Manifest.load(generation), n_passages=5).save(generation)
    with pytest.raises(StoreDamaged, match="does not hold as many documents and passages"):
        Store.open(tmp_path)


@pytest.mark.parametrize(("max_tokens", "overlap"), [(7, 1), (200, -1)])
def test_passage_settings_out_of_range_are_refused(max_tokens: int, overlap: int) -> None:
    with pytest.raises(StoreError, match="cannot be made; give at least 8 tokens and no negative overlap"):
        PassageSettings(max_tokens, overlap)


def test_passages_are_in_the_order_of_paths_and_offsets(tmp_path: Path) -> None:
    long = document("b.txt", " ".join(f"Sentence {n} is here." for n in range(80)))
    update_store(tmp_path, [C, long, A], HashingEncoder(), PassageSettings(50, 1))
    store = Store.open(tmp_path)

    def place(passage: Passage) -> tuple[str, int]:
        return store.documents[passage.doc_id].path, passage.start

    assert [place(p) for p in store.passages] == sorted(place(p) for p in store.passages)
    assert len(store.passages) > 5
