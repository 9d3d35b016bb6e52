"""Change: how far words move between two checkpoints or two layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, finite_rows, unit_rows
from embspace.analyses.results import result
from embspace.analyses.same_words import check_same_words, layer_pairs
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

By = Literal["word", "form", "language"]
Values = NDArray[np.float64]

_CELLS = 2**20  # of a block: 8 MB of float64 on each side
_COLUMNS: dict[str, list[str]] = {
    "word": ["text", "language", "sentence", "position"],
    "form": ["text", "language"],
    "language": ["language"],
}


def change(
    before: Space,
    after: Space,
    *,
    layer: Layers = -1,
    layer_after: Layers = None,
    by: By = "form",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How far words have moved, the most moved first: `layer layer_after text language cosine l2 n`.

    `cosine` is 1 - cos of a word's two vectors, 0 .. 2 (NaN for a vector without a direction), `l2` their Euclidean
    distance (NaN for one that is not finite); means over the `n` words of a row. Spaces that are turned against each
    other seem to move as a whole: `cka` and `neighbor_overlap` see through that.

    Args:
        before: a space; rows found in both count.
        after: of the same words and of the same width: another checkpoint, or the same space with `layer_after`.
        layer: a number, several, or all of them (None).
        layer_after: of `after`, as many, each compared with its partner in `layer`; the same by default.
        by: "form" (words of a language that are written alike), "language" (and "all"), or "word" (each occurrence,
            in the corpus's order; with `sentence position` and without `n`).
        progress: told of every layer.

    Raises:
        SettingsError: the spaces are not of the same words or the same width, or a setting is not possible.
    """
    if by not in get_args(By):
        raise SettingsError(f"by={by!r} is not possible; it is one of {', '.join(get_args(By))}.")
    pairs = layer_pairs(before, after, layer, layer_after)
    rows = check_same_words(before, after)
    if before.dim != after.dim:
        raise SettingsError(
            f"Distances are of vectors of one width, and these are {before.dim} before and {after.dim} after; cka and "
            "neighbor_overlap compare any two."
        )
    progress = progress or Silent()
    progress.stage("change", len(pairs), "layers")
    shown = before.words.iloc[rows][_COLUMNS["word"]].reset_index(drop=True)
    frames = []
    for one, other in pairs:
        cosine, apart = _drift(before, after, one, other)
        moved = shown.assign(cosine=cosine[rows], l2=apart[rows])
        frames.append(_summed(moved, by).assign(layer=one, layer_after=other))
        progress.advance()
    columns = ["layer", "layer_after", *_COLUMNS[by], "cosine", "l2", *([] if by == "word" else ["n"])]
    ones, others = ([*dict.fromkeys(side)] for side in zip(*pairs, strict=True))
    found = pd.concat(frames, ignore_index=True)
    return result(found, columns, "change", [before, after], layers=ones, layers_after=others, by=by)


def _drift(before: Space, after: Space, one: int, other: int) -> tuple[Values, Values]:
    """(n_words,) cosine and Euclidean distances, in blocks."""
    cosine, apart = np.empty(before.n_words), np.empty(before.n_words)
    for first, stop in _blocks(before.n_words, before.dim):
        x, y = (finite_rows(space.layer_rows(at, first, stop)) for space, at in ((before, one), (after, other)))
        apart[first:stop] = np.linalg.norm(x - y, axis=1)
        # 1 - cos = ||u - v||^2 / 2 of unit vectors: exactly 0 where nothing has moved, and precise where little has.
        turned = unit_rows(x) - unit_rows(y)
        cosine[first:stop] = np.einsum("ij,ij->i", turned, turned) / 2
    return cosine, apart


def _blocks(n: int, dim: int) -> Iterator[tuple[int, int]]:
    step = max(1, _CELLS // max(1, dim))
    yield from ((first, min(first + step, n)) for first in range(0, n, step))


def _summed(moved: pd.DataFrame, by: By) -> pd.DataFrame:
    if by == "word":
        return moved
    measures = {"cosine": ("cosine", "mean"), "l2": ("l2", "mean"), "n": ("cosine", "size")}
    means = moved.groupby(_COLUMNS[by], sort=False, as_index=False).agg(**measures)  # pyright: ignore
    means = means.sort_values("cosine", ascending=False, kind="stable")
    if by == "form":
        return means
    return pd.concat([moved.assign(language="all").groupby("language", as_index=False).agg(**measures), means])  # pyright: ignore
