"""A checkpoint with the head of a task over its last states, as transformers has it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
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
from embspace.errors import EncoderError, SettingsError


@dataclass(frozen=True, slots=True)
class Head:
    """A kind of head.

    Attributes:
        auto: the class of transformers that makes models with it.
        does: what such a model does, after "cannot be trained to".
        model_for: what transformers calls it, after "a model for".
    """

    auto: Any
    does: str
    model_for: str


TAGGER = Head(AutoModelForTokenClassification, "label words", "token classification")
CLASSIFIER = Head(AutoModelForSequenceClassification, "compare texts", "sequence classification")
NO_HEAD = Head(AutoModel, "be adjusted", "its states")
READER = Head(AutoModelForQuestionAnswering, "answer questions", "question answering")


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


def outline(name: str, head: Head = TAGGER) -> Outline:
    """The outline of a checkpoint that can be trained with a head.

    Raises:
        EncoderError: it cannot be opened, its weights are quantized, or transformers has no such head for its kind.
    """
    checkpoint = find_checkpoint(name)
    tokenizer = read_tokenizer(checkpoint)
    empty = _empty(checkpoint, AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True), head)
    check_vocabulary(name, tokenizer, empty)
    return Outline(name, tokenizer, vocabulary_size(name, empty), longest_sequence(empty, tokenizer))


def window_length(wanted: int | None, given: Outline) -> int:
    """The pieces of a window: as many as are wanted, or as the model reads.

    Raises:
        SettingsError: it does not read so many.
    """
    if wanted is not None and not 1 <= wanted <= given.max_pieces:
        most = given.max_pieces
        raise SettingsError(
            f"length = {wanted}, and {given.name} reads windows of up to {most} pieces; give 1 to {most}."
        )
    return given.max_pieces if wanted is None else wanted


def read_headed(name: str, labels: Sequence[str], head: Head = TAGGER) -> PreTrainedModel:
    """A checkpoint with a head, in float32, on the CPU.

    Its weights are all its own, but for the head, unless it was trained for the same labels before: that is drawn from
    torch's generator, as what its kind of model has beside (BERT's pooler) and the checkpoint has not.

    Args:
        name: as `load_encoder` takes it.
        labels: the classes, in their order.
        head: its kind.

    Raises:
        EncoderError: as of `outline`; or weights are missing or damaged.
    """
    checkpoint = find_checkpoint(name)
    _empty(checkpoint, AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True), head)
    with quiet():
        base = read_model(checkpoint, torch.device("cpu"), torch.float32)
    config: Any = base.config
    trained = [str(config.id2label.get(number)) for number in range(len(config.id2label))]
    known = list(labels) == trained
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    if getattr(config, "use_cache", False):
        config.use_cache = False
    model = _empty(checkpoint, config, head)
    model.config = config
    if type(model.base_model) is not type(base):
        raise EncoderError(
            f"{name}: transformers has a {type(model.base_model).__name__} for {head.model_for}, and the checkpoint is "
            f"a {type(base).__name__}; it cannot be trained to {head.does}."
        )
    inside, pooler = set(base.modules()), getattr(model.base_model, "pooler", None)
    if isinstance(pooler, nn.Module) and getattr(base, "pooler", None) is None:
        base.pooler = pooler
    setattr(model, model.base_model_prefix, base)
    _fill(model, inside)
    if pooler is not None and (own := pooler_of(checkpoint)) is not None:
        model.base_model.pooler.load_state_dict(own.state_dict())  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    if known and type(model).__name__ in (config.architectures or ()) and not checkpoint.adapters:
        with quiet():
            saved = type(model).from_pretrained(checkpoint.folder, dtype=torch.float32, weights_only=True)
        model.load_state_dict(saved.state_dict())
    return model.train()


def _empty(checkpoint: Checkpoint, config: PreTrainedConfig, head: Head) -> PreTrainedModel:
    """The model without weights."""
    method = quantization_method(checkpoint.folder)
    if method is not None:
        raise EncoderError(
            f"{checkpoint.name} is quantized with {method}, so its weights cannot be trained; take the checkpoint that "
            "is not quantized."
        )
    both_halves = config.is_encoder_decoder  # T5's model says no, once it is made
    try:
        with torch.device("meta"):
            model = head.auto.from_config(config, dtype=torch.float32)
    except ValueError:
        model = None
    if model is None or both_halves:
        raise EncoderError(
            f"{checkpoint.name} ({config.model_type}) cannot be trained to {head.does}: expected a kind that "
            f"transformers has a model for {head.model_for} of, with an encoder alone (BERT, XLM-R, DeBERTa, ...) "
            "or a decoder alone (GPT-2, Qwen, ...)."
        )
    return model


def pooler_of(checkpoint: Checkpoint) -> nn.Module | None:
    """The checkpoint's own pooler, which classifiers of pairs begin with; None: it has none."""
    with quiet():
        whole, report = AutoModel.from_pretrained(
            checkpoint.folder, dtype=torch.float32, weights_only=True, local_files_only=True, output_loading_info=True
        )
    lost = any("pooler" in key for key in report["missing_keys"])
    return None if lost or checkpoint.adapters else getattr(whole, "pooler", None)


def _fill(model: PreTrainedModel, inside: Collection[nn.Module]) -> None:
    """Draw what is still without weights: what is not inside the checkpoint's own model."""
    for module in model.modules():
        if module in inside or not any(one.is_meta for one in module.parameters(recurse=False)):
            continue
        module.to_empty(device="cpu", recurse=False)
        model._init_weights(module)
