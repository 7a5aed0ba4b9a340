"""Answers and passages in, what people read of them in a terminal out.

On a terminal the words appear as the engine writes them, and behind each sentence its mark as soon as it was
checked; elsewhere the finished answer is written at once. Knows nothing of how either was made.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from embeddings.types import Document, Hit
from qa.terminal import Terminal
from qa.types import Answer, AnswerSentence, Checked, Citation, Event, Finished, Searched, Wrote

FLAGS = {"unsupported": "(not in the documents)", "contradicted": "(differs from the source)"}
STYLES = {"supported": "cyan", "unsupported": "yellow", "contradicted": "red"}

N_BEST, BEST_CHARACTERS = 3, 120
"""What is shown of the passages before the answer: so many, and so much of each."""

_MAY_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*\s")


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents that are asked, by id, and what names the file of each by its path, empty where there is none."""

    documents: Mapping[str, Document]
    file_of: Callable[[str], str]

    def link(self, path: str) -> str:
        """Return the address of a document's file for a link; empty where there is no such file."""
        file = Path(self.file_of(path))
        return file.as_uri() if file.is_absolute() and file.is_file() else ""

    def around(self, citation: Citation, characters: int) -> tuple[str, str]:
        """Return what stands before and behind the quote: whole words, up to so many characters of each."""
        text = self.documents[citation.doc_id].text
        before, behind = text[: citation.start], text[citation.end :]
        if len(before) > characters:
            before = "… " + re.sub(r"^\S*\s+", "", before[-characters:])
        if len(behind) > characters:
            behind = re.sub(r"\s+\S*$", "", behind[:characters]) + " …"
        return before, behind


def mark(sentence: AnswerSentence) -> str:
    """Return what stands behind a sentence: the labels of its citations, and what is wrong with it."""
    labels = "".join(f"[{label}]" for label in sentence.citations)
    return " ".join(part for part in (labels, FLAGS.get(sentence.state, "")) if part)


class Streamed:
    """The answer on a terminal while it is written.

    Behind a possible end of a sentence the words wait until that sentence was checked: its mark is to stand
    behind it, not behind the first words of the next one.
    """

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self._say = say
        self._text = ""
        self._shown = 0
        self._checked = 0

    def write(self, text: str) -> None:
        """Take in the next words."""
        self._text += text if self._text else text.lstrip()
        end = _MAY_END.search(self._text, self._checked)
        self._show(end.end() if end else len(self._text))

    def check(self, sentence: AnswerSentence) -> None:
        """Take in that a sentence was checked."""
        words = r"\s+".join(re.escape(word) for word in sentence.text.split())
        found = re.compile(words).search(self._text, self._checked)
        self._checked = found.end() if found else self._shown
        self._show(self._checked)
        self._say(f" {mark(sentence)}", STYLES[sentence.state])
        self.write("")

    def finish(self) -> bool:
        """Show what still waits; return whether anything was written."""
        self._show(len(self._text))
        if self._text:
            self._say("\n", "")
        return bool(self._text)

    def _show(self, end: int) -> None:
        # White space waits for what follows it: a mark may come before.
        end = len(self._text[:end].rstrip())
        if end > self._shown:
            self._say(self._text[self._shown : end], "")
            self._shown = end


def show_events(
    events: Iterable[Event],
    terminal: Terminal,
    sources: Sources,
    found: Callable[[Searched], None] = lambda _searched: None,
) -> Answer:
    """Write an answer as it comes and return it.

    On a terminal `found` is called once it was said what was found, before the engine is asked.
    """
    streamed = Streamed(lambda text, style: terminal.say(text, style, end=""))
    try:
        for event in events:
            if isinstance(event, Finished):
                show_answer(event.answer, terminal, sources, written=streamed.finish())
                return event.answer
            if not terminal.is_terminal:
                continue
            if isinstance(event, Searched):
                terminal.say(_found(event, sources), "dim")
                found(event)
            elif isinstance(event, Wrote):
                streamed.write(event.text)
            elif isinstance(event, Checked):
                streamed.check(event.sentence)
    except BaseException:  # what is said of it stands on a line of its own
        streamed.finish()
        raise
    raise AssertionError("a stream ends with Finished")


def _found(searched: Searched, sources: Sources) -> str:
    """Return the line that says what was found before the first word of the answer."""
    paths = list(dict.fromkeys(sources.documents[hit.passage.doc_id].path for hit in searched.hits))
    named = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    n_hits = len(searched.hits)
    found = f"{n_hits} passage{'' if n_hits == 1 else 's'} found in {named}" if n_hits else "no passage found"
    return f'{found}, searched together with "{searched.added}"' if searched.added else found


def show_best(hits: Iterable[Hit], terminal: Terminal, sources: Sources) -> None:
    """Write the beginnings of the best passages, one line each: something to read until the answer comes."""
    for hit in list(hits)[:N_BEST]:
        path = sources.documents[hit.passage.doc_id].path
        words = textwrap.shorten(hit.passage.text, BEST_CHARACTERS, placeholder=" …")
        terminal.say(f"  {hit.rank}. {path}: {words}", "dim")


def show_answer(answer: Answer, terminal: Terminal, sources: Sources, *, written: bool = False) -> None:
    """Write an answer with its citations; `written`: its text stands there already."""
    if answer.status == "not_found":
        _show_refusal(answer, terminal, written=written)
    elif not written:
        for sentence in answer.sentences:
            terminal.say(f"{sentence.text} {mark(sentence)}".rstrip())
    if answer.stopped:
        terminal.say("(stopped)", "yellow")
    if answer.citations:
        terminal.say()
    for citation in answer.citations:
        show_citation(citation, terminal, sources)
    if terminal.is_terminal:
        took = answer.timings_s.get("total", 0.0)
        terminal.say(f"\n{answer.model}, {took:.1f} s, confidence {answer.confidence:.2f}", "dim")


def _show_refusal(answer: Answer, terminal: Terminal, *, written: bool) -> None:
    if written:
        terminal.say("Taken back: the documents do not support these words well enough.", "yellow")
    terminal.say(answer.text, "bold")
    if answer.missing_words:
        terminal.say(f"Words of the question that occur in no document: {', '.join(answer.missing_words)}")
    if answer.citations:
        terminal.say("The nearest sentences:")


def show_citation(citation: Citation, terminal: Terminal, sources: Sources) -> None:
    """Write a citation: its label, where the quote stands, and the quote."""
    terminal.say(f"[{citation.label}] ", "cyan", end="")
    terminal.say(citation.document, link=sources.link(citation.document), end="")
    page = f", page {citation.page}" if citation.page is not None else ""
    terminal.say(f"{page}, characters {citation.start} to {citation.end}", "dim")
    terminal.say(f'    "{" ".join(citation.quote.split())}"')


def show_hits(hits: Iterable[Hit], terminal: Terminal, sources: Sources) -> None:
    """Write passages, best first, each with its scores."""
    for hit in hits:
        document = sources.documents[hit.passage.doc_id]
        terminal.say(f"{hit.rank}. ", "cyan", end="")
        terminal.say(document.path, link=sources.link(document.path), end="")
        page = document.page_at(hit.passage.start)
        where = f", page {page}" if page is not None else ""
        legs = (("cosine", hit.dense_score), ("words", hit.word_score))
        scores = [f"{name} {score:.2f}" for name, score in legs if score is not None]
        scored = ", ".join([f"score {hit.score:.3f}", *scores])
        terminal.say(f"{where}, characters {hit.passage.start} to {hit.passage.end} ({scored})", "dim")
        terminal.say(f"   {' '.join(hit.passage.text.split())}\n")
