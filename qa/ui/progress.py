"""An Opening in, what the page says of it out: what is being done and how far it is, or why it failed."""

from __future__ import annotations

import re

from qa.opening import Opening, Step
from qa.terminal import amount
from qa.ui.markup import button, escaped
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
    if opening.is_ready:
        return lost
    if opening.failure:
        again = button("tool", "begin", say("try_again"), label=say("open_again"))
        why = escaped(opening.failure[:1].upper() + opening.failure[1:])
        return f'{lost}<div class="alert" role="alert"><p><span aria-hidden="true">!</span> {why}</p>{again}</div>'
    return (
        f'{lost}<div class="opening-step" data-busy>{_step(opening, say)}<p class="help">{say("meanwhile")}</p></div>'
    )


def _step(opening: Opening, say: Texts) -> str:
    step = opening.step
    what = escaped(_named(step, say) or say("opening_documents" if opening.answerer is None else "loading_model"))
    known = step.total > 0
    far = f' value="{step.done}" max="{step.total}"' if known else ""
    told = f'<span class="far">{_amount(step, say)}</span>' if known else ""
    return f'<p role="status">{what}</p><div><progress{far} aria-label="{what}"></progress>{told}</div>'


def _named(step: Step, say: Texts) -> str:
    for pattern, key in STAGES:
        if match := pattern.fullmatch(step.what):
            return say(key, **match.groupdict())
    return step.what[:1].upper() + step.what[1:]


def _amount(step: Step, say: Texts) -> str:
    """Return how much is done: bytes where weights are fetched, else how many of how many."""
    if step.what.startswith(("fetching", "unpacking")):
        return escaped(amount(step.what, step.done, step.total))
    return say("so_many_of", done=step.done, total=step.total)
