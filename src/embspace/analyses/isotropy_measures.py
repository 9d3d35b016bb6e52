"""Measures of how evenly vectors use their space: mean cosine, IsoScore, partition function, dominating dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.float64]

_CELLS = 2**22  # 32 MB of float64 at a time
_ROUNDING = 1e-12  # a spread below this share of the vectors' length is rounding of equal vectors


def mean_cosine(units: ArrayLike) -> float:
    """The mean cosine over all pairs of different rows, in O(n dim): (||sum u_i||^2 - n) / (n (n - 1)), in [-1, 1].

    Args:
        units: (n, dim) rows of length 1; NaN is returned for n < 2.
    """
    rows = np.asarray(units, dtype=np.float64)
    n = len(rows)
    if n < 2:
        return float("nan")
    total = rows.sum(axis=0)
    return float((total @ total - n) / (n * (n - 1)))


def contributions(units: ArrayLike) -> Rows:
    """(dim,) what each dimension adds to the mean cosine: ((sum_i u_ij)^2 - sum_i u_ij^2) / (n (n - 1)).

    They add up to `mean_cosine`. Timkey and van Schijndel (2021), 3.1, there over sampled pairs.

    Args:
        units: (n, dim) rows of length 1; NaN is returned for n < 2.
    """
    rows = np.asarray(units, dtype=np.float64)
    n = len(rows)
    if n < 2:
        return np.full(rows.shape[1], np.nan)
    return (rows.sum(axis=0) ** 2 - np.einsum("ij,ij->j", rows, rows)) / (n * (n - 1))


def top_share(units: ArrayLike, top: int) -> float:
    """The share of the mean cosine that its `top` largest contributions make up.

    Above 1 where other dimensions contribute less than nothing; NaN where the mean cosine is 0.
    """
    added = contributions(units)
    total = added.sum()
    return float(np.sort(added)[::-1][:top].sum() / total) if total else float("nan")


def effective_dimension(vectors: ArrayLike) -> float:
    """The participation ratio (sum lambda)^2 / sum lambda^2 of the covariance's spectrum, in [1, dim].

    No eigenvalue is needed: the sums are the trace and the squared Frobenius norm. NaN where all rows are equal.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    if len(rows) < 2:
        return float("nan")
    centered = rows - rows.mean(axis=0)
    spread = float(np.linalg.norm(centered))
    if spread <= _ROUNDING * float(np.linalg.norm(rows)):
        return float("nan")
    centered /= spread  # the trace is 1
    product = centered.T @ centered if len(rows) >= rows.shape[1] else centered @ centered.T
    return float(1 / np.linalg.norm(product) ** 2)


def iso_score(vectors: ArrayLike) -> float:
    """IsoScore, 0 (all variance in one direction) to 1 (equal variance in all): (d_eff - 1) / (dim - 1).

    Rudman et al. (2022), Algorithm 1. With s the spectrum of the covariance brought to the length of 1 = (1, ..., 1),
    delta = ||s - 1|| / sqrt(2 (dim - sqrt(dim))) and phi = (dim - delta^2 (dim - sqrt(dim)))^2 / dim^2, the score is
    (dim phi - 1) / (dim - 1); dim phi is `effective_dimension`. NaN where that is, and in one dimension.
    """
    dim = np.shape(vectors)[1]
    return (effective_dimension(vectors) - 1) / (dim - 1) if dim > 1 else float("nan")


def partition_isotropy(vectors: ArrayLike) -> float:
    """Partition-function isotropy, in (0, 1]: min_c Z(c) / max_c Z(c), Z(c) = sum_i exp(c . v_i).

    c goes over the unit eigenvectors of V^T V, each with both signs. Mu and Viswanath (2018), section 3. The vectors
    are taken as they are, neither centered nor normalized: long ones make it small. NaN without rows.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    n, dim = rows.shape
    if not n:
        return float("nan")
    axes = np.linalg.eigh(rows.T @ rows)[1] if n >= dim else np.linalg.svd(rows, full_matrices=False)[2].T
    logs = _log_partition(rows, np.hstack([axes, -axes]))
    if n < dim:  # across all rows: exp(0) for each
        logs = np.append(logs, np.log(n))
    return float(np.exp(logs.min() - logs.max()))


def _log_partition(rows: Rows, axes: Rows) -> Rows:
    """(k,) log Z of each column of (dim, k) axes, in blocks of rows."""
    logs = np.full(axes.shape[1], -np.inf)
    size = max(1, _CELLS // axes.shape[1])
    for start in range(0, len(rows), size):
        exponents = rows[start : start + size] @ axes
        largest = exponents.max(axis=0)
        np.logaddexp(logs, largest + np.log(np.exp(exponents - largest).sum(axis=0)), out=logs)
    return logs


def bootstrapped(units: Rows, dims: NDArray[np.int64], samples: int, seed: int) -> tuple[Rows, Rows]:
    """Of `samples` resamples of the rows the mean cosine, (samples,), and what `dims` add to it, (samples, len(dims)).

    A resample draws n rows with replacement, row i m_i times; its value is the mean over all pairs of different rows,
    each weighted m_i m_j: (||sum m_i u_i||^2 - sum m_i^2) / (n^2 - sum m_i^2). A row drawn twice is no pair: its cosine
    of 1 with itself would lift the interval above the value. O(samples n dim), in blocks.
    """
    n = len(units)
    rng = np.random.default_rng(seed)
    whole, parts = np.full(samples, np.nan), np.full((samples, len(dims)), np.nan)
    if n < 2:
        return whole, parts
    squares = units[:, dims] ** 2
    size = max(1, min(64, _CELLS // n))
    for start in range(0, samples, size):
        block = slice(start, min(start + size, samples))
        times = np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(block.start, block.stop)])
        times = times.astype(np.float64)
        total = times @ units
        np.square(times, out=times)
        same = times.sum(axis=1)
        pairs = np.where(same < n * n, n * n - same, np.nan)  # one row alone, drawn n times: no pair
        whole[block] = (np.einsum("ij,ij->i", total, total) - same) / pairs
        parts[block] = (total[:, dims] ** 2 - times @ squares) / pairs[:, None]
    return whole, parts
