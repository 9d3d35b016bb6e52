"""What figures call checkpoints: the last part of a folder or of a name on the hub, where that tells them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

_STEP = re.compile(r"((?:run|job):[^@]+)@(\d+)(?: \(\d+\))?")


def short_names(checkpoints: Iterable[str]) -> dict[str, str]:
    """Checkpoint -> its short name; of those whose short names are the same, and of adapters, each as it is.

    Several steps of one training are called by their numbers: step 0, step 50. Other names of trainings, whose last
    part may be a seed, stay as they are.
    """
    wanted = list(dict.fromkeys(checkpoints))
    steps = [step_of(one) for one in wanted]
    told = [one for one in steps if one is not None]
    if len(wanted) > 1 and len(set(told)) == len(wanted) and len({run for run, _ in told}) == 1:
        return {one: f"step {step}" for one, (_, step) in zip(wanted, told, strict=True)}
    whole = [one for one in wanted if "+" in one or one.startswith(("job:", "run:"))]
    short = [one if one in whole else PurePath(one).name or one for one in wanted]
    return {one: name if short.count(name) == 1 else one for one, name in zip(wanted, short, strict=True)}


def step_of(checkpoint: str) -> tuple[str, int] | None:
    """The run and the number of a step that a name means, `job:4f2@50`; None: it means no step."""
    found = _STEP.fullmatch(checkpoint)
    return (found[1], int(found[2])) if found else None
