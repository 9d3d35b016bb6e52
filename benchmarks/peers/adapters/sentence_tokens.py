"""sentence-transformers `encode(output_value="token_embeddings")`, batches of 32: the last layer only, per piece."""
# pyright: reportMissingImports=false

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from pooled_words import chunks, pool
from sentence_transformers import SentenceTransformer


@cache
def load(model: str) -> Any:
    """The model."""
    return SentenceTransformer(model, device="cpu")


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """The last layer."""
    network = load(model)
    texts = [" ".join(words) for words in sentences]
    hidden = network.encode(texts, batch_size=32, output_value="token_embeddings", show_progress_bar=False)
    found = []
    for batch in chunks(sentences, 32):
        pieces = network.tokenizer(batch, is_split_into_words=True, truncation=True)
        for at, words in enumerate(batch):
            found.append(pool(hidden[len(found)].numpy()[None], pieces.word_ids(at), len(words)))
    return np.concatenate(found, 1)
