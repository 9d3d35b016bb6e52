"""Cloze ("lingua-franca", CL): masked pieces of unlabelled text, as BERT was trained."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from embspace.training.objectives.masked import MaskedObjective
from embspace.training.objectives.text import last_states
from embspace.training.pretraining.mlm import masked_token_loss
from embspace.training.windows import Batch, Example


class Cloze(MaskedObjective):
    """Cross-entropy of pieces that were masked at random.

    Raises:
        SettingsError: the tokenizer has no mask piece.
    """

    name = "cloze"

    def collate(self, examples: Sequence[Example], generator: torch.Generator) -> Batch:
        """`input_ids` with masks, `attention_mask`, and `labels`: the masked pieces."""
        batch = self._padded(examples)
        allowed = batch["attention_mask"].bool()
        ids, labels = self._masking.draw(batch["input_ids"], allowed, self.probability, generator)
        return {"input_ids": ids, "attention_mask": batch["attention_mask"], "labels": labels}

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, over the masked pieces."""
        states = last_states(model, batch["input_ids"], batch["attention_mask"])
        return masked_token_loss(states, batch["labels"], head)
