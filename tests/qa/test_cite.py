from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from embeddings.types import Document, Sentence
from qa.cite import MOST_QUOTED_WORDS, Claim, Labels, Support, best_support, quotation, sources_of, told_apart
from qa.evidence import Candidate
from qa.words import negated_stems
from tests.fake_reader import WordReader

TEXT = (
    "The summit in Wuzhen drew over 1,600 participants from 130 countries. "
    "It was opened by Mayor Chen Li on November 7. "
    "The river does not freeze in winter. "
    "Silk is traded there, and tea is grown on the hills."
)
DOCUMENT = Document.of(TEXT, "wuzhen.txt", "Wuzhen")


def sentence(start_words: str) -> Sentence:
    start = TEXT.index(start_words)
    end = TEXT.index(".", start) + 1
    return Sentence(DOCUMENT.doc_id, start, end, TEXT[start:end])


SENTENCES = tuple(sentence(words) for words in ("The summit", "It was", "The river", "Silk"))
FLAT = np.zeros(3, np.float32)


def weigh(stems: Iterable[str]) -> Mapping[str, float]:
    return dict.fromkeys(stems, 1.0)


def support(claim: str, question: str = "") -> Support:
    candidates = tuple(Candidate(item, FLAT, 0.0, 0.0, 0.0) for item in SENTENCES)
    return best_support(
        Claim.of(claim, question, FLAT, weigh),
        sources_of(candidates, {DOCUMENT.doc_id: DOCUMENT.title}),
        WordReader(),
    )


def test_a_sentence_with_the_source_s_words_is_supported_by_that_source() -> None:
    found = support("Over 1600 participants came from 130 countries.")
    assert (found.state, found.sources) == ("supported", (SENTENCES[0],))


@pytest.mark.parametrize(
    ("claim", "differs"),
    [
        ("The summit in Wuzhen drew over 1,800 participants from 130 countries.", "1800"),
        ("The summit in Hangzhou drew over 1,600 participants from 130 countries.", "hangzhou"),
        ("It was opened by Mayor Chen Li on November 9.", "9"),
        ("The river does freeze in winter.", "freez"),
        ("Silk is not traded there.", "trade"),
        ("The summit in Wuzhen drew under 1,600 participants from 130 countries.", "under"),
        ("The summit in Wuzhen drew over 1,600 participants to 130 countries.", "to"),
    ],
)
def test_another_number_name_or_negation_contradicts(claim: str, differs: str) -> None:
    found = support(claim)
    assert found.state == "contradicted"
    assert differs in found.differs


def test_words_that_no_source_has_are_unsupported() -> None:
    assert support("Elephants paint large pictures of the moon.").state == "unsupported"


def test_two_sources_are_cited_where_the_second_adds_enough() -> None:
    found = support("The summit drew 1,600 participants, and silk is traded there and tea is grown.")
    assert set(found.sources) == {SENTENCES[0], SENTENCES[3]}


def test_a_name_in_the_title_or_the_sentence_before_does_not_differ() -> None:
    assert support("In Wuzhen, silk is traded and tea is grown on the hills.").state == "supported"
    assert support("The Wuzhen summit was opened by Mayor Chen Li on November 7.").state == "supported"


class ShortReader(WordReader):
    """Reads 20 words of a text."""

    def fits(self, pair: tuple[str, str]) -> bool:
        return len(pair[1].split()) <= 20


@pytest.mark.parametrize(
    ("n_before", "read"),
    [
        (14, "Kelm. 1 2 3 4 5 6 7 8 9 10 11 12 13 14 The ice broke in March."),  # 1 + 14 + 5 words: all are read
        (15, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 The ice broke in March."),
        (40, "26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 The ice broke in March."),
    ],
)
def test_of_what_is_too_long_to_be_read_the_source_stays(n_before: int, read: str) -> None:
    before, said = " ".join(str(n + 1) for n in range(n_before)), "The ice broke in March."
    document = Document.of(f"{before} {said}", "kelm.txt", "Kelm")
    spans = ((0, len(before)), (len(before) + 1, len(document.text)))
    candidates = [Candidate(Sentence(document.doc_id, a, b, document.text[a:b]), FLAT, 0.0, 0.0, 0.0) for a, b in spans]
    reader = ShortReader()
    claim = Claim.of(said, "", FLAT, weigh)
    assert best_support(claim, sources_of(candidates, {document.doc_id: "Kelm"}), reader).state == "supported"
    assert reader.pairs == [(said, read)]


def test_of_a_source_that_is_itself_too_long_to_be_read_nothing_else_is_read() -> None:
    said = " ".join(f"ice{n}" for n in range(30))
    text = Sentence("d" * 64, 0, len(said), said)
    reader = ShortReader()
    best_support(Claim.of(said, "", FLAT, weigh), sources_of([Candidate(text, FLAT, 0.0, 0.0, 0.0)], {}), reader)
    assert reader.pairs == [(said, said)]


def test_a_number_that_only_the_question_gives_is_not_taken_from_it() -> None:
    found = support("Over 1,600 participants came from 130 countries in 2024.", "How many came in 2024?")
    assert found.state != "supported"


def test_nothing_supports_where_there_are_no_sources() -> None:
    empty = best_support(Claim.of("Anything.", "", FLAT, weigh), (), WordReader())
    assert (empty.state, empty.sources) == ("unsupported", ())


def test_not_only_is_no_negation() -> None:
    assert negated_stems("It is not only a fair but a feast.") == frozenset()
    assert "fair" in negated_stems("It is not a fair.")


def test_labels_count_from_one_in_order_of_use_and_a_span_keeps_its_label() -> None:
    labels = Labels({DOCUMENT.doc_id: DOCUMENT})
    used = [labels.cite(SENTENCES[2]), labels.cite(SENTENCES[0]), labels.cite(SENTENCES[2])]
    assert used == [1, 2, 1]
    assert [c.quote for c in labels.citations] == [SENTENCES[2].text, SENTENCES[0].text]
    assert all(DOCUMENT.text[c.start : c.end] == c.quote for c in labels.citations)


def test_a_sentence_that_is_not_in_its_document_cannot_be_cited() -> None:
    moved = Sentence(DOCUMENT.doc_id, 1, 1 + len(SENTENCES[0].text), SENTENCES[0].text)
    with pytest.raises(ValueError, match="does not stand at 1"):
        Labels({DOCUMENT.doc_id: DOCUMENT}).cite(moved)


def test_an_unsupported_sentence_keeps_no_citation() -> None:
    labels = Labels({DOCUMENT.doc_id: DOCUMENT})
    marked = labels.mark("Elephants paint.", support("Elephants paint large pictures of the moon."))
    assert (marked.state, marked.citations, labels.citations) == ("unsupported", (), [])


SOURCE = "These memory cells remember each specific\n pathogen encountered."


@pytest.mark.parametrize(
    ("text", "question", "quoted"),
    [
        ("Memory cells remember each specific pathogen.", "", False),  # every word stands there
        ("Memory cells remember specific pathogens.", "", True),  # "pathogens" does not, as it is written
        ("Memory cells remember specific pathogens.", "Which pathogens are remembered?", False),  # the question has it
        ("The memory cells recall each specific pathogen.", "", True),
        ("Memory cells remember each pathogen.", "What do memory cells remember of each pathogen?", True),  # no answer
    ],
)
def test_a_source_is_quoted_where_the_answer_leaves_something_to_be_read_in_it(
    text: str, question: str, quoted: bool
) -> None:
    expected = "“These memory cells remember each specific pathogen encountered.”" if quoted else ""
    assert quotation(text, question, SOURCE) == expected


def test_a_long_source_is_not_quoted() -> None:
    assert quotation("Elephants paint.", "", "word " * MOST_QUOTED_WORDS) != ""
    assert quotation("Elephants paint.", "", "word " * (MOST_QUOTED_WORDS + 1)) == ""


def test_what_has_the_words_in_another_relation_differs_from_the_source() -> None:
    assert Support((SENTENCES[0],), 0.9, (), 0.9, stated=True).state == "supported"
    assert Support((SENTENCES[0],), 0.2, (), 0.2, stated=True).state == "supported"  # in words of its own
    assert Support((SENTENCES[0],), 0.9, (), 0.9, stated=False).state == "contradicted"
    assert Support((SENTENCES[0],), 0.9, ("1800",), 0.9, stated=False).state == "contradicted"
    assert Support((SENTENCES[0],), 0.5, (), 0.5, stated=False).state == "unsupported"


@pytest.mark.parametrize(
    ("claim", "stands"), [("5 million", False), ("3.5 million", True), ("43", True), ("600", False)]
)
def test_a_part_of_a_number_is_another_number(claim: str, stands: bool) -> None:
    document = Document.of("It raised 3.5 million dollars with OC43 for 1,600.", "a.txt", "A")
    whole = Sentence(document.doc_id, 0, len(document.text), document.text)
    candidates = (Candidate(whole, FLAT, 0.0, 0.0, 0.0),)
    assert (not told_apart(claim, sources_of(candidates, {document.doc_id: "A"}))) is stands


@pytest.mark.parametrize(
    ("claim", "number", "state"),
    [
        ("25 ships", "twenty-five", "supported"),
        ("Twenty-five ships", "twenty-five", "supported"),
        ("Five ships", "twenty-five", "contradicted"),
        ("200 ships", "two hundred and fifty", "contradicted"),
        ("250 ships", "two hundred and fifty", "supported"),
        ("A hundred ships", "the hundred", "supported"),
        ("5000 ships", "five to ten thousand", "supported"),
    ],
)
def test_a_number_of_several_words_is_told_from_its_parts(claim: str, number: str, state: str) -> None:
    document = Document.of(f"That winter {number} ships waited for the thaw.", "a.txt", "A")
    whole = Sentence(document.doc_id, 0, len(document.text), document.text)
    sources = sources_of((Candidate(whole, FLAT, 0.0, 0.0, 0.0),), {document.doc_id: "A"})
    assert best_support(Claim.of(claim, "", FLAT, weigh), sources, WordReader()).state == state


@pytest.mark.parametrize(
    ("claim", "source", "state"),
    [
        ("9 a.m.", "The gate opens at 9 p.m.", "unsupported"),
        ("9 a.m.", "The gate opens at 9 am.", "supported"),
        ("$500.", "The fee is €500.", "unsupported"),
        ("$500.", "The fee is 500 dollars.", "supported"),
        ("Before 1900.", "The tower was built after 1900.", "contradicted"),
        ("-5 degrees.", "It was 5 degrees.", "contradicted"),
        ("Three large ships.", "Three small ships came to Kelm.", "contradicted"),
        ("Three small ships.", "Three small ships came to Kelm.", "supported"),
    ],
)
def test_of_a_few_words_each_has_to_stand_in_the_source(claim: str, source: str, state: str) -> None:
    document = Document.of(source, "a.txt", "A")
    whole = Sentence(document.doc_id, 0, len(source), source)
    sources = sources_of((Candidate(whole, FLAT, 0.0, 0.0, 0.0),), {document.doc_id: "A"})
    assert best_support(Claim.of(claim, "", FLAT, weigh), sources, WordReader()).state == state


@pytest.mark.parametrize("between", [" ", "\n", "\n\n", "\r\n", "\r\n\r\n"])
def test_the_sentence_before_is_the_same_however_lines_end(between: str) -> None:
    first, second = "The bridge of Kelm opened in 1931.", "It was opened by Anna Lund."
    document = Document.of(f"{first}{between}{second}", "a.txt", "Notes")
    spans = ((0, len(first)), (len(first) + len(between), len(document.text)))
    both = (Sentence(document.doc_id, start, end, document.text[start:end]) for start, end in spans)
    candidates = tuple(Candidate(item, FLAT, 0.0, 0.0, 0.0) for item in both)
    assert sources_of(candidates, {document.doc_id: "Notes"})[1].nearby == f"Notes. {first}"
