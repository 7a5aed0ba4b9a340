from __future__ import annotations

import html
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from qa.ui.markup import button, counted, escaped


class Texts(HTMLParser):
    """Collects what a parser sees as text and as tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_tags_and_quotes_are_written_as_references() -> None:
    assert escaped("""<a href='x'>"&"</a>""") == "&lt;a href=&#x27;x&#x27;&gt;&quot;&amp;&quot;&lt;/a&gt;"


def test_carriage_return_survives_as_a_reference() -> None:
    assert escaped("a\r\nb") == "a&#13;\nb"


def test_what_no_page_can_hold_becomes_one_character_each() -> None:
    assert escaped("a\0b\ud800c") == "a\ufffdb\ufffdc"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_escaped_text_reads_back_as_itself_and_holds_no_tag(text: str) -> None:
    assert html.unescape(escaped(text)) == text.replace("\r", "\r")
    assert not set("<>\"'") & set(escaped(text))


@given(st.text(), st.text())
def test_a_button_is_one_button_whatever_its_attributes_say(label: str, title: str) -> None:
    parser = Texts()
    parser.feed(button("citation", "cite", "1", turn=0, item=1, label=label, quote=title))
    (tag, attributes) = parser.tags[0]
    assert [tag for tag, _ in parser.tags] == ["button"]
    assert (tag, attributes["data-event"], parser.text) == ("button", "cite", "1")
    assert set(attributes) <= {"type", "class", "data-event", "data-turn", "data-item", "aria-label", "data-quote"}


def test_button_leaves_out_what_it_is_not_given() -> None:
    assert button("tool", "back", "Back") == '<button type="button" class="tool" data-event="back">Back</button>'


def test_counted_says_one_document_and_1_204_documents() -> None:
    assert counted(1, "document") == "1 document"
    assert counted(1204, "document") == "1,204 documents"
