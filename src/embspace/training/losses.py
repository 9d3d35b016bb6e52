"""The losses of a step: the task's and its objectives', from one batch each, in one forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn
from transformers import PreTrainedModel

from embspace.errors import SettingsError
from embspace.training.batches import drawn
from embspace.training.objectives.base import Objective
from embspace.training.tasks.base import Task
from embspace.training.windows import Batch, n_labels


class Losses(nn.Module):
    """A model with the heads of its objectives.

    Several processes wrap it whole: their gradients meet only where all losses come out of one `forward`.
    """

    def __init__(self, task: Task, objectives: Mapping[str, Objective], model: PreTrainedModel) -> None:
        super().__init__()
        self.task, self.objectives, self.model = task, objectives, model
        self.heads = nn.ModuleDict({name: objective.head(model) for name, objective in objectives.items()})
        self.sums = torch.tensor([task.sums, *(one.sums for one in objectives.values())])

    def forward(self, batches: Mapping[str, Batch]) -> dict[str, torch.Tensor]:
        """Batches by name -> mean losses by name.

        Raises:
            SettingsError: nothing that is trained changes a loss.
        """
        losses = {self.task.name: self.task.loss(self.model, batches[self.task.name])}
        for name, objective in self.objectives.items():
            losses[name] = objective.loss(self.model, self.heads[name], batches[name])
        if torch.is_grad_enabled() and (idle := [name for name, loss in losses.items() if not loss.requires_grad]):
            raise SettingsError(
                f"Nothing that is trained changes the loss of {', '.join(idle)}: all layers that it reads are frozen. "
                "Freeze fewer layers, or name higher ones (layers; of an adjustment adjust.layers)."
            )
        return losses

    def collate(self, examples: Mapping[str, Sequence[Any]], seed: int) -> dict[str, Batch]:
        """Examples by name -> batches by name; what is random in them is drawn from the seed."""
        own = torch.Generator().manual_seed(drawn(seed, len(self.objectives)))
        batches = {self.task.name: self.task.collate(examples[self.task.name], own)}
        for number, (name, objective) in enumerate(self.objectives.items()):
            generator = torch.Generator().manual_seed(drawn(seed, number))
            batches[name] = objective.collate(examples[name], generator)
        return batches


def portions(examples: Mapping[str, Sequence[Any]], part: int, parts: int) -> dict[str, Sequence[Any]]:
    """One part of a step's examples; of a loss that has fewer examples than there are parts the first one again."""
    return {name: every[part::parts] or every[:1] for name, every in examples.items()}


def summed(value: torch.Tensor, accelerator: Accelerator) -> torch.Tensor:
    """The sum of a tensor over all processes, on the CPU."""
    whole: Any = accelerator.reduce(value.to(accelerator.device))
    return whole.cpu()


def weights_of_parts(own: torch.Tensor, total: torch.Tensor, sums: torch.Tensor) -> torch.Tensor:
    """(parts, losses): by what the losses of a process's parts are weighed, so that they are those of the whole step.

    Args:
        own: (parts, losses) as of `counts`.
        total: (losses,) of all parts of all processes.
        sums: (losses,) whether a loss is a sum over the step, whose parts are added; else means are averaged.
    """
    return torch.where(sums, (own > 0).double(), own / total.clamp(min=1))


def counts(batches: Mapping[str, Batch], examples: Mapping[str, Sequence[Any]], part: int) -> torch.Tensor:
    """What a part's mean losses weigh, by loss; nothing where its examples are another part's."""
    return torch.tensor([n_labels(batches[name]) if part < len(every) else 0 for name, every in examples.items()])
