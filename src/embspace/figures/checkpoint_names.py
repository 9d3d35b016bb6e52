"""What figures call checkpoints: the last part of a folder or of a name on the hub, where that tells them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from embspace.figures.theme import language_name

_KEY = re.compile(r"^(run:\w{12})\w+$")
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


def run_names(runs: Iterable[str], trained: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """Training -> what figures call it: by the language that it was trained on, where that is one; else by its name.

    Args:
        runs: `job:4f2`, `job:4f2/2` (of its seed 2) or `run:KEY`, of whose key the beginning is enough; or other names.
        trained: their languages, as results have them in `settings["trained"]`.
    """
    wanted = list(dict.fromkeys(runs))
    learned = {one: tuple((trained or {}).get(one, ())) for one in wanted}
    short = {one: _KEY.sub(r"\1", name) for one, name in short_names(wanted).items()}
    found = {}
    for one in wanted:
        if len(learned[one]) != 1:
            found[one] = short[one]
            continue
        seed = one.partition("/")[2]
        alike = sum(learned[other] == learned[one] for other in wanted) > 1
        found[one] = f"trained on {language_name(learned[one][0])}" + (f", seed {seed}" if alike and seed else "")
    told = list(found.values())
    return {one: name if told.count(name) == 1 else short[one] for one, name in found.items()}
