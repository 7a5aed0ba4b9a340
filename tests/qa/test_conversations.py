from __future__ import annotations

import os
import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from qa.conversations import Asked, Conversations, Kept, name_of, snippet
from qa.errors import ConversationsError

BUILT = Asked("When was it built?", {"text": "It was built in 1887."})
WATCH = Asked("Who got a watch?", {"text": "Anna Lund got a silver watch."}, verdict="up", reason="right")
BROKEN = Asked("Why?", None, added="the tower", written="Because of", error="the engine went away", cut=True)
FERRY = Asked("Is there a ferry?", {"text": "No."}, n_documents=12)


class Clock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1
        return self.now_s


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.sqlite"


@pytest.fixture
def kept(file: Path) -> Conversations:
    return Conversations.open(file, Clock())


def said(kept: Conversations, conversation_id: str) -> tuple[Asked, ...]:
    return kept.load(conversation_id)[1]


def ids(rows: tuple[Kept, ...]) -> list[str]:
    return [row.id for row in rows]


def test_what_was_saved_is_there_after_the_file_was_opened_anew(kept: Conversations, file: Path) -> None:
    handle = kept.save(None, [BUILT, WATCH, BROKEN])
    kept.close()
    again = Conversations.open(file)
    assert again.load(handle.id) == (handle, (BUILT, WATCH, BROKEN))
    assert again.list() == (Kept(handle.id, "When was it built?", 2.0, 3),)


def test_how_much_was_searched_is_kept_and_not_known_of_what_an_earlier_program_kept(
    kept: Conversations, file: Path
) -> None:
    handle = kept.save(None, [FERRY])
    assert said(kept, handle.id) == (FERRY,)
    kept.close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE exchange SET value = json_remove(value, '$.n_documents')")
    database.close()
    assert said(Conversations.open(file), handle.id) == (replace(FERRY, n_documents=None),)


def test_saving_again_replaces_and_cuts_off(kept: Conversations) -> None:
    handle = kept.save(None, [BUILT, WATCH, BROKEN])
    later = kept.save(handle, [BUILT, BROKEN])
    assert (later.id, said(kept, later.id)) == (handle.id, (BUILT, BROKEN))
    assert ids(kept.search("silver")) == []
    assert kept.list() == (Kept(handle.id, "When was it built?", 3.0, 2),)


def test_where_two_go_on_from_one_conversation_nothing_of_either_is_lost(kept: Conversations) -> None:
    handle = kept.save(None, [BUILT])
    first = kept.save(handle, [BUILT, WATCH])
    second = kept.save(handle, [BUILT, BROKEN])
    assert second.id != first.id
    assert (said(kept, first.id), said(kept, second.id)) == ((BUILT, WATCH), (BUILT, BROKEN))
    assert said(kept, kept.save(second, [BUILT]).id) == (BUILT,)


def test_a_conversation_that_goes_on_after_it_was_deleted_elsewhere_is_back(kept: Conversations) -> None:
    handle = kept.save(None, [BUILT])
    kept.delete(handle.id)
    assert kept.save(handle, [BUILT, WATCH]).id == handle.id
    kept.purge()
    assert said(kept, handle.id) == (BUILT, WATCH)


def test_the_last_changed_conversation_is_first(kept: Conversations) -> None:
    first, second = kept.save(None, [BUILT]), kept.save(None, [WATCH])
    assert ids(kept.list()) == [second.id, first.id]
    kept.save(first, [BUILT, BROKEN])
    assert ids(kept.list()) == [first.id, second.id]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("silver", True),
        ("SILVER watch", True),
        ("ilve", True),  # part of a word
        ("an", True),  # two characters are looked for too
        ("watch tower", False),  # every word has to occur
        ('"watch', False),
        ("100%", False),
        ("_n", False),
        ("灯塔", True),
        ("灯", True),
        ("灯塔建于", True),
        ("  ", True),
    ],
)
def test_a_conversation_is_found_by_all_of_its_words(kept: Conversations, text: str, found: bool) -> None:
    number = kept.save(None, [WATCH, Asked("灯塔建于何时？", {"text": "灯塔建于 1887 年。"})]).id
    kept.save(None, [Asked("Is there a ferry?", {"text": "No."})])
    assert (number in ids(kept.search(text))) is found


def test_a_search_shows_where_it_was_found(kept: Conversations) -> None:
    kept.save(None, [BUILT, WATCH])
    (row,) = kept.search("silver")
    assert row.found == "Who got a watch? Anna Lund got a silver watch."


def test_a_new_name_is_shown_and_found_and_an_empty_one_is_the_first_question(kept: Conversations) -> None:
    handle = kept.save(None, [BUILT])
    number = handle.id
    kept.rename(number, "  Towers\nand lamps ")
    assert (kept.name(number), ids(kept.search("lamps"))) == ("Towers and lamps", [number])
    kept.save(handle, [WATCH])
    assert kept.name(number) == "Towers and lamps"
    kept.rename(number, " ")
    assert kept.name(number) == "Who got a watch?"


def test_what_was_deleted_comes_back_until_the_next_deletion(kept: Conversations) -> None:
    first, second = kept.save(None, [BUILT]).id, kept.save(None, [WATCH]).id
    kept.delete(first)
    assert ids(kept.list()) == [second]
    with pytest.raises(ConversationsError, match=r"^this conversation is gone; it was deleted$"):
        kept.load(first)
    assert kept.restore(first)
    assert said(kept, first) == (BUILT,)
    kept.delete(first)
    kept.delete(second)
    assert not kept.restore(first)
    assert kept.restore(second)


def test_what_is_deleted_twice_comes_back_too(kept: Conversations) -> None:
    first = kept.save(None, [BUILT]).id
    kept.delete(first)
    kept.delete(first)
    assert kept.restore(first)
    assert said(kept, first) == (BUILT,)


def test_nothing_of_a_deleted_conversation_stays_in_the_files(kept: Conversations, file: Path) -> None:
    secret = kept.save(None, [Asked("Where is the zanzibar treasure?", {"text": "Under the zanzibar palm."})]).id
    kept.save(None, [BUILT])
    assert any(b"zanzibar" in path.read_bytes() for path in file.parent.iterdir())
    kept.delete(secret)
    kept.purge()
    assert [path.name for path in file.parent.iterdir() if b"zanzibar" in path.read_bytes()] == []


@pytest.mark.skipif(os.name != "posix", reason="rights are kept otherwise there")
def test_the_file_is_for_its_owner_alone(kept: Conversations, file: Path) -> None:
    kept.save(None, [BUILT])
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}


def test_two_programs_write_at_once_and_nothing_is_lost(kept: Conversations, file: Path) -> None:
    other = Conversations.open(file)

    def write(into: Conversations, name: str) -> None:
        for number in range(30):
            into.save(None, [Asked(f"{name} {number}?")])

    threads = [threading.Thread(target=write, args=pair) for pair in ((kept, "a"), (kept, "b"), (other, "c"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.name for row in other.list()) == sorted(f"{name} {n}?" for name in "abc" for n in range(30))


def test_a_write_that_fails_changes_nothing(kept: Conversations) -> None:
    handle = kept.save(None, [BUILT])
    with pytest.raises(TypeError):
        kept.save(handle, [WATCH, Asked("Odd?", {"text": "x", "odd": object()})])
    assert kept.load(handle.id) == (handle, (BUILT,))


def test_a_damaged_file_is_told_in_one_sentence_and_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database at all " * 100)
    with pytest.raises(ConversationsError, match=r"cannot be read \(file is not a database\); move the file away to"):
        Conversations.open(file)
    assert file.read_bytes() == b"no database at all " * 100


def test_a_file_of_a_newer_version_is_told_and_left_as_it_is(kept: Conversations, file: Path) -> None:
    kept.close()
    newer = sqlite3.connect(file)
    newer.execute("PRAGMA user_version = 2")
    newer.close()
    with pytest.raises(ConversationsError, match=r"newer version of the program \(form 2, this one reads up to 1\)"):
        Conversations.open(file)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConversationsError, match=r"^conversations cannot be kept in .*; name another file$"):
        Conversations.open(tmp_path / "file" / "conversations.sqlite")


def test_a_broken_exchange_is_told(kept: Conversations, file: Path) -> None:
    number = kept.save(None, [BUILT]).id
    other = sqlite3.connect(file)
    other.execute("UPDATE exchange SET value = '{}'")
    other.commit()
    other.close()
    with pytest.raises(ConversationsError, match="a question of this conversation cannot be read: 'question' is miss"):
        kept.load(number)


def test_half_a_surrogate_pair_is_kept_as_a_mark_and_loses_no_conversation(kept: Conversations) -> None:
    half = Asked("Why \ud83d?", {"text": "So \udc4d it is."}, verdict="up", reason="\ud83d")
    handle = kept.save(kept.save(None, [BUILT]), [half, BUILT])
    marked = Asked("Why ??", {"text": "So ? it is."}, verdict="up", reason="?")
    assert said(kept, handle.id) == (marked, BUILT)
    kept.rename(handle.id, "\ud83d Towers")
    assert kept.name(handle.id) == "? Towers"
    assert ids(kept.search("so \ud83d")) == [handle.id]
    assert ids(kept.search("\ud83d\ud83d\ud83d")) == []


@pytest.mark.parametrize("tokenizer", ["fts5 (text, tokenize = 'unknown')", "unknown (text)"])
def test_an_sqlite_that_cannot_keep_pieces_of_words_looks_through_every_text(
    monkeypatch: pytest.MonkeyPatch, file: Path, tokenizer: str
) -> None:
    monkeypatch.setattr("qa.conversations.WORDS", f"CREATE VIRTUAL TABLE words USING {tokenizer}")
    old = Conversations.open(file, Clock())
    first, second = old.save(None, [BUILT, WATCH]), old.save(None, [FERRY])
    assert ids(old.search("ilver WATCH")) == [first.id]
    assert ids(old.search("100%")) == []
    old.save(first, [BUILT])
    assert ids(old.search("silver")) == []
    old.delete(second.id)
    old.close()
    assert not any(b"Is there a ferry" in path.read_bytes() for path in file.parent.iterdir())
    monkeypatch.undo()
    new = Conversations.open(file, Clock())  # the table stays as it was made
    third = new.save(None, [WATCH])
    assert (ids(new.search("silver")), ids(new.search("built"))) == ([third.id], [first.id])
    assert len(Conversations.in_memory().list()) == 0


@pytest.mark.parametrize(("known", "unknown"), [("'trigram'", "'trigrams'"), ("fts5", "fts6")])
def test_a_file_with_pieces_that_this_sqlite_does_not_know_is_told_and_left_as_it_is(
    kept: Conversations, file: Path, known: str, unknown: str
) -> None:
    kept.save(None, [BUILT])
    kept.close()
    newer = sqlite3.connect(file)
    newer.execute("PRAGMA writable_schema = ON")
    newer.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'words'", [known, unknown])
    newer.commit()
    newer.close()
    before = file.read_bytes()
    with pytest.raises(ConversationsError, match=r"newer SQLite than this one \(no such .*\); use that Python, or"):
        Conversations.open(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("pieces", [True, False])
def test_a_word_is_found_in_capital_and_small_letters_of_any_alphabet(
    monkeypatch: pytest.MonkeyPatch, pieces: bool
) -> None:
    if not pieces:
        monkeypatch.setattr("qa.conversations.WORDS", "CREATE VIRTUAL TABLE words USING unknown (text)")
    kept = Conversations.in_memory(Clock())
    handle = kept.save(None, [BUILT, Asked("Wo?", {"text": "Auf der Über-Brücke, 100% am Öl_hafen."})])
    for word in ("über", "ÜBER", "ÖL", "öl", "0%", "l_"):
        assert ids(kept.search(word)) == [handle.id], word
    for word in ("1%", "m_"):
        assert ids(kept.search(word)) == [], word


def test_in_memory_nothing_is_shared() -> None:
    first, second = Conversations.in_memory(), Conversations.in_memory()
    first.save(None, [BUILT])
    assert (len(first.list()), len(second.list())) == (1, 0)


def test_judged_conversations_come_up_to_their_last_judged_answer(kept: Conversations) -> None:
    kept.save(None, [BUILT])
    kept.save(None, [BUILT, WATCH, BROKEN])
    assert kept.judged() == ((BUILT, WATCH),)


def test_a_long_name_is_cut_between_words() -> None:
    assert name_of("word " * 40) == f"{'word ' * 14}word…"
    assert name_of("x" * 200) == "x" * 79 + "…"


def test_a_snippet_is_cut_around_the_word() -> None:
    text = f"{'a' * 100} needle {'b' * 100}"
    assert snippet(text, "NEEDLE") == f"…needle {'b' * 83}…"
    text = f"{'ab ' * 40}needle {'cd ' * 40}"
    assert snippet(text, "needle") == f"…{'ab ' * 9}needle {'cd ' * 18}cd…"  # it begins with a whole word
    assert snippet("short", "absent") == "short"
