"""Training runs as checkpoints: `run:KEY@STEP` and `job:ID@STEP` name a step of a run in the workspace. No torch.

A run is a folder `workspace.checkpoints/<key>/`: `run.json` says what is trained, `log.jsonl` what happened, `model/`
holds configuration and tokenizer, `step-00000123/` a checkpoint, `best.json` the number of the best step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embspace.errors import EncoderError, StoreError
from embspace.jobs.store import Events
from embspace.storage import read_json
from embspace.workspace import Workspace, current_workspace

RECORD, LOG, BEST, DONE = "run.json", "log.jsonl", "best.json", "complete.json"
MODEL = "model"
VERSION = 1
_NAME = re.compile(r"(run|job):([^@/]+)(?:/(\d+))?(?:@(\d+|best|last))?")


@dataclass(frozen=True, slots=True)
class Run:
    """A training run as it lies in its folder.

    Attributes:
        folder: named by its key.
        seed: of its draws.
        jobs: the ids of the jobs that worked on it, the first one first.
        state: training, stopped, finished or failed; training is also what a killed run says.
        record: all of `run.json`.
    """

    folder: Path
    seed: int
    jobs: tuple[str, ...]
    state: str
    record: dict[str, Any]

    @property
    def key(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def best(self) -> int | None:
        """The best step; None: no epoch has ended yet."""
        path = self.folder / BEST
        return int(read_json(path)["step"]) if path.exists() else None

    def saved(self) -> list[int]:
        """The steps whose weights are stored, ascending."""
        names = [path.parent.name[5:] for path in self.folder.glob(f"step-*/{DONE}")]
        return sorted(int(name) for name in names if name.isdecimal())

    def probed(self) -> dict[int, dict[str, Any]]:
        """What the log says of probes by step: `fingerprint` of the encoder, `space`, `seconds`."""
        return {one["step"]: one for one in self.log("probe")}

    def log(self, event: str | None = None) -> list[dict[str, Any]]:
        """The log's lines by step, of one kind (step, scores, probe, ...) or all; of a step done twice the last."""
        kept: dict[tuple[Any, ...], dict[str, Any]] = {}
        for line in Events(self.folder / LOG).fresh():
            kept[line["event"], line.get("step", 0), line.get("part")] = line
        found = [line for line in kept.values() if event in (None, line["event"])]
        return sorted(found, key=lambda line: line.get("step", 0))

    def name(self, step: int | str | None = None) -> str:
        """How a step, or the run, is called: by the first job that worked on it, else by its key."""
        name = f"job:{self.jobs[0]}" if self.jobs else f"run:{self.key}"
        if self.jobs and self.record.get("several", len(self.record["config"]["seeds"]) > 1):
            name += f"/{self.seed}"
        return name if step is None else f"{name}@{step}"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run, found by a name.

    Attributes:
        run: the run.
        number: of the step.
        fingerprint: of its encoder.
        folder: a folder of transformers' files; of a step that was only probed the one without weights.
        gone: why there are no weights to open; empty: there are.
    """

    run: Run
    number: int
    fingerprint: str
    folder: Path
    gone: str = ""


def is_trained(name: str) -> bool:
    """Whether a name means a step of a training run."""
    return name.startswith(("run:", "job:"))


def step_folder(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies in the folder of its run."""
    return folder / f"step-{step:08d}"


def open_run(folder: Path) -> Run:
    """The run of a folder.

    Raises:
        StoreError: its record is missing, damaged or of another version.
    """
    record = read_json(folder / RECORD)
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise StoreError(f"{folder / RECORD} was not written by this version of embspace; remove the folder.")
    return Run(folder, record["seed"], tuple(record["jobs"]), record["state"], record)


def runs(workspace: Workspace | None = None) -> list[Run]:
    """Every run of the workspace, the latest first; damaged ones are passed over."""
    found = []
    for path in (workspace or current_workspace()).checkpoints.glob(f"*/{RECORD}"):
        with suppress(StoreError):
            found.append(open_run(path.parent))
    return sorted(found, key=lambda run: run.record.get("created", 0.0), reverse=True)


def find_step(name: str, workspace: Workspace | None = None) -> Step:
    """The step that a name means.

    Args:
        name: `run:KEY@STEP`, `job:ID@STEP`, or `job:ID/SEED@STEP` where a job trains several; KEY and ID may be
            shortened. `@best` and nothing mean the best step, `@last` the last one saved.
        workspace: where runs lie; None: the current one.

    Raises:
        EncoderError: there is no such run or step; says which there are.
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise EncoderError(
            f"{name!r} names no step of a run; expected run:KEY@STEP or job:ID@STEP, such as job:4f2@50."
        )
    kind, given, seed, step = found.groups()
    run = _find_run(name, kind, given, seed, runs(workspace))
    number = _number(name, run, step)
    folder = step_folder(run.folder, number)
    if (folder / DONE).exists():
        return Step(run, number, str(read_json(folder / DONE)["fingerprint"]), folder)
    probes = run.probed()
    if number not in probes:
        raise EncoderError(f"{name}: the run has no step {number}; {_steps(run)}.")
    gone = (
        f"{name}: of step {number} the space of its probe is stored, not its weights; {_steps(run)}. To keep the "
        "weights of more steps, train with a smaller save_every and a larger save_total_limit."
    )
    return Step(run, number, str(probes[number]["fingerprint"]), run.folder / MODEL, gone)


def find_runs(name: str, workspace: Workspace | None = None) -> list[Run]:
    """The runs that a name means, by seed: `job:ID` all of a job, `job:ID/SEED` or `run:KEY` one.

    Args:
        name: ID and KEY may be shortened; a step after them is not looked at.
        workspace: where runs lie; None: the current one.

    Raises:
        EncoderError: there is none, or a shortened name is of several jobs or runs; says which there are.
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise EncoderError(f"{name!r} names no run; expected run:KEY, job:ID or job:ID/SEED, such as job:4f2.")
    fitting = _fitting(name, found[1], found[2], found[3], runs(workspace))
    if len({run.seed for run in fitting}) < len(fitting):
        seeds = ", ".join(f"run:{run.key[:12]} (seed {run.seed})" for run in fitting[:5])
        raise EncoderError(f"{name} may mean {len(fitting)} runs; say which one by its key: {seeds}.")
    return sorted(fitting, key=lambda run: run.seed)


def _fitting(name: str, kind: str, given: str, seed: str | None, every: Sequence[Run]) -> list[Run]:
    if kind == "run":
        fitting = [run for run in every if run.key.startswith(given)]
    else:
        whole = [run for run in every if given in run.jobs]
        fitting = whole or [run for run in every if any(given in job for job in run.jobs)]
    if seed is not None:
        fitting = [run for run in fitting if run.seed == int(seed)]
    if not fitting:
        known = ", ".join(dict.fromkeys(f"run:{run.key[:12]}" for run in every[:5])) or "none"
        raise EncoderError(f"{name}: there is no such run in the workspace; there are: {known}.")
    return fitting


def _find_run(name: str, kind: str, given: str, seed: str | None, every: Sequence[Run]) -> Run:
    fitting = _fitting(name, kind, given, seed, every)
    if len(fitting) > 1:
        seeds = ", ".join(f"run:{run.key[:12]} (seed {run.seed})" for run in fitting[:5])
        raise EncoderError(f"{name} may mean {len(fitting)} runs; say which one by its key: {seeds}.")
    return fitting[0]


def _number(name: str, run: Run, step: str | None) -> int:
    if step is not None and step.isdecimal():
        return int(step)
    saved = run.saved()
    number = run.best if step != "last" else saved[-1] if saved else None
    if number is None:
        raise EncoderError(f"{name}: the run has no {step or 'best'} step yet; {_steps(run)}.")
    return number


def _steps(run: Run) -> str:
    saved, probed = run.saved(), sorted(run.probed())
    told = [f"{what} are {', '.join(map(str, some))}" for what, some in (("saved", saved), ("probed", probed)) if some]
    return " and ".join(told) or "none is saved yet"
