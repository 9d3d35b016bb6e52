"""Sentences as windows of pieces, and windows as padded batches: what tasks and objectives are fed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from embspace.corpora.records import Sentence
from embspace.encoders.base import Cuts
from embspace.spaces.windows import cut_windows

IGNORED = -100
"""the label of pieces that nothing is predicted for"""

Batch = dict[str, torch.Tensor]
"""padded tensors by name; `input_ids` and `attention_mask`, (n, longest), are always there"""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A window of a sentence; all arrays are (n_pieces,), special pieces included.

    Attributes:
        ids: vocabulary indices.
        words: the word of each piece in its sentence, -1: none.
        first: whether a piece is the first one of its word.
        taken: whether a piece stands more central here than in any other window of the sentence.
        labels: what is predicted, -100: nothing.
        language: BCP 47.
        sentence: the number of the sentence among those that were given.
    """

    ids: NDArray[np.int64]
    words: NDArray[np.int64]
    first: NDArray[np.bool_]
    taken: NDArray[np.bool_]
    labels: NDArray[np.int64]
    language: str
    sentence: int

    def __len__(self) -> int:
        return len(self.ids)


def windows_of(
    sentences: Sequence[Sentence],
    cut: Cuts,
    length: int,
    overlap: int | None,
    labels: Sequence[Sequence[int]] | None = None,
) -> list[Example]:
    """All sentences as windows of at most `length` pieces, in order; nothing is discarded, nothing truncated.

    Args:
        sentences: what is read; one without words gives a window of its special pieces.
        cut: the checkpoint's tokenizer.
        length: pieces of a window, special ones included.
        overlap: pieces that neighboring windows share at least; None: half of a window.
        labels: a number per word, which its first piece gets in every window that it lies in; None: no labels.

    Raises:
        EncoderError: no room is left beside the special pieces.
        SettingsError: windows would not advance.
    """
    pieces = cut.tokenize(sentences)
    examples = []
    for number, (sentence, start, size) in enumerate(zip(sentences, pieces.starts, pieces.lengths, strict=True)):
        ids, words = pieces.ids[start : start + size], pieces.words[start : start + size]
        first = np.zeros(size, bool)
        first[np.unique(words, return_index=True)[1]] = True
        first &= words >= 0
        wanted = np.full(size, IGNORED, np.int64)
        if labels is not None:
            wanted[first] = np.asarray(labels[number], np.int64)[words[first]]
        places = [np.arange(size)]
        taken = np.ones(size, bool)
        if size > length:
            windows = cut_windows(places[0], words, length, overlap)
            places = windows.ids
            taken = np.zeros(sum(map(len, places)), bool)
            taken[windows.source] = True
        at = 0
        for place in places:
            own = taken[at : at + len(place)]
            examples.append(
                Example(ids[place], words[place], first[place], own, wanted[place], sentence.language, number)
            )
            at += len(place)
    return examples


def check_windows(cut: Cuts, length: int, overlap: int | None) -> None:
    """Raises EncoderError or SettingsError where long sentences could not be cut into such windows."""
    windows_of([Sentence(("a",) * (length + 1), "en")], cut, length, overlap)


def padded(rows: Sequence[NDArray[np.int64]], fill: int) -> torch.Tensor:
    """Rows of numbers, filled up on the right: (n_rows, longest)."""
    found = torch.full((len(rows), max(map(len, rows))), fill)
    for row, values in zip(found, rows, strict=True):
        row[: len(values)] = torch.from_numpy(values)
    return found


def pad_windows(examples: Sequence[Example], pad: int) -> Batch:
    """`input_ids`, `attention_mask` (0: padding) and `labels` (-100: nothing) of examples, (n, longest) each."""
    return {
        "input_ids": padded([one.ids for one in examples], pad),
        "attention_mask": padded([np.ones(len(one), np.int64) for one in examples], 0),
        "labels": padded([one.labels for one in examples], IGNORED),
    }


def pad_piece(tokenizer: PreTrainedTokenizerFast) -> int:
    """The piece that fills up rows; piece 0 where the tokenizer has none that is surely among the model's."""
    pad = tokenizer.pad_token_id
    return pad if isinstance(pad, int) and 0 <= pad < tokenizer.vocab_size else 0


def n_pieces(batch: Batch) -> int:
    """Pieces without padding."""
    return int(batch["attention_mask"].sum())


def n_labels(batch: Batch) -> int:
    """Pieces that something is predicted for: a mean over a batch in parts weighs the parts by it."""
    return int((batch["labels"] != IGNORED).sum()) if "labels" in batch else len(batch["input_ids"])


def sent(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device."""
    return {name: tensor.to(device) for name, tensor in batch.items()}
