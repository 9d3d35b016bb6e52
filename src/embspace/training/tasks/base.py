"""The contract of a task: labelled records -> windows -> batches -> a loss; predictions -> scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import pandas as pd
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.training.adjust import Adjust
from embspace.training.windows import Batch

Labels = tuple[str, ...]
"""what is predicted of a record: a label per word of a sentence, the label of a pair, the answer to a question"""
Some = Sequence[Any]
"""records of the kind that a task learns from (`Sentence`, `Entailment`, `Question`, `AlignedPair`)"""
Windows = Sequence[Any]
"""examples as a task makes and collates them; each has `ids`, the pieces, and `sentence`, the record's number"""


@runtime_checkable
class Task(Protocol):
    """What a model is fine-tuned for; one object for a whole run.

    Attributes:
        name: in `TASKS`.
        labels: what the training records are labelled with, in the order of a model's classes.
        best: the score by which the best epoch is chosen; higher is better.
        tokenizer: of the checkpoint; saved beside the model.
        length: pieces of a window, special ones included: what was asked for, or the most that the model reads.
        overlap: pieces that neighboring windows share at least.
        sums: whether its loss is a sum over a step, not a mean.
    """

    name: str
    labels: Labels
    best: str
    sums: bool
    tokenizer: PreTrainedTokenizerFast
    length: int
    overlap: int | None

    def model(self, checkpoint: str) -> PreTrainedModel:
        """The checkpoint with a head for `labels`: its own if it has just these, else a new one, drawn at random.

        Raises:
            EncoderError: the checkpoint cannot be opened, or cannot be trained for this.
        """
        ...

    def examples(self, sentences: Some) -> list[Any]:
        """Labelled windows, in the order of the records; what is left out, `notes` tell.

        Raises:
            CorpusError: a record has no labels; names it.
        """
        ...

    def collate(self, examples: Windows, generator: torch.Generator | None = None) -> Batch:
        """`input_ids`, `attention_mask`, `labels` (-100: nothing is predicted), padded, on the CPU.

        What is random is drawn from the generator; without one nothing is.
        """
        ...

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """A scalar: a mean, of a batch in parts the mean of losses weighed by `n_labels`; or a sum, if `sums`."""
        ...

    def predict(self, model: torch.nn.Module, sentences: Some, batch_size: int) -> list[Labels]:
        """What is predicted of every record; the model's mode (training or not) is as it was afterwards."""
        ...

    def scores(self, gold: Some, predicted: Sequence[Labels]) -> dict[str, float]:
        """Shares 0 to 1 and counts, by name; `best` is one of them."""
        ...

    def table(self, gold: Some, predicted: Sequence[Labels]) -> pd.DataFrame:
        """What is kept of predictions, a row per record: `language parallel ... gold predicted` and scores of each."""
        ...

    def notes(self, sentences: Some) -> list[str]:
        """What a person should know of the scores on records: labels never seen in training, words without pieces."""
        ...


class MakeTask(Protocol):
    """How a task is made; `TASKS` holds one by name."""

    def __call__(
        self,
        checkpoint: str,
        sentences: Some,
        *,
        length: int | None = None,
        overlap: int | None = 8,
        encoding: str = "IOB2",
        adjust: Adjust | None = None,
    ) -> Task:
        """A task for a checkpoint (its weights are not read) and the training records, which fix the labels.

        Args:
            checkpoint: as `load_encoder` takes it.
            sentences: all that are trained on.
            length: pieces of a window, special ones included; None: what the model reads.
            overlap: pieces that neighboring windows share at least.
            encoding: IOB1 or IOB2, of named entities.
            adjust: settings of the adjustment.

        Raises:
            EncoderError: the checkpoint cannot be opened, or cannot be trained for this.
            SettingsError: an impossible value.
            CorpusError: sentences without labels.
        """
        ...


def counted(counts: Counter[str], most: int = 8) -> str:
    """`B-MISC 3, I-MISC 2`, the most frequent ones."""
    told = ", ".join(
        f"{name} {count}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:most]
    )
    return told if len(counts) <= most else f"{told} and {len(counts) - most} others"
