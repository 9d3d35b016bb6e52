"""The maps of layers and checkpoints in one frame: one after another (chained), or all in one run (joint)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embspace.analyses.distances import unit_rows
from embspace.analyses.map_store import read_map, write_map
from embspace.analyses.placement import Placement, trustworthiness
from embspace.analyses.transforms import aligned
from embspace.analyses.transforms import center as centered
from embspace.errors import SettingsError, StoreError
from embspace.progress import Progress
from embspace.storage import fingerprint
from embspace.workspace import Workspace

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Frame = Literal["chained", "joint"]

_VERSION = 1  # of the arithmetic below and of placement.py; a change makes every stored map anew
_SAME = ["text", "language", "sentence", "start", "stop"]


class Slice(NamedTuple):
    """A layer of one of several checkpoints: the number of its space in their list, and of the layer in its model."""

    at: int
    layer: int


class Map(NamedTuple):
    """Coordinates (n, dimensions) float32, the key they are stored under, and how far to trust them."""

    coordinates: NDArray[np.float32]
    key: str
    trustworthiness: float


class Maps:
    """The maps of the words that all of some spaces have.

    Args:
        spaces: of the same words, one for each checkpoint, in their order.
        placement: how points are placed.
        center: "language" or None.
        workspace: where coordinates are found and kept.
        progress: of every map that is made.

    Raises:
        SettingsError: the spaces are not of the same words.
    """

    def __init__(
        self,
        spaces: Sequence[Space],
        placement: Placement,
        center: str | None,
        workspace: Workspace,
        progress: Progress | None,
    ) -> None:
        self.spaces, self.rows = spaces, shared_rows(spaces)
        self._placement, self._center, self._workspace, self._progress = placement, center, workspace, progress
        self._made: dict[Slice, Map] = {}

    def chained(self, one: Slice) -> Map:
        """The map of a slice that starts from its neighbor's, which is found or made first, and is turned onto it."""
        if one not in self._made:
            before = neighbor(self.spaces, one)
            start = None if before is None else self.chained(before)
            self._made[one] = self._next(one, start)
        return self._made[one]

    def joint(self, slices: Sequence[Slice]) -> dict[Slice, Map]:
        """The maps of all slices from one run over their stacked vectors.

        Raises:
            SettingsError: their vectors are not of one width.
        """
        widths = {self.spaces[one.at].dim for one in slices}
        if len(widths) > 1:
            raise SettingsError(
                f"Vectors {' and '.join(map(str, sorted(widths)))} wide cannot be placed in one run; "
                'use frame="chained".'
            )
        whole = {**self._recipe(), "slices": [(self.spaces[one.at].fingerprint, one.layer) for one in slices]}
        keys = [fingerprint({**whole, "frame": "joint", "slice": number}) for number in range(len(slices))]
        found = [self._read(key) for key in keys]
        self._placement.check(len(slices) * len(self.rows))
        if any(one is None for one in found):
            vectors = np.concatenate([self.vectors(one) for one in slices])
            parts = np.split(self._placement.place(vectors, progress=self._progress), len(slices))
            blocks = np.split(vectors, len(slices))
            found = [
                self._keep(key, one, points, block, {**whole, "frame": "joint", "slice": number})
                for number, (key, one, points, block) in enumerate(zip(keys, slices, parts, blocks, strict=True))
            ]
        return {one: made for one, made in zip(slices, found, strict=True) if made is not None}

    def vectors(self, one: Slice) -> NDArray[np.float64]:
        """(n, dim) unit rows of a slice; a row without a direction (on the mean of its language) is zero."""
        space = self.spaces[one.at]
        groups = space.words["language"].to_numpy(dtype=str)[self.rows] if self._center else None
        return unit_vectors(raw_vectors(space, one.layer, self.rows), groups)

    def _next(self, one: Slice, start: Map | None) -> Map:
        space = self.spaces[one.at]
        recipe: dict[str, Any] = {**self._recipe(), "space": space.fingerprint, "layer": one.layer}
        if one.at:
            recipe["from"] = start.key if start else None
        else:
            recipe["position"] = sorted(space.layers, reverse=True).index(one.layer)
        key = fingerprint(recipe)
        if (stored := self._read(key)) is not None:
            return stored
        vectors = self.vectors(one)
        # What is stored is what the next map starts from, so that a chain taken up again is the same chain.
        above = None if start is None else start.coordinates.astype(np.float64)
        name = f"layer {one.layer}" if len(self.spaces) == 1 else f"checkpoint {one.at + 1}, layer {one.layer}"
        found = self._placement.place(vectors, above, name=name, progress=self._progress)
        return self._keep(key, one, found if above is None else aligned(found, above), vectors, recipe)

    def _recipe(self) -> dict[str, Any]:
        rows = fingerprint(self.rows.tobytes())
        return {"version": _VERSION, "rows": rows, "center": self._center, **self._placement.recipe()}

    def _read(self, key: str) -> Map | None:
        stored = read_map(self._workspace.maps, key, (len(self.rows), self._placement.dimensions))
        return Map(stored[0], key, float(stored[1]["trustworthiness"])) if stored else None

    def _keep(
        self, key: str, one: Slice, points: NDArray[np.float64], vectors: NDArray[np.float64], recipe: dict[str, Any]
    ) -> Map:
        trust = trustworthiness(vectors, points, self._placement.seed)
        # `stored`: to remove the map together with its space.
        recipe = {**recipe, "stored": self.spaces[one.at].stored, "trustworthiness": trust}
        coordinates = points.astype(np.float32)
        write_map(self._workspace.maps, key, coordinates, recipe)
        return Map(coordinates, key, trust)


def neighbor(spaces: Sequence[Space], one: Slice) -> Slice | None:
    """What a slice starts from: in the first space the layer above, else the layer of equal depth in the space before.

    Depths are shares of the way from the embeddings to the output, so that models of other depths meet at both ends.
    """
    if one.at == 0:
        above = [layer for layer in spaces[0].layers if layer > one.layer]
        return Slice(0, min(above)) if above else None
    return Slice(one.at - 1, same_depth(spaces[one.at - 1], spaces[one.at - 1].layers, spaces[one.at], one.layer))


def same_depth(other: Space, layers: Sequence[int], space: Space, layer: int) -> int:
    """Of some `layers` of another space, the one whose depth is nearest to that of a layer of this."""
    depth = layer / max(1, space.n_layers - 1)
    return min(layers, key=lambda one: (abs(one / max(1, other.n_layers - 1) - depth), one))


def shared_rows(spaces: Sequence[Space]) -> NDArray[np.int64]:
    """The rows with `found` in all of some spaces.

    Raises:
        SettingsError: they are not of the same words.
    """
    found = np.ones(spaces[0].n_words, dtype=bool)
    for space in spaces:
        if space is not spaces[0] and not (
            space.n_words == spaces[0].n_words and space.words[_SAME].equals(spaces[0].words[_SAME])
        ):
            raise SettingsError(
                f"The spaces are not of the same words: {spaces[0].n_words:,} words of {spaces[0].recipe['corpus']!r} "
                f"and {space.n_words:,} of {space.recipe['corpus']!r}. Extract the same corpus with each checkpoint, "
                "and select the same words."
            )
        found &= space.words["found"].to_numpy(dtype=bool)
    return np.flatnonzero(found)


def raw_vectors(space: Space, layer: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, dim) rows of a layer.

    Raises:
        StoreError: a vector is not finite.
    """
    vectors = np.asarray(space.layer(layer))[rows].astype(np.float64)
    wrong = int((~np.isfinite(vectors).all(axis=1)).sum())
    if wrong:
        raise StoreError(
            f"Layer {layer} has {wrong} vectors with values that are not finite numbers, of {len(rows)}. float16 "
            'holds values up to 65504: extract the space again with dtype="float32".'
        )
    return vectors


def unit_vectors(vectors: NDArray[np.float64], groups: NDArray[Any] | None) -> NDArray[np.float64]:
    """(n, dim) rows of unit length, centered by group first; a row without a direction is zero."""
    return np.nan_to_num(unit_rows(vectors if groups is None else centered(vectors, groups)))
