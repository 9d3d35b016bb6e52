"""The contract of a task: labelled sentences -> windows -> batches -> a loss; predictions for words -> scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.corpora.records import Sentence
from embspace.training.windows import Batch, Example

Labels = tuple[str, ...]
"""a label per word of a sentence"""


@runtime_checkable
class Task(Protocol):
    """What a model is fine-tuned for; one object for a whole run.

    Attributes:
        name: in `TASKS`.
        labels: what the training sentences are labelled with, sorted, `O` first; a model's classes in this order.
        best: the score by which the best epoch is chosen; higher is better.
        tokenizer: of the checkpoint; saved beside the model.
        length: pieces of a window, special ones included: what was asked for, or the most that the model reads.
        overlap: pieces that neighboring windows share at least.
    """

    name: str
    labels: Labels
    best: str
    tokenizer: PreTrainedTokenizerFast
    length: int
    overlap: int | None

    def model(self, checkpoint: str) -> PreTrainedModel:
        """The checkpoint with a head for `labels`: its own if it has just these, else a new one, drawn at random.

        Raises:
            EncoderError: the checkpoint cannot be opened, or cannot be trained for this.
        """
        ...

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """Labelled windows, in the order of the sentences; nothing is discarded.

        Raises:
            CorpusError: a sentence has no labels; names it.
        """
        ...

    def collate(self, examples: Sequence[Example]) -> Batch:
        """`input_ids`, `attention_mask`, `labels` (-100: nothing is predicted), padded, on the CPU."""
        ...

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """The mean over labelled pieces, a scalar; of a batch in parts, the mean of losses weighed by `n_labels`."""
        ...

    def predict(self, model: torch.nn.Module, sentences: Sequence[Sentence], batch_size: int) -> list[Labels]:
        """A label for every word of every sentence; the model's mode (training or not) is as it was afterwards."""
        ...

    def scores(self, gold: Sequence[Sentence], predicted: Sequence[Labels]) -> dict[str, float]:
        """Shares 0 to 1 and counts, by name; `best` is one of them."""
        ...

    def notes(self, sentences: Sequence[Sentence]) -> list[str]:
        """What a person should know of the scores on sentences: labels never seen in training, words without pieces."""
        ...


class MakeTask(Protocol):
    """How a task is made; `TASKS` holds one by name."""

    def __call__(
        self,
        checkpoint: str,
        sentences: Sequence[Sentence],
        *,
        length: int | None = None,
        overlap: int | None = 8,
        encoding: str = "IOB2",
    ) -> Task:
        """A task for a checkpoint (its weights are not read) and the training sentences, which fix the labels.

        Args:
            checkpoint: as `load_encoder` takes it.
            sentences: all that are trained on.
            length: pieces of a window, special ones included; None: what the model reads.
            overlap: pieces that neighboring windows share at least.
            encoding: IOB1 or IOB2, of named entities.

        Raises:
            EncoderError: the checkpoint cannot be opened, or cannot be trained for this.
            SettingsError: an impossible value.
            CorpusError: sentences without labels.
        """
        ...
