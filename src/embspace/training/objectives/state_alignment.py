"""Alignment of languages without translations ("mlma" 2.2): distances of their hidden states as objectives."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from embspace.training.objectives.alignment_losses import average_linkage, identical_strings, mean_variance
from embspace.training.objectives.text import TextObjective, layer_states
from embspace.training.windows import Batch, Example, padded

Places = torch.Tensor
"""(n, longest), whether a piece is of a language's words, or the number of its string"""


class StateAlignment(TextObjective):
    """A distance between the states of each two languages of a batch, summed over layers and pairs of languages.

    Of several processes each compares the languages of its own part of the batch.

    Raises:
        SettingsError: fewer than two languages, so there is nothing to align.
    """

    def _prepare(self) -> None:
        self._need_two("brings languages together")

    def head(self, model: PreTrainedModel) -> nn.Module:
        """No parameters.

        Raises:
            SettingsError: the model has no such layer.
        """
        self.check_layers(model)
        return nn.Identity()

    def collate(self, examples: Sequence[Example], generator: torch.Generator) -> Batch:
        """`input_ids`, `attention_mask`, `languages` (n,), and `words` (n, longest): of a word's piece 0, else -1."""
        words = padded([*self._marks(examples)], -1)
        return {**self._padded(examples), "languages": self._numbers(examples), "words": words}

    def loss(self, model: nn.Module, head: nn.Module, batch: Batch) -> torch.Tensor:
        """The sum over layers and pairs of languages; zero where a batch has one language."""
        states = layer_states(model, batch["input_ids"], batch["attention_mask"])
        chosen = states if self.layers is None else [states[one] for one in self.layers]
        total = states[-1].sum() * 0
        for one, other in combinations(batch["languages"].unique().tolist(), 2):
            rows = [batch["languages"] == code for code in (one, other)]
            for layer in chosen:
                for pair in self._sets([layer[at] for at in rows], [batch["words"][at] for at in rows]):
                    total = total + self._distance(*pair)
        return total

    def _marks(self, examples: Sequence[Example]) -> Iterator[np.ndarray]:
        for one in examples:
            yield np.where((one.words >= 0) & one.taken, 0, -1).astype(np.int64)

    def _sets(self, states: list[torch.Tensor], words: list[Places]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The states that are compared, of one language and of the other; nothing where one has none."""
        one, other = (layer[mark >= 0].float() for layer, mark in zip(states, words, strict=True))
        if len(one) and len(other):
            yield one, other

    @abstractmethod
    def _distance(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor: ...


class MeanVariance(StateAlignment):
    """Distance of mean and variance of the pieces' states."""

    name = "mean-variance"

    def _distance(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return mean_variance(one, other)


class AverageLinkage(StateAlignment):
    """Average linkage of the pieces' states."""

    name = "average-linkage"

    def _distance(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return average_linkage(one, other)


class IdenticalStrings(StateAlignment):
    """Distance of the states of words that are written alike in two languages.

    The paper's model has an embedding matrix per language; with one that all share there is nothing between the
    embeddings, and the hidden states of such words are brought together instead, each the mean of its pieces and of the
    places where it stands in the batch.
    """

    name = "identical-strings"

    def _marks(self, examples: Sequence[Example]) -> Iterator[np.ndarray]:
        """The number of the string that a piece is of, alike in all of the batch; -1: of no word that is whole here.

        Of words that stand in two windows the more central place counts, where they are whole if they fit at all.
        """
        known: dict[tuple[int, ...], int] = {}
        for one in examples:
            marks = np.full(len(one), -1, np.int64)
            for word in np.unique(one.words[one.first & one.taken]):
                at = np.flatnonzero(one.words == word)
                if self.tokenizer.unk_token_id in one.ids[at]:
                    continue  # other words look the same
                marks[at] = known.setdefault(tuple(one.ids[at].tolist()), len(known))
            yield marks

    def _sets(self, states: list[torch.Tensor], words: list[Places]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        here = [mark[mark >= 0].unique() for mark in words]
        both = here[0][torch.isin(here[0], here[1])]
        if len(both):
            one, other = (
                torch.stack([layer[mark == string].float().mean(0) for string in both])
                for layer, mark in zip(states, words, strict=True)
            )
            yield one, other

    def _distance(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return identical_strings(one, other)
