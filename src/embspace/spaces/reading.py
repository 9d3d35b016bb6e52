"""What is to be read: which words get a vector, which sentences make a shard, and a shard's sentences as pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from embspace.corpora.records import Corpus, Sentence
from embspace.encoders.base import Cuts, Pieces
from embspace.errors import CorpusError
from embspace.progress import Progress
from embspace.spaces.manifest import Plan
from embspace.spaces.shards import WORDS

Spans = Sequence[tuple[int, int]]
"""the targets of a sentence: words start <= i < stop"""


def target_spans(corpus: Corpus, targets: str, progress: Progress) -> tuple[list[Spans], str]:
    """The targets of every sentence, and `targets` with `auto` decided.

    Raises:
        CorpusError: there are none.
    """
    if targets == "auto":
        targets = "entities" if all(sentence.entity for sentence in corpus) else "words"
    spans: list[Spans] = []
    for sentence in corpus:
        if targets == "words":
            spans.append(_each_word(len(sentence.words)))
        else:
            spans.append([(sentence.entity.start, sentence.entity.stop)] if sentence.entity else [])
        progress.advance(len(sentence.words))
    if not any(spans):
        what = "words" if targets == "words" else "marked entities; extract its words: targets='words'"
        raise CorpusError(f"The corpus {corpus.name!r} ({len(corpus)} sentences) has no {what}.")
    return spans, targets


@cache
def _each_word(count: int) -> Spans:
    """Shared by all sentences of a length: a corpus of a million words has no million spans."""
    return tuple((at, at + 1) for at in range(count))


def comes_as_text(corpus: Corpus) -> bool:
    """Whether a corpus is running text: nothing is tagged or marked, and texts are not just words between blanks."""
    if any(sentence.tags or sentence.entity for sentence in corpus):
        return False
    return any(sentence.text != " ".join(sentence.words) for sentence in corpus)


def plan_shards(spans: Sequence[Spans], most: int) -> list[Plan]:
    """Runs of sentences with at most `most` targets each; a sentence that has more is a run of its own."""
    plans, first, rows = [], 0, 0
    for number, some in enumerate(spans):
        if rows and rows + len(some) > most:
            plans.append(Plan(first, number, rows))
            first, rows = number, 0
        rows += len(some)
    return [*plans, Plan(first, len(spans), rows)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A shard before the model: its sentences as pieces, and which pieces make each row.

    Attributes:
        pieces: of the sentences that have targets.
        links: (n_links, 2) piece and row, by row, in the order of the pieces; a piece may be in several rows.
        n_pieces: (n_rows,) pieces of each row; 0: the tokenizer left nothing of it.
        table: the shard's words as they are stored.
    """

    pieces: Pieces
    links: NDArray[np.int64]
    n_pieces: NDArray[np.int64]
    table: pa.Table

    @property
    def sentence_links(self) -> NDArray[np.int64]:
        """(n_sentences + 1,) where the links of each sentence begin; the sentences' rows follow one another."""
        sentence = np.repeat(np.arange(len(self.pieces.lengths)), self.pieces.lengths)[self.links[:, 0]]
        return np.searchsorted(sentence, np.arange(len(self.pieces.lengths) + 1))

    def in_windows(self, longest: int) -> int:
        """How many rows stand in sentences of more than `longest` pieces."""
        long = np.repeat(self.pieces.lengths > longest, self.pieces.lengths)
        return len(np.unique(self.links[long[self.links[:, 0]], 1]))


def read_shard(cuts: Cuts, corpus: Corpus, spans: Sequence[Spans], plan: Plan, as_text: bool) -> Reading:
    """Tokenize the sentences of a shard and find the pieces of its targets."""
    numbers = [number for number in range(plan.first, plan.stop) if spans[number]]
    sentences = [corpus[number] for number in numbers]
    wanted = [spans[number] for number in numbers]
    pieces = cuts.tokenize(sentences, as_text)
    links = _links(sentences, wanted, pieces)
    n_pieces = np.bincount(links[:, 1], minlength=plan.rows)
    columns = _columns(numbers, sentences, wanted)
    columns |= {"n_pieces": n_pieces, "pieces": _splits(cuts, pieces, links, n_pieces), "found": n_pieces > 0}
    return Reading(pieces, links, n_pieces, pa.table(columns, schema=WORDS))


def _links(sentences: Sequence[Sentence], wanted: Sequence[Spans], pieces: Pieces) -> NDArray[np.int64]:
    """(n_links, 2) piece and row of what the words' pieces make, by row and piece."""
    first_word = np.fromiter(accumulate((len(one.words) for one in sentences), initial=0), np.int64)
    row_of_word = np.full(first_word[-1], -1)
    row = 0
    for at, spans in zip(first_word, wanted, strict=False):
        for start, stop in spans:
            row_of_word[at + start : at + stop] = row
            row += 1
    owned = np.flatnonzero(pieces.words >= 0)
    pairs = np.concatenate([np.column_stack([owned, pieces.words[owned]]), pieces.also])
    sentence = np.repeat(np.arange(len(sentences)), pieces.lengths)[pairs[:, 0]]
    rows = row_of_word[first_word[sentence] + pairs[:, 1]]
    links = np.column_stack([pairs[:, 0], rows])[rows >= 0]
    links = links[np.lexsort((links[:, 0], links[:, 1]))]
    again = np.append(False, (links[1:] == links[:-1]).all(axis=1))  # a piece of two words of one span
    return links[~again[: len(links)]]


def _splits(cuts: Cuts, pieces: Pieces, links: NDArray[np.int64], n_pieces: NDArray[np.int64]) -> list[str]:
    """The pieces of each row, joined by blanks."""
    kinds, which = np.unique(pieces.ids[links[:, 0]], return_inverse=True)
    texts = np.array(cuts.piece_texts(kinds.tolist()), dtype=object)[which]
    stops = np.cumsum(n_pieces)
    return [" ".join(texts[stop - count : stop]) for stop, count in zip(stops, n_pieces, strict=True)]


def _columns(numbers: Sequence[int], sentences: Sequence[Sentence], wanted: Sequence[Spans]) -> dict[str, list]:
    names = ("text", "language", "sentence", "start", "stop", "position", "tag", "entity", "type", "parallel")
    rows: list[tuple[Any, ...]] = []
    for number, sentence, spans in zip(numbers, sentences, wanted, strict=True):
        words, offsets, tags, entity = sentence.words, sentence.offsets, sentence.tags, sentence.entity
        for first, stop in spans:
            begin, end = offsets[first][0], offsets[stop - 1][1]
            text = words[first] if stop - first == 1 else sentence.text[begin:end]
            inside = entity if entity and entity.start <= first and stop <= entity.stop else None
            named = (inside.id, inside.type) if inside else (None, None)
            tag = tags[first] if tags else None
            rows.append((text, sentence.language, number, begin, end, first, tag, *named, sentence.parallel))
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: list(values) for name, values in zip(names, columns, strict=True)}
