"""Means of a word's pieces, as the adapters need them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

Item = TypeVar("Item")


def pool(layers: Any, owners: Sequence[int | None], n_words: int) -> Any:
    """(layers, pieces, dim) -> (layers, words, dim) float32; a word without pieces is zero.

    Args:
        layers: an array.
        owners: the word of each piece, None for special pieces and padding.
        n_words: how many words there are.
    """
    pooled = np.zeros((layers.shape[0], n_words, layers.shape[2]), np.float32)
    rows: dict[int, list[int]] = {}
    for at, word in enumerate(owners):
        if word is not None:
            rows.setdefault(word, []).append(at)
    for word, places in rows.items():
        pooled[:, word] = layers[:, places].mean(1)
    return pooled


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Runs of `size` items."""
    for at in range(0, len(items), size):
        yield items[at : at + size]
