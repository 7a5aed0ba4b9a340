"""Pieces of text from tokens that are single bytes: the hardest case there is."""

from hypothesis import given
from hypothesis import strategies as st

from qa.generate import Piece
from qa.generate.pieces import PieceMaker

END = 256


def decode(ids: list[int]) -> str:
    return bytes(ids).decode("utf-8", "replace")


def test_a_character_is_given_once_it_is_whole_with_the_log_probability_of_all_its_tokens() -> None:
    maker = PieceMaker(decode, {END})
    first, *others = "é".encode()
    assert maker.add([ord("a")], [-0.5]) == Piece("a", -0.5)
    assert maker.add([first], [-0.25]) is None
    assert maker.add(others, [-0.5]) == Piece("é", -0.75)
    assert maker.rest() is None


def test_the_token_that_ends_a_reply_adds_its_log_probability_and_no_text() -> None:
    maker = PieceMaker(decode, {END})
    assert maker.add([ord("a"), END], [-0.5, -1.0]) == Piece("a", -1.5)


def test_a_character_cut_in_two_at_the_end_is_left_out() -> None:
    maker = PieceMaker(decode, {END})
    assert maker.add([*b"ok", "😀".encode()[0]], [-1.0, -1.0, -0.5]) is None
    assert maker.rest() == Piece("ok", -2.5)


def test_a_sum_that_rounding_took_above_zero_is_zero() -> None:
    assert PieceMaker(decode, {END}).add([97], [1e-7]) == Piece("a", 0.0)


@given(st.text().map(lambda text: text.replace("\ufffd", "")))
def test_pieces_join_to_the_text_and_none_holds_a_broken_character(text: str) -> None:
    clean = text.encode("utf-8", "ignore")
    maker = PieceMaker(decode, {END})
    pieces = [maker.add([byte], [-1.0]) for byte in clean] + [maker.rest()]
    given_out = [piece for piece in pieces if piece is not None]
    assert "".join(piece.text for piece in given_out) == clean.decode()
    assert not any("\ufffd" in piece.text for piece in given_out)
    assert sum(piece.logprob or 0.0 for piece in given_out) == -len(clean)
