"""The shards of a space are made: each claimed, tokenized ahead of the model, and written behind it."""

from __future__ import annotations

import time
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
from embspace.spaces.reading import Reading, Spans, read_shard, target_spans
from embspace.spaces.recipe import Settings
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
) -> None:
    """Make and commit the shards of a space that are not stored yet, with whoever else is making them.

    Args:
        folder: of a space that was begun.
        encoder: the model that the recipe names.
        progress: is told the words of all shards of `mine`, whoever made them.
        corpus: what the space was begun with; None: as the space holds it.
        spans: the targets of its sentences; None: found anew.
        mine: the shards to be seen to; None: all.

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
    _Making(folder, encoder, corpus, spans, settings, head["made_with"]["token_budget"], progress, wanted).run()


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
    encoder: Encoder
    corpus: Corpus
    spans: Sequence[Spans]
    settings: Settings
    budget: int
    progress: Progress
    missing: dict[int, Plan]
    started: float = field(default_factory=time.monotonic)
    pieces: int = 0
    claims: list[Claim] = field(default_factory=list)

    def run(self) -> None:
        """Two shards at most are in memory: one comes out of the model while the one before is written."""
        vectors = ShardVectors(self.encoder, self.settings, self.budget)
        with ThreadPoolExecutor(1) as ahead, ThreadPoolExecutor(1) as behind:
            writing: Future[tuple[int, str]] | None = None
            try:
                one = self._take(ahead)
                while one is not None or self.missing:
                    if one is None:
                        self.progress.advance(0, "waiting for another process")
                        time.sleep(_LOOK_AGAIN)
                    else:
                        reading = one.reading.result()
                        following = self._take(ahead)
                        made = vectors.make(reading, self._advance)
                        self._written(writing)
                        writing = behind.submit(self._write, one, reading, made, vectors.longest)
                        del made, reading
                        one = following
                    one = one or self._take(ahead)
            finally:
                try:
                    self._written(writing)
                finally:
                    # A process that was interrupted lives on, in a notebook say: what it held would stay its own.
                    for mine in self.claims:
                        mine.release()

    def _take(self, ahead: ThreadPoolExecutor) -> _Taken | None:
        """The next shard that nobody has, its sentences on their way to be pieces; None: others have them all."""
        for index, plan in list(self.missing.items()):
            if (mine := self._claimed(index, plan)) is None:
                continue
            del self.missing[index]
            if mine.held:
                as_text = self.settings.tokenize_as == "text"
                self.claims.append(mine)
                reading = ahead.submit(read_shard, self.encoder, self.corpus, self.spans, plan, as_text)
                return _Taken(index, plan, mine, reading)
            self.progress.advance(plan.rows)
        return None

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

    def _write(self, one: _Taken, reading: Reading, made: Any, longest: int) -> tuple[int, str]:
        """Commit a shard; returns how many of its words have no pieces, and what is to be said."""
        with one.claim:
            in_windows = reading.in_windows(longest)
            dtype = self.settings.stored_dtype
            stored = store.write_shard(self.folder, one.index, one.plan, reading.table, made, dtype, in_windows)
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
