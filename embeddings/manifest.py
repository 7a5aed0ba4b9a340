"""What a generation of a store says of itself, and the check that its files are so. Standard library only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import StoreDamaged, StoreError
from embeddings.generations import MANIFEST

FORMAT_VERSION = 1
"""To be raised when the files change, or how the word index cuts a text into words."""

DIGEST = "sha256_of_the_rest"


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How documents are split: fixed when a store is built, read from its manifest ever after."""

    max_tokens: int = 200
    overlap_sentences: int = 1

    def __post_init__(self) -> None:
        if self.max_tokens < 8 or self.overlap_sentences < 0:
            raise StoreError(
                f"passages of {self.max_tokens} tokens overlapping by {self.overlap_sentences} sentences "
                "cannot be made; give at least 8 tokens and no negative overlap"
            )


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` maps each file's relative path to its size in bytes and its SHA-256."""

    encoder_name: str
    encoder_fingerprint: str
    dim: int
    passage_settings: PassageSettings
    n_documents: int
    n_passages: int
    files: Mapping[str, tuple[int, str]]
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
            raise StoreDamaged(f"{folder.name} has no readable manifest") from error
        whole = stated_digest == _digest(raw)
        if version != FORMAT_VERSION:
            kind = StoreError if whole else StoreDamaged
            raise kind(
                f"{folder} is of format {version} and this program reads format {FORMAT_VERSION}; "
                "build the store anew with: article-qa index PATH... --store NEW_FOLDER"
            )
        if not whole:
            raise StoreDamaged(f"the manifest of {folder.name} was changed after it was written")
        try:
            raw["passage_settings"] = PassageSettings(**raw["passage_settings"])
            raw["files"] = {name: (int(size), str(digest)) for name, (size, digest) in raw["files"].items()}
            return cls(**raw)
        except (ValueError, KeyError, TypeError, AttributeError, StoreError) as error:
            raise StoreDamaged(f"the manifest of {folder.name} does not hold what a manifest holds") from error

    def problems(self, folder: Path, *, hashes: bool = True) -> tuple[str, ...]:
        """Return what differs between the files and what is stated of them; empty: nothing.

        Without `hashes` only that they are there and their sizes are looked at.
        """
        stated = sorted(self.files.items())
        found = (_problem(folder / name, size, digest if hashes else None) for name, (size, digest) in stated)
        return tuple(f"{folder.name}/{problem}" for problem in found if problem)


def _problem(path: Path, size: int, digest: str | None) -> str:
    """Return what is wrong with a file that should have this size and SHA-256; empty: nothing."""
    try:
        found = path.stat().st_size
        if found != size:
            return f"{path.name} has {found} bytes and should have {size}"
        if digest is not None and file_sha256(path) != digest:
            return f"{path.name} does not have the content that was written"
        return ""
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror or error}"


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


def stated_files(folder: Path) -> dict[str, tuple[int, str]]:
    """Return size and SHA-256 of every file in the folder but the manifest."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, file_sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
