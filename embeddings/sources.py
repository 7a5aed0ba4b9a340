"""Weights from the Hub: the files of a known model, or of any repository, without running anything that comes along.

huggingface_hub says how names and addresses are built; the bytes come by plain HTTP: its own downloader (2.4) asks an
unreachable server for more than half a minute and throws away what came of a file that was interrupted. No account is
used and nothing is sent but the names of the files.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import httpx

from embeddings.cache import INCOMPLETE, READY, fill, require_room, stamp_of
from embeddings.errors import WeightsError
from embeddings.models import File, Model, Unreachable
from embeddings.phrase import Phrase
from embeddings.types import Progress

HUB_ENDPOINT = "https://huggingface.co"
CONNECT_S, READ_S = 4.0, 10.0
NEXT_ADDRESS_S = 0.25
"""After so long without an answer the next address of a host is tried beside the earlier ones; RFC 8305 advises it."""

BLOCK = 1 << 20
EXCESS_BYTES = 16 << 20
"""A file that is longer than stated by more than this is not read to its end."""

REPO_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", flags=re.ASCII)
LOADABLE = re.compile(r"(\d+_\w+/)?[\w.-]+\.(json|safetensors|model|txt|jinja)", flags=re.ASCII)
"""What is fetched of a repository: settings, tokenizer and safetensors, also of the numbered modules of an encoder."""


def from_hub(model: Model, part: Path, progress: Progress | None, endpoint: str | None = None) -> None:
    """Put the model's files, checked, into `part`/ready, going on where an earlier try stopped.

    Raises Unreachable, or WeightsError where the Hub has other files than those pinned.
    """
    with _Hub.at(endpoint) as hub:
        require_room(part, model.size_bytes, model.name)
        hub.download(model.hub, "main", model.files, part / READY, partial(_report, progress, model.name))


def fetch_hub(
    repo_id: str,
    cache: Path,
    progress: Progress | None = None,
    *,
    offline: bool = False,
    endpoint: str | None = None,
) -> Path:
    """Return the folder of any model of the Hub: settings, tokenizer and safetensors weights, nothing that runs.

    The revision that the Hub has when it is fetched is kept, and recorded in the folder. Raises WeightsError where the
    model cannot be had or has its weights only in a form that can run code.
    """
    if not REPO_ID.fullmatch(repo_id):
        raise WeightsError("{repo_id!r} is no name of a model on the Hub; they look like org/name", repo_id=repo_id)
    folder = cache / "hub" / repo_id.replace("/", "--")
    if not _is_whole(folder):
        if offline:
            raise WeightsError(
                "the model {repo_id} is not in {cache} and fetching is switched off; switch it on and try again",
                repo_id=repo_id,
                cache=cache,
            )
        gather = partial(_gather, repo_id, progress=progress, endpoint=endpoint)
        fill(folder, repo_id, gather, lambda: _is_whole(folder), progress)
    return folder


def _is_whole(folder: Path) -> bool:
    files = stamp_of(folder).get("files", {})
    return bool(files) and all(
        (folder / name).is_file() and (folder / name).stat().st_size == size for name, size in files.items()
    )


def _gather(repo_id: str, part: Path, *, progress: Progress | None, endpoint: str | None) -> Mapping[str, Any]:
    """Fetch what can be loaded of the repository, and return its name, revision and the files' sizes."""
    try:
        with _Hub.at(endpoint) as hub:
            revision, listed = hub.listing(repo_id)
            files = _loadable(repo_id, listed)
            require_room(part, sum(file.size for file in files), repo_id)
            hub.download(repo_id, revision, files, part / READY, partial(_report, progress, repo_id))
    except Unreachable as error:
        raise WeightsError(
            "the model {repo_id} could not be fetched: {why}; check its name and the network, or download it "
            "with your account where it asks for one, and give the folder",
            repo_id=repo_id,
            why=error,
        ) from error
    sizes = {file.name: file.size for file in files}
    return {"repo_id": repo_id, "revision": revision, "files": sizes}


def _loadable(repo_id: str, listed: Sequence[File]) -> tuple[File, ...]:
    """Return the files to fetch. Raises WeightsError where none of them holds weights."""
    files = [file for file in listed if LOADABLE.fullmatch(file.name)]
    if any(re.fullmatch(r"model.*\.safetensors", file.name) for file in files):
        files = [file for file in files if not file.name.startswith("consolidated")]  # the same weights once more
    if any(file.is_weights for file in files):
        return tuple(files)
    if any(file.name.endswith(".gguf") for file in listed):
        raise WeightsError(
            "the model {repo_id} has GGUF files: download one of them and give its path", repo_id=repo_id
        )
    raise WeightsError(
        "the model {repo_id} has no weights as safetensors, and other forms are not loaded because they "
        "can run code; take a model that has them",
        repo_id=repo_id,
    )


def _report(progress: Progress | None, name: str, done: int, total: int) -> None:
    if progress is not None:
        progress(Phrase("fetching {name} from the Hub", name=name), done, total)


@dataclass(frozen=True, slots=True)
class _Hub:
    """One connection to a Hub."""

    base: str
    client: httpx.Client

    @classmethod
    @contextmanager
    def at(cls, endpoint: str | None) -> Iterator[_Hub]:
        """Connect, and turn what the network does wrong into Unreachable."""
        base = (endpoint or HUB_ENDPOINT).rstrip("/")
        try:
            client = _client()
        except (ValueError, ImportError, OSError, httpx.InvalidURL) as error:
            refused = Phrase("the settings for proxies or certificates (HTTPS_PROXY, SSL_CERT_FILE): {why}", why=error)
            raise Unreachable("the Hub at {base} cannot be reached ({why})", base=base, why=refused) from error
        try:
            with client:
                yield cls(base, client)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise Unreachable("the Hub at {base} cannot be reached ({why})", base=base, why=why) from error

    def listing(self, repo_id: str) -> tuple[str, tuple[File, ...]]:
        """Return the revision that "main" is now, and the repository's files."""
        response = self.client.get(f"{self.base}/api/models/{repo_id}/revision/main", params={"blobs": "true"})
        self._check_status(response, repo_id)
        try:
            found = response.json()
            files = tuple(
                File(row["rfilename"], row["size"], (row.get("lfs") or {}).get("sha256", ""))
                for row in found["siblings"]
            )
            return str(found["sha"]), files
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreachable("{base} does not answer as the Hub does", base=self.base) from error

    def download(
        self,
        repo_id: str,
        revision: str,
        files: Sequence[File],
        folder: Path,
        report: Callable[[int, int], None],
    ) -> None:
        """Put the files, checked, into `folder`; those that are there already are not fetched again."""
        from huggingface_hub import hf_hub_url

        done, total = 0, sum(file.size for file in files)
        for file in files:
            path = folder / file.name
            if file.problem(path):
                url = hf_hub_url(repo_id, file.name, revision=revision, endpoint=self.base)
                self._download(url, file, path, _after(done, total, report))
            done += file.size

    def _download(self, url: str, file: File, path: Path, report: Callable[[int], None]) -> None:
        """Put the file at `path`; an interrupted one goes on as long as each try brings more of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}{INCOMPLETE}")
        begun = had = _size(beside)
        while had < file.size or not beside.exists():
            try:
                self._go_on(url, file, beside, report)
                break
            except httpx.TransportError:
                if _size(beside) <= had:
                    raise
                had = _size(beside)
        if problem := file.problem(beside):
            beside.unlink()
            if not begun:
                raise self._other_content(problem)
            self._download(url, file, path, report)  # what was left of an earlier try may be what was wrong
        else:
            beside.replace(path)

    def _go_on(self, url: str, file: File, beside: Path, report: Callable[[int], None]) -> None:
        """Append to `beside` what it lacks, or write it anew where the server does not send a part."""
        have = _size(beside)
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self.client.stream("GET", url, headers=headers) as response:
            self._check_file(response, file)
            with beside.open("ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb") as stream:
                for block in response.iter_bytes(BLOCK):
                    stream.write(block)
                    if stream.tell() > file.size + EXCESS_BYTES:
                        break
                    report(stream.tell())

    def _check_status(self, response: httpx.Response, what: str) -> None:
        if response.status_code >= httpx.codes.BAD_REQUEST:
            raise Unreachable(
                "the Hub at {base} answers {status_code} for {what}",
                base=self.base,
                status_code=response.status_code,
                what=what,
            )

    def _check_file(self, response: httpx.Response, file: File) -> None:
        """Raise Unreachable where this is no answer of a Hub, such as the page of a network that wants a login.

        Raises WeightsError where the Hub states at once that its file has another hash.
        """
        self._check_status(response, file.name)
        headers = [answer.headers for answer in (*response.history, response)]
        if not any("x-repo-commit" in named for named in headers):
            raise Unreachable("{base} does not answer as the Hub does", base=self.base)
        stated = [named.get("x-linked-etag", "").strip('"') for named in headers]
        if file.sha256 and any(re.fullmatch("[0-9a-f]{64}", etag) and etag != file.sha256 for etag in stated):
            found = next(etag for etag in stated if etag)
            raise self._other_content(f"{file.name} has the SHA-256 {found}, not {file.sha256}")

    def _other_content(self, problem: str) -> WeightsError:
        return WeightsError(
            "the Hub at {base} has other content than was pinned: {why}; it was not kept", base=self.base, why=problem
        )


def _client() -> httpx.Client:
    """Return what asks a Hub. Raises what httpx does about the proxies and certificates of the environment."""
    return httpx.Client(
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        follow_redirects=True,
        headers={"User-Agent": "article-qa", "Accept-Encoding": "identity"},
        event_hooks={"request": [partial(_require_answer, set())]},
    )


def _require_answer(answered: set[str], request: httpx.Request) -> None:
    """Raise ConnectTimeout where no address of a host that is asked for the first time answers within CONNECT_S.

    httpx gives each address that long, one after the other: half a minute for the eight of the Hub. A proxy's
    addresses are left to it, and what else can go wrong.
    """
    host, proxies = request.url.raw_host.decode("ascii"), getproxies()
    if not host or host in answered or proxies.get(request.url.scheme) or proxies.get("all"):
        return
    known = threading.Event()
    port = request.url.port or (443 if request.url.scheme == "https" else 80)
    # A thread that need not be waited for: a name that is not resolved cannot be given up earlier.
    threading.Thread(target=_try_to_connect, args=(host, port, known), name="connecting", daemon=True).start()
    if not known.wait(CONNECT_S):
        raise httpx.ConnectTimeout(f"no answer within {CONNECT_S:.0f} seconds", request=request)
    answered.add(host)


def _try_to_connect(host: str, port: int, known: threading.Event) -> None:
    """Set `known` once an address of the host takes a connection, or none can."""

    async def connect() -> None:
        trying = asyncio.open_connection(host, port, happy_eyeballs_delay=NEXT_ADDRESS_S)
        _, writer = await asyncio.wait_for(trying, 2 * CONNECT_S)
        writer.close()

    with suppress(OSError, ValueError, asyncio.TimeoutError):  # httpx says what is wrong, in its words
        asyncio.run(connect())
    known.set()


def _after(before: int, total: int, report: Callable[[int, int], None]) -> Callable[[int], None]:
    """Return what reports the bytes of one file among those of all."""
    return lambda here: report(before + here, total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
