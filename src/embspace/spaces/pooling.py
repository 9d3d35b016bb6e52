"""States of pieces become states of words and spans; differentiable, float32 sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from embspace.encoders.devices import sent
from embspace.spaces.recipe import check_pooling


@dataclass(frozen=True, slots=True)
class Bags:
    """Which pieces make up each row.

    Attributes:
        pieces: (n_links,) the pieces of the first row, of the second, ...; in their order within a row.
        starts: (n_rows,) where each row begins in `pieces`; no row is empty.
    """

    pieces: torch.Tensor
    starts: torch.Tensor

    @classmethod
    def of(cls, pieces: NDArray[np.int64], starts: NDArray[np.int64], device: torch.device) -> Bags:
        """From arrays, on a device."""
        return cls(sent(pieces, device), sent(starts, device))


def pool_layer(states: torch.Tensor, bags: Bags, how: str) -> torch.Tensor:
    """Pool the states of one layer.

    Args:
        states: (n_pieces, dim).
        bags: the rows.
        how: one of `POOLINGS`.

    Returns:
        (n_rows, dim) float32.
    """
    if how == "first":
        return states.index_select(0, bags.pieces[bags.starts]).float()
    stops = torch.cat([bags.starts[1:], bags.starts.new_full((1,), len(bags.pieces))])
    if how == "last":
        return states.index_select(0, bags.pieces[stops - 1]).float()
    if how == "max":  # embedding_bag's maximum passes over what is no number
        pieces = states.index_select(0, bags.pieces).float()
        return torch.segment_reduce(pieces, "max", lengths=stops - bags.starts)
    pieces = bags.pieces
    if 2 * len(pieces) < len(states):  # a few words of long sentences: the others need not become float32
        states, pieces = states.index_select(0, pieces), torch.arange(len(pieces), device=pieces.device)
    return functional.embedding_bag(pieces, states.float(), bags.starts, mode=how)


def pool(states: torch.Tensor, rows: torch.Tensor, n_rows: int, how: str = "mean") -> torch.Tensor:
    """Pool the states of all layers: `mean`, `sum`, `max`, or the `first` or `last` piece of each row.

    Args:
        states: (n_layers, n_pieces, dim).
        rows: (n_pieces,) the row of each piece, -1 for pieces of no row.
        n_rows: how many rows there are.
        how: one of `POOLINGS`.

    Returns:
        (n_layers, n_rows, dim) float32, NaN in rows without pieces.

    Raises:
        SettingsError: an unknown pooling.
    """
    check_pooling(how)
    owned = (rows >= 0).nonzero().squeeze(1)
    pieces = owned[torch.argsort(rows[owned], stable=True)]
    found, counts = rows[pieces].unique_consecutive(return_counts=True)
    pooled = torch.full((len(states), n_rows, states.shape[2]), torch.nan, device=states.device)
    if len(found) == 0:
        return pooled
    bags = Bags(pieces, counts.cumsum(0) - counts)
    return pooled.index_copy(1, found, torch.stack([pool_layer(layer, bags, how) for layer in states]))
