"""minicons `CWE.extract_representation`: (sentence, span) queries, 32 at once; a sentence is read once per word."""
# pyright: reportMissingImports=false

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from minicons import cwe
from pooled_words import chunks


@cache
def load(model: str) -> Any:
    """The model."""
    return cwe.CWE(model, device="cpu")


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    queries = []
    for words in sentences:
        text, at = " ".join(words), 0
        for word in words:
            queries.append((text, (at, at + len(word))))
            at += len(word) + 1
    with torch.no_grad():
        parts = [torch.stack(load(model).extract_representation(some, layer="all")) for some in chunks(queries, 32)]
    return np.ascontiguousarray(torch.cat(parts, 1).numpy())
