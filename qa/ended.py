"""A text that is still being written in, the sentences of it that have ended out.

What is yet to come may change where a sentence ends: of a quotation that is still open it is not known whether the full
stop in it ends one. Knows nothing of engines and of what is made of the sentences.
"""

from __future__ import annotations

import re
from itertools import takewhile

from embeddings.sentences import Span, split_sentences

_MARKS = ('""', "“”", "„“", "‘’", "«»", "‹›", "「」", "()", "（）", "[]", "{}", "''", "''s'")
"""The marks inside which sentences are kept whole, each before what closes it; an apostrophe may come before that."""

_BEGUN = re.compile(r"\S+\s|\S{12}")
"""A whole word, or as much of a text without spaces, from which it can be told whether a sentence begins with it."""


def ended_sentences(text: str, done: int = 0) -> tuple[Span, ...]:
    """Return the spans of the first sentences of `text` that end where they do whatever follows; those behind `done`.

    One ends in a quotation or in brackets only where it would end there too if they were closed now: they are kept
    whole up to some length, so that what is never closed is not waited for without end.
    """
    if len(split_sentences(text[done:])) < 2:  # nearly always, and the time is that of one sentence
        return ()
    closed = [text.rstrip() + mark[1:] for mark in _MARKS if mark[0] in text]
    starts = [{start for start, _ in split_sentences(each)} for each in closed]

    def stays(end: int) -> bool:
        return bool(_BEGUN.match(text, end)) and all(end in each for each in starts)

    ended = takewhile(lambda span: stays(span[1]), split_sentences(text))
    return tuple(span for span in ended if span[1] > done)
