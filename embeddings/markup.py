"""A web page's tree made ready for looking for its main text: no piece of a sentence gets lost there afterwards.

Works on trees of lxml, which it does not import, and changes them in place. Knows not which text is the main one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = (
    *HEADINGS,
    *"address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset".split(),
    *"figcaption figure footer form header hr html legend li main menu nav ol optgroup option p pre section".split(),
    *"summary table tbody td tfoot th thead title tr ul".split(),
)
_WRAPPERS = frozenset(("a", "abbr", "b", "cite", "em", "font", "i", "mark", "small", "span", "strong", "u"))
_TEXT_BLOCKS = frozenset((*HEADINGS, "blockquote", "caption", "dd", "dt", "figcaption", "li", "p", "td", "th"))
_AROUND_NAMES = re.compile(
    r"comment|cookie|consent|side-?bar|related|newsletter|subscri|bread-?crumb|shar(e|ing)|social|promo|popup|modal"
    r"|\bnav|navbar|navigation|menu|footer|recommend|advert|\bads?\b|widget|teaser|author|byline|toolbar|paginat"
    r"|pager|disqus|banner|sponsor|\btags?\b|log-?in|sign-?up|respond|most-|popular|trending|\bskip",
    re.IGNORECASE,
)
_AROUND = frozenset(("nav", "aside", "footer", "header", "menu", "form", "dialog", *HEADINGS))
_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_MARKS = "\"'“”‘’„‚«»‹›「」『』《》"


def prepare(tree: Any) -> None:
    """Write dates, quotations, formulas, captions, boxes and raised digits so that they are read as text."""
    _settle_wiki(tree)
    _settle_latex(tree)
    for sup in list(tree.iter("sup")):
        _write_raised(sup)
    speaks = functools.cache(has_loose_words)  # asked for each of the many parts that an element can have
    for formula in list(tree.iter("math")):
        _write_formula(formula, alone=not _stands_in_text(formula, speaks))
    for quotation in reversed(list(tree.iter("q"))):
        _write_in_marks(quotation)
    for button in list(tree.iter("button")):
        _settle_in_heading(button)
    for piece in list(tree.iter("time", "output", "label", "button", "object")):
        if _stands_in_text(piece, speaks):
            _make_plain(piece)
    _open_boxes(tree)
    _open_divisions(tree)
    for items in list(tree.iter("ul", "ol", "dl")):
        if _goes_on_a_text(items):
            for link in list(items.iter("a")):
                _make_plain(link)


def _settle_wiki(tree: Any) -> None:
    """Drop MediaWiki's links for editing beside headings, and show the formulas that it hides behind their pictures."""
    for link in list(tree.iter("span")):
        if "mw-editsection" in link.get("class", "").split():
            _write(link, "")
    for formula in tree.iter("math"):
        for around in formula.iterancestors("span"):
            if "mwe-math" in around.get("class", ""):
                around.attrib.pop("style", None)


def _settle_latex(tree: Any) -> None:
    """Part what LaTeXML parts by style only: footnotes from their sentences, pieces of references from each other."""
    behind: dict[Any, Any] = {}
    for note in tree.find_class("ltx_note"):
        content = next(iter(note.find_class("ltx_note_content")), None)
        place = next(note.iterancestors(*BLOCKS), None)
        if note.tag != "span" or content is None or content is note or place is None:
            continue
        signs = [one_line(sign.text_content()) for sign in note.find_class("ltx_note_mark")]
        mark = f"[{signs[0]}]" if signs else ""
        for sign in [*content.find_class("ltx_note_mark"), *content.find_class("ltx_tag_note")]:
            _write(sign, "")
        said = note.makeelement("p")
        said.text = f"{mark} "
        said.append(content)
        _write(note, mark)
        _make_plain(note)
        if place.tag in {"td", "th"}:
            place = next(place.iterancestors("table"), place)
        if place.tag in {"p", "table", *HEADINGS}:
            behind.get(place, place).addnext(said)
            behind[place] = said
        else:
            place.append(said)
    for piece in [*tree.find_class("ltx_tag_bibitem"), *tree.find_class("ltx_bibblock")]:
        piece.tail = f" {piece.tail or ''}"


def _write_raised(sup: Any) -> None:
    """Write what is raised with raised digits, and a note's mark, which is a link, in brackets."""
    text = one_line(sup.text_content())
    around = next(sup.iterancestors("a"), None)
    if sup.find(".//a") is not None or (around is not None and one_line(around.text_content()) == text):
        written = f"[{text}]" if re.fullmatch(r"\d[\d,;\s–-]*|[a-z]", text) else text
    elif re.fullmatch(r"[^\W\d_]+", text) and text not in {"n", "i"}:  # as in 1st
        return
    elif re.search(r"[^\W\dni_]", text):
        written = f"^{text}"
    else:
        written = text.translate(_RAISED)
    if sup.find(".//img") is None:
        _write(sup, written)
        _make_plain(sup)


def _make_plain(element: Any) -> None:
    """Make an element one that only holds its text within the line; to drop its tag takes long among many others."""
    element.tag = "span"
    for name in ("class", "id"):
        element.attrib.pop(name, None)


def _write(element: Any, text: str) -> None:
    """Put a text in the place of all that an element holds."""
    del element[:]
    element.text = text


def _write_formula(formula: Any, *, alone: bool) -> None:
    """Write a formula in one line; one that brings its TeX is left, for that is taken."""
    if formula.get("alttext") or formula.find('.//annotation[@encoding="application/x-tex"]') is not None:
        return
    _write(formula, _in_one_line(formula))
    _make_plain(formula)
    if alone:
        formula.tag = "p"


def _in_one_line(formula: Any) -> str:
    """Return a formula of MathML in one line, e.g. "x² = 1/2"."""
    parts = [_in_one_line(part) + (part.tail or "").strip() for part in formula]
    if formula.tag == "mfrac" and len(parts) == 2:
        return f" {parts[0]}/{parts[1]}"
    if formula.tag == "msup" and len(parts) == 2:
        return parts[0] + parts[1].translate(_RAISED)
    if formula.tag in {"annotation", "annotation-xml"}:
        return ""
    own = (formula.text or "").strip()
    return f" {own} " if formula.tag == "mo" and own in {"=", "<", ">", "≤", "≥", "≈"} else own + "".join(parts)


def _write_in_marks(quotation: Any) -> None:
    """Put quotation marks around a `q`, which browsers show with them, and make it plain."""
    before = quotation.getprevious()
    lead = (quotation.getparent().text if before is None else before.tail) or ""
    text = quotation.text_content().strip()
    if text and text[0] not in _MARKS and lead[-1:] not in set(_MARKS):
        first, last = "‘’" if sum(1 for _ in quotation.iterancestors("q")) % 2 else "“”"
        quotation.text = first + (quotation.text or "").lstrip()
        if len(quotation):
            quotation[-1].tail = (quotation[-1].tail or "").rstrip() + last
        else:
            quotation.text = quotation.text.rstrip() + last
    _make_plain(quotation)


def _settle_in_heading(button: Any) -> None:
    """Make a button plain that is all of a heading, and opens what is below; drop one beside a heading's words."""
    heading = next(button.iterancestors(*HEADINGS), None)
    if heading is not None and one_line(heading.text_content()) == one_line(button.text_content()):
        _make_plain(button)
    elif heading is not None:
        button.drop_tree()


def _stands_in_text(piece: Any, speaks: Callable[[Any], bool]) -> bool:
    """Return whether words stand beside a piece, or it fills a paragraph or cell and cannot be pressed."""
    pressed = piece.tag in {"button", "label"}
    if pressed and is_within(piece, "pre", "nav"):
        return False
    around = piece.getparent()
    while around is not None and not speaks(around):
        if around.tag not in _WRAPPERS:
            return around.tag in _TEXT_BLOCKS and not pressed
        around = around.getparent()
    return around is not None


def _open_boxes(tree: Any) -> None:
    """Make plain divisions of the boxes with text in them, which would be dropped as a whole."""
    in_paragraphs = any(one_line(paragraph.text_content()) for paragraph in tree.iter("p"))
    boxes = [box for box in tree.iter("figcaption", "legend") if _words_outside_links(box)]
    boxes += [form for form in tree.iter("form") if _is_for_reading(form)]
    boxes += [box for box in tree.iter("aside", "dialog") if _belongs_to_the_text(box)]
    boxes += [footer for footer in tree.iter("footer") if footer.getparent().tag == "blockquote"]
    for link in [link for figure in tree.iter("figure") for link in figure.iter("a")]:
        if not re.search(r"\w", link.text_content()):
            _make_plain(link)
    for box in [*boxes, *tree.iter("figure", "fieldset", "object")]:
        if box.tag in {"figure", "figcaption"}:  # captions are known by their names, and dropped
            _make_plain(box)
        for label in list(box.iter("label")):
            label.tag = "span"
        box.tag = "div"
        if in_paragraphs and has_loose_words(box):  # else divisions of text are read as well
            put_in_paragraphs(box)


def _open_divisions(tree: Any) -> None:
    """Put the words that stand straight in a division of an article in paragraphs, where most others stand in such.

    A few words without a stop are mostly what an article is dressed with: names of photographers, counts, captions.
    """
    in_article = [box for box in tree.iter("div", "p") if is_within(box, "article", "main")]
    loose = {box: one_line(" ".join(box.xpath("text()"))) for box in in_article if box.tag == "div"}
    n_in_paragraphs = sum(len(one_line(box.text_content())) for box in in_article if box.tag == "p")
    if n_in_paragraphs <= sum(map(len, loose.values())):
        return
    stands_around = functools.cache(_stands_around)
    for box, words in loose.items():
        n_linked = sum(len(one_line(link.text_content())) for link in box.iterchildren("a"))
        is_said = len(words) >= 40 or words.endswith((".", "!", "?", "。", "！", "？"))
        is_text = is_said and len(words) > n_linked and has_loose_words(box)
        if is_text and not any(map(stands_around, [box, *box.iterancestors()])):
            put_in_paragraphs(box)


def _stands_around(element: Any) -> bool:
    """Return whether an element is, by its kind or name, one that stands around a text."""
    is_frame = element.tag in {"html", "body", "main", "article"}
    return element.tag in _AROUND or (not is_frame and is_named_around(element))


def _is_for_reading(form: Any) -> bool:
    """Return whether a form holds text for reading rather than fields to fill in."""
    asks = form.xpath('.//textarea | .//input[@type="email" or @type="password" or @type="search"]')
    return not asks and sum(len(one_line(each.text_content())) for each in form.iter("p")) >= 100


def _belongs_to_the_text(box: Any) -> bool:
    """Return whether a box is part of an article: within it, open, no form, most of its words outside links."""
    around = next(box.iterancestors("article", "main"), None)
    if around is None or (around.tag == "main" and around.find(".//article") is not None):
        return False
    if box.find(".//form") is not None or is_named_around(box):
        return False
    if box.tag == "dialog" and box.get("open") is None:
        return False
    return 2 * len(_words_outside_links(box)) > len(one_line(box.text_content()))


def _words_outside_links(element: Any) -> str:
    return one_line("".join(element.xpath(".//text()[not(ancestor::a)]")))


def says_more_than_links(element: Any) -> bool:
    """Return whether a quarter of an element's text is outside of links; dates beside titles of articles are less."""
    return 4 * len(_words_outside_links(element)) >= len(one_line(element.text_content())) > 0


def _goes_on_a_text(items: Any) -> bool:
    """Return whether a list of single lines in an article stands among paragraphs, or says more than links do."""
    if not is_within(items, "article", "main") or is_named_around(items):
        return False
    if is_within(items, "nav", "aside", "footer", "header", "menu", "form"):
        return False
    if any(part.tag in BLOCKS and part.tag not in {"li", "dt", "dd"} for part in items.iterdescendants()):
        return False
    if says_more_than_links(items):
        return True
    before = items.getprevious()
    if before is None or before.tag != "p":
        return False
    return one_line(before.text_content()).endswith((":", "：")) or next(items.itersiblings("p"), None) is not None


def is_named_around(element: Any) -> bool:
    """Return whether the names of an element are those of what stands around a text: menus, comments and such."""
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return len(names) > 1 and bool(_AROUND_NAMES.search(names))


def has_loose_words(box: Any) -> bool:
    """Return whether words stand straight in an element, and not within a part of it."""
    return bool(re.search(r"\w", box.text or "")) or any(re.search(r"\w", part.tail or "") for part in box)


def put_in_paragraphs(box: Any) -> None:
    """Put the words that stand straight in a box, with what stands within the line, in paragraphs."""
    parts = box[:]
    del box[:]
    line = box.makeelement("p")
    line.text, box.text = box.text, None
    box.append(line)
    for part in parts:
        tail, part.tail = part.tail, None
        if part.tag in BLOCKS or next(part.iterdescendants(*BLOCKS), None) is not None:
            line = box.makeelement("p")
            line.text = tail
            box.extend([part, line])
        else:
            part.tail = tail
            line.append(part)


def is_within(element: Any, *tags: str) -> bool:
    """Return whether an element is of one of these kinds or stands in one."""
    return element.tag in tags or next(element.iterancestors(*tags), None) is not None


def one_line(text: str) -> str:
    """Return a text with single blanks in place of all white space."""
    return " ".join(text.split())
