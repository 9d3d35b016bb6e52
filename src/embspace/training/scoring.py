"""A model's predictions for records, shared among processes, and their scores by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import nn

from embspace.training.tasks.base import Labels, Task

ALL = "all"
"""the name of the scores over every language"""
BATCH = 64
"""windows that are predicted at once"""


def predict(task: Task, model: nn.Module, sentences: Sequence[Any], accelerator: Accelerator) -> list[Labels]:
    """What is predicted of every record, in their order; each process predicts some."""
    process, processes = accelerator.process_index, accelerator.num_processes
    mine = sentences[process::processes]
    with accelerator.autocast():
        own = task.predict(model, mine, BATCH) if mine else []
    if processes == 1:
        return own
    found: list[Labels] = [()] * len(sentences)
    for place, labels in gather_object([*zip(range(process, len(sentences), processes), own, strict=True)]):
        found[place] = labels
    return found


def scores_by_language(
    task: Task, sentences: Sequence[Any], predicted: Sequence[Labels]
) -> dict[str, dict[str, float]]:
    """The scores by language; where there are several languages, also over all sentences together."""
    found = {}
    languages = dict.fromkeys(sentence.language for sentence in sentences)
    for language in languages:
        rows = [number for number, sentence in enumerate(sentences) if sentence.language == language]
        found[language] = task.scores([sentences[row] for row in rows], [predicted[row] for row in rows])
    return found | ({ALL: task.scores(sentences, predicted)} if len(languages) > 1 else {})


def overall(scores: Mapping[str, dict[str, float]]) -> dict[str, float]:
    """The scores over all sentences."""
    return scores[ALL] if ALL in scores else next(iter(scores.values()))
