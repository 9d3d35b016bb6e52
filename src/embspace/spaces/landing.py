"""Vectors on their way from the model's device into a shard's array; on a GPU, while it computes the next batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class NotFiniteError(Exception):
    """A value is infinite or no number in the precision of the array."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    block: torch.Tensor
    rows: NDArray[np.int64]
    largest: torch.Tensor
    copied: torch.cuda.Event | None


class Landing:
    """Takes blocks of rows and lays them into an array, one block behind on a GPU.

    Args:
        vectors: (n_layers, n_rows, dim), filled in place.
    """

    def __init__(self, vectors: NDArray[Any]) -> None:
        self._vectors = vectors
        self._waiting: _Waiting | None = None
        self._side: torch.cuda.Stream | None = None

    def put(self, block: torch.Tensor, rows: NDArray[np.int64]) -> None:
        """Take the vectors of some rows.

        Args:
            block: (n_layers, len(rows), dim) in the precision of the array.
            rows: where they belong.

        Raises:
            NotFiniteError: of the block before, on a GPU; else of this one.
        """
        largest = block.abs().amax()
        if block.device.type == "cuda":
            following = self._copy_aside(block, rows, largest)
            self.flush()
            self._waiting = following
        else:
            self._waiting = _Waiting(block, rows, largest, None)
            self.flush()

    def flush(self) -> None:
        """Lay down what is on its way.

        Raises:
            NotFiniteError: it holds values that are not finite.
        """
        one, self._waiting = self._waiting, None
        if one is None:
            return
        if one.copied is not None:
            one.copied.synchronize()
        if not math.isfinite(float(one.largest)):
            raise NotFiniteError
        self._vectors[:, one.rows] = one.block.numpy()

    def _copy_aside(self, block: torch.Tensor, rows: NDArray[np.int64], largest: torch.Tensor) -> _Waiting:
        """Begin to copy a block into pinned memory on a stream of its own."""
        self._side = self._side or torch.cuda.Stream(block.device)
        self._side.wait_stream(torch.cuda.current_stream(block.device))
        with torch.cuda.stream(self._side):
            pinned = torch.empty(block.shape, dtype=block.dtype, pin_memory=True)
            pinned.copy_(block, non_blocking=True)
            number = torch.empty((), dtype=largest.dtype, pin_memory=True)
            number.copy_(largest, non_blocking=True)
            copied = torch.cuda.Event()
            copied.record()
        for one in (block, largest):
            one.record_stream(self._side)
        return _Waiting(pinned, rows, number, copied)
