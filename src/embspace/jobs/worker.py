"""The process of one job: `python -m embspace.jobs.worker FOLDER`."""

from __future__ import annotations

import errno
import importlib
import json
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from embspace.errors import EmbspaceError
from embspace.jobs.identity import Identity
from embspace.jobs.job import Job, State
from embspace.jobs.report import Reporter
from embspace.jobs.store import EVENTS, LOG, Events
from embspace.jobs.supervisor import record_process
from embspace.progress import Cancelled
from embspace.workspace import Workspace

REGISTRY = "embspace.workflows.registry"
"""imported by name: this room knows no models"""
RESERVE = ".reserve"
"""a few blocks kept so that a job on a full disk can still say so"""


def work(folder: Path) -> State:
    """Run the job of a folder to its end, whatever that is, and write it down.

    A job that has ended already is left as it is.
    """
    job = Job.open(folder)
    events = Events(folder / EVENTS)
    reporter = Reporter(events)
    _listen(reporter)
    if (process := Identity.of(os.getpid())) is not None:
        record_process(folder, process)
    before = job.state
    if before.ended:
        return before
    outcome: dict[str, Any]
    try:
        if before is State.STOPPING:
            raise Cancelled
        (folder / RESERVE).write_bytes(os.urandom(16_384))
        events.append("state", state=State.RUNNING)
        registry = importlib.import_module(REGISTRY)
        result = registry.run(job.workflow, job.config, Workspace(job.workspace), reporter)
        outcome = {"state": State.FINISHED, "result": json.loads(json.dumps(result))}
    except (Cancelled, KeyboardInterrupt):
        outcome = {"state": State.STOPPED}
    except EmbspaceError as error:
        _log_traceback()
        outcome = {"state": State.FAILED, "error": str(error)}
    except BaseException as error:
        _log_traceback()
        outcome = {"state": State.FAILED, "error": _sentence(error, folder)}
    reporter.stopping = True  # from here on a signal changes nothing
    reporter.flush()
    _conclude(events, folder, outcome)
    return State(outcome["state"])


def _listen(reporter: Reporter) -> None:
    def stop(number: int, frame: object) -> None:
        if not reporter.stopping:
            reporter.stop()

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


if __name__ == "__main__":
    codes = {State.FINISHED: 0, State.STOPPED: 130}
    sys.exit(codes.get(work(Path(sys.argv[1]).resolve()), 1))
