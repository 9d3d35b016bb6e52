"""How well words are labelled: entities by seqeval, words, and sentences; shares are 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from seqeval.metrics.v1 import precision_recall_fscore_support  # the strict one
from seqeval.scheme import IOB1, IOB2
from sklearn.metrics import f1_score

from embspace.errors import SettingsError

ENCODINGS = {"IOB1": IOB1, "IOB2": IOB2}

_NOTHING: Any = 0
"""a share of nothing"""

Tags = Sequence[Sequence[str]]
"""a tag per word, for every sentence"""


def entity_scores(gold: Tags, predicted: Tags, encoding: str = "IOB2") -> dict[str, float]:
    """`precision`, `recall`, `f1` over whole entities: both ends and the type must be right.

    Strict: tags that break the encoding (IOB2: an `I-` without its `B-`) name no entity. A share of nothing is 0.

    Args:
        gold: the right tags.
        predicted: of the same words.
        encoding: IOB1 or IOB2, of both.
    """
    check_encoding(encoding)
    _words(gold, predicted)
    precision, recall, f1, _ = precision_recall_fscore_support(
        [list(one) for one in gold],
        [list(one) for one in predicted],
        average="micro",
        scheme=ENCODINGS[encoding],
        zero_division=_NOTHING,
    )
    return {"precision": _plain(precision), "recall": _plain(recall), "f1": _plain(f1)}


def token_f1(gold: Tags, predicted: Tags, outside: str = "O") -> float:
    """Micro F1 over words: 2 x right / (labelled in gold + labelled in prediction); `outside` is no label."""
    pairs = _words(gold, predicted)
    right = sum(one == other != outside for one, other in pairs)
    labelled = sum(one != outside for one, _ in pairs) + sum(other != outside for _, other in pairs)
    return 2 * right / labelled if labelled else 0.0


def accuracy(gold: Tags, predicted: Tags) -> float:
    """The share of words that are labelled rightly."""
    pairs = _words(gold, predicted)
    return sum(one == other for one, other in pairs) / len(pairs)


def class_f1(gold: Tags, predicted: Tags) -> dict[str, float]:
    """`macro_f1`, the mean over all labels that occur, and `micro_f1`, which over all words is their accuracy."""
    pairs = _words(gold, predicted)
    right, found = [one for one, _ in pairs], [other for _, other in pairs]
    return {f"{average}_f1": _plain(f1_score(right, found, average=average)) for average in ("macro", "micro")}


def wrong_sentences(gold: Tags, predicted: Tags) -> int:
    """Sentences with at least one word that is labelled wrongly ("exploring" 4.2)."""
    _words(gold, predicted)
    return sum(tuple(one) != tuple(other) for one, other in zip(gold, predicted, strict=True))


def check_encoding(encoding: str) -> None:
    """Raises SettingsError unless `encoding` is one of `ENCODINGS`."""
    if encoding not in ENCODINGS:
        raise SettingsError(f"Unknown encoding {encoding!r}; possible are {', '.join(ENCODINGS)}.")


def _words(gold: Tags, predicted: Tags) -> list[tuple[str, str]]:
    """Pairs of right and predicted tags."""
    if len(gold) != len(predicted):
        raise SettingsError(f"{len(gold)} sentences are to be scored, and {len(predicted)} were predicted.")
    pairs = []
    for number, (one, other) in enumerate(zip(gold, predicted, strict=True), 1):
        if len(one) != len(other):
            raise SettingsError(f"Sentence {number} has {len(one)} tags, and {len(other)} were predicted.")
        pairs += zip(one, other, strict=True)
    if not pairs:
        raise SettingsError("There are no words to score; give sentences with tags.")
    return pairs


def _plain(value: object) -> float:
    return float(np.asarray(value))
