import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from job_folders import ENDLESS, NAME, idle_job, run_to_end, wait_for

from embspace.errors import StoreError
from embspace.jobs import job as job_module
from embspace.jobs import worker
from embspace.jobs.identity import Identity
from embspace.jobs.job import Job, State
from embspace.jobs.signals import end_leftovers, send
from embspace.jobs.store import EVENTS, RECORD, Events
from embspace.jobs.supervisor import all_jobs, damaged_jobs, find_job, submit


def test_a_job_finishes_with_its_result_and_numbers(workspace):
    job = run_to_end(workspace, upto=5, pause=0.01)
    assert job.state is State.FINISHED
    assert job.result == {"count": 5, "root": str(workspace.root), "stdin": ""}
    assert job.error is None
    report = job.progress()
    assert (report.stage, report.done, report.total, report.unit, report.note) == ("counting", 5, 5, "numbers", "at 4")
    assert report.eta == 0.0 and report.share == 1.0
    assert 0 < report.rate <= 100
    wait_for(lambda: not (job.folder / worker.RESERVE).exists())
    assert sorted(path.name for path in job.folder.iterdir()) == [".claim", "events.jsonl", "job.json", "log.txt"]


def test_an_error_of_embspace_is_the_jobs_message(workspace):
    job = run_to_end(workspace, then="refuse")
    assert (job.state, job.error) == (State.FAILED, "No word was found in the corpus.")
    assert job.result is None


@pytest.mark.parametrize("then", ["crash", "odd"])
def test_an_unexpected_error_points_to_the_log_and_shows_itself_only_there(workspace, then):
    job = run_to_end(workspace, then=then)
    assert job.state is State.FAILED
    assert job.error.startswith("An unexpected error ended the job (") and str(job.log) in job.error
    assert "Traceback" in job.log.read_text()
    assert "private" not in (job.folder / EVENTS).read_text()
    assert ("a bug with private words" in job.log.read_text()) == (then == "crash")


def test_a_full_disk_under_the_work_is_said(workspace):
    job = run_to_end(workspace, then="full")
    assert (job.state, job.error.split(".")[0]) == (State.FAILED, "The disk is full")


@pytest.mark.parametrize(
    ("workflow", "config", "message"),
    [
        (NAME, {"up_to": 3}, "unknown setting 'up_to'; known are upto, pause, then, tag"),
        (NAME, {"upto": "x"}, "upto = 'x' is not possible; expected a whole number"),
        ("dance", {}, "There is no workflow 'dance'; there are extract"),
    ],
)
def test_an_impossible_job_fails_with_what_is_possible(workspace, workflow, config, message):
    job = submit(workflow, config, workspace)
    assert job.wait(20) is State.FAILED
    assert message in job.error


def test_cancel_while_running_leaves_it_stopped_and_its_progress_readable(workspace):
    job = submit(NAME, ENDLESS, workspace)
    wait_for(lambda: job.progress() and job.progress().done > 4)
    report = job.progress()
    assert job.state is State.RUNNING
    assert report.eta == pytest.approx((10_000 - report.done) / report.rate)
    job.cancel()
    assert job.state in (State.STOPPING, State.STOPPED)
    assert job.wait(8) is State.STOPPED
    assert job.error is None
    job.cancel()
    assert Job.open(job.folder).state is State.STOPPED


def test_a_job_that_does_not_listen_is_ended_after_the_grace(workspace):
    job = submit(NAME, {"then": "stubborn"}, workspace)
    wait_for(lambda: job.progress() and job.progress().stage == "deaf")
    job.cancel(grace=0.3)
    assert job.wait(10) is State.STOPPED


def test_a_second_cancel_after_the_grace_ends_it_even_if_the_first_asker_is_gone(workspace, monkeypatch):
    job = submit(NAME, {"then": "stubborn"}, workspace)
    wait_for(lambda: job.progress() and job.progress().stage == "deaf")
    monkeypatch.setattr(Job, "_end", lambda self, grace, process: None)
    job.cancel(grace=0.1)
    assert job.wait(0.3) is State.STOPPING
    Job.open(job.folder).cancel(grace=0.1)
    assert job.wait(10) is State.STOPPED


def test_kill_minus_nine_and_a_silent_exit_are_lost(workspace):
    job = submit(NAME, ENDLESS, workspace)
    wait_for(lambda: job.state is State.RUNNING)
    os.kill(job.standing.process.pid, signal.SIGKILL)
    assert job.wait(10) is State.LOST
    assert "start the same again" in job.error
    assert run_to_end(workspace, then="vanish").state is State.LOST


def test_an_equal_running_job_is_joined_and_another_is_not(workspace):
    first = submit(NAME, ENDLESS, workspace)
    assert submit(NAME, dict(reversed(ENDLESS.items())), workspace).id == first.id
    other = submit(NAME, ENDLESS | {"tag": "other"}, workspace)
    assert other.id != first.id
    first.cancel()
    first.wait(8)
    again = submit(NAME, ENDLESS, workspace)
    assert again.id != first.id
    assert [job.id for job in all_jobs(workspace)] == [again.id, other.id, first.id]
    assert find_job(other.id[-6:], workspace) == other
    with pytest.raises(StoreError, match=r"3 jobs in .* are called 'tiny_workflows'"):
        find_job("tiny_workflows", workspace)
    with pytest.raises(StoreError, match=r"No jobs in .* are called 'zzz'; there are: "):
        find_job("zzz", workspace)


def test_a_job_outlives_the_process_that_started_it(workspace):
    code = (
        "import sys; from pathlib import Path; from embspace.jobs.supervisor import submit; "
        "from embspace.workspace import Workspace; "
        f"submit({NAME!r}, {{'upto': 20, 'pause': 0.05}}, Workspace(Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", code, str(workspace.root)], check=True, timeout=20)
    (job,) = all_jobs(workspace)
    assert job.wait(20) is State.FINISHED


def test_a_pid_used_again_by_another_process_is_lost(workspace):
    mine = Identity.of(os.getpid())
    job = idle_job(workspace, process=mine.plain())
    assert job.state is State.QUEUED
    other = idle_job(workspace, process=mine.plain() | {"started": mine.started + "0"})
    assert other.state is State.LOST
    assert idle_job(workspace, process=mine.plain() | {"boot": "another"}).state is State.LOST


def test_cancel_never_signals_a_stranger(workspace, monkeypatch):
    signals = []
    monkeypatch.setattr(os, "kill", lambda *call: signals.append(call))
    monkeypatch.setattr(os, "killpg", lambda *call: signals.append(call))
    monkeypatch.setattr(Job, "_end", lambda self, grace, process: None)  # it would end this very process
    mine = Identity.of(os.getpid())
    stranger = idle_job(workspace, process=mine.plain() | {"started": "0"})
    stranger.cancel(0)
    send(stranger.standing.process, signal.SIGKILL)
    assert signals == [] and end_leftovers(mine, "EMBSPACE_JOB=x") == []
    idle_job(workspace, process=mine.plain()).cancel()
    assert [(pid, number) for pid, number in signals] == [(os.getpid(), signal.SIGTERM)]


def test_a_job_whose_process_never_came_is_lost_after_a_while(workspace, monkeypatch):
    job = idle_job(workspace)
    assert job.state is State.QUEUED
    monkeypatch.setattr(job_module, "STARTING", -1.0)
    assert job.state is State.LOST


def test_a_final_state_stays_whatever_is_written_after_it(workspace):
    job = idle_job(workspace)
    events = Events(job.folder / EVENTS)
    for state in ("running", "finished", "stopping", "failed", "running"):
        events.append("state", state=state)
    assert job.state is State.FINISHED


def test_a_job_cancelled_before_its_process_runs_stops_at_once(workspace):
    from embspace.jobs.worker import work

    job = idle_job(workspace, config={"upto": 1})
    job.cancel(grace=5)
    assert job.state is State.STOPPED
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert work(job.folder) is State.STOPPED
        assert work(job.folder) is State.STOPPED
    finally:
        signal.signal(signal.SIGTERM, before)
    assert job.state is State.STOPPED and job.progress() is None


def test_the_end_is_written_on_a_full_disk_from_the_reserve(workspace, monkeypatch):
    job = idle_job(workspace)
    reserve = job.folder / worker.RESERVE
    reserve.write_bytes(b"x")
    real = Events.append

    def append(self, event, **fields):
        if reserve.exists():
            raise OSError(28, "No space left on device")
        real(self, event, **fields)

    monkeypatch.setattr(Events, "append", append)
    worker._conclude(Events(job.folder / EVENTS), job.folder, {"state": "failed", "error": "The disk is full."})
    assert (job.state, job.error, reserve.exists()) == (State.FAILED, "The disk is full.", False)


def test_a_full_disk_under_the_log_does_not_silence_the_end(workspace, monkeypatch):
    from embspace.jobs.worker import work

    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr(sys, "stderr", Full())
    job = idle_job(workspace, config={"upto": 1, "then": "full"})
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert work(job.folder) is State.FAILED
    finally:
        signal.signal(signal.SIGTERM, before)
    assert job.error.startswith("The disk is full.")


@pytest.mark.parametrize(
    ("record", "message"),
    [('{"version": 2}', "not written by this version"), ('{"version": 1}', "lacks 'workflow'"), ("{", "is damaged")],
)
def test_a_foreign_record_is_refused_by_name(tmp_path, record, message):
    (tmp_path / RECORD).write_text(record)
    with pytest.raises(StoreError, match=message) as caught:
        Job.open(tmp_path)
    assert str(tmp_path / RECORD) in str(caught.value)


def test_the_record_says_what_is_done_and_the_events_who_does_it(workspace):
    job = run_to_end(workspace, upto=1)
    record = json.loads((job.folder / RECORD).read_text())
    assert record["workflow"] == NAME and record["config"] == {"upto": 1}
    events = [json.loads(line) for line in (job.folder / EVENTS).read_text().splitlines()]
    assert events[0]["event"] == "start", "what is about to be done is written first"
    running = next(event for event in events if event.get("state") == "running")
    assert set(running["process"]) == {"pid", "started", "boot"}
    assert job.created <= job.standing.begun <= job.ended


def test_a_damaged_record_hides_no_other_job(workspace):
    good, bad = idle_job(workspace), workspace.jobs / "bad"
    bad.mkdir()
    (bad / RECORD).write_text("{")
    assert [job.id for job in all_jobs(workspace)] == [good.id]
    (problem,) = damaged_jobs(workspace)
    assert str(bad / RECORD) in problem
