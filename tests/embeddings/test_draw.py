from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from embeddings.draw import CHANGED, DAMAGED, GONE, Box, Drawn, draw_page
from embeddings.errors import LoadError
from embeddings.load import load_file
from embeddings.types import Document
from tests.embeddings.files import pdf

LIVES = "The keeper lives on the island."
PAGE = ("The tower is red. " + LIVES, "It has 168 steps.", LIVES + " Nobody knows.")


def written(folder: Path, content: bytes, name: str = "a.pdf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def loaded(path: Path) -> Document:
    return load_file(path, path.name)


def dark(drawn: Drawn) -> NDArray[np.bool_]:
    """Return (height, width), true where the page has ink."""
    picture = Image.open(io.BytesIO(drawn.png))
    assert picture.size == (drawn.width_px, drawn.height_px)
    return np.asarray(picture.convert("L")) < 160


def inside(drawn: Drawn) -> NDArray[np.bool_]:
    """Return (height, width), true where one of the boxes is."""
    mask = np.zeros((drawn.height_px, drawn.width_px), bool)
    for box in drawn.boxes:
        rows = slice(round(box.top * drawn.height_px), round(box.bottom * drawn.height_px))
        mask[rows, round(box.left * drawn.width_px) : round(box.right * drawn.width_px)] = True
    return mask


def turned(content: bytes, entries: bytes) -> bytes:
    """Return the PDF with more entries in its pages; PDFium finds the objects that have moved."""
    return content.replace(b"/MediaBox [0 0 612 792]", b"/MediaBox [0 0 612 792] " + entries)


@pytest.mark.parametrize("entries", [b"", b"/Rotate 90", b"/Rotate 180", b"/Rotate 270", b"/CropBox [50 500 400 740]"])
def test_the_boxes_cover_the_ink_of_the_words_and_no_other(tmp_path: Path, entries: bytes) -> None:
    # The page without the words has the same ink everywhere else, so the difference is the words' own.
    page = ("The tower is red. It has 168 steps.", "The keeper", "lives here.")
    whole = written(tmp_path, turned(pdf([page]), entries))
    without = written(tmp_path, turned(pdf([("The tower is red.", "The keeper", "lives here.")]), entries), "b.pdf")
    document = loaded(whole)
    start = document.text.index("It has 168 steps.")
    drawn = draw_page(whole, document, 1, start, start + len("It has 168 steps."))
    other = dark(draw_page(without, loaded(without), 1))
    words = dark(drawn) & ~other
    assert words.sum() > 500
    assert (words & ~inside(drawn)).sum() == 0
    assert (other & inside(drawn)).sum() == 0
    if b"Rotate" not in entries or b"180" in entries:
        assert len(drawn.boxes) == 1


def test_of_a_sentence_that_stands_twice_the_place_of_the_offsets_is_boxed(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([PAGE]))
    document = loaded(path)
    first, second = document.text.index(LIVES), document.text.rindex(LIVES)
    (above,) = draw_page(path, document, 1, first, first + len(LIVES)).boxes
    (below,) = draw_page(path, document, 1, second, second + len(LIVES)).boxes
    # Lines stand 14 points below each other from 700 of 792 points down, and begin 72 of 612 points from the left.
    assert above.top < (792 - 700) / 792 < above.bottom
    assert below.top < (792 - 672) / 792 < below.bottom
    assert above.left > below.left
    assert below.left == pytest.approx(72 / 612, abs=0.002)


def test_words_over_two_lines_have_a_box_for_each_and_a_joined_hyphen_moves_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([("The hyphen-", "ated words go", "on here. And end.")]))
    document = loaded(path)
    assert document.text == "The hyphenated words go\non here. And end."
    start = document.text.index("words")
    boxes = draw_page(path, document, 1, start, document.text.index(" And")).boxes
    assert [round((1 - box.bottom) * 792) for box in boxes] == [683, 669]
    assert boxes[1].left == pytest.approx(72 / 612, abs=0.002)


def test_a_span_over_two_pages_has_its_words_on_each(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([("One. It goes",), ("on here. Two.",)]))
    document = loaded(path)
    start, end = document.text.index("It"), document.text.index(" Two.")
    drawn = [draw_page(path, document, number, start, end) for number in (1, 2)]
    assert [len(each.boxes) for each in drawn] == [1, 1]
    assert [(each.number, each.n_pages) for each in drawn] == [(1, 2), (2, 2)]
    assert draw_page(path, document, 2, 0, 3).boxes == ()


def test_a_page_of_a_wide_size_is_drawn_within_bounds(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([("Words.",)]).replace(b"[0 0 612 792]", b"[0 0 612 9000]"))
    drawn = draw_page(path, loaded(path), 1)
    assert (drawn.width_px, drawn.height_px) == (169, 2480)  # 612 / 9000 of 2480 is 168.6


def test_a_file_that_has_gone_or_changed_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([PAGE, ("Second.",)]))
    document = loaded(path)
    for content in (pdf([("Other words.",), ("Second.",)]), pdf([PAGE]), b"no PDF"):
        path.write_bytes(content)
        with pytest.raises(LoadError, match=f"^{CHANGED}$"):
            draw_page(path, document, 1)
    path.unlink()
    with pytest.raises(LoadError, match=f"^{GONE}$"):
        draw_page(path, document, 1)


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([PAGE]))
    for number in (0, 2):
        with pytest.raises(LoadError, match=f"^{CHANGED}$"):
            draw_page(path, loaded(path), number)


@pytest.mark.parametrize("box", ["[700 800 900 900]", "[612 0 700 100]"])
def test_a_page_that_shows_only_what_lies_outside_its_sheet_is_told(tmp_path: Path, box: str) -> None:
    whole, sheet = pdf([PAGE, ("Second.",)]), b"/MediaBox [0 0 612 792]"
    path = written(tmp_path, whole.replace(sheet, sheet + f" /CropBox {box}".encode(), 1))
    document = loaded(path)
    assert document.text == "\n\nSecond."
    with pytest.raises(LoadError, match=f"^{DAMAGED}$"):
        draw_page(path, document, 1)
    assert draw_page(path, document, 2, 2, 9).boxes


def test_pages_are_drawn_and_read_from_many_threads_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, pdf([PAGE] * 3))
    document = loaded(path)
    pictures: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: pictures.append(draw_page(path, document, 2, 0, 5).png)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pictures) == 8
    assert len(set(pictures)) == 1


def test_a_box_around_two_holds_both() -> None:
    assert Box(0.1, 0.2, 0.3, 0.4) | Box(0.2, 0.1, 0.5, 0.3) == Box(0.1, 0.1, 0.5, 0.4)
