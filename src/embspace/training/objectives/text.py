"""What all objectives on unlabelled text do alike: windows, padding, and states of a model's last layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING

from embspace.encoders.tokenizing import Cut
from embspace.errors import SettingsError
from embspace.training.adjust import Adjust
from embspace.training.objectives.base import Reads
from embspace.training.windows import Batch, Example, check_windows, pad_piece, pad_windows, windows_of


class TextObjective:
    """An objective without its head and its loss; arguments as of `MakeObjective`.

    Raises:
        SettingsError: a probability that is none, or windows that would not advance.
        EncoderError: windows without room beside the special pieces.
    """

    name: str
    reads: Reads = "unlabelled"
    sums: bool = False

    def __init__(
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
    ) -> None:
        if not 0 < probability <= 1:
            raise SettingsError(f"probability = {probability:g} of masking; give more than 0 and at most 1.")
        self.tokenizer, self.languages, self.probability = tokenizer, tuple(dict.fromkeys(languages)), probability
        self.layers = None if layers is None else tuple(layers)
        self.adjust, self.checkpoint = adjust or Adjust(), checkpoint
        self._length, self._overlap, self._pad = length, overlap, pad_piece(tokenizer)
        self._cut = Cut(str(tokenizer.name_or_path), tokenizer, len(tokenizer))
        check_windows(self._cut, length, overlap)
        self._prepare()

    def _prepare(self) -> None:
        """What an objective needs beside; it refuses here what it cannot do."""

    def examples(self, sentences: Sequence[Any]) -> list[Any]:
        """Windows of sentences; nothing is discarded."""
        return windows_of(sentences, self._cut, self._length, self._overlap)

    def notes(self, sentences: Sequence[Any]) -> list[str]:
        """Nothing."""
        return []

    def check_layers(self, model: PreTrainedModel) -> None:
        """Raises SettingsError where the model has not the layers that were chosen."""
        n_layers = int(model.config.get_text_config().num_hidden_layers)
        if wrong := [one for one in self.layers or () if not -n_layers - 1 <= one <= n_layers]:
            raise SettingsError(
                f"layers: there is no layer {wrong[0]}; {self.name} aligns layers 0 (embeddings) to {n_layers}, or "
                "negative ones from the output."
            )

    def _need_two(self, does: str) -> None:
        """Refuse one language alone; `does` says what there is nothing of then."""
        if len(self.languages) < 2:
            told = ", ".join(self.languages) or "none"
            raise SettingsError(
                f"{self.name} {does}, and the unlabelled sentences are in {told} alone; give sentences of two or more "
                "languages."
            )

    def _numbers(self, examples: Sequence[Example]) -> torch.Tensor:
        """(n,): the number of each window's language.

        Raises:
            SettingsError: a language that was not named.
        """
        strange = next((one.language for one in examples if one.language not in self.languages), None)
        if strange is not None:
            raise SettingsError(f"A sentence is in {strange}; {self.name} was told of {', '.join(self.languages)}.")
        return torch.tensor([self.languages.index(one.language) for one in examples])

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
