"""What has become of the sources of a kept answer since it was given, as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from qa.types import Citation
from qa.ui.markup import button, escaped
from qa.ui.session import Exchange
from qa.ui.texts import Texts
from qa.verify import Verdict

KEYS: Mapping[Verdict, str] = {
    "text changed": "changed_source",
    "document missing": "missing_source",
    "quote not there": "wrong_quote",
    "inconsistent": "wrong_quote",
}


def since_html(exchange: Exchange, say: Texts) -> str:
    """Return one sentence for each document of which quotes no longer stand as they were cited; empty: all stand.

    Where there are no documents yet, that they are going to be checked.
    """
    if exchange.unchecked:
        return f'<p class="since unchecked">{say("unchecked")}</p>'
    lines: dict[tuple[Verdict, str], list[str]] = {}
    for label, verdict in exchange.since.items():
        citation = exchange.citation(label)
        if citation is not None:
            lines.setdefault((verdict, citation.document), []).append(f"[{label}]")
    told = "".join(
        f"<li>{escaped(say(KEYS[verdict], document=document, labels=' '.join(labels)))}</li>"
        for (verdict, document), labels in lines.items()
    )
    return f'<ul class="since">{told}</ul>' if told else ""


def gone_html(citation: Citation, verdict: Verdict | None, turn: int, say: Texts) -> str:
    """Return the panel for a citation that no longer stands: why, and the words as they were quoted.

    Without a `verdict` there are no documents yet.
    """
    key = KEYS[verdict] if verdict else "unchecked_source"
    told = escaped(say(key, document=citation.document, labels=f"[{citation.label}]"))
    back = button("tool back", "back", say("back_to_answer"))
    return (
        f'<div class="source" data-view="gone-{turn}-{citation.label}" data-opened="person" data-turn="{turn}"'
        f' data-item="{citation.label}" data-kind="cited">'
        f'<header class="source-head"><span class="badge">{citation.label}</span>'
        f'<div class="names"><h2><bdi>{escaped(citation.document)}</bdi></h2></div>{back}</header>'
        f'<div class="source-text gone" tabindex="0" role="region" aria-label="{say("quoted_then")}">'
        f'<p class="told">{told}</p><p class="told">{say("quoted_then")}</p>'
        f"<blockquote>{escaped(citation.quote)}</blockquote></div></div>"
    )
