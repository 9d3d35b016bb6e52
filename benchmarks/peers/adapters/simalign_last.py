"""simalign `EmbeddingLoader.get_embed_list` on 32 sentences: one layer per pass, here the last."""
# pyright: reportMissingImports=false

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import numpy as np
from pooled_words import chunks
from simalign.simalign import EmbeddingLoader
from transformers import AutoConfig

logging.disable(logging.INFO)


@cache
def load(model: str) -> Any:
    """The model."""
    return EmbeddingLoader(model, layer=AutoConfig.from_pretrained(model).num_hidden_layers)


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """The last layer."""
    loader, found = load(model), []
    for batch in chunks(sentences, 32):
        hidden = loader.get_embed_list(batch).numpy()  # without the first piece and the last column
        for vectors, words in zip(hidden, batch, strict=True):
            at = 0
            for word in words:  # as its SentenceAligner.get_word_aligns does
                number = len(loader.tokenizer.tokenize(word))
                found.append(vectors[at : at + number].mean(0) if number else np.zeros(hidden.shape[2], np.float32))
                at += number
    return np.stack(found)[None]
