"""Several fine-tunings as jobs: submitted together, done in the order of their device's queue, some after others."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeAlias

import pandas as pd

from embspace.encoders.trained import Run, open_run
from embspace.errors import JobError
from embspace.jobs.job import Job
from embspace.jobs.state import State
from embspace.jobs.supervisor import attend, submit
from embspace.progress import Progress
from embspace.training.config import TrainConfig
from embspace.workflows.train import finished
from embspace.workspace import Workspace

LOOK = 0.5
"""seconds between two looks at the jobs"""
ATTEND = 20
"""looks between two at whether the queue is attended to, which reads every job of the workspace"""


@dataclass(frozen=True, slots=True)
class Trained:
    """A fine-tuning that was made, or found made: one run per seed.

    Attributes:
        name: within the batch, such as "en" or "all-but-tr, 3 frozen".
        config: of it.
        result: of `workflows.train.run`.
    """

    name: str
    config: TrainConfig
    result: Mapping[str, Any]

    def runs(self, workspace: Workspace) -> dict[int, Run]:
        """Seed -> run."""
        return {one["seed"]: open_run(workspace.checkpoints / one["key"]) for one in self.result["runs"]}

    def checkpoints(self) -> dict[int, str]:
        """Seed -> its best epoch, as a name for `load_encoder`."""
        return {one["seed"]: f"run:{one['key']}@best" for one in self.result["runs"]}

    def scores(self, part: str = "scores") -> pd.DataFrame:
        """The scores of each seed's best epoch: `name seed language score value`.

        Args:
            part: `scores`, of the test sentences; `dev`, of those that chose the epoch.
        """
        rows = [
            (self.name, one["seed"], language, score, value)
            for one in self.result["runs"]
            for language, of in one[part].items()
            for score, value in of.items()
        ]
        return pd.DataFrame(rows, columns=["name", "seed", "language", "score", "value"])


@dataclass(frozen=True, slots=True)
class After:
    """A fine-tuning that begins at the best epoch of another one.

    Attributes:
        parent: the other one's name.
        config: with one seed, which the other one has too; its `checkpoint` is not looked at.
    """

    parent: str
    config: TrainConfig

    def of(self, parent: Trained) -> TrainConfig:
        """What is trained, now that the other one is done."""
        (seed,) = self.config.seeds
        return replace(self.config, checkpoint=parent.checkpoints()[seed])


Plan: TypeAlias = TrainConfig | After
"""what is trained, now or later"""


class Batch(AbstractContextManager["Batch"]):
    """Fine-tunings, each a job of its own, from the begin of a `with` block; what ends it early stops those under way.

    One that is finished is found; one that was stopped or lost goes on at its last checkpoint.

    Args:
        plans: name -> what is trained.
        workspace: of the jobs.
        progress: may raise `Cancelled`; the jobs then write a checkpoint.
    """

    def __init__(self, plans: Mapping[str, Plan], workspace: Workspace, progress: Progress) -> None:
        self._plans, self._workspace, self._progress = plans, workspace, progress
        self._configs: dict[str, TrainConfig] = {}
        self._found: dict[str, Trained] = {}
        self._jobs: dict[str, Job] = {}
        self._failed: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._look(self._plans)
            self._submit()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for job in self._jobs.values():
                job.cancel()

    def _look(self, names: Iterable[str]) -> None:
        """Find which are done, as far as what they begin at is there."""
        for name in names:
            plan = self._plans[name]
            if isinstance(plan, After):
                if plan.parent in self._failed:
                    self._failed[name] = f"{plan.parent}, which it begins at, did not finish"
                if plan.parent not in self._found:
                    continue
                plan = plan.of(self._found[plan.parent])
            self._progress.advance(0, name)
            self._configs[name] = plan
            if (result := finished(plan, self._workspace)) is not None:
                self._found[name] = Trained(name, plan, result)

    def _submit(self) -> None:
        for name, config in self._configs.items():
            if name not in self._found and name not in self._failed and name not in self._jobs:
                self._jobs[name] = submit("train", config, self._workspace)

    def _go_on(self) -> None:
        """Begin what has waited for others, over and over: some wait for those that are found now."""
        while waiting := [name for name in self._plans if name not in self._configs and name not in self._failed]:
            self._look(waiting)
            if not any(name in self._configs or name in self._failed for name in waiting):
                break
        self._submit()

    def wait(self, names: Iterable[str]) -> dict[str, Trained]:
        """Some of the fine-tunings, when all of these have ended.

        Raises:
            JobError: some did not finish; each one and why.
        """
        wanted = list(names)
        if wanted:
            self._progress.stage("fine-tuning", len(wanted), "trainings")
        waiting, looks = wanted, 0
        while waiting:
            if looks % ATTEND == 0:
                attend(self._workspace)
            looks += 1
            waiting = [name for name in waiting if not self._ended(name)]
            if len(self._configs) < len(self._plans):
                self._go_on()
            self._progress.advance(0, self._under_way())
            time.sleep(LOOK if waiting else 0)
        if lost := [name for name in wanted if name not in self._found]:
            raise JobError(_told({name: self._failed[name] for name in lost}, len(wanted)))
        return {name: self._found[name] for name in wanted}

    def check(self) -> None:
        """See that all that were waited for have finished.

        Raises:
            JobError: some did not; each one and why.
        """
        if self._failed:
            raise JobError(_told(self._failed, len(self._plans)))

    @property
    def finished(self) -> list[Trained]:
        """The fine-tunings that are done."""
        return list(self._found.values())

    def _ended(self, name: str) -> bool:
        """Whether a fine-tuning needs no more waiting; what all that have ended came to is kept, for others wait."""
        for other in list(self._jobs):
            self._collect(other)
        if name not in self._found and name not in self._failed:
            return False
        self._progress.advance(1, name)
        return True

    def _collect(self, name: str) -> None:
        job = self._jobs[name]
        if not (state := job.state).ended:
            return
        del self._jobs[name]
        if state is State.FINISHED:
            self._found[name] = Trained(name, self._configs[name], job.result or {})
        else:
            self._failed[name] = job.error or f"the job {job.id} was stopped; run the same again to go on with it"

    def _under_way(self) -> str:
        """What is trained now, with its own progress."""
        for name, job in self._jobs.items():
            report = job.progress() if job.state is State.RUNNING else None
            if report is not None:
                done = f" {report.done:,} of {report.total:,} {report.unit}".rstrip() if report.total else ""
                return f"{name}: {report.stage}{done}"
        return ""


def _told(failed: Mapping[str, str], of: int) -> str:
    told = "\n".join(f"{name}: {why}" for name, why in failed.items())
    return f"{len(failed)} of {of} fine-tunings did not finish:\n{told}"
