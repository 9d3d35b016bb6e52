"""Similarity of languages: the mean cosine between parallel entities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from embspace.analyses.distances import Layers, directed, layer_numbers, unit_rows
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space


def similarity(space: Space, layer: Layers = None, *, progress: Progress | None = None) -> pd.DataFrame:
    """The mean cosine between parallel entities: `layer language_a language_b value n`, both orders and the diagonal.

    Two rows are parallel when they share `parallel`; `value` is the mean over all such pairs of one language and the
    other, in [-1, 1], `n` their number; NaN and 0 where two languages share none. "exploring" Table 2.

    Args:
        space: of entities; its rows with `found` and a direction count.
        layer: a number, several, or all of them (None).
        progress: told of every layer.

    Raises:
        SettingsError: the space holds no parallel entities.
    """
    layers = layer_numbers(space, layer)
    words = space.words
    usable = (words["found"].astype(bool) & words["parallel"].notna() & words["entity"].notna()).to_numpy()
    if not usable.any():
        raise SettingsError(
            "Similarity compares parallel entities, and this space has none: extract a corpus whose sentences have an "
            'entity and share `parallel` across languages (such as synthetic_ner), with targets="entities".'
        )
    progress = progress or Silent()
    progress.stage("similarity", len(layers), "layers")
    languages = list(dict.fromkeys(words["language"]))
    language = pd.Categorical(words["language"], categories=languages).codes.astype(np.int64)
    keys, key = np.unique(words["parallel"].to_numpy()[usable].astype(str), return_inverse=True)
    cells = np.full(len(words), -1, np.int64)
    cells[usable] = language[usable] * len(keys) + key
    rows = []
    for number in layers:
        means, counts = _pairs(unit_rows(space.layer(number)), cells, len(languages), len(keys))
        rows += [
            (number, one, other, means[i, j], counts[i, j])
            for i, one in enumerate(languages)
            for j, other in enumerate(languages)
        ]
        progress.advance()
    result = pd.DataFrame(rows, columns=["layer", "language_a", "language_b", "value", "n"])
    result.attrs["settings"] = {
        "analysis": "similarity",
        "space": space.fingerprint,
        "layers": layers,
        "n_layers": space.n_layers,
    }
    return result


def _pairs(units: np.ndarray, cells: np.ndarray, n_languages: int, n_keys: int) -> tuple[np.ndarray, np.ndarray]:
    """(n_languages, n_languages) mean cosines and numbers of pairs; row i is in cell language * n_keys + key, or -1.

    The sum over all pairs of rows of a key is the product of the two languages' sums: no pair is formed.
    """
    kept = (cells >= 0) & directed(units)
    order = np.argsort(cells[kept], kind="stable")
    filled, starts = np.unique(cells[kept][order], return_index=True)
    dim = units.shape[1]
    sums, sizes = np.zeros((n_languages * n_keys, dim)), np.zeros(n_languages * n_keys)
    if len(filled):
        sums[filled] = np.add.reduceat(units[kept][order], starts, axis=0)
        sizes[filled] = np.diff(np.append(starts, kept.sum()))
    sums = sums.reshape(n_languages, n_keys * dim)
    sizes = sizes.reshape(n_languages, n_keys)
    counts = (sizes @ sizes.T).round().astype(np.int64)
    means = np.divide(sums @ sums.T, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return means, counts
