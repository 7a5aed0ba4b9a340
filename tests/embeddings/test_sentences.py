"""Where sentences end: hand-marked cases, and what holds for any text."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import weakref

import pytest
import sentencex  # type: ignore[import-untyped]
from hypothesis import assume, example, given
from hypothesis import strategies as st

from embeddings.blocks import split_blocks
from embeddings.sentences import (
    MAX_CHARACTERS,
    MAX_QUOTED,
    MAX_READ,
    sentences_of,
    spans_of,
    split_sentences,
    trimmed,
)
from embeddings.types import Document

NASTY = st.text(
    st.one_of(
        st.characters(exclude_categories=()),  # lone surrogates too
        st.sampled_from(
            list("aB1.!?…。！？\"'“”‘’()[]<>`#|*-–•:;, \n\r\t\x00\x0b\x0c\x1c\x85\xa0\u2028\u3000\u0301\u200f")
        ),
    ),
    max_size=300,
)
PHRASES = st.lists(
    st.sampled_from(
        [
            "Dr. Lind",
            "e.g. ",
            "Fig. 2",
            "He left. ",
            "\n\n",
            "\r\n",
            "\n",
            "1. ",
            "- ",
            "“Yes.” ",
            '"',
            "(",
            "(4) ",
            "x" * 90,
            " ",
            "漢字。",
            "ok… ",
        ]
    ),
    max_size=60,
).map("".join)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in spans_of(text)]


# "‖" stands where a sentence ends; the cases are written for this test.
MARKED = [
    # abbreviations and initials
    "Dr. Osei met Mrs. Lind at St. Mary's Hospital.‖ They talked.",
    "Prices rose approx. 4 per cent, i.e. a lot, e.g. for bread.‖ Wages did not.",
    "He was born on Jan. 5, 1950, and died on Dec. 12, 2001.‖ His wife survived him.",
    "The meeting starts at 9 a.m. on Monday.‖ Bring coffee.",
    "The U.S. Senate voted.‖ The House did not.",
    "He worked for Acme Inc.‖ She worked for Bell Corp.‖ They met in 1990.",
    "See vol. 3, pp. 12-14, for details.‖ The rest is known.",
    "J. R. R. Tolkien wrote it.‖ C. S. Lewis read it.",
    "No. 5 was the winner, and No. 7 lost.‖ That was all.",
    # quotation marks and brackets
    "“I am here,” she said.‖ “Are you?”‖ He nodded.",
    "\"Stop!\" he cried.‖ Nobody stopped.",
    "“Did it rain? It did not,” he wrote.‖ She laughed.",
    "(This is a note.)‖ The text goes on.",
    'He said "go.‖ Nobody went.‖ The quotation was never closed.‖ That is life.',
    "„Wir gehen.“‖ Dann gingen sie.",
    # numbers
    "Pi is 3.14159 and e is 2.718.‖ Both are irrational.",
    "Growth was 3.5.‖ It had been 2.",
    "He won in 1998.‖ 2 years later he lost.",
    "At 10.30 he left.‖ At 11.15 he came back.",
    # other marks
    "What... is this?‖ A test.",
    "He waited…‖ Nobody came.",
    "He waited… and waited.‖ Nobody came.",
    "Really?!‖ Yes.",
    # the web
    "See https://www.example.org/a.b?c=d.e for more.‖ It helps.",
    "Write to j.doe@example.co.uk or call.‖ Thanks.",
    "Write to j.doe@example.co.uk.‖ Thanks.",
    "Node.js and ASP.NET are used.‖ So is C#.",
    # science
    "Li et al. found this (Fig. 2).‖ Others did not.",
    "E. coli and S. aureus were grown at 37 °C.‖ B. subtilis was not.",
    "This was shown before.12,13‖ We confirm it.14‖ It holds.",
    "This was shown before.¹²,¹³‖ We confirm it.¹⁴‖ It holds.",
    "This was shown before.[12][13]‖ We confirm it.[14]‖ It holds [15].",
    "This was shown before.[12]‖ We confirm it.[13]‖ It holds.",
    "It was found often (3) (4) (5) in China.‖ In this work we ask why.",
    "Data from Suppl. Table 1 were used.‖ See Supp. Fig. 1.",
    "It was shown before.[a]‖ We confirm it.[note 1][nb 2]‖ It holds.",
    "It is the largest city.[citation needed]‖ “Is it?”[3]‖ It was (once).[b]‖ (It is still.)",
    "It rained.[^1]‖ Then it snowed.[^long-name]‖ It holds.",
    "Lind et al. [12] propose it.‖ We use that of Lee et al. [7] [8] in all runs, and of Kim et al.[9] here.",
    "It was shown before. [12]‖ We confirm it.‖ [12, 13] and [14] do not.",
    "It was shown before.‖ [12] confirms it.‖ It was in 2014.‖ [13] does not.",
    "We use Eq. (3) and, as in Refs. [12, 13], Sec. 4.‖ (3) is used by Sect. 5 too.",
    "See Def. 1, Thms. 2 and 3, Lem. 4, Alg. 5, Prop. 6, Cor. 7, Tabs. 8 and 9, Secs. 1 and 2.‖ The rest is known.",
    "The avg. size, the max. size and the min. size are known.‖ The rest is not.",
    # other scripts
    "他来了。‖她走了。‖我们都在。",
    "今日は晴れです。‖明日は雨でしょう！‖本当？‖はい。",
    "هذا كتاب.‖ هل هو جيد؟‖ نعم.",
    "यह एक किताब है।‖ वह अच्छी है।‖ हाँ।",
    "¿Qué hora es?‖ ¡Son las tres!‖ Gracias.",
    "他来了。[1]‖她走了。[a]‖我们都在。",
    # layout
    "Introduction\n\n‖The text begins here.‖ It goes on.",
    "# Heading\n‖The text begins here.‖ It goes on.",
    "Setext heading\n==============\n‖Body text is here.‖ It ends.",
    "Results\n‖The rate of growth was 3 per cent in the first year of it and 4 per cent later on.‖ It fell.",
    "Items:\n‖- one thing\n‖- another thing\n‖- a third thing\n\n‖After the list.",
    "1. First item\n‖2. Second item\n‖3. Third item",
    "• Alpha\n‖• Beta\n‖• Gamma",
    "• This is the first.‖ It has two parts.\n‖• The second has e.g. one.",
    "● 1. This is the first.‖ It has two parts.\n‖The list has ended.‖ Nobody came.",
    "• 第一句话。‖第二句话。",
    "1. This is a numbered sentence.‖ It has two parts.",
    "| a | b |\n‖| 1 | 2 |\n‖| 3 | 4 |\n\n‖Text after.",
    "Name | Role\n‖--- | ---\n‖ann | boss\n‖bob | clerk (new)\n\n‖Text after.",
    "Here the density p(x | y) of the one is first\nmultiplied with p(y | z), which is that of the other\none.‖ It falls.",
    "[1] Ann Lind.‖ A title.‖ CoRR, 2016.\n‖[2] Bob Osei.‖ Another.‖ In Proceedings, 2014.\n‖[3] van den Oord, C. WaveNet.",
    "> A quoted line\n> goes on here.‖ Second.\n\n‖Answer.",
    "Name: Ann\n‖Age: 30\n‖City: Rome",
    "Some words of a first paragraph\r\n\r\n‖Second paragraph.‖ End.",
    "The quick brown fox jumps over the lazy dog and then\nit runs all the way home, where good old Mr.\nSmith waits for it with a bowl of the finest cream\nin town.‖ The end of the story is not known.",
    "He said that the price was 4 dollars and that in\n1998 it had been 3 dollars, which was not much for such a\nfine thing.‖ It went up.",
    "本文提出了一种新的基于深度学习的图像识\n别方法，该方法在多个公开数据集上取得了良\n好的效果，并且在计算效率方面具有明显的优\n势。‖实验结果表明，它优于现有方法。",
    "他们说，这座灯塔建于很久以前，由花岗岩筑\n成。‖它很高。\n‖第一章　研究背景与研究意义以及方法\n‖第二章　国内外相关研究现状与评价",
    "（一）加强环境保护，推进生态文明建设；\n‖（二）提高服务质量，促进教育公平；",
]  # fmt: skip


@pytest.mark.parametrize("marked", MARKED)
def test_sentences_end_where_a_reader_ends_them(marked: str) -> None:
    assert sentences(marked.replace("‖", "")) == [part.strip() for part in marked.split("‖")]


def test_white_space_belongs_to_the_sentence_before_it() -> None:
    # 0         1         2
    # 0123456789012345678901 : "One." 2-6, two blanks, a line break, "Two!" 9-13, three blanks, 16
    assert split_sentences("  One.  \nTwo!   ") == ((0, 9), (9, 16))


def test_offsets_count_code_points() -> None:
    # "😀" and "é" as e + U+0301 are one and two code points: "😀 Cafe\u0301." ends at 8, the blank at 9.
    assert split_sentences("😀 Cafe\u0301. Then it rained.") == ((0, 9), (9, 24))


def test_empty_text_has_no_sentence_and_blank_text_one_span() -> None:
    assert split_sentences("") == ()
    assert split_sentences(" \r\n\u3000") == ((0, 4),)
    assert spans_of(" \r\n\u3000") == ()


@pytest.mark.parametrize("space", ["\xa0", "\u2003", "\u2028", "\u3000", "\x85", "\x1c"])
def test_any_white_space_may_follow_a_full_stop(space: str) -> None:
    assert sentences(f"It rained.{space}Then it snowed.") == ["It rained.", "Then it snowed."]


def test_lone_surrogate_and_nul_are_kept() -> None:
    assert sentences("A \ud800 b\x00word. Then it snowed.") == ["A \ud800 b\x00word.", "Then it snowed."]


def test_long_quotation_is_split_inside() -> None:
    # One sentence of 26 characters and a blank, twelve times: far over MAX_QUOTED.
    inner = "The river rose once again."
    text = "“" + " ".join([inner] * 12) + "” Nobody came."
    assert sentences(text) == [f"“{inner}", *[inner] * 10, f"{inner}”", "Nobody came."]


def test_sentence_without_full_stop_is_cut_at_white_space() -> None:
    # Words of nine letters and a blank: the first to end after character 1,500 begins at 1,490 + 10.
    text = "abcdefghi " * 400
    assert split_sentences(text) == ((0, 1500), (1500, 3000), (3000, 4000))


@pytest.mark.parametrize(
    "parts",
    [
        ["He said that e.g. Dr. Lind (born in 1950) was here.", '"It was cold," she wrote.'],
        ["他来了。", "她走了！", "我们都在“那里。他们也在”。"],
        ["(a) It is so.", "(b) See vol. 3, pp. 12-14, for details.", "He won in 1998."],
    ],
)
def test_sentences_of_a_block_that_is_read_in_portions_are_those_of_a_short_one(parts: list[str]) -> None:
    between = "" if parts[0][0] == "他" else " "
    n_times = 3 * MAX_READ // len(between.join(parts))
    assert sentences(between.join(parts * n_times)) == parts * n_times


def test_quotation_never_closed_does_not_end_at_the_end_of_a_portion() -> None:
    sentence = "The river rose once again."
    n_times = 3 * MAX_READ // len(sentence)
    assert sentences("“" + " ".join([sentence] * n_times)) == [f"“{sentence}", *[sentence] * (n_times - 1)]


def test_block_without_full_stop_is_cut_as_a_short_one_where_it_is_read_in_portions() -> None:
    # Words of nine letters and a blank; 1,500 characters are 150 of them, and so are all sentences but the last.
    text = "abcdefghi " * (MAX_READ // 3)
    assert [end - start for start, end in split_sentences(text)] == [1500] * (len(text) // 1500) + [len(text) % 1500]


@pytest.mark.parametrize("blank", [" ", "\n"])
@pytest.mark.parametrize("word", ["Hello world.", "ACGT" * (MAX_READ // 4)])
def test_white_space_longer_than_a_portion_belongs_to_the_sentence_before_it(word: str, blank: str) -> None:
    text = word + blank * (MAX_READ + 10)
    assert split_sentences(text)[-1][1] == len(text)
    assert sentences(f"{text}\n\nNext one here.\n")[-1] == "Next one here."
    assert "".join(sentences(text)) == word


def test_sentences_behind_a_long_text_without_any_are_found_where_it_is_read_in_portions() -> None:
    ends = [f"Sentence number {n} is here." for n in range(120)]
    found = sentences("word " * (MAX_READ * 93 // 500) + "end. " + " ".join(ends))
    assert found[-len(ends) + 20 :] == ends[20:]
    assert sum(sentence in ends for sentence in found) > len(ends) - 3


def test_sentences_in_a_word_that_reaches_over_the_end_of_a_portion_are_found_once() -> None:
    picture = f"![图1](data:image/png;base64,{'iVBORw0K' * (MAX_READ * 93 // 800)})"
    ends = [f"第{n}号灯塔建于很久以前。" for n in range(300)]
    text = f"See this. {picture}{''.join(ends)}"
    spans = split_sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert [text[start:end] for start, end in spans[1 - len(ends) :]] == ends[1:]  # the picture is part of the first


def test_sentencex_whose_time_grows_with_the_square_is_given_no_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    given_to_it: list[int] = []
    real = sentencex.get_sentence_boundaries

    def counted(language: str, text: str) -> list[dict[str, int]]:
        given_to_it.append(len(text))
        return list(real(language, text))

    monkeypatch.setattr(sentencex, "get_sentence_boundaries", counted)
    for piece in ("(a) It is so. ", "“", "他来了。", "x", '{"v":[1,2.5],"t":"It is so. It was."},'):
        given_to_it.clear()
        text = piece * (10 * MAX_READ // len(piece))
        split_sentences(text)
        assert max(given_to_it, default=0) <= MAX_READ
        assert sum(given_to_it) < 5 * len(text)


def test_texts_that_were_split_are_not_kept_in_memory() -> None:
    class Text(str):
        """A text that can be watched."""

    document = Document.of(Text("One is here. Two is here."), "a.txt", "a")
    watched = weakref.ref(document.text)
    assert len(sentences_of(document)) == len(split_sentences(document.text)) == 2
    assert len(spans_of(document.text)) == 2
    del document
    gc.collect()
    assert watched() is None


def test_word_longer_than_a_sentence_is_cut_before_no_combining_mark() -> None:
    # The 1,501st character is an accent, so the cut falls one letter earlier.
    text = "a" * MAX_CHARACTERS + "\u0301" + "b" * 10
    assert split_sentences(text) == ((0, MAX_CHARACTERS - 1), (MAX_CHARACTERS - 1, MAX_CHARACTERS + 11))


@given(st.one_of(NASTY, PHRASES))
@example("\n\n  a\n\n")
@example("a" + " " * 4000 + "b")
@example("1. \n2. \n")
def test_spans_cover_the_text_in_order_and_none_is_blank(text: str) -> None:
    spans = split_sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert [start for start, _ in spans] == [0, *[end for _, end in spans]][: len(spans)]
    if text.strip():
        assert all(text[start:end].strip() for start, end in spans)
        assert not any(text[start].isspace() for start, _ in spans[1:])
        assert all(len(text[start:end].strip()) <= MAX_CHARACTERS for start, end in spans)


@given(st.one_of(NASTY, PHRASES))
def test_blocks_cover_the_text_and_each_sentence_lies_in_one(text: str) -> None:
    blocks = list(split_blocks(text))
    assert "".join(text[start:end] for start, end in blocks) == text
    if text.strip():
        assert {start for start, _ in blocks} <= {start for start, _ in split_sentences(text)}


@given(PHRASES)
def test_line_ends_of_windows_make_no_difference(text: str) -> None:
    plain = text.replace("\r", "")
    windows = plain.replace("\n", "\r\n")
    assume(len(windows) <= MAX_QUOTED)  # how long a sentence is decides whether its quotations are split
    assert [s.replace("\r\n", "\n") for s in sentences(windows)] == sentences(plain)


def test_trimmed_blank_span_shrinks_to_its_end() -> None:
    assert trimmed("a \x85 b", 1, 4) == (4, 4)


@given(NASTY, st.data())
def test_trimmed_is_strip_with_offsets(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = trimmed(text, start, end)
    assert start <= first <= last <= end
    assert text[first:last] == text[start:end].strip()


def test_sentences_of_a_span_are_those_inside_and_the_parts_of_those_that_reach_over_its_edges() -> None:
    # "One is here." 0-12, "Two is here." 13-25, "Three." 26-32
    document = Document.of("One is here. Two is here. Three.", "a.txt", "a")
    found = [(s.start, s.end, s.text) for s in sentences_of(document)]
    assert found == [(0, 12, "One is here."), (13, 25, "Two is here."), (26, 32, "Three.")]
    assert [s.text for s in sentences_of(document, 13, 25)] == ["Two is here."]
    assert [(s.start, s.end, s.text) for s in sentences_of(document, 4, 29)] == [
        (4, 12, "is here."),
        (13, 25, "Two is here."),
        (26, 29, "Thr"),
    ]
    assert sentences_of(document, 12, 13) == ()


@given(st.one_of(NASTY, PHRASES))
def test_every_sentence_stands_in_its_document(text: str) -> None:
    document = Document.of(text, "a.txt", "a")
    found = sentences_of(document)
    assert [document.text[s.start : s.end] for s in found] == [s.text for s in found] == sentences(text)


def test_a_million_characters_in_one_line_take_no_more_than_in_proportion() -> None:
    line = 'He said that e.g. Dr. Lind (born in 1950) was here. "It was cold," she wrote. '
    seconds = []
    for size in (100_000, 1_000_000):
        text = (line * (size // len(line) + 1))[:size]
        started = time.perf_counter()
        n_spans = len(split_sentences(text))
        seconds.append(time.perf_counter() - started)
        assert n_spans == pytest.approx(2 * size / len(line), rel=0.01)
    # Ten times the text; a quadratic way would take a hundred times as long.
    assert seconds[1] < 40 * seconds[0] + 0.5


@pytest.mark.parametrize(
    "piece", ["a", "\n", " ", '"', "(", "a. ", "1. a\n", "A.B.", ". ", "a.[^", "a.[1] ", "• ", "a | b\n"]
)
def test_a_long_text_of_one_piece_takes_no_more_than_in_proportion(piece: str) -> None:
    seconds = []
    for size in (20_000, 200_000):
        text = piece * (size // len(piece))
        started = time.perf_counter()
        assert "".join(text[start:end] for start, end in split_sentences(text)) == text
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 40 * seconds[0] + 0.5


def test_importing_sentences_loads_nothing_heavy() -> None:
    code = (
        "import sys, embeddings.sentences; print([m for m in ('torch', 'numpy', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
