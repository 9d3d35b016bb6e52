"""Linear maps of vectors before an analysis: centering, z-scores, all-but-the-top, whitening, rotation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embspace.errors import SettingsError

_STORED = 2.0**-10
"""Differences below this share of a vector's length are rounding of the float16 it was stored in, not directions."""
_FLOAT32 = 2.0**-24


def center(vectors: ArrayLike, groups: ArrayLike | None = None) -> NDArray[np.float64]:
    """(n, dim) rows minus the mean of their group (all rows are one group without `groups`).

    A row that lies on its group's mean up to the precision of storage (2^-10 of its length) becomes exactly zero.

    Args:
        vectors: (n, dim), finite.
        groups: (n,) labels, such as each row's language.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    labels = np.zeros(len(rows), np.int64) if groups is None else _codes(groups)
    if len(labels) != len(rows):
        raise SettingsError(f"center: {len(rows)} vectors but {len(labels)} group labels; give one label per vector.")
    centered = np.empty_like(rows)
    for label in range(labels.max(initial=-1) + 1):
        members = labels == label
        centered[members] = rows[members] - rows[members].mean(axis=0)
    centered[on_the_mean(rows, centered)] = 0
    return centered


def on_the_mean(rows: NDArray[np.float64], centered: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) which rows lie on their mean, up to the precision of storage."""
    return np.linalg.norm(centered, axis=1) <= _STORED * np.linalg.norm(rows, axis=1)


def z_normalize(vectors: ArrayLike) -> NDArray[np.float64]:
    """(n, dim) columns with mean 0 and standard deviation 1; a constant column becomes 0."""
    rows = np.asarray(vectors, dtype=np.float64)
    middle = rows.mean(axis=0)
    return (rows - middle) * z_scales(middle, rows.var(axis=0))


def z_scales(mean: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """(dim,) factors that make the standard deviation 1; 0 for a column that is constant up to float32 rounding."""
    deviation = np.sqrt(variance)
    least = _FLOAT32 * (np.abs(mean) + deviation.max(initial=0))
    return np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > least)


def all_but_the_top(vectors: ArrayLike, top: int | None = None) -> NDArray[np.float64]:
    """(n, dim) centered rows without their `top` first principal directions.

    Mu and Viswanath (2018), "All-but-the-Top"; their choice, dim / 100 (at least 1), is the default.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    top = default_top(rows.shape[1]) if top is None else top
    if not 0 <= top <= min(rows.shape):
        raise SettingsError(f"top={top} is not possible; these vectors have {min(rows.shape)} principal directions.")
    rows = rows - rows.mean(axis=0)
    directions = np.linalg.svd(rows, full_matrices=False)[2][:top]
    return rows - rows @ directions.T @ directions


def whiten(vectors: ArrayLike) -> NDArray[np.float64]:
    """(n, dim) rows with mean 0 and the identity as covariance, on the subspace that the rows span (ZCA).

    The symmetric whitening matrix keeps the axes where they were, as far as that is possible.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    rows = rows - rows.mean(axis=0)
    left, singular, right = np.linalg.svd(rows, full_matrices=False)
    kept = singular > singular.max(initial=0) * max(rows.shape) * np.finfo(np.float64).eps
    return np.sqrt(max(len(rows) - 1, 1)) * left[:, kept] @ right[kept]


def top_directions(scatter: NDArray[np.float64], top: int | None = None) -> NDArray[np.float64]:
    """(dim, top) principal directions, the widest first, from the sum of products of centered rows.

    Args:
        scatter: (dim, dim), `rows.T @ rows` of centered rows.
        top: as of `all_but_the_top`.
    """
    return np.linalg.eigh(scatter)[1][:, ::-1][:, : default_top(len(scatter)) if top is None else top]


def whitening(scatter: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """(dim, dim) the symmetric matrix that whitens n centered rows whose products sum to `scatter` (ZCA).

    Directions in which rows differ by float32 rounding only are dropped, not blown up.
    """
    values, vectors = np.linalg.eigh(scatter)
    kept = values > values.max(initial=0) * (8 * _FLOAT32) ** 2
    scales = np.sqrt(max(n - 1, 1) / values[kept])
    return (vectors[:, kept] * scales) @ vectors[:, kept].T


def default_top(dim: int) -> int:
    """How many directions `all_but_the_top` removes: dim / 100, at least 1."""
    return max(1, dim // 100)


def rotation(moving: ArrayLike, fixed: ArrayLike) -> NDArray[np.float64]:
    """(dim, dim) the orthogonal matrix W that brings rows nearest to their partners: min ||moving W - fixed||.

    Schönemann (1966), the orthogonal Procrustes problem. Reflections are allowed.

    Args:
        moving: (n, dim) vectors of one side, such as the words of a dictionary in one language.
        fixed: (n, dim) their partners, row by row.
    """
    one, other = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    if one.shape != other.shape:
        raise SettingsError(f"rotation: the two sides are {one.shape} and {other.shape}; they must be of one shape.")
    return rotation_of(one.T @ other)


def rotation_of(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """(dim, dim) as `rotation`, from the sum of outer products of partners, `moving.T @ fixed`."""
    left, _, right = np.linalg.svd(products)
    return left @ right


def aligned(moving: ArrayLike, fixed: ArrayLike) -> NDArray[np.float64]:
    """(n, dim) `moving`, shifted, rotated and scaled into the frame of `fixed`: the same center and the same spread.

    The spread is matched rather than the scale of least squares, which shrinks a map the less it resembles the other.
    """
    one, other = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    one, middle = one - one.mean(axis=0), other.mean(axis=0)
    other = other - middle
    size = np.linalg.norm(one)
    scale = np.linalg.norm(other) / size if size > 0 and other.any() else 1.0
    return scale * one @ rotation(one, other) + middle


def _codes(labels: ArrayLike) -> NDArray[np.int64]:
    return np.unique(np.asarray(labels, dtype=str), return_inverse=True)[1].astype(np.int64)
