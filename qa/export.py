"""A conversation in, one file's text out: Markdown, a web page that needs nothing else, or JSON that `verify` checks.

All three carry every quote with its place. What documents, models and people wrote comes alive in none of them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from qa.conversations import Asked

Form = Literal["markdown", "html", "json"]

STATES: Mapping[str, str] = {
    "unsupported": "not in the documents",
    "contradicted": "differs from the source",
}
"""What is said behind a sentence in this state."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser lets the page do: show itself. It has no script, and asks no other place for anything."""

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fdfdfb; --quiet: #5b626a; --rule: #dedbd2;
  --cited: #ffe391; --cited-ink: #2b2205; --accent: #0f5f66; --clash: #a0291e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e7e1; --paper: #14171a; --quiet: #a2aab2; --rule: #30363c;
  --cited: #5d4a0d; --cited-ink: #fff3c9; --accent: #7cc7ca; --clash: #ff9d8f; } }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1.25rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { margin: 2.5rem 0 0.5rem; font-size: 1.1rem; }
a { color: var(--accent); } .state { font-size: 0.8rem; font-weight: 700; } .contradicted { color: var(--clash); }
ol { padding: 0; list-style: none; } li { margin: 0.75rem 0; padding-left: 0.9rem; border-left: 3px solid var(--rule); }
blockquote { margin: 0; font-family: Georgia, serif; white-space: pre-wrap; }
mark { background: var(--cited); color: var(--cited-ink); } .where, footer, .facts { color: var(--quiet);
  font-size: 0.85rem; } :target { outline: 2px solid var(--accent); outline-offset: 4px; }
"""


def export(form: Form, name: str, said: Sequence[Asked]) -> str:
    """Return the file's text for the conversation called `name`, its exchanges oldest first."""
    forms: Mapping[Form, Callable[[str, Sequence[Asked]], str]] = {
        "markdown": to_markdown,
        "html": to_html,
        "json": to_json,
    }
    return forms[form](name, said)


def file_name(name: str, form: Form) -> str:
    """Return a file's name that every system takes, made of the conversation's."""
    ending = {"markdown": "md", "html": "html", "json": "json"}[form]
    plain = re.sub(r"[^\w-]+", "-", name.casefold()).strip("-_")[:60].strip("-_")
    return f"{plain or 'conversation'}.{ending}"


def to_json(name: str, said: Sequence[Asked]) -> str:
    """Return the answers as a JSON list, as `/save` writes it; a question without an answer is left out."""
    return json.dumps([asked.answer for asked in said if asked.answer], ensure_ascii=False, indent=1) + "\n"


def plain_text(asked: Asked) -> str:
    """Return an answer's words alone."""
    return asked.answer["text"] if asked.answer else asked.written


def cited_text(asked: Asked) -> str:
    """Return an answer as plain text with its labels, and below it each quote with its place."""
    if asked.answer is None:
        return asked.written
    sentences = " ".join(_sentence_text(sentence) for sentence in asked.answer["sentences"]) or asked.answer["text"]
    quotes = [f"[{c['label']}] {where(c)}: “{' '.join(c['quote'].split())}”" for c in asked.answer["citations"]]
    return "\n".join([sentences, *([""] if quotes else []), *quotes])


def _sentence_text(sentence: Mapping[str, Any]) -> str:
    marks = "".join(f"[{label}]" for label in sentence["citations"])
    state = f"({STATES[sentence['state']]})" if sentence["state"] in STATES else ""
    return " ".join(part for part in (sentence["text"], marks, state) if part)


def to_markdown(name: str, said: Sequence[Asked]) -> str:
    """Return the conversation as Markdown: each quote is a block quotation below its answer."""
    parts = [f"# {plain_markdown(name)}"]
    for asked in said:
        parts.append(f"## {plain_markdown(asked.question)}")
        parts += _answer_markdown(asked)
    return "\n\n".join(parts) + "\n"


def _answer_markdown(asked: Asked) -> list[str]:
    answer = asked.answer
    if answer is None:
        return [part for part in (plain_markdown(asked.written), f"*{plain_markdown(_broken(asked))}*") if part]
    parts = [" ".join(_sentence_markdown(s) for s in answer["sentences"]) or plain_markdown(answer["text"])]
    if answer["missing_words"]:
        parts.append(f"In no document: {plain_markdown(', '.join(answer['missing_words']))}")
    if answer["status"] == "not_found" and answer["citations"]:
        parts.append("The nearest sentences:")
    for citation in answer["citations"]:
        quote = "\n".join(f"> {plain_markdown(line)}" for line in citation["quote"].splitlines())
        parts.append(f"\\[{citation['label']}\\] {plain_markdown(where(citation))}\n\n{quote}")
    return [part for part in [*parts, "*Stopped*" if answer["stopped"] else ""] if part]


def _sentence_markdown(sentence: Mapping[str, Any]) -> str:
    marks = "".join(f"\\[{label}\\]" for label in sentence["citations"])
    state = f" *({STATES[sentence['state']]})*" if sentence["state"] in STATES else ""
    return f"{plain_markdown(sentence['text'])}{' ' if marks else ''}{marks}{state}"


def plain_markdown(text: str) -> str:
    """Return text in which Markdown sees no mark-up, on one line."""
    line = " ".join(text.split())
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", line)
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def to_html(name: str, said: Sequence[Asked]) -> str:
    """Return one page that needs no other file: answers with marks that lead to the quotes, highlighted."""
    body = "".join(_exchange_html(number, asked) for number, asked in enumerate(said, start=1))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_escaped(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{_escaped(name)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{_escaped(name)}</h1>{body}</main>"
        "<footer>Every quote stands in its document at the characters given, counted in its extracted text.</footer>"
        "</body></html>\n"
    )


def _exchange_html(number: int, asked: Asked) -> str:
    answer = asked.answer
    heading = f"<h2>{_escaped(asked.question)}</h2>"
    if answer is None:
        broken = f'<p class="state">{_escaped(_broken(asked))}</p>'
        return f"<section>{heading}<p>{_escaped(asked.written)}</p>{broken}</section>"
    sentences = " ".join(_sentence_html(number, sentence) for sentence in answer["sentences"])
    missing = ", ".join(answer["missing_words"])
    nowhere = f"<p>In no document: <b>{_escaped(missing)}</b></p>" if missing else ""
    nearest = "<p>The nearest sentences:</p>" if answer["status"] == "not_found" and answer["citations"] else ""
    quotes = "".join(_citation_html(number, citation) for citation in answer["citations"])
    listed = f"<ol>{quotes}</ol>" if quotes else ""
    stopped = "Stopped. " if answer["stopped"] else ""
    facts = f'<p class="facts">{stopped}{_escaped(answer["model"])}</p>'
    return (
        f"<section>{heading}<p>{sentences or _escaped(answer['text'])}</p>{nowhere}{nearest}{listed}{facts}</section>"
    )


def _sentence_html(number: int, sentence: Mapping[str, Any]) -> str:
    marks = "".join(f' <a href="#q{number}-{label}">[{label}]</a>' for label in sentence["citations"])
    state = sentence["state"]
    flag = f' <span class="state {state}">({STATES[state]})</span>' if state in STATES else ""
    return f"{_escaped(sentence['text'])}{marks}{flag}"


def _citation_html(number: int, citation: Mapping[str, Any]) -> str:
    quote = f"<blockquote><mark>{_escaped(citation['quote'])}</mark></blockquote>"
    label = citation["label"]
    return f'<li id="q{number}-{label}">{quote}<p class="where">[{label}] {_escaped(where(citation))}</p></li>'


def where(citation: Mapping[str, Any]) -> str:
    """Return where a citation stands: document, page where there are pages, characters."""
    page = f", page {citation['page']}" if citation["page"] is not None else ""
    return f"{citation['document']}{page}, characters {citation['start']} to {citation['end']}"


def _broken(asked: Asked) -> str:
    return f"This answer broke off: {asked.error}" if asked.error else "Stopped"


def _escaped(text: str) -> str:
    held = "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
    return html.escape(held, quote=True)
