"""`article-qa evaluate` from its words to its exit code, with an engine that says what it was told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.qa.command_line import BRIDGE, FERRY, CommandLine, Ran, SpokenEngine

BUILT = "The old bridge over the Tamsel was built in 1852."
RIGHT, WRONG = "The old bridge was built in 1852.", "The old bridge has seven arches of grey stone."


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "ferry.txt").write_text(FERRY, encoding="utf-8")
    return folder


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "cache")


def question_file(folder: Path, n: int = 20) -> Path:
    """Write so many questions that all ask when the bridge was built."""
    evidence = [{"doc": "bridge.txt", "start": 0, "end": 49, "text": BUILT}]
    rows = [
        {
            "id": f"q{k}",
            "question": f"Which year, {k} or another, is the old bridge from?",
            "answers": ["1852"],
        }
        for k in range(n)
    ]
    file = folder / "questions.jsonl"
    lines = (json.dumps(row | {"answerable": True, "evidence": evidence}) + "\n" for row in rows)
    file.write_text("".join(lines), encoding="utf-8")
    return file


def says(command: CommandLine, *replies: str) -> None:
    """Have the engine give these replies, one a question, and the last one from then on."""
    command.engine = SpokenEngine(list(replies))


def evaluated(command: CommandLine, docs: Path, out: str, *more: str | Path, n: int = 20) -> Ran:
    file = question_file(docs.parent, n)
    return command.run("evaluate", file, "--docs", docs, "--out", docs.parent / out, *more)


def without_times(value: Any) -> Any:
    """Return the record without what a clock says."""
    if isinstance(value, dict):
        return {name: without_times(item) for name, item in value.items() if name not in {"date", "time", "timings_s"}}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def test_the_same_run_twice_gives_the_same_record_apart_from_times_and_dates(command: CommandLine, docs: Path) -> None:
    for out in ("one.json", "two.json"):
        says(command, RIGHT, WRONG)
        assert evaluated(command, docs, out, n=3).code == 0
    one, two = (json.loads((docs.parent / out).read_text(encoding="utf-8")) for out in ("one.json", "two.json"))
    assert without_times(one) == without_times(two)
    assert [case["text"] for case in one["cases"]] == [RIGHT, WRONG, WRONG]


def test_no_difference_from_the_baseline_ends_with_0(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "old.json", n=3)
    ran = evaluated(command, docs, "new.json", "--baseline", docs.parent / "old.json", n=3)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[lines.index("Compared with the baseline") + 2].split() == [
        *("old", "new", "difference", "95", "%", "interval", "n")
    ]
    # 1.000 both times; no difference and no width, over three questions.
    assert "contained 1.000 1.000 +0.000 +0.000 to +0.000 3" in [" ".join(line.split()) for line in lines]
    assert "0 of the questions in both went otherwise" in lines


def test_a_fall_against_the_baseline_ends_with_3_and_is_named(command: CommandLine, docs: Path) -> None:
    says(command, RIGHT)
    evaluated(command, docs, "old.json")
    says(command, *[RIGHT] * 8, WRONG)
    ran = evaluated(command, docs, "new.json", "--baseline", docs.parent / "old.json")
    assert ran.code == 3
    # Twelve of twenty are no longer right: 1.0 to .4.
    (fell,) = (line for line in ran.err.splitlines() if "answers: contained" in line)
    assert fell.startswith("worse than the baseline: answers: contained was 1.000 and is 0.400 (95 % interval of the ")
    assert fell.endswith(", 20 questions)")
    assert (docs.parent / "new.json").exists()
    assert "  q8: no longer right; other words cited" in ran.out.splitlines()


def test_with_json_the_comparison_stands_beside_the_summary(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "old.json", n=2)
    ran = evaluated(command, docs, "new.json", "--baseline", docs.parent / "old.json", "--json", n=3)
    record = json.loads((docs.parent / "new.json").read_text(encoding="utf-8"))
    printed = json.loads(ran.out)
    assert {name: printed[name] for name in record["summary"]} == record["summary"]
    assert printed["comparison"]["only_new"] == ["q2"]
    assert printed["comparison"]["changed"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory); check the path"),
        ('{"summary": {}}', "is no record: it has no 'cases'; give a file that evaluate --out wrote"),
        ("{", "is no record: it is not JSON"),
    ],
)
def test_a_broken_baseline_is_refused_before_anything_is_opened(
    command: CommandLine, docs: Path, content: str | None, said: str
) -> None:
    baseline = docs.parent / "old.json"
    if content is not None:
        baseline.write_text(content, encoding="utf-8")
    ran = evaluated(command, docs, "new.json", "--baseline", baseline)
    assert (ran.code, command.opened, ran.out) == (1, [], "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_baseline_of_other_questions_is_refused_before_anything_is_opened(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "old.json", n=1)
    command.opened.clear()
    file = docs.parent / "others.jsonl"
    file.write_text('{"id": "q0", "question": "Why?"}\n', encoding="utf-8")
    words = ("--docs", docs, "--out", docs.parent / "new.json", "--baseline", docs.parent / "old.json")
    ran = command.run("evaluate", file, *words)
    assert (ran.code, command.opened) == (1, [])
    assert ran.err.endswith(
        "old.json has none of these questions; give the record of a run over the same question file\n"
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--baseline", "the record {} cannot be read (Too many levels of symbolic links); check the path"),
        ("--report", "{} cannot be written (it is no ordinary file); name another place with --report"),
        ("--out", "{} cannot be written (it is no ordinary file); name another place with --out"),
    ],
)
def test_a_link_to_itself_is_no_file(command: CommandLine, docs: Path, option: str, said: str) -> None:
    loop = docs.parent / "loop"
    loop.symlink_to(loop)
    ran = evaluated(command, docs, "new.json", option, loop)
    assert (ran.code, command.opened, ran.err) == (1, [], f"article-qa: {said.format(loop)}\n")


def test_a_baseline_of_the_same_questions_with_other_answers_is_no_comparison(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "old.json", n=1)
    old = docs.parent / "old.json"
    old.write_text(old.read_text(encoding="utf-8").replace('"1852"', '"1853"'), encoding="utf-8")
    ran = evaluated(command, docs, "new.json", "--baseline", old, n=1)
    assert ran.code == 1
    assert "other answers or evidence for each of these questions" in ran.err


def test_a_whole_record_of_the_same_run_is_not_asked_again(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "record.json", n=2)
    first = (docs.parent / "record.json").read_bytes()
    command.engine.prompts.clear()
    ran = evaluated(command, docs, "record.json", "--baseline", docs.parent / "record.json", n=2)
    assert (ran.code, command.engine.prompts) == (0, [])
    assert "nothing was asked: " in ran.err
    assert (docs.parent / "record.json").read_bytes() == first
    assert "0 of the questions in both went otherwise" in ran.out
    evaluated(command, docs, "record.json", n=3)
    assert len(command.engine.prompts) == 6  # the check and the answer, of three questions


def test_nothing_is_written_over_the_questions_or_over_what_is_no_record(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "record.json", n=1)
    command.opened.clear()
    questions = docs.parent / "questions.jsonl"
    before = questions.read_bytes()
    for out, extra, said in (
        ("questions.jsonl", (), "--out and the questions are one file"),
        ("new.json", ("--report", docs.parent / "new.json"), "--report and --out are one file"),
        ("new.json", ("--report", questions), "--report and the questions are one file"),
    ):
        ran = evaluated(command, docs, out, *extra, n=1)
        assert (ran.code, command.opened) == (1, [])
        assert said in ran.err
    notes = docs.parent / "notes.txt"
    notes.write_text("Mine.", encoding="utf-8")
    ran = evaluated(command, docs, "notes.txt", n=1)
    assert ran.code == 1
    assert "notes.txt is there already and holds no record" in ran.err
    assert (notes.read_text(encoding="utf-8"), questions.read_bytes()) == ("Mine.", before)


def test_a_record_is_not_written_into_a_folder_s_name(command: CommandLine, docs: Path) -> None:
    (docs.parent / "record.json").mkdir()
    ran = evaluated(command, docs, "record.json", n=1)
    assert (ran.code, command.opened) == (1, [])
    assert "record.json is a folder; name a file to write the record into" in ran.err


def test_a_report_is_written_beside_the_record_and_later_from_it(command: CommandLine, docs: Path) -> None:
    evaluated(command, docs, "record.json", n=2)
    command.engine.prompts.clear()
    page = docs.parent / "page.html"
    ran = evaluated(command, docs, "record.json", "--report", page, "--baseline", docs.parent / "record.json", n=2)
    assert (ran.code, command.engine.prompts) == (0, [])
    assert ran.err.endswith(f"the report is in {page}\n")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "Which year, 1 or another, is the old bridge from?" in text
    assert [path.name for path in docs.parent.glob("page.html*")] == ["page.html"]


def test_a_baseline_is_not_written_over_by_the_run_that_is_compared_with_it(command: CommandLine, docs: Path) -> None:
    record = docs.parent / "record.json"
    evaluated(command, docs, "record.json", n=2)
    before = record.read_bytes()
    for more, n in ((("--set", "n_passages=1"), 2), ((), 3)):
        command.engine.prompts.clear()
        ran = evaluated(command, docs, "record.json", "--baseline", record, *more, n=n)
        assert (ran.code, command.engine.prompts, record.read_bytes()) == (1, [], before)
        assert "--out and --baseline are one file" in ran.err


@pytest.mark.parametrize("name", ["page.html", "deeper/PAGE.HTM", "notes.txt"])
def test_a_report_is_not_written_where_it_would_be_read_as_a_document(
    command: CommandLine, docs: Path, name: str
) -> None:
    (docs / "deeper").mkdir()
    ran = evaluated(command, docs, "record.json", "--report", docs / name)
    assert (ran.code, command.opened, ran.out) == (1, [], "")
    assert "lies among the documents and would be read as one; name a place outside with --report" in ran.err


def test_a_record_or_proposals_are_not_written_over_a_document(command: CommandLine, docs: Path) -> None:
    notes = docs.parent / "notes.log"
    notes.touch()
    for words in (("evaluate", question_file(docs.parent), "--docs", notes), ("questions", notes)):
        ran = command.run(*words, "--out", notes)
        assert (ran.code, command.opened) == (1, [])
        assert "lies among the documents and would be read as one; name a place outside with --out" in ran.err


def test_a_report_is_written_where_the_documents_are_if_nothing_would_read_it(command: CommandLine, docs: Path) -> None:
    (docs / ".hidden").mkdir()
    for page in (docs / ".hidden" / "page.html", docs / "page.report"):
        assert evaluated(command, docs, "record.json", "--report", page, n=1).code == 0
        assert page.exists()
        page.unlink()


def test_a_report_is_not_written_over_a_document_of_the_store(command: CommandLine, docs: Path) -> None:
    store, page = docs.parent / "store", docs / "page.html"
    page.write_text("<p>The ferry carries twelve cars.</p>", encoding="utf-8")
    command.run("index", docs, "--store", store)
    words = ("evaluate", question_file(docs.parent, 1), "--store", store, "--out", docs.parent / "record.json")
    ran = command.run(*words, "--report", page)
    assert (ran.code, command.opened) == (1, [])
    assert "lies among the documents and would be read as one" in ran.err
    assert "twelve cars" in page.read_text(encoding="utf-8")
    assert command.run(*words, "--report", docs / "other.html").code == 0  # a store may be of single files


def test_a_whole_record_is_shown_also_where_nothing_can_be_written(
    command: CommandLine, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert evaluated(command, docs, "record.json", n=1).code == 0

    def refused(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refused)
    assert evaluated(command, docs, "record.json", n=1).code == 0
    assert "Permission denied" in evaluated(command, docs, "other.json", n=1).err


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_what_is_no_ordinary_file_is_not_replaced(command: CommandLine, docs: Path, option: str) -> None:
    pipe = docs.parent / "pipe"
    os.mkfifo(pipe)
    ran = evaluated(command, docs, "record.json", option, pipe)
    assert (ran.code, command.opened, pipe.is_fifo()) == (1, [], True)
    assert f"pipe cannot be written (it is no ordinary file); name another place with {option}" in ran.err


def test_proposals_do_not_replace_what_is_no_ordinary_file(command: CommandLine, docs: Path) -> None:
    pipe = docs.parent / "pipe"
    os.mkfifo(pipe)
    ran = command.run("questions", docs, "--out", pipe)
    assert (ran.code, command.opened, pipe.is_fifo()) == (1, [], True)


def test_the_questions_of_a_pipe_are_told_apart_by_what_they_say(command: CommandLine, docs: Path) -> None:
    def asked(question: str) -> Ran:
        read, write = os.pipe()
        with os.fdopen(write, "wb") as stream:
            stream.write(json.dumps({"question": question}).encode())
        with os.fdopen(read, "rb"):
            words = ("--docs", docs, "--out", docs.parent / "record.json")
            return command.run("evaluate", f"/dev/fd/{read}", *words)

    for question in ("When was the old bridge built?", "How many cars does the ferry carry?"):
        assert asked(question).code == 0
        assert case_of(docs, "record.json")["question"] == question
    command.engine.prompts.clear()
    assert "nothing was asked: " in asked("How many cars does the ferry carry?").err
    assert command.engine.prompts == []


@pytest.mark.parametrize(
    ("name", "said"), [("missing/p.html", "there is no folder"), ("texts", "is a folder; name a file")]
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_opened(
    command: CommandLine, docs: Path, name: str, said: str
) -> None:
    ran = evaluated(command, docs, "record.json", "--report", docs.parent / name)
    assert (ran.code, command.opened) == (1, [])
    assert said in ran.err


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_what_no_file_can_be_written_for_is_told_before_anything_is_opened(
    command: CommandLine, docs: Path, option: str
) -> None:
    name = docs.parent / ("n" * 250)  # fits, but not with ".writing" after it, by which it would be written
    ran = evaluated(command, docs, "record.json", option, name)
    assert (ran.code, command.opened) == (1, [])
    assert f"cannot be written (File name too long); name another place with {option}" in ran.err


def case_of(docs: Path, out: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((docs.parent / out).read_text(encoding="utf-8"))["cases"][0]
    return made


def test_a_model_told_to_cite_is_taken_at_its_word(command: CommandLine, docs: Path) -> None:
    says(command, "It was built in 1852 [1]. It has seven arches. [2, 1] It is blue [9].")
    assert evaluated(command, docs, "told.json", "--set", "answering=told-to-cite", n=1).code == 0
    case = case_of(docs, "told.json")
    assert case["text"] == "It was built in 1852. It has seven arches. It is blue."
    assert [(s["text"], s["state"], s["citations"]) for s in case["sentences"]] == [
        ("It was built in 1852.", "supported", [1]),
        ("It has seven arches.", "supported", [2, 1]),
        ("It is blue.", "unsupported", []),
    ]
    # Each document is one passage; both are cited whole, the one that was found first as 1.
    assert [(c["document"], c["quote"]) for c in case["citations"]] == [("bridge.txt", BRIDGE), ("ferry.txt", FERRY)]
    assert (case["status"], case["confidence"]) == ("answered", 1.0)
    assert list(case["timings_s"]) == ["retrieve", "first_token", "total"]
    (prompt,) = command.engine.prompts
    assert prompt[1].content.startswith(f"[1] bridge: {BRIDGE}\n\n[2] ferry: {FERRY}\n\nQuestion: Which year, 0 or")
    assert command.run("verify", docs.parent / "told.json", "--docs", docs).code == 0


@pytest.mark.parametrize(
    "words",
    ["The passages do not answer this question.", "The year is not mentioned in the passages [1].", "None", "[1]", ""],
)
def test_a_model_told_to_refuse_is_taken_at_its_word(command: CommandLine, docs: Path, words: str) -> None:
    says(command, words)
    evaluated(command, docs, "told.json", "--set", "answering=told-to-cite", n=1)
    case = case_of(docs, "told.json")
    assert (case["status"], case["sentences"], case["citations"], case["confidence"]) == ("not_found", [], [], 0.0)


def test_the_best_passage_is_an_answer_that_needs_no_model(command: CommandLine, docs: Path) -> None:
    assert evaluated(command, docs, "passage.json", "--set", "answering=passage", n=1).code == 0
    assert [opened["with_engine"] for opened in command.opened] == [False]
    case = case_of(docs, "passage.json")
    assert (case["status"], case["text"], case["model"]) == ("answered", BRIDGE, "none")
    assert [(c["document"], c["quote"]) for c in case["citations"]] == [("bridge.txt", BRIDGE)]
    assert case["confidence"] == pytest.approx(case["hits"][0]["dense_score"], abs=1e-4)
    assert case["scores"]["answers"]["contained"] == 1.0
    assert list(case["timings_s"]) == ["retrieve", "first_token", "total"]
    assert command.run("verify", docs.parent / "passage.json", "--docs", docs).code == 0


ASKED = "In which year was the old bridge over the Tamsel built?"


def test_proposals_are_written_in_the_form_that_evaluate_reads(command: CommandLine, docs: Path) -> None:
    says(command, ASKED, "1852")
    out = docs.parent / "proposals.jsonl"
    ran = command.run("questions", docs, "--n", "1", "--out", out)
    assert ran.code == 0
    assert ran.out == ""
    assert ran.err == f"1 proposal in {out}, machine-made: read and mend them before you measure\n"
    (row,) = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert row == {
        "id": "made-01",
        "question": ASKED,
        "answers": ["1852"],
        "answerable": True,
        "evidence": [{"doc": "bridge.txt", "start": 0, "end": 49, "text": BUILT}],
        "history": [],
        "origin": "machine-made",
    }
    says(command, RIGHT)
    ran = command.run("evaluate", out, "--docs", docs, "--out", docs.parent / "record.json")
    assert "1 of the questions are machine-made: read them before you trust the figures" in ran.out.splitlines()
    assert case_of(docs, "record.json")["origin"] == "machine-made"


def test_proposals_go_to_standard_output_and_what_was_dropped_is_told(command: CommandLine, docs: Path) -> None:
    says(command, "When was it built?")
    ran = command.run("questions", docs / "bridge.txt", "--n", "2")
    # The sentence about the bridge is tried for its year and for the Tamsel; that about the flood is too short.
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "dropped 2: the question cannot be understood alone",
        "0 proposals, machine-made: read and mend them before you measure",
    ]


def test_proposals_on_standard_output_are_read_back_as_they_are(command: CommandLine, docs: Path) -> None:
    sentence = "The café \u200eat Tamsel was built in 1852 by “Émile”."
    (docs / "bridge.txt").write_text(sentence, encoding="utf-8")
    says(command, "In which year was the café at Tamsel built?", "1852")
    ran = command.run("questions", docs / "bridge.txt", "--n", "1")
    assert ran.out.isascii()
    file = docs.parent / "proposals.jsonl"
    file.write_text(ran.out, encoding="ascii")
    assert json.loads(ran.out)["evidence"] == [{"doc": "bridge.txt", "start": 0, "end": 49, "text": sentence}]
    assert command.run("evaluate", file, "--docs", docs, "--out", docs.parent / "record.json").code == 0


def test_of_proposals_that_nobody_reads_it_is_still_told_what_they_are(command: CommandLine, docs: Path) -> None:
    says(command, ASKED, "1852")
    ran = command.run("questions", docs, "--n", "1", read=False)
    assert (ran.code, ran.err) == (0, "1 proposal, machine-made: read and mend them before you measure\n")


def test_proposals_do_not_overwrite_what_somebody_wrote(command: CommandLine, docs: Path) -> None:
    file = question_file(docs.parent, 1)
    ran = command.run("questions", docs, "--out", file)
    assert (ran.code, command.opened) == (1, [])
    assert "questions.jsonl is there already and may hold your own questions; name another file with --out" in ran.err
