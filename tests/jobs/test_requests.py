import os

import pytest
from job_folders import ENDLESS, NAME, idle_job, run_to_end, wait_for, wait_in_line

from embspace.errors import JobError, StoreError
from embspace.jobs.identity import Identity
from embspace.jobs.job import Job, State
from embspace.jobs.store import EVENTS, Events
from embspace.jobs.summary import summary
from embspace.jobs.supervisor import all_jobs, find_job, remove, resume, retry, submit


def test_a_job_that_failed_is_resumed_and_its_words_of_before_are_gone(workspace):
    job = run_to_end(workspace, upto=3, then="refuse")
    first = job.standing.since
    assert job.error == "No word was found in the corpus."
    assert resume(job).error is None and job.standing.since > first
    assert Job.open(job.folder).wait(20) is State.FAILED
    assert job.error == "No word was found in the corpus."


def test_what_has_finished_or_runs_cannot_be_resumed(workspace):
    done = run_to_end(workspace, upto=1)
    with pytest.raises(JobError, match=f"{done.id} has finished; there is nothing to resume. `retry` does it anew."):
        resume(done)
    running = submit(NAME, ENDLESS, workspace)
    with pytest.raises(JobError, match=f"{running.id} is (queued|running); only one that has ended can be resumed"):
        resume(running)


def test_two_do_not_do_the_same_at_once(workspace):
    job = submit(NAME, ENDLESS, workspace)
    wait_for(lambda: job.state is State.RUNNING)
    job.cancel()
    job.wait(20)
    other = retry(job)
    assert other.id != job.id and other.config == job.config
    with pytest.raises(JobError, match=f"{other.id} does the same as {job.id} and is"):
        resume(job)
    assert retry(job).id == other.id, "an equal one that has not ended is joined"
    with pytest.raises(JobError, match=f"{other.id} is (queued|running); it can be tried again when it has ended"):
        retry(other)


def test_a_retried_job_is_started_as_the_first(workspace):
    first = wait_in_line(workspace, device="cuda:5", upto=1)
    first.wait(20)
    again = retry(first)
    assert again.launch == first.launch and again.device == "cuda:5"
    assert again.wait(20) is State.FINISHED and first.state is State.FINISHED


def test_a_resumed_job_goes_to_the_end_of_its_line(workspace):
    mine = Identity.of(os.getpid()).plain()
    running = idle_job(workspace, device="cpu", name="running", process=mine)
    waiting = wait_in_line(workspace, device="cpu", upto=1)
    back = idle_job(workspace, device="cpu", name="back", created=1.0)
    back.cancel()
    resume(back)
    from embspace.jobs.queue import Queue

    assert Queue(workspace).places() == {waiting.id: 1, back.id: 2} and running.state is State.QUEUED


def test_one_that_has_ended_can_be_removed_and_no_other(workspace):
    done, running = run_to_end(workspace, upto=1), submit(NAME, ENDLESS, workspace)
    with pytest.raises(JobError, match=f"{running.id} is (queued|running); cancel it before it is removed"):
        remove(running)
    remove(done)
    assert not done.folder.exists() and [job.id for job in all_jobs(workspace)] == [running.id]
    with pytest.raises(StoreError):
        find_job(done.id, workspace)


def test_a_removal_that_was_cut_off_leaves_no_job(workspace, monkeypatch):
    done = run_to_end(workspace, upto=1)
    monkeypatch.setattr("shutil.rmtree", lambda *call: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(StoreError, match="may not be written by this user"):
        remove(done)
    assert all_jobs(workspace) == []


def test_a_job_is_canceled_on_a_full_disk(workspace, monkeypatch):
    job = submit(NAME, ENDLESS, workspace)
    wait_for(lambda: job.state is State.RUNNING)

    def full(*call, **fields):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Events, "append", full)
    job.cancel()
    monkeypatch.undo()
    assert job.wait(20) is State.STOPPED


def test_the_summary_is_plain_and_says_when(workspace):
    job = run_to_end(workspace, upto=2, pause=0.01)
    plain = summary(job)
    assert (plain["state"], plain["workflow"], plain["device"], plain["before"]) == ("finished", NAME, None, None)
    assert plain["submitted"] <= plain["begun"] <= plain["ended"] and plain["result"]["count"] == 2
    assert plain["progress"]["done"] == 2 and plain["error"] is None
    assert summary(idle_job(workspace, device="cpu"), 4)["before"] == 4


def test_an_event_of_a_later_version_changes_nothing(workspace):
    job = idle_job(workspace, device="cpu")
    events = Events(job.folder / EVENTS)
    events.append("metric", loss=1.0)
    events.append("state", state="paused")
    assert job.state is State.QUEUED and job.progress() is None
