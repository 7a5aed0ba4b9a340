import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from embeddings.one_thread import one_thread

LIBRARIES = ThreadpoolController().select(user_api="blas")


def threads() -> set[int]:
    return {library["num_threads"] for library in LIBRARIES.info()}


def test_products_keep_to_one_thread_within_and_are_free_again_behind() -> None:
    assert np.ones((2, 2)).sum() == 4
    with LIBRARIES.limit(limits=3):
        with one_thread():
            assert threads() == {1}
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {3}


def test_an_error_within_frees_them_too() -> None:
    with LIBRARIES.limit(limits=3):
        with pytest.raises(ValueError, match="within"), one_thread():
            raise ValueError("within")
        assert threads() == {3}


def test_blocks_that_overlap_in_two_threads_are_free_again_behind_the_last() -> None:
    entered, may_leave = threading.Event(), threading.Event()

    def second() -> None:
        with one_thread():
            entered.set()
            may_leave.wait(30)

    with LIBRARIES.limit(limits=3):
        other = threading.Thread(target=second)
        with one_thread():
            other.start()
            assert entered.wait(30)
        assert threads() == {1}
        may_leave.set()
        other.join()
        assert threads() == {3}
