"""Layers that training leaves as they are ("lingua-franca", partial updates)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from embspace.encoders.early_exit import blocks_of
from embspace.errors import EncoderError, SettingsError


def freeze(model: PreTrainedModel, layers: int) -> None:
    """Take weights out of training, and switch their dropout off, also where `model.train()` is called later.

    Args:
        model: encoder or decoder, with or without a head; the head always stays in training.
        layers: -1 nothing, 0 the embeddings, k the embeddings and the lowest k layers. What a model computes between
            two layers (a convolution, a final norm) counts with the lower one; what no layer owns and all of them
            read (tables of relative positions) with the embeddings.

    Raises:
        SettingsError: the model has not so many layers.
        EncoderError: it cannot be told where its layers are.
    """
    most = n_layers(model)
    if not -1 <= layers <= most:
        raise SettingsError(
            f"freeze = {layers}, and the model has {most} layers; give -1 (nothing is frozen), 0 (the embeddings), "
            f"or 1 to {most} (the embeddings and the lowest layers)."
        )
    if layers == -1:
        return
    blocks = _blocks(model, most)
    outside = [module for module, layer in _layers_outside(model.base_model, blocks).items() if layer <= layers]
    for module in (*outside, *blocks[:layers]):
        module.train = MethodType(_stay, module)
        module.train()
        module.requires_grad_(False)


def n_layers(model: PreTrainedModel) -> int:
    """The layers of a model, embeddings not counted.

    Raises:
        EncoderError: its configuration does not tell.
    """
    found = getattr(model.config.get_text_config(), "num_hidden_layers", None)
    if not isinstance(found, int) or found < 1:
        raise EncoderError(f"{_named(model)} does not tell how many layers it has; none of them can be frozen.")
    return found


def _blocks(model: PreTrainedModel, most: int) -> nn.ModuleList:
    blocks = blocks_of(model.base_model, most)
    if blocks is None:
        raise EncoderError(
            f"It cannot be told where the {most} layers of {_named(model)} are: expected one list of {most} blocks of "
            "one kind. Set freeze = -1, or take a model of another kind."
        )
    return blocks


def _layers_outside(body: nn.Module, blocks: nn.ModuleList) -> dict[nn.Module, int]:
    """Modules that hold no block -> how many blocks have begun when they are first called, by a pass of two pieces."""
    holders = {one for one in body.modules() if any(inside is blocks for inside in one.modules())}
    inside = set(blocks.modules())
    found = {one: 0 for one in body.modules() if one not in holders and one not in inside}
    owned = {one for holder in holders for one in holder.parameters(recurse=False)}
    if owned:
        raise EncoderError(
            f"{type(body).__name__} has weights beside its blocks that belong to no layer; none of its layers can be "
            "frozen. Set freeze = -1."
        )
    begun, seen = 0, set()

    def begin(*_: Any) -> None:
        nonlocal begun
        begun += 1

    def note(module: nn.Module, *_: Any) -> None:
        if module not in seen:
            seen.add(module)
            found[module] = begun

    handles = [block.register_forward_pre_hook(begin) for block in blocks]
    handles += [module.register_forward_pre_hook(note) for module in found]
    try:
        with _evaluated(body), torch.no_grad():
            table: Any = body.get_input_embeddings() if isinstance(body, PreTrainedModel) else None
            ids = torch.full((1, 2), table.num_embeddings - 1, device=table.weight.device)
            body(input_ids=ids, attention_mask=torch.ones_like(ids))
    finally:
        for handle in handles:
            handle.remove()
    return found


@contextmanager
def _evaluated(model: nn.Module) -> Iterator[None]:
    was = [(module, module.training) for module in model.modules()]
    nn.Module.train(model, False)
    try:
        yield
    finally:
        for module, training in was:
            module.training = training


def _stay(module: nn.Module, mode: bool = True) -> nn.Module:
    """A frozen module's `train`: it is never in training."""
    return nn.Module.train(module, False)


def _named(model: PreTrainedModel) -> str:
    return str(model.name_or_path or type(model).__name__)
