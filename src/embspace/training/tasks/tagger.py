"""A checkpoint with a linear layer over its last states that labels pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from embspace.encoders.checkpoints import Checkpoint, find_checkpoint
from embspace.encoders.huggingface import longest_sequence, vocabulary_size
from embspace.encoders.loading import quiet
from embspace.encoders.model_reading import read_model
from embspace.encoders.quantization import quantization_method
from embspace.encoders.tokenizer_reading import check_vocabulary, read_tokenizer
from embspace.errors import EncoderError


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a checkpoint before its weights are read.

    Attributes:
        name: as the user called it.
        tokenizer: its own.
        n_pieces: that its table has.
        max_pieces: that it reads at once, special ones included.
    """

    name: str
    tokenizer: PreTrainedTokenizerFast
    n_pieces: int
    max_pieces: int


def outline(name: str) -> Outline:
    """The outline of a checkpoint that can be trained to label pieces.

    Raises:
        EncoderError: it cannot be opened, its weights are quantized, or transformers labels no pieces with its kind.
    """
    checkpoint = find_checkpoint(name)
    tokenizer = read_tokenizer(checkpoint)
    empty = _empty(checkpoint, AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True))
    check_vocabulary(name, tokenizer, empty)
    return Outline(name, tokenizer, vocabulary_size(name, empty), longest_sequence(empty, tokenizer))


def read_tagger(name: str, labels: Sequence[str]) -> PreTrainedModel:
    """A checkpoint that labels pieces, in float32, on the CPU.

    Its weights are all its own, but for the linear layer, unless it was trained for the same labels before: that is
    drawn from torch's generator.

    Args:
        name: as `load_encoder` takes it.
        labels: the classes, in their order.

    Raises:
        EncoderError: as of `outline`; or weights are missing or damaged.
    """
    checkpoint = find_checkpoint(name)
    _empty(checkpoint, AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True))
    with quiet():
        base = read_model(checkpoint, torch.device("cpu"), torch.float32)
    config: Any = base.config
    trained = [str(config.id2label.get(number)) for number in range(len(config.id2label))]
    known = list(labels) == trained
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    if getattr(config, "use_cache", False):
        config.use_cache = False
    model = _empty(checkpoint, config)
    model.config = config
    if type(model.base_model) is not type(base):
        raise EncoderError(
            f"{name}: transformers labels pieces with a {type(model.base_model).__name__}, and the checkpoint is a "
            f"{type(base).__name__}; it cannot be trained to label words."
        )
    setattr(model, model.base_model_prefix, base)
    _fill(model, base)
    if known and type(model).__name__ in (config.architectures or ()) and not checkpoint.adapters:
        with quiet():
            saved = type(model).from_pretrained(checkpoint.folder, dtype=torch.float32, weights_only=True)
        model.load_state_dict(saved.state_dict())
    return model.train()


def _empty(checkpoint: Checkpoint, config: PreTrainedConfig) -> PreTrainedModel:
    """The model without weights."""
    method = quantization_method(checkpoint.folder)
    if method is not None:
        raise EncoderError(
            f"{checkpoint.name} is quantized with {method}, so its weights cannot be trained; take the checkpoint that "
            "is not quantized."
        )
    both_halves = config.is_encoder_decoder  # T5's model for token classification says no, once it is made
    try:
        with torch.device("meta"):
            model = AutoModelForTokenClassification.from_config(config, dtype=torch.float32)
    except ValueError:
        model = None
    if model is None or both_halves:
        raise EncoderError(
            f"{checkpoint.name} ({config.model_type}) cannot be trained to label words: expected a kind that "
            "transformers has a model for token classification of, with an encoder alone (BERT, XLM-R, DeBERTa, ...) "
            "or a decoder alone (GPT-2, Qwen, ...)."
        )
    return model


def _fill(model: PreTrainedModel, base: nn.Module) -> None:
    """Draw what is still without weights: the head."""
    inside = set(base.modules())
    for module in model.modules():
        if module in inside or not any(one.is_meta for one in module.parameters(recurse=False)):
            continue
        module.to_empty(device="cpu", recurse=False)
        model._init_weights(module)
