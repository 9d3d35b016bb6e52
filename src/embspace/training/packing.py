"""Several windows in one row of a batch, so that a step computes less padding; each window reads itself alone.

The losses and gradients are those of the padded batch, but for rounding: a mask keeps windows apart, and positions
begin anew in each. Whether a model computes so is found out by comparing its outputs, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from embspace.training.windows import IGNORED, Batch

_FAMILY = ("bert", "roberta", "xlm-roberta", "camembert", "xlm-roberta-xl")
"""model types with absolute positions that may be given, and attention in both directions"""
_WIDER = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""lengths of rows that are tried, of the longest window"""
_SAVES = 0.95
"""of the work of the padded batch: below this share rows are packed"""
_TOLERANCE = 1e-4
_TRIAL = ((5, 3, 4), (2, 6, 3, 3))
_known: WeakKeyDictionary[nn.Module, int | None] = WeakKeyDictionary()


def packed(model: nn.Module, batch: Batch) -> Batch:
    """A padded batch with several windows in a row, where that is less work and the model computes the same.

    Args:
        model: that is trained; only on a CPU and in float32 anything is packed.
        batch: `input_ids`, `attention_mask` and `labels`, (n, longest).

    Returns:
        `input_ids`, `labels` and `position_ids`, (n_rows, length), and `attention_mask`, (n_rows, 1, length, length),
        added to the scores of attention; or the batch as it was given.
    """
    if batch["input_ids"].device.type != "cpu" or torch.is_autocast_enabled("cpu"):
        return batch
    rows, length = _arranged(batch["attention_mask"].sum(1).tolist(), int(getattr(_config(model), "hidden_size", 0)))
    if not rows:
        return batch
    first = _first_position(model)
    return batch if first is None else _in_rows(batch, rows, length, first)


def _arranged(lengths: Sequence[int], dim: int) -> tuple[list[list[int]], int]:
    """The windows of each row, and the length of rows; no rows where little would be saved."""

    def work(rows: int, length: int) -> float:  # of matrices, and of attention, which is half as fast
        return rows * length * (6 * dim + 2 * length)

    longest = max(lengths)
    best, least, found = longest, _SAVES * work(len(lengths), longest), list[list[int]]()
    for times in _WIDER:
        length = int(times * longest)
        rows = _filled(lengths, length)
        if work(len(rows), length) < least:
            best, least, found = length, work(len(rows), length), rows
    return found, best


def _filled(lengths: Sequence[int], length: int) -> list[list[int]]:
    """Windows put into rows, the longest first, each into the first row with room."""
    rows, room = list[list[int]](), list[int]()
    for window in sorted(range(len(lengths)), key=lambda one: -lengths[one]):
        row = next((at for at, left in enumerate(room) if left >= lengths[window]), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(length)
        rows[row].append(window)
        room[row] -= lengths[window]
    return rows


def _in_rows(batch: Batch, rows: Sequence[Sequence[int]], length: int, first: int) -> Batch:
    """The windows in their rows; what is left of a row reads itself alone."""
    size = (len(rows), length)
    ids, labels = torch.zeros(size, dtype=torch.long), torch.full(size, IGNORED)
    places, owners = torch.full(size, first), torch.full(size, -1)
    for row, windows in enumerate(rows):
        at = 0
        for window in windows:
            count = int(batch["attention_mask"][window].sum())
            ids[row, at : at + count] = batch["input_ids"][window, :count]
            labels[row, at : at + count] = batch["labels"][window, :count]
            places[row, at : at + count] = torch.arange(first, first + count)
            owners[row, at : at + count] = window
            at += count
    apart = owners[:, None, :, None] != owners[:, None, None, :]
    mask = torch.zeros(apart.shape).masked_fill_(apart, torch.finfo(torch.float32).min)
    return {"input_ids": ids, "labels": labels, "position_ids": places, "attention_mask": mask}


def _first_position(model: nn.Module) -> int | None:
    """The number of a window's first position; None: the model cannot be given positions and a mask of its own."""
    if model not in _known:
        _known[model] = _tried(model)
    return _known[model]


def _tried(model: nn.Module) -> int | None:
    config = _config(model)
    kind = getattr(config, "model_type", "")
    if (
        kind not in _FAMILY
        or getattr(config, "is_decoder", False)
        or getattr(config, "position_embedding_type", "absolute") not in (None, "absolute")
        or any(one.dtype != torch.float32 for one in model.parameters())
    ):
        return None
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        first = 0 if kind == "bert" else int(_embeddings(model).padding_idx) + 1
        with torch.no_grad():
            same = all(_same(model, config, lengths, first) for lengths in _TRIAL)
    except (AttributeError, TypeError, RuntimeError, IndexError, ValueError):
        return None  # a model of that name, but built otherwise
    finally:
        for module, training in modes:
            module.training = training
    return first if same else None


def _same(model: nn.Module, config: Any, lengths: Sequence[int], first: int) -> bool:
    """Whether windows in one row give what they give in rows of their own."""
    longest = max(lengths)
    mask = (torch.arange(longest) < torch.tensor(lengths)[:, None]).long()
    ids = config.vocab_size - 1 - torch.arange(mask.numel()).view(mask.shape) % min(7, config.vocab_size - 1)
    pad = config.pad_token_id if isinstance(config.pad_token_id, int) else 0
    plain = {"input_ids": ids.where(mask > 0, pad), "attention_mask": mask, "labels": mask}
    together = _in_rows(plain, [list(range(len(lengths)))], sum(lengths) + 2, first)
    apart = model(input_ids=plain["input_ids"], attention_mask=mask).logits
    given = {name: together[name] for name in ("input_ids", "attention_mask", "position_ids")}
    wanted = torch.cat([apart[row, :count] for row, count in enumerate(lengths)])
    found = model(**given).logits[0, : sum(lengths)]
    return bool((found - wanted).norm() <= _TOLERANCE * wanted.norm())


def _config(model: nn.Module) -> Any:
    return getattr(model, "config", None)


def _embeddings(model: nn.Module) -> Any:
    base: Any = getattr(model, "base_model", model)
    return base.embeddings
