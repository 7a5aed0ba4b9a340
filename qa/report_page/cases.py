"""Cases in, a list of HTML out in which each opens: one line to scan, and below it everything that is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from qa.metrics import Span
from qa.report_page.marked import Sources, sources_html
from qa.report_page.tables import heading
from qa.report_page.verdicts import FILTERS, Verdict, filters_of, slowest, verdict_of
from qa.report_page.words import Words
from qa.scores import CRASHED
from qa.ui.markup import escaped

Case = Mapping[str, Any]

OPENING = 80
"""Characters of a passage in the list of those found; those that are cited or hold evidence are shown whole."""

MOST_ANSWERS = 3
"""Gold answers on the line of a case; opened, it has them all."""

SIGNALS = {
    "yes_log_odds": "the model's Yes against No when asked whether the sentences state it (log odds)",
    "head_log_odds": "the trained head's Yes against No when asked whether the sentences state it (log odds)",
    "answered": "the trained reader's that a sentence answers it (log odds)",
    "best_cosine": "best cosine of question and sentence",
    "capped_cosine": "what of that the gate counts",
    "best_coverage": "most of the question's words in one sentence",
    "coverage": "the question's words in what was read",
    "nowhere": "the question's words that no document has",
    "missing_numbers": "numbers of the question that are missing",
    "missing_names": "names of the question that are missing",
    "mean_log_probability": "the answer's mean log-probability",
    "least_log_probability": "its least probable word",
    "support": "support of its sentences by the sources",
    "missing_beside_sources": "numbers and names of the question that the cited sentences lack",
    "claim_log_odds": "whether what was read states the answer, as a trained head hears it (log odds)",
}
TIMINGS = {
    "retrieve": "passages found",
    "gate": "confidence known",
    "first_token": "first word",
    "total": "whole answer",
}
SORTS = {
    "order": "as they were asked",
    "unsure": "confidence, lowest first",
    "sure": "confidence, highest first",
    "slow": "time, longest first",
    "fast": "time, shortest first",
}


def cases_html(cases: Sequence[Case], sources: Sources, changed: Collection[str] | None, say: Words) -> str:
    """Return the controls and the list of all cases; `changed` are ids, None where nothing was compared."""
    slow = slowest(cases)
    shown_by = [filters_of(case, slow, changed or ()) for case in cases]
    counts = Counter(name for names in shown_by for name in names) + Counter({"all": len(cases)})
    offered = [name for name in FILTERS if name != "changed" or changed is not None]
    rows = "".join(
        _case(number, case, names, sources, say)
        for number, (case, names) in enumerate(zip(cases, shown_by, strict=True), 1)
    )
    head = (
        f'<div class="case-head" aria-hidden="true"><span>{say("Verdict")}</span>'
        f"<span>{say('Question and answer')}</span>"
        f"<span>{say('Sentences')}</span><span>{say('Confidence')}</span><span>{say('Time')}</span></div>"
    )
    none = f'<p id="none" hidden>{say("No case matches.")}</p>'
    return f'{_controls(offered, counts, say)}{head}<ol id="case-list">{rows}</ol>{none}'


def _controls(offered: Sequence[str], counts: Mapping[str, int], say: Words) -> str:
    """Return what chooses and orders the cases; the page's script shows it, since without one it does nothing."""
    buttons = "".join(
        f'<button type="button" data-show="{name}" aria-pressed="{"true" if name == "all" else "false"}"'
        f"{'' if counts.get(name) else ' disabled'}>{say(FILTERS[name])} <b>{counts.get(name, 0):,}</b></button>"
        for name in offered
    )
    sorts = "".join(f'<option value="{name}">{say(words)}</option>' for name, words in SORTS.items())
    all_cases = say("{n:,} case|{n:,} cases", n=counts["all"])
    some = say("{shown} of {all} cases")
    return (
        f'<div id="controls" hidden><div class="filters" role="group" aria-label="{say("Show only")}">{buttons}</div>'
        f'<label class="find">{say("Search")} '
        '<input id="find" type="search" autocomplete="off" spellcheck="false"></label>'
        f'<label>{say("Sort")} <select id="sort">{sorts}</select></label>'
        f'<span class="tools"><button type="button" id="open-all">{say("Open all")}</button> '
        f'<button type="button" id="close-all">{say("Close all")}</button></span>'
        f'<p id="shown" role="status" data-some="{some}">{all_cases}</p></div>'
    )


def sign(kind: str) -> str:
    """Return the small shape of a verdict or of a sentence's state."""
    return f'<svg class="sign" aria-hidden="true"><use href="#sign-{kind}"/></svg>'


def verdict_html(verdict: Verdict, say: Words) -> str:
    """Return the verdict as a shape and words."""
    return f'<span class="verdict {verdict.kind}">{sign(verdict.kind)}{say(verdict.words)}</span>'


def states_html(case: Case, say: Words) -> str:
    """Return the states of the answer's sentences, each kind once with how many there are."""
    states = Counter(str(sentence["state"]) for sentence in case["sentences"])
    some = len(case["sentences"]) > 1
    return "".join(
        _state(state, say, f"{states[state]} " if some else "")
        for state in ("supported", "unsupported", "contradicted")
        if states[state]
    )


def said_html(case: Case, say: Words) -> str:
    """Return what was answered in one line."""
    if case["status"] == CRASHED:
        return f'<span class="said trouble" dir="auto">{escaped(str(case.get("error", "")))}</span>'
    if case["status"] == "not_found":
        return f'<span class="said quiet">{say("Refused: the documents do not state it.")}</span>'
    return f'<span class="said" dir="auto">{escaped(case["text"])}</span>'


def _case(number: int, case: Case, names: Sequence[str], sources: Sources, say: Words) -> str:
    confidence, total = float(case["confidence"]), case["timings_s"].get("total")
    has_confidence = case["status"] != CRASHED
    place = f"{confidence:.4f}" if has_confidence else ""
    time = f"{total:.1f}\N{NO-BREAK SPACE}s" if total is not None else "–"
    sure = f"{100 * confidence:.0f}\N{NO-BREAK SPACE}%" if has_confidence else "–"
    seconds = "" if total is None else f"{total:g}"
    level = _level(confidence) if has_confidence else ""
    data = f'data-shown="{" ".join(names)}" data-confidence="{place}" data-time="{seconds}"'
    question = f'<strong dir="auto">{escaped(case["question"])}</strong>'
    return (
        f'<li id="case-{number}" {data}><details>'
        f'<summary>{verdict_html(verdict_of(case), say)}<span class="exchange">{question}'
        f"{said_html(case, say)}{_gold(case, MOST_ANSWERS, say)}</span>"
        f'<span class="states">{states_html(case, say)}</span>'
        f'<span class="figure"><span class="name shown-narrow">{say("confidence")} </span>{sure}{level}</span>'
        f'<span class="figure"><span class="name">{say("time")} </span>{time}</span></summary>'
        f'<div class="case">{_body(number, case, sources, say)}</div></details></li>'
    )


def _level(share: float) -> str:
    return (
        '<svg class="level" width="56" height="5" aria-hidden="true"><rect class="track" width="56" height="5"/>'
        f'<rect class="fill" width="{56 * share:.1f}" height="5"/></svg>'
    )


def _gold(case: Case, most: int, say: Words) -> str:
    """Return what would have been right, the first `most` ways to say it."""
    gold, name = case["gold"], f"<i>{say('Gold:')}</i>"
    if gold["answerable"] is False:
        return f'<span class="gold">{name} {say("the documents do not state it")}</span>'
    if not gold["answers"]:
        return f'<span class="gold">{name} {say("not given")}</span>'
    listed = " / ".join(f"<bdi>{escaped(answer)}</bdi>" for answer in gold["answers"][:most])
    more = say(" and {n} more", n=len(gold["answers"]) - most) if len(gold["answers"]) > most else ""
    return f'<span class="gold">{name} {listed}{more}</span>'


def _body(number: int, case: Case, sources: Sources, say: Words) -> str:
    """Return everything about a case: the exchange and its sources, then how it came about."""
    signals = [(_named(name, SIGNALS, say), f"{value:g}") for name, value in case["signals"].items()]
    timings = [(_named(name, TIMINGS, say), f"{value:.3f} s") for name, value in case["timings_s"].items()]
    linked = f'<a href="#case-{number}">{say("Case {number}", number=number)}</a>'
    told = [
        _history(case, say),
        _error(case, say),
        _answer(case, say),
        _part(say("Gold answers"), _gold(case, 1000, say)) if len(case["gold"]["answers"]) > MOST_ANSWERS else "",
        _part(_sources_title(case, say), sources_html(case, sources, say)),
        _table(say("Signals of the gate"), signals),
    ]
    how = [
        _passages(case, sources, say),
        _table(say("Time"), timings),
        _scores(case, say),
        f'<p class="id">{linked} · <bdi>{escaped(case["id"])}</bdi></p>',
    ]
    return f'<div class="told">{"".join(told)}</div><div class="how">{"".join(how)}</div>'


def _part(title: str, inner: str) -> str:
    return f"<section><h3>{title}</h3>{inner}</section>" if inner else ""


def _sources_title(case: Case, say: Words) -> str:
    names = []
    if case["citations"]:
        names.append(say("nearest sentences" if case["status"] == "not_found" else "cited words"))
    if case["gold"]["evidence"]:
        names.append(say("gold evidence"))
    return say(" and ").join(names).capitalize()


def _history(case: Case, say: Words) -> str:
    who = {"user": say("Asked:"), "assistant": say("Answered:")}
    turns = "".join(
        f'<li><i>{who.get(turn["role"], say("Said:"))}</i> <span dir="auto">{escaped(turn["content"])}</span></li>'
        for turn in case.get("history", ())
    )
    searched = ""
    if case["search_text"] not in ("", case["question"]):
        searched = f'<p class="quiet">{say("Searched for:")} <bdi>{escaped(case["search_text"])}</bdi></p>'
    return _part(say("Conversation before"), f'<ol class="turns">{turns}</ol>{searched}' if turns else searched)


def _error(case: Case, say: Words) -> str:
    error = case.get("error", "")
    return _part(say("Error"), f'<pre class="trouble" dir="auto">{escaped(str(error))}</pre>') if error else ""


def _answer(case: Case, say: Words) -> str:
    """Return the answer sentence by sentence, each with its state and the numbers of its citations."""
    sentences = "".join(_sentence(sentence, say) for sentence in case["sentences"])
    missing = ", ".join(f"<b><bdi>{escaped(word)}</bdi></b>" for word in case.get("missing_words", ()))
    nowhere = f'<p class="quiet">{say("In no document:")} {missing}</p>' if missing else ""
    stopped = f'<p class="trouble">{say("Stopped before its end.")}</p>' if case.get("stopped") else ""
    listed = f'<ol class="sentences">{sentences}</ol>' if sentences else ""
    title = say("Answer, sentence by sentence") if sentences else say("Refusal")
    return _part(title, f"{listed}{nowhere}{stopped}")


def _sentence(sentence: Case, say: Words) -> str:
    labels = "".join(f'<b class="label">{escaped(str(number))}</b>' for number in sentence["citations"])
    return f'<li><span dir="auto">{escaped(sentence["text"])}</span> {labels}{_state(sentence["state"], say)}</li>'


def _state(state: str, say: Words, number: str = "") -> str:
    known = escaped(state)
    return f'<span class="state {known}">{sign(known)}{number}{escaped(say(state))}</span>'


def _passages(case: Case, sources: Sources, say: Words) -> str:
    """Return what was found, best first; passages beyond those that answering looked at have no leg's score."""
    read = {(hit["doc_id"], hit["start"], hit["end"]): hit for hit in case["hits"]}
    ranked = case["ranking"] or case["hits"]
    evidence = tuple(_evidence(case, sources))
    rows = "".join(
        _passage(hit, read.get((hit["doc_id"], hit["start"], hit["end"])), evidence, sources, say) for hit in ranked
    )
    if not rows:
        return ""
    head = heading("n:#", say("Passage"), *(f"n:{say(name)}" for name in ("score", "cosine", "words")))
    return _part(say("Passages found"), f"<table>{head}<tbody>{rows}</tbody></table>")


def _evidence(case: Case, sources: Sources) -> Iterator[Span]:
    for evidence in case["gold"]["evidence"]:
        if (span := sources.place(evidence)).doc_id:
            yield span


def _passage(hit: Case, read: Case | None, evidence: Sequence[Span], sources: Sources, say: Words) -> str:
    document = sources.by_id.get(hit["doc_id"])
    text = _opening(document.text[hit["start"] : hit["end"]]) if document else ""
    opening = f'<span dir="auto">{escaped(text)}</span>' if text else ""
    holds = Span(hit["doc_id"], hit["start"], hit["end"]).overlaps(evidence)
    gold = f' <b class="label gold">{say("gold")}</b>' if holds else ""
    legs = [(read or {}).get(name) for name in ("dense_score", "word_score")]
    scores = "".join(f'<td class="n">{"" if score is None else f"{score:.2f}"}</td>' for score in (hit["score"], *legs))
    return (
        f'<tr><td class="n">{hit["rank"]:d}</td>'
        f'<td><span class="from"><bdi>{escaped(hit["document"])}</bdi>{gold}</span>{opening}</td>{scores}</tr>'
    )


def _opening(text: str) -> str:
    """Return the first words of a passage in one line."""
    line = " ".join(text[: 2 * OPENING].split())
    if len(line) <= OPENING:
        return line
    return f"{line[: max(line.rfind(' ', 0, OPENING), OPENING // 2)].rstrip('.,;:')}…"


def _named(name: str, names: Mapping[str, str], say: Words) -> str:
    return say(names[name]) if name in names else name.replace("_", " ")


def _table(title: str, pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escaped(name)}</th><td class="n">{escaped(value)}</td></tr>' for name, value in pairs
    )
    return _part(title, f"<table><tbody>{rows}</tbody></table>" if rows else "")


def _scores(case: Case, say: Words) -> str:
    groups = "".join(_group(group, scores, say) for group, scores in case.get("scores", {}).items() if scores)
    return _part(say("Scores"), f'<div class="scores">{groups}</div>' if groups else "")


def _group(group: str, scores: Mapping[str, float], say: Words) -> str:
    listed = " · ".join(_score(name, score, say) for name, score in scores.items())
    return f"<p><i>{escaped(say(group.capitalize()))}:</i> {listed}</p>"


def _score(name: str, score: float, say: Words) -> str:
    return f"{escaped(say(name.replace('_', ' ')))}\N{NO-BREAK SPACE}{score:.3g}"
