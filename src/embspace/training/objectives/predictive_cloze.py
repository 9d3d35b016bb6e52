"""Predictive cloze ("lingua-franca", PC): the words that the tagger takes for entities are masked and predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import PreTrainedModel

from embspace.errors import SettingsError
from embspace.training.objectives.masked import MaskedObjective
from embspace.training.objectives.text import last_states
from embspace.training.pretraining.mlm import masked_token_loss
from embspace.training.windows import IGNORED, Batch, Example, padded

_OUTSIDE = "O"


class PredictiveCloze(MaskedObjective):
    """Cross-entropy of the pieces of predicted entities, all of which are masked.

    The batch is labelled with the model as it stands, without dropout and gradients; a word is of an entity where its
    first piece is not labelled `O`. `probability` is not used.

    Raises:
        SettingsError: the tokenizer has no mask piece.
    """

    name = "predictive-cloze"

    def head(self, model: PreTrainedModel) -> nn.Module:
        """The checkpoint's own head of its masked language model, tied to the model's table; see `read_lm_head`.

        Raises:
            SettingsError: the model does not label entities.
        """
        labels: Any = model.config.id2label
        if _OUTSIDE not in labels.values():
            raise SettingsError(
                f"predictive-cloze masks the entities that a tagger finds, and this one knows no label {_OUTSIDE!r}; "
                "it goes with the task ner."
            )
        return super().head(model)

    def collate(self, examples: Sequence[Example], generator: torch.Generator) -> Batch:
        """`input_ids`, `attention_mask`, and `owners`: where the first piece of each piece's word is, -1: not here."""
        return {**self._padded(examples), "owners": padded([_owners(one) for one in examples], -1)}

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, over the masked pieces; zero where the tagger finds no entity.

        Of a step in parts (`accumulate`, several processes) each part has a mean of its own, and weighs as its windows.
        """
        ids, attention, owners = batch["input_ids"], batch["attention_mask"], batch["owners"]
        config: Any = model.config
        outside = next(int(number) for number, label in config.id2label.items() if label == _OUTSIDE)
        was_training = model.training
        model.eval()
        try:
            with torch.no_grad():
                entity = model(input_ids=ids, attention_mask=attention).logits.argmax(-1) != outside
        finally:
            model.train(was_training)
        masked = (owners >= 0) & entity.gather(1, owners.clamp(min=0))
        states = last_states(model, torch.where(masked, self._masking.mask, ids), attention)
        return masked_token_loss(states, torch.where(masked, ids, IGNORED), head)


def _owners(one: Example) -> NDArray[np.int64]:
    """(n_pieces,): where in the window the first piece of each piece's word is; -1: of no word, or it is not here."""
    firsts = {int(one.words[place]): int(place) for place in np.flatnonzero(one.first)}
    return np.array([firsts.get(int(word), -1) for word in one.words], np.int64)
