"""Token ids in, pieces of text made of whole characters out. Knows no tokenizer and no engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from qa.generate import Piece

_BROKEN = "\ufffd"


class PieceMaker:
    """The text of one reply as it grows: `decode` turns all its ids so far into text, marks left out."""

    def __init__(self, decode: Callable[[list[int]], str], end_ids: Collection[int]) -> None:
        self._decode = decode
        self._end_ids = end_ids
        self._ids: list[int] = []
        self._given = ""
        self._pending = 0.0

    def add(self, ids: Sequence[int], log_probabilities: Sequence[float]) -> Piece | None:
        """Return what the tokens add to the text; None while their last character is not whole.

        The tokens that end a reply add their log-probability and no text.
        """
        self._ids.extend(token for token in ids if token not in self._end_ids)
        self._pending += sum(log_probabilities)
        text = self._decode(self._ids)
        if not text.startswith(self._given) or text.endswith(_BROKEN):
            return None
        return self._piece(text[len(self._given) :])

    def rest(self) -> Piece | None:
        """Return what was held back, at the end of the reply; a character that the end cut in two is left out."""
        text = self._decode(self._ids)[len(self._given) :].rstrip(_BROKEN)
        return self._piece(text) if text or self._pending else None

    def _piece(self, text: str) -> Piece:
        piece = Piece(text, min(0.0, self._pending))
        self._given += text
        self._pending = 0.0
        return piece
