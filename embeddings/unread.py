"""Files that hold nothing to read, remembered beside a store by place, size and time, so that nobody reads them again.

It is a note and no part of the store: where it is missing or damaged, the files are read once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.files import FileState
from embeddings.manifest import FORMAT_VERSION
from embeddings.phrase import Phrase

NOTE = "UNREAD.json"
VERSION = f"{FORMAT_VERSION}.1"
"""The last number is raised where files are read that were not before, or for another reason are not."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file as it was when nothing in it could be read, and why."""

    source: str
    size: int
    mtime_ns: int
    reason: Phrase

    def is_still(self, state: FileState) -> bool:
        """Return whether the file is as it was."""
        return (self.source, self.size, self.mtime_ns) == (state.source, state.size, state.mtime_ns)


def unread_in(folder: Path) -> dict[str, Unread]:
    """Return what is remembered beside the store, by the file's place."""
    try:
        noted = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        rows = noted["files"] if noted["version"] == VERSION else []
        return {row[0]: Unread(str(row[0]), int(row[1]), int(row[2]), _phrase(row[3])) for row in rows}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def remember(folder: Path, files: Iterable[Unread]) -> None:
    """Have exactly these files remembered beside the store. The caller holds it for writing."""
    rows = [[file.source, file.size, file.mtime_ns, _plain(file.reason)] for file in files]
    if not rows and not (folder / NOTE).exists():
        return
    beside = folder / f"{NOTE}.new"
    with suppress(OSError):  # as without it
        beside.write_text(json.dumps({"version": VERSION, "files": rows}), encoding="utf-8")
        beside.replace(folder / NOTE)


def _plain(value: object) -> Any:
    """Return a phrase as plain JSON values; what is inside it and is neither text nor number becomes text."""
    if isinstance(value, Phrase):
        return {"template": value.template, "values": {name: _plain(inside) for name, inside in value.values.items()}}
    return value if isinstance(value, (int, float)) else str(value)


def _phrase(value: Any) -> Phrase:
    if not isinstance(value, Mapping):
        return Phrase(str(value))
    inside = {name: _phrase(one) if isinstance(one, Mapping) else one for name, one in value["values"].items()}
    return Phrase(value["template"], **inside)
