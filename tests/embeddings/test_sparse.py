from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from embeddings.sparse import K1, B, WordIndex, index_words

TEXTS = (
    "Rivers carry sediment to the sea, and the sea carries it on.",
    "The committee approved the budget of 2,500 crowns.",
    "Budgets and committees: a committee budgets, a committee votes.",
    "漢字かな交じり文を検索する",
    "",
    "A river is a stream; a small river is a brook, and a brook is a river too.",
)


def bm25(query: str, texts: tuple[str, ...]) -> list[float]:
    """Return Lucene's BM25 by its formula: idf = ln(1 + (N - n + 0.5) / (n + 0.5)), tf / (tf + k1 (1 - b + b l / L))."""
    corpus = [index_words(text) for text in texts]
    mean_length = sum(map(len, corpus)) / len(corpus)
    scores = []
    for words in corpus:
        score = 0.0
        for word in index_words(query):
            n = sum(word in other for other in corpus)
            idf = math.log(1 + (len(corpus) - n + 0.5) / (n + 0.5)) if n else 0.0
            tf = words.count(word)
            score += idf * tf / (tf + K1 * (1 - B + B * len(words) / mean_length))
        scores.append(score)
    return scores


QUERIES = [
    "river",
    "Which committees voted on the budget?",
    "sea sea river",
    "検索",
    "nothing like it here",
    "the",
]


@pytest.mark.parametrize("query", QUERIES)
def test_search_gives_the_ids_and_scores_of_the_formula(query: str) -> None:
    expected = bm25(query, TEXTS)
    order = sorted((i for i, score in enumerate(expected) if score > 0), key=lambda i: (-expected[i], i))
    found = WordIndex.build(TEXTS).search(query, 10)
    assert found.ids.tolist() == order
    np.testing.assert_allclose(found.scores, [expected[i] for i in order], rtol=1e-5)


def test_parameters_are_those_that_retrieval_was_measured_with() -> None:
    assert (K1, B) == (0.9, 0.4)


def test_score_of_one_word_worked_out_by_hand() -> None:
    # Two texts of one and three words, mean 2; "apple" in one of two: idf = ln(1 + 1.5 / 1.5) = ln 2.
    # tf 1, length 1: 1 / (1 + 0.9 (0.6 + 0.4 / 2)) = 1 / 1.72.
    found = WordIndex.build(("apple", "pear plum cherry")).search("apples", 5)
    assert found.ids.tolist() == [0]
    assert found.scores[0] == pytest.approx(math.log(2) / 1.72)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_of_given_ids_are_those_of_the_formula_in_that_order(query: str) -> None:
    ids = np.array([5, 0, 4, 0], np.int64)
    expected = bm25(query, TEXTS)
    found = WordIndex.build(TEXTS).scores(query, ids)
    np.testing.assert_allclose(found, [expected[i] for i in ids], rtol=1e-5)


@pytest.mark.parametrize(("k", "n_found"), [(0, 0), (-2, 0), (1, 1), (2, 2), (100, 2)])
def test_as_many_as_asked_for_or_as_share_a_word(k: int, n_found: int) -> None:
    assert len(WordIndex.build(TEXTS).search("river", k).ids) == n_found


def test_equal_scores_come_in_the_order_of_ids() -> None:
    index = WordIndex.build(("same words", "other", *["same words"] * 30))
    assert index.search("words", 5).ids.tolist() == [0, 2, 3, 4, 5]


def test_words_are_found_in_any_inflection_case_and_spelling_form() -> None:
    index = WordIndex.build(("The ﬁnancing of Ca\u0301diz cost １２ pesetas.", "unrelated"))
    for query in ("finance", "FINANCED", "c\u00e1diz", "12", "peseta"):
        assert index.search(query, 5).ids.tolist() == [0], query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("漢字とかな", ["漢", "字", "と", "か", "な"]),
        ("한국어 AI", ["한", "국", "어", "ai"]),
        ("Москва, река", ["москва", "река"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("snake_case and 1,600 or 2.5", ["snake", "case", "1600", "2", "5"]),
        ("👩🏽\u200d🔬 !?", []),
        ("", []),
        ("a\ud800b\x00c", ["b", "c"]),
        ("The of and", []),
    ],
)
def test_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert index_words(text) == words


def test_document_frequency_counts_texts_not_occurrences() -> None:
    index = WordIndex.build(TEXTS)
    # "committee" three times in two texts; "budgets" in the same two; 検 in one; "the" is left out of the index.
    assert index.document_frequency(["Committee", "budgets", "rivers", "検索", "zebra", "the", "sea-river"]) == {
        "Committee": 2,
        "budgets": 2,
        "rivers": 2,
        "検索": 1,
        "zebra": 0,
        "the": 6,
        "sea-river": 1,
    }


@pytest.mark.parametrize("texts", [("",), ("", ""), ("the", "of"), ("!?",)])
def test_index_of_texts_without_words_finds_nothing(texts: tuple[str, ...], tmp_path: Path) -> None:
    index = WordIndex.build(texts)
    index.save(tmp_path / "words")
    for each in (index, WordIndex.load(tmp_path / "words")):
        assert each.size == len(texts)
        assert each.search("river \x00", 5).ids.tolist() == []
        assert each.document_frequency(["river", "\x00"])["river"] == 0


def test_loaded_index_searches_like_the_saved_one(tmp_path: Path) -> None:
    index = WordIndex.build(TEXTS)
    index.save(tmp_path / "words")
    loaded = WordIndex.load(tmp_path / "words")
    for query in QUERIES:
        before, after = index.search(query, 10), loaded.search(query, 10)
        assert after.ids.tolist() == before.ids.tolist()
        assert after.scores.tolist() == before.scores.tolist()
        assert loaded.document_frequency([query]) == index.document_frequency([query])


def test_saved_index_holds_json_and_arrays_without_pickled_objects(tmp_path: Path) -> None:
    WordIndex.build(TEXTS).save(tmp_path / "words")
    files = sorted((tmp_path / "words").iterdir())
    assert {path.suffix for path in files} == {".json", ".npy"}
    for path in files:
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).dtype.kind in "if"


def test_words_of_a_text_are_the_same_from_many_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    index = WordIndex.build(TEXTS)
    expected = {query: index.search(query, 10).ids.tolist() for query in QUERIES}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: (query, index.search(query, 10).ids.tolist()), QUERIES * 50))
    assert all(expected[query] == ids for query, ids in found)
