from __future__ import annotations

import pytest

from embeddings.sections import section_at
from embeddings.types import Document

TEXT = """Before.

# The island #

On it.

```sh
# no heading
```

Still on it.

  ## The *tower*
Up.
#hash
~~~
# none
```
# none either
~~~
####### seven
"""


def at(words: str, path: str = "a.md") -> str:
    return section_at(Document.of(TEXT, path, "A"), TEXT.index(words))


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("Before.", ""),
        ("# The island", "The island"),
        ("On it.", "The island"),
        ("# no heading", "The island"),
        ("Still", "The island"),
        ("Up.", "The *tower*"),
        ("#hash", "The *tower*"),
        ("# none either", "The *tower*"),
        ("####### seven", "The *tower*"),
    ],
)
def test_a_place_stands_under_the_last_heading_before_it(words: str, heading: str) -> None:
    assert at(words) == heading


def test_lines_may_end_with_carriage_returns() -> None:
    text = "# One\r\n\r\nFirst.\r\n## Two\r\nSecond."
    document = Document.of(text, "a.MD", "A")
    assert section_at(document, text.index("First")) == "One"
    assert section_at(document, text.index("Second")) == "Two"


def test_what_is_no_markdown_has_no_sections() -> None:
    assert at("On it.", "a.txt") == ""
