"""The contract of an objective: what is learned from unlabelled text beside a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.corpora.records import Sentence
from embspace.training.windows import Batch, Example


@runtime_checkable
class Objective(Protocol):
    """A loss with a stream of data and a head of its own; losses of several are summed, each with its weight.

    Attributes:
        name: in `OBJECTIVES`.
    """

    name: str

    def head(self, model: PreTrainedModel) -> nn.Module:
        """Parameters that are trained beside the model's; none of them is one of the model's.

        The same modules for every state of a model, so that saved parameters fit; what is random is drawn from torch's
        generator. To be called on the model that is trained: a head may read its table of pieces.

        Raises:
            EncoderError, SettingsError: the model or its tokenizer does not allow the objective.
        """
        ...

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """Windows of sentences, whose labels are not looked at; nothing is discarded."""
        ...

    def collate(self, examples: Sequence[Example], generator: torch.Generator) -> Batch:
        """A padded batch on the CPU; all that is random is drawn from the generator."""
        ...

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """The mean, a scalar; zero, with gradients of zero, where nothing is predicted.

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
    ) -> Objective:
        """An objective on unlabelled sentences.

        Args:
            tokenizer: the task's.
            languages: of the unlabelled sentences.
            length: the task's.
            overlap: the task's.
            probability: that a piece is masked, where pieces are masked at random.
            layers: whose states are aligned, where states are; negative ones count from the output; None: all.

        Raises:
            SettingsError: an impossible value, or a tokenizer that does not allow the objective.
        """
        ...
