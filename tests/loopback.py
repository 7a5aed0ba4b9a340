"""A server on this machine that plays the Hub and a package index, so that fetching is tested without a network."""

from __future__ import annotations

import hashlib
import io
import json
import re
import socket
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REVISION = "c0ffee" + "0" * 34


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def closed_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wheel(project: str, version: str, members: Mapping[str, bytes]) -> bytes:
    """Return a wheel with these members and what pip wants to find in one."""
    name = project.replace("-", "_")
    about = f"{name}-{version}.dist-info"
    tags = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    stated = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n".encode(),
        f"{about}/WHEEL": tags.encode(),
        f"{about}/RECORD": b"",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, data in {**members, **stated}.items():
            archive.writestr(path, data)
    return content.getvalue()


@dataclass
class Loopback:
    """What is served, how it fails, and what was asked for.

    hub: "org/name/path" -> content; wheels: file name -> content. Names that end in .safetensors and .gguf are large
    files: a redirect leads to their content and states their hash, which `stated_hashes` may change.
    cuts: after so many bytes of a file a connection is cut, one number a connection. `gate` holds back all files.
    """

    address: str = ""
    hub: dict[str, bytes] = field(default_factory=dict)
    wheels: dict[str, bytes] = field(default_factory=dict)
    stated_hashes: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    answers_ranges: bool = True
    is_portal: bool = False
    status: int = 200
    gate: threading.Event | None = None
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def contents_asked(self) -> list[str]:
        """Return the names of the files whose content was asked for, in order."""
        return [path.rsplit("/", 1)[-1] for path in self.asked if re.match("/(resolved|wheels)/", path)]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    play: Loopback

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        play, path = self.play, self.path
        play.asked.append(path)
        play.headers.append({name.lower(): value for name, value in self.headers.items()})
        if play.status != 200:
            self._send(play.status, b"")
        elif play.is_portal and not path.startswith(("/simple/", "/wheels/")):
            self._send(200, b"<html>Please log in to this network</html>")
        elif match := re.fullmatch(r"/api/models/(.+)/revision/main\?blobs=true", path):
            self._listing(match[1])
        elif match := re.fullmatch(r"/(.+)/resolve/(?:main|[0-9a-f]{40})/(.+)", path):
            self._file(f"{match[1]}/{match[2]}")
        elif path.startswith("/resolved/"):
            self._content(play.hub[path.removeprefix("/resolved/")])
        elif match := re.fullmatch(r"/simple/([^/]+)/", path):
            self._index(match[1])
        elif path.startswith("/wheels/"):
            self._content(play.wheels[path.removeprefix("/wheels/")])
        else:
            self._send(404, b"")

    def _listing(self, repo_id: str) -> None:
        rows = [
            {"rfilename": path.removeprefix(f"{repo_id}/"), "size": len(content)}
            | ({"lfs": {"sha256": sha256(content), "size": len(content)}} if is_large(path) else {})
            for path, content in self.play.hub.items()
            if path.startswith(f"{repo_id}/")
        ]
        if rows:
            self._send(200, json.dumps({"id": repo_id, "sha": REVISION, "siblings": rows}).encode())
        else:
            self._send(401, b'{"error": "Invalid username or password."}')

    def _file(self, path: str) -> None:
        if path not in self.play.hub:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        stated = {"X-Repo-Commit": REVISION}
        if is_large(path):
            etag = self.play.stated_hashes.get(path, sha256(self.play.hub[path]))
            stated |= {"X-Linked-ETag": f'"{etag}"', "Location": f"/resolved/{path}"}
            self._send(302, b"", stated)
        else:
            self._content(self.play.hub[path], stated)

    def _content(self, content: bytes, stated: Mapping[str, str] | None = None) -> None:
        play, wanted = self.play, self.headers.get("Range", "")
        if wanted:
            play.ranges.append(wanted)
        if play.gate is not None:
            play.gate.wait(20)
        begin = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and play.answers_ranges else 0
        headers = dict(stated or {})
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        cut = play.cuts.pop(0) if play.cuts else None
        self._send(206 if begin else 200, content[begin:], headers, cut)

    def _index(self, project: str) -> None:
        name = project.replace("-", "_")
        links = "".join(
            f'<a href="/wheels/{file}#sha256={sha256(content)}">{file}</a>'
            for file, content in self.play.wheels.items()
            if file.startswith(f"{name}-")
        )
        self._send(200 if links else 404, f"<html>{links}</html>".encode(), {"Content-Type": "text/html"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None, cut: int | None = None) -> None:
        """Send an answer; with `cut` its body ends after so many bytes, and so does the connection."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        self.close_connection = self.close_connection or cut is not None


def is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".gguf"))


@contextmanager
def loopback() -> Iterator[Loopback]:
    """Serve on a free port of this machine until the block ends."""
    play = Loopback()
    handler = type("Handler", (Handler,), {"play": play})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        play.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield play
        server.shutdown()
        thread.join()
