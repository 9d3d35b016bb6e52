import fcntl
import json
import os
import time
from dataclasses import asdict

import pytest

from embspace.jobs.job import Job
from embspace.jobs.launch import Launch
from embspace.jobs.state import State
from embspace.storage import write_json
from embspace.workflows import ready
from embspace.workflows.predict import PredictConfig
from embspace.workflows.ready import LOCK, serve, start_ready


def submitted(workspace, name, config, **launch):
    """A job that was written down and whose own process has not come yet."""
    given = asdict(Launch.here(None, False, {})) | launch
    record = {"version": 1, "workflow": "predict", "key": name, "created": time.time(), "config": config}
    write_json(workspace.jobs / name / "job.json", record | {"workspace": str(workspace.root), "launch": given})
    return Job.open(workspace.jobs / name)


def asked(taught):
    return json.loads(json.dumps(asdict(PredictConfig("job:en-job@best", texts=("Washington was",), language="en"))))


def test_short_texts_are_labelled_and_nothing_else_is_touched(taught):
    config = asked(taught)
    short = submitted(taught, "20260101-000000-predict-aaaaaa", config)
    long = submitted(taught, "20260101-000001-predict-bbbbbb", {**config, "texts": [], "language": ""})
    other = submitted(taught, "20260101-000002-predict-cccccc", config, cwd="/")
    (taught.jobs / "20260101-000003-predict-dddddd").mkdir()  # its record is not written yet
    wrong = submitted(taught, "20260101-000004-predict-eeeeee", {**config, "checkpoint": "mini"})
    serve(taught, idle=0.5)
    assert short.state is State.FINISHED and short.result["words"] == 2
    assert wrong.state is State.FAILED and "labels no words" in wrong.error
    assert [one.standing.state for one in (long, other)] == [State.QUEUED] * 2
    assert "EMBSPACE_JOB" not in os.environ


def test_one_process_is_started_for_a_workspace(workspace, monkeypatch):
    started = []

    class Started:
        pid = 1

        def __init__(self, command, *, pass_fds, **_):
            started.append((command, os.dup(pass_fds[0])))

        def wait(self):
            pass

    monkeypatch.setattr(ready.subprocess, "Popen", Started)
    assert start_ready(workspace) and not start_ready(workspace)
    [(command, lock)] = started
    assert command[2:] == ["-m", "embspace.workflows.ready", str(workspace.root)]
    os.close(lock)  # its process has ended
    assert start_ready(workspace)
    with pytest.raises(BlockingIOError), open(workspace.jobs / LOCK, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(started[1][1])
