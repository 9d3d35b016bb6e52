"""The product of a linear layer in float32 on a CPU: torch's own (MKL), or oneDNN's where that is faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Linear = Callable[[torch.Tensor, torch.Tensor, "torch.Tensor | None"], torch.Tensor]


def _onednn(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")


PRODUCTS: dict[str, Linear] = {"torch": functional.linear, "oneDNN": _onednn}
_ROWS = 1024
"""the number of rows that weights are laid out for"""


def laid_out(weight: torch.Tensor, product: str) -> torch.Tensor:
    """A weight as a product reads it fastest: for oneDNN a copy in its own order, which only that product takes."""
    if product != "oneDNN":
        return weight
    return torch.ops.mkldnn._reorder_linear_weight(weight.detach(), _ROWS)


@cache
def faster_product(width: int, threads: int) -> str:
    """The name of the faster product of 512 rows at a model's width, by a short measurement.

    Near a tie it may differ from one process to the next; who needs the same bits again keeps the name.

    Args:
        width: of the model.
        threads: that torch runs on; the choice holds for this number.
    """
    if not torch.backends.mkldnn.is_available():
        return "torch"
    rows, weight, bias = torch.ones(512, width), torch.ones(3 * width, width), torch.ones(3 * width)
    seconds = {name: _least_seconds(product, rows, weight, bias) for name, product in PRODUCTS.items()}
    return min(seconds, key=seconds.__getitem__)


def _least_seconds(linear: Linear, rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> float:
    linear(rows, weight, bias)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        linear(rows, weight, bias)
        times.append(time.perf_counter() - start)
    return min(times)


class OneDNN(TorchFunctionMode):
    """While it is entered, the linear layers of any model that computes in float32 go through oneDNN."""

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Call `func`, or oneDNN in its place."""
        if not kwargs and not torch.is_grad_enabled():
            if func is functional.linear and _takes(args[0], args[1]):
                return _onednn(args[0], args[1], args[2] if len(args) > 2 else None)
            if func is torch.addmm and len(args) == 3 and args[0].dim() == 1 and _takes(args[1], args[2]):
                return _onednn(args[1], args[2].t(), args[0])  # GPT-2 keeps its weights the other way round
        return func(*args, **(kwargs or {}))


def _takes(rows: torch.Tensor, weight: torch.Tensor) -> bool:
    return rows.dtype == weight.dtype == torch.float32 and rows.device.type == "cpu" and weight.dim() == 2
