"""Paths in, Documents out, and every file that was skipped with its reason.

The extracted text of a .txt or .md file is the file's own, character for character, a byte-order mark aside.
What a PDF, a web page or a Word file says is extracted by `embeddings.extract`. Knows nothing of sentences.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from embeddings import extract
from embeddings.decode import decoded, decoded_page
from embeddings.errors import LoadError
from embeddings.extract import Text
from embeddings.find import SUFFIXES, TEXT_SUFFIXES, WEB_SUFFIXES, Found, Skipped, find_files, named_apart
from embeddings.phrase import Phrase
from embeddings.types import Document, Progress

__all__ = [
    "STANDARD_INPUT",
    "STANDARD_INPUT_NAME",
    "SUFFIXES",
    "Found",
    "Loaded",
    "Skipped",
    "find_files",
    "load_each",
    "load_file",
    "load_files",
    "load_paths",
    "nothing_read",
    "standard_input",
    "together",
]

MAX_BYTES = 200_000_000
"""A larger file is skipped: it would not fit the memory of the machines that this program is made for."""

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "standard-input.txt"

MAX_TITLE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. `notes` says what a person should know of it, such as a guessed encoding."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


def load_paths(paths: Sequence[str | Path], progress: Progress | None = None) -> Loaded:
    """Return the documents of files, folders and "-" (standard input); what cannot be read is skipped.

    Raises LoadError where a path is not there, or where nothing at all could be read.
    """
    files, unknown = find_files([path for path in paths if str(path) != STANDARD_INPUT])
    has_standard_input = any(str(path) == STANDARD_INPUT for path in paths)
    files = named_apart(files, {STANDARD_INPUT_NAME} if has_standard_input else ())
    parts = [Loaded((), unknown), load_files(files, progress)]
    if has_standard_input:
        parts.append(standard_input())
    loaded = together(parts)
    if not loaded.documents:
        raise LoadError(nothing_read(paths, loaded.skipped))
    return loaded


def load_files(files: Sequence[Found], progress: Progress | None = None) -> Loaded:
    """Return the documents of the files; one that cannot be read is skipped with its reason."""
    return together(load_each(files, progress))


def load_each(files: Sequence[Found], progress: Progress | None = None) -> Iterator[Loaded]:
    """Yield for each file its document, or that it was skipped and why; no more than one is in memory."""
    for place, file in enumerate(files, start=1):
        try:
            text = _read(file.path)
            notes = (Phrase("{file} {note}", file=file.name, note=text.note),) if text.note else ()
            yield Loaded((_document(text, file.name, PurePosixPath(file.name).stem),), (), notes)
        except LoadError as error:
            yield Loaded((), (Skipped(file.name, error.phrase, lasts=not isinstance(error, _OutOfReachError)),))
        if progress is not None:
            progress(Phrase("reading"), place, len(files))


def together(parts: Iterable[Loaded]) -> Loaded:
    """Return what was read in several steps as read in one."""
    parts = tuple(parts)
    return Loaded(
        tuple(document for part in parts for document in part.documents),
        tuple(skipped for part in parts for skipped in part.skipped),
        tuple(note for part in parts for note in part.notes),
    )


def load_file(path: Path, name: str) -> Document:
    """Return the document of one file. Raises LoadError with the reason that it cannot be read."""
    return _document(_read(path), name, PurePosixPath(name).stem)


def nothing_read(paths: Sequence[str | Path], skipped: Sequence[Skipped]) -> str:
    """Return the sentence for people whose paths hold nothing to read, with the first three reasons."""
    named = ", ".join(str(path) for path in paths) or "no path"
    reasons = "; ".join(f"{item.path}: {item.reason}" for item in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    why = f" ({reasons}{more})" if skipped else ""
    kinds = ", ".join(sorted(SUFFIXES))
    return f"nothing could be read from {named}{why}; give files of the kinds {kinds} with text"


def standard_input() -> Loaded:
    """Return what stands on standard input, a text or a PDF, under a name of its own."""
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        text = _by_kind(_checked(content, len(content)), ".txt")
        document = _document(text, STANDARD_INPUT_NAME, "standard input")
    except LoadError as error:
        return Loaded((), (Skipped("standard input", error.phrase, lasts=True),))
    except OSError as error:
        return Loaded((), (Skipped("standard input", str(error)),))
    return Loaded((document,), (), (f"standard input {text.note}",) if text.note else ())


class _OutOfReachError(LoadError):
    """The file could not be opened now; it may be another time."""


def _read(path: Path) -> Text:
    """Return the text of a file by its kind. Raises LoadError with the reason that it cannot be read."""
    try:
        if not path.is_file():
            if path.exists():
                raise _OutOfReachError("it is no regular file; pipe it in as -")
            raise _OutOfReachError("it is not there any more")
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise _OutOfReachError("it cannot be read: {why}", why=error.strerror or error) from error
    suffix = path.suffix.lower()
    return _by_kind(_checked(content, size), suffix, is_text=suffix in TEXT_SUFFIXES)


def _checked(content: bytes, size: int) -> bytes:
    if size > MAX_BYTES:
        raise LoadError("it has more than {n_bytes:,} bytes, the most that is read", n_bytes=MAX_BYTES)
    if not content:
        raise LoadError("it is empty")
    return content


def _by_kind(content: bytes, suffix: str, *, is_text: bool = False) -> Text:
    if suffix == ".pdf" or (content.startswith(b"%PDF-") and not is_text):
        return extract.from_pdf(content)
    if suffix == ".docx":
        return extract.from_docx(content)
    if suffix in WEB_SUFFIXES:
        source, note = decoded_page(content)
        page = extract.from_html(source)
        return replace(page, note=_joined(page.note, note))
    text, note = decoded(content)
    if suffix not in TEXT_SUFFIXES:
        note = _joined(Phrase("is of an unknown kind and was read as plain text"), note)
    return Text(text, _heading(text) if suffix in {".md", ".markdown"} else "", note=note)


def _joined(note: str, other: str) -> str:
    """Return two notes as one; either may be empty."""
    return Phrase("{note}; it {other}", note=note, other=other) if note and other else note or other


def _document(text: Text, name: str, stem: str) -> Document:
    if not text.text.strip():
        if text.text:
            raise LoadError("it holds only white space")
        raise LoadError("it is empty")
    title = " ".join(text.title.split()) or " ".join(re.sub(r"[_\-]+", " ", stem).split()) or name
    return Document.of(text.text, name, title[:MAX_TITLE_CHARACTERS], text.pages, text.headings)


def _heading(text: str) -> str:
    """Return the title of a Markdown text or its first heading; empty where its first hundred lines have none."""
    lines = text[:20_000].splitlines()[:100]
    n_front = _n_front_lines(lines)
    for line in lines[:n_front]:
        stated = re.match(r"(?i:title)\s*[:=](?!\s*[|>][-+]?$)\s*(\S.*)", line.rstrip())
        title = _unquoted(stated[1]) if stated else ""
        if title:
            return title
    fence = ""
    for place, line in enumerate(lines[n_front:], start=n_front):
        if fence:
            is_end = line.strip().startswith(fence) and not line.strip().strip(fence[0])
            fence = "" if is_end else fence
            continue
        mark = re.match(r"\s*(`{3,}(?=[^`]*$)|~{3,})", line)
        if mark:
            fence = mark[1]
            continue
        marks = len(line) - len(line.lstrip("#"))
        if 1 <= marks <= 6 and line[marks : marks + 1].isspace():
            return line[marks:].strip().rstrip("#").strip()
        if _is_underlined(lines, place, n_front):
            return line.strip()
    return ""


def _unquoted(value: str) -> str:
    """Return a value of a front matter without the quotation marks around it, and as what they quote was meant."""
    quoted = re.fullmatch(r"""(["'])(.*)\1""", value)
    if quoted is None:
        return value
    return quoted[2].replace("''" if quoted[1] == "'" else '\\"', quoted[1]).strip()


def _n_front_lines(lines: Sequence[str]) -> int:
    """Return how many lines the front matter (YAML or TOML) of a Markdown text has, 0 where it has none."""
    if not lines or lines[0].rstrip() not in {"---", "+++"}:
        return 0
    ends = {"---", "..."} if lines[0].startswith("---") else {"+++"}
    said = next((line for line in lines[1:] if line.strip() and not line.startswith("#")), "")
    end = next((place for place, line in enumerate(lines[1:], start=2) if line.rstrip() in ends), 0)
    return end if re.match(r"""["']?[\w.-]+["']?\s*[:=]""", said) else 0


def _is_underlined(lines: Sequence[str], place: int, n_front: int) -> bool:
    """Return whether a line stands by itself over a line of "=" or "-", which makes it a heading."""
    line, below = lines[place], "".join(lines[place + 1 : place + 2])
    if not re.fullmatch(r" {0,3}(={2,}|-{3,})\s*", below) or (place > n_front and lines[place - 1].strip()):
        return False
    is_block = re.match(r"\s*$| {4}|\t|\s*([-*+>|=<]|!\[|\d+[.)]\s)", line)
    return is_block is None and len(line) <= MAX_TITLE_CHARACTERS
