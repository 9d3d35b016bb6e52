"""The shards of a space are made: each claimed, tokenized ahead of the model, and written behind it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embspace.corpora.records import Corpus
from embspace.encoders.base import Encoder
from embspace.progress import Progress, Silent
from embspace.spaces import store
from embspace.spaces.claims import Claim, claim
from embspace.spaces.manifest import Plan, stored_shard
from embspace.spaces.reading import Reading, Spans, target_spans
from embspace.spaces.reading_ahead import ReadingAhead, fitting_readers
from embspace.spaces.recipe import Settings
from embspace.spaces.shards import write_shard
from embspace.spaces.vectors import ShardVectors

_LOOK_AGAIN = 0.1
"""seconds between looks at the shards that others are making"""


def make_shards(
    folder: Path,
    encoder: Encoder,
    progress: Progress,
    *,
    corpus: Corpus | None = None,
    spans: Sequence[Spans] | None = None,
    mine: Collection[int] | None = None,
    readers: int | None = None,
    count_others: bool = True,
) -> None:
    """Make and commit the shards of a space that are not stored yet, with whoever else is making them.

    Args:
        folder: of a space that was begun.
        encoder: the model that the recipe names.
        progress: is told the words of the shards of `mine`.
        corpus: what the space was begun with; None: as the space holds it.
        spans: the targets of its sentences; None: found anew.
        mine: the shards to be seen to; None: all.
        readers: processes that tokenize ahead; 0: a thread; None: what fits the model's device.
        count_others: tell the progress of shards that others have made, too.

    Raises:
        EncoderError: the model cannot be run.
        StoreError: the disk refuses, or what is stored is damaged.
    """
    head = store.read_head(folder)
    settings = Settings.from_recipe(head["recipe"])
    if corpus is None:
        corpus = store.read_corpus(folder, head)
    if spans is None:
        spans, _ = target_spans(corpus, settings.targets, Silent())
    encoder.way = head["made_with"]["way"]
    plans = dict(enumerate(store.plans_of(head)))
    wanted = {index: plan for index, plan in plans.items() if mine is None or index in mine}
    progress.stage("extracting", sum(plan.rows for plan in wanted.values()), "words")
    budget = head["made_with"]["token_budget"]
    processes = fitting_readers(encoder) if readers is None else readers
    with ReadingAhead(folder, encoder, corpus, spans, settings, processes) as ahead:
        making = ShardVectors(encoder, settings, budget)
        _Making(folder, making, settings, ahead, progress, wanted, count_others).run()


@dataclass(frozen=True, slots=True)
class _Taken:
    """A shard that is being made here: its number, the claim on it, and its sentences, as soon as they are pieces."""

    index: int
    plan: Plan
    claim: Claim
    reading: Future[Reading]


@dataclass(slots=True)
class _Making:
    folder: Path
    vectors: ShardVectors
    settings: Settings
    ahead: ReadingAhead
    progress: Progress
    missing: dict[int, Plan]
    count_others: bool
    taken: deque[_Taken] = field(default_factory=deque)
    held: list[Claim] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    pieces: int = 0

    def run(self) -> None:
        """Two shards at most are in memory as vectors: one comes out of the model while the one before is written."""
        writing: Future[tuple[int, str]] | None = None
        with ThreadPoolExecutor(1) as behind:
            try:
                self._take(1)
                while self.taken or self.missing:
                    if not self.taken:
                        self.progress.advance(0, "waiting for another process")
                        time.sleep(_LOOK_AGAIN)
                    else:
                        one = self.taken.popleft()
                        reading = one.reading.result()
                        self._take(self.ahead.depth)
                        made = self.vectors.make(reading, self._advance)
                        self._written(writing)
                        writing = behind.submit(self._write, one, reading, made)
                        del made, reading
                    self._take(1)
            finally:
                try:
                    self._written(writing)
                finally:
                    # An interrupted process may live on, in a notebook say; the next run must not wait for this one.
                    for mine in self.held:
                        mine.release()

    def _take(self, depth: int) -> None:
        """Claim shards that nobody has, up to `depth` ahead of the model, and begin to read them."""
        for index, plan in list(self.missing.items()):
            if len(self.taken) >= depth:
                return
            if (mine := self._claimed(index, plan)) is None:
                continue
            del self.missing[index]
            if mine.held:
                self.held.append(mine)
                self.taken.append(_Taken(index, plan, mine, self.ahead.read(plan)))
            elif self.count_others:
                self.progress.advance(plan.rows)

    def _claimed(self, index: int, plan: Plan) -> Claim | None:
        """A claim that is held: the shard is to be made; not held: it is stored; None: another process makes it."""
        if stored_shard(self.folder, index, plan):
            return Claim(None, False)
        mine = claim(self.folder, index)
        if not mine.held:
            return None
        if stored_shard(self.folder, index, plan):
            mine.release()
        return mine

    def _write(self, one: _Taken, reading: Reading, made: Any) -> tuple[int, str]:
        """Commit a shard; returns how many of its words have no pieces, and what is to be said."""
        with one.claim:
            in_windows = reading.in_windows(self.vectors.longest)
            dtype = self.settings.stored_dtype
            stored = write_shard(self.folder, one.index, one.plan, reading.table, made, dtype, in_windows)
        notes = [f"{in_windows} words read in windows"] if in_windows else []
        if stored != dtype:
            notes.append(f"shard {one.index} is stored in {stored}, for values beyond {dtype}")
        return int((reading.n_pieces == 0).sum()), "; ".join(notes)

    def _written(self, writing: Future[tuple[int, str]] | None) -> None:
        if writing is not None:
            self.progress.advance(*writing.result())

    def _advance(self, rows: int, pieces: int) -> None:
        self.pieces += pieces
        rate = self.pieces / max(time.monotonic() - self.started, 1e-9)
        self.progress.advance(rows, f"{rate:,.0f} tokens/s")
