"""An OpenAI-compatible server: messages out over HTTP, a stream of text back. Bigger models, more users come this way.

The server is not trusted: what it sends is checked and bounded, in size and in time. Its tokenizer cannot be told
what of a message is data: whatever looks like a mark of a chat template is sent with a zero-width space inside (see
template.defused). Knows nothing of passages or answers.
"""

from __future__ import annotations

import asyncio
import json
import queue
import re
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from embeddings.phrase import Phrase
from qa.errors import EngineError
from qa.generate import Message, Piece, without_password
from qa.generate.sse import Delta, NotUnderstood, message_in, parsed
from qa.generate.template import defused

CONNECT_S, LIST_S, SILENCE_S = 5.0, 30.0, 120.0
"""How long a server may take to connect, to list its models, and to go on: a big model reads a prompt for a while."""

MOST_BYTES = 1 << 20
"""The longest line, and the longest answer that is no stream."""

CHARACTERS_A_TOKEN = 40
"""More text than this for each token asked for, and the server does not keep to what it was told."""

STOP_CHECK_S = 0.1

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_T = TypeVar("_T")
Arrived = queue.Queue[Piece | EngineError | None]


class OpenAIEngine:
    """A model behind a server. Safe for threads: every reply has a connection of its own."""

    def __init__(self, base_url: str, model: str, *, api_key: str | None = None, silence_s: float = SILENCE_S) -> None:
        self.name = model
        self.base_url = base_url
        self._silence_s = silence_s
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._shown = without_password(base_url)
        self._asks_logprobs = True

    @classmethod
    def at(cls, url: str, *, api_key: str | None = None, silence_s: float = SILENCE_S) -> OpenAIEngine:
        """Return the engine for "http://host/v1#model"; without a model, for the first that the server lists.

        Raises EngineError where the address cannot be used or the server does not say what models it has.
        """
        base, _, model = url.partition("#")
        base = base.rstrip("/") if check_address(url) else f"{base.rstrip('/')}/v1"
        engine = cls(base, model, api_key=api_key, silence_s=silence_s)
        try:
            engine.name = model or _finish(engine._first_model())
        except EngineError:
            raise
        except Exception as error:
            raise engine._unforeseen(error) from error
        return engine

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, stop: threading.Event | None = None
    ) -> Iterator[Piece]:
        """Yield the greedy reply piece by piece; end within a second once `stop` is set, the connection closed."""
        body = {
            "model": self.name,
            "messages": [{"role": message.role, "content": _sendable(message.content)} for message in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
        }
        arrived: Arrived = queue.Queue()
        done = threading.Event()
        target, given = self._relay, (body, arrived, done)
        threading.Thread(target=target, args=given, name="openai-engine", daemon=True).start()
        try:
            while stop is None or not stop.is_set():
                try:
                    item = arrived.get(timeout=STOP_CHECK_S)
                except queue.Empty:
                    continue
                if isinstance(item, EngineError):
                    raise item
                if item is None:
                    return
                yield item
        finally:
            done.set()

    def count_tokens(self, text: str) -> int:
        """Return an estimate, a little high, since a server does not say: English has about four bytes a token."""
        return (len(text.encode("utf-8", "replace")) + 2) // 3

    def _relay(self, body: Mapping[str, Any], arrived: Arrived, done: threading.Event) -> None:
        """Put the reply's pieces, then None or the error, into `arrived`; runs in a thread of its own."""

        async def until_done() -> None:
            reading = asyncio.ensure_future(self._read(body, arrived))
            while not reading.done():
                await asyncio.wait({reading}, timeout=STOP_CHECK_S)
                if done.is_set():
                    reading.cancel()
            if not reading.cancelled():
                reading.result()

        try:
            asyncio.run(until_done())
        except EngineError as error:
            arrived.put(error)
        except Exception as error:  # whatever it is, somebody waits
            arrived.put(self._unforeseen(error))
        else:
            arrived.put(None)

    async def _read(self, body: Mapping[str, Any], arrived: Arrived) -> None:
        """Put what the server streams into `arrived`. Raises EngineError where it is silent or writes without end."""
        n_characters, n_shown, heard = 0, 0, time.monotonic()
        async for delta in self._deltas(body):
            n_characters += delta.n_characters
            n_shown += len(delta.text)
            if n_characters > CHARACTERS_A_TOKEN * (int(body["max_tokens"]) + 10):
                raise self._error("writes on and on; it does not keep to the length it was told")
            if delta.n_characters:
                heard = time.monotonic()
            elif time.monotonic() - heard > self._silence_s:
                raise self._silent()
            if delta.text or delta.logprob is not None:
                arrived.put(Piece(delta.text, delta.logprob))
            if delta.is_last:
                if n_characters > n_shown == 0 and int(body["max_tokens"]) > 1:
                    raise self._error(
                        "has spent its {n} tokens on thoughts before the first word; switch its thinking off, or give "
                        "it more with --set max_tokens=N",
                        n=body["max_tokens"],
                    )
                return
        raise self._error("stopped in the middle of the answer; try again")

    async def _deltas(self, body: Mapping[str, Any]) -> AsyncIterator[Delta]:
        """Yield what each line adds; a server that takes no `logprobs` is asked again without."""
        url = f"{self.base_url}/chat/completions"
        async with self._client() as client:
            more = {"logprobs": True} if self._asks_logprobs else {}
            response = await self._send(client, "POST", url, {**body, **more})
            if more and 400 <= response.status_code < 500 and response.status_code not in (401, 404, 429):
                said = await self._whole(response)
                if b"logprobs" not in said.lower():
                    raise self._refusal(response.status_code, said)
                self._asks_logprobs = False
                response = await self._send(client, "POST", url, body)
            if response.status_code != 200:
                raise self._refusal(response.status_code, await self._whole(response))
            async for line in self._lines(response):
                try:
                    yield parsed(line) or Delta()
                except NotUnderstood as error:
                    raise EngineError("the server {server} {what}", server=self._shown, what=error) from error

    async def _lines(self, response: httpx.Response) -> AsyncIterator[str]:
        """Yield the response's lines as they come."""
        rest = b""
        try:
            async for content in response.aiter_bytes():
                *lines, rest = (rest + content).split(b"\n")
                for line in lines:
                    yield line.decode("utf-8", "replace").strip()
                if len(rest) > MOST_BYTES:
                    raise self._error("sends a line without end; see its log")
        except httpx.HTTPError as error:
            raise self._failed(error) from error
        yield rest.decode("utf-8", "replace").strip()

    async def _first_model(self) -> str:
        """Return the name of the first model that the server lists."""
        try:
            said = await asyncio.wait_for(self._listed(), LIST_S)
        except asyncio.TimeoutError as error:
            raise self._error("has not listed its models after {list_s:g} seconds", list_s=LIST_S) from error
        try:
            return str(json.loads(said)["data"][0]["id"])
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise self._error(
                "does not say what models it has; check the address, or name one: {server}#model-name",
                server=self._shown,
            ) from error

    async def _listed(self) -> bytes:
        async with self._client() as client:
            response = await self._send(client, "GET", f"{self.base_url}/models", None)
            said = await self._whole(response)
            if response.status_code != 200:
                raise self._refusal(response.status_code, said)
            return said

    def _client(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(self._silence_s, connect=CONNECT_S)
        is_own = urlsplit(self.base_url).hostname in _LOOPBACK  # a proxy cannot reach this machine's own servers
        return httpx.AsyncClient(timeout=timeout, headers=self._headers, trust_env=not is_own)

    async def _send(self, client: httpx.AsyncClient, method: str, url: str, body: object) -> httpx.Response:
        """Return the response, its body not read yet; connecting is tried twice, nothing else is."""
        request = client.build_request(method, url, json=body)
        try:
            try:
                return await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                return await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failed(error) from error

    async def _whole(self, response: httpx.Response) -> bytes:
        content = b""
        try:
            async for block in response.aiter_bytes():
                content += block
                if len(content) > MOST_BYTES:
                    raise self._error("sends an answer without end; see its log")
        except httpx.HTTPError as error:
            raise self._failed(error) from error
        return content

    def _refusal(self, status: int, said: bytes) -> EngineError:
        """Return the error for an HTTP status, with what the server says of it."""
        why = f"(HTTP {status}{message_in(said)})"
        if status in (401, 403):
            return self._error("refuses the key {why}; set OPENAI_API_KEY to one that it takes", why=why)
        if status == 404:
            return self._error(
                "does not have what was asked for {why}; check the address and the model's name", why=why
            )
        return self._error("could not answer {why}; try again, or see its log", why=why)

    def _failed(self, error: Exception) -> EngineError:
        """Return the error for a connection that failed."""
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL)):
            return self._error("cannot be reached; check the address, and that the server runs")
        if isinstance(error, httpx.TimeoutException):
            return self._silent()
        return self._error("broke the connection off; try again")

    def _unforeseen(self, error: Exception) -> EngineError:
        """Return the error for what no server has part in: a proxy or a key that cannot be used."""
        return self._error(
            "cannot be asked ({why}); check the address, the key and the proxy settings",
            why=str(error) or type(error).__name__,
        )

    def _silent(self) -> EngineError:
        return self._error("has said nothing for {silence_s:g} seconds; see its log", silence_s=self._silence_s)

    def _error(self, what: str, **values: object) -> EngineError:
        return EngineError("the server {server} {what}", server=self._shown, what=Phrase(what, **values))


def _sendable(text: str) -> str:
    """Return the text as it can be sent: half a character, as of a broken file name, becomes a question mark."""
    return defused(text).encode("utf-8", "replace").decode("utf-8")


def check_address(url: str) -> str:
    """Return the path of "http://host/v1#model", no slashes at its ends. Raises EngineError where that is no address.

    What stands before the last "@" is not shown: where there is no address, nobody knows where a password ends.
    """
    base, _, _ = url.partition("#")
    path = _path(base)
    if path is None:
        shown = re.sub(r"//.*@", "//", url).partition("#")[0]
        raise EngineError(
            "{base!r} is no address of a server; one looks like http://127.0.0.1:8080/v1#model-name", base=shown
        )
    return path


def _path(base: str) -> str | None:
    """Return the address's path without slashes at its ends, None where it is no address of a server."""
    try:
        parts = urlsplit(base)
        usable = bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        return None
    return parts.path.strip("/") if usable else None


def _finish(work: Coroutine[Any, Any, _T]) -> _T:
    """Return what `work` comes to, whether or not this thread has an event loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
