"""Words brought to their translations, while the source language stays where it was ("adjustment" 3, Eq. 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from embspace.corpora.records import AlignedPair
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import quiet
from embspace.encoders.model_reading import read_model
from embspace.encoders.tokenizer_reading import read_tokenizer
from embspace.errors import SettingsError
from embspace.spaces.pooling import pool
from embspace.training.aligned_windows import AlignedExample, aligned_examples, collate_pairs
from embspace.training.config import ADJUSTMENT
from embspace.training.length_groups import length_groups
from embspace.training.objectives.alignment_losses import adjustment
from embspace.training.objectives.base import Reads
from embspace.training.objectives.text import TextObjective, layer_states
from embspace.training.windows import Batch


class Adjustment(TextObjective):
    """Eq. 1 on aligned pairs of sentences, with f0 the frozen original; arguments as of `MakeObjective`.

    Raises:
        SettingsError: the original cuts words into other pieces.
        EncoderError: the original cannot be opened.
    """

    name = ADJUSTMENT
    reads: Reads = "aligned"

    def _prepare(self) -> None:
        self.layers, self.sums = self.adjust.layers, self.adjust.reduction == "sum"
        self.original = self.adjust.original or self.checkpoint
        if not self.original:
            raise SettingsError("adjust: original names no checkpoint to keep to, and none that is trained is told.")
        self._frozen: list[PreTrainedModel] = []  # no module of the model that is trained, so not saved with it

    def head(self, model: PreTrainedModel) -> nn.Module:
        """No parameters; the original is opened.

        Raises:
            SettingsError: the model has no such layer, or cuts words into other pieces than the original.
            EncoderError: the original cannot be opened.
        """
        self.check_layers(model)
        frozen: Any = self.frozen()
        self.check_layers(frozen)
        sizes = [one.config.get_text_config().hidden_size for one in (model, frozen)]
        if sizes[0] != sizes[1]:
            raise SettingsError(
                f"adjust: original = {self.original!r} has vectors of {sizes[1]} numbers, and the checkpoint that is "
                f"trained of {sizes[0]}; name the checkpoint that it was made from."
            )
        return nn.Identity()

    def frozen(self) -> PreTrainedModel:
        """f0, without gradients."""
        if not self._frozen:
            found = find_checkpoint(self.original)
            if read_tokenizer(found).get_vocab() != self.tokenizer.get_vocab():
                raise SettingsError(
                    f"adjust: original = {self.original!r} cuts words into other pieces than the checkpoint that is "
                    "trained; name the checkpoint that it was made from."
                )
            with quiet():
                self._frozen.append(read_model(found, torch.device("cpu"), torch.float32).eval().requires_grad_(False))
        return self._frozen[0]

    def examples(self, sentences: Sequence[Any]) -> list[Any]:
        """The pairs that can be learned from; `notes` tells of the others."""
        return aligned_examples(sentences, self._cut, self._length, self.adjust)

    def notes(self, sentences: Sequence[AlignedPair]) -> list[str]:
        """How many pairs are left out, and why."""
        found = Counter[str]()
        aligned_examples(sentences, self._cut, self._length, self.adjust, found)
        return [f"{count} of {len(sentences)} pairs left out: {reason}" for reason, count in sorted(found.items())]

    def collate(self, examples: Sequence[AlignedExample], generator: torch.Generator | None = None) -> Batch:
        """As of `collate_pairs`; nothing is random."""
        return collate_pairs(examples, self._pad)

    def vectors(self, model: nn.Module, batch: Batch, n_rows: int) -> torch.Tensor:
        """(n_layers, n_rows, dim) of the words of a batch, pooled as in extraction; differentiable."""
        chosen, rows = [], []
        for part in length_groups({name: batch[name] for name in ("input_ids", "attention_mask", "rows")}):
            states = layer_states(model, part["input_ids"], part["attention_mask"])
            chosen.append(torch.stack([states[one].flatten(0, 1) for one in self.adjust.layers]))
            rows.append(part["rows"].flatten())
        return pool(torch.cat(chosen, 1), torch.cat(rows), n_rows, self.adjust.pooling)

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """Eq. 1, summed over layers; a mean over the words of the batch, or a sum (`sums`)."""
        n_source, n_pairs = int(batch["n_source"]), len(batch["input_ids"]) // 2
        found = self.vectors(model, batch, int(batch["rows"].max()) + 1)
        sources = {name: batch[name][:n_pairs] for name in ("input_ids", "attention_mask", "rows")}
        frozen: Any = self.frozen()
        if next(frozen.parameters()).device != found.device:
            frozen.to(found.device)
        with torch.no_grad():
            before = self.vectors(frozen, sources, n_source)
        one, other = batch["links"].T
        losses = [
            adjustment(
                layer[one],
                layer[other],
                layer[:n_source],
                original,
                keep=self.adjust.keep,
                reduction=self.adjust.reduction,
            )
            for layer, original in zip(found, before, strict=True)
        ]
        return torch.stack(losses).sum()
