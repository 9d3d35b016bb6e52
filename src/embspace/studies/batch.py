"""The fine-tunings of a study as jobs: submitted together, done in the order of their device's queue."""

from __future__ import annotations

import time
from collections.abc import Mapping

from embspace.errors import JobError
from embspace.jobs.job import Job
from embspace.jobs.state import State
from embspace.jobs.supervisor import attend, submit
from embspace.progress import Cancelled, Progress
from embspace.studies.study import Trained
from embspace.training.config import TrainConfig
from embspace.workflows.train import finished
from embspace.workspace import Workspace

LOOK = 0.5
"""seconds between two looks at the jobs"""
ATTEND = 20
"""looks between two at whether the queue is attended to, which reads every job of the workspace"""


def train_all(configs: Mapping[str, TrainConfig], workspace: Workspace, progress: Progress) -> dict[str, Trained]:
    """Have every fine-tuning done, each a job of its own; one that is finished is found.

    One that was stopped or lost goes on at its last checkpoint. All of them are waited for, also when one fails, so
    that as little as possible is left to be done when it is mended.

    Args:
        configs: name -> what is trained.
        workspace: of the jobs.
        progress: counts fine-tunings; `Cancelled` stops those under way, after a checkpoint.

    Raises:
        JobError: jobs failed: each one and why.
    """
    progress.stage("fine-tuning", len(configs), "trainings")
    found = _finished(configs, workspace, progress)
    jobs = {name: submit("train", config, workspace) for name, config in configs.items() if name not in found}
    waiting, looks = dict(jobs), 0
    try:
        while waiting:
            if looks % ATTEND == 0:
                attend(workspace)
            looks += 1
            for name, job in list(waiting.items()):
                if (state := job.state).ended:
                    del waiting[name]
                    if state is State.FINISHED:
                        found[name] = Trained(name, configs[name], job.result or {})
                    progress.advance(1, name)
            progress.advance(0, _told(waiting))
            time.sleep(LOOK if waiting else 0)
    except (Cancelled, KeyboardInterrupt):
        for job in waiting.values():
            job.cancel()
        raise
    if failed := {name: job for name, job in jobs.items() if name not in found}:
        told = "\n".join(f"{name}: {_why(job)}" for name, job in failed.items())
        raise JobError(f"{len(failed)} of {len(configs)} fine-tunings did not finish:\n{told}")
    return {name: found[name] for name in configs}


def _finished(configs: Mapping[str, TrainConfig], workspace: Workspace, progress: Progress) -> dict[str, Trained]:
    found = {}
    for name, config in configs.items():
        if (result := finished(config, workspace)) is not None:
            found[name] = Trained(name, config, result)
            progress.advance(1, f"{name}: made before")
    return found


def _told(waiting: Mapping[str, Job]) -> str:
    """What is under way now, with its own progress."""
    for name, job in waiting.items():
        report = job.progress() if job.state is State.RUNNING else None
        if report is not None:
            done = f" {report.done:,} of {report.total:,} {report.unit}".rstrip() if report.total else ""
            return f"{name}: {report.stage}{done}"
    return ""


def _why(job: Job) -> str:
    """How a job ended that has no result."""
    return job.error or f"the job {job.id} was stopped; run the study again to go on with it"
