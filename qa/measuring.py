"""The commands that measure: evaluate asks a file's questions, questions proposes some to begin with.

Whatever fails is raised as the error it is; `qa.cli` turns it into one sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.call import Call
from qa.errors import QaError, RecordError

if TYPE_CHECKING:
    from embeddings.types import Document
    from qa.answer import Answerer
    from qa.compare import Comparison
    from qa.questions import Question
    from qa.record import Record

FELL = 3
"""The exit code where a figure is worse than the baseline's beyond chance."""


def evaluate(call: Call) -> int:
    """Ask the questions of a file, write the record of it, and show its table and what differs from a baseline."""
    from qa.evaluate import evaluate as run
    from qa.questions import content_of, questions_of

    options = call.options
    content = content_of(options.questions)
    questions, questions_hash = questions_of(content, options.questions), hashlib.sha256(content).hexdigest()
    out = _writable(call, options.out, "--out", "record")
    page = None if options.report is None else _writable(call, options.report, "--report", "report")
    _check_different(
        {"the questions": options.questions, "--out": out, "--report": page},
        {"the questions": options.questions, "--baseline": options.baseline, "--report": page},
    )
    baseline = None if options.baseline is None else _baseline(options.baseline, questions[: options.limit])
    answerer = call.answerer()
    _check_baseline_stays(call, out, questions, answerer, questions_hash)
    with call.terminal.progress("evaluating") as progress:
        record = run(
            questions,
            answerer,
            limit=options.limit,
            out=out,
            questions_hash=questions_hash,
            progress=progress,
        )
    comparison = None if baseline is None else _compared(call, baseline, record)
    _show(call, record, comparison)
    call.terminal.note(f"the record is in {out}")
    if page is not None:
        _write_page(page, record, answerer.store.documents, comparison)
        call.terminal.note(f"the report is in {page}")
    return FELL if comparison is not None and comparison.fell else 0


def _writable(call: Call, name: str, option: str, what: str) -> Path:
    """Return the path; raises QaError where no file can be written there, before hours are spent on it."""
    from qa.partial import check_replaceable

    path = Path(name)
    if not path.parent.is_dir():
        raise QaError(f"there is no folder {str(path.parent)!r} to write the {what} into; make it first")
    if path.is_dir():
        raise QaError(f"{name} is a folder; name a file to write the {what} into")
    _check_no_document(call, path, option)
    if option == "--report" or not path.is_file():  # what is there may be the whole record, of which nothing is written
        check_replaceable(path, option)
    return path


def _check_no_document(call: Call, path: Path, option: str) -> None:
    """Raise QaError where the file is a document, or lies where it would be read as one from then on."""
    from embeddings.find import resolved

    places = (resolved(path.parent) / path.name, resolved(path))  # a link is found where it is, and followed
    if any(_is_read(place, call) for place in places):
        raise QaError(f"{path} lies among the documents and would be read as one; name a place outside with {option}")


def _is_read(place: Path, call: Call) -> bool:
    """Return whether a file at the place is one of the documents, or would be once `--docs` are read anew."""
    from embeddings.find import resolved
    from embeddings.store import Store

    if call.options.store is None:
        tops = [resolved(Path(name)) for name in call.docs() if name != "-"]
        return place in tops or any(_is_found(place, top) for top in tops)
    return place in {resolved(Path(file.place)) for file in Store.open(call.options.store).files if file.source}


def _is_found(place: Path, top: Path) -> bool:
    """Return whether a file at the place would be found in that folder, as `find_files` looks for them."""
    from embeddings.find import SUFFIXES

    if place.suffix.lower() not in SUFFIXES or not place.is_relative_to(top):
        return False
    return not any(part.startswith(".") for part in place.relative_to(top).parts)


def _check_different(*groups: Mapping[str, str | Path | None]) -> None:
    """Raise QaError where two names of a group mean one file, which would be written over."""
    from embeddings.find import resolved

    for group in groups:
        known: dict[Path, str] = {}
        for what, name in group.items():
            other = what if name is None else known.setdefault(resolved(Path(name)), what)
            if other != what:
                raise QaError(f"{what} and {other} are one file, {name}; name another file")


def _check_baseline_stays(
    call: Call, out: Path, questions: Sequence[Question], answerer: Answerer, questions_hash: str
) -> None:
    """Raise QaError where the baseline is the file to write, and not the whole record of this very run already."""
    from embeddings.find import resolved
    from qa.evaluate import Plan, is_recorded

    name, limit = call.options.baseline, call.options.limit
    if name is None or resolved(Path(name)) != resolved(out):
        return
    if not is_recorded(out, Plan.of(questions, answerer, limit=limit, questions_hash=questions_hash)):
        raise QaError(f"--out and --baseline are one file, {name}, which would be lost; name another file with --out")


def _baseline(name: str, questions: Sequence[Question]) -> Record:
    """Return the record to compare with, once it is known that it can be compared."""
    from qa.compare import check_shared
    from qa.record import read_record

    record = read_record(name)
    check_shared(record, questions, name)
    return record


def _compared(call: Call, baseline: Record, record: Record) -> Comparison:
    from qa.compare import compare

    comparison = compare(baseline, record)
    if comparison.is_empty:
        raise RecordError(
            f"{call.options.baseline} has other answers or evidence for each of these questions, so nothing can be "
            f"compared; the new record is in {call.options.out}"
        )
    return comparison


def _write_page(page: Path, record: Record, documents: Mapping[str, Document], comparison: Comparison | None) -> None:
    from qa.partial import replace_text
    from qa.report_page import render_page

    replace_text(page, render_page(record, documents, comparison), "--report")


def _show(call: Call, record: Record, comparison: Comparison | None) -> None:
    from qa.report import fall_sentences, render_comparison, render_table

    if call.options.json:
        extra = {} if comparison is None else {"comparison": comparison.to_json()}
        call.terminal.json({**record.summary, **extra})
    else:
        call.terminal.say(render_table(record))
        if comparison is not None:
            call.terminal.say(render_comparison(comparison))
    if comparison is not None:
        for sentence in fall_sentences(comparison):
            call.terminal.note(sentence)


def questions(call: Call) -> int:
    """Propose questions on documents, each with its quote, and say what was dropped."""
    from qa.partial import replace_text
    from qa.propose import propose
    from qa.questions import lines_of

    out = None if call.options.out is None else _new(_writable(call, call.options.out, "--out", "questions"))
    answerer = call.answerer()
    if answerer.engine is None:
        raise QaError("questions are written by a model; name one with --model")
    documents = tuple(answerer.store.documents.values())
    with call.terminal.progress("proposing questions") as progress:
        found = propose(documents, answerer, answerer.engine, call.options.n, progress)
    if out is not None:
        replace_text(out, lines_of(found.questions))
    elif call.terminal.is_terminal:
        call.terminal.say(lines_of(found.questions), end="")
    else:  # in ASCII, which every stream writes as it is: evidence has to stand in its document letter by letter
        call.terminal.write_raw("".join(json.dumps(question.to_json()) + "\n" for question in found.questions))
    for reason, count in sorted(found.dropped.items()):
        call.terminal.note(f"dropped {count}: the question {reason}")
    where = "" if out is None else f" in {out}"
    counted = f"{len(found.questions)} proposal{'' if len(found.questions) == 1 else 's'}"
    call.terminal.note(f"{counted}{where}, machine-made: read and mend them before you measure")
    return 0


def _new(path: Path) -> Path:
    """Return the path; raises QaError where somebody's questions stand already."""
    if path.exists() and path.stat().st_size:
        raise QaError(f"{path} is there already and may hold your own questions; name another file with --out")
    return path


COMMANDS: Mapping[str, Callable[[Call], int]] = {"evaluate": evaluate, "questions": questions}
