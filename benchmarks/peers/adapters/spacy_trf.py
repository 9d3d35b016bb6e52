"""spacy-transformers: `transformer` pipe with hidden states, `nlp.pipe` in batches of 32, means by its alignment.

Where a piece holds the blank before its word (Metaspace without a split at blanks, as `mini`'s tokenizer), its
alignment gives the first piece of a word to the word before it as well.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import spacy
import spacy_transformers  # noqa: F401
from spacy.tokens import Doc


@cache
def load(model: str) -> Any:
    """The pipeline."""
    nlp = spacy.blank("xx")
    settings = {
        "@architectures": "spacy-transformers.TransformerModel.v3",
        "name": model,
        "get_spans": {"@span_getters": "spacy-transformers.doc_spans.v1"},
        "tokenizer_config": {"use_fast": True},
        "transformer_config": {"output_hidden_states": True},
        "mixed_precision": False,
        "grad_scaler_config": {},
    }
    nlp.add_pipe("transformer", config={"model": settings})
    nlp.initialize()
    return nlp


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    nlp, found = load(model), []
    for doc in nlp.pipe((Doc(nlp.vocab, words=words) for words in sentences), batch_size=32):
        data = doc._.trf_data
        hidden = np.stack([one.reshape(-1, one.shape[-1]) for one in data.model_output.hidden_states])
        pooled = np.zeros((len(hidden), len(doc), hidden.shape[2]), np.float32)
        at = 0
        for word, number in enumerate(data.align.lengths):
            if number:
                pooled[:, word] = hidden[:, data.align.dataXd[at : at + number].ravel()].mean(1)
            at += number
        found.append(pooled)
    return np.concatenate(found, 1)
