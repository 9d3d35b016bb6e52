"""Named entities and parts of speech: a label per word, read off its first piece; other pieces are `X`, ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from embspace.corpora.records import Sentence
from embspace.corpora.tags import spans_to_tags, tags_to_spans
from embspace.encoders.tokenizing import Cut
from embspace.errors import CorpusError
from embspace.training.adjust import Adjust
from embspace.training.metrics import (
    accuracy,
    check_encoding,
    class_f1,
    entity_scores,
    token_f1,
    wrong_sentences,
)
from embspace.training.packing import packed
from embspace.training.tasks.base import Labels, counted
from embspace.training.tasks.heads import outline, read_headed, window_length
from embspace.training.windows import IGNORED, Batch, Example, check_windows, pad_piece, pad_windows, sent, windows_of

_OUTSIDE = "O"


class Tagging:
    """A task of labels for words; see `Task`.

    Tags of named entities may be in IOB1, IOB2 or BIOES; they are learned and scored in `encoding`. Every word whose
    first piece lies in a window is learned there; it is predicted where it stands most central. A word without pieces
    is predicted as `O`, or as the most frequent part of speech.

    Args:
        name: `ner` or `pos`.
        checkpoint: as `load_encoder` takes it; its weights are not read.
        sentences: all that are trained on.
        length: pieces of a window, special ones included; None: what the model reads.
        overlap: pieces that neighboring windows share at least; None: half of a window.
        encoding: IOB1 or IOB2, of named entities.
        adjust: of another task.

    Raises:
        EncoderError: the checkpoint cannot be opened, or cannot be trained to label pieces.
        SettingsError: an impossible value.
        CorpusError: no sentences, or one without tags.
    """

    sums = False

    def __init__(
        self,
        name: str,
        checkpoint: str,
        sentences: Sequence[Sentence],
        *,
        length: int | None = None,
        overlap: int | None = 8,
        encoding: str = "IOB2",
        adjust: Adjust | None = None,
    ) -> None:
        check_encoding(encoding)
        self.name, self.encoding, self.entities = name, encoding, name == "ner"
        self.best = "f1" if self.entities else "accuracy"
        counts = Counter(tag for one in sentences for tag in self.tags(one))
        if not counts:
            raise CorpusError("There are no words to train on; give sentences with tags.")
        self.checkpoint = checkpoint
        given = outline(checkpoint)
        self.tokenizer = given.tokenizer
        self.length, self.overlap = window_length(length, given), overlap
        self._cut = Cut(checkpoint, given.tokenizer, given.n_pieces)
        self._pad = pad_piece(given.tokenizer)
        if self.entities:
            counts[_OUTSIDE] += 0
        self.labels: Labels = tuple(sorted(counts, key=lambda tag: (tag != _OUTSIDE, tag)))
        self.default = _OUTSIDE if self.entities else max(sorted(counts), key=lambda tag: counts[tag])
        self._numbers = {label: number for number, label in enumerate(self.labels)}
        check_windows(self._cut, self.length, overlap)

    def tags(self, sentence: Sentence) -> Labels:
        """The tags of a sentence as they are learned and scored.

        Raises:
            CorpusError: it has none, or they are no tags of entities.
        """
        if not isinstance(sentence, Sentence):
            raise CorpusError(
                f"The task {self.name} learns from sentences with tags, not from {type(sentence).__name__.lower()}s."
            )
        if sentence.tags is None:
            raise CorpusError(
                f"{sentence.source or sentence.text[:60]!r} has no tags; the task {self.name} learns and scores "
                "sentences with a tag for every word."
            )
        if not self.entities:
            return sentence.tags
        spans = tags_to_spans(sentence.tags, repaired=Counter(), place=_place(sentence))
        return spans_to_tags(spans, len(sentence.words), self.encoding.lower())

    def model(self, checkpoint: str) -> PreTrainedModel:
        """A linear layer over the last states of a checkpoint, one output for each label; see `read_headed`."""
        model = read_headed(checkpoint, self.labels)
        if self.entities:
            model.config.tag_encoding = self.encoding  # labels do not always tell IOB1 from IOB2
        return model

    def examples(self, sentences: Sequence[Sentence]) -> list[Example]:
        """Windows with a label at the first piece of every word; labels never seen in training are left out."""
        numbers = [[self._numbers.get(tag, IGNORED) for tag in self.tags(one)] for one in sentences]
        return windows_of(sentences, self._cut, self.length, self.overlap, numbers)

    def collate(self, examples: Sequence[Example], generator: torch.Generator | None = None) -> Batch:
        """`input_ids`, `attention_mask` and `labels`, (n, longest)."""
        return pad_windows(examples, self._pad)

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, of the labelled pieces; zero where there are none."""
        batch = packed(model, batch)
        logits = _logits(model, batch)
        where = batch["labels"] != IGNORED
        if not where.any():
            return logits.sum() * 0
        return cross_entropy(logits[where].float(), batch["labels"][where])

    def predict(self, model: torch.nn.Module, sentences: Sequence[Sentence], batch_size: int) -> list[Labels]:
        """The likeliest label of every word, in the encoding of the run; tags of the sentences are not looked at."""
        found = [[self.default] * len(one.words) for one in sentences]
        examples = sorted(windows_of(sentences, self._cut, self.length, self.overlap), key=len)
        device = next(model.parameters()).device
        was_training = model.training
        model.eval()
        try:
            with torch.no_grad():
                for at in range(0, len(examples), batch_size):
                    some = examples[at : at + batch_size]
                    likeliest = _logits(model, sent(self.collate(some), device)).argmax(-1).cpu().numpy()
                    for one, row in zip(some, likeliest, strict=True):
                        for piece in np.flatnonzero(one.first & one.taken):
                            found[one.sentence][one.words[piece]] = self.labels[row[piece]]
        finally:
            model.train(was_training)
        return [tuple(one) for one in found]

    def scores(self, gold: Sequence[Sentence], predicted: Sequence[Labels]) -> dict[str, float]:
        """Of entities: precision, recall, f1 and token_f1; of parts of speech: macro_f1 and micro_f1.

        Of both: accuracy, wrong_sentences and sentences. Tags never seen in training count as what they are: errors.
        """
        tags = [self.tags(one) for one in gold]
        if self.entities:
            scores = entity_scores(tags, predicted, self.encoding) | {"token_f1": token_f1(tags, predicted)}
        else:
            scores = class_f1(tags, predicted)
        return scores | {
            "accuracy": accuracy(tags, predicted),
            "wrong_sentences": float(wrong_sentences(tags, predicted)),
            "sentences": float(len(gold)),
        }

    def table(self, gold: Sequence[Sentence], predicted: Sequence[Labels]) -> pd.DataFrame:
        """`language parallel words gold predicted`, a row per sentence."""
        rows = [
            (one.language, one.parallel, one.words, one.tags, labels)
            for one, labels in zip(gold, predicted, strict=True)
        ]
        return pd.DataFrame(rows, columns=["language", "parallel", "words", "gold", "predicted"])

    def notes(self, sentences: Sequence[Sentence]) -> list[str]:
        """Tags never seen in training, words without pieces, and tags that broke their encoding, counted."""
        notes = []
        unseen = Counter(tag for one in sentences for tag in self.tags(one) if tag not in self._numbers)
        if unseen:
            notes.append(f"never seen in training, so never predicted: {counted(unseen)} words")
        pieces = self._cut.tokenize(sentences)
        bare: Counter[str] = Counter()
        for one, start, size in zip(sentences, pieces.starts, pieces.lengths, strict=True):
            cut = set(pieces.words[start : start + size].tolist())
            bare.update(repr(word) for number, word in enumerate(one.words) if number not in cut)
        if bare:
            notes.append(f"words that the tokenizer gives no piece, taken for {self.default}: {counted(bare)}")
        if self.entities and (mended := self._mended(sentences)):
            notes.append(f"tags that break IOB2, read as CoNLL's scorer reads them: {counted(mended)} words")
        return notes

    def _mended(self, sentences: Sequence[Sentence]) -> Counter[str]:
        """Tags that break IOB2; none where all sentences together keep to IOB1 or BIOES."""
        for scheme in ("iob2", "iob1", "bioes"):
            found: Counter[str] = Counter()
            for one in sentences:
                tags_to_spans(one.tags or (), scheme, repaired=found)
            if not found:
                return found
        found = Counter()
        for one in sentences:
            tags_to_spans(one.tags or (), repaired=found)
        return found


def _place(sentence: Sentence) -> Callable[[int], str]:
    return lambda number: f"{sentence.source or 'A sentence'}: {sentence.words[number]!r}"


def _logits(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """(n, longest, n_labels)."""
    names = ("input_ids", "attention_mask", "position_ids")
    return model(**{name: batch[name] for name in names if name in batch}).logits
