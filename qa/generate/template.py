"""Messages in, the parts of a prompt out: what the model's chat template wrote, and what is a message's plain text.

A document may hold the template's own marks. They are data there: a message's text is cut inside everything that the
tokenizer would read as a mark, and the pieces' tokens are joined again. Knows no tokenizer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from qa.errors import EngineError
from qa.generate import Message

Render = Callable[[list[dict[str, str]]], str]
"""Messages with role and content -> the prompt that the chat template makes of them, open for the reply."""

ZERO_WIDTH_SPACE = "\u200b"

_PLACE = "\ue000{}\ue001"
_LOOKS_LIKE_MARK = re.compile(
    r"<(?=[|｜/]?[^\W\d][\w｜.▁ -]{0,40}[|｜]?>)"  # <|im_end|>, </s>, <end_of_turn>, <｜User｜>
    r"|\[(?=/?[A-Z_]{2,30}\])"  # [INST], [/INST], [TOOL_CALLS]
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a prompt: `is_mark` where it is the template's, in which marks are read as marks."""

    text: str
    is_mark: bool


def prompt_parts(messages: Sequence[Message], render: Render, marks: Collection[str]) -> tuple[Part, ...]:
    """Return the prompt's parts in order; joined, their text is the prompt.

    `render` sees place holders only, so that a template cannot trim, search or run what a message says. A template
    that takes no system message is given its content at the start of the first user message. Raises EngineError where
    the template takes neither, or leaves a message out.
    """
    try:
        prompt = _rendered(messages, render)
    except Exception:  # what a template may raise is not bounded: it is the model maker's program
        messages = _without_system(messages)
        try:
            prompt = _rendered(messages, render)
        except Exception as error:
            raise EngineError(
                "the model's chat template cannot be used; name a model that was made for conversations"
            ) from error
    return tuple(_parts(prompt, messages, marks))


def _rendered(messages: Sequence[Message], render: Render) -> str:
    """Return the prompt with the messages' place holders in it. Raises ValueError where one is missing."""
    prompt = render(_places(messages))
    if any(_PLACE.format(number) not in prompt for number in range(len(messages))):
        raise ValueError("the template leaves a message out")
    return prompt


def _places(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": _PLACE.format(number)} for number, message in enumerate(messages)]


def _without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages with what the system message says put before the first user message."""
    said = "\n\n".join(message.content for message in messages if message.role == "system")
    others = [message for message in messages if message.role != "system"]
    if not said or not others:
        return tuple(messages)
    return Message(others[0].role, f"{said}\n\n{others[0].content}"), *others[1:]


def _parts(prompt: str, messages: Sequence[Message], marks: Collection[str]) -> Iterator[Part]:
    for piece in re.split(r"(\ue000\d+\ue001)", prompt):
        if place := re.fullmatch(r"\ue000(\d+)\ue001", piece):
            content = messages[int(place.group(1))].content
            yield from (Part(text, False) for text in plain_pieces(content, marks))
        elif piece:
            yield Part(piece, True)


def plain_pieces(text: str, marks: Collection[str]) -> tuple[str, ...]:
    """Return `text` cut into pieces none of which holds one of `marks` whole; joined, they are the text.

    A mark of one character cannot be cut and stays; lone surrogates, which no tokenizer takes, become "?".
    """
    clean = text.encode("utf-8", "replace").decode("utf-8")
    present = sorted((mark for mark in marks if len(mark) > 1 and mark in clean), key=len, reverse=True)
    if not present:
        return (clean,) if clean else ()
    # A lookahead finds marks that overlap, too; each is cut behind its first character.
    starts = (match.start() for match in re.finditer(f"(?={'|'.join(map(re.escape, present))})", clean))
    cuts = [0, *(start + 1 for start in starts), len(clean)]
    return tuple(clean[start:end] for start, end in itertools.pairwise(cuts) if start < end)


def defused(text: str) -> str:
    """Return `text` with a zero-width space inside whatever looks like a mark of some chat template.

    For a server, whose tokenizer cannot be told what is data: the words look the same and are no marks any more.
    """
    return _LOOKS_LIKE_MARK.sub(lambda match: match.group() + ZERO_WIDTH_SPACE, text)
