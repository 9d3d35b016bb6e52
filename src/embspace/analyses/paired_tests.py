"""Paired tests of two systems on the same examples: t-test, sign test, permutations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, ttest_rel

from embspace.errors import SettingsError

Numbers = NDArray[np.float64]
Statistic = Literal["mean", "f1"] | Callable[[Numbers], float]

_CELLS = 2**22  # 32 MB of swaps at a time


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a two-sided test says.

    Attributes:
        difference: of the second system's score from the first's, first less second.
        statistic: t; for permutations the difference itself; of the sign test the examples that the first wins.
        p: in 0 .. 1; NaN where the test is not defined.
        n: what was compared: examples, of the sign test those that are no tie.
    """

    difference: float
    statistic: float
    p: float
    n: int


def t_test(one: ArrayLike, other: ArrayLike) -> Outcome:
    """Paired t-test over examples; several seeds of one example are averaged first. "adjustment" 5.1.

    NaN for one example, and where all differ by the same or not at all: differences without deviation say nothing.

    Args:
        one: (n,) scores of a system, or (seeds, n).
        other: of the other, on the same examples in the same order; its seeds may be others.
    """
    first, second = (np.atleast_2d(np.asarray(side, dtype=np.float64)).mean(axis=0) for side in (one, other))
    _same(first, second)
    difference = float(np.mean(first - second))
    rounding = 4 * np.finfo(np.float64).eps * float(np.abs(first).max() + np.abs(second).max())
    if len(first) < 2 or np.ptp(first - second) <= rounding:
        return Outcome(difference, float("nan"), float("nan"), len(first))
    found: Any = ttest_rel(first, second)
    return Outcome(difference, float(found.statistic), float(found.pvalue), len(first))


def sign_test(one: ArrayLike, other: ArrayLike) -> Outcome:
    """Sign test, exact: of the examples on which the systems differ, how many each wins. "architectures" 4.

    p is that of a fair coin (binomial, two-sided); ties are left out, and where all are ties p is 1.

    Args:
        one: (n,) scores of a system, or (seeds, n), averaged first.
        other: of the other, on the same examples.
    """
    first, second = (np.atleast_2d(np.asarray(side, dtype=np.float64)).mean(axis=0) for side in (one, other))
    _same(first, second)
    wins, losses = int((first > second).sum()), int((first < second).sum())
    p = float(binomtest(wins, wins + losses, 0.5).pvalue) if wins + losses else 1.0
    return Outcome(float(np.mean(first - second)), float(wins), p, wins + losses)


def permutation_test(
    one: ArrayLike, other: ArrayLike, *, statistic: Statistic = "mean", iterations: int = 1000, seed: int = 0
) -> Outcome:
    """Paired permutation test: each example's two results change sides at random, `iterations` times.

    p = (1 + how often |difference| is at least the one found) / (1 + iterations), so never 0. Pitman (1937), Efron and
    Tibshirani (1993), 15; "adjustment" 5.1, there over the examples of all seeds, one after another.

    Args:
        one: (n,) scores or (n, k) numbers of a system per example, or (seeds, n) and (seeds, n, k) for "mean" and "f1".
        other: of the other system, of the same shape, example by example.
        statistic: "mean"; "f1" of k = 3 counts: true positives, false positives, false negatives, summed over
            examples, 2 tp / (2 tp + fp + fn); or a function of (n, k), or (n,), to a number.
        iterations: number of permutations.
        seed: of the permutations.

    Raises:
        SettingsError: the shapes differ or do not fit the statistic.
    """
    first, second = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if first.shape != second.shape or not first.size or iterations < 1:
        raise SettingsError(
            f"permutation_test: the two sides are {first.shape} and {second.shape}, with {iterations} iterations; give "
            "both the same examples and seeds, one or more, and one iteration or more."
        )
    rng = np.random.default_rng(seed)
    if callable(statistic):
        scores = statistic(first), statistic(second)
        drawn = np.array([_swapped(first, second, statistic, rng) for _ in range(iterations)])
        n = len(first)
    else:
        if statistic == "f1" and first.shape[-1] != 3:
            raise SettingsError(f"permutation_test: F1 needs counts tp, fp, fn per example, (n, 3), not {first.shape}.")
        width = 3 if statistic == "f1" else 1
        first, second = first.reshape(-1, width), second.reshape(-1, width)
        n = len(first)
        score = f1_score if statistic == "f1" else lambda sums: sums[..., 0] / n
        totals = first.sum(axis=0), second.sum(axis=0)
        scores = float(score(totals[0])), float(score(totals[1]))
        drawn = np.empty(iterations)
        size = max(1, _CELLS // n)
        for start in range(0, iterations, size):
            swaps = rng.integers(2, size=(min(size, iterations - start), n)).astype(np.float64)
            moved = swaps @ (second - first)
            drawn[start : start + size] = score(totals[0] + moved) - score(totals[1] - moved)
    found = scores[0] - scores[1]
    # Equal differences may differ by rounding; a hair of slack counts them.
    at_least = int(np.sum(np.abs(drawn) >= abs(found) - 1e-12 * sum(map(abs, scores))))
    return Outcome(float(found), float(found), (1 + at_least) / (1 + iterations), n)


def f1_score(sums: Numbers) -> Numbers:
    """F1 of (..., 3) sums of tp, fp and fn; 0 where there is nothing to find and nothing found."""
    both = 2 * sums[..., 0]
    whole = both + sums[..., 1] + sums[..., 2]
    return np.divide(both, whole, out=np.zeros_like(both), where=whole > 0)


def _swapped(first: Numbers, second: Numbers, statistic: Callable[[Numbers], float], rng: np.random.Generator) -> float:
    swaps = rng.integers(2, size=(len(first), *(1,) * (first.ndim - 1))).astype(bool)
    return statistic(np.where(swaps, second, first)) - statistic(np.where(swaps, first, second))


def _same(first: Numbers, second: Numbers) -> None:
    if first.shape != second.shape or not len(first):
        raise SettingsError(
            f"The two systems have scores on {len(first)} and {len(second)} examples; give both the same ones."
        )
