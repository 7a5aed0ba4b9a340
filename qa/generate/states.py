"""A prepared model and prompts in, what its layers hold behind the last token of each out: a head learns from that.

Used by `qa.fit_check` alone; answers come from openvino.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.encode import without_outgoing
from qa.generate import Message
from qa.generate.check_head import LAYER
from qa.generate.gguf_header import read_header
from qa.generate.openvino import PromptTokens
from qa.generate.prepared import MODEL


@lru_cache(maxsize=1)
def _core() -> Any:
    """Return OpenVINO's core, kept until the process ends.

    The CPU plugin of each core gives the thread a stack for signals, and at its end the one from before; where another
    core had that and is gone (the tokenizer has one), the next signal ends the process (openvino 2026.4).
    """
    import openvino

    return openvino.Core()


class States:
    """The states behind some layers of the model that was prepared from the GGUF file `path` in `folder`."""

    def __init__(self, path: Path, folder: Path, layers: Sequence[int]) -> None:
        without_outgoing()
        import openvino_genai

        core = _core()
        self.tokens = PromptTokens(openvino_genai.Tokenizer(folder), read_header(path).marks)
        model = core.read_model(folder / MODEL)
        nodes = {node.get_friendly_name(): node for node in model.get_ops()}
        model.add_outputs([nodes[LAYER.format(layer)].output(0) for layer in layers])
        model.remove_result(model.get_results()[0])
        self._request = core.compile_model(model, "CPU").create_infer_request()
        self._n_layers = len(layers)

    def behind(self, prompts: Sequence[Sequence[Message]]) -> npt.NDArray[np.float32]:
        """Return (n, n_layers, dim) states; what the prompts begin with alike is read once, so they should."""
        rows = [self.tokens.of_prompt(prompt) for prompt in prompts]
        n_alike = next((n for n, tokens in enumerate(zip(*rows, strict=False)) if len(set(tokens)) > 1), 0)
        n_alike = n_alike if len(rows) > 1 else 0
        self._request.reset_state()
        if n_alike:
            self._infer(rows[:1], slice(0, n_alike), [0])
        width = max(map(len, rows))
        padded = [row + row[-1:] * (width - len(row)) for row in rows]
        self._infer(padded, slice(n_alike, width), [0] * len(rows) if n_alike else list(range(len(rows))))
        last = [len(row) - 1 - n_alike for row in rows]
        outputs = [self._request.get_output_tensor(layer).data for layer in range(self._n_layers)]
        return np.stack([[output[n, place] for output in outputs] for n, place in enumerate(last)]).astype(np.float32)

    def _infer(self, rows: Sequence[Sequence[int]], part: slice, beams: Sequence[int]) -> None:
        """Compute that part of the rows behind what was computed before; `beams` says for each row behind which."""
        ids = np.array([row[part] for row in rows], np.int64)
        places = np.broadcast_to(np.arange(part.start, part.stop), ids.shape)
        self._request.infer(
            {
                "input_ids": ids,
                "attention_mask": np.ones((len(rows), part.stop), np.int64),
                "position_ids": np.ascontiguousarray(places),
                "beam_idx": np.array(beams, np.int32),
            }
        )
