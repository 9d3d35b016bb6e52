"""Retrieval: whether the translation of a sentence or word is the nearest vector in the other language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embspace.analyses.distances import directed, unit_rows
from embspace.analyses.transforms import center as centered
from embspace.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Scores in 0 .. 1 over `n` queries: accuracy at rank 1, and the mean of 1 / rank."""

    accuracy: float
    mean_reciprocal_rank: float
    n: int


def retrieval(
    queries: ArrayLike, corpus: ArrayLike, gold: ArrayLike | None = None, *, center: bool = False
) -> Retrieval:
    """How well cosine finds each query's partner in a corpus.

    The rank of a partner counts every corpus row at least as near as it (itself included), so a space where all
    vectors are the same scores near 0, not 1. A query or partner without a direction is never found.
    "adjustment" 4.5 (mean reciprocal rank), Tatoeba (accuracy).

    Args:
        queries: (n, dim) vectors.
        corpus: (m, dim) vectors.
        gold: (n,) the corpus row of each query's partner; row i by default, which needs m >= n.
        center: subtract each side's own mean first.

    Raises:
        SettingsError: the shapes do not fit, or there is no query.
    """
    ranks = partner_ranks(queries, corpus, gold, center=center)
    return Retrieval(float((ranks == 1).mean()), float((1 / ranks).mean()), len(ranks))


def partner_ranks(
    queries: ArrayLike, corpus: ArrayLike, gold: ArrayLike | None = None, *, center: bool = False
) -> NDArray[np.float64]:
    """(n,) the rank of each query's partner, from 1; infinite where it is never found. As of `retrieval`.

    Raises:
        SettingsError: the shapes do not fit, or there is no query.
    """
    asked, held = np.asarray(queries), np.asarray(corpus)
    partners = np.arange(len(asked)) if gold is None else np.asarray(gold, dtype=np.int64)
    if asked.ndim != 2 or held.ndim != 2 or asked.shape[1] != held.shape[1] or not len(asked):
        raise SettingsError(
            f"retrieval: queries are {asked.shape} and the corpus {held.shape}; expected (n, dim) and (m, dim), n > 0."
        )
    if len(partners) != len(asked) or partners.min() < 0 or partners.max() >= len(held):
        raise SettingsError(f"retrieval: gold must name one of the {len(held)} corpus rows for each query.")
    ours, theirs = (unit_rows(centered(side) if center else side) for side in (asked, held))
    nothing = ~directed(ours) | ~directed(theirs)[partners]
    ours, theirs = np.nan_to_num(ours), np.nan_to_num(theirs)
    ranks = np.empty(len(ours))
    size = max(1, 2**23 // len(held))
    for start in range(0, len(ours), size):
        block = slice(start, start + size)
        cosines = ours[block] @ theirs.T
        own = np.take_along_axis(cosines, partners[block, None], axis=1)
        # Equal vectors may differ by rounding in the product; a hair of slack keeps ties ties.
        ranks[block] = (cosines >= own - 1e-12).sum(axis=1)
    ranks[nothing] = np.inf
    return ranks
