"""An engine that loads in the background: whoever asks waits, and meets what loading ended with."""

import threading

import pytest

from qa.errors import EngineError
from qa.generate import Engine, Message
from qa.generate.loading import LoadingEngine
from tests.qa.command_line import SpokenEngine

ASKED = (Message("user", "When?"),)


def test_whoever_asks_waits_until_the_engine_is_loaded() -> None:
    loaded, heard = threading.Event(), list[str]()

    def load() -> Engine:
        loaded.wait(10)
        return SpokenEngine(["In 1852."])

    loading = LoadingEngine(load)
    asking = threading.Thread(
        target=lambda: heard.extend(piece.text for piece in loading.stream(ASKED, max_tokens=9)), daemon=True
    )
    asking.start()
    asking.join(0.1)
    assert asking.is_alive() and heard == []
    loaded.set()
    asking.join(10)
    assert heard == ["In", " 1852."]
    assert (loading.name, loading.count_tokens("two words")) == ("spoken", 2)


def test_an_engine_that_does_not_load_is_told_to_everybody_who_asks() -> None:
    def load() -> Engine:
        raise EngineError("the model file x does not load")

    loading = LoadingEngine(load)
    for _ in range(2):
        with pytest.raises(EngineError, match=r"^the model file x does not load$"):
            list(loading.stream(ASKED, max_tokens=1))
    with pytest.raises(EngineError, match="does not load"):
        loading.wait()
