"""Arrays on their way to a model's device."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray


def sent(array: NDArray[Any], device: torch.device) -> torch.Tensor:
    """An array as a tensor on a device; to a GPU through pinned memory, so that nobody waits for what it is doing."""
    tensor = torch.from_numpy(array)
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
