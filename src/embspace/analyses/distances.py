"""The arithmetic that the analyses share: unit vectors, exact nearest neighbors, and the layers that a call names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Layers = int | Sequence[int] | Literal["all"] | None

_BLOCK_CELLS = 2**23  # 64 MB of float64 similarities at a time


def layer_numbers(space: Space, layer: Layers) -> list[int]:
    """The layers that `layer` names, counted from 0 (the embeddings), each once, in their order.

    Args:
        space: says which `layers` of its model's `n_layers` it holds.
        layer: a number (negative ones count from the output), several, or all of them ("all" or None).

    Raises:
        SettingsError: there is no such layer, or it is not stored; says which there are.
    """
    if layer is None or layer == "all":
        return list(space.layers)
    asked = [layer] if isinstance(layer, int | np.integer) else layer
    listed = isinstance(asked, Iterable) and not isinstance(asked, str)
    if not listed or not all(isinstance(one, int | np.integer) for one in asked) or not len(asked):
        raise SettingsError(f'layer={layer!r} is not possible; it is a number, a list of numbers or "all".')
    for one in asked:
        if not -space.n_layers <= one < space.n_layers:
            raise SettingsError(
                f"Layer {one} does not exist: the space has {space.n_layers} layers, 0 (the embeddings) to "
                f"{space.n_layers - 1} (the output, also -1)."
            )
    numbers = list(dict.fromkeys(int(one) % space.n_layers for one in asked))
    if absent := [one for one in numbers if one not in space.layers]:
        raise SettingsError(
            f"Layer {absent[0]} is not stored; the space has {', '.join(map(str, space.layers))} of its model's "
            f"0 (the embeddings) to {space.n_layers - 1} (the output, also -1). Extract with that layer too."
        )
    return numbers


def unit_rows(vectors: ArrayLike) -> NDArray[np.float64]:
    """(n, dim) rows divided by their Euclidean length, in double precision.

    A row without a direction (zero, or with a value that is not finite) becomes NaN, so that it is seen and left out.
    """
    given = np.asarray(vectors)
    rows = given.astype(np.float64)
    if given.dtype in (np.float32, np.float16):
        squares = np.einsum("ij,ij->i", rows, rows)[:, None]
        return np.divide(rows, np.sqrt(squares), out=rows, where=_fit(squares, rows))
    # Divided by the largest value first: squares of very large or small values would leave the range of a double.
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    usable = np.isfinite(largest) & (largest > 0)
    rows = np.divide(rows, largest, out=np.full_like(rows, np.nan), where=usable)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def finite_rows(vectors: ArrayLike) -> NDArray[np.float64]:
    """(n, dim) rows in double precision; one with a value that is not finite becomes NaN."""
    rows = np.array(vectors, dtype=np.float64)
    rows[~np.isfinite(rows).all(axis=1)] = np.nan
    return rows


def _fit(squares: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n, 1) which rows have a length; the others become NaN."""
    usable = np.isfinite(squares) & (squares > 0)
    rows[~usable[:, 0]] = np.nan
    return usable


def directed(units: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) which rows of `unit_rows` have a direction."""
    return np.asarray(np.isfinite(units).all(axis=1))


def nearest(
    vectors: ArrayLike, k: int, progress: Progress | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each row's k nearest other rows, exactly: (n, k) row numbers and Euclidean distances, nearest first.

    Equally distant neighbors are ordered by row number. O(n^2 dim), in blocks of bounded memory.
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float64)
    n = len(rows)
    if not 1 <= k < n:
        raise SettingsError(f"{k} neighbors of each point were asked for among {n} points; possible are 1 to {n - 1}.")
    progress = progress or Silent()
    squares = np.einsum("ij,ij->i", rows, rows)
    indices, distances = np.empty((n, k), np.int64), np.empty((n, k))
    size = max(1, min(512, _BLOCK_CELLS // n))
    for start in range(0, n, size):
        block = slice(start, min(start + size, n))
        found = squares[block, None] + squares - 2 * rows[block] @ rows.T
        np.maximum(found, 0, out=found)
        found[np.arange(block.stop - start), np.arange(start, block.stop)] = np.inf
        near = np.sort(np.argpartition(found, k - 1, axis=1)[:, :k], axis=1)
        order = np.argsort(np.take_along_axis(found, near, axis=1), axis=1, kind="stable")
        indices[block] = np.take_along_axis(near, order, axis=1)
        distances[block] = np.sqrt(np.take_along_axis(found, indices[block], axis=1))
        progress.advance(block.stop - start)
    return indices, distances
