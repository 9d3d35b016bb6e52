"""Distances between the states of two languages that training makes small ("mlma" 2.2; "adjustment" 3)."""

from __future__ import annotations

import torch
from torch.linalg import vector_norm

from embspace.training.adjust import Reduction

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


def adjustment(
    pulled: torch.Tensor,
    target: torch.Tensor,
    source: torch.Tensor,
    original: torch.Tensor,
    *,
    keep: float = 1.0,
    reduction: Reduction = "mean",
) -> torch.Tensor:
    """Squared distances of aligned words, and of source words from where they were; a scalar ("adjustment" Eq. 1).

    `sum_i ||f(s_i) - f(t_i)||^2 + keep sum_j ||f(s_j) - f0(s_j)||^2`; with "mean" each sum is divided by its number of
    words and by dim, as in the authors' scripts. A sum over nothing is zero.

    Args:
        pulled: (n_links, dim), f of the source words that are aligned.
        target: (n_links, dim), f of the words that they are aligned to.
        source: (n_words, dim), f of all source words.
        original: (n_words, dim), f0 of the same.
        keep: the weight of the second sum.
        reduction: "sum" or "mean".
    """
    sums = ((one - other).square().sum() for one, other in ((pulled, target), (source, original)))
    sizes = (max(1, one.numel()) if reduction == "mean" else 1 for one in (pulled, source))
    pull, hold = (found / size for found, size in zip(sums, sizes, strict=True))
    return pull + keep * hold


def _share(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    whole = vector_norm(one, 1) + vector_norm(other, 1)
    return vector_norm(one - other) / whole.clamp(min=torch.finfo(one.dtype).tiny)


def _linkage(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    # By matrix products near states would have rounded distances, and such gradients.
    return torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist").mean()
