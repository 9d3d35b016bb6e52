"""The queue of a workspace, and the supervisor that works it off: `python -m embspace.jobs.queue WORKSPACE [LOCK]`.

A supervisor may die at any moment: all it knows it reads from the folders of the jobs, whoever started them.
"""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from embspace.errors import EmbspaceError, SettingsError, StoreError
from embspace.jobs.job import GRACE, Job
from embspace.jobs.launch import JOB
from embspace.jobs.locks import alone, supervisor_lock
from embspace.jobs.signals import end_leftovers
from embspace.jobs.state import State
from embspace.jobs.store import EVENTS, RECORD, Events
from embspace.workspace import Workspace

AT_ONCE = "EMBSPACE_JOBS_PER_DEVICE"
"""the variable that says how many jobs a device takes at once; 1 without it"""
POLL = 0.25
"""seconds between two looks"""
TRIES = 3
"""how often a process is started for a job before it counts as one that cannot be started"""
AGAIN = 2.0
"""seconds before a process is started once more for a job whose process died before it began"""
UNABLE = (
    "The process of this job died {count} times before it could begin; its log says why, if anything does: {log}. "
    "Resume it once that is mended."
)


class Queue:
    """The jobs of a workspace that wait for a device; keeps them open, so that a look costs only what is new."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._known: dict[str, Job | None] = {}
        self._swept: set[str] = set()

    def jobs(self) -> dict[str, list[Job]]:
        """By device the jobs that have not ended, first those under way, then those that wait, in order."""
        return self._look()[0]

    def places(self) -> dict[str, int]:
        """By id of each job that waits how many are before it, the one under way among them."""
        lines = self.jobs().values()
        return {job.id: place for line in lines for place, job in enumerate(line) if not under_way(job)}

    def step(self) -> bool:
        """Start what can be started, end what does not stop; whether anything is left to be watched."""
        lines, gone = self._look()
        self._sweep(gone)
        for line in lines.values():
            for job in line[: at_once()]:
                if not under_way(job):
                    self._start(job)
                elif job.state is State.STOPPING:
                    _end_if_overdue(job)
        return bool(lines)

    def _look(self) -> tuple[dict[str, list[Job]], list[Job]]:
        """The lines of the devices, and the jobs whose process is gone."""
        found: dict[str, list[Job]] = defaultdict(list)
        gone = []
        for job in self._all():
            state = job.state
            if not state.ended:
                found[str(job.device)].append(job)
            elif state in (State.LOST, State.STOPPED):
                gone.append(job)
        return {device: sorted(jobs, key=_order) for device, jobs in found.items()}, gone

    def _start(self, job: Job) -> None:
        """Start the process of a job, once more if one died before it began."""
        with alone(self.workspace.jobs):
            now = job.standing
            if job.state is not State.QUEUED or under_way(job) or not (job.folder / RECORD).exists():
                return
            if 0 <= time.time() - now.start < AGAIN:
                return
            if now.starts >= TRIES:
                error = UNABLE.format(count=now.starts, log=job.log)
                Events(job.folder / EVENTS).append("state", state=State.FAILED, error=error)
            else:
                job.launch.start(job.folder, job.workspace)

    def _sweep(self, gone: list[Job]) -> None:
        """End what a process that was killed has left running: it may hold the memory of a device."""
        for job in gone:
            if job.id not in self._swept:
                end_leftovers(job.standing.process, f"{JOB}={job.id}")
        self._swept = {job.id for job in gone}

    def _all(self) -> list[Job]:
        """Every job that waits or waited for a device; records that are damaged are passed over."""
        folder = self.workspace.jobs
        names = {path.name for path in folder.iterdir() if path.name[0] != "."} if folder.is_dir() else set()
        self._known = {name: job for name, job in self._known.items() if name in names}
        for name in names - set(self._known):
            with suppress(StoreError):
                job = Job.open(folder / name)
                self._known[name] = job if job.device is not None else None
        return [job for job in self._known.values() if job is not None]


def at_once() -> int:
    """How many jobs a device takes at once.

    Raises:
        SettingsError: the variable is no number above 0.
    """
    value = os.environ.get(AT_ONCE, "1")
    if not value.isdecimal() or int(value) < 1:
        raise SettingsError(f"{AT_ONCE} = {value!r}: expected a number of jobs, 1 or more.")
    return int(value)


def under_way(job: Job) -> bool:
    """Whether a process lives that does a job, or is about to."""
    process = job.standing.process
    return job.state in (State.RUNNING, State.STOPPING) or (process is not None and process.alive())


def serve(workspace: Workspace, lock: int | None = None) -> bool:
    """Work the queue off until nothing is left of it.

    Args:
        workspace: whose jobs.
        lock: the supervisor's lock, where whoever started this process took it.

    Returns:
        Whether this process was the supervisor: False where another one is.
    """
    if lock is None and (lock := supervisor_lock(workspace.jobs)) is None:
        return False
    os.set_inheritable(lock, False)  # the jobs outlive the supervisor and must not keep its lock
    queue, said = Queue(workspace), ""
    while True:
        try:
            if not queue.step() and _let_go(queue, lock):
                return True
        except (EmbspaceError, OSError) as error:  # such as a full disk: a later look may find it mended
            if str(error) != said:
                print(f"{time.ctime()}: {error}", file=sys.stderr, flush=True)  # noqa: T201
            said = str(error)
        time.sleep(POLL)


def _let_go(queue: Queue, lock: int) -> bool:
    """Give the lock back if nothing is left, while nobody can submit: who does so later finds no supervisor."""
    if not queue.workspace.jobs.is_dir():
        os.close(lock)
        return True
    with alone(queue.workspace.jobs):
        if not queue.jobs():
            os.close(lock)
            return True
    return False


def _end_if_overdue(job: Job) -> None:
    """End a job that was asked to stop long ago, should the one who asked be gone."""
    last = job.standing.last
    if time.time() - last["time"] >= last.get("grace", job.grace) + GRACE:
        job.cancel(0)


def _order(job: Job) -> tuple[bool, float, str]:
    return not under_way(job), job.standing.since, job.id


if __name__ == "__main__":
    serve(Workspace(Path(sys.argv[1])), int(sys.argv[2]) if len(sys.argv) > 2 else None)
