"""The product of a linear layer in float32 on a CPU: torch's own (MKL), or oneDNN's where that is faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Linear = Callable[[torch.Tensor, torch.Tensor, "torch.Tensor | None"], torch.Tensor]


def _onednn(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")


PRODUCTS: dict[str, Linear] = {"torch": functional.linear, "oneDNN": _onednn}
_ROWS = 1024
"""the number of rows that weights are laid out for, and that are measured"""


def laid_out(weight: torch.Tensor, product: str) -> torch.Tensor:
    """A weight as a product reads it fastest: for oneDNN a copy in its own order, which only that product takes."""
    if product != "oneDNN":
        return weight
    return torch.ops.mkldnn._reorder_linear_weight(weight.detach(), _ROWS)


@cache
def faster_product(width: int, threads: int, dtype: torch.dtype = torch.float32) -> str:
    """The name of the faster product of `_ROWS` rows at a model's width, by a short measurement.

    Near a tie it may differ from one process to the next; who needs the same bits again keeps the name.

    Args:
        width: of the model.
        threads: that torch runs on; the choice holds for this number.
        dtype: what the model computes in.
    """
    if dtype not in (torch.float32, torch.bfloat16) or not torch.backends.mkldnn.is_available():
        return "torch"
    with torch.inference_mode():
        rows, weight, bias = (torch.ones(*shape, dtype=dtype) for shape in ((_ROWS, width), (3 * width, width), (1,)))
        given = {name: (rows, laid_out(weight, name), bias.expand(3 * width).contiguous()) for name in PRODUCTS}
        try:
            seconds = _least_seconds({name: lambda name=name: PRODUCTS[name](*given[name]) for name in PRODUCTS})
        except RuntimeError:
            return "torch"  # a CPU that oneDNN has nothing for in this precision
    return min(seconds, key=seconds.__getitem__)


def _least_seconds(products: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Of each product the least of some times that this thread was busy, measured in turn."""
    times: dict[str, list[float]] = {name: [] for name in products}
    for _ in range(6):
        for name, run in products.items():
            start = time.thread_time()
            run()
            times[name].append(time.thread_time() - start)
    return {name: min(some[1:]) for name, some in times.items()}


class OneDNN(TorchFunctionMode):
    """While it is entered, the linear layers of any model that computes in float32 go through oneDNN.

    Args:
        kept: where the weights that it has laid out are kept for the next time.
    """

    def __init__(self, kept: dict[int, tuple[int, torch.Tensor]]) -> None:
        super().__init__()
        self._kept = kept

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Call `func`, or oneDNN in its place."""
        if not kwargs and not torch.is_grad_enabled():
            if func is functional.linear and _takes(args[0], args[1]):
                return _onednn(args[0], self._laid_out(args[1], args[1]), args[2] if len(args) > 2 else None)
            if func is torch.addmm and len(args) == 3 and args[0].dim() == 1 and _takes(args[1], args[2]):
                # GPT-2 keeps its weights the other way round.
                return _onednn(args[1], self._laid_out(args[2], args[2].t()), args[0])
        return func(*args, **(kwargs or {}))

    def _laid_out(self, owner: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        if not isinstance(owner, nn.Parameter):
            return weight  # made for this call
        place, version = owner.data_ptr(), 0 if owner.is_inference() else owner._version
        found = self._kept.get(place)
        if found is None or found[0] != version:
            found = self._kept[place] = (version, laid_out(weight.contiguous(), "oneDNN"))
        return found[1]


def _takes(rows: torch.Tensor, weight: torch.Tensor) -> bool:
    return rows.dtype == weight.dtype == torch.float32 and rows.device.type == "cpu" and weight.dim() == 2
