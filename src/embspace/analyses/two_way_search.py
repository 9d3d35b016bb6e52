"""The nearest rows of two sets in each other, exactly: one product in float32 serves both directions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embspace.analyses.search import CSLS, Indices, Metric, Values, best_in_float64, rounded

_CELLS = 2**24  # of a block of scores: 64 MB of float32
_PAIRS = 2**19  # numbers of a block of vectors: 4 MB of float64 on each side
_SPREAD = 16  # scores of which the largest stands for all
_SPARE = 48  # candidates beyond k; a query with more has (nearly) equal ones, and all its scores are made in float64

Scores = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Side:
    """Rows as they are compared: (vector - middle) / length.

    Attributes:
        vectors: (n, dim), finite.
        lengths: (n,) what each row is divided by, not 0.
        middle: (dim,) what is subtracted before; None: nothing.
    """

    vectors: NDArray[np.float32]
    lengths: Values
    middle: Values | None = None

    def __len__(self) -> int:
        return len(self.vectors)

    def exact(self, rows: Indices | slice) -> Values:
        """Some rows in float64."""
        found = self.vectors[rows].astype(np.float64)
        if self.middle is not None:
            found -= self.middle
        found /= self.lengths[rows, None]
        return found

    @cached_property
    def squares(self) -> Values:
        """(n,) squared lengths of the rows as they are compared."""
        step = max(1, _PAIRS // self.vectors.shape[1])
        parts = [self.exact(slice(at, at + step)) for at in range(0, len(self), step)]
        return np.concatenate([np.einsum("ij,ij->i", part, part) for part in parts])

    def rough(self) -> Scores:
        """All rows in float32."""
        step = max(1, _PAIRS // self.vectors.shape[1])
        found = np.empty(self.vectors.shape, np.float32)
        for at in range(0, len(self), step):
            found[at : at + step] = self.exact(slice(at, at + step))
        return found


def sides(vectors: dict[str, NDArray[np.float32]], metric: Metric) -> dict[str, Side]:
    """The vectors (finite, with a direction) of several sets as a metric compares them."""
    if metric != "l2":
        return {name: Side(rows, _lengths(rows)) for name, rows in vectors.items()}
    count = sum(map(len, vectors.values()))
    sums = [rows.sum(axis=0, dtype=np.float64) for rows in vectors.values()]
    middle = np.sum(sums, axis=0) / max(1, count)
    longest = max((float(_lengths(rows, middle).max(initial=0)) for rows in vectors.values()), default=0.0) or 1.0
    return {name: Side(rows, np.full(len(rows), longest), middle) for name, rows in vectors.items()}


def two_way(one: Side, other: Side, k: tuple[int, int], metric: Metric = "cosine") -> tuple[Indices, Indices]:
    """Each row's nearest rows of the other side: (n, k[0]) row numbers of `other` and (m, k[1]) of `one`, by number.

    The same as `search.nearest_rows` finds, equally near rows by number; CSLS takes the 10 nearest of the two sides.

    Args:
        one: n rows, from `sides`.
        other: m rows.
        k: neighbors of the rows of `one` and of those of `other`, from 1 to m and to n.
        metric: by which the sides were made.
    """
    if metric == "l2":  # -|x - y|^2 / 2 = xy - |y|^2 / 2 - |x|^2 / 2
        return _two_way(one, other, k, (-one.squares / 2, -other.squares / 2))
    bias = np.zeros(len(one)), np.zeros(len(other))
    if metric == "cosine":
        return _two_way(one, other, k, bias)
    nearest = _two_way(one, other, (min(CSLS, len(other)), min(CSLS, len(one))), bias)
    means = _means(one, other, nearest[0]), _means(other, one, nearest[1])
    return _two_way(one, other, k, (-means[0] / 2, -means[1] / 2))


def _two_way(one: Side, other: Side, k: tuple[int, int], bias: tuple[Values, Values]) -> tuple[Indices, Indices]:
    there, back = _Candidates(one, other, k[0], bias[1]), _Candidates(other, one, k[1], bias[0])
    asked, held = one.rough(), other.rough().T
    biased = [side.astype(np.float32) if side.any() else None for side in bias]
    step = max(1, _CELLS // len(other))
    for first in range(0, len(one), step):
        part = slice(first, first + step)
        scores = asked[part] @ held
        there.add(scores if biased[1] is None else scores + biased[1], first, 0, queries=0)
        back.add(scores if biased[0] is None else scores + biased[0][part, None], 0, first, queries=1)
    return there.chosen(), back.chosen()


class _Candidates:
    """The items that may be among each query's k best by float32, and the choice among them by float64."""

    def __init__(self, queries: Side, items: Side, k: int, bias: Values) -> None:
        self._queries, self._items, self._k, self._bias = queries, items, k, bias
        # What rounding in float32 can come to, with all but no probability of more (Higham and Mary 2019).
        longest = float(np.sqrt((items.squares + bias**2).max()))
        dim = items.vectors.shape[1] + 1
        self._slack = (8 * np.sqrt(dim) * 2.0**-24 * longest * np.sqrt(queries.squares + 1)).astype(np.float32)
        self._least = np.full(len(queries), -np.inf, np.float32)  # the k-th best so far
        self._unsure = np.zeros(len(queries), bool)
        self._pairs: list[tuple[Indices, Indices, Scores]] = []

    def add(self, scores: Scores, first_query: int, first_item: int, queries: int) -> None:
        """Scores of some queries, on the axis `queries`, and some items, on the other."""
        held = slice(first_query, first_query + scores.shape[queries])
        found, width = np.shape(scores)[1 - queries], scores.shape[1]
        least = self._least[held]
        if found >= self._k:
            # As many items reach the k-th largest of the groups' maxima: the k-th best score is not below it.
            spread = max(1, min(_SPREAD, found // (4 * self._k)))
            used = found // spread * spread
            if queries == 0:
                largest = scores[:, :used].reshape(len(scores), spread, -1).max(axis=1)
            else:
                largest = scores[:used].reshape(spread, -1, width).max(axis=0).T
            reached = np.partition(largest, largest.shape[1] - self._k, axis=1)[:, largest.shape[1] - self._k]
            least = np.maximum(least, reached)
        limit = np.where(self._unsure[held], np.float32(np.inf), least - self._slack[held])
        above = scores >= (limit[:, None] if queries == 0 else limit)
        if int(np.count_nonzero(above)) > len(limit) * (self._k + _SPARE):
            many = np.count_nonzero(above, axis=1 - queries) > self._k + _SPARE
            self._unsure[held] |= many
            above &= ~(many[:, None] if queries == 0 else many)
        flat = np.flatnonzero(above)
        row, column = np.divmod(flat, width)
        query, item = (row, column) if queries == 0 else (column, row)
        self._pairs.append((query + first_query, item + first_item, scores.ravel()[flat]))
        if len(self._pairs) > 1 and queries == 1:
            self._prune()

    def _prune(self) -> tuple[Indices, Indices, Scores, Scores]:
        """The candidates by query, the best first, with the k-th best score of each; those beyond the slack go."""
        query, item, score = (np.concatenate(one) for one in zip(*self._pairs, strict=True))
        kept = ~self._unsure[query]
        query, item, score = query[kept], item[kept], score[kept]
        order = np.lexsort((-score, query))
        query, item, score = query[order], item[order], score[order]
        counts = np.bincount(query, minlength=len(self._least))
        starts = np.cumsum(counts) - counts
        full = counts >= self._k
        self._least[full] = score[starts[full] + self._k - 1]
        kept = score >= self._least[query] - self._slack[query]
        self._pairs = [(query[kept], item[kept], score[kept])]
        return *self._pairs[0], self._least[query[kept]]

    def chosen(self) -> Indices:
        """(n, k) the best items of each query, by number."""
        query, item, score, least = self._prune()
        certain = score > least + self._slack[query]
        size = len(self._least)
        missing = self._k - np.bincount(query[certain], minlength=size)
        open_ = np.bincount(query[~certain], minlength=size)
        # Where as many are left as are missing, all of them are taken.
        taken = certain | (missing == open_)[query]
        doubtful = np.flatnonzero(~taken & ~self._unsure[query])
        query_, item_ = query[doubtful], item[doubtful]
        values = rounded(_products(self._queries, self._items, query_, item_) + self._bias[item_])
        order = np.lexsort((item_, -values, query_))
        counts = np.bincount(query_, minlength=size)
        rank = np.arange(len(order)) - (np.cumsum(counts) - counts)[query_[order]]
        taken[doubtful[order[rank < missing[query_[order]]]]] = True
        found = np.empty((size, self._k), np.int64)
        some = np.lexsort((item[taken], query[taken]))
        found[~self._unsure] = item[taken][some].reshape(-1, self._k)
        unsure = np.flatnonzero(self._unsure)
        if len(unsure):
            asked, held = self._queries.exact(unsure), self._items.exact(slice(None))
            found[unsure] = np.sort(best_in_float64(asked, held, self._k, self._bias, None)[0], axis=1)
        return found


def _products(one: Side, other: Side, rows: Indices, partners: Indices) -> Values:
    """(pairs,) products of rows in float64, in blocks."""
    found = np.empty(len(rows))
    step = max(1, _PAIRS // one.vectors.shape[1])
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        found[part] = np.einsum("ij,ij->i", one.exact(rows[part]), other.exact(partners[part]))
    return found


def _means(one: Side, other: Side, nearest: Indices) -> Values:
    """(n,) mean products of each row and some of the other side."""
    rows = np.repeat(np.arange(len(nearest)), nearest.shape[1])
    return _products(one, other, rows, nearest.ravel()).reshape(nearest.shape).mean(axis=1)


def _lengths(rows: NDArray[np.float32], middle: Values | None = None) -> Values:
    step = max(1, _PAIRS // max(1, rows.shape[1]))
    found: list[Any] = [np.zeros(0)]
    for first in range(0, len(rows), step):
        part = rows[first : first + step].astype(np.float64)
        part = part if middle is None else part - middle
        found.append(np.sqrt(np.einsum("ij,ij->i", part, part)))
    return np.concatenate(found)
