"""What all objectives on unlabelled text do alike: windows, padding, and states of a model's last layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerFast
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING

from embspace.corpora.records import Sentence
from embspace.encoders.tokenizing import Cut
from embspace.errors import SettingsError
from embspace.training.windows import Batch, Example, check_windows, pad_piece, pad_windows, windows_of


class TextObjective:
    """An objective without its head and its loss; arguments as of `MakeObjective`.

    Raises:
        SettingsError: a probability that is none, or windows that would not advance.
        EncoderError: windows without room beside the special pieces.
    """

    name: str

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerFast,
        languages: Sequence[str],
        *,
        length: int,
        overlap: int | None = 8,
        probability: float = 0.15,
        layers: Sequence[int] | None = None,
    ) -> None:
        if not 0 < probability <= 1:
            raise SettingsError(f"probability = {probability:g} of masking; give more than 0 and at most 1.")
        self.tokenizer, self.languages, self.probability = tokenizer, tuple(dict.fromkeys(languages)), probability
        self.layers = None if layers is None else tuple(layers)
        self._length, self._overlap, self._pad = length, overlap, pad_piece(tokenizer)
        self._cut = Cut(str(tokenizer.name_or_path), tokenizer, len(tokenizer))
        check_windows(self._cut, length, overlap)
        self._prepare()

    def _prepare(self) -> None:
        """What an objective needs beside; it refuses here what it cannot do."""

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """Windows of sentences; nothing is discarded."""
        return windows_of(sentences, self._cut, self._length, self._overlap)

    def _padded(self, examples: Sequence[Example]) -> Batch:
        """`input_ids` and `attention_mask`."""
        batch = pad_windows(examples, self._pad)
        del batch["labels"]
        return batch


def last_states(model: nn.Module, ids: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """The last layer of a model: (n, longest, dim)."""
    body: Any = model.base_model
    return body(input_ids=ids, attention_mask=attention).last_hidden_state


def layer_states(model: nn.Module, ids: torch.Tensor, attention: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The embeddings and every layer of a model: (n, longest, dim) each."""
    body: Any = model.base_model
    return body(input_ids=ids, attention_mask=attention, output_hidden_states=True).hidden_states


def reads_both_ways(model: nn.Module) -> bool:
    """Whether a piece sees those behind it: of encoders, not of decoders."""
    config: Any = model.config
    return type(config) in MODEL_FOR_MASKED_LM_MAPPING and not getattr(config, "is_decoder", False)
