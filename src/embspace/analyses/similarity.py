"""Similarity of languages: the mean cosine between parallel entities, or between aligned words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.mean_cosines import Aligned, Parallel
from embspace.analyses.results import checkpoint_labels, result
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_COLUMNS = ["layer", "language_a", "language_b", "value", "n"]


def similarity(
    spaces: Space | Sequence[Space],
    layer: Layers = None,
    *,
    links: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The mean cosine between words that mean the same: `layer language_a language_b value n`.

    Both orders and the diagonal; `value` is the mean over the pairs of one language and the other, in [-1, 1], `n`
    their number; NaN and 0 where two languages share none. Without `links` pairs are of entities that share
    `parallel`: "exploring" Table 2. With them, they are the aligned words, each pair once, and on the diagonal each
    aligned word with itself; that is ours, "exploring" compares entities alone.

    Args:
        spaces: of entities, with `links` of words; rows with `found` and a direction count. Of several, a column
            `checkpoint` comes first.
        layer: a number, several, or all of them (None).
        links: word alignments, `parallel language_a word_a language_b word_b`; None: parallel entities.
        progress: told of every layer.

    Raises:
        SettingsError: a space holds no parallel entities, or no two words that are linked.
        CorpusError: `links` has not the columns of word alignments.
    """
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    if not listed:
        raise SettingsError("similarity: no space was given; give one, or a list of them.")
    layers = [layer_numbers(space, layer) for space in listed]
    pairs = [Parallel(space) if links is None else Aligned(space, links) for space in listed]
    progress = progress or Silent()
    progress.stage("similarity", sum(map(len, layers)), "layers")
    rows = []
    for space, known, label, numbers in zip(listed, pairs, checkpoint_labels(listed), layers, strict=True):
        for number in numbers:
            means, counts = known.means(space.layer(number))
            rows += [
                (*([label] if several else []), number, one, other, means[i, j], counts[i, j])
                for i, one in enumerate(known.languages)
                for j, other in enumerate(known.languages)
            ]
            progress.advance()
    columns = [*(["checkpoint"] if several else []), *_COLUMNS]
    way = "parallel entities" if links is None else "links"
    return result(rows, columns, "similarity", listed, layers=layers[0], pairs=way)
