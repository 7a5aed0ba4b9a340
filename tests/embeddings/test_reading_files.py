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
def test_a_word_is_put_together_as_the_page_has_it_elsewhere(lines: tuple[str, ...], text: str) -> None:
    assert from_pdf(pdf([lines])).text == text


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
    assert word_text(p(run("Before."), box(inner))) == "Before.\n\nA | B"
    assert word_text(p(run("One."), box(p(run("Two."), box(p(run("Three.")))))), p(run("Four."))) == (
        "One.\n\nTwo.\n\nThree.\n\nFour."
    )
    assert word_text(table((p(run("x"), box(inner)), p(run("y"))))) == "x A | B | y"


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
        "a[1] | b[2]\n\n[1] One.\n\n[2] Two.\n\nAgain.[1]"
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
