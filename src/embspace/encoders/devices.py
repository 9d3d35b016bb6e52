"""What a model is computed on: arrays on their way to its device, and the threads of a CPU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from numpy.typing import NDArray


def sent(array: NDArray[Any], device: torch.device) -> torch.Tensor:
    """An array as a tensor on a device; to a GPU through pinned memory, so that nobody waits for what it is doing."""
    tensor = torch.from_numpy(array)
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def threads_each(processes: int) -> int:
    """The threads of each of some processes that share this machine's cores."""
    return max(1, len(os.sched_getaffinity(0)) // processes)


@contextmanager
def on_threads(number: int) -> Iterator[None]:
    """While it is entered, torch computes on so many threads; the last bits of a product depend on their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
