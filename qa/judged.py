"""Conversations with judged answers in, questions for `evaluate` out: what readers said becomes what is known.

An answer that was called good is its question's answer, its quotes the evidence. Of one that was called bad only the
question is known: what the right answer would be, nobody said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from qa.conversations import Asked


def question_file(conversations: Sequence[Sequence[Asked]], not_here: str) -> str:
    """Return the text of a question file (JSONL) with every judged question, in order, each with its history.

    Evidence in documents whose path begins with `not_here` is left out: those belonged to one session.
    """
    rows = [
        _question(f"judged-{number}-{place}", asked, said[: place - 1], not_here)
        for number, said in enumerate(conversations, start=1)
        for place, asked in enumerate(said, start=1)
        if asked.verdict is not None
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _question(name: str, asked: Asked, before: Sequence[Asked], not_here: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": name, "question": asked.question, "answers": [], "answerable": None, "evidence": []}
    answer = asked.answer
    if asked.verdict == "up" and answer is not None:
        row["answerable"] = answer["status"] == "answered"
        if row["answerable"]:
            row["answers"] = [_written(answer) or answer["text"]]
            row["evidence"] = [
                {"doc": c["document"], "start": c["start"], "end": c["end"], "text": c["quote"]}
                for c in answer["citations"]
                if not c["document"].startswith(not_here)
            ]
    # Whoever judged an answer given without the conversation judged one that knew nothing of it.
    row["history"] = [] if asked.alone else [turn for earlier in before for turn in _turns(earlier)]
    return {**row, "judged": asked.verdict, "reason": asked.reason}


def _written(answer: Mapping[str, Any]) -> str:
    """Return what the model wrote, without what was quoted beside it: that changes with the settings."""
    return " ".join(one["text"] for one in answer["sentences"] if not one["text"].startswith("“"))


def _turns(asked: Asked) -> list[dict[str, str]]:
    said = asked.answer["text"] if asked.answer else asked.written
    replied = [{"role": "assistant", "content": said}] if said else []
    return [{"role": "user", "content": asked.question}, *replied]
