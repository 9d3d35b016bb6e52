"""Language id ("lingua-franca", LI): which language a window of unlabelled text is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from embspace.training.objectives.text import TextObjective, last_states, reads_both_ways
from embspace.training.windows import Batch, Example


class LanguageId(TextObjective):
    """Cross-entropy of the language, told by a linear layer over the state of the first piece (`[CLS]`).

    Of a decoder, whose first piece sees no other, over the state of the last piece. `probability` is not used.

    Raises:
        SettingsError: fewer than two languages, so there is nothing to tell apart.
    """

    name = "language-id"

    def _prepare(self) -> None:
        self._need_two("tells languages apart")

    def head(self, model: PreTrainedModel) -> nn.Module:
        """Dropout as before the model's own classifiers, and a linear layer: dim -> languages."""
        config: Any = model.config.get_text_config()
        dropout = getattr(config, "classifier_dropout", None)
        linear = nn.Linear(config.hidden_size, len(self.languages))
        nn.init.normal_(linear.weight, std=getattr(config, "initializer_range", None) or 0.02)
        nn.init.zeros_(linear.bias)
        return nn.Sequential(
            nn.Dropout(getattr(config, "hidden_dropout_prob", 0.0) if dropout is None else dropout), linear
        )

    def collate(self, examples: Sequence[Example], generator: torch.Generator) -> Batch:
        """`input_ids`, `attention_mask`, and `languages` (n,), the number of each window's language.

        Raises:
            SettingsError: a language that was not named.
        """
        return {**self._padded(examples), "languages": self._numbers(examples)}

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, over the windows."""
        states = last_states(model, batch["input_ids"], batch["attention_mask"])
        last = batch["attention_mask"].sum(dim=1) - 1
        place = last * 0 if reads_both_ways(model) else last
        return cross_entropy(
            head(states[torch.arange(len(place), device=place.device), place]).float(), batch["languages"]
        )
