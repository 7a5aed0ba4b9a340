"""A line of a chat completion's event stream in, what it says out; anything else is said to be something else.

The form is that of OpenAI's API as servers follow it: `data:` and a JSON object, at the end `data: [DONE]`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embeddings.phrase import Phrase, PhraseError

_OTHER_FIELDS = (":", "event:", "id:", "retry:")
_NO_SERVER = Phrase("does not answer like an OpenAI-compatible server; check the address, which mostly ends in /v1")


class NotUnderstood(PhraseError):
    """What the server sent, in words that follow "the server"."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What a line adds: text, the log-probability of its tokens where it is told, and whether the reply ends.

    n_characters: all that was written, thoughts that are not shown included.
    """

    text: str = ""
    logprob: float | None = None
    n_characters: int = 0
    is_last: bool = False


def parsed(line: str) -> Delta | None:
    """Return what the line adds to the reply, None where it adds nothing. Raises NotUnderstood."""
    if not line or line.startswith(_OTHER_FIELDS):
        return None
    if not line.startswith("data:"):
        raise NotUnderstood(_NO_SERVER)
    data = line.removeprefix("data:").strip()
    if data == "[DONE]":
        return Delta(is_last=True)
    try:
        event = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("sends an answer that cannot be read; see its log") from error
    if isinstance(event, dict) and event.get("error"):
        raise NotUnderstood("reports an error{message}", message=message_in(event))
    choices = event.get("choices") if isinstance(event, dict) else None
    if not isinstance(choices, list):
        raise NotUnderstood(_NO_SERVER)
    return _delta(choices[0]) if choices else None


def message_in(body: bytes | object) -> str:
    """Return ": " and the message of an error's JSON in one short line, empty where there is none."""
    if isinstance(body, bytes):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return ""
    error = body.get("error", body) if isinstance(body, dict) else body
    said = error.get("message") if isinstance(error, dict) else error
    if not isinstance(said, str) or not said.strip():
        return ""
    words = "".join(character if character.isprintable() else " " for character in said).split()
    return f": {' '.join(words)[:200]}"


def _delta(choice: object) -> Delta:
    delta = choice.get("delta") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(delta, dict):
        raise NotUnderstood(_NO_SERVER)
    text = delta.get("content") or ""
    thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
    if not isinstance(text, str) or not isinstance(thought, str):
        raise NotUnderstood(_NO_SERVER)
    return Delta(text, _logprob(choice), len(text) + len(thought), bool(choice.get("finish_reason")))


def _logprob(choice: Mapping[str, Any]) -> float | None:
    """Return the sum over the choice's tokens, at most 0; None where any is not told."""
    told = choice.get("logprobs")
    tokens = told.get("content") if isinstance(told, dict) else None
    if not isinstance(tokens, list) or not tokens:
        return None
    values = [token.get("logprob") if isinstance(token, dict) else None for token in tokens]
    numbers = [value for value in values if isinstance(value, (int, float)) and math.isfinite(value)]
    return min(0.0, float(sum(numbers))) if len(numbers) == len(values) else None
