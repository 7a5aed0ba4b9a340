"""The models that can be chosen in, the part of the settings that shows them and changes them out, as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from qa.opening import Opening, Step
from qa.switching import Choice, Shortage, Switching
from qa.terminal import size
from qa.ui.markup import button, escaped
from qa.ui.progress import step_html, until_then
from qa.ui.texts import Texts

NOTES: Mapping[str, str] = {"qwen2.5-coder-1.5b": "usual_model", "smollm2-135m": "trial_model"}
"""What is worth knowing of a model, by its name."""


def models_html(opening: Opening, say: Texts, shortage: Shortage | None = None) -> str:
    """Return the model that answers, and the others that can be had where the model can be changed.

    `shortage` is what is missing to load the one that this person has chosen.
    """
    if opening.switching is None:
        return _fixed(opening, say)
    switching = opening.switching
    rows = "".join(_row(choice, switching, say) for choice in switching.choices())
    told = say("for_everyone") if not switching.coming else ""
    return (
        '<div class="setting models" role="group" aria-labelledby="models-title">'
        f'<h3 id="models-title">{say("model")}</h3><ul>{rows}</ul>{_coming(opening, switching, say)}'
        f"{_short(switching, shortage, say)}"
        f'<p class="trouble" role="alert">{escaped(_failure(switching, say))}</p><p class="help">{told}</p></div>'
    )


def _fixed(opening: Opening, say: Texts) -> str:
    engine = opening.answerer.engine if opening.answerer else None
    name = escaped(engine.name if engine else say("no_model"))
    return (
        f'<div class="setting"><h3>{say("model")}</h3><p><code>{name}</code></p>'
        f'<p class="help">{say("other_model")} <code>article-qa serve --model NAME</code></p></div>'
    )


def _row(choice: Choice, switching: Switching, say: Texts) -> str:
    size = [say("megabytes", n=_megabytes(choice))] if choice.size_bytes else []
    note = [say(NOTES[choice.name])] if choice.name in NOTES else []
    facts = " · ".join([*note, *size, say("model_here" if choice.is_here else "model_not_here")])
    named = f'<bdi class="model-name">{escaped(choice.name)}</bdi><span class="where">{escaped(facts)}</span>'
    return f"<li><div>{named}</div>{_control(choice, switching, say)}</li>"


def _control(choice: Choice, switching: Switching, say: Texts) -> str:
    """Return what chooses the model; what would fetch its weights says how much that is."""
    if choice.name == switching.model:
        return f'<span class="in-use"><span aria-hidden="true">✓</span> {say("model_in_use")}</span>'
    idle = not switching.can_begin
    if choice.is_here:
        label = say("use_model_named", name=choice.name)
        return button("tool", "model", say("use_model"), item=choice.name, label=label, idle=idle)
    if not switching.can_fetch:
        return f'<span class="help">{say("not_fetched_here")}</span>'
    n_megabytes = _megabytes(choice)
    label = say("fetch_model_named", n=n_megabytes, name=choice.name)
    return button("tool", "fetch_model", say("fetch_model", n=n_megabytes), item=choice.name, label=label, idle=idle)


def _short(switching: Switching, shortage: Shortage | None, say: Texts) -> str:
    """Return that the memory is not enough for both models, and the way on; nothing where that is past."""
    model = switching.model
    if shortage is None or switching.coming or not model:
        return ""
    name, needed, free = shortage.name, size(shortage.needed_bytes), size(shortage.free_bytes)
    fits = shortage.needed_bytes <= shortage.freed_bytes
    way = say("memory_in_place" if fits else "memory_hardly", name=name, model=model, free=size(shortage.freed_bytes))
    told = say("memory_short", name=name, model=model, needed=needed, free=free)
    return (
        f'<div class="model-short" role="alert"><p><span aria-hidden="true">!</span> {escaped(told)}</p>'
        f'<p class="help">{escaped(way)}</p>'
        f"<div>{button('tool', 'replace_model', escaped(say('replace_model', model=model)))}"
        f"{button('tool', 'keep_model', say('cancel'), label=say('cancel_model'))}</div></div>"
    )


def _coming(opening: Opening, switching: Switching, say: Texts) -> str:
    if not switching.coming:
        return ""
    stop = "" if switching.is_stopping else button("tool", "keep_model", say("cancel"), label=say("cancel_model"))
    step, fallback = switching.step, say("loading_named", name=switching.coming)
    if switching.is_stopping:
        step, fallback = Step(), say("stopping")
    answers = escaped(until_then(opening, switching, say))
    return f'<div class="model-step">{step_html(step, fallback, say)}<p class="help">{answers}</p>{stop}</div>'


def _failure(switching: Switching, say: Texts) -> str:
    """Return why a model could not be had; empty where none failed."""
    if not switching.failed:
        return ""
    why = say.told(switching.failure)
    return say("model_failed", name=switching.failed, why=why)


def switched_html(switching: Switching, name: str, say: Texts) -> tuple[str, bool]:
    """Return what became of the change to a model, and whether it went well."""
    return (say("model_answers", name=name), True) if switching.model == name else (_failure(switching, say), False)


def _megabytes(choice: Choice) -> int:
    return round(choice.size_bytes / 1e6)
