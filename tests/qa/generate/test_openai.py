import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from qa.errors import EngineError
from qa.generate import Message, Piece, open_engine, without_password
from qa.generate.openai import OpenAIEngine

ASKED = (Message("system", "You answer."), Message("user", "Say <|im_end|> hello"))
Reply = Callable[[BaseHTTPRequestHandler], None]


def chunk(text: str | None, logprob: float | None = None, finish: str | None = None) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    if logprob is not None:
        choice["logprobs"] = {"content": [{"token": text, "logprob": logprob}]}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def sending(*blocks: bytes, content_type: str = "text/event-stream", status: int = 200, pause_s: float = 0) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.end_headers()
        for block in blocks:
            handler.wfile.write(block)
            handler.wfile.flush()
            time.sleep(pause_s)

    return reply


class Server:
    """A chat server on the loopback that replies as it is told and keeps what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.reply: Reply = sending(b"data: [DONE]\n\n")
        self.listed: Reply = sending(b'{"data": [{"id": "big-model"}]}', content_type="application/json")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with contextlib.suppress(ConnectionError):
                    outer.listed(self)

            def do_POST(self) -> None:
                outer.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.headers.append(self.headers["Authorization"])
                with contextlib.suppress(ConnectionError):  # whoever stops listening closes the connection
                    outer.reply(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_pieces_carry_text_and_log_probability(server: Server) -> None:
    server.reply = sending(chunk("Hel", -0.5), chunk("lo", -0.25), chunk(None, finish="stop"), b"data: [DONE]\n\n")
    engine = open_engine(server.url, api_key="secret")
    assert list(engine.stream(ASKED, max_tokens=9)) == [Piece("Hel", -0.5), Piece("lo", -0.25)]
    assert engine.name == "big-model"
    assert server.headers == ["Bearer secret"]
    assert {key: server.bodies[0][key] for key in ("model", "max_tokens", "temperature", "stream")} == {
        "model": "big-model",
        "max_tokens": 9,
        "temperature": 0,
        "stream": True,
    }


def test_template_marks_in_a_message_reach_the_server_broken(server: Server) -> None:
    server.reply = sending(chunk("x", finish="stop"))
    list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=1))
    assert server.bodies[0]["messages"][1]["content"] == "Say <\u200b|im_end|> hello"


def test_a_server_without_log_probabilities_gives_none(server: Server) -> None:
    server.reply = sending(chunk("Yes", finish="length"))
    assert list(OpenAIEngine.at(f"{server.url}#other").stream(ASKED, max_tokens=1)) == [Piece("Yes", None)]
    assert server.bodies[0]["model"] == "other"


def test_stopping_ends_it_though_the_server_goes_on(server: Server) -> None:
    server.reply = sending(*[chunk("word ")] * 40, pause_s=0.5)
    stop = threading.Event()
    stream = OpenAIEngine.at(server.url).stream(ASKED, max_tokens=40, stop=stop)
    assert next(stream).text == "word "
    stop.set()
    assert len(list(stream)) <= 2


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (
            sending(b"<html>It works!</html>", content_type="text/html"),
            "does not answer like an OpenAI-compatible server; check the address",
        ),
        (sending(b"data: {not json}\n\n"), "sends an answer that cannot be read"),
        (sending(b'data: {"choices": [{"text": "old"}]}\n\n'), "does not answer like an OpenAI-compatible server"),
        (sending(b'data: {"error": {"message": "out of memory"}}\n\n'), "reports an error: out of memory"),
        (sending(chunk("half an")), "stopped in the middle of the answer; try again"),
        (sending(b"", status=500), r"could not answer \(HTTP 500\); try again"),
        (sending(b"", status=401), r"refuses the key \(HTTP 401\); set OPENAI_API_KEY"),
        (sending(b"x" * 1_200_000), "sends a line without end"),
    ],
)
def test_a_lying_server_is_an_error_in_one_sentence(server: Server, reply: Reply, sentence: str) -> None:
    server.reply = reply
    with pytest.raises(EngineError, match=sentence) as caught:
        list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=10))
    assert "\n" not in str(caught.value)


def test_an_unreachable_server_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="cannot be reached; check the address, and that the server runs"):
        open_engine("http://127.0.0.1:9/v1")


def test_what_is_no_model_is_told_with_what_can_be_given() -> None:
    with pytest.raises(EngineError, match=r"is no model: give one of qwen2.5-coder-1.5b, smollm2-135m, a .gguf file"):
        open_engine("no such model")


def test_a_server_that_says_nothing_is_given_up(server: Server) -> None:
    server.reply = sending(chunk("word "), b": still here\n\n", pause_s=1.5)
    with pytest.raises(EngineError, match=r"has said nothing for 0\.3 seconds"):
        list(OpenAIEngine.at(server.url, silence_s=0.3).stream(ASKED, max_tokens=10))


def test_a_server_that_only_says_that_it_is_there_is_given_up(server: Server) -> None:
    server.reply = sending(*[b": still here\n\n", chunk("")] * 40, pause_s=0.05)
    with pytest.raises(EngineError, match=r"has said nothing for 0\.3 seconds"):
        list(OpenAIEngine.at(server.url, silence_s=0.3).stream(ASKED, max_tokens=10))


def test_thoughts_without_end_are_given_up(server: Server) -> None:
    thought = b'data: {"choices": [{"delta": {"reasoning_content": "' + b"hm " * 100 + b'"}}]}\n\n'
    server.reply = sending(*[thought] * 10)
    with pytest.raises(EngineError, match="does not keep to the length it was told"):
        list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=1))


def test_a_server_that_takes_no_logprobs_is_asked_without_from_then_on(server: Server) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        refused = "logprobs" in server.bodies[-1]
        said = b'{"error": {"message": "logprobs is not supported"}}' if refused else chunk("Yes", finish="stop")
        sending(said, status=400 if refused else 200)(handler)

    server.reply = reply
    engine = OpenAIEngine.at(server.url)
    assert [list(engine.stream(ASKED, max_tokens=1)) for _ in range(2)] == [[Piece("Yes", None)]] * 2
    assert ["logprobs" in body for body in server.bodies] == [True, False, False]


def test_another_refusal_is_not_asked_again(server: Server) -> None:
    server.reply = sending(b'{"error": {"message": "the prompt is\\ntoo long"}}', status=400)
    with pytest.raises(EngineError, match=r"could not answer \(HTTP 400: the prompt is too long\)"):
        list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=1))
    assert len(server.bodies) == 1


def test_stopping_closes_the_connection(server: Server) -> None:
    closed = threading.Event()

    def reply(handler: BaseHTTPRequestHandler) -> None:
        sending(chunk("word "))(handler)
        try:
            for _ in range(100):
                handler.wfile.write(b": still here\n\n")
                time.sleep(0.05)
        except ConnectionError:
            closed.set()

    server.reply = reply
    stream = OpenAIEngine.at(server.url).stream(ASKED, max_tokens=40)
    assert next(stream).text == "word "
    stream.close()  # type: ignore[attr-defined]
    assert closed.wait(2.0)


def test_what_goes_on_behind_the_end_is_not_waited_for(server: Server) -> None:
    came_to_its_end = threading.Event()

    def reply(handler: BaseHTTPRequestHandler) -> None:
        sending(chunk("Yes", finish="stop"), *[b": still here\n\n"] * 600, pause_s=0.1)(handler)
        came_to_its_end.set()

    server.reply = reply
    assert list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=1)) == [Piece("Yes", None)]
    assert not came_to_its_end.is_set()


def test_an_engine_can_be_opened_where_an_event_loop_runs(server: Server) -> None:
    async def opened() -> str:
        return OpenAIEngine.at(server.url).name

    assert asyncio.run(opened()) == "big-model"


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        (sending(b"<html>Welcome!</html>"), "does not say what models it has"),
        (sending(b'{"data": []}'), "does not say what models it has"),
        (sending(b'{"data": {"id": 1}}'), "does not say what models it has"),
        (sending(b"[" * 100_000), "does not say what models it has"),
        (sending(b"x" * 1_200_000), "sends an answer without end"),
        (sending(b"", status=404), "does not have what was asked for"),
        (sending(b'{"error": "no"}', status=401), r"refuses the key \(HTTP 401: no\); set OPENAI_API_KEY"),
        (sending(b"", status=301), r"could not answer \(HTTP 301\)"),
    ],
)
def test_a_server_that_does_not_list_its_models_is_told(server: Server, listed: Reply, words: str) -> None:
    server.listed = listed
    with pytest.raises(EngineError, match=words) as caught:
        OpenAIEngine.at(server.url, api_key="secret")
    assert server.url in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_neither_key_nor_password_is_shown_in_a_message() -> None:
    with pytest.raises(EngineError, match="cannot be reached") as caught:
        OpenAIEngine.at("http://me:hunter2@127.0.0.1:9/v1", api_key="secret")
    assert "http://127.0.0.1:9/v1" in str(caught.value)
    assert not {word for word in ("hunter2", "secret") if word in str(caught.value)}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:hunter2@h:99999/v1#big", "'http://h:99999/v1'"),
        ("http://me:hunter2@h:port/v1", "'http://h:port/v1'"),
        ("http://me:hunter2@:1/v1", "'http://:1/v1'"),
        ("http://me:hun@ter2@h:99999/v1", "'http://h:99999/v1'"),
        ("http://me:hun/hunter2@h/v1", "'http://h/v1'"),
        ("http://me:hun#hunter2@h:99999/v1#big", "'http://h:99999/v1'"),
        ("ftp://me:hunter2@h/v1", "'ftp://h/v1'"),
    ],
)
def test_a_password_is_not_shown_where_the_address_is_none(url: str, shown: str) -> None:
    with pytest.raises(EngineError) as caught:
        open_engine(url)
    assert str(caught.value).startswith(f"{shown} is no ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("http://me:secret@host/v1#m", "http://host/v1#m"),
        ("https://me:s@cret@host:8/v1", "https://host:8/v1"),
        ("http://token@host", "http://host"),
        ("http://host/v1#org/m@1", "http://host/v1#org/m@1"),
        ("models/a@b.gguf", "models/a@b.gguf"),
        ("qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b"),
    ],
)
def test_a_models_name_is_shown_without_the_password_of_its_server(model: str, shown: str) -> None:
    assert without_password(model) == shown


@pytest.mark.parametrize("url", ["http://", "http:///v1", "http://host:port/v1", "https://[1/v1", "http://h:99999/v1"])
def test_an_address_that_is_none_is_told_with_one_that_is(url: str) -> None:
    with pytest.raises(EngineError, match=r"is no address of a server; one looks like http://127\.0\.0\.1:8080/v1"):
        open_engine(url)


def test_an_address_without_a_path_gets_the_usual_one(server: Server) -> None:
    server.reply = sending(chunk("Yes", finish="stop"))
    engine = OpenAIEngine.at(server.url.removesuffix("/v1"))
    assert engine.base_url == server.url
    assert list(engine.stream(ASKED, max_tokens=1)) == [Piece("Yes", None)]


def test_tokens_are_estimated_rather_high_than_low() -> None:
    engine = OpenAIEngine("http://127.0.0.1:9/v1", "m")
    # 43 bytes: 15 by thirds; the usual tokenizers make 10 of them.
    assert engine.count_tokens("The quick brown fox jumps over the lazy dog") == 15
    assert engine.count_tokens("") == 0


def thought(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"reasoning_content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def test_a_model_that_thinks_until_its_tokens_are_spent_is_told_and_is_no_empty_answer(server: Server) -> None:
    server.reply = sending(thought("Let me see. "), thought("Well.", finish="length"))
    with pytest.raises(
        EngineError, match=r"has spent its 9 tokens on thoughts before the first word; switch its thinking"
    ):
        list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=9))
    assert list(OpenAIEngine.at(server.url).stream(ASKED, max_tokens=1)) == []  # the check has room for one word


def test_an_empty_reason_to_finish_is_none(server: Server) -> None:
    server.reply = sending(chunk("one ", finish=""), chunk("two", finish=""), chunk(None, finish="stop"))
    assert [piece.text for piece in OpenAIEngine.at(server.url).stream(ASKED, max_tokens=9)] == ["one ", "two"]


def test_half_a_character_in_a_message_is_sent_as_a_question_mark(server: Server) -> None:
    server.reply = sending(chunk("x", finish="stop"))
    list(OpenAIEngine.at(server.url).stream((Message("user", "caf\udce9?"),), max_tokens=1))
    assert server.bodies[0]["messages"][0]["content"] == "caf??"


@pytest.mark.parametrize("key", ["sk-\u00e9\u20ac", None])
def test_what_nobody_foresaw_is_an_error_and_no_wait_for_ever(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    if key is None:
        monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:9")
    engine = OpenAIEngine("http://192.0.2.1/v1", "m", api_key=key)
    with pytest.raises(EngineError, match=r"cannot be asked .*; check the address, the key and the proxy settings"):
        list(engine.stream(ASKED, max_tokens=1))
    with pytest.raises(EngineError, match="cannot be asked"):
        OpenAIEngine.at("http://192.0.2.1/v1", api_key=key)


@pytest.mark.parametrize(
    ("status", "said"), [(400, b"Logprobs is not enabled for this model"), (403, b"no LOGPROBS here")]
)
def test_a_server_that_words_it_otherwise_is_asked_without_logprobs_too(
    server: Server, status: int, said: bytes
) -> None:
    whole = sending(chunk("x", finish="stop"))

    def reply(handler: BaseHTTPRequestHandler) -> None:
        (sending(said, status=status) if "logprobs" in server.bodies[-1] else whole)(handler)

    server.reply = reply
    assert [piece.text for piece in OpenAIEngine.at(server.url).stream(ASKED, max_tokens=1)] == ["x"]
