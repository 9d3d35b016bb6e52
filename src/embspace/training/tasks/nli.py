"""Natural language inference: what a premise says about a hypothesis, of both read at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import accuracy_score, f1_score
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from embspace.corpora.records import LABELS, Entailment
from embspace.errors import CorpusError, EncoderError
from embspace.training.adjust import Adjust
from embspace.training.length_groups import length_groups
from embspace.training.tasks.base import Labels, counted
from embspace.training.tasks.heads import CLASSIFIER, read_headed
from embspace.training.tasks.pairs import PairExample, Pairs, batches, check_kind, evaluating, read_pairs
from embspace.training.windows import IGNORED, Batch


class Entailing:
    """A task of a label for a premise and a hypothesis; see `Task`. Labels are `records.LABELS`, in their order.

    A window is the pair as the tokenizer joins it; of a pair that is longer the longer text is cut first. A decoder
    reads the label off its last piece, and nothing stands between the texts where its tokenizer puts nothing.

    Args:
        checkpoint: as `load_encoder` takes it; its weights are not read.
        sentences: the pairs that are trained on.
        length: pieces of a window, special ones included; None: what the model reads.
        overlap: of objectives beside the task; a pair is one window.
        encoding: of other tasks.
        adjust: of other tasks.

    Raises:
        EncoderError: the checkpoint cannot be opened, or cannot be trained to compare texts.
        SettingsError: an impossible length.
        CorpusError: no pairs, or records of another kind.
    """

    name = "nli"
    best = "accuracy"
    labels: Labels = LABELS
    sums = False

    def __init__(
        self,
        checkpoint: str,
        sentences: Sequence[Entailment],
        *,
        length: int | None = None,
        overlap: int | None = 8,
        encoding: str = "IOB2",
        adjust: Adjust | None = None,
    ) -> None:
        self._check(sentences)
        if not sentences:
            raise CorpusError("There are no pairs to train on; give some with labels.")
        self._pairs = Pairs(checkpoint, CLASSIFIER, length)
        self.tokenizer, self.length, self.overlap = self._pairs.tokenizer, self._pairs.length, overlap
        seen = {one.label for one in sentences}
        self._numbers = {label: number for number, label in enumerate(LABELS) if label in seen}

    def model(self, checkpoint: str) -> PreTrainedModel:
        """A checkpoint with what transformers has for classes of texts, one output for each label; see `read_headed`.

        Raises:
            EncoderError: as of `read_headed`; or it reads classes off the last place, padding or not (XLNet).
        """
        model = read_headed(checkpoint, LABELS, CLASSIFIER)
        if getattr(model.config, "summary_type", None) == "last":
            raise EncoderError(
                f"{checkpoint} ({model.config.model_type}) reads the class of a text off its last place, where shorter "
                "texts of a batch have padding; take another checkpoint."
            )
        if hasattr(model, "score"):  # decoders look for the last piece that is no padding, and know it by this alone
            model.config.pad_token_id = self._pairs.pad
        return model

    def examples(self, sentences: Sequence[Entailment]) -> list[PairExample]:
        """A window per pair; labels never seen in training are left out."""
        return self._windows(sentences, self._numbers)

    def collate(self, examples: Sequence[PairExample], generator: torch.Generator | None = None) -> Batch:
        """`input_ids`, `attention_mask` and, if used, `token_type_ids`, (n, longest); `labels`, (n,)."""
        return self._pairs.collate(examples)

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, of the labelled pairs; zero where there are none."""
        parts = length_groups(batch)
        logits, labels = (
            torch.cat(some)
            for some in zip(*((read_pairs(model, part).logits, part["labels"]) for part in parts), strict=True)
        )
        where = labels != IGNORED
        if not where.any():
            return logits.sum() * 0
        return cross_entropy(logits[where].float(), labels[where])

    def predict(self, model: torch.nn.Module, sentences: Sequence[Entailment], batch_size: int) -> list[Labels]:
        """The likeliest label of every pair, as `(label,)`; labels of the pairs are not looked at."""
        found: list[Labels] = [()] * len(sentences)
        with evaluating(model) as placed:
            for some in batches(self._windows(sentences, {}), batch_size):
                likeliest = read_pairs(model, placed(self.collate(some))).logits.argmax(-1).tolist()
                for one, label in zip(some, likeliest, strict=True):
                    found[one.sentence] = (LABELS[label],)
        return found

    def scores(self, gold: Sequence[Entailment], predicted: Sequence[Labels]) -> dict[str, float]:
        """`accuracy`; `macro_f1`, the mean over all labels that occur; `pairs`, how many."""
        right, found = [one.label for one in gold], [label for (label,) in predicted]
        return {
            "accuracy": float(accuracy_score(right, found)),
            "macro_f1": float(f1_score(right, found, average="macro")),
            "pairs": float(len(right)),
        }

    def table(self, gold: Sequence[Entailment], predicted: Sequence[Labels]) -> pd.DataFrame:
        """`language parallel premise hypothesis gold predicted score`, a row per pair; score: 1 or 0."""
        rows = [
            (one.language, one.parallel, one.premise, one.hypothesis, one.label, label, float(one.label == label))
            for one, (label,) in zip(gold, predicted, strict=True)
        ]
        columns = ["language", "parallel", "premise", "hypothesis", "gold", "predicted", "score"]
        return pd.DataFrame(rows, columns=columns)

    def notes(self, sentences: Sequence[Entailment]) -> list[str]:
        """Labels never seen in training and pairs that are cut, counted."""
        self._check(sentences)
        notes = []
        if unseen := Counter(one.label for one in sentences if one.label not in self._numbers):
            notes.append(f"never seen in training, so hardly ever predicted: {counted(unseen)} pairs")
        if cut := sum(len(one.ids) > self.length for one in self._pairs.encode(_texts(sentences))):
            notes.append(f"longer than {self.length} pieces, so cut: {cut} of {len(sentences)} pairs")
        return notes

    def _windows(self, sentences: Sequence[Entailment], numbers: Mapping[str, int]) -> list[PairExample]:
        self._check(sentences)
        examples = []
        for found, one in zip(self._pairs.encode(_texts(sentences), "longest_first"), sentences, strict=True):
            label = np.array(numbers.get(one.label, IGNORED), np.int64)
            examples.append(PairExample(*self._pairs.arrays(found), label, one.language, len(examples)))
        return examples

    def _check(self, sentences: Sequence[object]) -> None:
        check_kind(self.name, sentences, Entailment, "pairs of a premise and a hypothesis", "nli")


def _texts(sentences: Sequence[Entailment]) -> list[tuple[str, str]]:
    return [(one.premise, one.hypothesis) for one in sentences]
