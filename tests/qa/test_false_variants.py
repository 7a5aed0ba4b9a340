import pytest

from qa.false_variants import KINDS, variants

DOCUMENT = (
    "The bridge of Kelm was opened by Anna Lund on 7 May 1931. It carries 42 trams. "
    "The mayor praised Peter Holm in Oslen. The tower was restored later."
)


def changed(sentence: str, seed: int = 0) -> dict[str, str]:
    return {variant.kind: variant.text for variant in variants(sentence, DOCUMENT, seed)}


def test_each_kind_changes_one_thing() -> None:
    found = changed("The bridge of Kelm was opened by Anna Lund on 7 May 1931 for 42 trams.")
    assert list(found) == [kind for kind in KINDS if kind in found]
    assert found["negation"] == "The bridge of Kelm was not opened by Anna Lund on 7 May 1931 for 42 trams."
    assert found["relation"] == "The bridge of Kelm was closed by Anna Lund on 7 May 1931 for 42 trams."
    assert "1931" not in found["date"] and "42 trams" in found["date"]
    assert "1931" in found["number"] and ("42 trams" not in found["number"] or " 7 May" not in found["number"])
    assert "Peter Holm" in found["name"] or "Oslen" in found["name"]
    assert found["subject"] == "The bridge of Anna Lund was opened by Kelm on 7 May 1931 for 42 trams."


def test_a_negation_is_taken_away_where_there_is_one() -> None:
    assert changed("The bridge is not open.")["negation"] == "The bridge is open."


def test_names_in_a_list_do_not_change_places() -> None:
    assert "subject" not in changed("They met Anna Lund, Peter Holm and Karl Berg.")


@pytest.mark.parametrize("sentence", ["", "Why?", "…", "no capitals and no figures at all", "مرحبا بالعالم"])
def test_a_sentence_without_anything_to_exchange_has_no_variant(sentence: str) -> None:
    assert all(variant.text != sentence for variant in variants(sentence, DOCUMENT))


def test_the_same_seed_gives_the_same_variants_and_another_seed_may_not() -> None:
    sentence = "The bridge of Kelm was opened by Anna Lund on 7 May 1931 for 42 trams."
    assert changed(sentence) == changed(sentence)
    assert any(changed(sentence, seed) != changed(sentence) for seed in range(1, 5))
