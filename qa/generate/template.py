"""Messages in, the parts of a prompt out: what the model's chat template wrote, and what is a message's plain text.

A document may hold the template's own marks. They are data there: a message's text is cut inside anything that looks
like a mark, so that no tokenizer can read it as one, and joined again as tokens. Knows no tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.generate import Message

Render = Callable[[list[dict[str, str]]], str]
"""Messages with role and content -> the prompt that the chat template makes of them, open for the reply."""

_PLACE = "\ue000{}\ue001"
_INSIDE_MARK = re.compile(r"(?<=<)(?=\S)|(?<=\[)(?=[A-Z/_])|(?<=\ue000)|(?<=｜)")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a prompt: `is_mark` where it is the template's, in which marks are read as marks."""

    text: str
    is_mark: bool


def prompt_parts(messages: Sequence[Message], render: Render) -> tuple[Part, ...]:
    """Return the prompt's parts in order; joined, their text is the prompt."""
    named = [
        {"role": message.role, "content": _PLACE.format(number)} for number, message in enumerate(messages)
    ]
    prompt = render(named)
    parts: list[Part] = []
    for piece in re.split(r"(\ue000\d+\ue001)", prompt):
        if place := re.fullmatch(r"\ue000(\d+)\ue001", piece):
            parts.extend(Part(text, False) for text in plain_pieces(messages[int(place.group(1))].content))
        elif piece:
            parts.append(Part(piece, True))
    return tuple(parts)


def plain_pieces(text: str) -> Iterator[str]:
    """Yield `text` in pieces none of which holds a whole mark such as <|im_end|> or [INST]."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    start = 0
    for match in _INSIDE_MARK.finditer(clean):
        yield clean[start : match.start()]
        start = match.start()
    if start < len(clean):
        yield clean[start:]
