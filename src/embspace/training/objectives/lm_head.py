"""The part of a masked language model behind its encoder: states -> scores of all pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING

from embspace.encoders.loading import quiet
from embspace.errors import EncoderError
from embspace.training.objectives.text import reads_both_ways


class LanguageModelHead(nn.Module):
    """The head of a masked language model over the states of another model with the same encoder.

    The table of pieces, where the checkpoint ties it, is that model's own, and none of this module's parameters.

    Args:
        language_model: with its head; its encoder is dropped.
        model: whose states come.
    """

    def __init__(self, language_model: PreTrainedModel, model: PreTrainedModel) -> None:
        super().__init__()
        output: Any = language_model.get_output_embeddings()
        table: Any = model.get_input_embeddings()
        self._tied: tuple[Any, ...] = ()  # in a tuple, modules are not taken for parts of this one
        if output.weight is language_model.get_input_embeddings().weight:
            del output._parameters["weight"]
            self._tied = (output, table)
        self._given = _Given(model.base_model)
        setattr(language_model, language_model.base_model_prefix, self._given)
        self.language_model = language_model

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(n, dim) -> (n, n_pieces)."""
        if self._tied:
            output, table = self._tied
            object.__setattr__(output, "weight", table.weight)  # as it is now: it is trained and moved with the model
        self._given.states = states[None]
        try:
            return self.language_model(input_ids=None).logits[0]
        finally:
            self._given.states = None


class _Given(nn.Module):
    """Stands where the encoder was and gives the states that it is told."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.states: torch.Tensor | None = None
        object.__setattr__(self, "embeddings", getattr(body, "embeddings", None))  # DeBERTa's head asks for its table

    def forward(self, *_: Any, **__: Any) -> BaseModelOutput:
        return BaseModelOutput(last_hidden_state=self.states)  # pyright: ignore[reportArgumentType]


def read_lm_head(model: PreTrainedModel, mask: int, objective: str) -> LanguageModelHead:
    """The masked-LM head of the checkpoint that a model was read from; what it lacks is drawn at random.

    Args:
        model: as a task made it.
        mask: the tokenizer's mask piece.
        objective: named in errors.

    Raises:
        EncoderError: masked language models of this kind are not known, or the model has no such piece.
    """
    kind: Any = MODEL_FOR_MASKED_LM_MAPPING.get(type(model.config), None)
    table: Any = model.get_input_embeddings()
    if kind is None or not reads_both_ways(model):
        raise EncoderError(
            f"{objective} predicts masked pieces from both sides, and {model.name_or_path} ({model.config.model_type}) "
            "is no masked language model; take an encoder, or another objective."
        )
    if mask >= table.num_embeddings:
        raise EncoderError(
            f"The tokenizer of {model.name_or_path} has the mask piece {mask}, its model only {table.num_embeddings} "
            f"pieces; {objective} needs a model that was trained with masks."
        )
    with quiet():
        folder = Path(model.name_or_path or "")
        if (folder / "config.json").is_file():
            whole = kind.from_pretrained(folder, dtype=torch.float32, weights_only=True, local_files_only=True)
        else:
            whole = kind._from_config(model.config, dtype=torch.float32)
    return LanguageModelHead(whole, model)
