"""Tasks by name. A further one: a class that fulfills `Task`, and a line here."""

from __future__ import annotations

from functools import partial

from embspace.training.tasks.base import Labels, MakeTask, Task
from embspace.training.tasks.tagging import Tagging

TASKS: dict[str, MakeTask] = {"ner": partial(Tagging, "ner"), "pos": partial(Tagging, "pos")}

__all__ = ["TASKS", "Labels", "MakeTask", "Tagging", "Task"]
