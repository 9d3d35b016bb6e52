"""Mean cosines of languages over the rows of a space that mean the same: parallel entities, or aligned words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import directed, unit_rows
from embspace.analyses.linking import linked_rows
from embspace.errors import SettingsError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_CELLS = 2**21  # of a block: 16 MB of float64


class Parallel:
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
                'an entity and share `parallel` across languages (such as synthetic_ner), with targets="entities", or '
                "give word alignments (links=...) of a space of words."
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


class Aligned:
    """The linked rows of a space, each pair once, its languages in the order of `languages`.

    Attributes:
        languages: in the order of their first words.
        one: (n,) rows of the first language of each pair.
        other: (n,) rows of the second.
        place: (n,) the cell of the two languages, counted along the rows of a table, above its diagonal.
        rows: those that are in a pair, ascending.
        language: (len(rows),) the number of their languages.
    """

    def __init__(self, space: Space, links: pd.DataFrame) -> None:
        codes, languages = pd.factorize(space.words["language"])
        self.languages = [str(one) for one in languages]
        pairs = linked_rows(space, links)[["row_a", "row_b"]].to_numpy(dtype=np.int64)
        turned = codes[pairs[:, 0]] > codes[pairs[:, 1]]
        pairs[turned] = pairs[turned, ::-1]
        pairs = np.unique(pairs[codes[pairs[:, 0]] != codes[pairs[:, 1]]], axis=0)
        if not len(pairs):
            raise SettingsError(
                "Similarity compares linked words, and none of these links joins two words of this space: they are of "
                'another corpus, or the space is of entities (extract with targets="words").'
            )
        self.one, self.other = pairs.T
        self.place = codes[self.one] * len(languages) + codes[self.other]
        self.rows = np.unique(pairs)
        self.language = codes[self.rows]

    def means(self, vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """(n_languages, n_languages) mean cosines and numbers of pairs; a word with itself on the diagonal."""
        count, step = len(self.languages), max(1, _CELLS // max(1, vectors.shape[1]))
        sums, counts = np.zeros(count * count), np.zeros(count * count, np.int64)
        for first in range(0, len(self.one), step):
            some = slice(first, first + step)
            cosines = np.einsum("ij,ij->i", unit_rows(vectors[self.one[some]]), unit_rows(vectors[self.other[some]]))
            kept = np.isfinite(cosines)
            place = self.place[some][kept]
            sums += np.bincount(place, cosines[kept], len(sums))
            counts += np.bincount(place, minlength=len(sums))
        products, sizes = sums.reshape(count, count), counts.reshape(count, count)
        products, sizes = products + products.T, sizes + sizes.T
        own = np.zeros(count, np.int64)
        for first in range(0, len(self.rows), step):
            kept = directed(unit_rows(vectors[self.rows[first : first + step]]))
            own += np.bincount(self.language[first : first + step][kept], minlength=count)
        products[np.diag_indices(count)] = sizes[np.diag_indices(count)] = own
        return np.divide(products, sizes, out=np.full(sizes.shape, np.nan), where=sizes > 0), sizes
