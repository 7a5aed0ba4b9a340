"""An Opening in, what the page says of it out: what is being done and how far it is, or why it failed."""

from __future__ import annotations

import re

from qa.opening import Opening, Step
from qa.switching import Switching
from qa.terminal import size
from qa.ui.markup import bar, button, escaped
from qa.ui.texts import Texts

STAGES = (
    (re.compile(r"fetching (?P<name>.+) from the Hub"), "fetching_hub"),
    (re.compile(r"fetching (?P<name>.+) from the package registry"), "fetching_registry"),
    (re.compile(r"unpacking (?P<name>.+)"), "unpacking"),
    (re.compile(r"preparing (?P<name>\S+) for this machine, once"), "preparing"),
    (re.compile(r"reading"), "reading_files"),
    (re.compile(r"(?:splitting\sinto|encoding)\spassages"), "building_store"),
)
"""What a step says, and the key of the text that says it in the language of the page."""


def progress_html(opening: Opening, say: Texts) -> str:
    """Return how far it is; nothing where questions can be answered. The page asks for it again while it is busy.

    The sentence about a lost connection is there from the start: when it is needed, none can be fetched.
    """
    lost = f'<p class="alert lost">{escaped(say("lost"))}</p>'
    switching = opening.switching
    coming = _coming(opening, switching, say) if switching is not None and switching.coming else ""
    if opening.is_ready or coming:
        return f"{lost}{coming}"
    if opening.failure:
        again = button("tool", "begin", say("try_again"), label=say("open_again"))
        told = say.told(opening.failure)
        why = escaped(told[:1].upper() + told[1:])
        alert = f'<div class="alert" role="alert"><p><span aria-hidden="true">!</span> {why}</p>{again}</div>'
        return f"{lost}{alert}"
    fallback = say("opening_documents" if opening.answerer is None else "loading_model")
    return f"{lost}{_busy(step_html(opening.step, fallback, say), say('meanwhile'))}"


def _coming(opening: Opening, switching: Switching, say: Texts) -> str:
    """Return how far another model is, and who answers until then."""
    step = step_html(switching.step, say("loading_named", name=switching.coming), say)
    return _busy(step, until_then(opening, switching, say))


def until_then(opening: Opening, switching: Switching, say: Texts) -> str:
    """Return what becomes of questions until another model is there; empty: none can be asked."""
    if switching.model:
        return say("answers_meanwhile", name=switching.model)
    return "" if opening.failure else say("meanwhile")


def _busy(step: str, told: str) -> str:
    return f'<div class="opening-step" data-busy>{step}<p class="help">{escaped(told)}</p></div>'


def step_html(step: Step, fallback: str, say: Texts) -> str:
    """Return a step and how far it is; one that has no words yet is told as `fallback`."""
    what = _named(step, say) or fallback
    told = f'<span class="far">{_amount(step, say)}</span>' if step.total > 0 else ""
    return f'<p role="status">{escaped(what)}</p><div>{bar(step.done, step.total, what)}{told}</div>'


def _named(step: Step, say: Texts) -> str:
    for pattern, key in STAGES:
        if match := pattern.fullmatch(step.what):
            return say(key, **match.groupdict())
    told = say.told(step.what)
    return told[:1].upper() + told[1:]


def _amount(step: Step, say: Texts) -> str:
    """Return how much is done: bytes where weights are fetched, else how many of how many."""
    if step.what.startswith(("fetching", "unpacking")):
        return escaped(say("so_much_of", done=size(step.done), total=size(step.total)))
    return say("so_many_of", done=step.done, total=step.total)
