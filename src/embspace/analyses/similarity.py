"""Similarity of languages: the mean cosine between parallel entities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, directed, layer_numbers, unit_rows
from embspace.analyses.results import checkpoint_labels, result
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_CELLS = 2**21  # of a block: 16 MB of float64
_COLUMNS = ["layer", "language_a", "language_b", "value", "n"]


def similarity(
    spaces: Space | Sequence[Space], layer: Layers = None, *, progress: Progress | None = None
) -> pd.DataFrame:
    """The mean cosine between parallel entities: `layer language_a language_b value n`, both orders and the diagonal.

    Two rows are parallel when they share `parallel`; `value` is the mean over all such pairs of one language and the
    other, in [-1, 1], `n` their number; NaN and 0 where two languages share none. "exploring" Table 2.

    Args:
        spaces: of entities; rows with `found` and a direction count. Of several, a column `checkpoint` comes first.
        layer: a number, several, or all of them (None).
        progress: told of every layer.

    Raises:
        SettingsError: a space holds no parallel entities.
    """
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    if not listed:
        raise SettingsError("similarity: no space was given; give one, or a list of them.")
    layers = [layer_numbers(space, layer) for space in listed]
    pairs = [_Parallel(space) for space in listed]
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
    return result(rows, columns, "similarity", listed, layers=layers[0])


class _Parallel:
    """The entities of a space by what they are parallel to.

    Attributes:
        languages: in the order of their first words.
        rows: of parallel entities, those that share `parallel` side by side, by language.
        key: what each of these rows is parallel to, ascending.
        language: its number in `languages`.
    """

    def __init__(self, space: Space) -> None:
        words = space.words
        usable = (words["found"].astype(bool) & words["parallel"].notna() & words["entity"].notna()).to_numpy()
        if not usable.any():
            raise SettingsError(
                "Similarity compares parallel entities, and this space has none: extract a corpus whose sentences have "
                'an entity and share `parallel` across languages (such as synthetic_ner), with targets="entities".'
            )
        codes, languages = pd.factorize(words["language"])
        self.languages = [str(one) for one in languages]
        rows = np.flatnonzero(usable)
        key = pd.factorize(words["parallel"].iloc[rows])[0]
        order = np.lexsort((codes[rows], key))
        self.rows, self.key, self.language = rows[order], key[order], codes[rows][order]

    def means(self, vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """(n_languages, n_languages) mean cosines and numbers of pairs.

        The sum over all pairs of rows of a key is the product of the two languages' sums: no pair is formed.
        """
        count = len(self.languages)
        products, counts = np.zeros((count, count)), np.zeros((count, count), np.int64)
        for first, stop in self._blocks(vectors.shape[1]):
            units = unit_rows(vectors[self.rows[first:stop]])
            kept = directed(units)
            place = (self.key[first:stop] - self.key[first]) * count + self.language[first:stop]
            n_keys = self.key[stop - 1] - self.key[first] + 1
            sizes = np.bincount(place[kept], minlength=n_keys * count)
            sums = np.zeros((len(sizes), units.shape[1]))
            if sizes.max(initial=0) <= 1:
                sums[place[kept]] = units[kept]
            else:
                filled, starts = np.unique(place[kept], return_index=True)
                sums[filled] = np.add.reduceat(units[kept], starts, axis=0)
            by_key, sizes = sums.reshape(n_keys, count, -1), sizes.reshape(n_keys, count)
            products += np.matmul(by_key, by_key.transpose(0, 2, 1)).sum(axis=0)
            counts += sizes.T @ sizes
        return np.divide(products, counts, out=np.full(counts.shape, np.nan), where=counts > 0), counts

    def _blocks(self, dim: int) -> Iterator[tuple[int, int]]:
        """Runs of rows with whole keys; a key of many rows is a run of its own."""
        ends = np.append(np.flatnonzero(np.diff(self.key)) + 1, len(self.rows))
        step, first, at = max(1, _CELLS // max(1, dim)), 0, 0
        most = max(1, 4 * step // len(self.languages))  # keys: a cell for each of their languages is made
        while at < len(ends):
            fit = int(np.searchsorted(ends, first + step, side="right"))
            fit = min(max(fit, at + 1), at + most)
            yield first, int(ends[fit - 1])
            first, at = int(ends[fit - 1]), fit
