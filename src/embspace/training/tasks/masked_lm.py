"""Masked language modeling as a task: a checkpoint goes on to learn text without labels (Devlin et al. 2019, 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForMaskedLM, PreTrainedModel

from embspace.corpora.records import Sentence
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import quiet
from embspace.encoders.model_reading import read_model
from embspace.encoders.tokenizing import Cut
from embspace.errors import CorpusError, EncoderError
from embspace.training.adjust import Adjust
from embspace.training.config import MASKED
from embspace.training.length_groups import length_groups
from embspace.training.objectives.masking import Masking
from embspace.training.tasks.base import Labels
from embspace.training.tasks.heads import Head, outline, window_length
from embspace.training.tasks.pairs import batches, check_kind, evaluating
from embspace.training.windows import IGNORED, Batch, Example, check_windows, pad_piece, padded, windows_of

_HEAD = Head(AutoModelForMaskedLM, "predict masked pieces", "masked language modeling")


class MaskedLanguage:
    """The task of masked pieces; see `Task`. 15 % of the pieces are chosen, anew in each step.

    What is scored and predicted is masked by the window's own content: always alike.

    Args:
        checkpoint: of a kind that transformers has a masked language model of.
        sentences: any; their tags are not looked at.
        length: pieces of a window, special ones included; None: what the model reads.
        overlap: pieces that windows of a long sentence share; None: half of a window.
        encoding: of other tasks.
        adjust: of other tasks.

    Raises:
        EncoderError: the checkpoint cannot be opened, or is of another kind.
        SettingsError: an impossible value, or a tokenizer without a mask piece.
        CorpusError: there are no sentences, or records of another kind are given.
    """

    name = MASKED
    best = "accuracy"
    labels: Labels = ()
    sums = False

    def __init__(
        self,
        checkpoint: str,
        sentences: Sequence[Sentence],
        *,
        length: int | None = None,
        overlap: int | None = 8,
        encoding: str = "IOB2",
        adjust: Adjust | None = None,
    ) -> None:
        check_kind(self.name, sentences, Sentence, "sentences", "text")
        if not any(one.words for one in sentences):
            raise CorpusError("There are no words to learn from; give sentences.")
        given = outline(checkpoint, _HEAD)
        self.tokenizer, self.overlap = given.tokenizer, overlap
        self.length = window_length(length, given)
        self._cut, self._pad = Cut(checkpoint, given.tokenizer, given.n_pieces), pad_piece(given.tokenizer)
        self._masking = Masking(given.tokenizer, self.name)
        check_windows(self._cut, self.length, overlap)

    def model(self, checkpoint: str) -> PreTrainedModel:
        """The checkpoint with its own head, in float32, on the CPU; what it lacks of one is drawn at random.

        Raises:
            EncoderError: it cannot be opened, or is an adapter.
        """
        found = find_checkpoint(checkpoint)
        if found.gone or found.adapters:
            raise EncoderError(found.gone or f"{checkpoint}: merge the adapter into its base first (merge_and_unload).")
        with quiet():
            read_model(found, torch.device("cpu"), torch.float32)  # which sees that the weights are whole
            model = AutoModelForMaskedLM.from_pretrained(
                found.folder, dtype=torch.float32, weights_only=True, local_files_only=True
            )
        return model.train()

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """Windows of sentences; nothing is discarded."""
        check_kind(self.name, sentences, Sentence, "sentences", "text")
        return windows_of(sentences, self._cut, self.length, self.overlap)

    def collate(self, examples: Sequence[Example], generator: torch.Generator | None = None) -> Batch:
        """`input_ids` with masks, `attention_mask` and `labels`, (n, longest): pieces that were chosen, else -100."""
        drawn = [self._masked(one, generator) for one in examples]
        return {
            "input_ids": padded([ids for ids, _ in drawn], self._pad),
            "attention_mask": padded([np.ones(len(one), np.int64) for one in examples], 0),
            "labels": padded([labels for _, labels in drawn], IGNORED),
        }

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, over the chosen pieces; zero where there are none."""
        losses = [_summed(model, part) for part in length_groups(batch)]
        return torch.stack(losses).sum() / max(1, int((batch["labels"] != IGNORED).sum()))

    def predict(self, model: torch.nn.Module, sentences: Sequence[Sentence], batch_size: int) -> list[Labels]:
        """The likeliest piece at each chosen place, window by window."""
        windows = self.examples(sentences)
        found: dict[int, tuple[str, ...]] = {}
        with evaluating(model) as placed:
            for some in batches(windows, batch_size):
                batch = placed(self.collate(some))
                likeliest = _logits(model, batch).argmax(-1)
                for one, ids, chosen in zip(some, likeliest, batch["labels"] != IGNORED, strict=True):
                    found[id(one)] = tuple(self._cut.piece_texts(ids[chosen].tolist()))
        return _by_record([(one.sentence, found[id(one)]) for one in windows], len(sentences))

    def scores(self, gold: Sequence[Sentence], predicted: Sequence[Labels]) -> dict[str, float]:
        """`accuracy`: the share of chosen pieces that are predicted; `pieces`, how many."""
        rows = zip(self.gold(gold), predicted, strict=True)
        right = [one == other for pieces, found in rows for one, other in zip(pieces, found, strict=True)]
        return {"accuracy": sum(right) / len(right) if right else 0.0, "pieces": float(len(right))}

    def gold(self, sentences: Sequence[Sentence]) -> list[Labels]:
        """The pieces at the chosen places."""
        windows = self.examples(sentences)
        kept = [(one.sentence, self._masked(one, None)[1]) for one in windows]
        texts = [(number, tuple(self._cut.piece_texts(row[row != IGNORED].tolist()))) for number, row in kept]
        return _by_record(texts, len(sentences))

    def table(self, gold: Sequence[Sentence], predicted: Sequence[Labels]) -> pd.DataFrame:
        """`language parallel text gold predicted score`, a row per sentence; score: its share of right pieces."""
        rows = []
        for one, right, labels in zip(gold, self.gold(gold), predicted, strict=True):
            same = [a == b for a, b in zip(right, labels, strict=True)]
            score = sum(same) / len(same) if same else float("nan")
            rows.append((one.language, one.parallel, one.text, list(right), list(labels), score))
        return pd.DataFrame(rows, columns=["language", "parallel", "text", "gold", "predicted", "score"])

    def notes(self, sentences: Sequence[Sentence]) -> list[str]:
        """Nothing."""
        return []

    def _masked(self, one: Example, generator: torch.Generator | None) -> tuple[Any, Any]:
        """The window's pieces with masks, and those that were chosen."""
        own = generator or torch.Generator().manual_seed(crc32(one.ids.tobytes()))
        ids = torch.from_numpy(one.ids)[None]
        masked, labels = self._masking.draw(ids, torch.ones_like(ids, dtype=torch.bool), 0.15, own)
        return masked[0].numpy(), labels[0].numpy()


def _logits(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits


def _summed(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    logits, where = _logits(model, batch), batch["labels"] != IGNORED
    if not where.any():
        return logits.sum() * 0
    return cross_entropy(logits[where].float(), batch["labels"][where], reduction="sum")


def _by_record(parts: Sequence[tuple[int, tuple[str, ...]]], n_records: int) -> list[Labels]:
    found: list[list[str]] = [[] for _ in range(n_records)]
    for number, labels in parts:
        found[number] += labels
    return [tuple(labels) for labels in found]
