"""All that a web page has for reading, in order, and whether a text that was found in the page says most of it.

Works on trees of lxml, which it does not import, made ready by `embeddings.markup`.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

from embeddings.markup import (
    BLOCKS,
    HEADINGS,
    has_loose_words,
    is_named_around,
    is_within,
    one_line,
    put_in_paragraphs,
    says_more_than_links,
)

_BREAK = "\u2028"  # white space to `split`, and next to never in a page
_UNSAID = (
    "script style template noscript svg canvas audio video iframe embed object head select datalist textarea rt rp"
).split()
_AROUND = frozenset(("nav", "footer", "aside", "form", "dialog", "button", "label", "input", "menu"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ARTICLES = ("article", "main", "section")
_ROWS = frozenset(("caption", "tbody", "td", "tfoot", "th", "thead", "tr"))
_BESIDE = frozenset(("section", "p", "ul", "ol", "dl", "table", "blockquote", "pre"))


def for_reading(tree: Any) -> Any:
    """Return a copy of a page's tree without what stands around its texts: menus, forms, comments, lists of links.

    What holds half of the page's text is never taken for such.
    """
    page = copy.deepcopy(tree)
    _drop(page.iter(*_UNSAID))
    most = len(page.text_content()) / 2
    around = [each for each in page.iter("*") if _is_around(each)]
    _drop(each for each in around if len(each.text_content()) < most)
    _drop(_links_alone(page))
    _drop(_headings_of_nothing(page))
    for table in page.iter("table"):
        if not any(part.tag in BLOCKS and part.tag not in _ROWS for part in table.iterdescendants()):
            for link in table.iter("a") if says_more_than_links(table) else ():
                link.tag = "span"  # else the table would be taken for a list of links
    return page


def _drop(elements: Iterable[Any]) -> None:
    for element in list(elements):
        if element.getparent() is not None:
            element.drop_tree()


def _is_around(element: Any) -> bool:
    """Return whether an element is hidden or, by its kind or name, stands around the texts of a page."""
    if element.tag in _AROUND or _is_hidden(element):
        return True
    if element.tag == "header":
        return not is_within(element, *_ARTICLES)
    if element.tag in {"html", "body", "main", "article", "h1"} or not is_named_around(element):
        return False
    return next(element.iterdescendants("main", "article", "h1"), None) is None


def _is_hidden(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style", "")))
    )


def _links_alone(page: Any) -> list[Any]:
    """Return the blocks with links in them and no word outside; rows, cells and items go only with all of theirs."""
    with_words = set()
    for text in page.xpath(".//text()"):
        holder = _holder(text)
        if re.search(r"\w", text) and not is_within(holder, "a"):
            while holder is not None and holder not in with_words:
                with_words.add(holder)
                holder = holder.getparent()
    blocks = page.iter("div", "ul", "ol", "dl", "p", "table")
    return [block for block in blocks if block not in with_words and block.find(".//a") is not None]


def _holder(text: Any) -> Any:
    """Return the element that a text stands in."""
    return text.getparent().getparent() if text.is_tail else text.getparent()


def _headings_of_nothing(page: Any) -> list[Any]:
    """Return the headings that no words follow before the next heading of their rank or a higher one."""
    empty: list[Any] = []
    waiting: list[Any] = []
    for node in page.xpath(f".//text() | .//{' | .//'.join(HEADINGS)}"):
        if not isinstance(node, str):
            empty += [heading for heading in waiting if heading.tag >= node.tag]
            waiting = [*(heading for heading in waiting if heading.tag < node.tag), node]
        elif re.search(r"\w", node) and not is_within(_holder(node), *HEADINGS):
            waiting = []
    return empty + waiting


def frame(page: Any) -> None:
    """Put all text of a page in paragraphs and, around them, a frame that is named as what holds an article."""
    body = page.find(".//body")
    body = page if body is None else body
    for box in list(body.iter("body", "main", "article", "section", "div")):
        if has_loose_words(box):
            put_in_paragraphs(box)
    frame = page.makeelement("div", {"itemprop": "articleBody"})
    frame.text, body.text = body.text, None
    frame.extend(body[:])
    body.append(frame)


def all_text(tree: Any) -> str:
    """Return all that a page says, a line a paragraph, an item or a table's row, in order."""
    tree = copy.deepcopy(tree)
    _drop(tree.iter(*_UNSAID))
    for row in list(tree.iter("tr")):
        _write_row(row)
    for text in tree.xpath(".//pre//text()"):
        _break_lines(text)
    for block in list(tree.iter(*BLOCKS)):
        lead = "- " if block.tag == "li" else ""
        block.text = f"{_BREAK}{lead}{block.text or ''}"
        block.tail = f"{_BREAK}{block.tail or ''}"
    lines = (one_line(line) for line in tree.text_content().split(_BREAK))
    text = re.sub(r"^-\n(?!- |\|)", "- ", "\n".join(line for line in lines if line), flags=re.MULTILINE)
    return unicodedata.normalize("NFC", re.sub("[\xad\u200b\ufeff\x7f-\x9f]", "", text))


def _break_lines(text: Any) -> None:
    """Keep the line ends of a text whose white space counts."""
    holder, broken = text.getparent(), text.replace("\n", _BREAK)
    if text.is_tail:
        holder.tail = broken
    else:
        holder.text = broken


def _write_row(row: Any) -> None:
    """Write a table's row as one line, its cells between bars, unless they hold paragraphs."""
    cells = [cell for cell in row if cell.tag in {"td", "th"}]
    if any(next(cell.iterdescendants(*BLOCKS), None) is not None for cell in cells):
        return
    for cell in cells:
        cell.tag = "span"
        cell.text = f"| {cell.text or ''}"
        cell.tail = " |" if cell is cells[-1] else " "


def is_most(text: str, page: Any) -> bool:
    """Return whether a text says most of what a page has for reading.

    That is seven tenths of all, eight tenths of what is in articles and sections, half of the first paragraph of 80
    letters and more, and seven tenths of what stands straight beside an article. Of the 2,951 pieces of text that
    trafilatura's 990 pages for evaluation must give, 2,702 come out where its first answer is taken, 2,827 where it is
    asked again in the pages that this tells; of the 2,966 that none should give, 328 and 407.
    """
    articles = _articles(page)
    first = next((line for line in articles.splitlines() if len(line) >= 80), "")
    return (
        share_said(text, all_text(page)) >= 0.7
        and share_said(text, articles) >= 0.8
        and share_said(text, first) >= 0.5
        and share_said(text, _beside_articles(page)) >= 0.7
    )


def _articles(page: Any) -> str:
    """Return what a page says outside of divisions that neither stand in an article or section nor hold one."""
    page = copy.deepcopy(page)
    boxes = (box for box in page.iter("div") if not is_within(box, *_ARTICLES))
    _drop(box for box in boxes if next(box.iterdescendants(*_ARTICLES), None) is None)
    return all_text(page)


def _beside_articles(page: Any) -> str:
    """Return what stands straight beside an article, but for boxes that lead on to others by their headings."""
    said = []
    for around in dict.fromkeys(article.getparent() for article in page.iter("article", "main")):
        for part in around:
            leads_on = any(heading.find(".//a") is not None for heading in part.iter(*HEADINGS))
            if part.tag in _BESIDE and not leads_on and next(part.iterdescendants("article", "main"), None) is None:
                said.append(all_text(part))
    return "\n".join(said)


def share_said(text: str, whole: str) -> float:
    """Return which share of the letters of a whole is in the words of a text, each as often as it stands there."""
    said, wanted = _words(text), _words(whole)
    n_letters = sum(len(word) * n for word, n in wanted.items())
    return 1 - sum(len(word) * n for word, n in (wanted - said).items()) / n_letters if n_letters else 1


def _words(text: str) -> Counter[str]:
    """Return how often each word is in a text, joiners and soft hyphens left out, as they are of a main text."""
    unseen = {ord(sign): None for sign in set(text) if not (sign.isprintable() or sign.isspace())}
    return Counter(re.findall(r"\w+", text.translate(unseen) if unseen else text))
