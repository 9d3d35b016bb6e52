"""The nearest rows of one set for each row of another, exactly: by cosine, Euclidean distance or CSLS."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embspace.analyses.distances import directed, unit_rows
from embspace.errors import SettingsError

Metric = Literal["cosine", "l2", "csls"]

CSLS = 10
"""the neighbors whose mean cosine CSLS subtracts (Conneau et al. 2018)"""

_CELLS = 2**22  # of a block: 32 MB of float64
_SPARE = 8  # candidates more than are asked for: which of them are nearest is decided in float64
_SMALL = 2**16  # scores below which a product in float64 is the faster way
_DIGITS = 12  # to which scores are compared: below lies the rounding of a product

Indices = NDArray[np.int64]
Values = NDArray[np.float64]


def nearest_rows(
    queries: ArrayLike,
    rows: ArrayLike,
    k: int,
    metric: Metric = "cosine",
    *,
    own: ArrayLike | None = None,
    sources: ArrayLike | None = None,
) -> tuple[Indices, Values]:
    """Each query's k nearest rows, exactly: (n, k) row numbers and values, nearest first.

    The value is the cosine (-1 .. 1), the Euclidean distance (0 .., the only one where less is nearer), or CSLS
    (-4 .. 4): 2 cos(x, y) - r_T(x) - r_S(y), r_T(x) the mean cosine of x and its 10 nearest rows, r_S(y) that of y and
    its 10 nearest sources. Conneau et al. 2018, "Word Translation Without Parallel Data", 2.3. Equally near rows are
    ordered by number. O(n m dim) in bounded memory: float32 finds candidates, float64 ranks them, and a query whose
    candidates float32 cannot tell from the rest is done again in float64.

    Args:
        queries: (n, dim) with a direction each.
        rows: (m, dim) with a direction each, m > k where `own` is given, else m >= k.
        k: at least 1.
        metric: "cosine", "l2" or "csls".
        own: (n,) the row that is the query itself, which is no neighbor of it; -1 where none is.
        sources: (s, dim) of the queries' language, for CSLS; the queries by default. Where `own` is given there is one
            language, and the rows are the sources too.
    """
    check_metric(metric)
    itself = None if own is None else np.asarray(own, dtype=np.int64)
    if metric == "l2":
        return _euclidean(np.asarray(queries, np.float64), np.asarray(rows, np.float64), k, itself)
    asked, held = unit_rows(queries), unit_rows(rows)
    if metric == "cosine":
        return best(asked, held, k, own=itself)
    if itself is None:
        spread = mean_of_nearest(held, asked if sources is None else unit_rows(sources))
    else:
        spread = mean_of_nearest(held, held, np.arange(len(held)))
    indices, scores = best(2 * asked, held, k, -spread, itself)
    return indices, scores - mean_of_nearest(asked, held, itself)[:, None]


def mean_of_nearest(units: Values, others: Values, own: Indices | None = None, k: int = CSLS) -> Values:
    """(n,) the mean cosine of each unit row and its k nearest others (all, where there are fewer): r of CSLS."""
    k = min(k, len(others) - (own is not None))
    return best(units, others, k, own=own)[1].mean(axis=1) if k > 0 else np.zeros(len(units))


def best(
    queries: Values, rows: Values, k: int, bias: Values | None = None, own: Indices | None = None
) -> tuple[Indices, Values]:
    """Each query's k rows with the highest `queries @ rows.T + bias`: (n, k) row numbers and scores, best first."""
    held = len(rows) - (own is not None)
    if not 1 <= k <= held:
        raise SettingsError(f"{k} neighbors were asked for among {held} words; possible are 1 to {held}.")
    bias = np.zeros(len(rows)) if bias is None else bias
    wanted = k + (own is not None) + _SPARE
    if len(queries) * len(rows) <= _SMALL or wanted >= len(rows) or len(queries) < 16:
        return best_in_float64(queries, rows, k, bias, own)
    import faiss  # an import of 0.1 s that small searches do not need

    asked = np.hstack([queries, np.ones((len(queries), 1))]).astype(np.float32)
    biased = np.hstack([rows, bias[:, None]]).astype(np.float32)
    rough, candidates = faiss.knn(asked, biased, wanted, metric=faiss.METRIC_INNER_PRODUCT)
    length = np.sqrt(np.einsum("ij,ij->i", biased, biased, dtype=np.float64).max())
    # What rounding in float32 can come to, with all but no probability of more (Higham and Mary 2019).
    slack = 4 * np.sqrt(asked.shape[1]) * 2.0**-24 * length * np.linalg.norm(asked, axis=1)
    indices, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    step = max(1, _CELLS // (wanted * rows.shape[1]))
    for first in range(0, len(queries), step):
        part = slice(first, first + step)
        near = np.sort(candidates[part], axis=1)
        found = np.einsum("ij,iwj->iw", queries[part], rows[near]) + bias[near]
        if own is not None:
            found[near == own[part, None]] = -np.inf
        order = np.argsort(-rounded(found), axis=1, kind="stable")[:, :k]
        indices[part] = np.take_along_axis(near, order, axis=1)
        scores[part] = np.take_along_axis(found, order, axis=1)
    unsure = np.flatnonzero(scores[:, -1] <= rough[:, -1] + slack)
    if len(unsure):
        again = None if own is None else own[unsure]
        indices[unsure], scores[unsure] = best_in_float64(queries[unsure], rows, k, bias, again)
    return indices, scores


def check_metric(metric: str) -> None:
    """Refuse a metric that there is not.

    Raises:
        SettingsError: says which there are.
    """
    if metric not in get_args(Metric):
        raise SettingsError(f"metric={metric!r} is not possible; it is one of {', '.join(get_args(Metric))}.")


def rounded(scores: Values) -> Values:
    """Scores without the rounding of a product, so that equal ones are equal."""
    return scores.round(_DIGITS)


def usable(vectors: ArrayLike) -> NDArray[np.bool_]:
    """(n,) which rows have a direction, in blocks."""
    rows = np.asarray(vectors)
    step = max(1, _CELLS // max(1, rows.shape[1]))
    kept = [directed(unit_rows(rows[first : first + step])) for first in range(0, len(rows), step)]
    return np.concatenate(kept) if kept else np.zeros(0, bool)


def _euclidean(queries: Values, rows: Values, k: int, own: Indices | None) -> tuple[Indices, Values]:
    """The nearest by -|x - y|^2 = 2 xy - |y|^2 - |x|^2, about the rows' mean and in units of the longest."""
    middle = rows.mean(axis=0)
    queries, rows = queries - middle, rows - middle
    size = max(np.abs(queries).max(initial=0), np.abs(rows).max(initial=0)) * np.sqrt(rows.shape[1])
    size = size if size > 0 else 1.0
    asked, held = queries / size, rows / size
    indices, distances = best(2 * asked, held, k, -np.einsum("ij,ij->i", held, held), own)
    step = max(1, _CELLS // (k * rows.shape[1]))
    for first in range(0, len(queries), step):
        part = slice(first, first + step)
        distances[part] = np.linalg.norm(asked[part, None] - held[indices[part]], axis=2) * size
    return indices, distances


def best_in_float64(queries: Values, rows: Values, k: int, bias: Values, own: Indices | None) -> tuple[Indices, Values]:
    """`best` by the whole product in float64, block by block: equally good ones by number."""
    indices, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    step = max(1, _CELLS // len(rows))
    for first in range(0, len(queries), step):
        found = queries[first : first + step] @ rows.T + bias
        if own is not None:
            some = own[first : first + step]
            here = np.flatnonzero(some >= 0)
            found[here, some[here]] = -np.inf
        losses = -rounded(found)
        least = np.partition(losses, k - 1, axis=1)[:, k - 1]
        for at, (row, limit) in enumerate(zip(losses, least, strict=True), first):
            near = np.flatnonzero(row <= limit)
            indices[at] = near[np.argsort(row[near], kind="stable")[:k]]
        scores[first : first + step] = np.take_along_axis(found, indices[first : first + step], axis=1)
    return indices, scores
