"""Transforms before an analysis: a view of a space whose vectors were centered, whitened, rotated, ..."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses import transforms
from embspace.analyses.linking import linked_rows
from embspace.analyses.transform_steps import Step, parse_step, partners_of
from embspace.spaces.space import words_with
from embspace.storage import fingerprint

if TYPE_CHECKING:
    from embspace.corpora.records import Corpus
    from embspace.spaces.space import Space

_CELLS = 2**22  # of a block: 32 MB of float64
_KEPT = 2**29  # bytes of a layer; of larger ones the last is kept, of smaller ones two

Vectors = NDArray[np.float32]


def transform(space: Space, *steps: str, links: pd.DataFrame | None = None) -> Space:
    """A view of a space after transforms, one after another; every analysis takes it as it takes a space.

    Means, directions and rotations are of the rows with `found` and finite values of the space that is given, layer by
    layer; they stay when rows of the view are selected afterwards. A layer is computed when it is asked for, and the
    last one or two are kept. `recipe["transforms"]` lists the steps. SYSTEMS A13: baselines to training.

    Args:
        space: a space, or a view of one.
        steps: "center" (each language's mean), "center-all", "all-but-the-top" or "all-but-the-top:k" (Mu and
            Viswanath 2018), "whiten" (ZCA), "z", "rotate:xx": every other language's words by the orthogonal matrix
            that brings them nearest to their partners in the language xx (Schönemann 1966; not centered: let "center"
            come first where the means should not count). Rows are transformed alike; those not found stay NaN.
        links: word alignments for "rotate" (`parallel language_a word_a language_b word_b`); without them the partners
            are the entities that share `parallel`.

    Raises:
        SettingsError: there is no such step, a number or language is not possible, or a language has no partners.
        CorpusError: `links` has not the columns of word alignments.
    """
    parsed = [parse_step(step, space) for step in steps]
    if not parsed:
        return space
    partners: dict[str, pd.DataFrame] = {}
    if turns := [step.argument for step in parsed if step.name == "rotate"]:
        pairs = linked_rows(space, links)
        partners = {onto: partners_of(space, pairs, onto, links is not None) for onto in turns}
    return cast("Space", _Transformed(_Layers(space, parsed, partners)))


class _Layers:
    """The transformed layers of a space, shared by all views of it."""

    def __init__(self, space: Space, steps: list[Step], partners: dict[str, pd.DataFrame]) -> None:
        self.space, self.steps, self.partners = space, steps, partners
        large = space.n_words * space.dim * 4 > _KEPT
        self.layer: Callable[[int], Vectors] = lru_cache(maxsize=1 if large else 2)(self._made)

    @cached_property
    def fingerprint(self) -> str:
        pairs = {
            onto: fingerprint(frame[["row_a", "row_b"]].to_numpy(dtype=np.int64).tobytes())
            for onto, frame in self.partners.items()
        }
        return fingerprint([self.space.fingerprint, [step.text for step in self.steps], pairs])

    def _made(self, number: int) -> Vectors:
        vectors = np.array(self.space.layer(number), dtype=np.float32)
        usable = self.space.words["found"].to_numpy(dtype=bool) & np.isfinite(vectors).all(axis=1)
        vectors[~usable] = np.nan
        rows = _Rows(vectors, np.flatnonzero(usable))
        for step in self.steps:
            if step.name == "rotate":
                self._rotate(rows, step.argument, usable)
            else:
                groups = self.space.words["language"].to_numpy(dtype=str) if step.name == "center" else None
                _apply(rows, step, groups)
        vectors.setflags(write=False)
        return vectors

    def _rotate(self, rows: _Rows, onto: str, usable: NDArray[np.bool_]) -> None:
        language = self.space.words["language"].to_numpy(dtype=str)
        for moving, pairs in self.partners[onto].groupby("language_a", sort=False):
            one, other = pairs["row_a"].to_numpy(dtype=np.int64), pairs["row_b"].to_numpy(dtype=np.int64)
            kept = usable[one] & usable[other]
            products = rows.products(one[kept], other[kept])
            turn = transforms.rotation_of(products)
            rows.change(lambda block, _, turn=turn: block @ turn, np.flatnonzero(usable & (language == moving)))


class _Rows:
    """Rows of a layer, gone through in blocks of float64; what is changed is written back as float32."""

    def __init__(self, vectors: Vectors, used: NDArray[np.int64]) -> None:
        self.vectors, self.used = vectors, used
        self.step = max(1, _CELLS // max(1, vectors.shape[1]))

    def blocks(self, rows: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        for first in range(0, len(rows), self.step):
            some = rows[first : first + self.step]
            yield some, self.vectors[some].astype(np.float64)

    def change(
        self,
        function: Callable[[NDArray[np.float64], NDArray[np.int64]], NDArray[np.float64]],
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        for some, block in self.blocks(self.used if rows is None else rows):
            self.vectors[some] = function(block, some)

    def means(self, codes: NDArray[np.int64], n_groups: int) -> NDArray[np.float64]:
        """(n_groups, dim) means of the rows of each group."""
        sums, sizes = np.zeros((n_groups, self.vectors.shape[1])), np.zeros(n_groups)
        for some, block in self.blocks(self.used):
            chosen = codes[some]
            sums += (chosen == np.arange(n_groups)[:, None]).astype(np.float64) @ block
            sizes += np.bincount(chosen, minlength=n_groups)
        return sums / np.maximum(sizes, 1)[:, None]

    def scatter(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """(dim, dim) the sum of products of the rows less a mean."""
        total = np.zeros((len(mean), len(mean)))
        for _, block in self.blocks(self.used):
            block -= mean
            total += block.T @ block
        return total

    def variance(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """(dim,) of each column."""
        total = np.zeros(len(mean))
        for _, block in self.blocks(self.used):
            block -= mean
            total += np.einsum("ij,ij->j", block, block)
        return total / max(1, len(self.used))

    def products(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """(dim, dim) the sum of outer products of rows and their partners."""
        total = np.zeros((self.vectors.shape[1], self.vectors.shape[1]))
        for first in range(0, len(one), self.step):
            some = slice(first, first + self.step)
            total += self.vectors[one[some]].astype(np.float64).T @ self.vectors[other[some]].astype(np.float64)
        return total


def _apply(rows: _Rows, step: Step, groups: NDArray[Any] | None) -> None:
    n = len(rows.vectors)
    kinds, codes = ([""], np.zeros(n, np.int64)) if groups is None else np.unique(groups, return_inverse=True)
    means = rows.means(codes, len(kinds))
    if step.name in ("center", "center-all"):

        def centered(block: NDArray[np.float64], some: NDArray[np.int64]) -> NDArray[np.float64]:
            left = block - means[codes[some]]
            left[transforms.on_the_mean(block, left)] = 0
            return left

        rows.change(centered)
        return
    mean = means[0]
    if step.name == "z":
        scales = transforms.z_scales(mean, rows.variance(mean))
        rows.change(lambda block, _: (block - mean) * scales)
        return
    scatter = rows.scatter(mean)
    if step.name == "whiten":
        matrix = transforms.whitening(scatter, len(rows.used))
        rows.change(lambda block, _: (block - mean) @ matrix)
        return
    top = transforms.top_directions(scatter, int(step.argument) if step.argument else None)

    def without(block: NDArray[np.float64], _: NDArray[np.int64]) -> NDArray[np.float64]:
        block = block - mean
        return block - block @ top @ top.T

    rows.change(without)


class _Transformed:
    """What analyses use of a space, with other vectors."""

    def __init__(
        self, made: _Layers, rows: NDArray[np.int64] | None = None, selected: tuple[dict[str, Any], ...] = ()
    ) -> None:
        self._made, self._rows, self._selected = made, rows, selected
        space = made.space
        self.n_layers, self.layers, self.dim = space.n_layers, space.layers, space.dim
        self.n_words = space.n_words if rows is None else len(rows)

    def __repr__(self) -> str:
        steps = " -> ".join(step.text for step in self._made.steps)
        return f"transform({self._made.space!r}, {steps}; {self.n_words} words)"

    @property
    def path(self) -> Path:
        return self._made.space.path

    @cached_property
    def fingerprint(self) -> str:
        whole = self._made.fingerprint
        return whole if self._rows is None else fingerprint([whole, self._rows.tobytes()])

    @property
    def stored(self) -> str:
        return self._made.space.stored

    @property
    def recipe(self) -> dict[str, Any]:
        recipe = dict(self._made.space.recipe)
        recipe["transforms"] = [*recipe.get("transforms", ()), *(step.text for step in self._made.steps)]
        if self._selected:
            recipe["select"] = [*recipe.get("select", ()), *self._selected]
        return recipe

    @cached_property
    def words(self) -> pd.DataFrame:
        words = self._made.space.words
        return words if self._rows is None else words.iloc[self._rows].reset_index(drop=True)

    @property
    def sentences(self) -> pd.DataFrame:
        return self._made.space.sentences

    @property
    def corpus(self) -> Corpus:
        return self._made.space.corpus

    def layer(self, index: int) -> Vectors:
        vectors = self._made.layer(self.layer_number(index))
        return vectors.copy() if self._rows is None else vectors[self._rows]

    def layer_rows(self, index: int, first: int, stop: int) -> Vectors:
        vectors = self._made.layer(self.layer_number(index))
        return vectors[first:stop].copy() if self._rows is None else vectors[self._rows[first:stop]]

    def layer_number(self, index: int) -> int:
        return self._made.space.layer_number(index)

    def select(self, **columns: Any) -> _Transformed:
        kept, chosen = words_with(self.words, columns)
        if kept.all():
            return self
        rows = np.flatnonzero(kept) if self._rows is None else self._rows[kept]
        return _Transformed(self._made, rows, (*self._selected, chosen))
