"""A document in, passages out: whole sentences packed to a token budget, overlapping by whole sentences.

Knows nothing of vectors; how tokens are counted is handed in. No character that is not white space is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from embeddings.sentences import Span, spans_of, trimmed
from embeddings.types import Document, Passage

CountTokens = Callable[[Sequence[str]], list[int]]

CHARACTERS_PER_TOKEN = 3
"""A sentence over the budget is first cut into pieces of this many characters a token, then counted again."""

MAX_CHARACTERS_PER_TOKEN = 20
"""A text counts as no fewer tokens than this gives: WordPiece makes one token of a word of over 100 letters,
and a text without spaces would become one passage of any size."""

MAX_MARKS = 16
"""Characters that are kept with the one before them, at most: a text of marks alone must be cut somewhere."""

_LAST_SPACE = re.compile(r"\s(?=\S*\Z)")
_JOINER = "\u200d"


def split_passages(
    document: Document, count_tokens: CountTokens, max_tokens: int = 200, overlap_sentences: int = 1
) -> tuple[Passage, ...]:
    """Return the document's passages in order, each of at most `max_tokens`.

    Each begins with the last `overlap_sentences` sentences of the one before it, as far as they and the next
    sentence fit. A sentence over the budget is cut at white space, or anywhere where it has none.
    """
    if max_tokens < 1 or overlap_sentences < 0:
        raise ValueError(f"no passages of {max_tokens} tokens with {overlap_sentences} sentences in two of them")
    spans, tokens = _within_budget(document.text, spans_of(document.text), count_tokens, max_tokens)
    return tuple(
        passage_of(document.doc_id, start, end, document.text[start:end])
        for start, end in (
            (spans[first][0], spans[last - 1][1]) for first, last in _packed(tokens, max_tokens, overlap_sentences)
        )
    )


def _within_budget(
    text: str, spans: Sequence[Span], count_tokens: CountTokens, max_tokens: int
) -> tuple[list[Span], list[int]]:
    """Return the spans and their tokens, every span over the budget replaced by pieces within it.

    Everything is counted in one call; what is cut is counted again in the next, in halves at least, so that
    there are few calls. A single character over the budget is left as it is.
    """
    done: dict[Span, int] = {}
    waiting = list(spans)
    while waiting:
        counts = count_tokens([text[start:end] for start, end in waiting])
        counted = {
            (start, end): max(count, (end - start) // MAX_CHARACTERS_PER_TOKEN)
            for (start, end), count in zip(waiting, counts, strict=True)
        }
        large = [span for span, count in counted.items() if count > max_tokens and span[1] - span[0] > 1]
        done.update(counted)
        for span in large:
            del done[span]
        width = max_tokens * CHARACTERS_PER_TOKEN
        waiting = [part for span in large for part in _cut(text, span, min(width, (span[1] - span[0]) // 2))]
    fitted = sorted(done)
    return fitted, [done[span] for span in fitted]


def _cut(text: str, span: Span, width: int) -> Iterator[Span]:
    """Yield parts of at most `width` characters that cover the span but for white space between them."""
    start, end = span
    while end - start > width:
        cut = _place_to_cut(text, start, start + width)
        yield trimmed(text, start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if end > start:
        yield start, end


def _place_to_cut(text: str, start: int, limit: int) -> int:
    """Return where to cut before `limit`: at the last white space, else at it, but not before a mark."""
    space = _LAST_SPACE.search(text, start + 1, limit + 1)
    if space is not None:
        return space.start()
    cut = limit
    while cut > start + 1 and limit - cut < MAX_MARKS and _belongs_to_the_one_before(text, cut):
        cut -= 1
    return cut if not _belongs_to_the_one_before(text, cut) else limit


def _belongs_to_the_one_before(text: str, place: int) -> bool:
    """Return whether the character shows together with the one before it: marks, skin tones, joined emoji."""
    character = text[place]
    if character == _JOINER or text[place - 1] == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    return unicodedata.category(character).startswith("M")


def _packed(tokens: Sequence[int], max_tokens: int, overlap_sentences: int) -> Iterator[Span]:
    """Yield first and last index (exclusive) of the sentences of each passage."""
    first = 0
    while first < len(tokens):
        last, used = first, 0
        while last < len(tokens) and (last == first or used + tokens[last] <= max_tokens):
            used += tokens[last]
            last += 1
        yield first, last
        if last >= len(tokens):
            return
        first = last - _overlap(tokens, first, last, max_tokens, overlap_sentences)


def _overlap(tokens: Sequence[int], first: int, last: int, max_tokens: int, most: int) -> int:
    """Return how many sentences before `last` the next passage begins with: as many as fit before that."""
    overlap, used = 0, tokens[last]
    while overlap < most and last - overlap - 1 > first and used + tokens[last - overlap - 1] <= max_tokens:
        overlap += 1
        used += tokens[last - overlap]
    return overlap


def passage_of(doc_id: str, start: int, end: int, text: str) -> Passage:
    """Return the passage of a document that stands at these offsets; its id says which it is."""
    return Passage(f"{doc_id[:16]}-{start}-{end}", doc_id, start, end, text)
