"""Shares of variance by two factors: PERMANOVA (Anderson 2001) with Euclidean distances, from sums of groups alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.float64]

Term = tuple[float, int, float]
"""share of the total sum of squares, degrees of freedom, pseudo-F"""


@dataclass(frozen=True, slots=True)
class Shares:
    """Terms of a decomposition: `sequential` first, second, interaction, rest; `marginal` first, second.

    Sequential (type I): the first factor, the second beyond it, their interaction beyond both, and the rest; they add
    up to 1. Marginal (type II): each factor beyond the other. NaN where there is no variance; F is NaN without a rest.
    """

    sequential: dict[str, Term]
    marginal: dict[str, Term]


def shares(sums: Sums, counts: Sums) -> Shares:
    """The decomposition of unit vectors from (a, b, dim) sums and (a, b) numbers of the words in each pair of groups.

    The sum of squared distances of n points to their mean is 1/n of that over all pairs, from which Anderson (2001)
    writes the pseudo-F; a model's sum of squares is that of its fit by least squares, which needs the sums alone.
    """
    n = counts.sum()
    whole = sums.sum(axis=(0, 1))
    middle = float(whole @ whole / n)
    total = float(n - middle)
    one, other = sums.sum(axis=1), sums.sum(axis=0)
    first = _explained(np.diag(counts.sum(axis=1)), one) - middle
    second = _explained(np.diag(counts.sum(axis=0)), other) - middle
    table = np.block([[np.diag(counts.sum(axis=1)), counts], [counts.T, np.diag(counts.sum(axis=0))]])
    both = _explained(table, np.vstack([one, other])) - middle
    filled = counts > 0
    full = float((np.einsum("abd,abd->ab", sums, sums)[filled] / counts[filled]).sum()) - middle
    df_one, df_other = int((counts.sum(axis=1) > 0).sum()) - 1, int((counts.sum(axis=0) > 0).sum()) - 1
    df_both = int(np.linalg.matrix_rank(table)) - 1
    df_full = int(filled.sum()) - 1
    df_rest = int(n) - 1 - df_full
    rest = max(total - full, 0.0)
    noise = 1e-12 * n

    def term(squares: float, df: int) -> Term:
        if total <= noise:
            return np.nan, df, np.nan
        scale = rest / df_rest if df_rest > 0 and rest > noise else np.nan
        return max(squares, 0.0) / total, df, max(squares, 0.0) / df / scale if df > 0 else np.nan

    return Shares(
        {
            "first": term(first, df_one),
            "second": term(both - first, df_both - df_one),
            "interaction": term(full - both, df_full - df_both),
            "rest": (rest / total if total > noise else np.nan, df_rest, np.nan),
        },
        {"first": term(both - second, df_both - df_other), "second": term(both - first, df_both - df_one)},
    )


def permuted_shares(
    units: Sums, groups: list[NDArray[np.int64]], permutations: int, rng: np.random.Generator
) -> dict[str, float]:
    """The probability of each term's F when rows are shuffled: (1 + those as large) / (1 + permutations).

    All rows are shuffled freely, across the groups of both factors. That is exact for the hypothesis that neither
    factor has an effect; for the second factor, the marginal terms and the interaction, whose hypotheses leave the
    other effects as they are, it is an approximation.

    Args:
        units: (n, dim) unit vectors.
        groups: two labels of each row, numbers from 0.
        permutations: how many shuffles of all rows.
        rng: shuffles.
    """
    sizes = tuple(int(one.max()) + 1 for one in groups)
    cell = groups[0] * sizes[1] + groups[1]
    counts = np.bincount(cell, minlength=sizes[0] * sizes[1]).astype(np.float64).reshape(sizes)
    order = np.argsort(cell, kind="stable")
    filled, starts = np.unique(cell[order], return_index=True)

    def of(rows: NDArray[np.int64]) -> dict[str, float]:
        sums = np.zeros((counts.size, units.shape[1]))
        sums[filled] = np.add.reduceat(units[rows], starts, axis=0)
        found = shares(sums.reshape(*sizes, -1), counts)
        terms = {f"variance {name}": term[2] for name, term in found.sequential.items()}
        return terms | {f"variance, marginal {name}": term[2] for name, term in found.marginal.items()}

    real = of(order)
    larger = dict.fromkeys(real, 0)
    for _ in range(permutations):
        for name, f in of(rng.permutation(len(units))).items():
            # Shuffles that change nothing may differ from the real value by rounding.
            larger[name] += f >= real[name] * (1 - 1e-12)
    return {name: (1 + larger[name]) / (1 + permutations) if np.isfinite(f) else np.nan for name, f in real.items()}


def _explained(normal: Sums, sums: Sums) -> float:
    """The (uncorrected) sum of squares of a fit by least squares: tr(S' N^+ S), N the normal matrix, S the sums."""
    return float(np.einsum("ij,ij->", sums, np.linalg.pinv(normal, hermitian=True) @ sums))
