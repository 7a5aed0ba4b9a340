"""The Evaluate view as HTML: what is asked and compared with, and how far it is; `evaluate_result` has the rest."""

from __future__ import annotations

import math
from datetime import datetime

from qa.ui.desk import Desk
from qa.ui.evaluate_result import figures_so_far, result_html
from qa.ui.evaluation import MOST_PROPOSED, Chosen, Earlier, Evaluation
from qa.ui.markup import button, escaped, own_words
from qa.ui.notices import alert
from qa.ui.texts import Texts

MOST_LISTED = 200
"""Questions that are listed; a file may have thousands."""

USUALLY_PROPOSED = 8

STEPS = 10
"""How often, at most, those who read by ear are told how far a run is."""


def evaluation_html(evaluation: Evaluation, desk: Desk) -> str:
    """Return the view. Its parts stand in the same order always, so that what a person typed or reached stays."""
    say, running = desk.say, evaluation.is_running
    trouble = alert(say.told(evaluation.trouble)) if evaluation.trouble else ""
    state = ' data-running="1"' if running else ""
    return (
        f'<div class="evaluate"{state}><p class="alert lost" role="alert">{escaped(say("lost"))}</p>'
        f'<p class="unseen" role="status">{_said(evaluation, say)}</p>'
        f'<header class="evaluate-head"><h2>{say("evaluate")}</h2><p>{say("evaluate_lead")}</p></header>'
        f"{_plan(evaluation, desk, running)}"
        f'<div class="evaluate-trouble">{trouble}</div>'
        f'<div class="underway">{_underway(evaluation, say) if running else ""}</div>'
        f'<div class="outcome">{_outcome(evaluation, say, running)}</div></div>'
    )


def _said(evaluation: Evaluation, say: Texts) -> str:
    """Return what is read out: it changes now and then only."""
    if evaluation.n_proposing is not None:
        return say("proposing", done=0, total=evaluation.n_proposing[1])
    if evaluation.is_running and evaluation.begun is not None:
        now = evaluation.begun.run.underway
        step = max(1, now.n_questions // STEPS)
        return say("asked_so_far", done=now.n_done // step * step, total=now.n_questions)
    return say("evaluation_ended") if evaluation.shown else ""


def _plan(evaluation: Evaluation, desk: Desk, running: bool) -> str:
    say, idle = desk.say, " disabled" if running else ""
    return (
        f'<form class="plan" data-event="run"><fieldset{idle}><legend>{say("questions")}</legend>'
        f'<div class="chosen">{_chosen(evaluation.chosen, say)}</div>'
        f'<div class="ways-in">{button("action", "pick", say("choose_questions"), item="questions")}'
        f'<span class="proposing">{button("tool", "propose", say("propose_questions"))}'
        f'<input type="number" name="n_proposed" min="1" max="{MOST_PROPOSED}" value="{USUALLY_PROPOSED}"'
        f' aria-label="{say("how_many")}"></span>'
        f"{button('tool', 'judged', say('take_judged'))}</div>"
        f'<p class="help">{say("questions_help")}</p></fieldset>'
        f"<fieldset{idle}><legend>{say('earlier_record')} <small>{say('optional')}</small></legend>"
        f'<div class="chosen">{_earlier(evaluation.earlier, say)}</div>'
        f'<div class="ways-in">{button("tool", "pick", say("choose_record"), item="record")}</div>'
        f'<p class="help">{say("record_help")}</p></fieldset>'
        f'<fieldset class="begin"{idle}><label>{say("first_only")} '
        f'<input type="number" name="limit" min="1" placeholder="{say("all_of_them")}"></label>'
        f'<p class="help">{_asked_of(desk)}</p>'
        f'<button type="submit" class="action begin-button">{say("evaluate")}</button></fieldset></form>'
    )


def _asked_of(desk: Desk) -> str:
    say = desk.say
    if not desk.session.opening.is_ready:
        return escaped(say("not_loaded"))
    answerer = desk.session.answerer
    model = answerer.engine.name if answerer.engine else say("no_model")
    documents = say("n_documents", n=len(answerer.store.documents))
    return escaped(say("asked_of", documents=documents, level=say(answerer.settings.strictness), model=model))


def _chosen(chosen: Chosen | None, say: Texts) -> str:
    if chosen is None:
        return f'<p class="none">{say("no_questions_chosen")}</p>'
    tags = {"proposed": "machine_made", "judged": "judged_by_people", "file": ""}
    tag = f'<span class="tag">{say(tags[chosen.kind])}</span>' if tags[chosen.kind] else ""
    answerable = [question.answerable for question in chosen.questions]
    kinds = (("so_many_answerable", True), ("so_many_unanswerable", False), ("so_many_unlabelled", None))
    counts = say("list_comma").join(say(key, n=answerable.count(kind)) for key, kind in kinds if kind in answerable)
    facts = say("so_many_and_kinds", questions=say("n_questions", n=len(chosen.questions)), kinds=counts)
    away = button("tool", "without", say("put_away"), item="questions", label=say("put_away_named", name=chosen.name))
    save = button("tool", "questions_file", say("download_questions")) if chosen.text else ""
    dropped = f" {say('n_dropped', n=chosen.n_dropped)}" if chosen.n_dropped else ""
    notes = {"proposed": "machine_made_help", "judged": "judged_help", "file": ""}
    note = f'<p class="help">{say(notes[chosen.kind])}{dropped}</p>' if notes[chosen.kind] else ""
    return (
        f'<div class="card"><p class="card-name"><bdi>{escaped(chosen.name)}</bdi>{tag}</p>'
        f'<p class="facts">{facts}</p>{note}'
        f'{_listed(chosen, say)}<div class="card-tools">{save}{away}</div></div>'
    )


def _listed(chosen: Chosen, say: Texts) -> str:
    """Return the questions, folded away, each with the words that answer it."""
    rows = "".join(
        f'<li><span dir="auto">{escaped(question.question)}</span>'
        + "".join(f'<q dir="auto">{escaped(evidence.text)}</q>' for evidence in question.evidence)
        + "</li>"
        for question in chosen.questions[:MOST_LISTED]
    )
    n_more = len(chosen.questions) - MOST_LISTED
    more = f"<p>+ {n_more:,}</p>" if n_more > 0 else ""
    return f'<details class="listing"><summary>{say("show_questions")}</summary><ol>{rows}</ol>{more}</details>'


def _earlier(earlier: Earlier | None, say: Texts) -> str:
    if earlier is None:
        return ""
    facts = say("record_of", n=len(earlier.record.cases), date=_date(earlier))
    away = button("tool", "without", say("put_away"), item="record", label=say("put_away_named", name=earlier.name))
    return (
        f'<div class="card"><p class="card-name"><bdi>{escaped(earlier.name)}</bdi></p>'
        f'<p class="facts">{escaped(facts)}</p><div class="card-tools">{away}</div></div>'
    )


def _date(earlier: Earlier) -> str:
    """Return when the record was made, as it says; as it stands where it is no time."""
    written = str(earlier.record.settings.get("date", ""))
    try:
        return f"{datetime.fromisoformat(written):%Y-%m-%d %H:%M}"
    except ValueError:
        return written


def _underway(evaluation: Evaluation, say: Texts) -> str:
    """Return how far what runs is."""
    stop = button("action stop-button", "halt", say("stop_evaluation"), idle=evaluation.is_stopping)
    if evaluation.n_proposing is not None:
        done, total = evaluation.n_proposing
        far = say("proposing", done=done, total=total)
        return _bar(far, "", done, total, say) + f"<div></div>{stop}"
    if evaluation.begun is None:
        return ""
    now = evaluation.begun.run.underway
    if evaluation.is_stopping:
        doing = say("stopping")
    elif now.waits:
        doing = say("others_first")
    else:
        doing = say("being_asked", question=own_words(now.question)) if now.question else say("counting")
    left = "" if now.left_s is None or not now.question else _left(now.left_s, say)
    far = say("asked_so_far", done=now.n_done, total=now.n_questions)
    return (
        f"{_bar(far, left, now.n_done, now.n_questions, say)}"
        f'<p class="doing">{doing}</p>'
        f"<div>{figures_so_far(now.figures, say)}</div>{stop}"
    )


def _bar(far: str, left: str, done: int, total: int, say: Texts) -> str:
    return (
        f'<p class="far"><b>{far}</b> <span>{left}</span></p>'
        f'<progress value="{done}" max="{total}" aria-label="{say("progress")}"></progress>'
    )


def _left(left_s: float, say: Texts) -> str:
    if left_s < 100:
        return say("left_s", n=math.ceil(left_s))
    hours, minutes = divmod(math.ceil(left_s / 60), 60)
    return say("left_h", n=hours, minutes=minutes) if hours else say("left_min", n=minutes)


def _outcome(evaluation: Evaluation, say: Texts, running: bool) -> str:
    if evaluation.shown is None:
        return ""
    rest = button("action", "go_on", say("go_on")) if evaluation.can_go_on else ""
    if evaluation.is_left:
        rest = f"<p>{say('rest_left')}</p>"
    return result_html(evaluation.shown, rest, say)
