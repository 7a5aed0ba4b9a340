"""What a generation of a store says of itself, and the check that its files are what it says. Standard library only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import StoreDamaged, StoreError

FORMAT_VERSION = 1
FILE_NAME = "MANIFEST.json"


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How documents are split: fixed when a store is built, read from its manifest ever after."""

    max_tokens: int = 200
    overlap_sentences: int = 1

    def __post_init__(self) -> None:
        if self.max_tokens < 8 or self.overlap_sentences < 0:
            raise StoreError(
                f"passages of {self.max_tokens} tokens overlapping by {self.overlap_sentences} sentences cannot be "
                "made; give at least 8 tokens and no negative overlap"
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
        """Write the manifest into the generation's folder."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True)
        (folder / FILE_NAME).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Return the manifest of a generation.

        Raises StoreDamaged where there is none that can be read, StoreError where it is of another format version.
        """
        try:
            raw: dict[str, Any] = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
            version = int(raw["format_version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreDamaged(f"{folder.name} has no readable manifest") from error
        if version != FORMAT_VERSION:
            raise StoreError(
                f"the store {folder.parent} is of format {version} and this program reads format {FORMAT_VERSION}; "
                "build it anew with: article-qa index PATH... --store NEW_FOLDER"
            )
        try:
            raw["passage_settings"] = PassageSettings(**raw["passage_settings"])
            raw["files"] = {name: (int(size), str(digest)) for name, (size, digest) in raw["files"].items()}
            return cls(**raw)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreDamaged(f"the manifest of {folder.name} does not hold what a manifest holds") from error

    def problems(self, folder: Path) -> tuple[str, ...]:
        """Return what differs between the files and what is stated of them; empty: nothing."""
        found = []
        for name, (size, digest) in sorted(self.files.items()):
            path = folder / name
            if not path.is_file():
                found.append(f"{folder.name}/{name} is missing")
            elif path.stat().st_size != size:
                found.append(f"{folder.name}/{name} has {path.stat().st_size} bytes and should have {size}")
            elif file_sha256(path) != digest:
                found.append(f"{folder.name}/{name} does not have the content that was written")
        return tuple(found)


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
        if path.is_file() and path.name != FILE_NAME
    }
