"""A document in, passages out: whole sentences packed to a token budget, overlapping by whole sentences.

Knows nothing of vectors; how tokens are counted is handed in. No character that is not white space is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from embeddings.sentences import Span, spans_of
from embeddings.types import Document, Passage

CountTokens = Callable[[Sequence[str]], list[int]]

CHARACTERS_PER_TOKEN = 3
"""A sentence over the budget is first cut into pieces of this many characters a token, then counted again."""


def split_passages(
    document: Document, count_tokens: CountTokens, max_tokens: int = 200, overlap_sentences: int = 1
) -> tuple[Passage, ...]:
    """Return the document's passages in order; each holds at most `max_tokens` and begins with the last
    `overlap_sentences` sentences of the one before it, as far as both fit.

    A sentence over the budget is cut at white space, or anywhere where it has none.
    """
    if max_tokens < 1 or overlap_sentences < 0:
        raise ValueError(f"passages of {max_tokens} tokens overlapping by {overlap_sentences} sentences cannot be made")
    spans, tokens = _within_budget(document.text, spans_of(document.text), count_tokens, max_tokens)
    return tuple(
        _passage(document, spans[first][0], spans[last - 1][1])
        for first, last in _packed(tokens, max_tokens, overlap_sentences)
    )


def _within_budget(
    text: str, spans: Sequence[Span], count_tokens: CountTokens, max_tokens: int
) -> tuple[list[Span], list[int]]:
    """Return the spans and their tokens, every span over the budget replaced by pieces within it."""
    counts = count_tokens([text[start:end] for start, end in spans])
    fitted: list[Span] = []
    tokens: list[int] = []
    for span, count in zip(spans, counts, strict=True):
        pieces = [(span, count)] if count <= max_tokens else list(_pieces(text, span, count_tokens, max_tokens))
        fitted.extend(piece for piece, _ in pieces)
        tokens.extend(size for _, size in pieces)
    return fitted, tokens


def _pieces(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> Iterator[tuple[Span, int]]:
    """Yield pieces of a span that are within the budget, with their tokens; a piece of one character is kept as it is."""
    width = max(1, max_tokens * CHARACTERS_PER_TOKEN)
    parts = list(_cut(text, span, min(width, max(1, (span[1] - span[0]) // 2))))
    for part, count in zip(parts, count_tokens([text[start:end] for start, end in parts]), strict=True):
        if count <= max_tokens or part[1] - part[0] == 1:
            yield part, count
        else:
            yield from _pieces(text, part, count_tokens, max_tokens)


def _cut(text: str, span: Span, width: int) -> Iterator[Span]:
    """Yield parts of at most `width` characters that cover the span but for white space between them."""
    start, end = span
    while end - start > width:
        cut = text.rfind(" ", start + 1, start + width + 1)
        cut = start + width if cut <= start else cut
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if end > start:
        yield start, end


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
        # Overlap only as far as the next sentence still fits behind it, so that every passage brings something new.
        overlap = overlap_sentences
        while overlap and (last - overlap <= first or sum(tokens[last - overlap : last + 1]) > max_tokens):
            overlap -= 1
        first = last - overlap


def _passage(document: Document, start: int, end: int) -> Passage:
    return Passage(f"{document.doc_id[:16]}-{start}-{end}", document.doc_id, start, end, document.text[start:end])
