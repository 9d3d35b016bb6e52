"""The process of one job: `python -m embspace.jobs.worker FOLDER`."""

from __future__ import annotations

import errno
import importlib
import json
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from embspace.errors import EmbspaceError
from embspace.jobs.identity import Identity
from embspace.jobs.job import Job
from embspace.jobs.locks import alone, claim
from embspace.jobs.report import Reporter
from embspace.jobs.state import State
from embspace.jobs.store import EVENTS, LOG, Events
from embspace.jobs.supervisor import attend
from embspace.progress import Cancelled
from embspace.workspace import Workspace

REGISTRY = "embspace.workflows.registry"
"""imported by name: this room knows no models"""
PAUSE = 0.05
"""seconds between two looks at a claim that another process holds"""
RESERVE = ".reserve"
"""a few blocks kept so that a job on a full disk can still say so"""


def work(folder: Path) -> State:
    """Run the job of a folder to its end, whatever that is, and write it down.

    A job that has ended, or that another process does, is left as it is.
    """
    job = Job.open(folder)
    reporter = Reporter(Events(folder / EVENTS))
    _listen(reporter, at_once=False)
    while True:
        with claim(folder) as held:
            if held:
                _do(job, reporter)
        # A queued job whose claim is held is about to be begun, or was resumed while its last process still ends.
        if held or job.standing.state is not State.QUEUED or reporter.stopping:
            return job.state
        time.sleep(PAUSE)


def _do(job: Job, reporter: Reporter) -> None:
    """The work of a job whose claim this process holds, if it is still wanted."""
    events, folder = Events(job.folder / EVENTS), job.folder
    if job.standing.state not in (State.QUEUED, State.STOPPING):
        return
    outcome: dict[str, Any]
    try:
        (folder / RESERVE).write_bytes(os.urandom(16_384))
        _begin(job, events)
        # What waited its turn is trained: its state must not be torn in the middle of a step, so it stops at a count.
        _listen(reporter, at_once=job.device is None)
        if reporter.stopping:
            raise Cancelled
        registry = importlib.import_module(REGISTRY)
        result = registry.run(job.workflow, job.config, Workspace(job.workspace), reporter)
        outcome = {"state": State.FINISHED, "result": json.loads(json.dumps(result))}
    except (Cancelled, KeyboardInterrupt):
        outcome = {"state": State.STOPPED}
    except EmbspaceError as error:
        _log_traceback()
        outcome = {"state": State.FAILED, "error": str(error), "kind": type(error).__name__}
    except BaseException as error:
        _log_traceback()
        outcome = {"state": State.FAILED, "error": _sentence(error, folder)}
    reporter.stopping = True  # from here on a signal changes nothing
    reporter.flush()
    _conclude(events, folder, outcome)


def _begin(job: Job, events: Events) -> None:
    """Say that it runs, and in which process; a job that was cancelled meanwhile is not begun."""
    process = Identity.of(os.getpid())
    with alone(job.folder.parent):
        if job.standing.state is not State.QUEUED:
            raise Cancelled
        events.append("state", state=State.RUNNING, process=process.plain() if process else None)


def _listen(reporter: Reporter, at_once: bool) -> None:
    def stop(number: int, frame: object) -> None:
        if not reporter.stopping:
            reporter.stop(at_once)

    signal.signal(signal.SIGTERM, stop)


def _log_traceback() -> None:
    # The log may lie on the disk whose fullness is being reported.
    with suppress(OSError):
        traceback.print_exc()


def _sentence(error: BaseException, folder: Path) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return (
            "The disk is full. What was stored before is kept; make room and start the same again, "
            "it goes on where it stopped."
        )
    if isinstance(error, MemoryError):
        return "The memory is full; take fewer words, layers or languages at a time, or a machine with more."
    return f"An unexpected error ended the job ({type(error).__name__}); see {folder / LOG}."


def _conclude(events: Events, folder: Path, outcome: dict[str, Any]) -> None:
    try:
        events.append("state", **outcome)
    except OSError:
        (folder / RESERVE).unlink(missing_ok=True)
        events.append("state", **outcome)
    finally:
        (folder / RESERVE).unlink(missing_ok=True)


def main(folder: Path) -> int:
    """Do a job; then see to it that what waits behind it is started. The exit status says how the job ended."""
    job = Job.open(folder)
    state = work(folder)
    if job.device is not None:
        with suppress(EmbspaceError, OSError):
            attend(Workspace(folder.parents[1]))
    return {State.FINISHED: 0, State.STOPPED: 130}.get(state, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
