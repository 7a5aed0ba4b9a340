"""What a person can set for their own browser, and the list of shortcuts, as HTML."""

from __future__ import annotations

from typing import get_args

from qa.settings import MOST_PASSAGES, Strictness
from qa.switching import Shortage
from qa.ui.markup import button, escaped
from qa.ui.model_choice import models_html
from qa.ui.session import Session
from qa.ui.texts import LANGUAGES, Texts

LENGTHS = {"short_answers": 60, "usual_answers": 160, "long_answers": 400}
"""The most tokens of an answer, by what they are called."""

SHORTCUTS = (
    ("?", "keys_list"),
    (".", "keys_question"),
    ("+", "keys_new"),
    ("[", "keys_before"),
    ("]", "keys_after"),
    ("Esc", "keys_escape"),
)
"""Keys and what they do. No letters and digits: screen readers use those to move about; no keys that browsers use."""


def preferences_html(
    session: Session, trouble: str = "", shortage: Shortage | None = None, refused: str = "", nth: int = 0
) -> str:
    """Return the panel with the settings as the session has them; `shortage` is that of the model just chosen.

    `refused` is the name of the setting that `trouble` is about, the `nth` refusal: HTML that stays the same would
    leave a refused value in its field.
    """
    say, settings = session.say, session.settings
    described = ' aria-describedby="set-trouble"' if refused == "n_passages" else ""
    rows = [
        _group(say("strictness"), _levels(settings.strictness, say), say("strictness_help")),
        _field(
            "n_passages",
            say("n_passages"),
            f'<input type="number" id="set-n_passages" data-setting="n_passages" min="1" max="{MOST_PASSAGES}"'
            f' value="{settings.n_passages}"{described}>',
            say("n_passages_help"),
        ),
        _field("max_tokens", say("max_tokens"), _lengths(settings.max_tokens, say), say("max_tokens_help")),
        _field("n_beside", say("n_beside"), _beside(settings.n_beside, say), say("n_beside_help")),
        _field("language", say("language"), _languages(say)),
        _field("shortcuts", say("shortcuts"), _shortcuts(session.shortcuts, say)),
    ]
    return _sheet(
        "settings",
        say("settings"),
        f'{"".join(rows)}<p class="trouble" id="set-trouble" role="alert" data-nth="{nth}">{escaped(trouble)}</p>'
        f"{models_html(session.opening, say, shortage)}"
        f'{button("tool ratings", "reset", say("reset_settings"))}<p class="where-kept">{say("kept_in_browser")}</p>',
        say,
    )


def shortcuts_html(say: Texts) -> str:
    """Return the panel with the shortcuts."""
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{say(text)}</dd>" for key, text in SHORTCUTS)
    return _sheet(
        "shortcuts", say("shortcuts"), f'<dl class="keys">{rows}</dl><p class="help">{say("keys_off")}</p>', say
    )


def _sheet(name: str, title: str, inner: str, say: Texts) -> str:
    first = "" if name == "settings" else " data-first"
    return (
        f'<div class="panel-sheet" role="dialog" aria-modal="true" aria-labelledby="{name}-title">'
        f'<header class="panel-head"><h2 id="{name}-title">{title}</h2>'
        f'<button type="button" class="tool" data-close{first}>{say("close")}</button></header>{inner}</div>'
    )


def _field(name: str, title: str, control: str, told: str = "") -> str:
    noted = f'<p class="help">{told}</p>' if told else ""
    return f'<div class="setting"><label for="set-{name}">{title}</label>{control}{noted}</div>'


def _group(title: str, controls: str, told: str) -> str:
    return f'<fieldset class="setting"><legend>{title}</legend>{controls}<p class="help">{told}</p></fieldset>'


def _levels(current: Strictness, say: Texts) -> str:
    return "".join(
        f'<label class="level"><input type="radio" name="set-strictness" data-setting="strictness" value="{level}"'
        f"{' checked data-first' if level == current else ''}>{say(level)}</label>"
        for level in get_args(Strictness)
    )


def _lengths(current: int, say: Texts) -> str:
    known = [(say(name, tokens=tokens), tokens) for name, tokens in LENGTHS.items()]
    if current not in LENGTHS.values():
        known.append((say("set_answers", tokens=current), current))
    return _select("max_tokens", [(str(tokens), name) for name, tokens in known], str(current))


def _beside(current: int, say: Texts) -> str:
    names = ("none_beside", "one_beside", "two_beside")
    return _select("n_beside", [(str(n), say(name)) for n, name in enumerate(names)], str(current))


def _languages(say: Texts) -> str:
    return _select("language", list(LANGUAGES.items()), say.language)


def _shortcuts(are_on: bool, say: Texts) -> str:
    return _select("shortcuts", [("on", say("on")), ("off", say("off"))], "on" if are_on else "off")


def _select(name: str, choices: list[tuple[str, str]], current: str) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == current else ""}>{escaped(text)}</option>'
        for value, text in choices
    )
    return f'<select id="set-{name}" data-setting="{name}">{options}</select>'
