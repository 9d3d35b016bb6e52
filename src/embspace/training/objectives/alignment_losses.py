"""Distances between the states of two languages that training makes small ("mlma" 2.2)."""

from __future__ import annotations

import torch
from torch.linalg import vector_norm

VARIANCE = 0.1
"""the weight of the variances beside that of the means"""


def mean_variance(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """How far the means of two sets of states are apart, 0 to 1, and a tenth of how far their variances are; a scalar.

    Euclidean distances over the sum of L1 norms, without which small states alone would do ("mlma" 2.2, Mean and
    Variance, whose weights are 0.1 and 0.01); variances are of the set itself, divided by n.

    Args:
        one: (n, dim), of a language.
        other: (m, dim), of another.
    """
    moments = ((one.mean(0), other.mean(0)), (one.var(0, correction=0), other.var(0, correction=0)))
    mean, variance = (_share(*pair) for pair in moments)
    return mean + VARIANCE * variance


def average_linkage(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Twice the mean distance of two sets of states less the mean distances in each; a scalar of 0 or more.

    `2 avl(X, Y) - avl(X, X) - avl(Y, Y)` with Euclidean distances, a state and itself among the pairs ("mlma" 2.2,
    Average Linkage). Zero where both are one distribution.

    Args:
        one: (n, dim), of a language.
        other: (m, dim), of another.
    """
    return 2 * _linkage(one, other) - _linkage(one, one) - _linkage(other, other)


def identical_strings(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Mean Euclidean distance of the vectors that the same strings have in two languages ("mlma" 2.2); a scalar.

    Args:
        one: (n_strings, dim), of a language.
        other: (n_strings, dim), of another, in the same order.
    """
    return vector_norm(one - other, dim=1).mean()


def _share(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    whole = vector_norm(one, 1) + vector_norm(other, 1)
    return vector_norm(one - other) / whole.clamp(min=torch.finfo(one.dtype).tiny)


def _linkage(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    # By matrix products near states would have rounded distances, and such gradients.
    return torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist").mean()
