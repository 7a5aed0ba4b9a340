"""Texts in, a model's tokens out: counted whole, or cut to what the model reads. Owner of tokenizers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from embeddings.errors import WeightsError

SLAB_TEXTS = 2048
"""Texts tokenized in one go: what the tokenizer says of all texts at once would fill the memory."""


class Tokens:
    """The tokenizer of a model, from its own file; safe for threads."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise WeightsError(f"the encoder in {folder} has no tokenizer.json, so its tokens cannot be counted")
        self._whole, self._cut = Tokenizer.from_file(str(path)), Tokenizer.from_file(str(path))
        for tokenizer in (self._whole, self._cut):
            tokenizer.no_padding()
        self._whole.no_truncation()
        self._cut.enable_truncation(max_tokens)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, nothing cut off, marks at the ends not counted."""
        return [
            len(encoding.ids)
            for slab in slabs(texts)
            for encoding in self._whole.encode_batch_fast(clean(slab), add_special_tokens=False)
        ]

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, marks at the ends among them, `max_tokens` at most."""
        return [encoding.ids for encoding in self._cut.encode_batch_fast(clean(texts))]


def clean(texts: Sequence[str]) -> list[str]:
    """Return the texts with lone surrogates, which no tokenizer takes, replaced one for one."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def slabs(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the texts in order, some at a time."""
    return (texts[start : start + SLAB_TEXTS] for start in range(0, len(texts), SLAB_TEXTS))
