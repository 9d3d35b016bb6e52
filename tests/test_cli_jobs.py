"""`embspace jobs ...`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embspace.cli import app
from embspace.jobs import launch
from embspace.jobs.job import State
from embspace.jobs.signals import send
from embspace.jobs.supervisor import all_jobs, submit

TINY = "tiny_workflows:Count"
LONG = {"upto": 10_000, "pause": 0.02}


@pytest.fixture(autouse=True)
def tiny(workspace, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "jobs"))
    monkeypatch.setattr(launch, "default_device", lambda environment: "cpu")
    yield
    for job in all_jobs(workspace):
        job.cancel(0)
        send(job.standing.process, signal.SIGKILL)


def embspace(*words, status=0, answer=None):
    done = CliRunner().invoke(app, [*map(str, words)], input=answer)
    assert done.exit_code == status, done.output
    return done.stdout if status == 0 else done.stdout + done.stderr


def values(*words, status=0):
    return json.loads(embspace(*words, "--json", status=status))


def running(workspace, **config):
    job = submit(TINY, LONG | config, workspace, queue=True)
    while job.state is State.QUEUED or not job.progress():
        time.sleep(0.02)
    return job


def test_what_runs_and_what_waits_is_listed_and_shown(workspace):
    first = running(workspace)
    second = submit(TINY, LONG | {"tag": "second"}, workspace, queue=True)
    out = embspace("jobs", "list")
    assert "waits for cpu, 1 before it" in out and "counting: " in out and out.index(second.id) < out.index(first.id)
    found = values("jobs", "list")
    assert [one["state"] for one in found] == ["queued", "running"] and [one["before"] for one in found] == [1, None]
    assert found[1]["begun"] >= found[1]["submitted"] and found[1]["progress"]["total"] == 10_000
    assert values("jobs", "show", second.id)["config"]["tag"] == "second"
    assert "waits for cpu, 1 before it" in embspace("jobs", "show", second.id)


def test_a_job_is_canceled_resumed_tried_again_and_removed(workspace):
    job = running(workspace)
    assert embspace("jobs", "cancel", job.id) == f"{job.id} stopped\n"
    assert embspace("jobs", "resume", job.id).startswith(f"{job.id} is ")
    assert "only one that has ended can be resumed" in embspace("jobs", "resume", job.id, status=1)
    assert values("jobs", "cancel", job.id, "--now") == {"job": job.id, "state": "stopped"}
    other = values("jobs", "retry", job.id)
    assert other["job"] != job.id
    assert "cancel it before" in embspace("jobs", "remove", other["job"], status=1)
    embspace("jobs", "cancel", other["job"])
    assert embspace("jobs", "remove", job.id) == f"removed {job.id}\n"
    assert values("jobs", "remove", "--ended", "--yes") == {"removed": [other["job"]]}
    assert "No jobs yet" in embspace("jobs", "list") and values("jobs", "list") == []


def test_removing_asks_only_where_no_name_was_said(workspace):
    assert "Say which jobs to remove" in embspace("jobs", "remove", status=1)
    assert "Say which jobs to remove" in embspace("jobs", "remove", "x", "--ended", status=1)
    job = submit(TINY, {"upto": 1}, workspace)
    job.wait(20)
    assert "add --yes" in embspace("jobs", "remove", "--ended", "--json", status=1)
    assert "records of 1 jobs" in embspace("jobs", "remove", "--ended", answer="n\n", status=1)
    assert f"removed {job.id}" in embspace("jobs", "remove", "--ended", answer="y\n")


def test_a_job_is_followed_to_its_end(workspace):
    job = submit(TINY, {"upto": 20, "pause": 0.02}, workspace, queue=True)
    out = embspace("jobs", "follow", job.id)
    assert f"{job.id} finished" in out and "counting: 20 of 20" in out
    events = [json.loads(line) for line in embspace("jobs", "follow", job.id, "--json").splitlines()]
    assert [one["state"] for one in events if one["event"] == "state"] == ["running", "finished"]
    failed = submit(TINY, {"upto": 1, "then": "crash"}, workspace)
    out = embspace("jobs", "follow", failed.id, "--log", status=1)
    assert "a bug with private words" in out and "An unexpected error ended the job" in out


def test_who_stops_watching_does_not_stop_the_job(workspace):
    job = running(workspace)
    code = "from embspace.cli import main; main()"
    command = [sys.executable, "-c", code, "jobs", "follow", job.id]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert job.id in watcher.stdout.readline()
    os.kill(watcher.pid, signal.SIGINT)
    _, said = watcher.communicate(timeout=20)
    assert watcher.returncode == 130 and f"{job.id} goes on" in said
    assert job.state is State.RUNNING


def test_whoever_looks_first_after_a_restart_sets_the_queue_going(workspace, monkeypatch):
    from embspace.jobs import supervisor

    with monkeypatch.context() as patch:
        patch.setattr(supervisor, "start_supervisor", lambda *call: False)
        job = submit(TINY, {"upto": 1}, workspace, queue=True)
    embspace("jobs", "list")
    deadline = time.monotonic() + 20
    while job.state is not State.FINISHED:
        assert time.monotonic() < deadline
        time.sleep(0.05)
