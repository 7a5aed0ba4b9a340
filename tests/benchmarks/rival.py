"""A whole answer beside LlamaIndex's CitationQueryEngine with its defaults: same model file, same questions, by turns.

    pip install -e ".[bench]"
    python -m tests.benchmarks.rival --folder DIR --n 40 --out docs/results/bench-rival.json

DIR holds `docs` and `questions.jsonl`. The rival's model is the same GGUF through llama.cpp (the prebuilt wheel xllamacpp,
whose kernels are those of its build), its encoder the same through sentence-transformers. Which of the two is asked
first alternates. A refusal of ours counts with its whole time, and for the first word not at all.
"""

from __future__ import annotations

import argparse
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from llama_index.core import Document as RivalDocument
from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM
from llama_index.core.query_engine import CitationQueryEngine

from embeddings.load import load_paths
from embeddings.weights import default_cache, fetch, model_named
from qa.generate import DEFAULT_MODEL
from tests.benchmarks.asked import Asked, ask_timed, engine_of, opened, questions_of, ratio_of_medians, told
from tests.benchmarks.record import write_record

WINDOW, MAX_TOKENS = 4096, 256
"""What LlamaIndex is told of the model: the prompts of its defaults take up to 2,000 tokens; its usual length of a reply."""


class LlamaCpp(CustomLLM):  # type: ignore[misc]
    """The GGUF file as LlamaIndex asks it: greedy, as ours, and as a chat where the model has a template."""

    server: Any
    name: str

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=WINDOW, num_output=MAX_TOKENS, model_name=self.name, is_chat_model=False)

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self._pieces(prompt)))

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Iterator[CompletionResponse]:
        text = ""
        for piece in self._pieces(prompt):
            text += piece
            yield CompletionResponse(text=text, delta=piece)

    def _pieces(self, prompt: str) -> Iterator[str]:
        order = {"messages": [{"role": "user", "content": prompt}], "max_tokens": MAX_TOKENS, "temperature": 0.0}
        arrived: queue.Queue[Any] = queue.Queue()

        def ask() -> None:
            self.server.handle_chat_completions({**order, "stream": True}, arrived.put)
            arrived.put(None)

        threading.Thread(target=ask, daemon=True).start()
        while (chunk := arrived.get()) is not None:
            yield from _text_of(chunk)


def _text_of(chunk: Any) -> Iterator[str]:
    for part in chunk if isinstance(chunk, list) else [chunk]:
        if "error" in part:
            raise SystemExit(f"llama.cpp failed: {part}")
        for choice in part.get("choices", ()):
            if text := choice.get("delta", {}).get("content"):
                yield text


class MiniLm(BaseEmbedding):  # type: ignore[misc]
    """The same encoder through sentence-transformers."""

    model: Any

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embeddings([query])[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self.model.encode(texts, show_progress_bar=False).tolist()
        return found

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a name of article-qa models")
    parser.add_argument("--out", type=Path, default=Path("docs/results/bench-rival.json"))
    parser.add_argument("--note", default="", help="what should be known of the machine, such as what else ran")
    options = parser.parse_args()
    questions, sha256 = questions_of(options.folder, options.n + 1)
    ours = opened(options.folder, options.model)
    rival = rival_over(options.folder / "docs", options.model, engine_of(ours)["threads"])
    pairs = []
    for place, question in enumerate(questions):
        first = ask_rival(rival, question) if place % 2 else None
        mine = ask_timed(ours, question)
        pairs.append((mine, first or ask_rival(rival, question)))
        print(f"{place}: {mine.whole_s:.2f} s, the rival {pairs[-1][1].whole_s:.2f} s", flush=True)
    pairs = pairs[1:]  # the first has both do what is done once
    measured = {
        **engine_of(ours),
        "rival": {name: version(name) for name in ("llama-index-core", "xllamacpp")},
        "questions_sha256": sha256,
        "ours": told([mine for mine, _ in pairs]),
        "rivals": told([other for _, other in pairs]),
        "whole": ratio_of_medians([other.whole_s for _, other in pairs], [mine.whole_s for mine, _ in pairs]),
        "first_word": _first_words(pairs),
        "cases": [{"ours": asdict(mine), "rival": asdict(other)} for mine, other in pairs],
    }
    print({name: value for name, value in measured.items() if name != "cases"})
    write_record(options.out, "tests.benchmarks.rival", measured, options.note)


def _first_words(pairs: Sequence[tuple[Asked, Asked]]) -> dict[str, float]:
    both = [(mine.first_word_s, other.first_word_s) for mine, other in pairs]
    there = [(mine, other) for mine, other in both if mine is not None and other is not None]
    return ratio_of_medians([other for _, other in there], [mine for mine, _ in there])


def rival_over(docs: Path, model: str, threads: int) -> CitationQueryEngine:
    """Return LlamaIndex's engine over the documents, all of it as it comes."""
    import xllamacpp
    from sentence_transformers import SentenceTransformer

    params = xllamacpp.CommonParams()
    params.model.path = str(fetch(model_named(model), default_cache()))
    params.n_ctx, params.n_parallel = WINDOW, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    folder = fetch(model_named("all-minilm-l6-v2"), default_cache())
    encoder = MiniLm(model=SentenceTransformer(str(folder), device="cpu", local_files_only=True))
    texts = [RivalDocument(text=one.text, metadata={"title": one.title}) for one in load_paths([docs]).documents]
    index = VectorStoreIndex.from_documents(texts, embed_model=encoder)
    return CitationQueryEngine.from_args(
        index, llm=LlamaCpp(server=xllamacpp.Server(params), name=model), streaming=True
    )


def ask_rival(engine: CitationQueryEngine, question: str) -> Asked:
    """Ask one question; its passages are there when it begins to answer."""
    began = time.perf_counter()
    response = engine.query(question)
    passages_s, first_s, text = time.perf_counter() - began, None, ""
    for piece in response.response_gen:
        if piece and first_s is None:
            first_s = time.perf_counter() - began
        text += piece
    return Asked(question, passages_s, first_s, time.perf_counter() - began, text)


if __name__ == "__main__":
    main()
