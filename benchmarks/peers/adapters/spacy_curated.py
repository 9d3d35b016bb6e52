"""spacy-curated-transformers: the `curated_transformer` pipe with all layers; BERT with a WordPiece vocabulary alone.

Its XLM-R reads a SentencePiece file, which a tokenizer trained by the tokenizers library has not.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy_curated_transformers.models.hf_loader import build_hf_transformer_encoder_loader_v1
from spacy_curated_transformers.tokenization.hf_loader import build_hf_piece_encoder_loader_v1
from transformers import AutoConfig

_NAME = "spacy-curated-transformers"


@cache
def load(model: str) -> Any:
    """The pipeline."""
    config = AutoConfig.from_pretrained(model)
    nlp = spacy.blank("xx")
    settings = {
        "@architectures": f"{_NAME}.BertTransformer.v1",
        "vocab_size": config.vocab_size,
        "hidden_width": config.hidden_size,
        "intermediate_width": config.intermediate_size,
        "num_hidden_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
        "piece_encoder": {"@architectures": f"{_NAME}.BertWordpieceEncoder.v1"},
        "with_spans": {"@architectures": f"{_NAME}.WithStridedSpans.v1", "window": 510, "stride": 510},
    }
    pipe: Any = nlp.add_pipe("curated_transformer", config={"all_layer_outputs": True, "model": settings})
    example = Example.from_dict(Doc(nlp.vocab, words=["a"]), {})
    pipe.initialize(
        lambda: [example],
        nlp=nlp,
        encoder_loader=build_hf_transformer_encoder_loader_v1(name=model),
        piecer_loader=build_hf_piece_encoder_loader_v1(name=model),
    )
    return nlp


def extract(model: str, sentences: list[list[str]], variant: str = "") -> Any:
    """All layers."""
    nlp, found = load(model), []
    for doc in nlp.pipe((Doc(nlp.vocab, words=words) for words in sentences), batch_size=32):
        layers = doc._.trf_data.all_outputs
        hidden = np.stack([one.dataXd for one in layers])
        pooled = np.zeros((len(layers), len(doc), hidden.shape[2]), np.float32)
        at = 0
        for word, number in enumerate(layers[0].lengths):
            if number:
                pooled[:, word] = hidden[:, at : at + number].mean(1)
            at += number
        found.append(pooled)
    return np.concatenate(found, 1)
