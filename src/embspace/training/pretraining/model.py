"""The small encoder that is pretrained: XLM-R XL's architecture, which normalizes what a layer reads, not its output.

So the length of a piece's vector reaches every layer: rare pieces weigh more in a mean, as idf would have them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel, XLMRobertaXLConfig, XLMRobertaXLForMaskedLM

from embspace.training.pretraining.config import PretrainConfig
from embspace.training.pretraining.tokenizer import SPECIAL

POSITIONS = 256


def new_model(
    config: PretrainConfig,
    embeddings: NDArray[np.float32] | None,
    counts: NDArray[np.float64],
) -> PreTrainedModel:
    """A masked-LM encoder of the config's geometry, seeded.

    Args:
        config: the geometry.
        embeddings: (n_pieces, width) to start from, or None for random ones.
        counts: (n_pieces,), how often each piece is met: the start of the output bias.
    """
    torch.manual_seed(config.seed)
    model: Any = XLMRobertaXLForMaskedLM(
        XLMRobertaXLConfig(
            vocab_size=len(counts),
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=config.feed_forward,
            max_position_embeddings=POSITIONS + SPECIAL.pad + 3,
            type_vocab_size=1,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=SPECIAL.pad,
            bos_token_id=SPECIAL.start,
            eos_token_id=SPECIAL.stop,
        )
    )
    with torch.no_grad():
        if embeddings is not None:
            model.get_input_embeddings().weight.copy_(torch.from_numpy(embeddings))
            for layer in model.base_model.encoder.layer:
                layer.attention.output.dense.weight.zero_()
                layer.output.dense.weight.zero_()
            model.lm_head.layer_norm.weight.fill_(0.05)
        model.lm_head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
    model.set_attn_implementation("eager")  # faster in training on short sequences than the CPU's fused kernel
    return model
