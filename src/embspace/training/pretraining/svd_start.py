"""Embeddings started from parallel text: pieces that stand in the same groups begin near each other.

Sentence-ID embeddings (Levy et al. 2017; Dufter et al. 2018) reduced by a truncated SVD.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

_MEAN_NORM = 12.0
_POWER_ITERATIONS: Any = 3


def svd_embeddings(groups: list[list[list[int]]], n_pieces: int, width: int, seed: int) -> NDArray[np.float32]:
    """A vector for every piece, (n_pieces, width), from the pieces of each group's sentences.

    The length of a vector grows with the rarity of its piece (idf), so that plain means are idf-weighted.

    Args:
        groups: for every group, the piece ids of each of its sentences.
        n_pieces: size of the vocabulary.
        width: dimensions kept.
        seed: of the randomized SVD; pieces seen in no group get small random rows.
    """
    rows = np.fromiter((piece for group in groups for one in group for piece in one), np.int64)
    sizes = [sum(map(len, group)) for group in groups]
    columns = np.repeat(np.arange(len(groups)), sizes)
    counts = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), (n_pieces, len(groups)))
    counts.sum_duplicates()
    found_in = np.diff(counts.indptr)
    rarity = np.log(len(groups) / np.maximum(found_in, 1) + 1)
    counts.data = 1 + np.log(counts.data)
    weighted = sparse.diags_array(rarity) @ counts
    weighted = weighted @ sparse.diags_array(1 / np.maximum(_norms(weighted, 0), 1e-9))
    weighted = sparse.diags_array(np.maximum(_norms(weighted, 1), 1e-9) ** -0.5) @ weighted
    left, values, _ = randomized_svd(weighted.tocsr(), width, n_iter=_POWER_ITERATIONS, random_state=seed)
    vectors = left * np.sqrt(values)
    seen = found_in > 0
    vectors -= vectors[seen].mean(axis=0)
    vectors[~seen] = np.random.default_rng(seed).normal(size=(int((~seen).sum()), width))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return (vectors * (rarity / rarity.mean() * _MEAN_NORM)[:, None]).astype(np.float32)


def _norms(matrix: Any, axis: int) -> NDArray[np.float64]:
    return np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=axis)).ravel())
