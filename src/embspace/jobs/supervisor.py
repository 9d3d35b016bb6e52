"""What is asked of the jobs of a workspace: a new one, an ended one once more.

Most jobs start when they are submitted. Training waits its turn, one job at a time on each device: the supervisor
(`queue.py`), a process that is started where it is missing and ends when nothing is left, starts what waits, in order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from embspace.errors import JobError, StoreError
from embspace.jobs.job import VERSION, Job
from embspace.jobs.launch import JOB, Launch, start_supervisor
from embspace.jobs.locks import alone
from embspace.jobs.queue import at_once
from embspace.jobs.shelf import all_jobs, damaged_jobs, find_job, remove
from embspace.jobs.signals import end_leftovers
from embspace.jobs.state import State
from embspace.jobs.store import EVENTS, RECORD, Events
from embspace.storage import fingerprint, write_json
from embspace.workspace import Workspace

__all__ = ["all_jobs", "damaged_jobs", "find_job", "remove", "resume", "retry", "submit"]

QUEUING = ("train", "pretrain")
"""workflows that wait for their device; what a page asks for must not wait behind an hour of training"""


def submit(
    workflow: str, config: object, workspace: Workspace, *, device: str | None = None, queue: bool | None = None
) -> Job:
    """The job of this workflow and config: an equal one that has not ended, or a new one.

    Args:
        workflow: a name of `workflows.registry`, or "module:Config" of your own.
        config: the workflow's dataclass, or its JSON form.
        workspace: where the job lies and computes into.
        device: the only one that the job shall see: cpu, mps, cuda, cuda:1, ...; without it the workflow chooses.
        queue: whether it waits until no other such job is on its device; without it, whether it is of `QUEUING`.

    Raises:
        SettingsError: there is no such device, or `EMBSPACE_JOBS_PER_DEVICE` is no number.
        StoreError: the folder cannot be written, or the process cannot be started.
    """
    plain = _plain(config)
    queue = workflow in QUEUING if queue is None else queue
    if queue:
        at_once()
    return _submit(workflow, plain, workspace, Launch.here(device, queue, plain))


def retry(job: Job) -> Job:
    """A new job of the same workflow and config, started in the same way; or an equal one that has not ended.

    Raises:
        JobError: the job has not ended.
        StoreError: the folder cannot be written, or the process cannot be started.
    """
    if not (state := job.state).ended:
        raise JobError(f"The job {job.id} is {state}; it can be tried again when it has ended.")
    return _submit(job.workflow, job.config, Workspace(job.folder.parents[1]), job.launch)


def resume(job: Job) -> Job:
    """Go on with a job that was stopped, failed or was lost, in its own folder; training goes on at its checkpoint.

    Raises:
        JobError: it has not ended, has finished, or an equal one is under way.
        StoreError: the folder cannot be written, or the process cannot be started.
    """
    place = Workspace(job.folder.parents[1])
    with alone(place.jobs):
        state = job.state
        if state is State.FINISHED:
            raise JobError(f"The job {job.id} has finished; there is nothing to resume. `retry` does it anew.")
        if not state.ended:
            raise JobError(f"The job {job.id} is {state}; only one that has ended can be resumed.")
        if other := _equal(job.key, place):
            raise JobError(f"The job {other.id} does the same as {job.id} and is {other.state}; nothing to resume.")
        end_leftovers(job.standing.process, f"{JOB}={job.id}")
        Events(job.folder / EVENTS).append("resumed")
        _go(job)
    return job


def attend(workspace: Workspace) -> bool:
    """Start the supervisor where jobs wait and none runs, as after a restart of the machine; whether it was started.

    Raises:
        StoreError: it cannot be started.
    """
    waits = any(job.device is not None and not job.state.ended for job in all_jobs(workspace))
    return waits and start_supervisor(workspace.root, workspace.jobs)


def _submit(workflow: str, plain: dict[str, Any], workspace: Workspace, launch: Launch) -> Job:
    key = fingerprint({"workflow": workflow, "config": plain})
    with alone(workspace.jobs):
        if job := _equal(key, workspace):
            return job
        now = time.time()
        name = f"{datetime.fromtimestamp(now):%Y%m%d-%H%M%S}-{workflow.partition(':')[0]}-{uuid4().hex[:6]}"
        record = {
            "version": VERSION,
            "workflow": workflow,
            "config": plain,
            "key": key,
            "created": now,
            "workspace": str(workspace.root),
            "launch": asdict(launch),
        }
        write_json(workspace.jobs / name / RECORD, record)
        job = Job.open(workspace.jobs / name)
        _go(job)
    return job


def _go(job: Job) -> None:
    """Start a job, or see to it that there is a supervisor who will."""
    try:
        if job.device is None:
            job.launch.start(job.folder, job.workspace)
        else:
            start_supervisor(job.folder.parents[1], job.folder.parent)
    except StoreError as error:
        Events(job.folder / EVENTS).append("state", state=State.FAILED, error=str(error))
        raise


def _equal(key: str, workspace: Workspace) -> Job | None:
    """A job of this key that is queued or running."""
    active = (State.QUEUED, State.RUNNING)
    return next((job for job in all_jobs(workspace) if job.key == key and job.state in active), None)


def _plain(config: object) -> dict[str, Any]:
    value = asdict(config) if is_dataclass(config) and not isinstance(config, type) else config
    if not isinstance(value, Mapping):
        raise TypeError(f"a config is a dataclass or a mapping, not a {type(config).__name__}")
    return json.loads(json.dumps(value))
