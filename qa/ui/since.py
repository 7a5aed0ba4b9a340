"""What has become of the sources of a kept answer since it was given, as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from embeddings.types import Document
from qa.types import Citation
from qa.ui.evidence import View, steps_html
from qa.ui.markup import button, escaped, own_words
from qa.ui.places import words_of
from qa.ui.session import Exchange
from qa.ui.texts import Texts
from qa.verify import Verdict, places_of

KEYS: Mapping[Verdict, str] = {
    "text changed": "changed_source",
    "document missing": "missing_source",
    "quote not there": "wrong_quote",
    "inconsistent": "other_page",
}


def since_html(exchange: Exchange, say: Texts) -> str:
    """Return one sentence for each document of which quotes no longer stand as they were cited; empty: all stand.

    Where there are no documents yet, that they are going to be checked.
    """
    if exchange.unchecked and exchange.citations:
        return f'<p class="since unchecked">{say("unchecked")}</p>'
    lines: dict[tuple[Verdict, str], list[str]] = {}
    for label, verdict in exchange.since.items():
        citation = exchange.citation(label)
        if citation is not None:
            lines.setdefault((verdict, citation.document), []).append(f"[{label}]")
    told = "".join(
        f"<li>{say(KEYS[verdict], document=own_words(document), labels=escaped(' '.join(labels)))}</li>"
        for (verdict, document), labels in lines.items()
    )
    return f'<ul class="since">{told}</ul>' if told else ""


def view_since(exchange: Exchange, citation: Citation, number: int, turn: int, say: Texts) -> View | None:
    """Return the document of a citation that no longer stands, as it is now; None: it is not here.

    Marked are the very same words where it has them, of several places the one nearest to the old one.
    """
    verdict = exchange.since.get(citation.label)
    document = _as_it_is_now(citation, exchange.documents)
    if verdict is None or document is None:
        return None
    told = say("has_changed" if verdict == "text changed" else KEYS[verdict], **_named(citation))
    places = places_of(citation.quote, document.text)
    start = min(places, key=lambda place: abs(place - citation.start), default=0)
    return View(
        document,
        number,
        start,
        start + len(citation.quote) if places else 0,
        turn=turn,
        item=citation.label,
        n_items=len(exchange.citations),
        label=str(citation.label),
        note=f"{told} {say('same_words', n=len(places)) if places else say('words_not_there')}",
        quoted="" if places else citation.quote,
        words=words_of(citation),
    )


def _as_it_is_now(citation: Citation, documents: Mapping[str, Document]) -> Document | None:
    """Return the very text that was cited, or else the one of its path."""
    if citation.doc_id in documents:
        return documents[citation.doc_id]
    return next((document for document in documents.values() if document.path == citation.document), None)


def gone_html(exchange: Exchange, citation: Citation, number: int, turn: int, say: Texts) -> str:
    """Return the panel for a citation whose document is not here: why, and the words as they were quoted."""
    verdict, label = exchange.since.get(citation.label), citation.label
    told = escaped(say(KEYS[verdict] if verdict else "unchecked_source", **_named(citation)))
    steps = steps_html("cited", turn, label, len(exchange.citations), say)
    back = button("tool back", "back", say("back_to_answer"))
    return (
        f'<div class="source" data-view="{number}" data-opened="person" data-turn="{turn}"'
        f' data-item="{label}" data-kind="cited" data-words="{escaped(words_of(citation))}">'
        f'<header class="source-head"><span class="badge">{label}</span>'
        f'<div class="names"><h2><bdi>{escaped(citation.document)}</bdi></h2></div>{steps}{back}</header>'
        f'<div class="source-text gone" tabindex="0" role="region" aria-label="{say("quoted_then")}">'
        f'<p class="told">{told}</p><p class="told">{say("quoted_then")}</p>'
        f"<blockquote>{escaped(citation.quote)}</blockquote></div></div>"
    )


def _named(citation: Citation) -> dict[str, object]:
    return {"document": citation.document, "labels": f"[{citation.label}]"}
