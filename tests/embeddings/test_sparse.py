from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from embeddings.places import Places
from embeddings.postings import Postings
from embeddings.sparse import K1, B, WordIndex, index_words

TEXTS = (
    "Rivers carry sediment to the sea, and the sea carries it on.",
    "The committee approved the budget of 2,500 crowns.",
    "Budgets and committees: a committee budgets, a committee votes.",
    "漢字かな交じり文を検索する",
    "",
    "A river is a stream; a small river is a brook, and a brook is a river too.",
)


def built(texts: Sequence[str]) -> WordIndex:
    return WordIndex.of(Postings.build(map(index_words, texts)))


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
    found = built(TEXTS).search(query, 10)
    assert found.ids.tolist() == order
    np.testing.assert_allclose(found.scores, [expected[i] for i in order], rtol=1e-5)


def test_parameters_are_those_that_retrieval_was_measured_with() -> None:
    assert (K1, B) == (0.9, 0.4)


def test_score_of_one_word_worked_out_by_hand() -> None:
    # Two texts of one and three words, mean 2; "apple" in one of two: idf = ln(1 + 1.5 / 1.5) = ln 2.
    # tf 1, length 1: 1 / (1 + 0.9 (0.6 + 0.4 / 2)) = 1 / 1.72.
    found = built(("apple", "pear plum cherry")).search("apples", 5)
    assert found.ids.tolist() == [0]
    assert found.scores[0] == pytest.approx(math.log(2) / 1.72)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_of_given_ids_are_those_of_the_formula_in_that_order(query: str) -> None:
    ids = np.array([5, 0, 4, 0], np.int64)
    expected = bm25(query, TEXTS)
    found = built(TEXTS).scores(query, ids)
    np.testing.assert_allclose(found, [expected[i] for i in ids], rtol=1e-5)


@pytest.mark.parametrize(("k", "n_found"), [(0, 0), (-2, 0), (1, 1), (2, 2), (100, 2)])
def test_as_many_as_asked_for_or_as_share_a_word(k: int, n_found: int) -> None:
    assert len(built(TEXTS).search("river", k).ids) == n_found


def test_equal_scores_come_in_the_order_of_ids() -> None:
    index = built(("same words", "other", *["same words"] * 30))
    assert index.search("words", 5).ids.tolist() == [0, 2, 3, 4, 5]


def test_words_are_found_in_any_inflection_case_and_spelling_form() -> None:
    index = built(("The ﬁnancing of Ca\u0301diz cost １２ pesetas.", "unrelated"))
    for query in ("finance", "FINANCED", "c\u00e1diz", "12", "peseta"):
        assert index.search(query, 5).ids.tolist() == [0], query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("漢字とかな", ["漢", "字", "と", "か", "な"]),
        ("한국어 AI", ["한", "국", "어", "ai"]),
        ("Москва, река", ["москва", "река"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("हिन्दी भाषा। मொழி", ["हिन्दी", "भाषा", "मொழி"]),
        ("مُحَمَّد محمد", ["محمد", "محمد"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        ("infor\u00admation infor\u200bmation", ["inform", "inform"]),
        ("snake_case and 1,600 or 2.5", ["snake", "case", "1600", "2", "5"]),
        ("👩🏽\u200d🔬 !?", []),
        ("", []),
        ("a\ud800b\x00c", ["b", "c"]),
        ("The of and", []),
    ],
)
def test_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert index_words(text) == words


def test_a_stem_that_the_index_cuts_or_leaves_out_is_as_frequent_as_what_it_holds() -> None:
    index = built(["Mayor O'Brien spoke.", "Mayor Brien and Mayor O.", "It rained.", "Nobody came."])
    assert [index.stem_frequency(stem) for stem in ("mayor", "o'brien", "it", "zebra", "spok'zebra")] == [2, 2, 4, 0, 0]


def test_document_frequency_counts_texts_not_occurrences() -> None:
    index = built(TEXTS)
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
    index = built(texts)
    index.parts[0].save(tmp_path / "words")
    for each in (index, WordIndex.of(Postings.load(tmp_path / "words"))):
        assert each.size == len(texts)
        assert each.search("river \x00", 5).ids.tolist() == []
        assert each.document_frequency(["river", "\x00"])["river"] == 0


def test_loaded_index_searches_like_the_saved_one(tmp_path: Path) -> None:
    index = built(TEXTS)
    index.parts[0].save(tmp_path / "words")
    loaded = WordIndex.of(Postings.load(tmp_path / "words"))
    for query in QUERIES:
        before, after = index.search(query, 10), loaded.search(query, 10)
        assert after.ids.tolist() == before.ids.tolist()
        assert after.scores.tolist() == before.scores.tolist()
        assert loaded.document_frequency([query]) == index.document_frequency([query])


def test_postings_of_a_word_worked_out_by_hand() -> None:
    # b, with 300 times a word: counts need two bytes
    postings = Postings.build([["b", "a", "b"], [], ["é", "b"], ["c"] * 300])
    assert postings.words == b"abc" + "é".encode()
    assert (postings.of("b").places.tolist(), postings.of("b").counts.tolist()) == ([0, 2], [2, 1])
    assert (postings.of("é").places.tolist(), postings.of("c").counts.tolist()) == ([2], [300])
    assert [len(postings.of(word).places) for word in ("", "aa", "ab", "z", "\ud800")] == [0] * 5
    assert postings.lengths.tolist() == [3, 0, 2, 300]


MANY = [
    " ".join(f"w{n}" for n in np.random.default_rng(seed).zipf(1.3, size=seed % 40) if n < 400) for seed in range(600)
]
MANY_QUERIES = ["w1 w2 w3", "w1", "w7 w7 w40 w399", "w250", "w2 w5 w11 w23 w47 w95"]


@pytest.mark.parametrize("query", MANY_QUERIES)
@pytest.mark.parametrize("cuts", [[], [100], [1, 2, 300, 599]])
def test_segments_without_removed_texts_score_as_one_index_of_what_is_left(query: str, cuts: list[int]) -> None:
    bounds = [0, *cuts, len(MANY)]
    parts = [MANY[first:last] for first, last in pairwise(bounds)]
    removed = [np.flatnonzero(np.arange(len(part)) % 3 == 1) for part in parts]
    index = WordIndex(
        [Postings.build(map(index_words, part)) for part in parts], Places.of([len(part) for part in parts], removed)
    )
    left = [text for part in parts for place, text in enumerate(part) if place % 3 != 1]
    expected = built(left).search(query, len(left))
    found = index.search(query, len(left))
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
    for k in (1, 10):
        assert index.search(query, k).ids.tolist() == expected.ids.tolist()[:k]
    order = np.argsort(found.scores, kind="stable")
    assert index.scores(query, found.ids[order]).tolist() == found.scores[order].tolist()
    words = query.split()
    assert index.document_frequency(words) == {word: sum(word in text.split() for text in left) for word in words}


@pytest.mark.parametrize("query", MANY_QUERIES)
def test_scores_are_those_of_bm25s(query: str) -> None:
    import bm25s

    peer = bm25s.BM25(k1=K1, b=B, method="lucene")
    peer.index([index_words(text) for text in MANY], show_progress=False)
    expected = peer.get_scores(index_words(query))
    np.testing.assert_allclose(built(MANY).scores(query, np.arange(len(MANY))), expected, rtol=1e-5)


def test_words_left_out_are_those_of_bm25s() -> None:
    from bm25s.stopwords import STOPWORDS_EN

    assert index_words(" ".join(STOPWORDS_EN)) == []
    assert index_words("his has from") == ["his", "has", "from"]


def test_words_of_a_text_are_the_same_from_many_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    index = built(TEXTS)
    expected = {query: index.search(query, 10).ids.tolist() for query in QUERIES}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: (query, index.search(query, 10).ids.tolist()), QUERIES * 50))
    assert all(expected[query] == ids for query, ids in found)
