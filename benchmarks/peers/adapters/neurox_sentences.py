"""NeuroX `extract_sentence_representations`, aggregation "average": a sentence per call, it has no batches."""
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import os
from functools import cache
from typing import Any

import numpy as np
from neurox.data.extraction.transformers_extractor import extract_sentence_representations, get_model_and_tokenizer


@cache
def load(model: str) -> Any:
    """Model and tokenizer."""
    return get_model_and_tokenizer(model, device="cpu")


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    network, tokenizer = load(model)
    counts: dict[str, int] = {}
    found = []
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):  # it prints every sentence
        for words in sentences:
            hidden, _ = extract_sentence_representations(
                " ".join(words), network, tokenizer, aggregation="average", tokenization_counts=counts
            )
            found.append(hidden.astype(np.float32))
    return np.concatenate(found, 1)
