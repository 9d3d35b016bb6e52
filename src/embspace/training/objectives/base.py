"""The contract of an objective: what is learned beside a task, from unlabelled or from aligned text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.training.adjust import Adjust
from embspace.training.windows import Batch

Reads: TypeAlias = Literal["unlabelled", "aligned"]
"""sentences whose labels are not looked at, or aligned pairs of them"""


@runtime_checkable
class Objective(Protocol):
    """A loss with a stream of data and a head of its own; losses of several are summed, each with its weight.

    Attributes:
        name: in `OBJECTIVES`.
        reads: what its examples are made of.
        sums: whether its loss is a sum over a step, not a mean.
    """

    name: str
    reads: Reads
    sums: bool

    def head(self, model: PreTrainedModel) -> nn.Module:
        """Parameters that are trained beside the model's; none of them is one of the model's.

        The same modules for every state of a model, so that saved parameters fit; what is random is drawn from torch's
        generator. To be called on the model that is trained: a head may read its table of pieces.

        Raises:
            EncoderError, SettingsError: the model or its tokenizer does not allow the objective.
        """
        ...

    def examples(self, sentences: Sequence[Any]) -> list[Any]:
        """Windows of what is read; what is left out, `notes` tell."""
        ...

    def notes(self, sentences: Sequence[Any]) -> list[str]:
        """What a person should know of what is read: how much is left out, and why."""
        ...

    def collate(self, examples: Sequence[Any], generator: torch.Generator) -> Batch:
        """A padded batch on the CPU; all that is random is drawn from the generator."""
        ...

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """The mean (or the sum, if `sums`), a scalar; zero, with gradients of zero, where nothing is predicted.

        Args:
            model: as the task made it; its mode (training or not) is as it was afterwards.
            head: what `head` gave.
            batch: on the model's device.
        """
        ...


class MakeObjective(Protocol):
    """How an objective is made; `OBJECTIVES` holds one by name."""

    def __call__(
        self,
        tokenizer: PreTrainedTokenizerFast,
        languages: Sequence[str],
        *,
        length: int,
        overlap: int | None = 8,
        probability: float = 0.15,
        layers: Sequence[int] | None = None,
        adjust: Adjust | None = None,
        checkpoint: str = "",
    ) -> Objective:
        """An objective.

        Args:
            tokenizer: the task's.
            languages: of what it reads.
            length: the task's.
            overlap: the task's.
            probability: that a piece is masked, where pieces are masked at random.
            layers: whose states are aligned, where states are; negative ones count from the output; None: all.
            adjust: of the adjustment; None: its defaults.
            checkpoint: that is trained, which the adjustment keeps to where no other original is named.

        Raises:
            SettingsError: an impossible value, or a tokenizer that does not allow the objective.
        """
        ...
