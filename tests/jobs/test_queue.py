import os
import subprocess
import sys
import threading
import time

import pytest
from job_folders import ENDLESS, NAME, idle_job, lines, run_to_end, wait_for, wait_in_line

from conftest import supervisors
from embspace.errors import JobError, SettingsError, StoreError
from embspace.jobs import launch, queue, supervisor
from embspace.jobs.identity import Identity
from embspace.jobs.job import State
from embspace.jobs.launch import start_supervisor
from embspace.jobs.locks import supervisor_lock
from embspace.jobs.queue import Queue, serve
from embspace.jobs.store import EVENTS, Events
from embspace.jobs.supervisor import attend, submit


@pytest.fixture
def unattended(monkeypatch):
    """No supervisor is started."""
    monkeypatch.setattr(supervisor, "start_supervisor", lambda *call: False)


def test_those_of_one_device_wait_for_each_other_in_order_and_nobody_else_waits(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "default_device", lambda environment: "cpu")
    ledger = str(tmp_path / "ledger")
    first = wait_in_line(workspace, upto=40, pause=0.05, tag="first")
    wait_for(lambda: first.state is State.RUNNING)
    rest = [wait_in_line(workspace, upto=2, tag=str(number), ledger=f"{ledger}{number}") for number in range(2)]
    beside = wait_in_line(workspace, device="cuda:3", upto=2)
    assert [job.device for job in (first, *rest, beside)] == ["cpu", "cpu", "cpu", "cuda:3"]
    assert [job.state for job in rest] == [State.QUEUED] * 2
    assert run_to_end(workspace, upto=3).state is State.FINISHED
    assert beside.wait(20) is State.FINISHED
    assert first.state is State.RUNNING and Queue(workspace).places() == {rest[0].id: 1, rest[1].id: 2}
    assert [job.wait(20) for job in (first, *rest)] == [State.FINISHED] * 3
    assert first.ended <= rest[0].standing.begun and rest[0].ended <= rest[1].standing.begun
    wait_for(lambda: not supervisors(workspace))
    assert not attend(workspace), "where nothing is left no supervisor is started"


@pytest.mark.parametrize(
    ("workflow", "waits"), [("train", True), ("pretrain", True), ("extract", False), ("analyze", False)]
)
def test_training_waits_its_turn_and_what_a_page_asks_for_does_not(workspace, unattended, monkeypatch, workflow, waits):
    monkeypatch.setattr(launch.Launch, "start", lambda *call: None)
    assert (submit(workflow, {}, workspace).device is not None) is waits
    assert (submit(workflow, {"a": 1}, workspace, queue=not waits).device is None) is waits


def test_a_device_takes_as_many_at_once_as_is_said(workspace, unattended, monkeypatch):
    monkeypatch.setenv(queue.AT_ONCE, "2")
    jobs = [wait_in_line(workspace, upto=3, pause=0.2, tag=str(number)) for number in range(3)]
    line = Queue(workspace)
    line.step()
    assert [queue.under_way(job) for job in jobs] == [True, True, False]
    assert line.places()[jobs[2].id] == 2
    assert serve(workspace)
    assert [job.state for job in jobs] == [State.FINISHED] * 3


@pytest.mark.parametrize("value", ["0", "two", "-1", ""])
def test_how_many_at_once_is_a_number_above_0(monkeypatch, value):
    monkeypatch.setenv(queue.AT_ONCE, value)
    with pytest.raises(SettingsError, match=r"EMBSPACE_JOBS_PER_DEVICE = .*: expected a number of jobs, 1 or more"):
        queue.at_once()


def test_an_equal_job_that_waits_is_joined(workspace, unattended):
    one = wait_in_line(workspace, **ENDLESS)
    assert wait_in_line(workspace, **ENDLESS).id == one.id
    assert wait_in_line(workspace, **ENDLESS, tag="other").id != one.id


def test_one_that_is_cancelled_while_it_waits_never_starts(workspace, unattended):
    one = wait_in_line(workspace, upto=1)
    one.cancel()
    assert one.state is State.STOPPED
    assert serve(workspace)
    assert (one.state, one.standing.starts) == (State.STOPPED, 0)


def test_of_many_supervisors_that_start_at_once_one_wins(workspace):
    wait_in_line(workspace, **ENDLESS)
    wait_for(lambda: supervisors(workspace))
    code = (
        "import sys; from pathlib import Path; from embspace.jobs.queue import serve; "
        "from embspace.workspace import Workspace; print(serve(Workspace(Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", code, str(workspace.root)]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [other.communicate(timeout=20)[0] for other in others] == ["False\n"] * 3
    (pid,) = supervisors(workspace)
    os.kill(pid, 9)
    wait_for(lambda: not supervisors(workspace))
    started = []
    threads = [
        threading.Thread(target=lambda: started.append(start_supervisor(workspace.root, workspace.jobs)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == [False] * 7 + [True]
    wait_for(lambda: len(supervisors(workspace)) == 1)


def test_jobs_do_not_keep_the_supervisors_lock(workspace):
    job = wait_in_line(workspace, **ENDLESS)
    wait_for(lambda: job.state is State.RUNNING)
    os.kill(*supervisors(workspace), 9)
    lock = wait_for(lambda: supervisor_lock(workspace.jobs))
    os.close(lock)
    assert job.state is State.RUNNING


def test_one_whose_process_dies_before_it_begins_is_given_up_after_some_tries(workspace, monkeypatch, tmp_path):
    monkeypatch.setattr(queue, "AGAIN", 0.0)
    (tmp_path / "sitecustomize.py").write_text("import os\nos.write(1, b'no memory\\n')\nos._exit(7)\n")
    bad = {"device": "cpu", "cwd": "/", "environment": {"PYTHONPATH": str(tmp_path)}}
    job = idle_job(workspace, launch=bad)
    line = Queue(workspace)
    deadline = time.monotonic() + 20
    while line.step():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (job.state, job.standing.starts) == (State.FAILED, queue.TRIES)
    assert "died 3 times before it could begin" in job.error and str(job.log) in job.error
    assert job.log.read_text() == "no memory\n" * 3


def test_a_process_is_not_started_again_right_after_one_died(workspace, monkeypatch):
    job = idle_job(workspace, device="cpu")
    Events(job.folder / EVENTS).append("start")
    line = Queue(workspace)
    monkeypatch.setattr(launch.Launch, "start", lambda *call: pytest.fail("too early"))
    assert line.step() and job.state is State.QUEUED


def test_a_supervisor_outlives_a_disk_that_fails_for_a_while(workspace, monkeypatch, capsys):
    job = idle_job(workspace, device="cpu")
    real, calls = launch.Launch.start, []

    def start(self, *call):
        calls.append(call)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        real(self, *call)

    monkeypatch.setattr(launch.Launch, "start", start)
    assert serve(workspace)
    assert job.state is State.FINISHED and len(calls) == 2
    assert "Input/output error" in capsys.readouterr().err


def test_a_damaged_record_does_not_stop_the_queue(workspace, unattended):
    (workspace.jobs / "bad").mkdir(parents=True)
    (workspace.jobs / "bad" / "job.json").write_text("{")
    job = wait_in_line(workspace, upto=1)
    assert serve(workspace) and job.state is State.FINISHED


def test_the_supervisor_ends_what_does_not_stop_when_the_one_who_asked_is_gone(workspace, monkeypatch):
    monkeypatch.setattr(queue, "GRACE", 0.0)
    job = idle_job(workspace, device="cpu", config={"then": "stubborn"})
    line = Queue(workspace)
    line.step()
    wait_for(lambda: job.progress() and job.progress().stage == "deaf")
    Events(job.folder / EVENTS).append("state", state="stopping", grace=0.2)
    assert line.step() and job.state is State.STOPPING
    time.sleep(0.2)
    wait_for(lambda: not line.step())
    assert job.state is State.STOPPED


def test_a_workspace_that_was_removed_ends_its_supervisor_and_is_not_made_again(workspace):
    assert serve(workspace, os.open(os.devnull, os.O_RDWR))
    assert not workspace.jobs.exists()


def test_where_files_cannot_be_locked_a_queue_is_refused_and_others_start(workspace, monkeypatch):
    import errno

    def refuse(*call):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("embspace.jobs.locks.fcntl.flock", refuse)
    with pytest.raises(StoreError, match=r"files cannot be locked .*choose a workspace on a disk of this machine"):
        wait_in_line(workspace, upto=1)
    (job,) = supervisor.all_jobs(workspace)
    assert job.state is State.FAILED and "cannot be locked" in job.error
    assert submit(NAME, {"upto": 2}, workspace).wait(20) is State.FINISHED


def test_a_process_that_is_about_to_begin_keeps_its_device(workspace):
    mine = Identity.of(os.getpid())
    first = idle_job(workspace, device="cpu", process=mine.plain(), name="a")
    second = idle_job(workspace, device="cpu", name="b")
    line = Queue(workspace)
    assert line.step() and (first.state, second.state, second.standing.starts) == (State.QUEUED, State.QUEUED, 0)
    assert line.places() == {"b": 1}
    with pytest.raises(JobError, match="is queued; only one that has ended can be resumed"):
        supervisor.resume(first)


def test_the_ledger_of_a_line_shows_one_after_the_other(workspace, tmp_path):
    ledger = tmp_path / "ledger"
    jobs = [wait_in_line(workspace, upto=3 * (n + 1), tag=str(n), ledger=str(ledger)) for n in range(3)]
    assert [job.wait(20) for job in jobs] == [State.FINISHED] * 3
    assert [line.split()[0] for line in lines(ledger)] == [str(n) for n in range(9)], "in order, and each alone"
