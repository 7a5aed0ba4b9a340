"""What a generation of a store says of itself, and the check that its files are so. Standard library only."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import StoreDamaged, StoreError
from embeddings.generations import MANIFEST

FORMAT_VERSION = 3
"""To be raised when the files change, or how the word index cuts a text into words."""

_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES, errno.EPERM, errno.EIO})

DIGEST = "sha256_of_the_rest"

HASHED_MOST = 64_000_000
"""Bytes of a generation up to which every file's SHA-256 is checked at opening: 40 ms where the CPU has instructions
for it. Above, only of files whose time of change is another than when they were written."""


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How documents are split: fixed when a store is built, read from its manifest ever after."""

    max_tokens: int = 200
    overlap_sentences: int = 1

    def __str__(self) -> str:
        """Return the settings in words."""
        return f"passages of {self.max_tokens} tokens that overlap by {self.overlap_sentences}"

    def __post_init__(self) -> None:
        if self.max_tokens < 8 or self.overlap_sentences < 0:
            raise StoreError(
                "passages of {max_tokens} tokens overlapping by {overlap_sentences} sentences cannot be made; "
                "give at least 8 tokens and no negative overlap",
                max_tokens=self.max_tokens,
                overlap_sentences=self.overlap_sentences,
            )


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it was written: its size in bytes, its SHA-256, its time of change."""

    size: int
    sha256: str
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> FileFacts:
        """Return the facts of a file as it is now."""
        status = path.stat()
        return cls(status.st_size, file_sha256(path), status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A segment of the store: all that was written, how it is searched, and what was removed since.

    `removed` are rows of documents, ascending; `n_passages_removed` says how many passages these have.
    """

    name: str
    n_documents: int
    n_passages: int
    vector_search: str
    removed: tuple[int, ...] = ()
    n_passages_removed: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` maps each file's relative path to its facts; the counts are without what was removed."""

    encoder_name: str
    encoder_fingerprint: str
    dim: int
    passage_settings: PassageSettings
    n_documents: int
    n_passages: int
    segments: tuple[SegmentFacts, ...]
    files: Mapping[str, FileFacts]
    format_version: int = FORMAT_VERSION

    def save(self, folder: Path) -> None:
        """Write the manifest, with a hash of what it says, into the generation's folder."""
        stated = asdict(self)
        text = json.dumps({**stated, DIGEST: _digest(stated)}, indent=1, sort_keys=True)
        (folder / MANIFEST).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Return the manifest of a generation.

        Raises StoreDamaged where there is none that can be read or where it was changed after it was written,
        StoreError where it is whole and of another format version.
        """
        try:
            raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            version, stated_digest = raw["format_version"], raw.pop(DIGEST, "")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StoreDamaged("{folder} has no readable manifest", folder=folder.name) from error
        whole = stated_digest == _digest(raw)
        if version != FORMAT_VERSION:
            kind = StoreError if whole else StoreDamaged
            raise kind(
                "{folder} is of format {version} and this program reads format {known}; build the store anew "
                "with: article-qa index PATH... --store NEW_FOLDER",
                folder=folder,
                version=version,
                known=FORMAT_VERSION,
            )
        if not whole:
            raise StoreDamaged("the manifest of {folder} was changed after it was written", folder=folder.name)
        try:
            raw["passage_settings"] = PassageSettings(**raw["passage_settings"])
            raw["segments"] = tuple(
                SegmentFacts(**{**facts, "removed": tuple(facts["removed"])}) for facts in raw["segments"]
            )
            raw["files"] = {name: FileFacts(**facts) for name, facts in raw["files"].items()}
            return cls(**raw)
        except (ValueError, KeyError, TypeError, AttributeError, StoreError) as error:
            raise StoreDamaged(
                "the manifest of {folder} does not hold what a manifest holds", folder=folder.name
            ) from error

    def problems(self, folder: Path) -> tuple[str, ...]:
        """Return what differs between the files and what is stated of them, every byte read; empty: nothing."""
        return self._compared(folder, lambda _path, _facts: True)

    def signs_of_damage(self, folder: Path, hashed_most: int = HASHED_MOST) -> tuple[str, ...]:
        """Return what differs as far as opening looks: sizes, and the content of small stores and of changed files.

        Reading every byte of a store of a million passages takes seconds. What is not read here is a file of the
        same size and time of change; a text in it is checked when it is used, all of it by `problems`.
        """
        is_small = sum(facts.size for facts in self.files.values()) <= hashed_most
        return self._compared(folder, lambda path, facts: is_small or path.stat().st_mtime_ns != facts.mtime_ns)

    def _compared(self, folder: Path, is_read: Callable[[Path, FileFacts], bool]) -> tuple[str, ...]:
        found = (_problem(folder / name, facts, is_read) for name, facts in sorted(self.files.items()))
        return tuple(f"{folder.name}/{problem}" for problem in found if problem)


def _problem(path: Path, facts: FileFacts, is_read: Callable[[Path, FileFacts], bool]) -> str:
    """Return what is wrong with a file that should be as `facts` says; empty: nothing."""
    try:
        found = path.stat().st_size
        if found != facts.size:
            return f"{path.name} has {found} bytes and should have {facts.size}"
        if is_read(path, facts) and file_sha256(path) != facts.sha256:
            return f"{path.name} does not have the content that was written"
        return ""
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError as error:
        reason = f"{path.name} cannot be read: {error.strerror or error}"
        if is_passing(error):
            raise StoreDamaged(reason) from error
        return reason


def is_passing(error: BaseException | None) -> bool:
    """Return whether an error tells of the machine, as with too many open files, and not of what a file holds."""
    return isinstance(error, OSError) and error.errno in _PASSING


def _digest(stated: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a manifest states, in a form that does not depend on spaces or order."""
    return hashlib.sha256(json.dumps(stated, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the 64 hexadecimal digits of the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def facts_of_files(folder: Path, known: Mapping[str, FileFacts]) -> dict[str, FileFacts]:
    """Return the facts of every file in the folder but the manifest; those `known` are not read again."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: known.get(name) or FileFacts.of(path) for name, path in paths.items() if name != MANIFEST}
