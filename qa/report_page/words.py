"""The words of the report: English, as they stand in its modules, and the same in Chinese.

Of two forms with a bar between them the first is for exactly one `n`.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa.report_page.chinese import CHINESE
from qa.ui.texts import CODES, LANGUAGES, Texts


class Words:
    """The words in one language; called with the English ones, it returns them with their values filled in."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @property
    def code(self) -> str:
        """What browsers and screen readers call the language."""
        return CODES[self._texts.language]

    def __call__(self, english: str, **values: object) -> str:
        """Return the words as plain text; those that are not known in Chinese stay English."""
        text = english if self._texts.language == "en" else CHINESE.get(english, english)
        if "n" in values:
            one, bar, many = text.partition("|")
            text = many if bar and values["n"] != 1 else one
        return text.format(**values) if values else text

    def told(self, said: object) -> str:
        """Return what another part of the program says, in this language."""
        return self._texts.told(said)


WORDS: Mapping[str, Words] = {language: Words(Texts(language)) for language in LANGUAGES}
ENGLISH = WORDS["en"]
