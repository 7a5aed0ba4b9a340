"""From a question to an answer with checked citations. Importing it loads nothing before it is used.

from qa import open_answerer
answer = open_answerer(docs=["articles/"]).ask("Who spoke first?")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.answer import Answerer, open_answerer
    from qa.settings import Settings
    from qa.types import Answer, AnswerSentence, Citation, Turn

__all__ = ["Answer", "AnswerSentence", "Answerer", "Citation", "Settings", "Turn", "open_answerer"]

_MODULES = {"Answerer": "qa.answer", "open_answerer": "qa.answer", "Settings": "qa.settings"}


def __getattr__(name: str) -> Any:
    """Return what stands in `__all__`, its module imported at the first use: `--help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "qa.types")), name)
