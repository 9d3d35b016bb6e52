"""transformers as it is often written: AutoModel, padded batches of 32 in corpus order, a Python loop over words."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from pooled_words import chunks
from transformers import AutoModel, AutoTokenizer


@cache
def load(model: str) -> tuple[Any, Any]:
    """Tokenizer and model."""
    return AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model, dtype=torch.float32).eval()


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    tokenizer, network = load(model)
    vectors = []
    with torch.no_grad():
        for batch in chunks(sentences, 32):
            pieces = tokenizer(batch, is_split_into_words=True, padding=True, truncation=True, return_tensors="pt")
            hidden = torch.stack(network(**pieces, output_hidden_states=True).hidden_states)
            for at, words in enumerate(batch):
                rows: list[list[int]] = [[] for _ in words]
                for place, word in enumerate(pieces.word_ids(at)):
                    if word is not None:
                        rows[word].append(place)
                for places in rows:
                    if places:
                        vectors.append(hidden[:, at, places].mean(1))
                    else:
                        vectors.append(torch.zeros(hidden.shape[0], hidden.shape[3]))
    return torch.stack(vectors, 1).numpy()
