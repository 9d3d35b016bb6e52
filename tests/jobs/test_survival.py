"""What a job outlives, and what is found when it did not."""

import os
import signal
import subprocess
import sys

from job_folders import ENDLESS, NAME, idle_job, lines, run_to_end, wait_for, wait_in_line

from conftest import supervisors
from embspace.corpora.catalog import add_corpus, remove
from embspace.corpora.records import Sentence
from embspace.jobs.identity import Identity
from embspace.jobs.job import State
from embspace.jobs.launch import _python
from embspace.jobs.queue import Queue, serve
from embspace.jobs.store import EVENTS, LOG, Events
from embspace.jobs.supervisor import all_jobs, attend, resume, submit


def test_the_tab_is_closed_and_the_server_killed(workspace, tmp_path):
    code = f"""
import os, sys
from pathlib import Path
from embspace.jobs.supervisor import submit
from embspace.workspace import Workspace
for number in range(2):
    config = {{"upto": 15, "pause": 0.02, "ledger": {str(tmp_path / "ledger")!r} + str(number)}}
    submit({NAME!r}, config, Workspace(Path(sys.argv[1])), queue=True)
os.killpg(os.getpgid(0), 9)
"""
    server = subprocess.run([sys.executable, "-c", code, str(workspace.root)], start_new_session=True, timeout=20)
    assert server.returncode == -9
    jobs = all_jobs(workspace)
    wait_for(lambda: [job.state for job in jobs] == [State.FINISHED] * 2)  # a look, which starts nothing


def test_the_supervisor_is_killed_while_a_job_runs(workspace, tmp_path):
    ledgers = [tmp_path / f"ledger-{number}" for number in range(2)]
    first, second = (wait_in_line(workspace, upto=15, pause=0.02, ledger=str(ledger)) for ledger in ledgers)
    wait_for(lambda: first.state is State.RUNNING)
    os.kill(*supervisors(workspace), signal.SIGKILL)
    wait_for(lambda: first.state is State.FINISHED)
    wait_for(lambda: second.state is State.FINISHED)  # the end of the first set the queue going again
    for ledger in ledgers:
        assert [line.split()[0] for line in lines(ledger)] == [str(number) for number in range(15)], "each done once"


def test_the_supervisor_is_killed_before_it_starts_anything(workspace, monkeypatch):
    job = idle_job(workspace, device="cpu", config={"upto": 2})
    assert job.state is State.QUEUED and supervisors(workspace) == []
    assert attend(workspace)
    wait_for(lambda: job.state is State.FINISHED)
    other = idle_job(workspace, device="cpu", config={"upto": 2}, name="other")
    assert other.wait(20) is State.FINISHED, "who waits for a job sees to its supervisor"


def test_the_supervisor_is_killed_between_starting_a_process_and_writing_which(workspace, tmp_path):
    job = idle_job(workspace, device="cpu", config={"upto": 20, "pause": 0.02, "ledger": str(tmp_path / "ledger")})
    Events(job.folder / EVENTS).append("start")
    environment = os.environ | dict(job.launch.environment)
    with open(job.folder / LOG, "ab") as log:
        unknown = _python(("embspace.jobs.worker", str(job.folder)), log, None, environment)
    job.launch.start(job.folder, workspace.root)  # what the next supervisor does, knowing of no process
    twin = job.standing.started
    assert job.wait(20) is State.FINISHED
    assert [line.split()[0] for line in lines(tmp_path / "ledger")] == [str(number) for number in range(20)]
    assert len({line.split()[1] for line in lines(tmp_path / "ledger")}) == 1, "one of the two did it all"
    wait_for(lambda: not twin.alive() and unknown.poll() is not None)


def test_a_job_is_killed_and_resumed_in_its_folder(workspace, tmp_path):
    ledger = tmp_path / "ledger"
    job = wait_in_line(workspace, upto=30, pause=0.03, ledger=str(ledger))
    after = wait_in_line(workspace, upto=2)
    wait_for(lambda: len(lines(ledger)) > 3)
    os.kill(job.standing.process.pid, signal.SIGKILL)
    assert job.wait(20) is State.LOST and "Resume it" in job.error
    assert after.wait(20) is State.FINISHED, "one that is lost does not keep its device"
    before = len(lines(ledger))
    assert resume(job).id == job.id and len(all_jobs(workspace)) == 2
    assert job.state in (State.QUEUED, State.RUNNING) and job.error is None
    assert job.wait(20) is State.FINISHED and before < 30
    assert [line.split()[0] for line in lines(ledger)] == [str(number) for number in range(30)]
    events = [event["event"] for event in Events(job.folder / EVENTS).fresh()]
    assert events.count("resumed") == 1 and events.count("start") == 2


def test_the_children_of_a_killed_job_are_ended(workspace):
    job = wait_in_line(workspace, then="child")
    child = Identity.of(int(wait_for(job.progress).stage.split()[1]))
    os.kill(job.standing.process.pid, signal.SIGKILL)
    wait_for(lambda: job.state is State.LOST)
    assert child.alive() or supervisors(workspace)
    Queue(workspace).step()
    wait_for(lambda: not child.alive())


def test_after_a_restart_of_the_machine_what_ran_is_lost_and_what_waited_goes_on(workspace, tmp_path):
    mine = Identity.of(os.getpid()).plain() | {"boot": "the one before"}
    ran = idle_job(workspace, device="cpu", name="ran", config={"upto": 2})
    Events(ran.folder / EVENTS).append("state", state="running", process=mine)
    started = idle_job(workspace, device="cpu", name="started", process=mine, config={"upto": 2})
    waited = idle_job(workspace, device="cpu", name="waited", config={"upto": 2})
    stopping = idle_job(workspace, device="cpu", name="stopping")
    Events(stopping.folder / EVENTS).append("state", state="running", process=mine)
    Events(stopping.folder / EVENTS).append("state", state="stopping")
    states = {job.id: job.state for job in (ran, started, waited, stopping)}
    assert states == {
        "ran": State.LOST,
        "started": State.QUEUED,
        "waited": State.QUEUED,
        "stopping": State.STOPPED,
    }
    assert serve(workspace)
    assert (started.state, waited.state, ran.state) == (State.FINISHED, State.FINISHED, State.LOST)
    assert resume(ran).wait(20) is State.FINISHED
    assert resume(stopping).wait(20) is State.FINISHED


def test_a_pid_that_is_used_again_is_neither_waited_for_nor_signaled(workspace, monkeypatch):
    stranger = Identity.of(os.getpid()).plain() | {"started": "1"}
    job = idle_job(workspace, device="cpu", config={"upto": 1})
    Events(job.folder / EVENTS).append("state", state="running", process=stranger)
    assert job.state is State.LOST
    monkeypatch.setattr(os, "kill", lambda *call: (_ for _ in ()).throw(AssertionError(call)))
    job.cancel()
    assert Queue(workspace).step() is False, "it keeps no device"
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", job.launch.environment["PYTHONPATH"])
    assert resume(job).wait(20) is State.FINISHED


def test_one_that_was_resumed_waits_until_the_process_before_it_has_let_go(workspace, tmp_path):
    job = idle_job(workspace, config={"upto": 1})
    code = """
import sys
from pathlib import Path
from embspace.jobs.locks import claim
with claim(Path(sys.argv[1])) as held:
    print(held, flush=True)
    input()
"""
    command = [sys.executable, "-c", code, str(job.folder)]
    last = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert last.stdout.readline() == "True\n"
    Events(job.folder / EVENTS).append("state", state="failed", error="no")
    resume(job)
    assert job.wait(0.5) is State.QUEUED and job.standing.process.alive()
    last.communicate("\n", timeout=20)
    assert job.wait(20) is State.FINISHED


def test_a_job_whose_corpus_was_removed_says_so(workspace):
    add_corpus([Sentence(("One", "word"), "en")], name="gone", workspace=workspace)
    first = wait_in_line(workspace, upto=40, pause=0.02)
    job = wait_in_line(workspace, then="corpus", tag="gone")
    assert job.state is State.QUEUED
    remove("gone", workspace)
    assert (first.wait(20), job.wait(20)) == (State.FINISHED, State.FAILED)
    assert "gone" in job.error and "corpora" in job.error, job.error


def test_training_stops_at_a_count_and_is_given_time_to_save(workspace, tmp_path):
    ledger = tmp_path / "ledger"
    job = wait_in_line(workspace, upto=1000, pause=0.05, then="save slowly", ledger=str(ledger))
    wait_for(lambda: len(lines(ledger)) > 2)
    job.cancel()
    assert job.state is State.STOPPING
    assert job.wait(20) is State.STOPPED
    assert lines(ledger)[-1] == "saved whole"
    assert resume(job).state in (State.QUEUED, State.RUNNING)
    wait_for(lambda: job.state is State.RUNNING)
    job.cancel(0)
    assert job.wait(20) is State.STOPPED


def test_a_page_asks_while_training_runs(workspace):
    training = wait_in_line(workspace, **ENDLESS)
    wait_for(lambda: training.state is State.RUNNING)
    assert run_to_end(workspace, upto=2).state is State.FINISHED
    assert training.state is State.RUNNING
    assert submit(NAME, ENDLESS, workspace).id == training.id
