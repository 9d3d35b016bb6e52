"""The fine-tunings of a study as jobs: submitted together, done in the order of their device's queue."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from embspace.errors import JobError
from embspace.jobs.job import Job
from embspace.jobs.state import State
from embspace.jobs.supervisor import attend, submit
from embspace.progress import Progress
from embspace.studies.study import Trained
from embspace.training.config import TrainConfig
from embspace.workflows.train import finished
from embspace.workspace import Workspace

LOOK = 0.5
"""seconds between two looks at the jobs"""
ATTEND = 20
"""looks between two at whether the queue is attended to, which reads every job of the workspace"""


class Batch(AbstractContextManager["Batch"]):
    """Fine-tunings, each a job of its own, from the begin of a `with` block; what ends it early stops those under way.

    One that is finished is found; one that was stopped or lost goes on at its last checkpoint.

    Args:
        configs: name -> what is trained.
        workspace: of the jobs.
        progress: may raise `Cancelled`; the jobs then write a checkpoint.
    """

    def __init__(self, configs: Mapping[str, TrainConfig], workspace: Workspace, progress: Progress) -> None:
        self._configs, self._workspace, self._progress = configs, workspace, progress
        self._found: dict[str, Trained] = {}
        self._jobs: dict[str, Job] = {}
        self._failed: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            for name, config in self._configs.items():
                self._progress.advance(0, name)
                if (result := finished(config, self._workspace)) is not None:
                    self._found[name] = Trained(name, config, result)
            for name, config in self._configs.items():
                if name not in self._found:
                    self._jobs[name] = submit("train", config, self._workspace)
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
            raise JobError(_told(self._failed, len(self._configs)))

    @property
    def finished(self) -> list[Trained]:
        """The fine-tunings that are done."""
        return list(self._found.values())

    def _ended(self, name: str) -> bool:
        """Whether a fine-tuning needs no more waiting; what it came to is kept."""
        job = self._jobs.get(name)
        if job is not None:
            if not (state := job.state).ended:
                return False
            del self._jobs[name]
            if state is State.FINISHED:
                self._found[name] = Trained(name, self._configs[name], job.result or {})
            else:
                self._failed[name] = job.error or f"the job {job.id} was stopped; run the study again to go on with it"
        self._progress.advance(1, name)
        return True

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
