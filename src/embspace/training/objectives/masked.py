"""What objectives that predict masked pieces do alike: the mask piece, and the head that predicts."""

from __future__ import annotations

from torch import nn
from transformers import PreTrainedModel

from embspace.training.objectives.lm_head import read_lm_head
from embspace.training.objectives.masking import Masking
from embspace.training.objectives.text import TextObjective


class MaskedObjective(TextObjective):
    """An objective that masks pieces, without its loss.

    Raises:
        SettingsError: the tokenizer has no mask piece.
    """

    def _prepare(self) -> None:
        self._masking = Masking(self.tokenizer, self.name)

    def head(self, model: PreTrainedModel) -> nn.Module:
        """The checkpoint's own head of its masked language model, tied to the model's table; see `read_lm_head`."""
        return read_lm_head(model, self._masking.mask, self.name)
