"""A process that has loaded the model library and labels short texts as soon as they are asked for.

The process that is started for a job needs seconds to load the library; this one has done so before. It takes jobs by
their claims, as every process does: whichever comes first does the work, and the other ends.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from embspace.errors import StoreError
from embspace.jobs.job import Job
from embspace.jobs.launch import JOB, Launch
from embspace.jobs.state import State
from embspace.jobs.worker import work
from embspace.workspace import Workspace

WORKFLOW = "predict"
LIBRARY = "embspace.training.tagging_text"
LOCK, LOG = ".ready.lock", "ready.txt"
IDLE = 600.0
"""seconds without work after which it ends"""
PAUSE = 0.1
"""seconds between two looks"""


def start_ready(workspace: Workspace) -> bool:
    """Start such a process for a workspace where none runs; whether one was started. Where it cannot be, none is."""
    try:
        workspace.jobs.mkdir(parents=True, exist_ok=True)
        lock = os.open(workspace.jobs / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with open(workspace.jobs / LOG, "wb") as log:
            # The lock goes over with its open file: at no time can a second one take it.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "embspace.workflows.ready", str(workspace.root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
            )
    except OSError:
        return False
    finally:
        os.close(lock)
    # A child that ended and was never waited for stays in the process table.
    threading.Thread(target=process.wait, daemon=True, name=f"wait for {process.pid}").start()
    return True


def serve(workspace: Workspace, idle: float = IDLE, parent: int | None = None) -> None:
    """Do the predictions of texts that are submitted to a workspace from now on, until none was for `idle` seconds.

    Jobs of another environment or current folder are left to their own process. It ends with the process `parent`,
    whose child it is, and after a job that was stopped: whoever stops a job ends its process in the end.
    """
    mine, seen, last = Launch.here(None, False, {}), set[str](), time.monotonic()
    while time.monotonic() - last < idle and parent in (None, os.getppid()):
        for job in _fresh(workspace, seen):
            if job.launch == mine and job.config.get("texts") and job.standing.state is State.QUEUED:
                with _own(job):
                    if work(job.folder) is State.STOPPED:
                        return
                last = time.monotonic()
        time.sleep(PAUSE)


def _fresh(workspace: Workspace, seen: set[str]) -> Iterator[Job]:
    """Jobs that were not looked at, opened once their record is written."""
    for entry in os.scandir(workspace.jobs):
        if f"-{WORKFLOW}-" not in entry.name or entry.name in seen:
            continue
        with suppress(StoreError):
            job = Job.open(Path(entry.path))
            seen.add(entry.name)
            yield job


@contextmanager
def _own(job: Job) -> Iterator[None]:
    """What this process says goes into the job's log; a signal is the job's."""
    before, kept = signal.getsignal(signal.SIGTERM), [os.dup(1), os.dup(2)]
    os.environ[JOB] = job.id
    try:
        with open(job.log, "ab") as log:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        for number, handle in zip((1, 2), kept, strict=True):
            os.dup2(handle, number)
            os.close(handle)
        signal.signal(signal.SIGTERM, before)
        os.environ.pop(JOB, None)


def main(root: Path) -> None:
    """Load the library, and serve."""
    parent = os.getppid()
    os.environ["EMBSPACE_WORKSPACE"] = str(root)
    importlib.import_module(LIBRARY)
    serve(Workspace(root), parent=parent)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
