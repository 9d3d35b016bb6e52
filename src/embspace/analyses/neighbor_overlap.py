"""Neighbor overlap: how many of a word's neighbors stay between two checkpoints or two layers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers
from embspace.analyses.results import result
from embspace.analyses.same_words import check_same_words, drawn, layer_pairs
from embspace.analyses.search import nearest_rows, usable
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_HELD = 2**14  # rows among which neighbors are looked for at a time


def neighbor_overlap(
    before: Space,
    after: Space,
    *,
    layer: Layers = None,
    layer_after: Layers = None,
    k: int = 10,
    sample: int | None = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many of a word's k nearest neighbors stay: `layer layer_after language value n`, of "all" and each language.

    `value` is the mean Jaccard index |A and B| / |A or B| of a word's neighbors before and after, by cosine, among all
    words that are found and have a direction in both; 0 none stays .. 1 all do. Exact; equally near words go by their
    order in the corpus, so that words with the same vector (embeddings of one form) are neighbors in both or neither.

    Args:
        before: a space.
        after: of the same words; of any width.
        layer: a number, several, or all of them (None).
        layer_after: of `after`, as many, each compared with its partner in `layer`; the same by default.
        k: neighbors of each word.
        sample: words whose neighbors are looked for, drawn at random, `n` of them; None for all.
        seed: of the draw.
        progress: told of every layer.

    Raises:
        SettingsError: the spaces are not of the same words, or have no k neighbors.
    """
    pairs = layer_pairs(before, after, layer, layer_after)
    found = check_same_words(before, after)
    progress = progress or Silent()
    progress.stage("neighbors", len(pairs), "layers")
    languages = before.words["language"].to_numpy(dtype=str)
    rows = []
    for one, other in pairs:
        mine, theirs = before.layer(one)[found], after.layer(other)[found]
        kept = usable(mine) & usable(theirs)
        mine, theirs, words = mine[kept], theirs[kept], languages[found][kept]
        if not 1 <= k < len(words):
            possible = f"possible are 1 to {len(words) - 1}" if len(words) > 1 else "extract a corpus with more words"
            raise SettingsError(f"{k} neighbors were asked for among {len(words)} words with a direction; {possible}.")
        asked = drawn(np.arange(len(words)), sample, seed)
        shared = _shared(_neighbors(mine, asked, k), _neighbors(theirs, asked, k))
        values = shared / (2 * k - shared)
        rows.append((one, other, "all", float(values.mean()), len(asked)))
        for language in dict.fromkeys(words[asked].tolist()):
            own = values[words[asked] == language]
            rows.append((one, other, language, float(own.mean()), len(own)))
        progress.advance()
    columns = ["layer", "layer_after", "language", "value", "n"]
    ones, others = ([*dict.fromkeys(side)] for side in zip(*pairs, strict=True))
    settings = {"layers": ones, "layers_after": others, "k": k, "sample": sample, "seed": seed}
    return result(rows, columns, "neighbor_overlap", [before, after], **settings)


def _neighbors(vectors: NDArray[np.float32], asked: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """(n_asked, k) nearest other rows, nearest first; looked for in one part of the rows after another."""
    bounds = np.linspace(0, len(vectors), max(1, len(vectors) // _HELD) + 1).astype(np.int64)
    indices = np.empty((len(asked), 0), np.int64)
    cosines = np.empty((len(asked), 0))
    for first, stop in pairwise(bounds.tolist()):
        own = np.where((asked >= first) & (asked < stop), asked - first, -1)
        some, values = nearest_rows(vectors[asked], vectors[first:stop], min(k, stop - first - 1), own=own)
        indices, cosines = np.hstack([indices, some + first]), np.hstack([cosines, values])
        order = np.argsort(-cosines.round(12), axis=1, kind="stable")[:, :k]
        indices = np.take_along_axis(indices, order, axis=1)
        cosines = np.take_along_axis(cosines, order, axis=1)
    return indices


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) how many numbers stand in a row of both."""
    joined = np.sort(np.hstack([one, other]), axis=1)
    return (np.diff(joined, axis=1) == 0).sum(axis=1).astype(np.float64)
