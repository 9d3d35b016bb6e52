"""Questions about a paragraph: the stretch of the paragraph that answers, by the pieces where it begins and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from embspace.corpora.records import Question
from embspace.errors import CorpusError, EncoderError, SettingsError
from embspace.training.adjust import Adjust
from embspace.training.answer_scores import NAMES, answer_scores
from embspace.training.answer_spans import LONGEST, best_stretch, labels_of, spans_of
from embspace.training.length_groups import length_groups
from embspace.training.tasks.base import Labels, counted
from embspace.training.tasks.heads import READER, read_headed
from embspace.training.tasks.pairs import PairExample, Pairs, batches, check_kind, evaluating, read_pairs
from embspace.training.windows import IGNORED, Batch

_MOST = 384
"""pieces of a window, where nothing else is said, and the model reads as many"""
_STRIDE = 128
"""pieces that neighboring windows share at most, where nothing else is said"""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch(PairExample):
    """A question and a stretch of its paragraph as one window.

    Attributes:
        spans: (n_pieces, 2) the characters of the paragraph that a piece covers, from and up to, without the blanks at
            their ends; -1: none, where an answer neither begins nor ends.
        labels: (2,) the pieces where the first answer begins and ends; the first piece for both where it does not lie
            here; -100: there is none.
    """

    spans: NDArray[np.int32]


class Answering:
    """A task of questions about paragraphs; see `Task`.

    A window is the question and as much of the paragraph as there is room for, as the tokenizer joins them; neighbors
    overlap. The first answer of a question is learned, in every window: where it does not lie wholly in one, the first
    piece ([CLS] of BERT) is to be pointed at (Devlin et al. 2019, 4.2 and 4.3). Questions without answers are neither
    learned nor scored.

    Args:
        checkpoint: as `load_encoder` takes it; its weights are not read.
        sentences: the questions that are trained on.
        length: pieces of a window, special ones included; None: 384, or what the model reads.
        overlap: pieces of the paragraph that neighboring windows share; None: a third of the room that the question
            leaves, at most 128.
        encoding: of other tasks.
        adjust: of other tasks.

    Attributes:
        labels: as transformers calls the two outputs, so that a checkpoint for questions goes on with its own layer.

    Raises:
        EncoderError: the checkpoint cannot be opened, or cannot be trained to answer questions.
        SettingsError: an impossible length, or an overlap that leaves no room.
        CorpusError: no questions, none with an answer, or records of another kind.
    """

    name = "qa"
    best = "f1"
    labels: Labels = ("LABEL_0", "LABEL_1")
    sums = False

    def __init__(
        self,
        checkpoint: str,
        sentences: Sequence[Question],
        *,
        length: int | None = None,
        overlap: int | None = None,
        encoding: str = "IOB2",
        adjust: Adjust | None = None,
    ) -> None:
        if not self._answered(sentences):
            raise CorpusError("There are no questions to train on; give some with answers.")
        self._pairs = Pairs(checkpoint, READER, length, _MOST)
        self.tokenizer, self.length, self.overlap = self._pairs.tokenizer, self._pairs.length, overlap
        own = self.length - self._pairs.special
        self._most = own // 2
        if overlap is not None and not 0 <= overlap < own - self._most:
            raise SettingsError(
                f"overlap = {overlap}, and a window of {self.length} pieces has room for {own - self._most} pieces of "
                f"the paragraph beside a long question; give 0 to {own - self._most - 1}, or None."
            )

    def model(self, checkpoint: str) -> PreTrainedModel:
        """A linear layer over the last states of a checkpoint, for beginnings and ends; see `read_headed`.

        Raises:
            EncoderError: as of `read_headed`; or it could not be opened again once it is trained (Llama, Qwen).
        """
        model = read_headed(checkpoint, self.labels, READER)
        if model.base_model_prefix != model.base_model.base_model_prefix:
            raise EncoderError(
                f"{checkpoint} ({model.config.model_type}): the weights that transformers saves of its model for "
                "question answering have names that it does not read as a model's without the head; take another "
                "checkpoint, such as an encoder (BERT, XLM-R, DeBERTa, ...)."
            )
        return model

    def examples(self, sentences: Sequence[Question]) -> list[Stretch]:
        """Windows of the questions that have answers, each with the place of the first one.

        Raises:
            CorpusError: none has.
        """
        return self._windows(sentences, self._answered(sentences))

    def collate(self, examples: Sequence[Stretch], generator: torch.Generator | None = None) -> Batch:
        """`input_ids`, `attention_mask` and, if used, `token_type_ids`, (n, longest); `labels`, (n, 2)."""
        return self._pairs.collate(examples)

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy, nats, of beginnings and ends, over the pieces of each window; zero without labels."""
        parts = [_summed(read_pairs(model, part), part) for part in length_groups(batch)]
        return torch.stack(parts).sum() / max(1, int((batch["labels"][:, 0] != IGNORED).sum()))

    def predict(self, model: torch.nn.Module, sentences: Sequence[Question], batch_size: int) -> list[Labels]:
        """The text of the best stretch of every paragraph, as `(text,)`; answers are not looked at.

        The best by the sum of the logits of its beginning and its end, over all windows: of the 20 best of either that
        a window has, up to 30 pieces long; empty where no two of them fit.
        """
        found = [(-np.inf, "")] * len(sentences)
        with evaluating(model) as placed:
            for some in batches(self._windows(sentences, range(len(sentences))), batch_size):
                output = read_pairs(model, placed(self.collate(some)))
                starts, ends = (one.float().cpu().numpy() for one in (output.start_logits, output.end_logits))
                for one, start, end in zip(some, starts, ends, strict=True):
                    score, first, last = best_stretch(start, end, one.spans)
                    if score > found[one.sentence][0]:
                        found[one.sentence] = score, sentences[one.sentence].paragraph[first:last]
        return [(text,) for _, text in found]

    def scores(self, gold: Sequence[Question], predicted: Sequence[Labels]) -> dict[str, float]:
        """Means of `f1 exact squad_f1 squad_exact`, see `answer_scores`; `questions`, how many have answers.

        A mean of nothing is 0.
        """
        rows = [row for one, (text,) in zip(gold, predicted, strict=True) if (row := _scored(one, text))]
        means = {name: float(np.mean([row[name] for row in rows])) if rows else 0.0 for name in NAMES}
        return means | {"questions": float(len(rows))}

    def table(self, gold: Sequence[Question], predicted: Sequence[Labels]) -> pd.DataFrame:
        """`language parallel question gold predicted f1 exact squad_f1 squad_exact score`, a row per question.

        gold: a list of texts; score: f1. Scores are NaN where there is no answer.
        """
        rows = []
        for one, (text,) in zip(gold, predicted, strict=True):
            scores = _scored(one, text) or dict.fromkeys(NAMES, float("nan"))
            known = [answer for answer, _ in one.answers]
            rows.append((one.language, one.parallel, one.question, known, text, *scores.values(), scores["f1"]))
        return pd.DataFrame(rows, columns=["language", "parallel", "question", "gold", "predicted", *NAMES, "score"])

    def notes(self, sentences: Sequence[Question]) -> list[str]:
        """Questions that have no answer, or are cut, and answers that windows cut, counted.

        Raises:
            CorpusError: none has an answer.
        """
        numbers, notes = self._answered(sentences), []
        if bare := Counter(one.language for one in sentences if not one.answers):
            notes.append(f"without an answer, so neither learned nor scored: {counted(bare)} questions")
        cut = sum(text != one.question for one, (text, _) in zip(sentences, self._asked(sentences), strict=True))
        if cut:
            notes.append(f"longer than {self._most} pieces, so cut: {cut} of {len(sentences)} questions")
        sizes = {one.sentence: np.ptp(one.labels) + 1 for one in self._windows(sentences, numbers) if one.labels[1]}
        if lost := len(numbers) - len(sizes):
            told = f"{lost} of {len(numbers)} answers"
            notes.append(f"whole in no window of {self.length} pieces, so not learned: {told}")
        if long := sum(size > LONGEST for size in sizes.values()):
            notes.append(f"longer than {LONGEST} pieces, so never predicted whole: {long} of {len(numbers)} answers")
        return notes

    def _answered(self, sentences: Sequence[Question]) -> list[int]:
        """The numbers of the questions that have answers."""
        self._check(sentences)
        found = [number for number, one in enumerate(sentences) if one.answers]
        if sentences and not found:
            raise CorpusError(
                f"Question {sentences[0].id} has no answer, and none of the {len(sentences)} has one; give questions "
                "with answers."
            )
        return found

    def _check(self, sentences: Sequence[object]) -> None:
        check_kind(self.name, sentences, Question, "questions with answers", "squad")

    def _asked(self, sentences: Sequence[Question]) -> list[tuple[str, int]]:
        """Each question, cut to half of a window, and its number of pieces."""
        backend, found = self._pairs.backend(), []
        whole = backend.encode_batch([one.question for one in sentences], add_special_tokens=False)
        for record, one in zip(sentences, whole, strict=True):
            text = record.question
            while len(one.ids) > self._most:  # what is left may be cut otherwise, into more pieces
                text = text[: min(one.offsets[self._most][0], len(text) - 1)]
                one = backend.encode(text, add_special_tokens=False)
            found.append((text, len(one.ids)))
        return found

    def _windows(self, sentences: Sequence[Question], numbers: Sequence[int]) -> list[Stretch]:
        """All windows of the questions of these numbers, in their order."""
        self._check(sentences)
        some = [sentences[number] for number in numbers]
        asked, by_stride = self._asked(some), dict[int, list[int]]()
        for place, (_, size) in enumerate(asked):
            room = self.length - self._pairs.special - size
            stride = min(_STRIDE, room // 3) if self.overlap is None else self.overlap
            by_stride.setdefault(stride, []).append(place)
        found = []
        for stride, places in by_stride.items():
            texts = [(asked[place][0], some[place].paragraph) for place in places]
            for place, one in zip(places, self._pairs.encode(texts, "only_second", stride), strict=True):
                windows = [one, *one.overflowing]
                spans = [spans_of(window, some[place].paragraph) for window in windows]
                for window, covered, labels in zip(windows, spans, labels_of(some[place], spans), strict=True):
                    about = some[place].language, numbers[place]
                    found.append(Stretch(*self._pairs.arrays(window), labels, *about, covered))
        return sorted(found, key=lambda one: one.sentence)


def _summed(output: Any, batch: Batch) -> torch.Tensor:
    """The sum over windows of the mean cross-entropy of beginning and end."""
    both, labels, where = (output.start_logits, output.end_logits), batch["labels"], batch["labels"][:, 0] != IGNORED
    if not where.any():
        return (both[0].sum() + both[1].sum()) * 0
    padding = batch["attention_mask"] == 0  # else the loss would depend on the other windows of the batch
    logits = [one.float().masked_fill(padding, -torch.inf)[where] for one in both]
    ends = (cross_entropy(one, labels[where, at], reduction="sum") for at, one in enumerate(logits))
    return sum(ends, torch.zeros((), device=labels.device)) / 2


def _scored(question: Question, text: str) -> dict[str, float]:
    """The scores of a predicted text; none where no answer is known."""
    known = [answer for answer, _ in question.answers]
    return answer_scores(text, known, question.languages[1]) if known else {}
