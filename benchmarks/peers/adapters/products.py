"""Matrix products of 2048 x 2048 x 2048: what this processor can reach at all. Variants: `machine.PRODUCTS`."""
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

from machine import gflops


def extract(model: str, sentences: list[list[str]], variant: str) -> dict[str, Any]:
    """GFLOP/s."""
    return {"gflops": gflops(variant)}
