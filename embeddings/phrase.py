"""Sentences for people that can be said in another language: English as it stands, and what it was made of.

Knows no other language; whoever has one looks the template up and fills the same values in.
"""

from __future__ import annotations

from collections.abc import Mapping


class Phrase(str):
    """A `template` with its `values` filled in; in every other way an ordinary string.

    Without values the template is the text, braces and all. A value may be a phrase itself, an error, of which its
    phrase is kept, or a list of texts, which stand one after the other with semicolons between them.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Phrase:
        """Return the phrase, e.g. of "it has more than {n:,} bytes" and `n=1000`."""
        kept = {name: without_error(value) for name, value in values.items()}
        shown = {name: "; ".join(value) if isinstance(value, list) else value for name, value in kept.items()}
        phrase = super().__new__(cls, template.format(**shown) if values else template)
        phrase.template, phrase.values = template, kept
        return phrase


class PhraseError(Exception):
    """An error whose message is a phrase; it is made of a template and values, or of a whole sentence."""

    def __init__(self, template: str, /, **values: object) -> None:
        self.phrase = template if isinstance(template, Phrase) else Phrase(template, **values)
        super().__init__(self.phrase)


def as_phrase(text: str) -> Phrase:
    """Return a phrase as it is, any other text as a phrase without values."""
    return text if isinstance(text, Phrase) else Phrase(text)


def without_error(value: object) -> object:
    """Return what is said of an error in place of the error, which would hold on to everything around it.

    Where that is a phrase, be it in an error of Python's own, it stays one. Any other value is returned as it is.
    """
    if isinstance(value, PhraseError):
        return value.phrase
    if not isinstance(value, Exception):
        return value
    return value.args[0] if value.args and isinstance(value.args[0], Phrase) else str(value)
