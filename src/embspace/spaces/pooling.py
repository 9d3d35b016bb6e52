"""States of pieces become states of words and spans; differentiable, float32 sums."""

from __future__ import annotations

from typing import Literal, get_args

import torch

from embspace.errors import SettingsError

Pooling = Literal["mean", "sum", "max", "first", "last"]
POOLINGS: tuple[str, ...] = get_args(Pooling)


def check_pooling(how: str) -> None:
    """Raise SettingsError if there is no such pooling."""
    if how not in POOLINGS:
        raise SettingsError(f"pooling = {how!r} is unknown; possible are {', '.join(POOLINGS)}.")


def pool(states: torch.Tensor, rows: torch.Tensor, n_rows: int, how: str = "mean") -> torch.Tensor:
    """Pool the states of pieces into rows: `mean`, `sum`, `max`, or the `first` or `last` piece of each row.

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
    rows = rows[owned]
    counts = torch.zeros(n_rows, device=rows.device).index_add_(0, rows, torch.ones_like(rows, dtype=torch.float32))
    if how in ("first", "last"):
        owned = _edge(owned, rows, n_rows, how)
        rows = (counts > 0).nonzero().squeeze(1)
    pieces = states.index_select(1, owned).float()
    shape = (states.shape[0], n_rows, states.shape[2])
    if how == "max":
        index = rows[None, :, None].expand_as(pieces)
        pooled = pieces.new_zeros(shape).scatter_reduce(1, index, pieces, "amax", include_self=False)
    else:
        pooled = pieces.new_zeros(shape).index_add(1, rows, pieces)
    if how == "mean":
        pooled = pooled / counts.clamp(min=1)[None, :, None]
    if bool((counts > 0).all()):
        return pooled
    return pooled.masked_fill((counts == 0)[None, :, None], torch.nan)


def _edge(owned: torch.Tensor, rows: torch.Tensor, n_rows: int, how: str) -> torch.Tensor:
    """The index of the first or last piece of every row that has one."""
    start = torch.zeros(n_rows, dtype=owned.dtype, device=owned.device)
    edge = start.scatter_reduce(0, rows, owned, "amin" if how == "first" else "amax", include_self=False)
    return edge[rows.unique()]
