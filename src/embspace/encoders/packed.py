"""The forward pass of BERT's family on a CPU without padding: the rows of all sequences in one matrix.

The linear layers go through oneDNN or through torch's own product (MKL), whichever is faster on this CPU; attention
runs over sequences of equal length at once. What it gives is compared with the model's own states before it is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

_FAMILY = {"bert": False, "roberta": False, "xlm-roberta": False, "camembert": False, "xlm-roberta-xl": True}
"""model_type -> whether a layer normalizes what it reads (else what it gives)"""
_TOLERANCE = 2e-5
_CLEARLY = 1.15
"""times faster that oneDNN must be: near a tie the choice would differ from run to run"""

Linear = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
Weights = tuple[torch.Tensor, torch.Tensor]


class PackedStates:
    """States of every layer of a model of `_FAMILY`, float32, on a CPU.

    Made by `packed_states`, which says whether a model can be run so.
    """

    def __init__(self, model: Any, linear: Linear) -> None:
        config = model.config
        self._linear, self._first = linear, _FAMILY[config.model_type]
        self._heads = config.num_attention_heads
        table = model.embeddings
        self._words = table.word_embeddings.weight.detach()
        self._pad = None if config.model_type == "bert" else int(table.padding_idx)
        self._offset = 0 if self._pad is None else self._pad + 1
        self._positions = (table.position_embeddings.weight + table.token_type_embeddings.weight[0]).detach()
        self._norm: nn.LayerNorm | None = getattr(table, "LayerNorm", None)
        self._layers = [self._weights(layer) for layer in model.encoder.layer]
        self._last: nn.LayerNorm | None = model.encoder.LayerNorm if self._first else None

    def _weights(self, layer: Any) -> tuple[Any, ...]:
        """(qkv, attention's output, up, down, activation, the two norms) of a block."""
        parts = layer.attention.self
        joined = [torch.cat([getattr(one, name).detach() for one in (parts.query, parts.key, parts.value)])
                  for name in ("weight", "bias")]  # fmt: skip
        norms = (
            (layer.attention.self_attn_layer_norm, layer.LayerNorm)
            if self._first
            else (layer.attention.output.LayerNorm, layer.output.LayerNorm)
        )
        dense = [
            (one.dense.weight.detach(), one.dense.bias.detach())
            for one in (layer.attention.output, layer.intermediate, layer.output)
        ]
        return tuple(joined), *dense, layer.intermediate.intermediate_act_fn, *norms

    def takes(self, batch: Sequence[NDArray[np.int64]]) -> bool:
        """Whether no sequence holds the padding piece, from which these models count positions otherwise."""
        return self._pad is None or not any((ids == self._pad).any() for ids in batch)

    def __call__(self, batch: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """(n_layers, n_pieces, dim) states of id sequences, one after the other."""
        ids = torch.from_numpy(np.concatenate(batch))
        places = torch.from_numpy(np.concatenate([np.arange(len(one)) for one in batch])) + self._offset
        runs, at = [], 0
        for length, same in groupby(len(one) for one in batch):
            number = len(list(same))
            runs.append((slice(at, at + number * length), number, length))
            at += number * length
        states = torch.empty(len(self._layers) + 1, len(ids), self._words.shape[1])
        rows = self._words[ids] + self._positions[places]
        if self._norm is not None:
            rows = self._norm(rows)
        states[0] = rows
        for number, layer in enumerate(self._layers, 1):
            rows = self._layer(rows, layer, runs)
            states[number] = rows
        if self._last is not None:
            states[-1] = self._last(rows)
        return states

    def _layer(self, rows: torch.Tensor, layer: tuple[Any, ...], runs: list[tuple[slice, int, int]]) -> torch.Tensor:
        qkv, out, up, down, activation, one, two = layer
        linear = self._linear
        if self._first:
            rows = linear(self._attend(linear(one(rows), *qkv), runs), *out).add_(rows)
            return linear(activation(linear(two(rows), *up)), *down).add_(rows)
        rows = one(linear(self._attend(linear(rows, *qkv), runs), *out).add_(rows))
        return two(linear(activation(linear(rows, *up)), *down).add_(rows))

    def _attend(self, qkv: torch.Tensor, runs: list[tuple[slice, int, int]]) -> torch.Tensor:
        """(n_pieces, dim) of attention inside each sequence, from (n_pieces, 3 dim)."""
        mixed = torch.empty(len(qkv), qkv.shape[1] // 3)
        for rows, number, length in runs:
            query, key, value = qkv[rows].view(number, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            found = functional.scaled_dot_product_attention(query, key, value)
            mixed[rows].view(number, length, self._heads, -1).copy_(found.transpose(1, 2))
        return mixed


def packed_states(model: PreTrainedModel, plain: Callable[[Sequence[NDArray[np.int64]]], torch.Tensor]) -> Any:
    """A `PackedStates` of a model, or None where it is of another kind or gives other numbers.

    Args:
        model: an encoder in eval mode.
        plain: its states by its own forward pass, to compare with.
    """
    config: Any = model.config
    if (
        config.model_type not in _FAMILY
        or model.device.type != "cpu"
        or any(weight.dtype != torch.float32 for weight in model.parameters())
        or getattr(config, "is_decoder", False)
        or getattr(config, "add_cross_attention", False)
        or getattr(config, "position_embedding_type", "absolute") not in (None, "absolute")
    ):
        return None
    with torch.inference_mode():
        try:
            packed = PackedStates(model, faster_linear(config.hidden_size, torch.get_num_threads()))
            last = config.vocab_size - 1
            trial = [np.full(length, last, np.int64) - np.arange(length) % min(7, last) for length in (3, 3, 5)]
            wanted = plain(trial)
            same = packed.takes(trial) and torch.allclose(packed(trial), wanted, rtol=_TOLERANCE, atol=_TOLERANCE)
        except (AttributeError, TypeError, RuntimeError, IndexError):
            return None  # a model of that name, but built otherwise
    return packed if same else None


@cache
def faster_linear(width: int, threads: int) -> Linear:
    """The faster of oneDNN's and torch's product of 512 rows at a model's width, by a short measurement.

    Args:
        width: of the model.
        threads: that torch runs on; the choice holds for this number.
    """
    if not torch.backends.mkldnn.is_available():
        return functional.linear
    rows, weight, bias = torch.ones(512, width), torch.ones(3 * width, width), torch.ones(3 * width)
    seconds = {one: _least_seconds(one, rows, weight, bias) for one in (_onednn, functional.linear)}
    return _onednn if _CLEARLY * seconds[_onednn] < seconds[functional.linear] else functional.linear


def _onednn(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")


def _least_seconds(linear: Linear, rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> float:
    linear(rows, weight, bias)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        linear(rows, weight, bias)
        times.append(time.perf_counter() - start)
    return min(times)
