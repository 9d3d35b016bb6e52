"""Nothing but the adjustment of words to their translations: a checkpoint without a head ("adjustment" 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import torch
from torch.nn.functional import normalize
from transformers import PreTrainedModel

from embspace.corpora.records import AlignedPair
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.loading import quiet
from embspace.encoders.model_reading import read_model
from embspace.errors import CorpusError
from embspace.training.adjust import Adjust
from embspace.training.aligned_windows import AlignedExample
from embspace.training.config import ADJUSTMENT
from embspace.training.objectives.adjustment import Adjustment
from embspace.training.tasks.base import Labels
from embspace.training.tasks.heads import NO_HEAD, outline, pooler_of, window_length
from embspace.training.windows import Batch, sent


class Adjusting:
    """The task of the adjustment; see `Task`. Predicted of a source word is the nearest word of its translation.

    Args:
        checkpoint: as `load_encoder` takes it.
        sentences: aligned pairs.
        length: the most pieces of a sentence, special ones included; longer pairs are left out. None: the model's.
        overlap: of other tasks.
        encoding: of other tasks.
        adjust: settings; None: their defaults.

    Raises:
        EncoderError: the checkpoint cannot be opened.
        SettingsError: an impossible value.
        CorpusError: no pair has links, or they are none.
    """

    name = ADJUSTMENT
    best = "accuracy"
    labels: Labels = ()

    def __init__(
        self,
        checkpoint: str,
        sentences: Sequence[AlignedPair],
        *,
        length: int | None = None,
        overlap: int | None = 8,
        encoding: str = "IOB2",
        adjust: Adjust | None = None,
    ) -> None:
        _check(sentences)
        given = outline(checkpoint, NO_HEAD)
        self.tokenizer, self.overlap = given.tokenizer, overlap
        self.length = window_length(length, given)
        languages = tuple(dict.fromkeys(one.language for one in sentences))
        self._loss = Adjustment(
            given.tokenizer, languages, length=self.length, overlap=None, adjust=adjust, checkpoint=checkpoint
        )
        self.sums = self._loss.sums
        self.notes(sentences)

    def model(self, checkpoint: str) -> PreTrainedModel:
        """The checkpoint as it is, in float32, on the CPU, with the pooler that it has: classifiers begin with that."""
        found = find_checkpoint(checkpoint)
        with quiet():
            model: Any = read_model(found, torch.device("cpu"), torch.float32)
        if getattr(model, "pooler", self) is None and (own := pooler_of(found)) is not None:
            model.pooler = own
        self._loss.head(model)
        return model.train()

    def examples(self, sentences: Sequence[AlignedPair]) -> list[AlignedExample]:
        """The pairs that have links and are not too long."""
        return self._loss.examples(sentences)

    def collate(self, examples: Sequence[AlignedExample], generator: torch.Generator | None = None) -> Batch:
        """As of `aligned_windows.collate_pairs`."""
        return self._loss.collate(examples)

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """Eq. 1."""
        return self._loss.loss(model, torch.nn.Identity(), batch)

    def predict(self, model: torch.nn.Module, sentences: Sequence[AlignedPair], batch_size: int) -> list[Labels]:
        """For every word of a source the number of the nearest word of its translation, by cosine; "" without links.

        Layers are looked at together: their vectors are put end to end.
        """
        found: list[Labels] = [("",) * len(one.source.words) for one in sentences]
        examples = sorted(self.examples(sentences), key=len)
        device, was_training = next(model.parameters()).device, model.training
        model.eval()
        try:
            with torch.no_grad():
                for at in range(0, len(examples), batch_size):
                    some = examples[at : at + batch_size]
                    batch = sent(self.collate(some), device)
                    vectors = self._loss.vectors(model, batch, int(batch["rows"].max()) + 1)
                    vectors = normalize(vectors.transpose(0, 1).flatten(1), dim=1)
                    with torch.autocast(device.type, enabled=False):  # near words differ by less than bfloat16 tells
                        nearest = _nearest(vectors.float(), some)
                    for one, labels in zip(some, nearest, strict=True):
                        linked = {word for word, _ in sentences[one.sentence].links}
                        words = range(len(found[one.sentence]))
                        found[one.sentence] = tuple(labels.get(word, "") if word in linked else "" for word in words)
        finally:
            model.train(was_training)
        return found

    def scores(self, gold: Sequence[AlignedPair], predicted: Sequence[Labels]) -> dict[str, float]:
        """`accuracy`: the share of linked source words whose nearest word is linked to them; `words`, how many."""
        rows = [_right(one, labels) for one, labels in zip(gold, predicted, strict=True)]
        words = sum(len(row) for row in rows)
        return {"accuracy": sum(map(sum, rows)) / words if words else 0.0, "words": float(words)}

    def table(self, gold: Sequence[AlignedPair], predicted: Sequence[Labels]) -> pd.DataFrame:
        """`language parallel source target gold predicted score`, a row per pair; score: its share of right words."""
        rows = []
        for one, labels in zip(gold, predicted, strict=True):
            right = _right(one, labels)
            links = " ".join(f"{word}-{other}" for word, other in one.links)
            nearest = " ".join(f"{word}-{label}" for word, label in enumerate(labels) if label)
            score = sum(right) / len(right) if right else float("nan")
            rows.append((one.language, one.parallel, one.source.text, one.target.text, links, nearest, score))
        return pd.DataFrame(rows, columns=["language", "parallel", "source", "target", "gold", "predicted", "score"])

    def notes(self, sentences: Sequence[AlignedPair]) -> list[str]:
        """How many pairs are left out, and why.

        Raises:
            CorpusError: all of them are.
        """
        found = self._loss.notes(sentences)
        if sentences and not self.examples(sentences):
            raise CorpusError(f"Nothing is left to learn from or to score: {'; '.join(found)}.")
        return found


def _nearest(vectors: torch.Tensor, examples: Sequence[AlignedExample]) -> list[dict[int, str]]:
    """For each pair: source word -> number of the nearest word of the translation."""
    sides = [one.source for one in examples] + [one.target for one in examples]
    parts = vectors.split([len(side.words) for side in sides])
    found = []
    for one, source, target in zip(examples, parts, parts[len(examples) :], strict=False):
        words = (one.target.words >= 0).nonzero()[0]
        if not len(words):
            found.append({})
            continue
        nearest = (source @ target[torch.from_numpy(words).to(target.device)].T).argmax(1).tolist()
        found.append(
            {
                int(word): str(int(one.target.words[words[place]]))
                for word, place in zip(one.source.words, nearest, strict=True)
                if word >= 0
            }
        )
    return found


def _right(pair: AlignedPair, labels: Labels) -> list[bool]:
    """For each linked source word that was read whether its label is one of its links."""
    links = {(word, str(other)) for word, other in pair.links}
    return [(word, labels[word]) in links for word in sorted({word for word, _ in links}) if labels[word]]


def _check(pairs: Sequence[object]) -> None:
    wrong = next((one for one in pairs if not isinstance(one, AlignedPair)), None)
    if wrong is not None:
        raise CorpusError(
            f"The adjustment learns from aligned pairs of sentences, not from {type(wrong).__name__.lower()}s; name a "
            "corpus with word alignments, such as parallel-sample."
        )
    if not any(one.links for one in pairs if isinstance(one, AlignedPair)):
        raise CorpusError("There are no aligned words to learn from; give pairs with links.")
