"""Paths in, Documents out, and every file that was skipped with its reason.

The extracted text of a .txt or .md file is the file's own, character for character, a byte-order mark aside. What a PDF,
a web page or a Word file says is extracted by `embeddings.extract`. Knows nothing of sentences.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings.errors import LoadError
from embeddings.types import Document, Progress

MAX_BYTES = 200_000_000
"""A larger file is skipped: it would not fit the memory of the machines that this program is made for."""

TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".rst"})
WEB_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
SUFFIXES = TEXT_SUFFIXES | WEB_SUFFIXES | {".pdf", ".docx"}
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read and the name that the store gives it, with "/" between its parts."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. `notes` says what a person should know of it, such as a guessed encoding."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text as it was extracted. `pages` are the offsets at which pages start; `note` is for people."""

    text: str
    title: str = ""
    pages: tuple[int, ...] = ()
    note: str = ""


def find_files(paths: Sequence[str | Path]) -> tuple[tuple[Found, ...], tuple[Skipped, ...]]:
    """Return the files to read, in order of their names, and those of an unknown kind that the folders hold.

    A file in a folder is named by its path below the folder, a single file by its own name; where two would have one
    name, the folder's name is put before it. Hidden files are left out. Raises LoadError for a path that is not there.
    """
    found: dict[str, Found] = {}
    skipped: list[Skipped] = []
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise LoadError(f"there is no file or folder {str(given)!r}; check the path")
        for item in _files_of(path):
            name = item.relative_to(path).as_posix() if path.is_dir() else item.name
            if path.is_dir() and item.suffix.lower() not in SUFFIXES:
                skipped.append(Skipped(name, f"files of the kind {item.suffix or 'without a suffix'} are not read"))
                continue
            _add(found, Found(item, name))
    return tuple(found[name] for name in sorted(found)), tuple(skipped)


def _files_of(path: Path) -> Iterator[Path]:
    """Yield the file itself, or the files of a folder and the folders in it that are not hidden, sorted."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and (Path(folder) / name).is_file():
                yield Path(folder) / name


def _add(found: dict[str, Found], new: Found) -> None:
    """Add a file under its name, or under a longer one where another file has that name."""
    name, above = new.name, new.path.resolve().parents
    depth = len(Path(name).parts) - 1
    while name in found and found[name].path.resolve() != new.path.resolve() and depth < len(above) - 1:
        name = f"{above[depth].name}/{name}"
        depth += 1
    found[name] = Found(new.path, name)


def load_paths(paths: Sequence[str | Path], progress: Progress | None = None) -> Loaded:
    """Return the documents of files, folders and "-" (standard input); what cannot be read is skipped.

    Raises LoadError where a path is not there, or where nothing at all could be read.
    """
    files, skipped = find_files([path for path in paths if str(path) != STANDARD_INPUT])
    loaded = load_files(files, progress)
    documents = list(loaded.documents)
    notes = list(loaded.notes)
    if any(str(path) == STANDARD_INPUT for path in paths):
        text = decoded(sys.stdin.buffer.read(), "standard input")
        documents.append(_document(text, "standard-input.txt", "standard input"))
    all_skipped = (*skipped, *loaded.skipped)
    if not documents:
        raise LoadError(nothing_read(paths, all_skipped))
    return Loaded(tuple(documents), all_skipped, tuple(notes))


def load_files(files: Sequence[Found], progress: Progress | None = None) -> Loaded:
    """Return the documents of the files; one that cannot be read is skipped with its reason while the others go on."""
    documents: list[Document] = []
    skipped: list[Skipped] = []
    notes: list[str] = []
    for place, file in enumerate(files, start=1):
        try:
            text = read_text(file.path)
            documents.append(_document(text, file.name, file.path.stem))
        except LoadError as error:
            skipped.append(Skipped(file.name, str(error)))
        else:
            notes.extend([f"{file.name} {text.note}"] if text.note else [])
        if progress is not None:
            progress("reading", place, len(files))
    return Loaded(tuple(documents), tuple(skipped), tuple(notes))


def nothing_read(paths: Sequence[str | Path], skipped: Sequence[Skipped]) -> str:
    """Return the sentence for people whose paths hold nothing that can be read."""
    named = ", ".join(str(path) for path in paths) or "no path"
    reasons = "; ".join(f"{item.path}: {item.reason}" for item in skipped[:3])
    more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    why = f" ({reasons}{more})" if skipped else ""
    return f"nothing could be read from {named}{why}; give files of the kinds {', '.join(sorted(SUFFIXES))} with text"


def load_file(path: Path, name: str) -> Document:
    """Return the document of one file. Raises LoadError with the reason that it cannot be read."""
    return _document(read_text(path), name, path.stem)


def _document(text: Text, name: str, stem: str) -> Document:
    if not text.text.strip():
        raise LoadError("it is empty" if not text.text else "it holds only white space")
    title = " ".join((text.title or re.sub(r"[_\-\s]+", " ", stem)).split())
    return Document.of(text.text, name, title, text.pages)


def read_text(path: Path) -> Text:
    """Return the text of a file by its kind. Raises LoadError with the reason that it cannot be read."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LoadError(f"it has {size:,} bytes and at most {MAX_BYTES:,} are read")
        if size == 0:
            raise LoadError("it is empty")
        content = path.read_bytes()
    except OSError as error:
        raise LoadError(f"it cannot be read: {error.strerror or error}") from error
    return _by_kind(content, path.suffix.lower())


def _by_kind(content: bytes, suffix: str) -> Text:
    from embeddings import extract

    if suffix == ".pdf" or content.startswith(b"%PDF-"):
        return extract.from_pdf(content)
    if suffix == ".docx":
        return extract.from_docx(content)
    text = decoded(content, suffix)
    if suffix in WEB_SUFFIXES:
        return extract.from_html(text.text)
    if suffix in {".md", ".markdown"}:
        return Text(text.text, _heading(text.text), note=text.note)
    return text


def decoded(content: bytes, kind: str) -> Text:
    """Return the content as text: UTF-8, UTF-16 or UTF-32 with a mark, Latin-1 as a last resort with a note.

    Raises LoadError where it looks binary: a NUL, or more than one control character in a hundred.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return Text(_strictly(content, encoding))
    if _is_binary(content):
        raise LoadError("it holds binary data, not text")
    try:
        return Text(content.decode("utf-8"))
    except UnicodeDecodeError:
        return Text(content.decode("latin-1"), note="is not UTF-8 and was read as Latin-1")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError(f"it says that it is {encoding.removesuffix('-sig').upper()} and is not") from error


def _is_binary(content: bytes) -> bool:
    head = content[:65536]
    controls = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32), 127))
    return b"\x00" in head or controls * 100 > len(head)


def _heading(text: str) -> str:
    """Return the first top heading of a Markdown text, empty where there is none."""
    match = re.search(r"^#\s+(.+?)\s*#*\s*$", text[:5000], re.MULTILINE)
    return match.group(1) if match else ""
