"""What stands in a PDF and a Word file beside plain paragraphs: hyphens, damaged pages, raised figures, equations, notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from embeddings.draw import CHANGED, DAMAGED, draw_page
from embeddings.errors import LoadError
from embeddings.extract import Text, from_docx, from_pdf
from embeddings.load import Skipped, load_file, load_paths
from embeddings.sections import headings_of, section_at
from embeddings.sentences import sentences_of
from embeddings.types import Document
from tests.embeddings.files import docx_file, docx_with_body, pdf


def loaded(folder: Path, name: str, content: bytes) -> Document:
    (folder / name).write_bytes(content)
    return load_file(folder / name, name)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def above(text: str) -> str:
    return run(text, '<w:vertAlign w:val="superscript"/>')


def p(*inside: str) -> str:
    return f"<w:p>{''.join(inside)}</w:p>"


def word_text(*blocks: str, footnotes: str = "", endnotes: str = "") -> str:
    return from_docx(docx_with_body("".join(blocks), footnotes, endnotes)).text


# PDF: hyphens


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("On COVID-", "19 now"), "On COVID-19 now"),
        (("Hepatitis A-", "B now"), "Hepatitis A-B now"),
        (("The anti-", "Bolshevik war"), "The anti-Bolshevik war"),
        (("An X-", "ray of it"), "An X-ray of it"),
        (("No infor-", "mation on it"), "No information on it"),
        (("La cinqui-", "ème fois"), "La cinquième fois"),
    ],
)
def test_only_between_small_letters_is_a_hyphen_at_a_line_end_left_out(lines: tuple[str, ...], text: str) -> None:
    assert from_pdf(pdf([lines])).text == text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("The OP-", "TIONAL one is OPTIONAL"), "The OPTIONAL one is OPTIONAL"),
        (("Table A-", "B is not AB"), "Table A-B is not AB"),
        (("On COVID-", "19 not COVID19"), "On COVID-19 not COVID19"),
        (("So well-", "known is well-known"), "So well-known is well-known"),
        (("The state-of-", "the-art is state-of-the-art"), "The state-of-the-art is state-of-the-art"),
        (("A re-", "form of re-formed"), "A reform of re-formed"),
        (("One ant-", "elope-", "like one"), "One antelopelike one"),
    ],
)
def test_a_word_is_put_together_as_the_document_has_it_elsewhere(lines: tuple[str, ...], text: str) -> None:
    assert from_pdf(pdf([lines])).text == text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("A state-of-the-", "art way"), "A state-of-the-art way"),
        (("From end-to-", "end now"), "From end-to-end now"),
        (("His father-in-", "law came"), "His father-in-law came"),
        (("A well-estab-", "lished and established way"), "A well-established and established way"),
        (("Much self-", "attention is attention to the self"), "Much self-attention is attention to the self"),
        (("Much Self-", "attention is attention to the self"), "Much Self-attention is attention to the self"),
        (("The con-", "tent of a tent"), "The content of a tent"),
        (("The over-", "view over a view"), "The over-view over a view"),
        (("The over-", "view is an Overview over a view"), "The overview is an Overview over a view"),
        (("In co-", "author of co and author"), "In coauthor of co and author"),
        (("The infor-", "mation and infor-", "mal"), "The information and informal"),
    ],
)
def test_the_hyphen_of_a_compound_stays_at_a_line_end(lines: tuple[str, ...], text: str) -> None:
    assert from_pdf(pdf([lines])).text == text


def test_other_pages_decide_on_a_hyphen_too() -> None:
    assert from_pdf(pdf([["The well-", "known OP-", "TIONAL part."], ["A Well-known OPTIONAL part."]])).text == (
        "The well-known OPTIONAL part.\n\nA Well-known OPTIONAL part."
    )


def test_a_hyphen_that_was_kept_is_boxed_with_its_word_and_moves_nothing(tmp_path: Path) -> None:
    page = ("On COVID-", "19 no infor-", "mation - or A-", "B. End.")
    document = loaded(tmp_path, "a.pdf", pdf([page]))
    assert document.text == "On COVID-19 no information - or A-B. End."

    def boxes(words: str, n_characters: int) -> list[tuple[float, float, int]]:
        """Return left and right in points, and what is below it: a line's feet stand 14 points below the last one's."""
        start = document.text.index(words)
        drawn = draw_page(tmp_path / "a.pdf", document, 1, start, start + n_characters)
        return [(box.left * 612, box.right * 612, round((1 - box.bottom) * 792)) for box in drawn.boxes]

    # Widths of Helvetica in thousandths of 12 points: O 778, n 556, blank 278, COVID 722 + 778 + 667 + 278 + 722, - 333,
    # 1 and 9 556 each. "On " is 19.344 wide, so "COVID-" goes from 72 + 19.344 to 42 behind that; "19" is 13.344 wide.
    covid, nineteen = near(91.344, 133.344, 697), near(72, 85.344, 683)
    assert boxes("COVID-19", 8) == [covid, nineteen]
    assert boxes("-19", 1) == [near(129.348, 133.344, 697)]
    # "mation " is 833 + 556 + 278 + 222 + 556 + 556 + 278 = 3279, 39.348 points, wide, and "- or" 1500, 18 points: the
    # dash is the one on the third line, not the hyphen before "mation" that was left out.
    assert boxes("- or", 4) == [near(111.348, 129.348, 669)]
    # "B." is 667 + 278 = 945, 11.34 points, wide.
    assert boxes("B. End", 2) == [near(72, 83.34, 655)]


def near(left: float, right: float, below: int) -> tuple[object, object, int]:
    return pytest.approx(left, abs=0.05), pytest.approx(right, abs=0.05), below


# PDF: the ends of pages


def pages_of(content: bytes) -> list[str]:
    text = from_pdf(content)
    return [text.text[start:end] for start, end in zip(text.pages, (*text.pages[1:], len(text.text)), strict=True)]


def test_page_numbers_and_running_heads_do_not_cut_sentences() -> None:
    head = "Shared Database"
    pages = [[head, "One. Found in a", "7"], [head, "directory is infor-", "8"], [head, "mation. Two well-", "9"]]
    # The title stays where it stands first. "well-" with no word behind it keeps its hyphen.
    assert pages_of(pdf(pages)) == ["Shared Database\nOne. Found in a\n", "directory is infor", "mation. Two well-"]
    assert pages_of(pdf(pages[:2])) == [
        "Shared Database\nOne. Found in a\n7\n\n",
        "Shared Database\ndirectory is infor-8",
    ]


def test_a_compound_across_pages_keeps_its_hyphen() -> None:
    assert pages_of(pdf([["So well-"], ["known is well-known"]])) == ["So well-", "known is well-known"]
    assert pages_of(pdf([["A state-of-the-"], ["art way"]])) == ["A state-of-the-", "art way"]
    assert pages_of(pdf([["On COVID-"], ["19 now"]])) == ["On COVID-\n\n", "19 now"]
    assert pages_of(pdf([["A dash -"], ["here"]])) == ["A dash -\n", "here"]


BODIES = ("Red.", "Blue.", "Green.", "White.")


def ended(*ends: str) -> list[list[str]]:
    return [[body, end] for body, end in zip(BODIES, ends, strict=False)]


def headed(*heads: str) -> list[list[str]]:
    return [[head, body] for head, body in zip(heads, BODIES, strict=False)]


@pytest.mark.parametrize(
    ("pages", "left"),
    [
        (ended("1", "2", "3", "4"), ["Red.", "Blue.", "Green.", "White."]),
        (ended("- 11 -", "- 12 -", "- 13 -"), ["Red.", "Blue.", "Green."]),
        (ended("1 / 3", "2 / 3", "3 / 3"), ["Red.", "Blue.", "Green."]),
        (headed("Cover", "17", "18", "19"), ["Cover\nRed.", "Blue.", "Green.", "White."]),
        (ended("Page 1 of 3", "Page 2 of 3", "Page 3 of 3"), ["Red.", "Blue.", "Green.\nPage 3 of 3"]),
        (headed("The Fox 21", "The Fox 22", "The Fox 23"), ["The Fox 21\nRed.", "Blue.", "Green."]),
        ([["The Fox", str(n), body] for n, body in enumerate(BODIES, 5)], ["The Fox\n5\nRed.", *BODIES[1:]]),
        ([[str(n), "The Fox", body] for n, body in enumerate(BODIES, 5)], ["The Fox\nRed.", *BODIES[1:]]),
        ([["Red.", "1"], ["2"], ["Green.", "3"], ["White.", "4"]], ["Red.", "2", "Green.", "White."]),
    ],
)
def test_what_runs_at_the_ends_of_pages_is_left_out(pages: list[list[str]], left: list[str]) -> None:
    assert [page.strip("\n") for page in pages_of(pdf(pages))] == left


@pytest.mark.parametrize(
    "pages",
    [
        ended("1", "2"),
        headed("The Fox", "The Fox"),
        headed("The Fox", "The Wolf", "The Bear", "The Fox"),
        ended("Total: 300", "Total: 25", "Total: 1000"),
        ended("2019", "1999", "7"),
        ended("0", "0", "0"),
        headed("Question 1", "Question 2", "Question 3"),
        headed("Cover", "Case study 1", "Case study 2", "Case study 3"),
        ended("Cover", "Figure 1: A map", "Figure 2: A map", "Figure 3: A map"),
        ended("}", "}", "}"),
        ended("end", "end", "end"),
        ended("Quoth the Raven, Nevermore.", "Quoth the Raven, Nevermore.", "Quoth the Raven, Nevermore."),
        [["Red."], ["Red."], ["Red."]],
        [["1"], ["2"], ["3"]],
        [["One", "The Fox"], ["Two", "The Fox"], ["The Fox", "Three"], *([[body] for body in BODIES])],
    ],
)
def test_no_line_of_the_text_is_left_out(pages: list[list[str]]) -> None:
    assert [page.strip("\n") for page in pages_of(pdf(pages))] == ["\n".join(lines) for lines in pages]


def test_words_below_a_head_that_was_left_out_and_across_pages_are_boxed_at_their_place(tmp_path: Path) -> None:
    page = ["Deep Red", "the red", "On deep red. No infor-"]
    pages = [[*page, "1"], ["Deep Red", "mation on deep", "2"], ["Deep Red", "Deep end", "3"]]
    document = loaded(tmp_path, "a.pdf", pdf(pages))
    assert document.text == "Deep Red\nthe red\nOn deep red. No information on deep\n\nDeep end"
    start, end = document.text.index("information"), document.text.index(" on deep\n")

    def lines(number: int, start: int, end: int) -> list[int]:
        """Return what stands below each box in points: a line's feet stand 14 points below the last one's."""
        boxes = draw_page(tmp_path / "a.pdf", document, number, start, end).boxes
        return [round((1 - box.bottom) * 792) for box in boxes]

    assert (lines(1, start, end), lines(2, start, end), lines(3, start, end)) == ([669], [683], [])
    last = document.text.index("Deep end")
    assert lines(3, last, last + 4) == [683]  # the head's own "Deep" is at 697


# PDF: pages that cannot be read


def damaged(content: bytes, *places: int) -> bytes:
    """Return the PDF with the pages at these places, from 0, in place of which the list of pages has nothing."""
    for place in places:
        content = content.replace(b"%d 0 R" % (4 + 2 * place), b"null ", 1)
    return content


def test_a_damaged_page_is_noted_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(damaged(pdf([["One."], ["Two."], ["Three."]]), 1))
    found = load_paths([tmp_path])
    # "One." 0-4, two line ends before each page: the damaged one at 6, "Three." from 8
    assert found.documents[0].text == "One.\n\n\n\nThree."
    assert found.documents[0].pages == (0, 6, 8)
    assert found.notes == ("a.pdf is damaged: page 2 could not be read",)


def test_a_page_whose_own_object_is_damaged_is_noted_too() -> None:
    content = pdf([["One."], ["Two."]]).replace(b"6 0 obj\n<< /Type /Page ", b"6 0 obj\n(( /Type /Page ")
    assert from_pdf(content) == Text("One.\n\n", "", (0, 6), "is damaged: page 2 could not be read")


def test_damaged_and_empty_pages_are_counted_apart() -> None:
    assert from_pdf(damaged(pdf([["One."], [], ["Three."]]), 2)).note == (
        "is damaged: page 3 could not be read; it has no text on page 2"
    )
    assert from_pdf(damaged(pdf([["One."], *[["More."]] * 7]), *range(1, 8))).note == (
        "is damaged: pages 2, 3, 4, 5, 6 and 2 more could not be read"
    )
    assert from_pdf(pdf([["One."], *[[]] * 6])).note == "has no text on pages 2, 3, 4, 5, 6 and 1 more"


def test_a_pdf_of_which_no_page_can_be_read_is_refused() -> None:
    with pytest.raises(LoadError, match=r"^it is damaged or no PDF$"):
        from_pdf(damaged(pdf([["One."], ["Two."]]), 0, 1))
    with pytest.raises(LoadError, match=r"^it has no text layer"):
        from_pdf(damaged(pdf([[], ["Two."]]), 1))


def test_of_a_damaged_page_the_drawing_says_so_and_the_others_are_drawn(tmp_path: Path) -> None:
    whole = pdf([["One."], ["Two."], ["Three."]])
    document = loaded(tmp_path, "a.pdf", damaged(whole, 1))
    with pytest.raises(LoadError, match=f"^{DAMAGED}$"):
        draw_page(tmp_path / "a.pdf", document, 2)
    assert len(draw_page(tmp_path / "a.pdf", document, 3, 8, 14).boxes) == 1
    read_whole = loaded(tmp_path, "a.pdf", whole)
    (tmp_path / "a.pdf").write_bytes(damaged(whole, 1))
    with pytest.raises(LoadError, match=f"^{CHANGED}$"):
        draw_page(tmp_path / "a.pdf", read_whole, 2)


# Word: raised figures, equations, symbols


def test_raised_figures_are_no_part_of_the_number_before_them() -> None:
    paragraph = p(run("About 10"), above("6"), run(" cells, 10"), above("-9(2+1)"), run(" m"), above("2"), run("."))
    assert word_text(paragraph) == "About 10⁶ cells, 10⁻⁹⁽²⁺¹⁾ m²."
    assert word_text(p(run("The 19"), above("th"), run(" of May."))) == "The 19th of May."
    assert word_text(p(run("H"), run("2", '<w:vertAlign w:val="subscript"/>'), run("O"))) == "H2O"
    assert word_text(p(run("Note"), above("(a)"), run(" and 10"), above("(2)"), run("."))) == "Note(a) and 10⁽²⁾."


def math(inside: str) -> str:
    return f"<m:oMath>{inside}</m:oMath>"


def mr(text: str) -> str:
    return f'<m:r><m:rPr/><m:t xml:space="preserve">{text}</m:t></m:r>'


def test_an_equation_is_read_in_its_sentence_and_by_itself() -> None:
    inline = p(run("The sample size was "), math(mr("n=25")), run(" in all."))
    alone = p(f"<m:oMathPara>{math(mr('E=mc'))}{math(mr('a=b'))}</m:oMathPara>")
    assert word_text(inline, alone, f"<m:oMathPara>{math(mr('c=d'))}</m:oMathPara>") == (
        "The sample size was n=25 in all.\n\nE=mc a=b\n\nc=d"
    )


def part(name: str, *parts: tuple[str, str]) -> str:
    inside = "".join(f"<m:{each}>{text}</m:{each}>" for each, text in parts)
    return f"<m:{name}>{inside}</m:{name}>"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (part("f", ("num", mr("1")), ("den", mr("2"))), "1/2"),
        (part("f", ("num", mr("a+b")), ("den", mr("2.5"))), "(a+b)/2.5"),
        (part("sSup", ("e", mr("10")), ("sup", mr("−6"))), "10⁻⁶"),
        (part("sSup", ("e", mr("x")), ("sup", mr("n+1"))), "x^(n+1)"),
        (part("sSub", ("e", mr("CO")), ("sub", mr("2"))), "CO₂"),
        (part("sSub", ("e", mr("x")), ("sub", mr("i"))), "x_i"),
        (part("sSubSup", ("e", mr("x")), ("sub", mr("1")), ("sup", mr("2"))), "x₁²"),
        (part("sPre", ("sub", mr("6")), ("sup", mr("14")), ("e", mr("C"))), "¹⁴₆C"),
        (part("rad", ("deg", mr("3")), ("e", mr("a+b"))), "³√(a+b)"),
        (part("rad", ("deg", ""), ("e", mr("9"))), "√9"),
        (part("d", ("e", mr("a")), ("e", mr("b"))), "(a|b)"),
        (part("f", ("num", part("d", ("e", mr("a+b")))), ("den", mr("c"))), "(a+b)/c"),
        ('<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr><m:e>' + mr("a") + "</m:e></m:d>", "[a"),
        (
            '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
            f"<m:sub>{mr('i=1')}</m:sub><m:sup>{mr('n')}</m:sup><m:e>{mr('x')}</m:e></m:nary>",
            "∑_(i=1)^n x",
        ),
        (part("nary", ("sub", mr("0")), ("sup", mr("1")), ("e", mr("x"))), "∫₀¹ x"),
        (part("func", ("fName", mr("sin")), ("e", mr("x"))), "sin x"),
        (part("eqArr", ("e", mr("x=1")), ("e", mr("y=2"))), "x=1 y=2"),
        (part("bar", ("e", mr("x"))), "x"),
        (mr("a") + f"<w:del>{mr('b')}</w:del><w:ins>{mr('c')}</w:ins>", "ac"),
    ],
)
def test_the_figures_of_an_equation_are_not_run_together(inside: str, text: str) -> None:
    assert word_text(p(math(inside))) == text


def sym(font: str, char: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{char}"/></w:r>'


@pytest.mark.parametrize(
    ("font", "char", "text"),
    [
        ("Symbol", "F0B3", "≥"),
        ("Symbol", "F0A3", "≤"),
        ("Symbol", "F0B1", "±"),
        ("Symbol", "F062", "β"),
        ("Symbol", "F06D", "μ"),
        ("Symbol", "F044", "Δ"),
        ("Symbol", "F0AE", "→"),
        ("Symbol", "F0B4", "×"),
        ("Symbol", "F0B0", "°"),
        ("Symbol", "F0E5", "∑"),
        ("Symbol", "00F2", "∫"),
        ("Symbol", "F0FF", ""),
        ("Wingdings", "F0FC", ""),
        ("Wingdings", "00FC", ""),
        ("Cambria Math", "2265", "≥"),
        ("Calibri", "D800", ""),
    ],
)
def test_a_symbol_is_its_character_where_that_is_known(font: str, char: str, text: str) -> None:
    assert word_text(p(run("a"), sym(font, char), run("b"))) == f"a{text}b"


# Word: what stands around and beside paragraphs


def test_paragraphs_inside_a_tag_or_an_alternative_are_read_once() -> None:
    tag = f"<w:smartTag>{p(run('One.'))}</w:smartTag>"
    other = f"<mc:Fallback>{p(run('Two for old programs.'))}</mc:Fallback>"
    choice = f"<mc:AlternateContent><mc:Choice Requires='wps'>{p(run('Two.'))}</mc:Choice>{other}</mc:AlternateContent>"
    assert word_text(tag, choice) == "One.\n\nTwo."


def box(*inside: str) -> str:
    """Return a drawn text box as Word writes it: a second time for older programs."""
    content = f"<w:txbxContent>{''.join(inside)}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{content}</wps:txbx></w:drawing>'
        f"</mc:Choice><mc:Fallback><w:pict>{content}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<w:tc>{cell}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def test_a_text_box_stands_behind_its_paragraph_once() -> None:
    lines = box(p(run("First line of the box.")), p(run("Second.")))
    paragraph = p(run("The contract was "), lines, run("signed in 2020."))
    assert word_text(paragraph, p(run("End."))) == (
        "The contract was signed in 2020.\n\nFirst line of the box.\n\nSecond.\n\nEnd."
    )


def test_a_table_in_a_box_has_its_rows_and_a_box_in_a_box_or_a_cell_is_read_once() -> None:
    inner = table((p(run("A")), p(run("B"))))
    assert word_text(p(run("Before."), box(inner))) == "Before.\n\n| A | B |"
    assert word_text(p(run("One."), box(p(run("Two."), box(p(run("Three.")))))), p(run("Four."))) == (
        "One.\n\nTwo.\n\nThree.\n\nFour."
    )
    assert word_text(table((p(run("x"), box(inner)), p(run("y"))))) == "| x A | B | y |"


def test_hidden_text_is_not_read() -> None:
    hidden = run("never ", "<w:vanish/>") + run("not ", '<w:vanish w:val="1"/>')
    assert word_text(p(run("It is "), hidden, run("shown.", '<w:vanish w:val="0"/>'))) == "It is shown."


def test_each_row_of_a_table_is_a_block_of_its_own(tmp_path: Path) -> None:
    rows = [["Name", "Pay"], ["The fox who", "runs on"], ["and on", "42"]]
    document = loaded(tmp_path, "a.docx", docx_file(rows))
    assert [sentence.text for sentence in sentences_of(document)] == [
        "| Name | Pay |",
        "| The fox who | runs on |",
        "| and on | 42 |",
    ]


# Word: labels of numbered paragraphs


def item(text: str, number: int = 1, depth: int = 0, more: str = "") -> str:
    return p(f'<w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>{more}</w:pPr>', run(text))


def styled(text: str, style: str) -> str:
    return p(f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>', run(text))


def level(depth: int, kind: str, text: str, start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*levels: str, nums: str = "") -> str:
    """Return the definition of one list, which numbering 1 chooses."""
    abstract = f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
    return f'{abstract}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{nums}'


def num(number: int, overrides: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="0"/>{overrides}</w:num>'


def labelled(numbers: str, *blocks: str, styles: str = "") -> list[str]:
    return from_docx(docx_with_body("".join(blocks), numbering=numbers, styles=styles)).text.split("\n\n")


def test_numbers_that_word_shows_before_paragraphs_are_read() -> None:
    levels = (
        level(0, "decimal", "%1."),
        level(1, "decimal", "%1.%2"),
        level(2, "lowerLetter", "(%3)"),
        level(3, "bullet", "\uf0b7"),
    )
    body = (
        item("Term."), item("Rent.", depth=1), item("Late rent.", depth=2), item("Fees.", depth=2),
        p(run("Words between.")), item("Costs.", depth=1), item("New.", depth=2), item("Point.", depth=3),
        item("End."), item("Last.", depth=1),
    )  # fmt: skip
    assert labelled(numbering(*levels), *body) == [
        "1. Term.", "1.1 Rent.", "(a) Late rent.", "(b) Fees.", "Words between.", "1.2 Costs.", "(a) New.", "- Point.",
        "2. End.", "2.1 Last.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "start", "text", "label"),
    [
        ("decimal", 7, "Article %1:", "Article 7: "),
        ("lowerLetter", 26, "%1)", "z) "),
        ("upperLetter", 28, "%1", "BB "),
        ("lowerRoman", 9, "(%1)", "(ix) "),
        ("upperRoman", 1994, "%1.", "MCMXCIV. "),
        ("upperRoman", 4000, "%1.", "4000. "),
        ("lowerLetter", 999999999, "%1.", "999999999. "),
        ("chineseCounting", 3, "第%1条", "第3条 "),
        ("none", 1, "%1", ""),
        ("none", 1, "Note %1", "Note "),
        ("decimal", 1, "", ""),
        ("decimal", 1, 300 * "x", ""),
    ],
)
def test_a_number_is_written_as_its_level_shows_it(kind: str, start: int, text: str, label: str) -> None:
    assert labelled(numbering(level(0, kind, text, start)), item("Words.")) == [f"{label}Words."]


def test_a_style_numbers_its_paragraphs_and_those_of_the_styles_based_on_it() -> None:
    def style(name: str, inside: str, based: str = "") -> str:
        base = f'<w:basedOn w:val="{based}"/>' if based else ""
        return f'<w:style w:type="paragraph" w:styleId="{name}">{base}<w:pPr>{inside}</w:pPr></w:style>'

    chosen = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    off = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    styles = (
        style("Top", chosen) + style("Sub", chosen) + style("SubToo", "", "Sub") + style("Bare", off, "Top")
        + style("Round", "", "Trip") + style("Trip", "", "Round")
    )  # fmt: skip
    levels = (
        level(0, "upperRoman", "%1.", more='<w:pStyle w:val="Top"/>'),
        level(1, "decimal", "%1.%2", more='<w:isLgl/><w:pStyle w:val="Sub"/>'),
    )
    names = ("Top", "Sub", "SubToo", "Bare", "Round", "Top", "Sub")
    body = [styled(f"{name}.", name) for name in names]
    unnumbered = p('<w:pPr><w:pStyle w:val="Top"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>', run("Off."))
    assert labelled(numbering(*levels), *body, unnumbered, styles=styles) == [
        "I. Top.", "1.1 Sub.", "1.2 SubToo.", "Bare.", "Round.", "II. Top.", "2.1 Sub.", "Off.",
    ]  # fmt: skip


def test_numberings_of_one_list_go_on_with_it_unless_they_start_anew() -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "decimal", "[%1]")}</w:lvlOverride>'
    numbers = numbering(level(0, "decimal", "%1."), nums=num(2) + num(3, anew) + num(4, own))
    body = [item(f"{n}.", number=n) for n in (1, 2, 3, 3, 4, 9)]
    assert labelled(numbers, *body) == ["1. 1.", "2. 2.", "5. 3.", "6. 3.", "[7] 4.", "9."]


def test_what_is_empty_counts_and_what_was_deleted_does_not() -> None:
    deleted = "<w:rPr><w:del/></w:rPr>"
    lines = box(item("In a box."))  # which is written twice
    body = (item("One."), item(""), item("Gone.", more=deleted), item("Three."), p(run("Box:"), lines), item("Five."))
    assert labelled(numbering(level(0, "decimal", "%1.")), *body) == [
        "1. One.", "Gone.", "3. Three.", "Box:", "4. In a box.", "5. Five.",
    ]  # fmt: skip


def test_a_numbered_heading_is_a_heading_with_its_number(tmp_path: Path) -> None:
    heading = p(
        '<w:pPr><w:pStyle w:val="Heading1"/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>', run("Term and rent")
    )
    content = docx_with_body(heading + p(run("It is long.")), numbering=numbering(level(0, "decimal", "%1.")))
    document = loaded(tmp_path, "a.docx", content)
    assert [each.text for each in headings_of(document)] == ["1. Term and rent"]
    assert [sentence.text for sentence in sentences_of(document)] == ["1. Term and rent", "It is long."]


def test_a_numbering_that_says_nonsense_numbers_nothing_and_breaks_nothing() -> None:
    broken = '<w:lvl w:ilvl="x"><w:start/><w:lvlText/></w:lvl><w:lvl><w:numFmt w:val="bullet"/></w:lvl>'
    numbers = f'<w:abstractNum>{broken}</w:abstractNum><w:num w:numId="1"/><w:num/>'
    assert labelled(numbers, item("One."), item("Two.", depth=99), item("Three.", number=7)) == [
        "One.",
        "Two.",
        "Three.",
    ]


# Word: footnotes and endnotes


def refer(number: int, kind: str = "footnote") -> str:
    return f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{kind}Reference w:id="{number}"/></w:r>'


def note(number: int, *paragraphs: str, kind: str = "footnote") -> str:
    return f'<w:{kind} w:id="{number}">{"".join(paragraphs)}</w:{kind}>'


def said(text: str) -> str:
    """Return a note's first paragraph as Word writes it."""
    return p("<w:r><w:footnoteRef/></w:r>", run(f" {text}"))


SEPARATOR = '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'


def test_a_note_stands_behind_the_paragraph_that_refers_to_it_with_its_mark() -> None:
    body = (
        p(run("The rate rose to 25"), refer(2), run(" in 2010."), refer(7, "endnote"), run(" It fell."), refer(1)),
        p(run("The end."), refer(3)),
    )
    footnotes = SEPARATOR + note(1, said("Smith 2011.")) + note(2, said("Per cent."), p(run("Of all.")))
    endnotes = note(7, said("In May."), kind="endnote")
    assert word_text(*body, footnotes=footnotes + note(3, said("Fin.")), endnotes=endnotes) == (
        "The rate rose to 25[1] in 2010.[2] It fell.[3]\n\n"
        "[1] Per cent.\n\nOf all.\n\n[2] In May.\n\n[3] Smith 2011.\n\n"
        "The end.[4]\n\n[4] Fin."
    )


def test_a_note_of_a_cell_stands_behind_the_table_and_one_referred_to_twice_stands_once() -> None:
    body = table((p(run("a"), refer(1)), p(run("b"), refer(2)))), p(run("Again."), refer(1))
    assert word_text(*body, footnotes=note(1, said("One.")) + note(2, said("Two."))) == (
        "| a[1] | b[2] |\n\n[1] One.\n\n[2] Two.\n\nAgain.[1]"
    )


def test_a_reference_that_was_deleted_or_has_no_note_leaves_no_mark() -> None:
    body = p(run("One."), f"<w:del>{refer(1)}</w:del>", refer(2), run(" Two."), refer(3), refer(9))
    footnotes = note(1, said("Deleted.")) + note(2, p()) + note(3, said("Kept."))
    assert word_text(body, footnotes=footnotes) == "One. Two.[1]\n\n[1] Kept."


def test_notes_leave_headings_and_sentences_where_they_are(tmp_path: Path) -> None:
    style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>'
    body = (
        p(style, run("Rates"), refer(1)),
        p(run("It rose."), refer(2), run(" It fell.")),
        p(style, run("Ends")),
        p(run("Over.")),
    )
    footnotes = note(1, said("In part.")) + note(2, said("By 25. Or more."))
    document = loaded(tmp_path, "a.docx", docx_with_body("".join(body), footnotes))
    assert document.text == "Rates[1]\n\n[1] In part.\n\nIt rose.[2] It fell.\n\n[2] By 25. Or more.\n\nEnds\n\nOver."
    assert [heading.text for heading in headings_of(document)] == ["Rates[1]", "Ends"]
    assert section_at(document, document.text.index("By 25")) == "Rates[1]"
    assert [sentence.text for sentence in sentences_of(document)] == [
        "Rates[1]",
        "[1] In part.",
        "It rose.[2]",
        "It fell.",
        "[2] By 25.",
        "Or more.",
        "Ends",
        "Over.",
    ]


# Word: files inside the file

EMBEDDED = '<w:altChunk r:id="rId99"/>'


def test_a_word_file_whose_text_is_another_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(docx_with_body(EMBEDDED))
    (tmp_path / "b.docx").write_bytes(docx_with_body(p(run("Words.")) + EMBEDDED))
    found = load_paths([tmp_path])
    assert [document.text for document in found.documents] == ["Words."]
    reason = "its text is another file inside it; open it in Word, save it as .docx and take that"
    assert found.skipped == (Skipped("a.docx", reason),)
    assert found.notes == ("b.docx has other files inside it, which were not read",)


def test_a_word_file_without_any_of_this_has_no_note() -> None:
    assert from_docx(docx_file("Words.")) == Text("Words.")
