"""A workspace for jobs, and the end of whatever a test leaves running in it."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from embspace.jobs.signals import end_leftovers, send
from embspace.jobs.supervisor import all_jobs
from embspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    room = Workspace(tmp_path / "room")
    yield room
    for pid in supervisors(room):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for job in all_jobs(room):
        process = job.standing.process
        if process and process.pid != os.getpid():
            send(process, signal.SIGKILL)
            end_leftovers(process, f"EMBSPACE_JOB={job.id}")


def supervisors(workspace):
    """The processes that work off the queue of a workspace."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"embspace.jobs.queue" in words and str(workspace.root).encode() in words:
                found.append(int(folder.name))
    return found
