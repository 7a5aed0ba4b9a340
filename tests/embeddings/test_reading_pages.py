"""What a web page or a text in a doubtful encoding says is read: all articles, every piece of a sentence, every letter."""

from __future__ import annotations

from pathlib import Path

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import decode, extract, whole_page
from embeddings.errors import LoadError
from embeddings.load import load_paths

MENU = "<nav><a href='/'>Home</a> <a href='/b'>About us</a></nav>"
FOOTER = "<footer><p>Copyright 2020 by the Town News. All rights reserved.</p></footer>"
COOKIES = (
    "<div id='cookie-banner'><p>We use cookies to give you the best experience on our site, and so do our partners. "
    "Read our policy to learn how you can say no.</p><button>Accept</button></div>"
)
RELATED = (
    "<section class='related'><h2>Related articles</h2><ul><li><a href='1'>A town far away opens its school</a></li>"
    "<li><a href='2'>Roads are mended</a></li></ul></section>"
)
COMMENTS = (
    "<div id='comments'><h2>2 comments</h2><ol class='comment-list'><li><p>I do not believe a word of this, and my "
    "neighbour neither.</p></li><li><p>Great article, thanks a lot for writing about our town!</p></li></ol></div>"
)
SIDEBAR = "<aside><h3>Newsletter</h3><p>Our best stories, once a week.</p><form><input type='email'></form></aside>"
TEASER = "<article><h3><a href='1'>A teaser</a></h3><p>The short text of this teaser.</p></article>"
CARDS = f"<section><h2>More stories</h2>{3 * TEASER}</section>"
WHOLE_NOTE = "has no part that is plainly its main text, and was read whole but for its menus"


def page(body: str) -> extract.Text:
    return extract.from_html(f"<!doctype html><html><head><title>T</title></head><body>{body}</body></html>")


def text(body: str) -> str:
    return page(body).text


def story(name: str, n_paragraphs: int = 3) -> list[str]:
    return [f"In story {name} the town met for the {n}th time and chose road {n}." for n in range(n_paragraphs)]


def marked(paragraphs: list[str]) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


# All of a page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<article>", "</article>"),
        ("<div class='post'>", "</div>"),
        ("<div><div class='entry-content'>", "</div></div>"),
        ("<div class='card'><article class='post'>", "</article></div>"),
    ],
)
def test_every_article_of_a_page_is_read(before: str, after: str) -> None:
    stories = {name: story(name) for name in ("one", "two", "three")}
    body = "".join(f"{before}<h2>Story {name}</h2>{marked(told)}{after}" for name, told in stories.items())
    lines = [line for name, told in stories.items() for line in (f"Story {name}", *told)]
    assert page(MENU + body + FOOTER) == extract.Text(
        "\n\n".join(lines), "T", headings=tuple("\n\n".join(lines).index(f"Story {name}") for name in stories)
    )


def test_what_stands_beside_the_article_is_read_however_short_it_is() -> None:
    told = story("one", 9)
    summary, appendix = "In short: the school closes.", "The appendix lists the 14 wells."
    around = f"<p>{summary}</p><article><h1>School</h1>{marked(told)}</article>"
    assert text(f"{MENU}<main>{around}</main>{FOOTER}") == "\n\n".join([summary, "School", *told])
    behind = f"<main><h1>School</h1>{marked(told)}</main><section><h2>Appendix</h2><p>{appendix}</p></section>"
    assert text(MENU + behind + FOOTER) == "\n\n".join(["School", *told, "Appendix", appendix])


def test_text_outside_of_paragraphs_is_read_where_it_is_most_of_a_page() -> None:
    loose = "".join(f"<div><h2>Part {n}</h2>{line}<br>It rained.</div>" for n, line in enumerate(story("one", 5)))
    lines = [part for n, line in enumerate(story("one", 5)) for part in (f"Part {n}", line, "It rained.")]
    first = story("two", 2)
    assert text(f"<div class='content'>{marked(first)}</div>{loose}") == "\n\n".join([*first, *lines])


def test_page_that_the_main_text_is_not_found_in_is_read_whole_and_said() -> None:
    # Trafilatura drops a part with such a name, and so two thirds of this page.
    seen, dropped = story("one", 2), story("two", 4)
    table = "<table><tr><th>Road</th><th>Year</th></tr><tr><td>North</td><td>1999</td></tr></table>"
    items = f"<ul><li>{dropped[0]}</li></ul>{marked(dropped[1:])}{table}<pre>one\n  <b>two</b></pre>"
    got = page(f"{MENU}{marked(seen)}<div class='slide'>{items}</div>{FOOTER}")
    assert got.text == (
        f"{seen[0]}\n\n{seen[1]}\n- {dropped[0]}\n\n{dropped[1]}\n\n{dropped[2]}\n\n{dropped[3]}\n"
        "| Road | Year |\n| North | 1999 |\n\none\n\ntwo"
    )
    assert got.note == WHOLE_NOTE


@pytest.mark.parametrize(
    "around",
    [
        "{article}",
        COOKIES + MENU + "<main>{article}" + RELATED + COMMENTS + "</main>" + SIDEBAR + FOOTER,
        COOKIES + MENU + "<main>{article}</main>" + CARDS + FOOTER,
        "<div class='menu'><ul><li><a href='1'>One</a></li></ul></div>{article}" + RELATED + COMMENTS + COOKIES,
        "<a class='skip-link' href='#main'>Skip to the text</a><header><p>Town News</p></header>{article}" + SIDEBAR,
    ],
)
def test_what_stands_around_an_article_stays_out(around: str) -> None:
    told = story("one", 12)
    article = f"<article><h1>School</h1>{marked(told)}</article>"
    assert page(around.format(article=article)) == extract.Text("\n\n".join(["School", *told]), "T", headings=(0,))


FILMS = (
    "<table><tr><th>Year</th><th>Film</th><th>Director</th></tr>"
    "<tr><td>1999</td><td><a href='1'>The Matrix</a></td><td><a href='2'>Wachowski</a></td></tr>"
    "<tr><td>2001</td><td><a href='3'>Amélie</a></td><td>Jeunet</td></tr></table>"
)
TOWNS = "<ul><li><a href='1'>Alpha</a></li><li><a href='2'>Beta</a>, second</li></ul>"


def test_cells_and_items_that_are_links_stay_where_their_table_or_list_has_words() -> None:
    # Trafilatura drops a part with such a name, so that the page is looked through again.
    told = story("one", 60)
    songs = "".join(f"<tr><td>No. {n}</td><td><a href='{n}'>Song of {n}</a></td></tr>" for n in range(10, 99))
    lists = f"{FILMS}<table>{songs}</table>{TOWNS}"
    body = f"{MENU}<article><p>{told[0]}</p>{lists}</article><div class='slide'>{marked(told[1:])}</div>{FOOTER}"
    got = text(body)
    assert "| No. 10 | Song of 10 |" in got
    assert "| No. 98 | Song of 98 |" in got
    assert "| 1999 | The Matrix | Wachowski |" in got
    assert "| 2001 | Amélie | Jeunet |" in got
    assert "- Alpha\n- Beta, second" in got


def test_table_that_says_more_than_its_links_is_not_taken_for_a_list_of_links() -> None:
    def links_in(table: str) -> int:
        tree = trafilatura.load_html(f"<html><body>{marked(story('one'))}{table}</body></html>")
        return len(whole_page.for_reading(tree).findall(".//table//a"))

    assert links_in(FILMS) == 0
    # "x" is one of 41 characters, and the second is a table that others are laid out with.
    assert (
        links_in("<table><tr><td>x</td><td><a href='1'>A town far away opens its school again.</a></td></tr></table>")
        == 1
    )
    assert links_in("<table><tr><td><p>It has words.</p><a href='1'>One</a></td></tr></table>") == 1


def test_list_of_an_article_with_words_outside_of_links_is_read_wherever_it_stands() -> None:
    first, last = story("one", 2)
    body = f"<article><h1>A</h1><p>{first}</p><h2>Towns</h2>{TOWNS}<h2>End</h2><p>{last}</p></article>"
    assert text(body) == f"A\n\n{first}\n\nTowns\n- Alpha\n- Beta, second\n\nEnd\n\n{last}"


def test_text_straight_in_a_division_of_an_article_is_read_beside_its_paragraphs() -> None:
    told = story("one", 6)
    loose = "Three of them <b>left</b>. They went by road.<br>Nobody saw it."
    lines = ["Three of them left. They went by road.", "Nobody saw it."]
    table = "<table><tr><td>a</td><td>b</td></tr></table>"
    for around in ("<article>{}</article>", "<main><div class='text'>{}</div></main>"):
        assert text(around.format(f"{marked(told)}<div>{loose}</div>{marked(told)}")) == "\n\n".join(
            [*told, *lines, *told]
        )
        assert text(around.format(f"{marked(told)}{table}<div>{loose}</div>")) == (
            "\n\n".join(told) + "\n| a | b | \n\n" + "\n\n".join(lines)
        )


@pytest.mark.parametrize(
    "box",
    [
        "<div class='share-box'>Tell your friends about this story now.</div>",
        "<aside><div>Our best stories come once a week.</div><form><input type='email'></form></aside>",
        "<div class='comments'><div>I do not believe a word of this.</div></div>",
        "<div>Read more: <a href='1'>A town far away opens its school again.</a></div>",
        "<div>Photo by Jane Doe</div>",
        "<div><ul><li>3 May <a href='1'>A town far away opens its school</a></li>"
        "<li>4 May <a href='2'>Many roads are mended in it</a></li></ul></div>",
        "<div><a href='1'>Home</a> / <a href='2'>News</a></div>",
    ],
)
def test_division_that_is_no_text_stays_out_of_an_article(box: str) -> None:
    told = story("one", 6)
    assert text(f"<article>{marked(told)}{box}{marked(told)}</article>") == "\n\n".join([*told, *told])


def test_very_large_page_keeps_its_paragraphs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "MAX_PAGE_CHARACTERS", 10)
    assert text("<p>The fox\nruns.</p><ul><li><p>It is red.</p></li><li>It naps.</li></ul>End.") == (
        "The fox runs.\n- It is red.\n- It naps.\n\nEnd."
    )


PIECES = (
    "<article> </article> <main> <section> <header> <footer> <aside> <div> </div> <p> </p> <h1> </h1> <h2> <pre> <br> "
    "<table><tr><td> </table> <ul><li> </ul> <figure> <figcaption> <blockquote> <form> <legend> <label> <button> <time> "
    "</time> <object> </object> <math> <mfrac> </math> <sup> </sup> <q> </q> <a#> </a> <svg> <template> <frameset> <head> "
    "<title> <body> </body> <html> </html> <!--#--> &#0; words 12"
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES.split()), max_size=25), st.sampled_from(["", "<!doctype html><html><body>"]))
def test_no_order_of_tags_is_taken_for_damage(pieces: list[str], start: str) -> None:
    try:
        extract.from_html(start + " ".join(pieces))
    except LoadError as error:
        assert error.__cause__ is None


# Every piece of a sentence


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It was held on <time datetime='1999'>3 May 1999</time> in Bergen.", "It was held on 3 May 1999 in Bergen."),
        ("It was held on <b><time>3 May</time></b>.", "It was held on 3 May."),
        ("The sum is <output>42</output> units.", "The sum is 42 units."),
        ("Press <button>Save</button> to keep <label>Name</label>.", "Press Save to keep Name."),
        ("It is <object data='a.svg'>a red fox</object> now.", "It is a red fox now."),
        ("She said <q>we <b>will</b> win</q> twice.", "She said “we will win” twice."),
        ("He said <q>she said <q>no</q></q>.", "He said “she said ‘no’”."),
        ("He said “<q>no</q>” and <q>«si»</q>.", "He said “no” and «si»."),
        (
            "So <math><mi>x</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></math> and "
            "<math><msup><mi>y</mi><mn>2</mn></msup></math>.",
            "So x = 1/2 and y².",
        ),
    ],
)
def test_no_piece_of_a_sentence_is_lost(sentence: str, expected: str) -> None:
    around = story("one")
    body = f"<article>{marked(around)}<p>{sentence}</p>{marked(around)}</article>"
    assert text(body).split("\n\n")[3] == expected


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ("<figure><img src='a.png'><figcaption>Figure 1: rain on 17 days.</figcaption></figure>", "Figure 1: rain on 17 days."),
        ("<aside><p>Note: the well is closed.</p></aside>", "Note: the well is closed."),
        ("<aside>Note: the well is <b>closed</b>.</aside>", "Note: the well is closed."),
        ("<fieldset><legend>Limits</legend><p>Seven at most.</p></fieldset>", "Limits\n\nSeven at most."),
        ("<dialog open><p>The limit is 30.</p></dialog>", "The limit is 30."),
        ("<object data='a.svg'>Sales rose to 42.</object>", "Sales rose to 42."),
        ("<blockquote><p>To be.</p><footer>Hamlet</footer></blockquote>", "To be.\n\nHamlet"),
        (f"<form>{marked(story('two'))}</form>", "\n\n".join(story("two"))),
        (
            "<p>Members are:</p><ul><li><a href='a'>Alpha town</a></li><li><a href='b'>Beta town</a></li></ul>",
            "Members are:\n- Alpha town\n- Beta town",
        ),
        ("<h2><button>When is it?</button></h2>", "When is it?"),
        ("<h2>When is it? <button>Copy</button></h2>", "When is it?"),
        # And what is for pressing and filling in, not for reading:
        ("<div><button>Share</button></div>", ""),
        ("<dialog><p>Sign in to read on.</p></dialog>", ""),
        ("<form><p><label>Name</label> <input name='n'></p></form>", ""),
        ("<aside class='related'><p>More of it is told elsewhere.</p></aside>", ""),
    ],
)  # fmt: skip
def test_boxes_with_text_are_read_and_those_without_are_not(box: str, expected: str) -> None:
    around = story("one")
    assert text(f"<article>{marked(around)}{box}{marked(around)}</article>") == "\n\n".join(
        [*around, *([expected] if expected else []), *around]
    )


# Pages that well-known programs write

EDIT = "<span class='mw-editsection'><span>[</span><a href='e'>edit</a><span>]</span></span>"
FORMULA = (
    "<span class='mwe-math-element'><span class='mwe-math-mathml-inline' style='display: none;'>"
    "<math alttext='{}'><semantics><mi>x</mi><annotation encoding='application/x-tex'>{}</annotation></semantics></math>"
    "</span><img class='mwe-math-fallback-image-inline' alt='{}' src='x.svg'></span>"
)


def test_page_of_mediawiki_has_its_formulas_and_captions_and_no_links_for_editing() -> None:
    told = story("one", 6)
    formula = FORMULA.replace("{}", "x=1")
    picture = "<figure><a href='f'><img src='a.jpg'></a><figcaption>A fox in snow</figcaption></figure>"
    heading = f"<div class='mw-heading'><h2>Late</h2>{EDIT}</div>"
    body = f"<h2>Early{EDIT}</h2>{marked(told)}{heading}<p>Let {formula} hold.</p>{picture}{marked(told)}"
    assert text(f"<main>{body}</main>") == "\n\n".join(
        ["Early", *told, "Late", "Let \\(x=1\\) hold.", "A fox in snow", *told]
    )


def note_of_latex(sign: str, words: str) -> str:
    mark = f"<sup class='ltx_note_mark'>{sign}</sup>"
    content = f"{mark}<span class='ltx_tag ltx_tag_note'>{sign}</span>{words}"
    return (
        f"<span class='ltx_note ltx_role_footnote'>{mark}<span class='ltx_note_outer'>"
        f"<span class='ltx_note_content'>{content}</span></span></span>"
    )


def test_page_of_latexml_has_its_notes_behind_their_paragraphs_and_its_references_parted() -> None:
    told = story("one", 6)
    first, second, third = (
        note_of_latex("1", "See <em>the report</em>."), note_of_latex("2", "Or not."), note_of_latex("†", "In May.")
    )  # fmt: skip
    pieces = "".join(
        f"<span class='ltx_bibblock'>{piece}</span>" for piece in ("Smith, J. (2019).", "Roads.", "<em>J</em>, 3.")
    )
    item = f"<li class='ltx_bibitem'><span class='ltx_tag ltx_tag_bibitem'>[12]</span>{pieces}</li>"
    table = f"<table><tr><td>a{third}</td><td>b</td></tr></table>"
    body = f"<p>It was so before{first} and since.{second}</p>{table}{marked(told)}<h2>References</h2><ul>{item}</ul>"
    assert text(f"<article>{marked(told)}{body}</article>") == (
        "\n\n".join([*told, "It was so before[1] and since.[2]", "[1] See the report.", "[2] Or not."])
        + "\n| a[†] | b | \n\n"
        + "\n\n".join(["[†] In May.", *told, "References"])
        + "\n- [12] Smith, J. (2019). Roads. J, 3."
    )


@pytest.mark.parametrize(
    "odd",
    [
        "<span class='ltx_note'><span class='ltx_note_content ltx_note_mark'><span class='ltx_note'>",
        "<p class='ltx_note ltx_note_content'><table class='ltx_note'><tr><td class='ltx_note_content'>",
        "<math class='mwe-math'><span class='mw-editsection'><figure><a><figure>",
        "<ul><li><a href='1'>One</a><ul><li><div class='ltx_bibblock'>",
    ],
)
def test_odd_use_of_their_names_breaks_nothing(odd: str) -> None:
    told = story("one", 3)
    for start in ("<main>", "", "<html class='ltx_note mw-editsection'><body class='ltx_note'>"):
        assert told[0] in extract.from_html(f"{start}{marked(told)}{odd}words").text


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("25<sup><a href='#n3'>3</a></sup> units", "25[3] units"),
        ("25<a href='#n3'><sup>3</sup></a> units", "25[3] units"),
        ("25<sup class='reference'><a href='#n3'>[3]</a></sup> units", "25[3] units"),
        ("10<sup>6</sup> cells", "10⁶ cells"),
        ("10<sup>−<i>12</i></sup> m", "10⁻¹² m"),
        ("Ca<sup>2+</sup>, 2<sup>n</sup>", "Ca²⁺, 2ⁿ"),
        ("10<sup>x+1</sup> and 5<sup>1,2</sup>", "10^x+1 and 5¹,²"),
        ("the 1<sup>st</sup> M<sup>me</sup>", "the 1st Mme"),
        ("H<sub>2</sub>O", "H2O"),
    ],
)
def test_raised_digits_are_no_digits_of_the_number_before(raised: str, expected: str) -> None:
    assert text(f"<article><p>It has {raised} here.</p>{marked(story('one'))}</article>").startswith(
        f"It has {expected} here.\n\n"
    )


# Encodings

CHINESE = "乌镇峰会在浙江举行，来自世界各地的代表就互联网的发展进行了讨论。"
JAPANESE = "東京は日本の首都であり、人口が多い。"
RUSSIAN = "Он ушёл домой."


def test_one_bad_byte_leaves_the_rest_of_utf_8_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(CHINESE.encode()[:-1])  # 。 is three bytes, of which two are left
    (tmp_path / "b.txt").write_bytes("“It’s” late – at the ".encode() + b"caf\xe9 again.")
    (tmp_path / "c.txt").write_bytes("é is ".encode() + b"\xe9.")  # which of the two it is cannot be told
    loaded = load_paths([tmp_path])
    assert [document.text for document in loaded.documents] == [
        CHINESE[:-1] + "��",
        "“It’s” late – at the caf� again.",
        "Ã© is é.",
    ]
    assert loaded.notes == (
        "a.txt is UTF-8 but for 2 bytes, which are shown as �",
        "b.txt is UTF-8 but for one byte, which is shown as �",
        "c.txt is not UTF-8 and was read as Latin-1",
    )


def test_chinese_that_is_not_utf_8_is_read_as_gb_18030_and_nothing_else_is() -> None:
    assert decode.decoded(CHINESE.encode("gbk")) == (CHINESE, "is not UTF-8 and was read as GB 18030")
    for words, encoding in (
        (JAPANESE, "euc_jp"),
        (JAPANESE, "cp932"),
        ("서울은 대한민국의 수도이며 인구가 많다.", "euc_kr"),
        (RUSSIAN.upper() * 4, "koi8-r"),
        ("Größere Bäume stehen über den Flüssen.", "latin-1"),
    ):
        assert decode.decoded(words.encode(encoding))[1] in {
            "is not UTF-8 and was read as Latin-1",
            "is not UTF-8 and was read as Windows-1252",
        }


@pytest.mark.parametrize(
    ("stated", "encoding", "words"),
    [
        ("gb2312", "gbk", CHINESE + "朱镕基"),  # 镕 is no character of GB 2312
        ("iso-8859-1", "cp1252", "“It’s” 5 €"),
        ("ISO-2022-JP", "iso2022_jp", JAPANESE),
        ("shift_jis", "cp932", "①" + JAPANESE),
        ("euc-kr", "cp949", "똠방각하"),
        ("x-sjis", "cp932", JAPANESE),
        ("x-mac-cyrillic", "mac_cyrillic", RUSSIAN),
        ("iso-8859-1", "utf-8", CHINESE),  # valid UTF-8 is UTF-8, whatever it states
    ],
)
def test_stated_encoding_is_read_as_browsers_read_it(stated: str, encoding: str, words: str) -> None:
    source = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={stated}"></head><p>{words}</p>'
    assert decode.decoded_page(source.encode(encoding)) == (source, "")


def test_xml_declaration_states_an_encoding(tmp_path: Path) -> None:
    source = f'<?xml version="1.0" encoding="windows-1251"?><html><body><p>{RUSSIAN}</p></body></html>'
    (tmp_path / "a.xhtml").write_bytes(source.encode("cp1251"))
    loaded = load_paths([tmp_path])
    assert ([document.text for document in loaded.documents], loaded.notes) == ([RUSSIAN], ())


def test_page_with_one_bad_byte_is_read_in_the_encoding_that_it_states() -> None:
    source = f'<meta charset="gbk"><p>{CHINESE}'
    expected = (source + "�", "is gbk but for one byte, which is shown as �")
    assert decode.decoded_page(source.encode("gbk") + b"\xff") == expected


@pytest.mark.parametrize("stated", ["utf-8", "utf-7", "unicode_escape", "rot13", "no-such-encoding"])
def test_page_that_is_not_what_it_states_is_guessed(stated: str) -> None:
    source = f'<meta charset="{stated}"><p>“Grüße” +AGE- \\u0041'
    assert decode.decoded_page(source.encode("cp1252")) == (
        source,
        f"says that it is {stated}, is not, and was read as Windows-1252",
    )
