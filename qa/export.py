"""A conversation in, one file's text out: Markdown, a web page that needs nothing else, or JSON that `verify` checks.

All three carry every quote with its place. What documents, models and people wrote comes alive in none of them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from embeddings.phrase import Phrase
from qa.colours import colours
from qa.conversations import Asked
from qa.types import REFUSALS

Form = Literal["markdown", "html", "json"]

STATES: Mapping[str, Phrase] = {
    "unsupported": Phrase("not in the documents"),
    "contradicted": Phrase("differs from the source"),
}
"""What is said behind a sentence in this state."""

NOWHERE = Phrase("In no document:")
NEAREST = Phrase("The nearest sentences:")
STOPPED = Phrase("Stopped")
COMMA = Phrase(", ")
COUNTED = Phrase("Every quote stands in its document at the characters given, counted in its extracted text.")

Tell = Callable[[Phrase], str]
"""Says a phrase in the reader's language."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser lets the page do: show itself. It has no script, and asks no other place for anything."""

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1.25rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { margin: 2.5rem 0 0.5rem; font-size: 1.1rem; }
a { color: var(--accent); } .state { font-size: 0.8rem; font-weight: 700; } .contradicted { color: var(--clash); }
ol { padding: 0; list-style: none; } li { margin: 0.75rem 0; padding-left: 0.9rem; border-left: 3px solid var(--rule); }
blockquote { margin: 0; font-family: var(--serif); white-space: pre-wrap; }
mark { background: var(--cited); color: var(--cited-ink); } .where, footer, .facts { color: var(--quiet);
  font-size: 0.85rem; } :target { outline: 2px solid var(--accent); outline-offset: 4px; }
"""


def export(form: Form, name: str, said: Sequence[Asked], tell: Tell = str, language: str = "en") -> str:
    """Return the file's text for the conversation called `name`, its exchanges oldest first.

    `tell` says in the reader's language, whose code is `language`, what is not said by documents, models or people.
    """
    if form == "markdown":
        return to_markdown(name, said, tell)
    return to_html(name, said, tell, language) if form == "html" else to_json(said)


def file_name(name: str, form: Form) -> str:
    """Return a file's name that every system takes, made of the conversation's."""
    ending = {"markdown": "md", "html": "html", "json": "json"}[form]
    plain = re.sub(r"[^\w-]+", "-", name.casefold()).strip("-_")[:60].strip("-_")
    return f"{plain or 'conversation'}.{ending}"


def to_json(said: Sequence[Asked]) -> str:
    """Return the answers as a JSON list, as `/save` writes it; a question without an answer is left out."""
    return json.dumps([asked.answer for asked in said if asked.answer], ensure_ascii=False, indent=1) + "\n"


def plain_text(asked: Asked, tell: Tell = str) -> str:
    """Return an answer's words alone."""
    return _words(asked.answer, tell) if asked.answer else asked.written


def _words(answer: Mapping[str, Any], tell: Tell) -> str:
    """Return an answer's text; where that is the program's own sentence, in the reader's language."""
    text: str = answer["text"]
    return tell(Phrase(text)) if answer["status"] == "not_found" and text in REFUSALS else text


def cited_text(asked: Asked, tell: Tell = str) -> str:
    """Return an answer as plain text with its labels, and below it each quote with its place."""
    if asked.answer is None:
        return asked.written
    sentences = " ".join(_sentence_text(s, tell) for s in asked.answer["sentences"]) or _words(asked.answer, tell)
    quotes = [_quote_text(citation, tell) for citation in asked.answer["citations"]]
    return "\n".join([sentences, *([""] if quotes else []), *quotes])


def _sentence_text(sentence: Mapping[str, Any], tell: Tell) -> str:
    marks = "".join(f"[{label}]" for label in sentence["citations"])
    return " ".join(part for part in (sentence["text"], marks, _state(sentence, tell)) if part)


def _quote_text(citation: Mapping[str, Any], tell: Tell) -> str:
    quote = " ".join(citation["quote"].split())
    return tell(Phrase("[{label}] {where}: “{quote}”", label=citation["label"], where=where(citation), quote=quote))


def _state(sentence: Mapping[str, Any], tell: Tell) -> str:
    """Return what is said behind the sentence, in brackets; empty where it is supported."""
    state = STATES.get(sentence["state"])
    return tell(Phrase("({state})", state=state)) if state else ""


def to_markdown(name: str, said: Sequence[Asked], tell: Tell = str) -> str:
    """Return the conversation as Markdown: each quote is a block quotation below its answer."""
    parts = [f"# {plain_markdown(name)}"]
    for asked in said:
        parts.append(f"## {plain_markdown(asked.question)}")
        parts += _answer_markdown(asked, tell)
    return "\n\n".join(parts) + "\n"


def _answer_markdown(asked: Asked, tell: Tell) -> list[str]:
    answer = asked.answer
    if answer is None:
        return [part for part in (plain_markdown(asked.written), f"*{plain_markdown(_broken(asked, tell))}*") if part]
    parts = [" ".join(_sentence_markdown(s, tell) for s in answer["sentences"]) or plain_markdown(_words(answer, tell))]
    if answer["missing_words"]:
        parts.append(f"{tell(NOWHERE)} {plain_markdown(tell(COMMA).join(answer['missing_words']))}")
    if answer["status"] == "not_found" and answer["citations"]:
        parts.append(tell(NEAREST))
    for citation in answer["citations"]:
        quote = "\n".join(f"> {plain_markdown(line)}" for line in citation["quote"].splitlines())
        parts.append(f"\\[{citation['label']}\\] {plain_markdown(tell(where(citation)))}\n\n{quote}")
    return [part for part in [*parts, f"*{tell(STOPPED)}*" if answer["stopped"] else ""] if part]


def _sentence_markdown(sentence: Mapping[str, Any], tell: Tell) -> str:
    marks = "".join(f"\\[{label}\\]" for label in sentence["citations"])
    state = _state(sentence, tell)
    flag = f" *{state}*" if state else ""
    return f"{plain_markdown(sentence['text'])}{' ' if marks else ''}{marks}{flag}"


def plain_markdown(text: str) -> str:
    """Return text in which Markdown sees no mark-up, on one line."""
    line = " ".join(text.split())
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", line)
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def to_html(name: str, said: Sequence[Asked], tell: Tell = str, language: str = "en") -> str:
    """Return one page that needs no other file: answers with marks that lead to the quotes, highlighted."""
    body = "".join(_exchange_html(number, asked, tell) for number, asked in enumerate(said, start=1))
    return (
        f'<!doctype html>\n<html lang="{_escaped(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_escaped(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{_escaped(name)}</title><style>{colours()}{STYLE}</style></head>"
        f'<body><main><h1 dir="auto">{_escaped(name)}</h1>{body}</main>'
        f"<footer>{_escaped(tell(COUNTED))}</footer></body></html>\n"
    )


def _exchange_html(number: int, asked: Asked, tell: Tell) -> str:
    answer = asked.answer
    heading = f'<h2 dir="auto">{_escaped(asked.question)}</h2>'
    if answer is None:
        broken = f'<p class="state">{_escaped(_broken(asked, tell))}</p>'
        return f'<section>{heading}<p dir="auto">{_escaped(asked.written)}</p>{broken}</section>'
    sentences = " ".join(_sentence_html(number, sentence, tell) for sentence in answer["sentences"])
    missing = tell(COMMA).join(answer["missing_words"])
    nowhere = f"<p>{_escaped(tell(NOWHERE))} <b>{_escaped(missing)}</b></p>" if missing else ""
    nearest = f"<p>{_escaped(tell(NEAREST))}</p>" if answer["status"] == "not_found" and answer["citations"] else ""
    quotes = "".join(_citation_html(number, citation, tell) for citation in answer["citations"])
    listed = f"<ol>{quotes}</ol>" if quotes else ""
    stopped = f"{_escaped(tell(STOPPED))} · " if answer["stopped"] else ""
    facts = f'<p class="facts">{stopped}{_escaped(answer["model"])}</p>'
    return (
        f'<section>{heading}<p dir="auto">{sentences or _escaped(_words(answer, tell))}</p>'
        f"{nowhere}{nearest}{listed}{facts}</section>"
    )


def _sentence_html(number: int, sentence: Mapping[str, Any], tell: Tell) -> str:
    marks = "".join(f' <a href="#q{number}-{label}">[{label}]</a>' for label in sentence["citations"])
    state = _state(sentence, tell)
    flag = f' <span class="state {sentence["state"]}">{_escaped(state)}</span>' if state else ""
    return f"{_escaped(sentence['text'])}{marks}{flag}"


def _citation_html(number: int, citation: Mapping[str, Any], tell: Tell) -> str:
    quote = f'<blockquote dir="auto"><mark>{_escaped(citation["quote"])}</mark></blockquote>'
    label = citation["label"]
    return f'<li id="q{number}-{label}">{quote}<p class="where">[{label}] {_escaped(tell(where(citation)))}</p></li>'


def where(citation: Mapping[str, Any]) -> Phrase:
    """Return where a citation stands: document, page where there are pages, characters."""
    place = {name: citation[name] for name in ("document", "page", "start", "end")}
    if citation["page"] is None:
        return Phrase("{document}, characters {start} to {end}", **place)
    return Phrase("{document}, page {page}, characters {start} to {end}", **place)


def _broken(asked: Asked, tell: Tell) -> str:
    return tell(Phrase("This answer broke off: {why}", why=asked.error) if asked.error else STOPPED)


def _escaped(text: str) -> str:
    held = "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
    return html.escape(held, quote=True)
