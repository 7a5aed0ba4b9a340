import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.errors import WeightsError
from qa.reader import LIMIT, CrossReader, LaterReader, Read, Reader, one_line, open_reader
from tests.fake_reader import WordReader

TOWER = "The tower of Lisle was built by Anna Berg in 1671. Its bells came from Ghent and were cast by Pieter Loos."


class Rows:
    def __init__(self, *rows: Sequence[float]) -> None:
        self.rows = np.array(rows, np.float32)
        self.pairs: list[tuple[str, str]] = []

    def log_odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        self.pairs.extend(pairs)
        return self.rows

    def fits(self, pair: tuple[str, str]) -> bool:
        return pair == ("a b", "c d")


def test_log_odds_are_named_and_cut_at_the_limit() -> None:
    rows = Rows((1.5, -2.5, 0.5), (30.0, -30.0, 9.0))
    assert CrossReader(rows).read([("a  b\n", "c\td"), ("e", "f")]) == [
        Read(stated=1.5, answered=-2.5, strange=0.5),
        Read(stated=LIMIT, answered=-LIMIT, strange=LIMIT),
    ]
    assert rows.pairs == [("a b", "c d"), ("e", "f")]


def test_whether_a_text_fits_is_asked_of_what_would_be_read() -> None:
    reader = LaterReader(lambda: CrossReader(Rows()))
    assert reader.fits(("a  b\n", "c\td"))
    assert not reader.fits(("e", "f"))


def test_white_space_becomes_single_spaces() -> None:
    assert one_line("  a\n\n b\t c ") == "a b c"


def test_a_later_reader_is_opened_once_by_the_first_who_reads() -> None:
    opened: list[WordReader] = []

    def open_it() -> WordReader:
        opened.append(WordReader())
        return opened[-1]

    later = LaterReader(open_it)
    assert not opened
    assert later.read([("A tower.", "A tower.")]) == WordReader().read([("A tower.", "A tower.")])
    later.read([("A bell.", "A tower.")])
    later.begin()
    assert len(opened) == 1
    assert opened[0].pairs == [("A tower.", "A tower."), ("A bell.", "A tower.")]


def test_what_goes_wrong_in_opening_beside_other_work_is_raised_by_reading() -> None:
    tried = threading.Event()

    def fail() -> WordReader:
        tried.set()
        raise WeightsError("the weights are not here")

    later = LaterReader(fail)
    later.begin()
    assert tried.wait(10)
    with pytest.raises(WeightsError, match="not here"):
        later.read([("A tower.", "A tower.")])


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader()


@pytest.mark.model
def test_a_restated_claim_is_more_stated_than_one_with_something_exchanged(reader: Reader) -> None:
    true, year, name, denied = reader.read(
        [
            (claim, TOWER)
            for claim in (
                "Anna Berg built the tower of Lisle in 1671.",
                "Anna Berg built the tower of Lisle in 1702.",
                "Carl Holm built the tower of Lisle in 1671.",
                "The tower of Lisle was not built by Anna Berg.",
            )
        ]
    )
    assert true.stated > max(year.stated, name.stated, denied.stated)
    assert true.strange < min(year.strange, name.strange)


@pytest.mark.model
def test_a_question_is_more_answered_by_the_text_that_says_it(reader: Reader) -> None:
    by_it, beside_it = reader.read(
        [("Who cast the bells?", TOWER), ("Who cast the bells?", "The keeper lives below the bells with his family.")]
    )
    assert by_it.answered > beside_it.answered
