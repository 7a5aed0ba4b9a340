"""The cases of a run that is not finished, kept beside the record so that the run can be taken up again.

The file has one JSON object a line: what the cases are made with, then the cases. Knows not what they say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embeddings.find import resolved
from embeddings.phrase import Phrase
from qa.errors import QaError
from qa.fields import parsed_line

Case = Mapping[str, Any]


@dataclass(slots=True)
class Partial:
    """Cases by id. `path` is the file that holds them too; None: they are in memory alone."""

    path: Path | None = None
    cases: dict[str, Case] = field(default_factory=dict)

    @classmethod
    def open(cls, out: Path, made_with: Mapping[str, Any]) -> Partial:
        """Return what an earlier run towards `out` has kept; nothing, where it was made with something else.

        The file of such another run is kept, ".old" after its name. Raises QaError.
        """
        path = out.with_name(f"{out.name}.partial")
        header = json.loads(json.dumps(made_with))
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            check_replaceable(out)
            rows = list(_rows(path)) if path.exists() else []
            if path.exists() and (not rows or rows[0] != header):
                path.replace(path.with_name(f"{path.name}.old"))
                rows = []
            cases = {str(row["id"]): row for row in rows[1:] if "error" not in row}
            replace_text(path, "".join(_lines([header, *cases.values()])))
        return cls(path, cases)

    def add(self, case: Case) -> None:
        """Keep a case."""
        self.cases[case["id"]] = case
        if self.path is not None:
            with _writing(self.path), self.path.open("a", encoding="ascii", newline="\n") as stream:
                stream.writelines(_lines([case]))

    def remove(self) -> None:
        """Delete the file: its cases are in the record now."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def interrupted(self, n_done: int, n_questions: int) -> str:
        """Return the sentence for people who broke the run off."""
        if self.path is None:
            return f"broken off after {n_done} of {n_questions} questions; nothing is kept, as no file was named"
        return (
            f"broken off after {n_done} of {n_questions} questions, which are kept in {self.path}; "
            "the same command goes on from there"
        )


def replace_text(path: Path, text: str, option: str = "--out") -> None:
    """Write the text in one rename: a file of that name is the old one or the new one, never half.

    A link stays one: what it leads to is written. Raises QaError where it cannot be written; `option` is what another
    place is named with.
    """
    with _writing(path, option):
        place, beside = _places(path)
        try:
            with beside.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)


def check_replaceable(path: Path, option: str = "--out") -> None:
    """Raise QaError where `replace_text` could not write the file: before hours are spent on its text, not after."""
    with _writing(path, option), suppress(FileExistsError):  # another run may be writing just now
        _, beside = _places(path)
        beside.touch(exist_ok=False)
        beside.unlink()


def _places(path: Path) -> tuple[Path, Path]:
    """Return the file that is written, where links lead, and the one beside it that takes its name when it is whole.

    Raises OSError for a device, a pipe or a folder, in whose stead there would be a file.
    """
    place = resolved(path)
    if (path.exists() or place.is_symlink()) and not path.is_file():
        raise OSError(Phrase("it is no ordinary file"))
    return place, place.with_name(f"{place.name}.writing")


@contextmanager
def _writing(path: Path, option: str = "--out") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise QaError(
            "{path} cannot be written ({reason}); name another place with {option}",
            path=path,
            reason=reason,
            option=option,
        ) from error


def _rows(path: Path) -> Iterator[Case]:
    """Yield the objects up to the first line that is broken: a run that was killed may leave half a line."""
    try:
        for line in path.read_text(encoding="ascii").splitlines():
            yield parsed_line(line)
    except ValueError:
        return


def _lines(rows: Iterable[Case]) -> list[str]:
    return [json.dumps(row) + "\n" for row in rows]
