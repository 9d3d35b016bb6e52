"""Starts jobs, each in a process group of its own that outlives whoever started it, and finds them again.

There is no queue: a job starts when it is submitted. `State.QUEUED` is the moment before its process runs.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from embspace.errors import StoreError
from embspace.jobs.identity import Identity
from embspace.jobs.job import VERSION, Job, State
from embspace.jobs.store import LOG, RECORD
from embspace.storage import fingerprint, read_json, write_json
from embspace.workspace import Workspace


def submit(workflow: str, config: object, workspace: Workspace) -> Job:
    """The running job of this workflow and config: an equal one that runs already, or a new one.

    Args:
        workflow: a name of `workflows.registry`, or "module:Config" of your own.
        config: the workflow's dataclass, or its JSON form.
        workspace: where the job lies and computes into.

    Raises:
        StoreError: the folder cannot be written, or the process cannot be started.
    """
    plain = _plain(config)
    key = fingerprint({"workflow": workflow, "config": plain})
    with _alone(workspace.jobs):
        for job in all_jobs(workspace):
            if job.key == key and job.state in (State.QUEUED, State.RUNNING):
                return job
        now = time.time()
        name = f"{datetime.fromtimestamp(now):%Y%m%d-%H%M%S}-{workflow.partition(':')[0]}-{uuid4().hex[:6]}"
        folder = workspace.jobs / name
        record = {
            "version": VERSION,
            "workflow": workflow,
            "config": plain,
            "key": key,
            "created": now,
            "workspace": str(workspace.root),
        }
        write_json(folder / RECORD, record)
        _start(folder, workspace)
    return Job.open(folder)


def all_jobs(workspace: Workspace) -> list[Job]:
    """Every job of the workspace, the latest first; one whose record is damaged hides no other."""
    found = []
    for path in workspace.jobs.glob(f"*/{RECORD}"):
        with suppress(StoreError):
            found.append(Job.open(path.parent))
    return sorted(found, key=lambda job: job.created, reverse=True)


def damaged_jobs(workspace: Workspace) -> list[str]:
    """What is wrong with the records that `all_jobs` passes over, a sentence each."""
    problems = []
    for path in sorted(workspace.jobs.glob(f"*/{RECORD}")):
        try:
            Job.open(path.parent)
        except StoreError as error:
            problems.append(str(error))
    return problems


def find_job(name: str, workspace: Workspace) -> Job:
    """The job of an id, or of a part of one that only it has.

    Raises:
        StoreError: no job or several have it.
    """
    jobs = all_jobs(workspace)
    found = [job for job in jobs if job.id == name] or [job for job in jobs if name in job.id]
    if len(found) != 1:
        known = ", ".join(job.id for job in (found or jobs)[:5]) or "none"
        raise StoreError(f"{len(found) or 'No'} jobs in {workspace.jobs} are called {name!r}; there are: {known}.")
    return found[0]


def record_process(folder: Path, process: Identity) -> None:
    """Note in `job.json` which process does the job; its starter and the process itself write the same."""
    write_json(folder / RECORD, read_json(folder / RECORD) | {"process": process.plain()})


def _plain(config: object) -> dict[str, Any]:
    value = asdict(config) if is_dataclass(config) and not isinstance(config, type) else config
    if not isinstance(value, Mapping):
        raise TypeError(f"a config is a dataclass or a mapping, not a {type(config).__name__}")
    return json.loads(json.dumps(value))


def _start(folder: Path, workspace: Workspace) -> None:
    environment = os.environ | {"EMBSPACE_WORKSPACE": str(workspace.root), "PYTHONUNBUFFERED": "1"}
    # -P: a file called random.py in the current folder must not become a library.
    command = [sys.executable, "-P", "-m", "embspace.jobs.worker", str(folder)]
    try:
        with open(folder / LOG, "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=environment,
            )
    except OSError as error:
        raise StoreError(f"The process of the job {folder.name} cannot be started: {error}.") from error
    if identity := Identity.of(process.pid):
        record_process(folder, identity)
    # Nobody else may wait for it; a child that ended and was never waited for stays in the process table.
    threading.Thread(target=process.wait, daemon=True, name=f"wait for {folder.name}").start()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One submission at a time on this machine, so that two pages cannot start the same job."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = open(folder / ".lock", "ab")  # noqa: SIM115
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}.") from error
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
