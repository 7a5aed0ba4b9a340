"""A text in, sentence spans that together cover it out.

`embeddings.blocks` tells paragraphs, headings and list items apart; sentencex finds the ends of sentences
inside each. Beside nupunkt it made fewer errors on hard cases, knows the full stops of other scripts, and
runs on Python 3.10. What it gets wrong and the text alone can tell is mended here: a quotation never closed,
a number after an abbreviation, a reference mark behind the full stop. Knows nothing of tokens.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Collection, Iterator

import sentencex  # type: ignore[import-untyped]

from embeddings.blocks import Span, split_blocks
from embeddings.types import Document, Sentence

__all__ = ["Span", "sentences_of", "spans_of", "split_sentences", "trimmed"]

MAX_CHARACTERS = 1_500
"""A longer sentence (a table, a text without full stops) is cut at the last white space before this."""

MAX_QUOTED = 240
"""What stands in quotation marks or brackets is kept whole up to here; a longer sentence is split in them."""

MAX_READ = 20_000
"""Characters of a block that sentencex is given at a time: what it takes grows with their square."""

_UNSAFE = re.compile(r"[^\S ]|[<>`\x00\ud800-\udfff]")
"""Behind a full stop, white space beyond ASCII makes sentencex 1.0.32 fail; lone surrogates have no UTF-8;
a less-than sign and a backtick pass for opening quotation marks."""

_QUOTES = re.compile(r"[\"“”„‟«»‹›()（）\[\]{}「」『』《》]|(?<!\w)['‘’‚‛]|['‘’](?!\w)")
_OPENING = frozenset("\"“„‟«‹(（[{<「『《`'‘‚‛")

_MARK = r"\[(?:\d{1,3}|[a-z]|\^[^\]\s]{1,30}|(?:nb|note) \d{1,3}|[a-z]{1,20} needed)\]"

_ENDS_TOO = re.compile(
    r"\w{3}[.!?][)\]]\s+(?=[A-Z“\"(])"  # (A whole sentence in brackets.) Another.
    r"|…[”\"’)]*\s+(?=[A-Z“\"])"  # He waited… Nobody came.
    r"|[a-z)]{2}\.\d{1,3}(?:[,–-]\d{1,3})*\s+(?=[A-Z])"  # It was shown before.12,13 We confirm it.
    r"|\w[.!?][⁰¹²³⁴-⁹]+(?:[,⁻–-][⁰¹²³⁴-⁹]+)*\s+(?=[A-Z])"  # It was shown before.¹²,¹³ We confirm it.
    rf"|[\w)][.!?][”\"’]?(?:{_MARK})+\s+(?=[“\"(]?[A-Z])"  # It was shown before.[12][a] We confirm it.
    rf"|[。！？](?:{_MARK})+(?=\w)"
    r"|(?:[a-z)]{4}|\d)\.\s+(?=(?:\[\d{1,3}\]\s+)+[a-z])"  # It was shown before. [12] confirms it.
    r"|@[\w-]+(?:\.[\w-]+)+\.\s+(?=[A-Z])"  # Write to a@b.org. Thanks.
)

_ENDS_NOT = re.compile(
    r"\b(?i:approx|art|ca|ch|chap|chs|col|eqs?|figs?|nos?|nr|op|paras?|pp?|pt|refs?|secs?|sects?|suppl?|tabs?|vols?)"
    r"\.\s*(?=\d)"
    r"|\b(?:Alg|Cor|Def|Lem|Prop|Thm)s?\.\s*(?=\d)"
    r"|\b(?i:eqs?|figs?|refs?|secs?|sects?|tabs?)\.\s*(?=[(\[]\d)"  # Eq. (3), Refs. [12, 13]
    r"|\b(?i:avg|cf|cm|ft|kg|km|lbs?|max|min|oz|resp|sq|suppl?|vs|yds?|yrs?)\.\s*(?=[a-z])"
    r"|(?:\.\s|\b(?i:al|co|inc|ltd|[a-z])\.)\s*(?:\[\d{1,3}\]\s*)+(?=[a-z])"  # Lind et al. [12] propose
    r"|\b(?i:dra|exc|hon|mme|pvt|sgt|sra|srta|suppl?)\.\s*(?=[A-Z])"
    r"|\b[A-Z]+\.(?=[A-Z]{2})"  # ASP.NET
)
_BEFORE_OPENING = _OPENING | frozenset(" \n\r\t")
_STOPS = frozenset(".!?…:;。！？।؟")
_NO_START = re.compile(r"[,;:)\]}⁰¹²³⁴-⁹]")
_MARK_BEHIND_STOP = re.compile(rf"(?<=[.!?。！？”\"’\]]){_MARK}")
_BRACKETED = re.compile(r"\(?\w{1,4}\)")
_MARKERS = re.compile(r"\s*(?:(?:[•◦▪●■○►]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s*)+")


def split_sentences(text: str) -> tuple[Span, ...]:
    """Return spans that together cover `text`, ascending, none empty.

    White space belongs to the sentence before it, at the very start to the one after it. A text of only white
    space is one span; an empty one has none. Linear in the length of the text.
    """
    if not text.strip():
        return ((0, len(text)),) if text else ()
    spans: list[Span] = []
    for start, end in split_blocks(text):
        cuts = _cuts(text[start:end])
        for first, last in zip([0, *cuts], [*cuts, end - start], strict=True):
            spans.extend(_bounded(text, start + first, start + last))
    return tuple(spans)


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span `start` to `end` of `text` without outer white space; a blank one shrinks to its end."""
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    return first, max(first, end - (len(piece) - len(piece.rstrip())))


def sentences_of(document: Document, start: int = 0, end: int | None = None) -> tuple[Sentence, ...]:
    """Return the sentences of the span, without outer white space, in order; blank ones are left out.

    Of a sentence that reaches over an edge of the span, the part inside is given.
    """
    text = document.text
    last = len(text) if end is None else end
    spans = spans_of(text)
    found: list[Sentence] = []
    for place in range(bisect.bisect_right(spans, start, key=lambda span: span[1]), len(spans)):
        if spans[place][0] >= last:
            break
        a, b = trimmed(text, max(start, spans[place][0]), min(last, spans[place][1]))
        if b > a:
            found.append(Sentence(document.doc_id, a, b, text[a:b]))
    return tuple(found)


def spans_of(text: str) -> tuple[Span, ...]:
    """Return the spans of the sentences of `text` without outer white space, blank ones left out."""
    found = (trimmed(text, start, end) for start, end in split_sentences(text))
    return tuple((start, end) for start, end in found if end > start)


def _cuts(block: str) -> list[int]:
    """Return where sentences of the block begin, but for the first, ascending.

    A long block is read in portions. The next one begins with a sentence of the one before that is far enough from its
    end not to depend on what follows, or where there is none, with a word; what lies behind that is left to it.
    """
    block = block.rstrip()
    cuts: list[int] = []
    start = 0
    while len(block) - start > MAX_READ:
        every = [start + cut for cut in _cuts_of(block[start : start + MAX_READ])]
        sure = [cut for cut in every if cut <= start + MAX_READ - MAX_CHARACTERS]
        goes_on = bool(sure) and sure[-1] > start + MAX_READ // 2
        start = sure[-1] if goes_on else _place_to_cut(block, start, start + MAX_READ)
        cuts += [cut for cut in every if cut <= start]
    return [*cuts, *(start + cut for cut in _cuts_of(block[start:]))]


def _cuts_of(block: str) -> list[int]:
    """Return what `_cuts` does, of a text that sentencex is given whole."""
    marker = _MARKERS.match(block)
    head = marker.end() if marker else 0
    head = next((place for place in range(head, len(block)) if block[place].isalnum()), len(block))
    if "".join(block[head:].split()).isalnum():
        return []
    safe = _UNSAFE.sub(lambda match: "x" if match.group() > "\ud7ff" else " ", block)
    cuts = set(_starts(safe, block))
    for first, last in _pieces(cuts, len(safe)):
        cuts.update(_inner_starts(safe, block, first, last))
    cuts.update(match.end() for match in _ENDS_TOO.finditer(safe))
    kept = [cut for cut in cuts if head < cut < len(safe) and not _goes_on(safe, cut)]
    return [first for first, last in _pieces(kept, len(safe))[1:] if any(map(str.isalnum, block[first:last]))]


def _inner_starts(safe: str, block: str, first: int, last: int) -> Iterator[int]:
    """Yield what sentencex overlooks in one of its sentences: behind a list marker, in a long quotation."""
    marker = _MARKERS.match(safe, first, last)
    is_long = last - first > MAX_QUOTED
    if marker or is_long:
        start = marker.end() if marker else first
        piece = safe[start:last]
        for cut in _starts(_QUOTES.sub(" ", piece) if is_long else piece, block[start:last]):
            yield start + cut


def _starts(text: str, original: str) -> Iterator[int]:
    """Yield where sentencex has the sentences of the text begin, but for the first.

    White space goes before a cut, an opening quotation mark (of the original) behind it.
    """
    for boundary in sentencex.get_sentence_boundaries("en", text):
        start = boundary["start_index"]
        while start < len(text) and text[start].isspace():
            start += 1
        while start > 1 and original[start - 1] in _OPENING and original[start - 2] in _BEFORE_OPENING:
            start -= 1
        if start:
            yield start


def _pieces(cuts: Collection[int], end: int) -> list[Span]:
    """Return the spans between the cuts, from 0 to `end`."""
    ordered = sorted(cuts)
    return list(zip([0, *ordered], [*ordered, end], strict=True))


def _goes_on(text: str, cut: int) -> bool:
    """Return whether no sentence begins at `cut`: after an abbreviation, or at a mark that begins nothing."""
    if any(match.end() == cut for match in _ENDS_NOT.finditer(text, max(0, cut - 32), cut + 2)):
        return True
    if _NO_START.match(text, cut) or _MARK_BEHIND_STOP.match(text, cut):
        return True
    return bool(_BRACKETED.match(text, cut)) and text[max(0, cut - 16) : cut].rstrip()[-1:] not in _STOPS


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield parts of the span that cover it, none with more than MAX_CHARACTERS beside outer white space."""
    first, last = trimmed(text, start, end)
    while last - first > MAX_CHARACTERS:
        first = _place_to_cut(text, first, first + MAX_CHARACTERS)
        yield start, first
        start = first
    yield start, end


def _place_to_cut(text: str, start: int, end: int) -> int:
    """Return where the word begins that does not fit before `end`; `end` where it is the only word."""
    window = text[start : end + 1]
    words = window.rsplit(maxsplit=1)
    if window[-1].isspace() or len(words) == 1:
        cut = end
        while end - 8 < cut and unicodedata.category(text[cut]) in {"Mn", "Me", "Cf"}:
            cut -= 1
    else:
        cut = end + 1 - len(words[1])
    while text[cut].isspace():
        cut += 1
    return cut
