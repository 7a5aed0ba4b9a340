"""The models that can be chosen in, the part of the settings that shows them and changes them out, as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from qa.opening import Opening, Step
from qa.switching import Choice, Switching
from qa.ui.markup import button, escaped
from qa.ui.progress import step_html
from qa.ui.texts import Texts

NOTES: Mapping[str, str] = {"qwen2.5-coder-1.5b": "usual_model", "smollm2-135m": "trial_model"}
"""What is worth knowing of a model, by its name."""


def models_html(opening: Opening, say: Texts) -> str:
    """Return the model that answers, and the others that can be had where the model can be changed."""
    if opening.switching is None:
        return _fixed(opening, say)
    switching = opening.switching
    rows = "".join(_row(choice, switching, say) for choice in switching.choices())
    told = say("for_everyone") if not switching.coming else ""
    return (
        '<div class="setting models" role="group" aria-labelledby="models-title">'
        f'<h3 id="models-title">{say("model")}</h3><ul>{rows}</ul>{_coming(switching, say)}'
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


def _coming(switching: Switching, say: Texts) -> str:
    if not switching.coming:
        return ""
    stop = "" if switching.is_stopping else button("tool", "keep_model", say("cancel"), label=say("cancel_model"))
    step, fallback = switching.step, say("loading_named", name=switching.coming)
    if switching.is_stopping:
        step, fallback = Step(), say("stopping")
    answers = escaped(say("answers_meanwhile", name=switching.model)) if switching.model else ""
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
