"""Jobs of the tests: what they are called, waiting for them, and folders without a process."""

import time
from pathlib import Path

from embspace.jobs.job import Job
from embspace.jobs.store import EVENTS, RECORD, Events
from embspace.jobs.supervisor import submit
from embspace.storage import write_json

NAME = "tiny_workflows:Count"
ENDLESS = {"upto": 10_000, "pause": 0.05}


def wait_for(condition, seconds=20.0):
    """What a condition comes to once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def run_to_end(workspace, **config):
    job = submit(NAME, config, workspace)
    job.wait(20)
    return job


def wait_in_line(workspace, device=None, **config):
    """A submitted job that waits its turn."""
    return submit(NAME, config, workspace, queue=True, device=device)


def idle_job(workspace, process=None, device=None, name="20260101-000000-count-abcdef", **record):
    """A job folder without a process, or with one of these words."""
    folder = workspace.jobs / name
    launch = {"device": device, "cwd": "/", "environment": {"PYTHONPATH": str(Path(__file__).parent)}}
    base = {"version": 1, "workflow": NAME, "config": {}, "key": name, "created": time.time(), "launch": launch}
    write_json(folder / RECORD, base | {"workspace": str(workspace.root)} | record)
    if process:
        Events(folder / EVENTS).append("process", **process)
    return Job.open(folder)


def lines(path):
    return Path(path).read_text().splitlines() if Path(path).exists() else []
