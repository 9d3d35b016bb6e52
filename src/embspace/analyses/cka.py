"""CKA: how alike two layers are up to rotation and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.results import result
from embspace.analyses.same_words import check_same_words, drawn
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

Values = NDArray[np.float64]


def cka(
    before: Space,
    after: Space,
    *,
    layer: Layers = None,
    layer_after: Layers = None,
    sample: int | None = 2000,
    unbiased: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Linear CKA of every layer of one space with every layer of the other: `layer layer_after value n`.

    1 where the layers are alike up to rotation and scale, near 0 where they have nothing in common; see `linear_cka`.
    NaN where all vectors of a layer are the same.

    Args:
        before: a space; rows found in both, with finite values, count.
        after: of the same words; of any width.
        layer: of `before`: a number, several, or all of them (None).
        layer_after: of `after`; the same by default.
        sample: so many words are drawn, `n` of them; None for all. `sample * dim * layers * 8` bytes are held.
        unbiased: without it few words of wide vectors look alike whatever they are.
        seed: of the draw.
        progress: told of every layer of `before`.

    Raises:
        SettingsError: the spaces are not of the same words, or there are fewer than 4 of them.
    """
    ones, others = layer_numbers(before, layer), layer_numbers(after, layer if layer_after is None else layer_after)
    rows = drawn(check_same_words(before, after), sample, seed)
    if len(rows) < 4:
        raise SettingsError(f"CKA needs 4 words or more, and here there are {len(rows)}: compare spaces of more words.")
    progress = progress or Silent()
    progress.stage("CKA", len(ones), "layers")
    theirs = {number: after.layer(number)[rows] for number in others}
    finite = np.logical_and.reduce([np.isfinite(one).all(axis=1) for one in theirs.values()])
    theirs = {number: _centered(vectors[finite]) for number, vectors in theirs.items()}
    own = {number: _hsic(vectors, vectors, unbiased) for number, vectors in theirs.items()}
    found = []
    for one in ones:
        vectors = _centered(before.layer(one)[rows[finite]])
        itself = _hsic(vectors, vectors, unbiased)
        found += [
            (one, other, _ratio(_hsic(vectors, theirs[other], unbiased), itself, own[other]), int(finite.sum()))
            for other in others
        ]
        progress.advance()
    settings = {"sample": sample, "unbiased": unbiased, "seed": seed}
    columns = ["layer", "layer_after", "value", "n"]
    return result(found, columns, "cka", [before, after], layers=ones, layers_after=others, **settings)


def linear_cka(one: ArrayLike, other: ArrayLike, *, unbiased: bool = True) -> float:
    """Linear centered kernel alignment of two sets of vectors of the same n words.

    HSIC(K, L) / (HSIC(K, K) HSIC(L, L))^(1/2), K = X X', L = Y Y' of centered X, Y (Kornblith et al. 2019). With their
    HSIC it is ||Y' X||^2 / (||X' X|| ||Y' Y||), Frobenius norms, in 0 .. 1, which few words of wide vectors push toward
    1. `unbiased` takes HSIC_1 of Song et al. (2012) instead (Nguyen et al. 2021), in -1 .. 1, around 0 for independent
    vectors. Neither changes with rotation, reflection, scaling or a shift of a side. NaN where a side is constant.

    Args:
        one: (n, dim) vectors, finite, n > 3.
        other: (n, any dim).
        unbiased: see above.
    """
    x, y = _centered(np.asarray(one)), _centered(np.asarray(other))
    if len(x) != len(y) or len(x) < 4:
        raise SettingsError(f"CKA compares the same words, 4 or more; these are {len(x)} and {len(y)}.")
    return _ratio(_hsic(x, y, unbiased), _hsic(x, x, unbiased), _hsic(y, y, unbiased))


def _hsic(x: Values, y: Values, unbiased: bool) -> float:
    """HSIC of linear kernels of centered rows, up to a factor that depends on n alone."""
    products = x.T @ y
    whole = float(np.einsum("ij,ij->", products, products))
    if not unbiased:
        return whole
    n = len(x)
    # Of kernels without their diagonal: tr(KL), the rows' sums K1 and L1; the rows are centered, so x_i . sum x = 0.
    one, other = np.einsum("ij,ij->i", x, x), np.einsum("ij,ij->i", y, y)
    trace, sums, total = whole - one @ other, one @ other, one.sum() * other.sum()
    return float(trace + total / ((n - 1) * (n - 2)) - 2 * sums / (n - 2))


def _ratio(both: float, one: float, other: float) -> float:
    return both / np.sqrt(one * other) if one > 0 and other > 0 else float("nan")


def _centered(vectors: NDArray[Any]) -> Values:
    rows = vectors.astype(np.float64)
    middle = rows.mean(axis=0)
    rows -= middle
    rows[np.abs(rows) <= 1e-13 * np.abs(middle)] = 0  # rounding of the mean
    return rows
