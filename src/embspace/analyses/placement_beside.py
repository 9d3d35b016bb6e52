"""Placing new points on a map that stays as it is, by the method that made it."""

from __future__ import annotations

import numpy as np

from embspace.analyses.placement import Bar, Placement, Points, axes_of
from embspace.analyses.search import nearest_rows
from embspace.progress import Progress, Silent

# What openTSNE's `transform` takes by default.
_PERPLEXITY, _ITERATIONS, _STEP = 5, 250, 10


def place_beside(
    settings: Placement, held: Points, places: Points, new: Points, name: str = "map", progress: Progress | None = None
) -> Points:
    """(m, dimensions) coordinates of new vectors.

    Args:
        settings: of the map.
        held: (n, dim) unit vectors of the words on the map.
        places: (n, dimensions) their coordinates.
        new: (m, dim) unit vectors.
        name: of the stages of the progress.
        progress: told of the iterations.
    """
    progress = progress or Silent()
    if settings.method == "pca":
        progress.stage(f"{name}: PCA", len(new), "points")
        found = _pca(held, places, new)
        progress.advance(len(new))
        return found
    return (_tsne if settings.method == "tsne" else _umap)(settings, held, places, new, name, progress)


class _Reference(np.ndarray):
    """Coordinates that stay, as openTSNE asks for them: without a grid, which Barnes-Hut does not use."""

    interp_coeffs = box_x_lower_bounds = None


def _pca(held: Points, places: Points, new: Points) -> Points:
    """The components of the map's vectors, shifted, turned and scaled as the map's own points were."""
    middle, axes = held.mean(axis=0), axes_of(held, places.shape[1])
    known, asked = (np.column_stack([(rows - middle) @ axes.T, np.ones(len(rows))]) for rows in (held, new))
    return asked @ np.linalg.lstsq(known, places, rcond=None)[0]


def _tsne(_: Placement, held: Points, places: Points, new: Points, name: str, progress: Progress) -> Points:
    """What openTSNE's `transform` does, with exact neighbors, of coordinates that were stored without its object."""
    # Imported here: as in placement.py.
    from openTSNE.affinity import joint_probabilities_nn
    from openTSNE.tsne import PartialTSNEEmbedding

    k = min(3 * _PERPLEXITY, len(held))
    progress.stage(f"{name}: neighbors", len(new), "points")
    indices, distances = nearest_rows(new, held, k, "l2")
    progress.advance(len(new))
    affinities = joint_probabilities_nn(
        indices,
        distances,
        [min(_PERPLEXITY, k / 3)],
        symmetrize=False,
        normalization="point-wise",
        n_reference_samples=len(held),
    )
    start = np.median(places[indices], axis=1)
    points = PartialTSNEEmbedding(
        start, np.ascontiguousarray(places).view(_Reference), affinities, negative_gradient_method="bh", n_jobs=1
    )
    progress.stage(f"{name}: t-SNE", _ITERATIONS, "iterations")
    points.optimize(
        _ITERATIONS,
        learning_rate=0.1,
        exaggeration=1.5,
        momentum=0.8,
        max_grad_norm=0.25,
        inplace=True,
        propagate_exception=True,
        callbacks=[lambda *_: progress.advance(_STEP)],
        callbacks_every_iters=_STEP,
    )
    return np.array(points, dtype=np.float64)


def _umap(settings: Placement, held: Points, places: Points, new: Points, name: str, progress: Progress) -> Points:
    """What umap-learn's `transform` does, with exact neighbors, of coordinates that were stored without its object."""
    # Imported here: as in placement.py.
    from scipy.sparse import coo_matrix
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import (
        compute_membership_strengths,
        find_ab_params,
        init_graph_transform,
        make_epochs_per_sample,
        smooth_knn_dist,
    )

    k = min(settings.neighbors, len(held))
    progress.stage(f"{name}: neighbors", len(new), "points")
    indices, distances = nearest_rows(new, held, k, "l2")
    progress.advance(len(new))
    near, far = indices.astype(np.int32), distances.astype(np.float32)
    sigmas, rhos = smooth_knn_dist(far, float(k), local_connectivity=0.0)
    rows, columns, values, _ = compute_membership_strengths(near, far, sigmas, rhos, bipartite=True)
    graph = coo_matrix((values, (rows, columns)), shape=(len(new), len(held)))
    links = graph.tocsr()
    links.eliminate_zeros()
    known = np.ascontiguousarray(places, dtype=np.float32)
    start = init_graph_transform(links, known)
    epochs = 100 if len(new) <= 10_000 else 30
    graph.data[graph.data < graph.data.max() / epochs] = 0
    graph.eliminate_zeros()
    a, b = find_ab_params(1.0, settings.min_distance)
    # The stream of random numbers that umap-learn begins with; the layout runs on one thread, which the seed needs.
    random = np.random.RandomState(settings.seed).randint(-(2**31) + 1, 2**31 - 2, 3).astype(np.int64)
    progress.stage(f"{name}: UMAP", epochs, "epochs")
    bar = {"disable": False, "file": Bar(progress.advance), "bar_format": "{n_fmt}", "mininterval": 0, "miniters": 1}
    found = optimize_layout_euclidean(
        start, known, graph.row, graph.col, epochs, len(held),
        make_epochs_per_sample(graph.data, epochs), a, b, random, 1.0, 0.25, 5, False, tqdm_kwds=bar,
    )  # fmt: skip
    return np.asarray(found, dtype=np.float64)
