from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.types import Document, Hit, Passage, Progress, Sentence
from qa.evidence import (
    Candidate,
    SentenceVectors,
    choose,
    cited_sentences,
    coverage_of,
    in_groups,
    score_sentences,
    sentences_of_passage,
)
from qa.types import Citation
from tests.fake_encoder import HashingEncoder

TEXT = "Kelm has a harbour. It froze in 1931.  Ships waited there. Nobody sold tea."
DOCUMENT = Document.of(TEXT, "kelm.txt", "Kelm")


def passage(start: int, end: int) -> Passage:
    return Passage(f"p{start}", DOCUMENT.doc_id, start, end, TEXT[start:end])


def candidate(text: str, start: int, score: float, doc_id: str = "d") -> Candidate:
    return Candidate(Sentence(doc_id, start, start + len(text), text), np.zeros(1, np.float32), 0.0, 0.0, score)


def test_sentences_of_a_passage_carry_offsets_of_the_document() -> None:
    found = sentences_of_passage(passage(20, len(TEXT)))
    assert [sentence.text for sentence in found] == [
        "It froze in 1931.",
        "Ships waited there.",
        "Nobody sold tea.",
    ]
    assert all(TEXT[sentence.start : sentence.end] == sentence.text for sentence in found)


def test_a_sentence_in_two_passages_is_scored_once_with_the_better_passage() -> None:
    hits = [Hit(passage(0, 37), 0.9, 1, 0.5, 1.0), Hit(passage(20, len(TEXT)), 0.4, 2, 0.2, 0.5)]
    weights = {"harbour": 1.0, "froze": 1.0}
    found = score_sentences("Which harbour froze?", hits, SentenceVectors(HashingEncoder()), weights)
    assert len(found) == 4
    by_text = {item.sentence.text: item for item in found}
    first, second = by_text["Kelm has a harbour."], by_text["It froze in 1931."]
    # cosine + coverage (one of two words of equal weight) + the better passage's score (+ .3 of the sentence before)
    assert first.score == pytest.approx(first.cosine + 0.5 + 0.9, abs=1e-5)
    assert second.score == pytest.approx(second.cosine + 0.5 + 0.9 + 0.3 * first.score, abs=1e-5)


def test_sentences_kept_from_the_answer_before_are_candidates() -> None:
    kept = Sentence(DOCUMENT.doc_id, 59, 75, TEXT[59:75])
    found = score_sentences("tea", [], SentenceVectors(HashingEncoder()), {"tea": 1.0}, [kept])
    assert [item.sentence for item in found] == [kept]
    assert found[0].coverage == 1.0


def test_coverage_is_the_weighted_part_of_the_words() -> None:
    assert coverage_of("the harbour", {"harbour": 3.0, "tea": 1.0}) == 0.75
    assert coverage_of("the harbour", {}) == 0.0


def test_the_budget_is_kept_the_best_is_always_chosen_and_far_scores_are_left_out() -> None:
    items = [candidate("a", 0, 1.0), candidate("b", 9, 0.9), candidate("c", 19, 0.8), candidate("d", 29, 0.6)]
    assert choose(items, [50, 10, 10, 1], 20) == (items[0],)  # the best alone is over the budget already
    assert choose(items, [5, 10, 10, 1], 20) == (items[0], items[1])  # c does not fit, d scores under .75
    assert choose(items, [5, 10, 10, 1], 20, close=0.5) == (items[0], items[1], items[3])


def test_neighbours_are_joined_in_reading_order_and_the_best_run_comes_first() -> None:
    a, b, c = candidate("one", 0, 0.5), candidate("two", 4, 0.9), candidate("six", 50, 0.7)
    assert in_groups((b, c, a)) == ((a, b), (c,))


def test_vectors_are_encoded_once_and_the_oldest_make_room() -> None:
    encoder = HashingEncoder()
    vectors = SentenceVectors(encoder, capacity=2)
    first = vectors.of(["a", "b", "a"])
    assert np.array_equal(first[0], first[2]) and encoder.encoded == ["a", "b"]
    vectors.of(["b"])
    assert encoder.encoded == ["a", "b"]
    vectors.of(["c"])  # "a" was used last and longest ago
    vectors.of(["a"])
    assert encoder.encoded == ["a", "b", "c", "a"]
    assert vectors.of([]).shape == (0, encoder.dim)


class Interrupted(HashingEncoder):
    """Lets another thread's work happen while it encodes, once."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = [meanwhile]

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        if self._meanwhile and "new" in texts:
            self._meanwhile.pop()()
        return super().encode(texts, progress)


def test_vectors_that_make_room_while_others_are_encoded_are_still_given() -> None:
    vectors = SentenceVectors(Interrupted(lambda: vectors.of(["a", "b"])), capacity=2)
    old = vectors.of(["old"])[0]
    assert np.array_equal(vectors.of(["old", "new"])[0], old)


def test_citations_of_changed_documents_are_no_candidates(tmp_path: Path) -> None:
    good = Citation(1, DOCUMENT.doc_id, "kelm.txt", 0, 19, TEXT[0:19])
    gone = Citation(2, "0" * 64, "gone.txt", 0, 4, "gone")
    wrong = Citation(3, DOCUMENT.doc_id, "kelm.txt", 1, 5, "nope")
    assert [s.text for s in cited_sentences((good, gone, wrong), {DOCUMENT.doc_id: DOCUMENT})] == [TEXT[0:19]]
