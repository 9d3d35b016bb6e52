"""The order of training: what each step sees is a pure function of (seed, step), so resuming needs the step alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


def drawn(*place: int) -> int:
    """A seed, 0 .. 2**32 - 1, of what is drawn at one place of a run, such as (seed, step, process)."""
    return int(np.random.SeedSequence(place).generate_state(1)[0])


class Stream:
    """The examples of one loss, every one of them once per epoch, in an order of its own each time.

    Args:
        examples: one or more.
        size: examples of a step; the last step of an epoch has those that are left.
        seed: of the order.

    Attributes:
        per_epoch: steps of one epoch.
    """

    def __init__(self, examples: Sequence[Any], size: int, seed: int) -> None:
        self._examples, self._size, self._seed = examples, size, seed
        self.per_epoch = -(-len(examples) // size)
        self._order = lru_cache(maxsize=1)(self._shuffled)

    def at(self, step: int) -> list[Any]:
        """The examples of a step, counted from 0 over all epochs."""
        epoch, place = divmod(step, self.per_epoch)
        chosen = self._order(epoch)[place * self._size : (place + 1) * self._size]
        return [self._examples[one] for one in chosen]

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng([self._seed, epoch]).permutation(len(self._examples))
