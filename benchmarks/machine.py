"""What the measurements ran on: the processor, and the fastest matrix products it gives."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16")
Product = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


def processor() -> dict[str, object]:
    """Name, cores, the instruction sets that matter for matrix products, and the versions of torch and transformers."""
    from importlib.metadata import version

    name, flags = platform.processor() or platform.machine(), []
    info = Path("/proc/cpuinfo")
    if info.exists():
        rows = [line.partition(":") for line in info.read_text().splitlines()]
        facts = {key.strip(): value.strip() for key, _, value in reversed(rows)}
        family = f"family {facts.get('cpu family', '?')} model {facts.get('model', '?')}"
        name = f"{facts.get('model name', name)} ({family})"
        flags = [flag for flag in _FLAGS if flag in facts.get("flags", "").split()]
    return {
        "cpu": name,
        "cores": os.cpu_count(),
        "flags": flags,
        "torch": torch.__version__,
        "transformers": version("transformers"),
    }


def onednn(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """A linear layer through oneDNN, which torch asks for float32 on a CPU only where it was built so."""
    return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")


PRODUCTS: dict[str, tuple[Product, torch.dtype]] = {
    "torch float32": (functional.linear, torch.float32),
    "oneDNN float32": (onednn, torch.float32),
    "bfloat16": (functional.linear, torch.bfloat16),
}


def gflops(product: str, rows: int = 2048, inner: int = 2048, outer: int = 2048, seconds: float = 1.0) -> float:
    """GFLOP/s of (rows x inner) times (inner x outer), on torch's threads, over at least `seconds`; the best repeat."""
    linear, kind = PRODUCTS[product]
    left, right, bias = (torch.randn(shape).to(kind) for shape in ((rows, inner), (outer, inner), (outer,)))
    best, spent = 0.0, 0.0
    with torch.inference_mode():
        linear(left, right, bias)
        while spent < seconds:
            start = time.perf_counter()
            linear(left, right, bias)
            took = time.perf_counter() - start
            spent += took
            best = max(best, 2 * rows * inner * outer / took / 1e9)
    return best


def linear_weights(model: nn.Module) -> int:
    """Weights of a model's linear layers; the pooler's, which read one piece of a sequence, left out."""
    return sum(
        part.weight.numel()
        for name, part in model.named_modules()
        if isinstance(part, nn.Linear | Conv1D) and "pooler" not in name
    )


def useful_flop(weights: int, layers: int, width: int, lengths: Iterable[int]) -> float:
    """FLOP of linear layers and attention over real pieces: 2 x weights x pieces + 4 x layers x width x length^2."""
    return float(sum(2 * weights * length + 4 * layers * width * length * length for length in lengths))


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A table: the first column left, the others right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, marks, *rows])
