from typing import Any

import pytest

from embeddings.types import Document
from qa.quotable import is_plain, quotables

TEXT = (
    "# The bridge\n\n"
    "The old bridge over the Tamsel was built in 1852 by Johann Brenner. "
    "It has seven arches of grey stone and is 84 metres long. "
    "A flood in 1903 carried two of the seven grey arches away.\n\n"
    "Everybody likes the old bridge over the river very much. "
    "The ferry at Lauen carries more than 1,200 passengers from April to October. "
    "The mayor of Lauen said on 7 May 1956 that the ferry would stay."
)
DOCUMENT = Document.of(TEXT, "bridge.md", "The bridge")


def test_sentences_that_stand_alone_and_state_something_are_given_with_an_answer() -> None:
    found = quotables([DOCUMENT])
    for item in found:
        assert TEXT[item.sentence.start : item.sentence.end] == item.sentence.text
    assert {(item.sentence.text.split(" ", 3)[2], item.answers) for item in found} == {
        # "Tamsel" is as much a name, but of one word; only two answers are tried, longest names first.
        ("bridge", ("1852",)),
        ("bridge", ("Johann Brenner",)),
        ("in", ("1903",)),
        ("at", ("more than 1,200", "1,200")),
        ("at", ("Lauen",)),
        ("of", ("7 May 1956",)),
        ("of", ("Lauen",)),
    }


@pytest.mark.parametrize("mark", ["[12]", "[12][b]", "[citation needed]", "[note 3]"])
def test_a_mark_behind_the_end_belongs_to_the_sentence(mark: str) -> None:
    said = f"The old bridge over the Tamsel was built in 1852 by Johann Brenner.{mark}"
    found = quotables([Document.of(f"{said} It has seven arches.", "bridge.md", "The bridge")])
    assert {item.sentence.text for item in found} == {said}


def test_each_sentence_comes_once_before_any_comes_again() -> None:
    found = [item.sentence.start for item in quotables([DOCUMENT])]
    n = len(set(found))
    assert n == 4
    assert len(set(found[:n])) == n


def test_few_of_many_come_from_everywhere() -> None:
    text = " ".join(f"The tower number {n} of the old town wall was finished in {1000 + n}." for n in range(64))
    document = Document.of(text, "towers.txt", "Towers")
    # 64 sentences make 16 stretches; the first four come from stretches 0, 8, 4 and 12 of 16.
    places = [item.sentence.start / len(text) for item in quotables([document])][:4]
    assert [round(place * 16) for place in places] == [0, 8, 4, 12]


class Watched(str):
    """Counts how often it is read for something that may stand in it."""

    n_read = 0

    def count(self, *given: Any) -> int:
        self.n_read += 1
        return super().count(*given)


def test_names_are_counted_without_reading_the_document_again_for_each() -> None:
    text = Watched(" ".join(f"The mill on the hill was sold by Anna Lund{chr(97 + n) * 3} then." for n in range(20)))
    names = {item.answers[0] for item in quotables([Document.of(text, "a.txt", "Mills")])}
    assert names == {f"Anna Lund{chr(97 + n) * 3}" for n in range(20)}
    assert text.n_read == 0


@pytest.mark.parametrize(("name", "is_answer"), [("Lund", False), ("Anna Lund", True), ("Brenn", False), ("Ott", True)])
def test_a_name_is_counted_inside_longer_names_and_words_too(name: str, *, is_answer: bool) -> None:
    # With the sentence before, "Lund" and "Brenn" stand five and four times, "Anna Lund" three times, "Ott" twice.
    behind = "MacLund, Lundberg. iBrenn, McBrenner, Brennan. Anna Lund and Anna Lunds. Otto Reiter."
    text = f"The oldest mill in the whole valley was built by {name} for the town. {behind}"
    assert [item.answers for item in quotables([Document.of(text, "a.txt", "Mills")])] == [(name,)] * is_answer


def test_a_name_all_over_the_document_or_in_its_title_is_no_answer() -> None:
    text = " ".join(
        f"The harbour of Lauen had {n} piers when Otto Reiter visited the town again." for n in (3, 4, 5, 6)
    )
    answers = {item.answers for item in quotables([Document.of(text, "a.txt", "Lauen")])}
    assert answers == {("3",), ("4",), ("5",), ("6",)}


@pytest.mark.parametrize(
    "text",
    [
        "It was built in 1852 by a man called Johann Brenner.",
        "However, the bridge was built in 1852 by Johann Brenner.",
        "Built in 1852.",
        "1852 | 1903 | 1956 | 84 m | 12 m | 1,200 | Tamsel | Lauen.",
        "Who built the old bridge over the Tamsel in 1852, and why?",
        "The old bridge over the Tamsel was built by Johann Brenner in",
        "the old bridge over the Tamsel was built by Johann Brenner.",
    ],
    ids=["leans on a pronoun", "leans on a joint", "short", "a table", "a question", "no end", "begins inside"],
)
def test_what_cannot_be_understood_alone_is_passed_over(text: str) -> None:
    assert not is_plain(text)


def answers_of(text: str) -> list[str]:
    return [item.answers[0] for item in quotables([Document.of(text, "a.txt", "Towns")])]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("After the Siege of Lauen, all of the old mills by the river were burnt down.", ["Siege of Lauen"]),
        ("The Lauen Harbour Museum shows ships, ropes and the nets of old fishing boats.", ["Lauen Harbour Museum"]),
        ("Ships from Lauen, Brenn and Tamsel carried salt along the coast every winter.", []),
        ('The motto above the gate reads "Bread for Lauen" in letters of gilded bronze.', []),
        ("The great fair of the town is held on a Sunday, late in October, by the LP mill.", []),
        ("The 2025 fair of the town was the largest that anybody there could remember.", []),
        ("The fair of the town was held for the last time in 2025 and then forgotten.", ["2025"]),
        ("The fair of the town drew 12,000 to 14,000 guests and took up 3 and 4 streets.", ["12,000", "14,000"]),
    ],
    ids=[
        "no opening word",
        "no article",
        "no list",
        "no part of a quote",
        "no day",
        "no year as a name",
        "a year",
        "numbers",
    ],
)
def test_what_is_asked_for_is_a_whole_name_or_number_that_stands_alone(text: str, answers: list[str]) -> None:
    assert answers_of(text) == answers
