"""Lines of an event stream, as servers send them and as they should not."""

import json

import pytest

from qa.generate.sse import Delta, NotUnderstood, message_in, parsed


def event(**choice: object) -> str:
    return "data: " + json.dumps({"choices": [{"delta": {}, **choice}]})


def told(*values: object) -> dict[str, object]:
    return {"content": [{"token": "t", "logprob": value} for value in values]}


@pytest.mark.parametrize("line", ["", ": keep-alive", "event: message", "id: 7", "retry: 10", 'data: {"choices": []}'])
def test_lines_that_add_nothing(line: str) -> None:
    assert parsed(line) is None


@pytest.mark.parametrize(
    ("line", "delta"),
    [
        ("data: [DONE]", Delta(is_last=True)),
        ("data:[DONE]", Delta(is_last=True)),
        (event(delta={"role": "assistant", "content": None}), Delta()),
        (event(delta={"content": "Hi"}), Delta("Hi", None, 2)),
        (event(delta={"content": "Hi"}, finish_reason="stop"), Delta("Hi", None, 2, True)),
        (event(delta={"content": "Hi"}, logprobs=told(-0.5, -0.25)), Delta("Hi", -0.75, 2)),
        (event(delta={"content": "Hi"}, logprobs=told(-0.5, None)), Delta("Hi", None, 2)),
        (event(delta={"content": "Hi"}, logprobs=told()), Delta("Hi", None, 2)),
        (event(delta={"content": "Hi"}, logprobs=told(0.001)), Delta("Hi", 0.0, 2)),
        (event(delta={"content": "Hi"}, logprobs=told(float("-inf"))), Delta("Hi", None, 2)),
        (event(delta={"reasoning_content": "hm"}), Delta("", None, 2)),
    ],
)
def test_what_a_line_adds(line: str, delta: Delta) -> None:
    assert parsed(line) == delta


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<html>", "does not answer like an OpenAI-compatible server"),
        ('{"choices": []}', "does not answer like an OpenAI-compatible server"),
        ("data: {", "sends an answer that cannot be read"),
        ("data: " + "[" * 100_000, "sends an answer that cannot be read"),
        ("data: [1, 2]", "does not answer like"),
        ('data: {"id": 1}', "does not answer like"),
        ('data: {"choices": {"a": 1}}', "does not answer like"),
        ('data: {"choices": ["text"]}', "does not answer like"),
        ('data: {"choices": [{"text": "old"}]}', "does not answer like"),
        ('data: {"choices": [{"delta": {"content": 7}}]}', "does not answer like"),
        ('data: {"error": {"message": "out of\\nmemory"}}', "reports an error: out of memory"),
        ('data: {"error": "busy"}', "reports an error: busy"),
    ],
)
def test_lines_that_are_no_chat_completion(line: str, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        parsed(line)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "no such model"}}', ": no such model"),
        (b'{"error": "no key"}', ": no key"),
        (b'{"message": "gone"}', ": gone"),
        (b'{"detail": "gone"}', ""),
        (b"<html>", ""),
        (b"", ""),
        (b'{"error": {"message": "a\\u001b[31m\\n b"}}', ": a [31m b"),
        (b'{"error": {"message": "' + b"x" * 300 + b'"}}', ": " + "x" * 200),
    ],
)
def test_the_message_of_an_error_is_one_short_line_of_printable_characters(body: bytes, message: str) -> None:
    assert message_in(body) == message
