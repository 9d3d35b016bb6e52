"""How far two samples of distances are apart: AUC, overlap, difference of means; with bootstrap intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]

BINS = 100
_GROUPS = 1024  # of values that a resample tells apart
_AT_ONCE = 2**19  # counts of resamples held at a time


class Separation(NamedTuple):
    """Each a value, and the bounds of its interval (NaN without one)."""

    auc: tuple[float, float, float]
    overlap: tuple[float, float, float]
    difference: tuple[float, float, float]


def auc(near: ArrayLike, far: ArrayLike) -> float:
    """The probability that a value of `near` is below one of `far`, equal ones counting half: 0.5 is no separation."""
    # Both sorted: a search that goes upward finds its places in the cache.
    one, other = (np.sort(np.asarray(values, np.float64)) for values in (near, far))
    below = np.searchsorted(one, other, side="left")
    upto = np.searchsorted(one, other, side="right")
    return float((below.sum() + upto.sum()) / 2 / len(one) / len(other))


def overlap(near: ArrayLike, far: ArrayLike) -> float:
    """The share that two histograms have in common, sum_i min(p_i, q_i): 0 apart .. 1 alike.

    Over `overlap_edges`: equal bins from the smallest to the largest value of both.
    """
    edges = overlap_edges(near, far)
    p, q = (histogram(one, edges) / len(np.asarray(one)) for one in (near, far))
    return float(np.minimum(p, q).sum())


def overlap_edges(near: ArrayLike, far: ArrayLike) -> Values:
    """Edges of min(100, ceil(2 n^(1/3))) equal bins, n the size of the smaller sample (Rice's rule)."""
    one, other = np.asarray(near, np.float64), np.asarray(far, np.float64)
    count = min(BINS, int(np.ceil(round(2 * min(len(one), len(other)) ** (1 / 3), 9))))
    return equal_edges(min(one.min(), other.min()), max(one.max(), other.max()), count)


def equal_edges(low: float, high: float, count: int) -> Values:
    """(count + 1,) edges of equal bins from low to high; where these are equal, around the value."""
    room = 0.0 if high > low else max(abs(low), 1.0) * 1e-6
    return np.linspace(low - room, high + room, count + 1)


def histogram(values: ArrayLike, edges: Values) -> NDArray[np.int64]:
    """(bins,) how many values are in each bin low <= value < high; the last one has its upper edge."""
    return np.histogram(np.asarray(values, np.float64), edges)[0].astype(np.int64)


def separation(near: Values, far: Values, bootstrap: int, confidence: float, seed: int) -> Separation:
    """AUC, overlap and difference of means (far - near) of two samples, each of 1 or more.

    Intervals: percentiles of resamples of both samples, moved by the mean of the resamples less the value (which
    differs from 0 for the overlap: noise on noise overlaps less). For these, values are grouped: each by itself up to
    1,024 different ones, beyond that in 1,024 groups of equal size.
    """
    values = auc(near, far), overlap(near, far), float(far.mean() - near.mean())
    if not bootstrap:
        return Separation(*((value, np.nan, np.nan) for value in values))
    rng = np.random.default_rng([seed, 2])
    near, far = np.sort(near), np.sort(far)
    grouped = _grouped(near, far)
    edges = overlap_edges(near, far)
    binned = histogram(near, edges), histogram(far, edges)
    drawn: list[Values] = []
    step = max(1, _AT_ONCE // len(grouped[0]))
    for first in range(0, bootstrap, step):
        size = min(step, bootstrap - first)
        p, q = (rng.multinomial(counts.sum(), counts / counts.sum(), size) / counts.sum() for counts in grouped[:2])
        below = np.cumsum(p, axis=1) - p / 2
        apart = q @ grouped[3] - p @ grouped[2]
        p_bins, q_bins = (rng.multinomial(one.sum(), one / one.sum(), size) / one.sum() for one in binned)
        drawn.append(np.stack([(below * q).sum(axis=1), np.minimum(p_bins, q_bins).sum(axis=1), apart]))
    sampled = np.concatenate(drawn, axis=1)
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    bounds = np.quantile(sampled, tails, axis=1) - sampled.mean(axis=1) + np.array(values)
    bounds[:, :2] = np.clip(bounds[:, :2], 0, 1)
    return Separation(*((value, float(low), float(high)) for value, low, high in zip(values, *bounds, strict=True)))


def _grouped(near: Values, far: Values) -> tuple[NDArray[np.int64], NDArray[np.int64], Values, Values]:
    """Counts of each sample's values by groups in ascending order, and their means there."""
    different = np.unique(np.concatenate([near, far]))
    if len(different) > _GROUPS:
        firsts = np.linspace(0, len(different), _GROUPS, endpoint=False).astype(np.int64)
        different = different[firsts]
    counts, means = [], []
    for one in (near, far):
        group = np.searchsorted(different, one, side="right") - 1
        count = np.bincount(group, minlength=len(different))
        counts.append(count)
        means.append(np.bincount(group, one, minlength=len(different)) / np.maximum(count, 1))
    return counts[0], counts[1], means[0], means[1]
