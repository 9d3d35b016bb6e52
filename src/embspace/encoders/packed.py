"""The forward pass of BERT's family without padding: the rows of all sequences in one matrix, layer after layer.

On a CPU attention runs over sequences of equal length at once, and float32 products go through the faster library
(`products`); on a GPU in half precision attention takes the kernel for sequences of any length. What it gives is
compared with the model's own states before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

from embspace.encoders.devices import sent
from embspace.encoders.products import PRODUCTS, laid_out

_FAMILY = {"bert": False, "roberta": False, "xlm-roberta": False, "camembert": False, "xlm-roberta-xl": True}
"""model_type -> whether a layer normalizes what it reads (else what it gives)"""
_TOLERANCE = {torch.float32: 1e-5, torch.float16: 5e-3, torch.bfloat16: 3e-2}
"""of the states' length, layer by layer: what rounding in this precision may do"""

Batch = Sequence[NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the sequences of a batch lie: runs of equal length, and what the GPU's kernel wants to know."""

    runs: list[tuple[slice, int, int]]
    starts: torch.Tensor | None
    longest: int


class PackedStates:
    """States of every layer of a model of `_FAMILY`, in its own precision, on its own device.

    Made by `packed_states`, which says whether a model can be run so.

    Args:
        model: in eval mode.
        product: of its linear layers, one of `PRODUCTS`.
    """

    def __init__(self, model: Any, product: str) -> None:
        config = model.config
        self._linear, self._product = PRODUCTS[product], product
        self._first = _FAMILY[config.model_type]
        self._heads = config.num_attention_heads
        table = model.embeddings
        self._words = table.word_embeddings.weight.detach()
        self._pad = None if config.model_type == "bert" else int(table.padding_idx)
        self._offset = 0 if self._pad is None else self._pad + 1
        self._positions = (table.position_embeddings.weight + table.token_type_embeddings.weight[0]).detach()
        self._norm: nn.LayerNorm | None = getattr(table, "LayerNorm", None)
        self._layers = [self._weights(layer) for layer in model.encoder.layer]
        self._last: nn.LayerNorm | None = model.encoder.LayerNorm if self._first else None
        self._ragged = _ragged_attention(self._words)

    def _weights(self, layer: Any) -> tuple[Any, ...]:
        """(qkv, attention's output, up, down, activation, the two norms) of a block."""
        parts = layer.attention.self
        joined = [
            torch.cat([getattr(one, name).detach() for one in (parts.query, parts.key, parts.value)])
            for name in ("weight", "bias")
        ]
        norms = (
            (layer.attention.self_attn_layer_norm, layer.LayerNorm)
            if self._first
            else (layer.attention.output.LayerNorm, layer.output.LayerNorm)
        )
        dense = [
            (one.dense.weight.detach(), one.dense.bias.detach())
            for one in (layer.attention.output, layer.intermediate, layer.output)
        ]
        pairs = [(laid_out(weight, self._product), bias) for weight, bias in ((joined[0], joined[1]), *dense)]
        return *pairs, layer.intermediate.intermediate_act_fn, *norms

    def takes(self, batch: Batch) -> bool:
        """Whether no sequence holds the padding piece, from which these models count positions otherwise."""
        return self._pad is None or not any((ids == self._pad).any() for ids in batch)

    def __call__(self, batch: Batch) -> Iterator[torch.Tensor]:
        """Yield the (n_pieces, dim) states of each layer, sequences one after the other; a layer when asked for."""
        device = self._words.device
        ids = sent(np.concatenate(batch), device)
        places = sent(np.concatenate([np.arange(len(one)) for one in batch]) + self._offset, device)
        layout = self._layout([len(one) for one in batch])
        rows = self._words[ids] + self._positions[places]
        if self._norm is not None:
            rows = self._norm(rows)
        yield rows
        for number, layer in enumerate(self._layers, 1):
            rows = self._layer(rows, layer, layout)
            yield self._last(rows) if self._last is not None and number == len(self._layers) else rows

    def _layout(self, lengths: list[int]) -> _Rows:
        if self._ragged is not None:
            starts = sent(np.cumsum([0, *lengths], dtype=np.int32), self._words.device)
            return _Rows([], starts, max(lengths))
        runs, at = [], 0
        for length, same in groupby(lengths):
            number = len(list(same))
            runs.append((slice(at, at + number * length), number, length))
            at += number * length
        return _Rows(runs, None, max(lengths))

    def _layer(self, rows: torch.Tensor, layer: tuple[Any, ...], layout: _Rows) -> torch.Tensor:
        qkv, out, up, down, activation, one, two = layer
        linear = self._linear
        if self._first:
            rows = linear(self._attend(linear(one(rows), *qkv), layout), *out).add_(rows)
            return linear(activation(linear(two(rows), *up)), *down).add_(rows)
        rows = one(linear(self._attend(linear(rows, *qkv), layout), *out).add_(rows))
        return two(linear(activation(linear(rows, *up)), *down).add_(rows))

    def _attend(self, qkv: torch.Tensor, layout: _Rows) -> torch.Tensor:
        """(n_pieces, dim) of attention inside each sequence, from (n_pieces, 3 dim)."""
        if self._ragged is not None:
            query, key, value = qkv.view(len(qkv), 3, self._heads, -1).unbind(1)
            starts, longest = layout.starts, layout.longest
            return self._ragged(query, key, value, starts, starts, longest, longest).reshape(len(qkv), -1)
        mixed = qkv.new_empty(len(qkv), qkv.shape[1] // 3)
        for rows, number, length in layout.runs:
            query, key, value = qkv[rows].view(number, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            found = functional.scaled_dot_product_attention(query, key, value)
            mixed[rows].view(number, length, self._heads, -1).copy_(found.transpose(1, 2))
        return mixed


def _ragged_attention(weights: torch.Tensor) -> Any:
    """Attention over sequences of any length in one call; None: not in this precision, or not on this device."""
    if weights.device.type != "cuda" or weights.dtype == torch.float32:
        return None
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    return varlen_attn


def packed_states(
    model: PreTrainedModel, plain: Callable[[Batch], torch.Tensor], product: str = "torch"
) -> PackedStates | None:
    """A `PackedStates` of a model, or None where it is of another kind or gives other numbers.

    Args:
        model: an encoder in eval mode.
        plain: its states (n_layers, n_pieces, dim) by its own forward pass, to compare with.
        product: one of `PRODUCTS`; for a CPU.
    """
    config: Any = model.config
    kinds = {weight.dtype for weight in model.parameters()}
    if (
        config.model_type not in _FAMILY
        or len(kinds) != 1
        or not kinds <= set(_TOLERANCE)
        or getattr(config, "is_decoder", False)
        or getattr(config, "add_cross_attention", False)
        or getattr(config, "position_embedding_type", "absolute") not in (None, "absolute")
        or len({weight.device for weight in model.parameters()}) != 1
    ):
        return None
    [kind] = kinds
    if model.device.type != "cpu":
        product = "torch"
    with torch.inference_mode():
        try:
            packed = PackedStates(model, product)
            last = config.vocab_size - 1
            trial = [np.full(length, last, np.int64) - np.arange(length) % min(7, last) for length in (3, 3, 5)]
            wanted = plain(trial)
            apart = (torch.stack([*packed(trial)]).float() - wanted).norm(dim=(1, 2))
            same = packed.takes(trial) and bool((apart <= _TOLERANCE[kind] * wanted.norm(dim=(1, 2))).all())
        except (AttributeError, TypeError, RuntimeError, IndexError, NotImplementedError):
            return None  # a model of that name, but built otherwise
    return packed if same else None
