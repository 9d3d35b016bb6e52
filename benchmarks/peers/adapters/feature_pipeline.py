"""transformers' feature-extraction pipeline, batches of 32: the last layer only, per piece."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from pooled_words import chunks, pool
from transformers import pipeline


@cache
def load(model: str) -> Any:
    """The pipeline."""
    return pipeline("feature-extraction", model=model, device="cpu", batch_size=32, dtype=torch.float32)


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """The last layer."""
    pipe = load(model)
    texts = [" ".join(words) for words in sentences]
    hidden = pipe(texts, return_tensors=True, tokenize_kwargs={"truncation": True})
    owners = []
    for batch in chunks(sentences, 32):
        pieces = pipe.tokenizer(batch, is_split_into_words=True, truncation=True)
        owners += [pieces.word_ids(at) for at in range(len(batch))]
    pooled = [
        pool(one.numpy(), words, len(sentence)) for one, words, sentence in zip(hidden, owners, sentences, strict=True)
    ]
    return np.concatenate(pooled, 1)
