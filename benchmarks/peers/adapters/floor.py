"""The plain forward pass (`benchmarks/plain_pass.py`): a floor, no system. Variants: float32, bfloat16."""
# pyright: reportMissingImports=false

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer

from plain_pass import fastest_budget, run_plain_pass

_batches: dict[tuple[str, int], list[dict[str, torch.Tensor]]] = {}
_swept: dict[str, dict[int, float]] = {}


@cache
def load(model: str, variant: str) -> tuple[Any, Any]:
    """Tokenizer and model."""
    network = AutoModel.from_pretrained(model, dtype=getattr(torch, variant)).eval()
    return AutoTokenizer.from_pretrained(model), network


def prepare(model: str, sentences: list[list[str]], variant: str) -> None:
    """Batches of the fastest budget."""
    tokenizer, network = load(model, variant)
    ids = tokenizer(sentences, is_split_into_words=True)["input_ids"]
    _batches[variant, len(sentences)], _swept[variant] = fastest_budget(network, ids, tokenizer.pad_token_id)


def facts(variant: str) -> dict[str, Any]:
    """The budgets that were tried, and their seconds."""
    return {"seconds_of_budgets": _swept[variant]}


def extract(model: str, sentences: list[list[str]], variant: str) -> None:
    """One pass."""
    run_plain_pass(load(model, variant)[1], _batches[variant, len(sentences)])
