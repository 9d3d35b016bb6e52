"""Aligned pairs of sentences as pieces, rows of words, and links between rows; and as batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from embspace.corpora.records import AlignedPair
from embspace.encoders.base import Cuts
from embspace.training.adjust import Adjust
from embspace.training.windows import Batch, padded

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One sentence of a pair.

    Attributes:
        ids: (n_pieces,) vocabulary indices.
        rows: (n_pieces,) the row that each piece is pooled into, -1: none.
        words: (n_rows,) the word of each row; -1: a special piece.
    """

    ids: Ints
    rows: Ints
    words: Ints


@dataclass(frozen=True, slots=True, eq=False)
class AlignedExample:
    """A sentence and its translation.

    Attributes:
        source: the one whose language stays.
        target: the translation.
        links: (n_links, 2) rows of source and target that are brought together.
        language: of the translation.
        sentence: the number of the pair among those that were given.
    """

    source: Side
    target: Side
    links: Ints
    language: str
    sentence: int

    @property
    def ids(self) -> Ints:
        """The pieces of both."""
        return np.concatenate([self.source.ids, self.target.ids])

    def __len__(self) -> int:
        return len(self.source.ids) + len(self.target.ids)


def aligned_examples(
    pairs: Sequence[AlignedPair], cut: Cuts, length: int, adjust: Adjust, left_out: Counter[str] | None = None
) -> list[AlignedExample]:
    """The pairs that can be learned from, in order.

    Args:
        pairs: of any languages.
        cut: the checkpoint's tokenizer.
        length: the most pieces of a sentence, special ones included.
        adjust: which links count, and whether special pieces do.
        left_out: takes how many pairs are left out, by reason and language.
    """
    sources, targets = (
        _sides([getattr(pair, side) for pair in pairs], cut, special=adjust.special) for side in ("source", "target")
    )
    found = []
    for number, (pair, source, target) in enumerate(zip(pairs, sources, targets, strict=True)):
        links = _links(pair, source, target, adjust)
        longest = max(len(source.ids), len(target.ids))
        if longest <= length and len(links):
            found.append(AlignedExample(source, target, links, pair.language, number))
        elif left_out is not None:
            reason = f"longer than {length} pieces" if longest > length else "without links that count"
            left_out[f"{reason}, {pair.language}"] += 1
    return found


def collate_pairs(examples: Sequence[AlignedExample], pad: int) -> Batch:
    """A padded batch of n pairs, the n sources before the n targets.

    `input_ids`, `attention_mask` and `rows` are (2n, longest), rows numbered over the batch, those of sources first;
    `links` (n_links, 2) of rows, `n_source` () the rows of sources.
    """
    sides = [one.source for one in examples] + [one.target for one in examples]
    starts = np.cumsum([0, *(len(side.words) for side in sides)])
    rows = [np.where(side.rows >= 0, side.rows + start, -1) for side, start in zip(sides, starts, strict=False)]
    shifts = zip(starts, starts[len(examples) :], strict=False)
    links = [one.links + np.array(shift) for one, shift in zip(examples, shifts, strict=False)]
    return {
        "input_ids": padded([side.ids for side in sides], pad),
        "attention_mask": padded([np.ones(len(side.ids), np.int64) for side in sides], 0),
        "rows": padded(rows, -1),
        "links": torch.from_numpy(np.concatenate(links)),
        "n_source": torch.tensor(int(starts[len(examples)])),
    }


def _sides(sentences: Sequence[object], cut: Cuts, *, special: bool) -> list[Side]:
    pieces = cut.tokenize(sentences)  # pyright: ignore[reportArgumentType] - sentences of pairs
    sides = []
    for start, size in zip(pieces.starts, pieces.lengths, strict=True):
        ids, words = pieces.ids[start : start + size], pieces.words[start : start + size]
        keys, inside = words.copy(), np.flatnonzero(words >= 0)
        around = np.ones(size, bool)  # pieces of no word between words are lone marks of blanks, and no special ones
        around[inside.min(initial=size) : inside.max(initial=-1) + 1] = False
        keys[around] = -1 - np.arange(around.sum())
        wanted = (words >= 0) | (around & special)
        known, inverse = np.unique(keys[wanted], return_inverse=True)
        rows = np.full(size, -1, np.int64)
        rows[wanted] = inverse
        sides.append(Side(ids, rows, known))
    return sides


def _links(pair: AlignedPair, source: Side, target: Side, adjust: Adjust) -> Ints:
    """Rows that are brought together: of linked words, and of special pieces."""
    links = pair.links
    if adjust.links == "one-to-one":
        ones, others = (Counter(link[side] for link in links) for side in (0, 1))
        links = tuple(link for link in links if ones[link[0]] == others[link[1]] == 1)
    if not adjust.identical:
        links = tuple(link for link in links if pair.source.words[link[0]] != pair.target.words[link[1]])
    rows, others = ({int(word): row for row, word in enumerate(side.words)} for side in (source, target))
    found = [(rows[one], others[other]) for one, other in links if one in rows and other in others]
    if found and adjust.special:  # special pieces are numbered -1, -2, ... from the left, on both sides
        found += [(rows[word], others[word]) for word in rows if word < 0 and word in others]
    return np.array(found, np.int64).reshape(-1, 2)
