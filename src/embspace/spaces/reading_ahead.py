"""Shards are tokenized ahead of the model: on a thread, or beside a GPU in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embspace.corpora.records import Corpus
from embspace.encoders.base import Cuts, Encoder
from embspace.progress import Silent
from embspace.spaces import store
from embspace.spaces.manifest import Plan
from embspace.spaces.reading import Reading, Spans, read_shard, target_spans
from embspace.spaces.recipe import Settings

_BESIDE_A_GPU = 8
_SHARDS = 64
"""shards after which a process is replaced: tokenizers remember words, and grow"""


def fitting_readers(encoder: Encoder) -> int:
    """How many processes should tokenize ahead of an encoder; 0: a thread does."""
    device = getattr(getattr(encoder, "model", None), "device", None)
    if device is None or device.type == "cpu" or not hasattr(encoder, "cut"):
        return 0
    return max(1, min(_BESIDE_A_GPU, len(os.sched_getaffinity(0)) - 1))


class ReadingAhead:
    """Turns planned shards into readings; a context manager.

    Args:
        folder: of the space.
        encoder: its tokenizer cuts; with processes it needs a `cut` that can be sent.
        corpus: what is read.
        spans: the targets of its sentences.
        settings: of the space.
        processes: how many; 0: a thread. Each reads the corpus from the folder.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        corpus: Corpus,
        spans: Sequence[Spans],
        settings: Settings,
        processes: int = 0,
    ) -> None:
        self._given = (encoder, corpus, spans)
        self._as_text = settings.tokenize_as == "text"
        self.depth = max(1, processes)
        self._pool: ThreadPoolExecutor | ProcessPoolExecutor
        self._processes = processes > 0
        if self._processes:
            cut: Any = getattr(encoder, "cut")  # noqa: B009 - not every encoder has one
            self._pool = ProcessPoolExecutor(
                processes,
                multiprocessing.get_context("spawn"),
                initializer=_remember,
                initargs=(folder, cut, settings.targets, self._as_text),
                max_tasks_per_child=_SHARDS,
            )
        else:
            self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=not self._processes, cancel_futures=True)

    def read(self, plan: Plan) -> Future[Reading]:
        """Begin to read a shard."""
        if self._processes:
            return self._pool.submit(_read, plan)
        return self._pool.submit(read_shard, *self._given, plan, self._as_text)


_remembered: tuple[Cuts, Corpus, Sequence[Spans], bool] | None = None


def _remember(folder: Path, cut: Cuts, targets: str, as_text: bool) -> None:
    """In a process of its own: the corpus, once."""
    global _remembered
    corpus = store.read_corpus(folder, store.read_head(folder))
    _remembered = (cut, corpus, target_spans(corpus, targets, Silent())[0], as_text)


def _read(plan: Plan) -> Reading:
    assert _remembered is not None
    cut, corpus, spans, as_text = _remembered
    return read_shard(cut, corpus, spans, plan, as_text)
