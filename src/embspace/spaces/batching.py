"""Batches under a token budget: sequences of like length together, so that little is padding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from embspace.encoders.base import Encoder

_ON_GPU = 16384
_WITHOUT_PADDING, _PADDED = 2**19, 2**18
"""pieces x width of a batch on a CPU: what a layer makes of it then stays within what the allocator keeps at hand"""


def token_budget_batches(lengths: NDArray[np.int64], budget: int) -> list[NDArray[np.int64]]:
    """Indices of sequences in batches, the longest first.

    Every index occurs once; results go back to their order by index. A batch of n sequences costs n times its longest.
    The longest come first, so that what does not fit in memory shows at once.

    Args:
        lengths: (n_sequences,) pieces of each.
        budget: the most pieces of a batch, padding included; a longer sequence is a batch of its own.
    """
    order = np.argsort(-lengths, kind="stable")
    batches, at = [], 0
    while at < len(order):
        size = max(1, budget // max(1, int(lengths[order[at]])))
        batches.append(order[at : at + size])
        at += size
    return batches


def fitting_budget(encoder: Encoder) -> int:
    """How many pieces of one forward pass suit an encoder's device."""
    device = getattr(getattr(encoder, "model", None), "device", None)
    if device is not None and device.type != "cpu":
        return _ON_GPU
    widths = _WITHOUT_PADDING if encoder.way.startswith("packed") else _PADDED
    return max(512, min(4096, widths // encoder.dim))
