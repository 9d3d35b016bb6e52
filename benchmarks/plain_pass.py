"""The floor of every comparison: the model's own forward pass on tensors that lie ready, and nothing else.

Batches hold sequences of like length up to a budget of pieces, padding included; sequences of one length carry no mask;
no hidden states are kept; tokenizing, pooling and writing are not in it. The budget is the fastest of `BUDGETS`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch

BUDGETS = (128, 256, 512, 1024, 2048, 4096)
Batch = dict[str, torch.Tensor]


def ready_batches(
    sequences: Sequence[Sequence[int]], budget: int, pad: int, device: torch.device | str = "cpu"
) -> list[Batch]:
    """Tensors for the model, the longest sequences first."""
    order = sorted(range(len(sequences)), key=lambda one: -len(sequences[one]))
    batches, at = [], 0
    while at < len(order):
        longest = len(sequences[order[at]])
        chosen = [torch.as_tensor(sequences[one]) for one in order[at : at + max(1, budget // longest)]]
        at += len(chosen)
        ids = torch.full((len(chosen), longest), pad)
        for row, own in zip(ids, chosen, strict=True):
            row[: len(own)] = own
        mask = torch.arange(longest) < torch.tensor([len(own) for own in chosen])[:, None]
        batch = {"input_ids": ids} if bool(mask.all()) else {"input_ids": ids, "attention_mask": mask.long()}
        batches.append({name: value.to(device) for name, value in batch.items()})
    return batches


def run_plain_pass(model: Any, batches: Sequence[Batch]) -> float:
    """Seconds of one pass over all batches."""
    cuda = model.device.type == "cuda"
    start = time.perf_counter()
    with torch.inference_mode():
        for batch in batches:
            model(**batch)
    if cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def fastest_budget(
    model: Any, sequences: Sequence[Sequence[int]], pad: int, budgets: Sequence[int] = BUDGETS
) -> tuple[list[Batch], dict[int, float]]:
    """The batches of the fastest budget, and the seconds of each (of the fastest ones the better of two passes)."""
    made = {budget: ready_batches(sequences, budget, pad, model.device) for budget in budgets}
    run_plain_pass(model, made[budgets[0]][:2])
    seconds = {budget: run_plain_pass(model, batches) for budget, batches in made.items()}
    near = [budget for budget in budgets if seconds[budget] < 1.2 * min(seconds.values())]
    seconds |= {budget: min(seconds[budget], run_plain_pass(model, made[budget])) for budget in near}
    return made[min(seconds, key=lambda one: seconds[one])], seconds
