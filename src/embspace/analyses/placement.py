"""Placing points: unit vectors -> coordinates in the plane or in space, by t-SNE, UMAP or PCA."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from embspace.analyses.distances import nearest
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

Method = Literal["tsne", "umap", "pca"]
Points = NDArray[np.float64]

_EXAGGERATED, _PLAIN = 250, 500  # iterations of t-SNE
_SMALL = 1e-4  # the standard deviation that t-SNE starts with, as in openTSNE


@dataclass(frozen=True, slots=True)
class Placement:
    """How points are placed; checked when made.

    Attributes:
        method: "tsne", "umap" or "pca".
        dimensions: 2 or 3.
        perplexity: of t-SNE, the number of neighbors that count, in effect.
        neighbors: of UMAP.
        min_distance: of UMAP, 0 <= min_distance < 1.
        seed: of t-SNE and UMAP.
    """

    method: Method = "tsne"
    dimensions: int = 2
    perplexity: float = 70
    neighbors: int = 15
    min_distance: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise SettingsError(f"method={self.method!r} is not possible; it is 'tsne', 'umap' or 'pca'.")
        if self.dimensions not in (2, 3):
            raise SettingsError(f"dimensions={self.dimensions!r} is not possible; a map has 2 or 3.")
        if not 1 <= self.perplexity < float("inf"):
            raise SettingsError(f"perplexity={self.perplexity} is not possible; it is 1 or more, often 5 to 100.")
        if self.neighbors < 2:
            raise SettingsError(f"neighbors={self.neighbors} is not possible; UMAP needs 2 or more, often 5 to 50.")
        if not 0 <= self.min_distance < 1:
            raise SettingsError(f"min_distance={self.min_distance} is not possible; it is 0 or more and below 1.")
        if not 0 <= self.seed < 2**32:
            raise SettingsError(f"seed={self.seed} is not possible; it is 0 to 4294967295.")

    def recipe(self) -> dict[str, Any]:
        """What the coordinates depend on: the settings of the method, without those of the others."""
        shared = {"method": self.method, "dimensions": self.dimensions}
        if self.method == "tsne":
            return shared | {"perplexity": float(self.perplexity), "seed": self.seed}
        if self.method == "umap":
            return shared | {
                "neighbors": self.neighbors,
                "min_distance": float(self.min_distance),
                "seed": self.seed,
            }
        return shared

    def check(self, n: int) -> None:
        """Refuse settings that `n` points do not allow.

        Raises:
            SettingsError: says which values are possible.
        """
        if n < 3:
            raise SettingsError(f"A map needs 3 points or more; here {n} {'has' if n == 1 else 'have'} a vector.")
        if self.method == "tsne" and self.perplexity > (n - 1) / 3:
            if n < 4:
                raise SettingsError(f'{n} points are too few for t-SNE; use method="pca".')
            raise SettingsError(
                f"perplexity={self.perplexity:g} is too large for {n} points; possible are 1 to {(n - 1) // 3}, "
                "a third of the other points."
            )
        if self.method == "umap" and not self.neighbors < n:
            raise SettingsError(f"neighbors={self.neighbors} is too many for {n} points; possible are 2 to {n - 1}.")

    def place(
        self, vectors: Points, start: Points | None = None, *, name: str = "map", progress: Progress | None = None
    ) -> Points:
        """(n, dimensions) coordinates of (n, dim) vectors.

        Args:
            vectors: finite; t-SNE and UMAP take their Euclidean distances.
            start: (n, dimensions) where t-SNE and UMAP begin, such as another layer's map; the principal components,
                scaled down, by default.
            name: of the stages of the progress.
            progress: told of every block of neighbors and every few iterations.
        """
        self.check(len(vectors))
        progress = progress or Silent()
        if self.method == "pca":
            progress.stage(f"{name}: PCA", len(vectors), "points")
            found = components(vectors, self.dimensions)
            progress.advance(len(vectors))
            return found
        begin = components(vectors, self.dimensions) if start is None else start
        if start is None:
            begin *= _SMALL / (begin.std(axis=0).max() or 1)
        if begin.std(axis=0).max() <= 2 * _SMALL:
            # With a hair of noise: points that begin at one place would never part.
            begin = begin + np.random.default_rng(self.seed).normal(0, _SMALL / 100, begin.shape)
        return (_tsne if self.method == "tsne" else _umap)(self, vectors, begin, name, progress)


def components(vectors: Points, dimensions: int) -> Points:
    """(n, dimensions) principal components, each with the sign that makes its largest loading positive."""
    rows = vectors - vectors.mean(axis=0)
    axes = axes_of(vectors, dimensions)
    found = rows @ axes.T
    # Rounding is no component: where all vectors are the same, none is left.
    found[:, found.std(axis=0) <= 1e-9 * np.abs(vectors).max(initial=0)] = 0
    return np.pad(found, ((0, 0), (0, dimensions - len(axes))))


def axes_of(vectors: Points, dimensions: int) -> Points:
    """(dimensions, dim) principal directions, or as many as there are, each with its largest loading positive."""
    rows = vectors - vectors.mean(axis=0)
    if len(rows) >= rows.shape[1]:
        axes = np.linalg.eigh(rows.T @ rows)[1].T[::-1]
    else:
        axes = np.linalg.svd(rows, full_matrices=False)[2]
    axes = axes[:dimensions]
    signs = np.where(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)
    return axes * signs[:, None]


def trustworthiness(vectors: Points, coordinates: Points, seed: int = 0, most: int = 2000) -> float:
    """How far the neighbors on a map are neighbors in the space, 0 .. 1 (Venna and Kaski 2001).

    Counts the 10 nearest, fewer below 21 points; of more than `most` points a random sample is judged.
    """
    # Imported here: scikit-learn takes the better part of a second, and a stored map does without.
    from sklearn.manifold import trustworthiness as measure

    rows = np.arange(len(vectors))
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))
    k = max(1, min(10, (len(rows) - 1) // 2))
    return float(measure(vectors[rows], coordinates[rows], n_neighbors=k))


def _tsne(settings: Placement, vectors: Points, start: Points, name: str, progress: Progress) -> Points:
    """The stages of openTSNE: exact neighbors, affinities, early exaggeration 12, then 1.

    Another layer's map is a start as it is, not scaled down: measured on 1,100 points, the points move half as far or
    less from layer to layer, at the same divergence; early exaggeration still lets them leave a place that is wrong.
    In the plane by Barnes-Hut below 10,000 points, else by FFT. In space always by Barnes-Hut, over an octree: FFT is
    made for the plane; the time grows as n log n.
    """
    # Imported here: a stored map is shown without the second that openTSNE takes to load.
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n = len(vectors)
    progress.stage(f"{name}: neighbors", n, "points")
    indices, distances = nearest(vectors, min(n - 1, int(np.ceil(3 * settings.perplexity))), progress)
    # openTSNE's threads cost more than they give below some 10,000 points (its issue 270; 2,200 points: 6 s on one, 25
    # on two busy cores). The coordinates do not depend on their number.
    jobs = 1 if n < 10_000 else min(2, os.cpu_count() or 1)
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(indices, distances),
        perplexity=settings.perplexity,  # pyright: ignore[reportArgumentType] - its default is a whole number
        n_jobs=jobs,
    )
    method = "fft" if n >= 10_000 and settings.dimensions == 2 else "bh"
    points = TSNEEmbedding(start, affinities, negative_gradient_method=method, n_jobs=jobs, random_state=settings.seed)
    every = next(step for step in (10, 5, 2, 1) if step == 1 or step * n <= 20_000)
    progress.stage(f"{name}: t-SNE", _EXAGGERATED + _PLAIN, "iterations")

    def told(iteration: int, divergence: float, _: object) -> None:
        progress.advance(every, f"KL {divergence:.3f}")

    watched = {"callbacks": [told], "callbacks_every_iters": every, "inplace": True}
    points.optimize(_EXAGGERATED, exaggeration=12, momentum=0.8, **watched)
    points.optimize(_PLAIN, exaggeration=1, momentum=0.8, **watched)
    return np.array(points, dtype=np.float64)


def _umap(settings: Placement, vectors: Points, start: Points, name: str, progress: Progress) -> Points:
    """The stages of umap-learn: exact neighbors, fuzzy graph, layout on one thread (which the seed needs)."""
    # Imported here: numba takes some ten seconds to load and compile it.
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set, simplicial_set_embedding

    n = len(vectors)
    progress.stage(f"{name}: neighbors", n, "points")
    indices, distances = nearest(vectors, settings.neighbors - 1, progress)
    indices = np.column_stack([np.arange(n), indices])
    distances = np.column_stack([np.zeros(n), distances]).astype(np.float32)
    random = np.random.RandomState(settings.seed)  # the type that umap-learn takes
    data = vectors.astype(np.float32)
    graph = fuzzy_simplicial_set(
        data, settings.neighbors, random, "euclidean", knn_indices=indices, knn_dists=distances
    )[0]
    a, b = find_ab_params(1.0, settings.min_distance)
    epochs = 500 if n <= 10_000 else 200
    progress.stage(f"{name}: UMAP", epochs, "epochs")
    # umap-learn has no callbacks; its bar, written here instead of on the terminal, is told of every epoch.
    bar = {"disable": False, "file": Bar(progress.advance), "bar_format": "{n_fmt}", "mininterval": 0, "miniters": 1}
    points, _ = simplicial_set_embedding(
        data, graph, settings.dimensions, 1.0, a, b, 1.0, 5, epochs, start.astype(np.float32), random, "euclidean",
        {}, False, {}, False, tqdm_kwds=bar,
    )  # fmt: skip
    return np.asarray(points, dtype=np.float64)


class Bar:
    """A file that tqdm writes its count to."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance, self._done = advance, 0

    def write(self, text: str) -> None:
        """Tell of a count that went up."""
        shown = text.strip()
        if shown.isdigit() and int(shown) > self._done:
            count, self._done = int(shown) - self._done, int(shown)
            self._advance(count)

    def flush(self) -> None:
        """Nothing is kept back."""
