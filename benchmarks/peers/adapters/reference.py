"""What is right: one sentence at a time through the model's own pass, all layers, mean by `word_ids`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from pooled_words import pool
from transformers import AutoModel, AutoTokenizer


@cache
def load(model: str) -> tuple[Any, Any]:
    """Tokenizer and model."""
    return AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model, dtype=torch.float32).eval()


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    tokenizer, network = load(model)
    found = []
    with torch.inference_mode():
        for words in sentences:
            pieces = tokenizer(words, is_split_into_words=True, return_tensors="pt")
            hidden = torch.stack(network(**pieces, output_hidden_states=True).hidden_states)[:, 0].numpy()
            found.append(pool(hidden, pieces.word_ids(), len(words)))
    return np.concatenate(found, 1)
