"""What happened in training runs, from their logs, as a table. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from embspace.encoders.trained import Run, find_runs
from embspace.errors import SettingsError
from embspace.storage import fingerprint
from embspace.training.config import weighing
from embspace.workspace import Workspace

_COLUMNS = ["run", "seed", "step", "epoch", "name", "language", "value"]
_OF_STEPS = ("rate", "gradient_norm", "pieces_per_second")


def training_log(names: str | Run | Sequence[str | Run], workspace: Workspace | None = None) -> pd.DataFrame:
    """The logs of runs, a number per row: `run seed step epoch name language value`, by run, seed and step.

    `name` is `loss/ner` and the like (means of the last ten steps, at most), `rate`, `gradient_norm`,
    `pieces_per_second`; `dev/f1` and `test/f1` and so on of every epoch, and `best/f1` of the best epoch on the test
    sentences, these by `language` ("all": of all together); of other names `language` is empty. `epoch` counts from 0,
    in fractions. Runs that differ by their seed alone are called alike in `run`, as the first one of them is.

    Args:
        names: `run:KEY` or `job:ID` (all its seeds; one: `job:ID/SEED`), one or several; or runs.
        workspace: where runs lie; None: the current one.

    Raises:
        EncoderError: there is no such run.
        SettingsError: nothing is logged yet.
        StoreError: a run's record is damaged.
    """
    given = [names] if isinstance(names, str | Run) else list(names)
    named = ([one] if isinstance(one, Run) else find_runs(one, workspace) for one in given)
    found = {run.folder: run for some in named for run in some}
    labels: dict[tuple[str, int], str] = {}
    kinds: dict[str, str] = {}
    rows = []
    for run in sorted(found.values(), key=lambda run: (run.record.get("created", 0.0), run.seed)):
        made_of = [weighing(run.record["config"]), run.record.get("data"), run.record.get("checkpoint")]
        label = kinds.setdefault(fingerprint(made_of), _label(run))
        if (label, run.seed) in labels:
            label = run.name()
        labels[label, run.seed] = run.key
        rows += [(label, run.seed, *row) for row in _rows(run)]
    if not rows:
        raise SettingsError("training_log: nothing is logged of these runs yet; wait for their first ten steps.")
    table = pd.DataFrame(rows, columns=_COLUMNS)
    order = {label: at for at, label in enumerate(dict.fromkeys(table["run"]))}
    table = table.assign(_at=table["run"].map(lambda label: order[label]))
    table = table.sort_values(["_at", "seed", "step"], kind="stable").drop(columns="_at").reset_index(drop=True)
    keys = [f"run:{run.key}" for run in found.values()]
    table.attrs["settings"] = {"analysis": "training_log", "runs": keys}
    return table


def _label(run: Run) -> str:
    return f"job:{run.jobs[0]}" if run.jobs else f"run:{run.key[:12]}"


def _rows(run: Run) -> Iterator[tuple[int, float, str, str, float]]:
    """step, epoch, name, language, value."""
    epochs: dict[int, float] = {}
    for line in run.log():
        step, kind = int(line.get("step", 0)), line["event"]
        if kind in ("step", "scores"):
            epochs[step] = float(line["epoch"])
        if kind == "step":
            numbers = {f"loss/{name}": value for name, value in line["losses"].items()}
            numbers |= {name: line[name] for name in _OF_STEPS if name in line}
            yield from ((step, epochs[step], name, "", float(value)) for name, value in numbers.items())
        elif kind in ("scores", "test"):
            part = line.get("part", "best")
            epoch = epochs.get(step, float("nan"))
            yield from ((step, epoch, *row) for row in _scores(part, line["scores"]))


def _scores(part: str, scores: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, float]]:
    for language, of in scores.items():
        for name, value in of.items():
            yield f"{part}/{name}", language, float(value)
