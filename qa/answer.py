"""The only wiring: a question goes in, events and an Answer come out. Every step is a module of its own."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.one_thread import one_thread
from embeddings.types import Progress, Sentence
from qa.baselines import best_passage, told_to_cite
from qa.cite import QUOTED_PART, Claim, Hear, Labels, Source, best_support, quotation, quoted, sources_of
from qa.converse import Search, plan_search, shown_before
from qa.errors import QuestionError
from qa.evidence import (
    CLOSE,
    CLOSE_FOR_MORE,
    Candidate,
    SentenceVectors,
    choose,
    cited_sentences,
    score_sentences,
)
from qa.further import MOST_WORDS, N_BEST, Further, Other, Told, further_sentences, is_cited, may_belong
from qa.gate import BY_HEAD, Gate, fitted_gate, signals_after, signals_before, yes_log_odds
from qa.generate import Engine, Piece, first_piece, judge_of
from qa.late import TokenVectors
from qa.missing import missing_figures
from qa.numerals import NUMBER_WORDS
from qa.prompt import check_messages, claim_messages, shared_text, wants_more, write_messages
from qa.reader import LIMIT, Read, Reader
from qa.retrieve import retrieve
from qa.settings import Settings
from qa.types import REFUSAL, Answer, AnswerSentence, Checked, Citation, Event, Finished, Searched, Turn, Wrote
from qa.words import content_stems, names_of, stem, subject_words
from qa.written import Written

if TYPE_CHECKING:
    from embeddings.encode import Encoder
    from embeddings.store import Store

MAX_QUESTION_CHARACTERS = 2_000
N_NEAREST = 3
N_READ = 6
"""Sentences that the reader sees beside the question one by one."""

_DENIAL = re.compile(
    r"\b(passages?|texts?|documents?|articles?) (do|does) ?(not|n['’]t) |\bnot (explicitly |directly )?(mentioned|"
    r"stated|provided|specified|given|addressed|answered) in\b|^\s*none\b|\bno (information|mention|answer)\b|"
    r"\bcannot be (answered|determined)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model is given to read for a question, and the words of the question with their weights.

    `leans` is whether the question leans on the conversation, which what reads the question alone does not see.
    """

    question: str
    leans: bool
    candidates: tuple[Candidate, ...]
    chosen: tuple[Candidate, ...]
    shared: str
    weights: Mapping[str, float]
    frequencies: Mapping[str, int]
    titles: Mapping[str, str]


class Answerer:
    """Answers questions from one store with one engine. Safe for threads, as its parts are."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        reader: Reader,
        engine: Engine | None,
        settings: Settings | None = None,
        gate: Gate | None = None,
        further: Further | None = None,
    ) -> None:
        self.store = store
        self.encoder = encoder
        self.reader = reader
        self.engine = engine
        self.settings = settings or Settings()
        self._gate = gate
        self._belongs = further
        self.vectors = SentenceVectors(encoder)
        self.tokens = TokenVectors(encoder)

    def gate_of(self, signals: Mapping[str, float]) -> Gate:
        """Return the gate that decides by these signals: the one given, or the one that was fitted for them."""
        return self._gate or fitted_gate(by_head=BY_HEAD in signals)

    def with_settings(self, settings: Settings) -> Answerer:
        """Return an Answerer that differs in its settings."""
        return self._but(self.store, settings)

    def with_store(self, store: Store) -> Answerer:
        """Return an Answerer that answers from another store."""
        return self._but(store, self.settings)

    def with_engine(self, engine: Engine | None) -> Answerer:
        """Return an Answerer that has another model write; None: it searches alone."""
        other = self._but(self.store, self.settings)
        other.engine = engine
        return other

    def _but(self, store: Store, settings: Settings) -> Answerer:
        other = Answerer(store, self.encoder, self.reader, self.engine, settings, self._gate, self._belongs)
        other.vectors, other.tokens = self.vectors, self.tokens
        return other

    def warm_up(self) -> None:
        """Have the engine do once what every question begins with, so that the first one need not wait for it."""
        for _ in self.ready_engine.stream(check_messages("Question: Is this a question?"), max_tokens=1):
            pass

    def search(self, question: str, history: Sequence[Turn] = ()) -> Searched:
        """Return what is searched for and found, without asking the engine.

        Raises QuestionError, also where there is no document.
        """
        if not self.store.documents:
            raise QuestionError("there is no document to search; add or choose one first")
        began = time.perf_counter()
        searched = self._search(plan_search(checked(question), history))
        return replace(searched, took_s=time.perf_counter() - began)

    def ask(self, question: str, history: Sequence[Turn] = (), *, stop: threading.Event | None = None) -> Answer:
        """Return the whole answer. Raises QuestionError, EngineError."""
        for event in self.stream(question, history, stop=stop):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream ends with Finished")

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        stop: threading.Event | None = None,
        searched: Searched | None = None,
    ) -> Iterator[Event]:
        """Yield Searched, then Wrote and Checked as the answer is written, then Finished.

        `searched` is what `search` returned for the question, where it was searched for before its turn came.
        Nothing is written before the gate has let the question pass. Where what was written turns out not to be
        supported well enough, Finished holds a refusal all the same.
        """
        question, stop = checked(question), stop or threading.Event()
        if self.settings.answering == "passage":
            return best_passage(self, question, history, searched)
        if self.settings.answering == "told-to-cite":
            return told_to_cite(self, self.ready_engine, question, history, stop, searched)
        return self._stream(question, history, stop, searched)

    def _stream(
        self, question: str, history: Sequence[Turn], stop: threading.Event, searched: Searched | None
    ) -> Iterator[Event]:
        engine = self.ready_engine
        searched = searched or self.search(question, history)
        began = time.perf_counter() - searched.took_s  # how long the question waited after it counts for nothing
        timings = {"retrieve": searched.took_s}
        yield searched
        reading = self.read(plan_search(question, history), searched, history)
        # The head was trained on questions that stand alone; on those that lean the model's own Yes does well.
        judge = None if reading.leans else judge_of(engine, "answer")
        check = check_messages(reading.shared)
        reply = judge.yes_or_no(check, "answer", stop=stop) if judge else first_piece(engine, check, stop)
        read = self.read_question(reading)
        signals = self.signals_before(reading, reply, read, by_head=judge is not None)
        gate = self.gate_of(signals)
        timings["gate"] = time.perf_counter() - began
        confidence = gate.before.probability(signals)
        written = Written(Labels(self.store.documents))
        passes = gate.before.passes(confidence, self.settings.strictness)
        if passes and not stop.is_set():
            pieces = engine.stream(
                write_messages(reading.shared, question), max_tokens=self.settings.max_tokens, stop=stop
            )
            for event in self.write(reading, read, pieces, written, stop):
                timings.setdefault("first_token", time.perf_counter() - began)
                yield event
            signals = self.signals_after(reading, signals, written)
            confidence = gate.after.probability(signals)
            passes = bool(written.sentences) and not _denies(written) and not _made_up(reading, written)
            passes = passes and (stop.is_set() or gate.after.passes(confidence, self.settings.strictness))
        timings.setdefault("first_token", time.perf_counter() - began)
        timings["total"] = time.perf_counter() - began
        draft = self._answer(searched, question, confidence, timings, signals, stop.is_set())
        draft = replace(draft, prompts=_prompts(reading, wrote="support" in signals))
        yield Finished(_answered(draft, written) if passes or stop.is_set() else self._refused(draft, reading))

    @property
    def ready_engine(self) -> Engine:
        """The engine. Raises QuestionError where this was opened for searching alone."""
        if self.engine is None:
            raise QuestionError("this was opened for searching alone; open it with a model to ask questions")
        return self.engine

    def _search(self, search: Search) -> Searched:
        hits = retrieve(
            search.texts,
            self.store,
            self.tokens,
            fusion=self.settings.fusion,
            n_hits=max(self.settings.n_passages, 8),
        )
        return Searched(search.text, search.added, hits)

    def read(self, search: Search, searched: Searched, history: Sequence[Turn]) -> Reading:
        """Return what the model is given to read: the best sentences within the budget, and the turns before."""
        stems = content_stems(search.text)
        frequencies = self._frequencies(stems)
        weights = self.weigh(stems)
        kept = cited_sentences(search.cited, self.store.documents)
        with one_thread():
            candidates = score_sentences(search.text, searched.hits, self.vectors, weights, kept)
        counts = self.encoder.count_tokens([candidate.sentence.text for candidate in candidates])
        close = CLOSE_FOR_MORE if wants_more(search.question) else CLOSE
        chosen = choose(candidates, counts, self.settings.evidence_tokens, close)
        titles = {c.sentence.doc_id: self.store.documents[c.sentence.doc_id].title for c in candidates}
        shared = shared_text(search.question, chosen, titles, shown_before(history, search.added))
        return Reading(search.question, bool(search.added), candidates, chosen, shared, weights, frequencies, titles)

    def weigh(self, stems: Iterable[str]) -> dict[str, float]:
        """Return the weight of each stem: its inverse document frequency over the store's passages, as BM25 has it."""
        n_passages = len(self.store.passages)
        return {
            word: math.log1p((n_passages - count + 0.5) / (count + 0.5))
            for word, count in self._frequencies(stems).items()
        }

    def _frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """Return in how many passages each stem stands; a number in digits or as a word, whichever is in more."""
        counts = self.store.stem_frequencies(stems)
        words = {figure: stem(word) for word, figure in NUMBER_WORDS.items() if figure in counts}
        in_words = self.store.stem_frequencies(words.values())
        return counts | {figure: max(counts[figure], in_words[word]) for figure, word in words.items()}

    def read_question(self, reading: Reading) -> list[Read]:
        """Return what the reader makes of the question beside each of the best sentences under its title.

        Nothing where the question leans on the conversation: on follow-ups of MTRAG it told little (AUROC .66, .52 with
        the turn before, where the model's Yes has .94).
        """
        if reading.leans:
            return []
        return self._read_each(reading, reading.candidates[:N_READ])

    def _read_each(self, reading: Reading, candidates: Sequence[Candidate]) -> list[Read]:
        sentences = [candidate.sentence for candidate in candidates]
        return self.reader.read(
            [(reading.question, f"{reading.titles[sentence.doc_id]}. {sentence.text}") for sentence in sentences]
        )

    def signals_before(
        self, reading: Reading, reply: Piece | None, read: Sequence[Read], *, by_head: bool = False
    ) -> dict[str, float]:
        """Return what the gate sees before an answer is written."""
        return signals_before(
            reading.question,
            reading.chosen,
            tuple(reading.titles[doc_id] for doc_id in {c.sentence.doc_id for c in reading.chosen}),
            reading.weights,
            reading.frequencies,
            reply,
            read,
            by_head=by_head,
        )

    def signals_after(self, reading: Reading, before: Mapping[str, float], written: Written) -> dict[str, float]:
        """Return what the gate sees once the answer is written."""
        cited = [source for support in written.supports for source in support.sources]
        return signals_after(
            before,
            written.log_probabilities,
            [support.part for support in written.supports],
            _missing_beside(reading, cited),
            [support.heard for support in written.supports if support.heard is not None],
        )

    def hear(self, reading: Reading, claim: str, stop: threading.Event) -> float | None:
        """Return in log-odds whether what was read states the claim, as a trained head hears it.

        None where the model has no head for claims, where the question leans on the conversation (heads were trained on
        none that do), and where it was stopped.
        """
        judge = None if reading.leans else judge_of(self.engine, "claim")
        reply = judge.yes_or_no(claim_messages(reading.shared, claim), "claim", stop=stop) if judge else None
        return yes_log_odds(reply)

    def write(
        self,
        reading: Reading,
        read: Sequence[Read],
        pieces: Iterable[Piece],
        written: Written,
        stop: threading.Event,
    ) -> Iterator[Event]:
        """Yield the answer as it comes, each sentence checked as it ends; what was written stands in `written`.

        `read` is what `read_question` returned.
        """
        from embeddings.sentences import Span, split_sentences
        from qa.ended import ended_sentences

        sources, hear = sources_of(reading.candidates, reading.titles), partial(self.hear, reading, stop=stop)

        def check(spans: Iterable[Span]) -> Iterator[Event]:
            for start, end in spans:
                yield from self._check(reading, sources, written, written.take(start, end), hear)

        for piece in pieces:
            written.text += piece.text
            written.log_probabilities.extend([] if piece.logprob is None else [piece.logprob])
            if piece.text:
                yield Wrote(piece.text)
            yield from check(ended_sentences(written.text, written.done))
        yield from check(split_sentences(written.text))
        if not stop.is_set():
            yield from _quoted(reading, written)
            yield from self._further(reading, read, written)

    def _check(
        self, reading: Reading, sources: Sequence[Source], written: Written, text: str, hear: Hear
    ) -> Iterator[Event]:
        text = _without_title(text, reading.titles.values())
        if not re.search(r"\w", text):
            return
        known, said = len(written.labels.citations), written.without_number(text)
        written.said.append(said)
        claim = Claim.of(said, reading.question, self.vectors.of([said])[0], self.weigh)
        support = best_support(claim, sources, self.reader, hear)
        sentence = written.labels.mark(text, support)
        written.supports.append(support)
        written.sentences.append(sentence)
        yield Checked(len(written.sentences) - 1, sentence, tuple(written.labels.citations[known:]))

    def _further(self, reading: Reading, read: Sequence[Read], written: Written) -> Iterator[Event]:
        """Yield as quotations the sentences that belong to what was written, too, if there are any."""
        if written.sentences and read and self.settings.n_beside:
            others, told = self.beside(reading, read, written.labels.citations)
            for sentence in further_sentences(others, told, self._belongs)[: self.settings.n_beside]:
                yield from _quote(quoted(sentence.text, MOST_WORDS), sentence, written)

    def beside(
        self, reading: Reading, read: Sequence[Read], cited: Sequence[Citation]
    ) -> tuple[tuple[Other, ...], Told]:
        """Return the sentences that may belong to an answer beside those that it cites, and what it tells already.

        `read` is what `read_question` returned; the reader reads the others of the best now.
        """
        best = reading.candidates[:N_BEST]
        answered = [one.answered for one in (*read, *self._read_each(reading, best[len(read) :]))]
        of_cited = [own for one, own in zip(best, answered, strict=True) if is_cited(one.sentence, cited)]
        told = Told(reading.question, tuple(cited), max(of_cited, default=-LIMIT), max(answered), best[0].score)
        others = [Other(one, own) for one, own in zip(best, answered, strict=True) if may_belong(one, cited)]
        return tuple(others), told

    def _answer(
        self,
        searched: Searched,
        question: str,
        confidence: float,
        timings: Mapping[str, float],
        signals: Mapping[str, float],
        stopped: bool,
    ) -> Answer:
        """Return an answer that says nothing yet."""
        hits = searched.hits[: self.settings.n_passages]
        return Answer(
            question=question,
            search_text=searched.search_text,
            status="not_found",
            text="",
            sentences=(),
            citations=(),
            hits=hits,
            confidence=confidence,
            timings_s=dict(timings),
            model=self.ready_engine.name,
            signals=dict(signals),
            documents={hit.passage.doc_id: self.store.documents[hit.passage.doc_id].path for hit in hits},
            stopped=stopped,
        )

    def _refused(self, draft: Answer, reading: Reading) -> Answer:
        """Return the refusal: the nearest sentences, and the question's words that occur nowhere."""
        labels = Labels(self.store.documents)
        for candidate in reading.candidates[:N_NEAREST]:
            labels.cite(candidate.sentence)
        words = subject_words(draft.question)
        nowhere = tuple(word for word, count in self.store.word_frequencies(words).items() if count == 0)
        return replace(draft, text=REFUSAL, citations=tuple(labels.citations), missing_words=nowhere)


def _answered(draft: Answer, written: Written) -> Answer:
    return replace(
        draft,
        status="answered",
        text=" ".join(sentence.text for sentence in written.sentences),
        sentences=tuple(written.sentences),
        citations=tuple(written.labels.citations),
    )


def _quoted(reading: Reading, written: Written) -> Iterator[Event]:
    """Yield the source of the first sentence that says it in words of its own, as a quotation behind the answer."""
    for said, support in zip(written.said, written.supports, strict=True):
        if support.part < QUOTED_PART or not support.sources:
            continue
        if quote := quotation(said, reading.question, support.sources[0].text):
            yield from _quote(quote, support.sources[0], written)
            return


def _quote(quote: str, source: Sentence, written: Written) -> Iterator[Event]:
    known = len(written.labels.citations)
    sentence = AnswerSentence(quote, "supported", (written.labels.cite(source),))
    written.sentences.append(sentence)
    yield Wrote(f" {quote}")
    yield Checked(len(written.sentences) - 1, sentence, tuple(written.labels.citations[known:]))


def _prompts(reading: Reading, *, wrote: bool) -> tuple[str, ...]:
    """Return what the model was sent: the check, and where it passed, the question itself."""
    sent = [check_messages(reading.shared)]
    sent += [write_messages(reading.shared, reading.question)] if wrote else []
    return tuple("\n\n".join(f"[{message.role}]\n{message.content}" for message in messages) for messages in sent)


def _denies(written: Written) -> bool:
    """Return whether the answer itself says that the passages do not have it; a passage may say so of something."""
    first = written.sentences[0] if written.sentences else None
    return first is not None and first.state != "supported" and bool(_DENIAL.search(first.text))


def _made_up(reading: Reading, written: Written) -> bool:
    """Return whether nothing of the answer is in the documents, and a number or name in it stands in nothing read."""
    if any(support.state != "unsupported" for support in written.supports):
        return False
    text = " ".join([reading.shared, *(candidate.sentence.text for candidate in reading.candidates)])
    stems = content_stems(text)
    return any(names_of(said) - stems or missing_figures(said, text) for said in written.said)


def _without_title(text: str, titles: Iterable[str]) -> str:
    """Return a sentence of the answer without the title that the model copied from above a passage."""
    for title in titles:
        if title and text.startswith(f"{title}: "):
            return text.removeprefix(f"{title}: ")
    return text


def _missing_beside(reading: Reading, cited: Sequence[Sentence]) -> int:
    """Return how many numbers and names of the question stand neither in the cited sentences nor within their reach."""
    reach = [
        candidate.sentence.text
        for candidate in reading.candidates
        if any(
            candidate.sentence.doc_id == sentence.doc_id and -400 <= candidate.sentence.start - sentence.start <= 200
            for sentence in cited
        )
    ]
    text = " ".join([*(reading.titles.get(sentence.doc_id, "") for sentence in cited), *reach])
    return len(missing_figures(reading.question, text)) + len(names_of(reading.question) - content_stems(text))


def checked(question: str) -> str:
    """Return the question without outer white space. Raises QuestionError where it is empty or far too long."""
    question = question.strip()
    if not question:
        raise QuestionError("the question is empty; ask something about the documents")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            "the question has {n:,} characters and at most {most:,} are read; ask a shorter one",
            n=len(question),
            most=MAX_QUESTION_CHARACTERS,
        )
    return question


def open_answerer(
    *,
    docs: str | Path | Sequence[str | Path] | None = None,
    store: str | Path | None = None,
    model: str | None = None,
    encoder: str = "all-minilm-l6-v2",
    settings: Settings | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    offline: bool = False,
    with_engine: bool = True,
    api_key: str | None = None,
    hub_endpoint: str | None = None,
    opened: Callable[[Answerer], None] | None = None,
    wait: bool = True,
) -> Answerer:
    """Return an Answerer over `docs` (files and folders, indexed once in the cache) or over a `store`.

    Without any docs it holds nothing yet. `opened` is called with one that can search before the model is loaded,
    which takes longest. wait: False returns while the engine may still be loading; the first answer waits for it,
    and meets its error.

    Raises the errors of loading, of the store, of the weights and of the engine, each with what to do next; a name
    that is no model's before anything is fetched or indexed.
    """
    from embeddings.build import cached_store
    from embeddings.empty import empty_store
    from embeddings.encode import open_encoder
    from embeddings.errors import StoreError
    from embeddings.store import Store
    from embeddings.weights import default_cache
    from qa.generate import at_hand, check_model, open_engine
    from qa.generate.loading import LoadingEngine
    from qa.reader import LaterReader, open_reader

    if (docs is None) == (store is None):
        raise StoreError("name either documents (docs) or a store, not both and not neither")
    docs = [docs] if isinstance(docs, (str, Path)) else docs
    cache = cache or default_cache()
    if with_engine:
        check_model(model)
    load = at_hand(model, cache) if with_engine else None
    loading = LoadingEngine(load) if load else None
    opened_encoder = open_encoder(encoder, cache, progress, offline=offline, hub_endpoint=hub_endpoint)
    if docs is not None and not docs:
        found = empty_store(opened_encoder)
    elif store is not None:
        found = Store.open(store, opened_encoder)
    else:
        folder, update = cached_store(docs or (), opened_encoder, cache=cache, progress=progress)
        if progress is not None:
            for note in update.notes:
                progress(note, 0, 0)
        found = Store.open(folder, opened_encoder)
    reader = LaterReader(lambda: open_reader(cache, offline=offline, hub_endpoint=hub_endpoint))
    if with_engine:
        reader.begin()
    searching = Answerer(found, opened_encoder, reader, None, settings)
    if opened is not None:
        opened(searching)
    if not with_engine:
        return searching
    if loading is not None:
        return searching.with_engine(loading.wait() if wait else loading)
    return searching.with_engine(
        open_engine(model, cache=cache, progress=progress, offline=offline, api_key=api_key, hub_endpoint=hub_endpoint)
    )
