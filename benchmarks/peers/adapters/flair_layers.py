"""flair TransformerWordEmbeddings, all layers, mean of pieces, `embed` on 32 sentences."""
# pyright: reportMissingImports=false

from __future__ import annotations

from functools import cache
from typing import Any

import flair
import torch
from flair.data import Sentence
from flair.embeddings import TransformerWordEmbeddings
from pooled_words import chunks

flair.device = torch.device("cpu")


@cache
def load(model: str) -> Any:
    """The embeddings."""
    return TransformerWordEmbeddings(model, layers="all", layer_mean=False, subtoken_pooling="mean", fine_tune=False)


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    embeddings = load(model)
    layers = embeddings.model.config.num_hidden_layers + 1
    vectors = []
    for batch in chunks(sentences, 32):
        made = [Sentence(words) for words in batch]
        embeddings.embed(made)
        for sentence in made:
            vectors.extend(token.embedding for token in sentence)
            sentence.clear_embeddings()
    flat = torch.stack(vectors)  # (words, layers * dim)
    return flat.view(len(flat), layers, -1).transpose(0, 1).contiguous().numpy()
