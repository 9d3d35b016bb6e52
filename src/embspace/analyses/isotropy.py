"""Isotropy: the mean cosine of a language's words, exact over all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from embspace.analyses.distances import Layers, directed, layer_numbers, unit_rows
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space


def isotropy(space: Space, layer: Layers = None, *, progress: Progress | None = None) -> pd.DataFrame:
    """The mean cosine of all pairs of words, per layer and language: `layer language value n`.

    `value` is near 0 where the words point in all directions (isotropic) and 1 where they all point in one; NaN where a
    language has fewer than two words. "exploring" 4.1: sim(l_test) = E cos(phi, psi).

    Args:
        space: its rows with `found` count.
        layer: a number, several, or all of them (None).
        progress: told of every layer.
    """
    layers = layer_numbers(space, layer)
    progress = progress or Silent()
    progress.stage("isotropy", len(layers), "layers")
    found = space.words["found"].to_numpy(dtype=bool)
    languages = space.words["language"].to_numpy(dtype=str)
    rows = []
    for number in layers:
        vectors = space.layer(number)
        for language in dict.fromkeys(languages):
            members = unit_rows(vectors[found & (languages == language)])
            members = members[directed(members)]
            rows.append((number, language, mean_cosine(members), len(members)))
        progress.advance()
    result = pd.DataFrame(rows, columns=["layer", "language", "value", "n"])
    result.attrs["settings"] = {
        "analysis": "isotropy",
        "space": space.fingerprint,
        "layers": layers,
        "n_layers": space.n_layers,
    }
    return result


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
