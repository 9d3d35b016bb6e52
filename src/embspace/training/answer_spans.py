"""Answers between characters of a paragraph and pieces of its windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from embspace.corpora.records import Question
from embspace.training.windows import IGNORED

CANDIDATES = 20
"""best beginnings and ends of a window that are put together"""
LONGEST = 30
"""pieces of an answer that is predicted"""


def spans_of(one: Encoding, paragraph: str) -> NDArray[np.int32]:
    """The characters of the paragraph that each piece covers; SentencePiece counts blanks before words in."""
    found = np.full((max(1, len(one.ids)), 2), -1, np.int32)
    for piece, (text, (start, stop)) in enumerate(zip(one.sequence_ids, one.offsets, strict=True)):
        if text != 1:
            continue
        while start < stop and paragraph[start].isspace():
            start += 1
        while start < stop and paragraph[stop - 1].isspace():
            stop -= 1
        if start < stop:
            found[piece] = start, stop
    return found


def labels_of(question: Question, spans: Sequence[NDArray[np.int32]]) -> list[NDArray[np.int64]]:
    """For each window the first and the last piece of the first answer, if it lies wholly there, else 0, 0."""
    if not question.answers:
        return [np.full(2, IGNORED, np.int64)] * len(spans)
    text, at = question.answers[0]
    start, stop = at + len(text) - len(text.lstrip()), at + len(text.rstrip())
    found = []
    for window, covered in enumerate(spans):
        inside = np.flatnonzero(covered[:, 0] >= 0)
        touched = inside[(covered[inside, 1] > start) & (covered[inside, 0] < stop)]
        # Characters without pieces at the ends of a paragraph are in the windows there.
        begun = window == 0 or (len(inside) > 0 and covered[inside[0], 0] <= start)
        ended = window == len(spans) - 1 or (len(inside) > 0 and covered[inside[-1], 1] >= stop)
        whole = begun and ended and len(touched) > 0
        found.append(np.array([touched[0], touched[-1]] if whole else [0, 0], np.int64))
    return found


def best_stretch(
    start: NDArray[np.float32], end: NDArray[np.float32], spans: NDArray[np.int32]
) -> tuple[float, int, int]:
    """The score of a window's best stretch, and its characters; minus infinity: there is none."""
    inside = np.flatnonzero(spans[:, 0] >= 0)
    starts, ends = (inside[np.argsort(-one[inside], kind="stable")[:CANDIDATES]] for one in (start, end))
    fits = (starts[:, None] <= ends) & (ends - starts[:, None] < LONGEST)
    if not fits.any():
        return -np.inf, 0, 0
    scores = np.where(fits, start[starts][:, None] + end[ends], -np.inf)
    first, last = np.unravel_index(scores.argmax(), scores.shape)
    return float(scores[first, last]), int(spans[starts[first], 0]), int(spans[ends[last], 1])
