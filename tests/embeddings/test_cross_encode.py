import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings.cross_encode import MAX_FIRST, MAX_TOKENS, CrossEncoder, changed, open_cross_encoder
from embeddings.errors import WeightsError
from embeddings.tokens import PairTokens
from embeddings.weights import default_cache, fetch, model_folder, model_named
from qa.reader import WEIGHTS

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]

PAIRS = [
    ("The tower was built in 1671.", "Anna Berg built the tower in 1671. It is of granite."),
    ("The tower was built in 1702.", "Anna Berg built the tower in 1671."),
    ("Who built the tower?", "Anna Berg built the tower in 1671."),
    ("Who cast the bells, and where did they come from?", "Visitors climb 168 steps. " * 20),
]


@pytest.fixture(scope="module")
def base() -> Path:
    return fetch(model_named("all-minilm-l6-v2"), default_cache())


@pytest.fixture(scope="module")
def cross_encoder() -> CrossEncoder:
    return open_cross_encoder(WEIGHTS)


def test_both_texts_stand_between_marks_and_have_their_types(base: Path) -> None:
    ((ids, types),) = PairTokens(base, 80, 224).of([("the tower", "a bell rang")])
    assert (ids[0], ids[3], ids[-1]) == (101, 102, 102)
    assert types == [0, 0, 0, 0, 1, 1, 1, 1]


def test_texts_that_are_too_long_are_cut_the_second_to_what_is_left(base: Path) -> None:
    ((ids, types),) = PairTokens(base, MAX_FIRST, MAX_TOKENS).of([("tower " * 500, "bell " * 500)])
    assert len(ids) == len(types) == MAX_TOKENS
    assert types.count(0) == MAX_FIRST + 2


@pytest.mark.parametrize("n_first", [3, 80, 500])
def test_a_second_text_fits_where_none_of_it_is_cut(base: Path, n_first: int) -> None:
    tokens, first = PairTokens(base, MAX_FIRST, MAX_TOKENS), "tower " * n_first
    n_second = MAX_TOKENS - min(n_first, MAX_FIRST) - 3  # the marks: one before, between and behind the texts
    assert tokens.fits((first, "bell " * n_second))
    assert not tokens.fits((first, "bell " * (n_second + 1)))


def test_tokens_say_where_they_stand_in_the_first_text(base: Path) -> None:
    ((ids, _, spans),) = PairTokens(base, 80, 224).with_spans([("the tower", "a bell rang")])
    assert spans == [(0, 3), (4, 9)]
    assert len(ids) == 8


def test_lone_surrogates_are_read(base: Path) -> None:
    ((ids, _),) = PairTokens(base, 80, 224).of([("the \ud800 tower", "a bell")])
    assert len(ids) > 5


def test_a_pair_reads_the_same_alone_and_among_others(cross_encoder: CrossEncoder) -> None:
    together = cross_encoder.log_odds(PAIRS)
    assert together.shape == (4, 3)
    assert together.dtype == np.float32
    for row, pair in zip(together, PAIRS, strict=True):
        np.testing.assert_allclose(cross_encoder.log_odds([pair])[0], row, atol=0.15)  # bfloat16 where the CPU has it


def test_nothing_to_read_is_no_row(cross_encoder: CrossEncoder) -> None:
    assert cross_encoder.log_odds([]).shape == (0, 3)


def test_the_converted_model_computes_what_torch_does(base: Path, cross_encoder: CrossEncoder) -> None:
    import torch
    from safetensors.torch import load_file

    from embeddings.cross_encode import cross_module

    module = cross_module(base)
    module.load_state_dict(changed(module.state_dict(), load_file(WEIGHTS)))
    read = PairTokens(base, MAX_FIRST, MAX_TOKENS).of(PAIRS)
    for row, (ids, types) in zip(cross_encoder.log_odds(PAIRS), read, strict=True):
        with torch.no_grad():
            expected = module.eval()(torch.tensor([ids]), torch.tensor([types]), torch.ones(1, len(ids)).long())
        np.testing.assert_allclose(row, expected[0].numpy(), atol=0.25)


def test_changes_are_added_where_they_are_low_rank_and_put_in_place_elsewhere() -> None:
    import torch

    weights = {"a": torch.eye(2), "b": torch.zeros(2), "c": torch.ones(1)}
    changes = {"a.up": torch.tensor([[1.0], [2.0]]), "a.down": torch.tensor([[3.0, 4.0]]), "b": torch.ones(2)}
    found = changed(weights, changes)
    assert found["a"].tolist() == [[4.0, 4.0], [6.0, 9.0]]
    assert (found["b"].tolist(), found["c"].tolist()) == ([1.0, 1.0], [1.0])


def test_a_damaged_conversion_is_one_sentence_that_says_what_to_do(tmp_path: Path, base: Path) -> None:
    from embeddings.cross_encode import OpenVinoCrossEncoder

    (tmp_path / "model.xml").write_text("<net", encoding="utf-8")
    with pytest.raises(WeightsError, match="remove that folder"):
        OpenVinoCrossEncoder(base, tmp_path)


def test_it_is_converted_by_another_process_which_says_nothing_here(tmp_path: Path, base: Path) -> None:
    linked = model_folder(model_named("all-minilm-l6-v2"), tmp_path)
    linked.parent.mkdir(parents=True)
    linked.symlink_to(base, target_is_directory=True)
    script = (
        "import sys; from pathlib import Path; from qa.reader import open_reader; "
        "open_reader(Path(sys.argv[1]), offline=True); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout.splitlines(), ran.stderr) == (0, [b"[]"], b"")
    (converted,) = (path for path in (tmp_path / "converted").iterdir() if path.is_dir())
    assert {"model.xml", "model.bin", "compiled"} <= {path.name for path in converted.iterdir()}
