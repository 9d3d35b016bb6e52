"""How far words move on a map from one layer, or one checkpoint, to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FAR = 0.5
"""in spreads of the map; a word beyond it has left its part of the map"""


def displacement(before: ArrayLike, after: ArrayLike) -> NDArray[np.float64]:
    """(n,) distances between the places of each point on two maps in one frame, in spreads of the first.

    The spread of a map is the root mean square distance of its points from their center. Two unrelated maps of equal
    spread come to a root mean square of sqrt(2).

    Args:
        before: (n, dimensions) coordinates.
        after: (n, dimensions) of the same points.
    """
    one, other = np.asarray(before, np.float64), np.asarray(after, np.float64)
    spread = np.sqrt(((one - one.mean(axis=0)) ** 2).sum(axis=1).mean()) if len(one) else 0.0
    return np.linalg.norm(other - one, axis=1) / (spread if spread > 0 else 1.0)


def summary(moved: NDArray[np.float64]) -> dict[str, float]:
    """`median` of displacements, and `far`, the share of those beyond `FAR`."""
    return {"median": float(np.median(moved)), "far": float((moved > FAR).mean())}
