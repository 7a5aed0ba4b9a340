"""The cases of a run that is not finished, kept beside the record so that the run can be taken up again.

The file has one JSON object a line: what the cases are made with and where, then the cases. Knows not what they say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embeddings.find import resolved
from embeddings.phrase import Phrase
from qa.errors import QaError
from qa.fields import parsed_line, sha256_of

Case = Mapping[str, Any]
Machine = Mapping[str, Any]


@dataclass(slots=True)
class Partial:
    """Cases by id, and the machine that all of them are made on; None: they are made on several.

    `path` is the file that holds them too; None: they are in memory alone.
    """

    machine: Machine | None
    path: Path | None = None
    cases: dict[str, Case] = field(default_factory=dict)

    @classmethod
    def open(cls, out: Path, made_with: Mapping[str, Any], machine: Machine | None) -> Partial:
        """Return what an earlier run towards `out` has kept, to be gone on with on `machine`.

        The file of a run that was made with something else is put aside, under a name of its own, from which it is
        taken up when such a run is asked for again. Raises QaError.
        """
        path = out.with_name(f"{out.name}.partial")
        made_with = json.loads(json.dumps(made_with))
        aside = _aside(path, made_with)
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            check_replaceable(out)
            rows = list(_rows(path))
            if path.exists() and not _is_made_with(rows, made_with):
                path.replace(_aside(path, rows[0].get("made_with") if rows else None))
            cases: dict[str, Case] = {}
            for half in (list(_rows(aside)), rows):
                done = [row for row in half[1:] if "error" not in row] if _is_made_with(half, made_with) else []
                if done and half[0].get("machine") != machine:
                    machine = None
                cases |= {str(row["id"]): row for row in done}
            header = {"made_with": made_with, "machine": machine}
            replace_text(path, "".join(_lines([header, *cases.values()])))
            aside.unlink(missing_ok=True)
        return cls(machine, path, cases)

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


def _aside(path: Path, made_with: object) -> Path:
    """Return the place of the cases that are made with this while another run is kept at the path."""
    return path.with_name(f"{path.name}.{sha256_of(made_with)[:8]}")


def _is_made_with(rows: Sequence[Case], made_with: Mapping[str, Any]) -> bool:
    return bool(rows) and rows[0].get("made_with") == made_with


def _rows(path: Path) -> Iterator[Case]:
    """Yield the objects up to the first line that is broken: a run that was killed may leave half a line."""
    if not path.exists():
        return
    try:
        for line in path.read_text(encoding="ascii").splitlines():
            yield parsed_line(line)
    except ValueError:
        return


def _lines(rows: Iterable[Case]) -> list[str]:
    return [json.dumps(row) + "\n" for row in rows]
