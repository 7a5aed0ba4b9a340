"""Conversations kept in one SQLite file: named, found by their words, renamed, deleted, brought back.

Keeps plain values and knows nothing of pages and documents. One writer at a time, within the program by a lock and
between programs by SQLite's own. What was deleted stays for `restore` until the next deletion, the
next opening or the end, then it is overwritten on disk.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from qa import fields
from qa.errors import ConversationsError
from qa.settings import Strictness

SCHEMA = 1
MAX_NAME_CHARS = 80
SNIPPET_CHARS = 90
WAIT_S = 5.0
"""How long a write waits for another program's."""

TABLES = (
    "CREATE TABLE conversation (id TEXT PRIMARY KEY, name TEXT NOT NULL, changed_s REAL NOT NULL,"
    " version INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE exchange (id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversation"
    " ON DELETE CASCADE, place INTEGER NOT NULL, value TEXT NOT NULL, UNIQUE (conversation, place))",
    "CREATE TRIGGER forgotten AFTER DELETE ON exchange BEGIN DELETE FROM words WHERE rowid = old.id; END",
)

WORDS = "CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'trigram')"
"""Pieces of three characters are what is searched: that finds parts of words, and languages without spaces."""

PLAIN_WORDS = "CREATE TABLE words (rowid INTEGER PRIMARY KEY, text TEXT NOT NULL)"
"""Where SQLite cannot keep such pieces (it can from version 3.34 on), every text is looked through."""

Judgement = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it. `answer` has the form of `Answer.to_json`; None: it broke off before its end.

    `added` is what the search took from the conversation; `written` the words of an answer that broke off, `error` why,
    or of one that was withdrawn. `strictness` is the level it was asked at, `loosened` whether for this question alone;
    `alone`: without the conversation before it. `n_documents` is how many were searched; None: that was not kept.
    `cut`: it broke off because the connection was lost. `verdict` is what the reader said of the answer, `reason` why.
    """

    question: str
    answer: Mapping[str, Any] | None = None
    added: str = ""
    written: str = ""
    error: str = ""
    strictness: Strictness = "balanced"
    loosened: bool = False
    alone: bool = False
    n_documents: int | None = None
    cut: bool = False
    verdict: Judgement | None = None
    reason: str = ""

    @property
    def text(self) -> str:
        """What can be searched for: the question and the answer's words."""
        return f"{self.question}\n{self.answer['text'] if self.answer else self.written}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation of the list. `found` is the place in it where a word was found, cut short."""

    id: str
    name: str
    changed_s: float
    n_questions: int
    found: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    """A conversation in the state that somebody has before their eyes; every change makes another version."""

    id: str
    version: int


class Conversations:
    """The conversations of one file. Safe for threads."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._clock = clock
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float] = time.time) -> Conversations:
        """Return the conversations of the file, made where there is none. Raises ConversationsError."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep_private(path)
        except OSError as error:
            why = error.strerror or error
            raise ConversationsError(
                "conversations cannot be kept in {path} ({why}); name another file", path=path, why=why
            ) from error
        return cls._opened(str(path), str(path), clock)

    @classmethod
    def in_memory(cls, clock: Callable[[], float] = time.time) -> Conversations:
        """Return conversations that are gone when they are closed."""
        return cls._opened(":memory:", "memory", clock)

    @classmethod
    def _opened(cls, database: str, named: str, clock: Callable[[], float]) -> Conversations:
        try:
            connection = sqlite3.connect(database, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection, named)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise ConversationsError(
                "the conversations in {named} cannot be read ({why}); move the file away to begin a new one",
                named=named,
                why=error,
            ) from error
        opened = cls(connection, clock)
        opened.purge()
        return opened

    def close(self) -> None:
        """Forget what was deleted and let go of the file."""
        self.purge()
        with self._lock:
            self._connection.close()

    def save(self, handle: Handle | None, exchanges: Sequence[Asked]) -> Handle:
        """Have the conversation hold exactly these exchanges; return its new state.

        Without a handle it is a new conversation, named by its first question; so is one that somebody else has
        changed in the meantime, so that nothing of theirs is lost.
        """
        with self._writing() as database:
            if handle is None or _version(database, handle.id) != handle.version:
                handle = Handle(secrets.token_urlsafe(12), 0)
                name = name_of(exchanges[0].question if exchanges else "")
                database.execute(
                    "INSERT INTO conversation (id, name, changed_s) VALUES (?, ?, ?)", [handle.id, name, self._clock()]
                )
            for place, exchange in enumerate(exchanges):
                _put(database, handle.id, place, exchange)
            database.execute("DELETE FROM exchange WHERE conversation = ? AND place >= ?", [handle.id, len(exchanges)])
            handle = Handle(handle.id, handle.version + 1)
            database.execute(
                "UPDATE conversation SET changed_s = ?, version = ?, deleted = 0 WHERE id = ?",
                [self._clock(), handle.version, handle.id],
            )
        return handle

    def load(self, conversation_id: str) -> tuple[Handle, tuple[Asked, ...]]:
        """Return the state of a conversation and its exchanges, oldest first.

        Raises ConversationsError where it is gone or cannot be read.
        """
        with self._reading() as database:
            if not _is_here(database, conversation_id):
                raise ConversationsError("this conversation is gone; it was deleted")
            rows = database.execute(
                "SELECT value FROM exchange WHERE conversation = ? ORDER BY place", [conversation_id]
            ).fetchall()
            version = _version(database, conversation_id)
        return Handle(conversation_id, version), tuple(_asked(value) for (value,) in rows)

    def name(self, conversation_id: str) -> str:
        """Return the name of a conversation, empty where it is gone."""
        with self._reading() as database:
            row = database.execute("SELECT name FROM conversation WHERE id = ?", [conversation_id]).fetchone()
        return str(row[0]) if row else ""

    def list(self) -> tuple[Kept, ...]:
        """Return the conversations that are not deleted, the one that was last changed first."""
        with self._reading() as database:
            rows = database.execute(
                "SELECT id, name, changed_s, (SELECT count(*) FROM exchange WHERE conversation = conversation.id)"
                " FROM conversation WHERE NOT deleted ORDER BY changed_s DESC, id"
            ).fetchall()
        return tuple(Kept(*row) for row in rows)

    def search(self, text: str) -> tuple[Kept, ...]:
        """Return the conversations in whose name, questions and answers every word of `text` occurs, as by `list`."""
        words = text.split()
        if not words:
            return self.list()
        with self._reading() as database:
            places = [_places(database, word) for word in words]
        found = []
        for kept in self.list():
            named = [word.casefold() in kept.name.casefold() for word in words]
            if all(is_named or kept.id in place for is_named, place in zip(named, places, strict=True)):
                said = next((place[kept.id] for place in places if kept.id in place), "")
                word = next((w for w, place in zip(words, places, strict=True) if kept.id in place), "")
                found.append(Kept(kept.id, kept.name, kept.changed_s, kept.n_questions, snippet(said, word)))
        return tuple(found)

    def rename(self, conversation_id: str, name: str) -> None:
        """Name a conversation; an empty name is the first question again."""
        with self._writing() as database:
            if not name.strip():
                row = database.execute(
                    "SELECT value FROM exchange WHERE conversation = ? AND place = 0", [conversation_id]
                ).fetchone()
                name = _asked(row[0]).question if row else ""
            database.execute("UPDATE conversation SET name = ? WHERE id = ?", [name_of(name), conversation_id])

    def delete(self, conversation_id: str) -> None:
        """Take a conversation out of the list; what was deleted before it is gone for good."""
        self.purge(but=conversation_id)  # which may be deleted twice, by a double click
        with self._writing() as database:
            database.execute("UPDATE conversation SET deleted = 1 WHERE id = ?", [conversation_id])

    def restore(self, conversation_id: str) -> bool:
        """Bring a deleted conversation back; return whether it could be."""
        with self._writing() as database:
            changed = database.execute("UPDATE conversation SET deleted = 0 WHERE id = ?", [conversation_id]).rowcount
        return bool(changed)

    def purge(self, but: str = "") -> None:
        """Forget what was deleted, in the file too, all but one."""
        with self._writing() as database:
            gone = database.execute("DELETE FROM conversation WHERE deleted AND id <> ?", [but]).rowcount
            if gone and _has_pieces(database):
                database.execute("INSERT INTO words (words) VALUES ('optimize')")  # or its pieces stay in the index
        if gone:
            with self._reading() as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def judged(self) -> tuple[tuple[Asked, ...], ...]:
        """Return each conversation in which an answer was judged, up to its last judged answer."""
        everything = [self.load(kept.id)[1] for kept in self.list()]
        ends = [max((i for i, asked in enumerate(said, 1) if asked.verdict), default=0) for said in everything]
        return tuple(said[:end] for said, end in zip(everything, ends, strict=True) if end)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give the database inside a transaction, which is undone where something goes wrong."""
        with self._reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise ConversationsError("the conversations cannot be read or written ({why})", why=error) from error


def default_file() -> Path:
    """Return the file in the user's data folder that keeps conversations where no other is named.

    Raises ConversationsError where this account has no home folder.
    """
    from platformdirs import user_data_path

    try:
        folder = user_data_path("article-qa", appauthor=False).expanduser()  # an older platformdirs leaves the "~"
    except RuntimeError as error:
        raise ConversationsError(
            "there is no home folder to keep conversations in; name a file with --conversations FILE, or keep none "
            "with --keep-nothing"
        ) from error
    return folder / "conversations.sqlite"


def _keep_private(path: Path) -> None:
    """Have the file, made where there is none, for this user account alone. Raises OSError where that cannot be."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with suppress(OSError, AttributeError):  # somebody else's file, or a system without such modes
            os.fchmod(number, 0o600)
    finally:
        os.close(number)


def _prepare(database: sqlite3.Connection, named: str) -> None:
    """Make the tables where there are none. Raises ConversationsError where a newer program made them."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("PRAGMA recursive_triggers = ON")
    database.execute("PRAGMA secure_delete = ON")
    database.execute("BEGIN IMMEDIATE")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise ConversationsError(
            "the conversations in {named} were written by a newer version of the program (form {version}, "
            "this one reads up to {known}); use that version, or move the file away to begin a new one",
            named=named,
            version=version,
            known=SCHEMA,
        )
    if version == 0:
        for table in TABLES:
            database.execute(table)
        _make_words(database)
        database.execute(f"PRAGMA user_version = {SCHEMA}")
    database.execute("COMMIT")
    database.create_function("casefold", 1, str.casefold)  # SQLite's own LIKE knows no capital letters but A to Z
    _check_words(database, named)


def _make_words(database: sqlite3.Connection) -> None:
    """Make the table of what is searched."""
    try:
        database.execute(WORDS)
    except sqlite3.OperationalError as error:
        if not _is_too_old(error):
            raise
        database.execute(PLAIN_WORDS)


def _check_words(database: sqlite3.Connection, named: str) -> None:
    """Raise ConversationsError where what is searched was kept in pieces that this SQLite does not know."""
    try:
        database.execute("SELECT 1 FROM words LIMIT 1")
    except sqlite3.OperationalError as error:
        if not _is_too_old(error):
            raise
        raise ConversationsError(
            "the conversations in {named} were kept by a Python with a newer SQLite than this one ({why}); use that "
            "Python, or name another file with --conversations FILE",
            named=named,
            why=error,
        ) from error


def _is_too_old(error: sqlite3.OperationalError) -> bool:
    """Return whether SQLite lacks what pieces of words are kept with: the tokenizer, or fts5 as a whole."""
    return str(error).startswith(("no such tokenizer", "no such module"))


def _has_pieces(database: sqlite3.Connection) -> bool:
    """Return whether what is searched is kept in pieces of three characters; that was settled when it was made."""
    (made,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'words'").fetchone()
    return "trigram" in made


def _put(database: sqlite3.Connection, conversation_id: str, place: int, exchange: Asked) -> None:
    """Write an exchange unless it stands there already."""
    value = storable(json.dumps(asdict(exchange), ensure_ascii=False))
    row = database.execute(
        "SELECT value FROM exchange WHERE conversation = ? AND place = ?", [conversation_id, place]
    ).fetchone()
    if row is not None and row[0] == value:
        return
    database.execute("DELETE FROM exchange WHERE conversation = ? AND place = ?", [conversation_id, place])
    number = database.execute(
        "INSERT INTO exchange (conversation, place, value) VALUES (?, ?, ?)", [conversation_id, place, value]
    ).lastrowid
    database.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", [number, storable(exchange.text)])


def _is_here(database: sqlite3.Connection, conversation_id: str) -> bool:
    sql = "SELECT 1 FROM conversation WHERE id = ? AND NOT deleted"
    return database.execute(sql, [conversation_id]).fetchone() is not None


def _version(database: sqlite3.Connection, conversation_id: str) -> int:
    """Return the version of a conversation, -1 where it is gone."""
    row = database.execute("SELECT version FROM conversation WHERE id = ?", [conversation_id]).fetchone()
    return int(row[0]) if row else -1


def _places(database: sqlite3.Connection, word: str) -> dict[str, str]:
    """Return for each conversation with the word the first exchange's text that has it."""
    # In pieces of three characters no shorter word is found: it is looked for in every text.
    word = storable(word)
    if len(word) >= 3 and _has_pieces(database):
        where, value = "words MATCH ?", '"{}"'.format(word.replace('"', '""'))
    else:
        where, value = "instr(casefold(words.text), ?)", word.casefold()
    rows = database.execute(
        "SELECT exchange.conversation, words.text FROM words JOIN exchange ON exchange.id = words.rowid"
        f" WHERE {where} ORDER BY exchange.place DESC",
        [value],
    )
    return dict(rows.fetchall())


def _asked(value: str) -> Asked:
    """Return the exchange that was written as `value`. Raises ConversationsError where it is none."""
    try:
        row = fields.parsed_line(value)
        answer, verdict = row.get("answer"), row.get("verdict")
        if not (answer is None or isinstance(answer, dict)) or verdict not in (None, *get_args(Judgement)):
            raise ValueError("'answer' or 'verdict' is not what it should be")
        return Asked(
            question=fields.text(row, "question"),
            answer=answer,
            added=fields.text(row, "added"),
            written=fields.text(row, "written"),
            error=fields.text(row, "error"),
            strictness=cast("Strictness", fields.one_of(row, "strictness", get_args(Strictness))),
            loosened=row.get("loosened") is True,
            alone=row.get("alone") is True,
            n_documents=_count(row, "n_documents"),
            cut=row.get("cut") is True,
            verdict=cast("Judgement | None", verdict),
            reason=fields.text(row, "reason"),
        )
    except ValueError as broken:
        raise ConversationsError("a question of this conversation cannot be read: {why}", why=broken) from broken


def _count(row: fields.Row, name: str) -> int | None:
    """Return the field, None where it is missing: earlier versions of the program did not keep it."""
    return None if row.get(name) is None else fields.whole(row, name)


def storable(text: str) -> str:
    """Return the text with half a surrogate pair, which no database holds, as "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def name_of(text: str) -> str:
    """Return the text as a name: one line, cut short between words."""
    line = " ".join(storable(text).split())
    if len(line) <= MAX_NAME_CHARS:
        return line
    cut = line[: MAX_NAME_CHARS - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut[MAX_NAME_CHARS // 2 :] else cut}…"


def snippet(text: str, word: str) -> str:
    """Return one line of the text around the word."""
    line = " ".join(text.split())
    place = max(0, line.casefold().find(word.casefold()))
    start = max(0, min(place - SNIPPET_CHARS // 3, len(line) - SNIPPET_CHARS))
    start = line.find(" ", start, place) + 1 or start if start else 0
    end = min(len(line), start + SNIPPET_CHARS)
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"
