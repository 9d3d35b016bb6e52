"""Tasks by name. A further one: a class that fulfills `Task`, and a line here."""

from __future__ import annotations

from functools import partial

from embspace.training.config import ADJUSTMENT, MASKED
from embspace.training.tasks.adjustment import Adjusting
from embspace.training.tasks.base import Labels, MakeTask, Task
from embspace.training.tasks.masked_lm import MaskedLanguage
from embspace.training.tasks.nli import Entailing
from embspace.training.tasks.qa import Answering
from embspace.training.tasks.tagging import Tagging

TASKS: dict[str, MakeTask] = {
    "ner": partial(Tagging, "ner"),
    "pos": partial(Tagging, "pos"),
    "nli": Entailing,
    "qa": Answering,
    MASKED: MaskedLanguage,
    ADJUSTMENT: Adjusting,
}

__all__ = ["TASKS", "Adjusting", "Answering", "Entailing", "Labels", "MakeTask", "MaskedLanguage", "Tagging", "Task"]
