import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import metrics
from qa.metrics import Span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Cat,  sat!\n", "cat sat"),
        ("A an the", ""),
        # Punctuation goes before articles do: "a-b" is one word "ab", and "the." is the article.
        ("a-b the. U.S.A.", "ab usa"),
        # Only ASCII punctuation goes, and articles only as whole words.
        ("“theme” – anthem", "“theme” – anthem"),
        ("$1,600.50", "160050"),
    ],
)
def test_text_is_normalised_as_the_official_script_does(text: str, expected: str) -> None:
    assert metrics.normalised(text) == expected


@pytest.mark.parametrize(
    ("text", "answers", "exact", "f1"),
    [
        ("The Denver Broncos.", ["Denver Broncos"], 1.0, 1.0),
        # Words denver, broncos, won against denver, broncos: 2 * 2 / (3 + 2).
        ("Denver Broncos won", ["Denver Broncos"], 0.0, 0.8),
        # The best answer counts: against "10 10" two words are shared, 2 * 2 / (3 + 2); against "24" none.
        ("10 10 10", ["24", "10 10"], 0.0, 0.8),
        ("Paris", ["London"], 0.0, 0.0),
        # No answer: only the empty text, or one that normalises to it, is right.
        ("", [], 1.0, 1.0),
        ("the", [], 1.0, 1.0),
        ("Paris", [], 0.0, 0.0),
        # An answer that normalises to nothing is passed over; where no other is left, there is none.
        ("", ["the", "Paris"], 0.0, 0.0),
        ("", ["!"], 1.0, 1.0),
        ("", ["Paris"], 0.0, 0.0),
    ],
)
def test_exact_match_and_f1_are_those_of_the_official_script(
    text: str, answers: list[str], exact: float, f1: float
) -> None:
    assert metrics.exact_match(text, answers) == exact
    assert metrics.f1(text, answers) == pytest.approx(f1, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "answers", "contained"),
    [
        ("It drew 1,600 people in the end.", ["1,600"], 1.0),
        ("It drew 1,600 people.", ["600"], 0.0),
        ("They met in New York City.", ["the new york"], 1.0),
        ("They met in Newark.", ["New"], 0.0),
        ("It is called “Big Ben”, of course.", ["Big Ben"], 1.0),
        ("From 1914–1918.", ["1914-1918"], 1.0),
        ("From 1914–1918.", ["19141918"], 0.0),
        ("The score was 3-2.", ["32"], 0.0),
        ("The score was 3–2.", ["3-2"], 1.0),
        ("It took 1/2 hour.", ["12"], 0.0),
        ("It starts at 10:30.", ["1030"], 0.0),
        ("It starts at 10:30.", ["10:30"], 1.0),
        ("It has 10^5 cells.", ["105"], 0.0),
        ("It has 10⁵ cells.", ["105"], 0.0),
        ("It has 10⁵ cells.", ["10^5"], 1.0),
        ("It is 10^-5 m long.", ["105"], 0.0),
        ("It was lost in 1914² and found.", ["1914"], 1.0),  # a footnote
        ("It took 3½ hours.", ["31/2"], 0.0),
        ("It took 3½ hours.", ["3 1/2"], 1.0),
        ("It covers 12 km².", ["12 km2"], 1.0),
        ("The share was 3,2 percent.", ["32"], 0.0),
        ("The share was 135 percent.", ["13,5"], 0.0),
        ("The share was 3,2 percent.", ["3,2"], 1.0),
        ("The share was 3,2 percent.", ["2"], 0.0),
        ("Between 5%-6% of them.", ["56"], 0.0),
        ("The sum is 12+5.", ["125"], 0.0),
        ("He is 5'11 tall.", ["511"], 0.0),
        ("Es kamen 1'600 Leute.", ["1600"], 1.0),
        ("It drew 12,00,000 people.", ["1200000"], 1.0),  # as India groups digits
        ("About 5–6 people came, all of COVID-19.", ["56"], 0.0),
        ("All of COVID-19.", ["COVID19"], 1.0),
        ("The share was 35 percent.", ["3.5"], 0.0),
        ("The share was 3.5 percent.", ["3.5"], 1.0),
        ("The share was 3.5 percent.", ["3"], 0.0),
        ("It rose to 3.5.", ["3.5"], 1.0),
        ("大会有1200人参加。", ["1200人"], 1.0),
        ("大会有1200人参加。", ["200人"], 0.0),
        ("It was Vienna—the capital.", ["Vienna"], 1.0),
        ("The Paris-based firm grew.", ["Paris"], 1.0),
        ("It is Dr. Smith’s car.", ["Smith"], 1.0),
        ("It costs €5.", ["5"], 1.0),
        ("It costs €5,250.", ["5"], 0.0),
        ("It costs 12,5.", ["5"], 0.0),
        ("„Berlin“ ist es.", ["Berlin"], 1.0),
        ("the well\N{NON-BREAKING HYPHEN}known one", ["well-known"], 1.0),
        ("in the U.S. alone", ["US"], 1.0),
        ("It is vitamin A.", ["A"], 1.0),
        ("It is a vitamin.", ["A"], 0.0),
        ("Anything", ["the"], 0.0),
        ("Anything.", ["."], 0.0),
        ("Anything", [], 0.0),
        ("twelve houses", ["houses twelve", "twelve"], 1.0),
        # Vowel signs tell words apart, and are part of them.
        ("उत्तर राम है।", ["रोम"], 0.0),
        ("उत्तर राम है।", ["राम"], 1.0),
        ("चीन", ["चुन"], 0.0),
        ("दाल", ["दिल"], 0.0),
        ("दाल", ["द"], 0.0),
        ("डॉ॰ राम", ["डॉ राम"], 1.0),
        ("৳500 দাম", ["500"], 1.0),
        ("the well-known one", ["well-known"], 1.0),
        # A leading point and spaces at which no line breaks are part of a number.
        ("It is .5 km long.", ["5 km"], 0.0),
        ("It is 5 km long.", [".5 km"], 0.0),
        ("It is .5 km long.", ["0.5 km"], 1.0),
        ("It drew 1\N{NARROW NO-BREAK SPACE}600 people.", ["600"], 0.0),
        ("It drew 1\N{NARROW NO-BREAK SPACE}600 people.", ["1,600"], 1.0),
        ("It drew 1600 people.", ["1\N{NO-BREAK SPACE}600"], 1.0),
        # So is a minus sign.
        ("It fell to 5 °C.", ["-5 °C"], 0.0),
        ("It fell to -5 °C.", ["5 °C"], 0.0),
        ("It fell to −5 °C.", ["5"], 0.0),
        ("It fell to −5 °C.", ["-5 °C"], 1.0),
        ("It fell to \N{NON-BREAKING HYPHEN}5 °C.", ["-5 °C"], 1.0),
        ("It fell to –5 °C.", ["-5 °C"], 1.0),
        ("It fell to 23 °F (−5 °C).", ["5 °C"], 0.0),
        ("It fell to minus 5 °C.", ["-5 °C"], 1.0),
        ("It fell to minus 5 °C.", ["5 °C"], 0.0),
        ("It is plus or minus 5 °C.", ["5 °C"], 1.0),
        ("It rose from −5 to −1,600.5.", ["-1600.5"], 1.0),
        ("It is -.5 now.", ["-0.5"], 1.0),
        ("It is -.5 now.", ["0.5"], 0.0),
        # In a range, before a space and within a word the same mark is none.
        ("From 5-10 people.", ["10 people"], 1.0),
        ("From 5 -10 people.", ["10 people"], 1.0),
        ("Between 5%-6% of them.", ["6%"], 1.0),
        ("From 1914–1918.", ["1918"], 1.0),
        ("From 1914 – 1918.", ["1918"], 1.0),
        ("- 5 ships", ["5 ships"], 1.0),
        ("All of COVID-19.", ["19"], 1.0),
        ("It has 10^-5 cells.", ["10⁻⁵"], 1.0),
        # Behind Chinese it may be either.
        ("最低气温-5℃。", ["-5℃"], 1.0),
        ("2014年-2016年", ["2016年"], 1.0),
    ],
)
def test_an_answer_is_contained_word_for_word(text: str, answers: list[str], contained: float) -> None:
    assert metrics.contains_answer(text, answers) == contained


@given(st.text(), st.text(alphabet="ab the.,", min_size=1), st.text())
def test_an_answer_between_spaces_is_contained_if_it_has_a_word(before: str, answer: str, behind: str) -> None:
    expected = float(any(map(str.isalnum, answer)))
    assert metrics.contains_answer(f"{before} {answer} {behind}", [answer]) == expected


@pytest.mark.parametrize(
    ("text", "answers", "right"),
    [
        ("Over 1,600 came from 130 countries", ["1600 from 130 places"], 1.0),
        ("Over 1,600 came", ["1600 from 130 places"], 0.0),
        ("Over 1,600 came", ["1700", "1600"], 1.0),
        ("Twelve houses", ["12"], 1.0),
        ("No number asked for: 3", ["red"], None),
        ("It fell to 5 °C.", ["-5 °C"], 0.0),
        ("It fell to −5 °C.", ["5 °C"], 0.0),
        ("It fell to −5 °C.", ["-5 °C"], 1.0),
        ("It fell to –5 °C.", ["-5 °C"], 1.0),
        ("It fell to minus five.", ["-5 °C"], 1.0),
        ("It fell from 5 to −5 °C.", ["5"], 1.0),
        ("A loss of −3 thousand.", ["-3,000"], 1.0),
        ("A loss of −3 thousand.", ["3,000"], 0.0),
        ("From 5-10, 5%-6% and 1914–1918.", ["10, 6 and 1918"], 1.0),
        ("- 5 ships", ["5"], 1.0),
        ("最低气温-5℃。", ["-5℃"], 1.0),
        ("2014年-2016年", ["2016年"], 1.0),
        ("It is .5 km.", ["5 km"], 0.0),
    ],
)
def test_numbers_are_right_when_one_answer_has_all_of_them_in_the_text(
    text: str, answers: list[str], right: float | None
) -> None:
    assert metrics.numbers_right(text, answers) == right


A, B = "doc-a", "doc-b"


def test_spans_overlap_only_where_they_share_a_character_of_one_document() -> None:
    span = Span(A, 10, 20)
    assert span.overlaps([Span(A, 19, 25)])
    assert not span.overlaps([Span(A, 20, 25)])
    assert not span.overlaps([Span(A, 5, 10)])
    assert not span.overlaps([Span(B, 10, 20)])
    assert not span.overlaps([])


def test_merged_spans_join_what_overlaps_or_touches() -> None:
    spans = [Span(A, 5, 8), Span(B, 0, 3), Span(A, 0, 5), Span(A, 1, 2), Span(A, 9, 10)]
    assert metrics.merged(spans) == (Span(A, 0, 8), Span(A, 9, 10), Span(B, 0, 3))


places = st.lists(
    st.builds(
        lambda doc, start, n: Span(doc, start, start + n),
        st.sampled_from([A, B]),
        st.integers(0, 12),
        st.integers(1, 6),
    ),
    max_size=6,
)


@given(places, places)
def test_shared_characters_are_those_of_the_sets(some: list[Span], others: list[Span]) -> None:
    def characters(spans: list[Span]) -> set[tuple[str, int]]:
        return {(span.doc_id, place) for span in spans for place in range(span.start, span.end)}

    assert metrics.n_characters(some) == len(characters(some))
    assert metrics.n_shared(some, others) == len(characters(some) & characters(others))


def test_ranking_figures_of_a_worked_case() -> None:
    relevant = [False, True, False, True]
    assert [metrics.hit_at(relevant, k) for k in (1, 2, 10)] == [0.0, 1.0, 1.0]
    assert metrics.reciprocal_rank(relevant) == 0.5
    # Gain 1/log2(3) + 1/log2(5) = 0.630930 + 0.430677 = 1.061606; best with 3 relevant passages:
    # 1/log2(2) + 1/log2(3) + 1/log2(4) = 1 + 0.630930 + 0.5 = 2.130930; 1.061606 / 2.130930 = 0.498189.
    assert metrics.ndcg(relevant, 3) == pytest.approx(0.498189, abs=1e-6)
    # Within the first two: 0.630930 / (1 + 0.630930) = 0.386853.
    assert metrics.ndcg(relevant, 3, k=2) == pytest.approx(0.386853, abs=1e-6)


def test_ranking_figures_without_anything_relevant_are_zero() -> None:
    assert metrics.reciprocal_rank([False, False]) == 0.0
    assert metrics.ndcg([False], 0) == 0.0
    assert metrics.hit_at([], 5) == 0.0


def array(*values: float) -> metrics.Floats:
    return np.array(values, dtype=np.float64)


def test_auroc_counts_pairs_with_ties_half() -> None:
    # Positives .9 .5, negatives .5 .2: pairs .9>.5, .9>.2, .5=.5 (half), .5>.2: 3.5 of 4.
    assert metrics.auroc(array(0.9, 0.5, 0.5, 0.2), array(1, 1, 0, 0)) == 0.875
    assert metrics.auroc(array(0.5, 0.5, 0.5), array(1, 0, 0)) == 0.5
    assert metrics.auroc(array(0.1, 0.9), array(1, 0)) == 0.0
    assert math.isnan(metrics.auroc(array(0.1, 0.9), array(1, 1)))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=20))
def test_auroc_is_the_share_of_pairs_in_order(cases: list[tuple[int, bool]]) -> None:
    pairs = [(p > n) + (p == n) / 2 for p, is_so in cases if is_so for n, other in cases if not other]
    found = metrics.auroc(array(*(c[0] for c in cases)), array(*(c[1] for c in cases)))
    assert found == pytest.approx(sum(pairs) / len(pairs)) if pairs else math.isnan(found)


def test_risk_grows_with_coverage_and_ties_share_their_risk() -> None:
    # Most confident first: right; then two tied, one right: half a risk each; then a wrong one.
    # Risks 0/1, 0.5/2, 1/3, 2/4.
    risks = metrics.risk_coverage(array(0.5, 0.9, 0.1, 0.5), array(1, 1, 0, 0))
    assert risks.tolist() == pytest.approx([0.0, 0.25, 1 / 3, 0.5])
    area = metrics.risk_coverage_area(array(0.5, 0.9, 0.1, 0.5), array(1, 1, 0, 0))
    assert area == pytest.approx((0.25 + 1 / 3 + 0.5) / 4)


def test_risk_does_not_depend_on_the_order_of_tied_cases() -> None:
    one = metrics.risk_coverage(array(0.5, 0.5, 0.5), array(1, 0, 0))
    other = metrics.risk_coverage(array(0.5, 0.5, 0.5), array(0, 0, 1))
    assert one.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3])
    assert other.tolist() == one.tolist()


def test_calibration_error_of_a_worked_case() -> None:
    # Bin .9 to 1: confidences .95 and 1.0, one so: |.975 - .5| = .475, two of four cases.
    # Bin .1 to .2: .1 and .15, none so: |.125 - 0| = .125, two of four. (.475 + .125) / 2 = .3.
    confidences, is_so = array(0.95, 1.0, 0.1, 0.15), array(1, 0, 0, 0)
    assert metrics.calibration_error(confidences, is_so) == pytest.approx(0.3)
    bins = metrics.calibration_bins(confidences, is_so)
    assert [(b.n, round(b.confidence, 3), b.share) for b in bins] == [(2, 0.125, 0.0), (2, 0.975, 0.5)]


def test_f1_of_refusing_a_worked_case() -> None:
    # Refused: cases 1, 2, 3; unanswerable: 2, 3, 4, 5. Precision 2/3, recall 2/4: 2 * 2 / (3 + 4).
    assert metrics.f1_of_choice(array(1, 1, 1, 0, 0), array(0, 1, 1, 1, 1)) == pytest.approx(4 / 7)
    assert math.isnan(metrics.f1_of_choice(array(0, 0), array(0, 0)))
    assert math.isnan(metrics.f1_of_choice(array(1, 0), array(0, 0)))  # nothing was to be chosen: there is no recall


def test_percentiles_lie_linearly_between_values() -> None:
    # 95 % of the way through 0..10 in steps of 1.
    assert metrics.Percentile(0.95)(array(*range(11))) == pytest.approx(9.5)
    assert metrics.Percentile(0.5)(array(3, 1, 2)) == 2.0
