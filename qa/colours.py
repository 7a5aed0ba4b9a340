"""The colours that the chat page, the report and exported conversations share, as a style sheet."""

from __future__ import annotations

from importlib.resources import files


def colours() -> str:
    """Return the style sheet, light and dark; which of the two holds is up to each page's color-scheme."""
    return files("qa").joinpath("colours.css").read_text(encoding="utf-8")
