"""Any order of submitting, starting, ending, killing, cancelling, resuming and restarting: a machine of states.

Processes are numbers in a table; everything else is the jobs' own code on real folders.
"""

import os
import shutil
import signal
import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from embspace.errors import JobError
from embspace.jobs import identity, launch, queue, signals, supervisor, worker
from embspace.jobs.identity import Identity
from embspace.jobs.job import Job, State
from embspace.jobs.queue import Queue
from embspace.jobs.store import EVENTS, Events
from embspace.progress import Cancelled
from embspace.workspace import Workspace

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
WHICH = st.integers(0, 11)
UNDER_WAY = (State.QUEUED, State.RUNNING)


class Processes:
    """The machine: which processes live, since when, and which job each was started for."""

    def __init__(self):
        self.alive, self.folders, self.tick, self.boot = {}, {}, 0, "boot 0"

    def start(self, folder, number=None):
        self.tick += 1
        pid = number or 1000 + self.tick
        self.alive[pid], self.folders[pid] = str(self.tick), folder
        return pid

    def end(self, pid, *_):
        self.alive.pop(pid, None)

    def restart(self):
        self.alive.clear()
        self.boot = f"boot {self.tick}"


class Jobs(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.root = Path(tempfile.mkdtemp(dir=MEMORY))
        self.workspace = Workspace(self.root)
        self.machine = Processes()
        self.claims = {}
        """folder -> the process that does the job"""
        self.asked = set()
        """processes that were told to stop"""
        self.ended = {}
        """folder -> the state a job ended in"""
        self.patches = [
            mock.patch.object(identity, "_state_and_start", lambda pid: ("S", self.machine.alive.get(pid, ""))),
            mock.patch.object(identity, "_boot", lambda: self.machine.boot),
            mock.patch.object(identity, "PROC", self.root / "none"),
            mock.patch.object(signals.os, "getpgid", lambda pid: pid),
            mock.patch.object(signals.os, "killpg", self.signal),
            mock.patch.object(signals.os, "kill", self.signal),
            mock.patch.object(Job, "_end", lambda self, grace, process: None),
            mock.patch.object(launch.Launch, "start", self.start),
            mock.patch.object(launch, "start_supervisor", lambda *call: False),
            mock.patch.object(supervisor, "start_supervisor", lambda *call: False),
            mock.patch.object(queue, "AGAIN", 0.0),
            mock.patch.object(os, "fsync", lambda handle: None),
        ]
        for one in self.patches:
            one.start()
        self.queue = Queue(self.workspace)

    def teardown(self):
        try:
            self.everything_comes_to_an_end()
        finally:
            for one in self.patches:
                one.stop()
            shutil.rmtree(self.root)

    def start(self, folder, workspace):
        Events(folder / EVENTS).append("start")
        pid = self.machine.start(folder)
        Events(folder / EVENTS).append("process", **Identity.of(pid).plain())

    def signal(self, pid, number):
        self.asked.add(pid) if number == signal.SIGTERM else self.machine.end(pid)

    # What people do.

    @rule(key=st.integers(0, 3))
    def submit(self, key):
        before = {job.id: job.state for job in self.jobs()}
        device = (None, "cpu", "cpu", "cuda:0")[key]
        config = {"key": key, "device": device or "cpu"}
        one = supervisor.submit("x:Y", config, self.workspace, queue=device is not None)
        if one.id in before:
            assert before[one.id] in (State.QUEUED, State.RUNNING) and one.config == config
        else:
            assert one.state is State.QUEUED

    @rule(which=WHICH)
    def cancel(self, which):
        if not (jobs := [job for job in self.jobs() if not job.state.ended]):
            return
        job = jobs[which % len(jobs)]
        before, process = job.state, job.standing.process
        job.cancel(grace=1000)
        if before is State.QUEUED and (process is None or not process.alive()):
            assert job.state is State.STOPPED
        else:
            assert job.state is State.STOPPING and process.pid in self.asked

    @rule(which=WHICH)
    def resume(self, which):
        if not (jobs := self.jobs()):
            return
        job = sorted(jobs, key=lambda job: not job.state.ended)[which % len(jobs)]
        before = job.state
        free = not any(one.state in UNDER_WAY for one in jobs if one.key == job.key and one.id != job.id)
        try:
            supervisor.resume(job)
        except JobError:
            assert before is State.FINISHED or not before.ended or not free
            return
        assert before in (State.STOPPED, State.FAILED, State.LOST) and free
        assert job.state is State.QUEUED and job.error is None
        self.ended.pop(job.folder, None)

    @rule(which=WHICH)
    def retry(self, which):
        if not (jobs := self.jobs()):
            return
        job, known = jobs[which % len(jobs)], {job.id for job in jobs}
        try:
            other = supervisor.retry(job)
        except JobError:
            assert not job.state.ended
            return
        assert other.config == job.config and (other.id in known or other.launch == job.launch)

    @rule(which=WHICH)
    def remove(self, which):
        if len(jobs := self.jobs()) < 4:
            return
        job = jobs[which % len(jobs)]
        before = job.state
        try:
            supervisor.remove(job)
        except JobError:
            assert not before.ended
            return
        assert before.ended and not job.folder.exists()
        self.ended.pop(job.folder, None)

    # What processes do.

    @rule()
    def the_supervisor_looks(self):
        self.queue.step()

    @rule(alone=st.booleans())
    def the_supervisor_is_killed(self, alone):
        """Perhaps between starting a process and writing down which."""
        first = [line[0] for line in self.queue.jobs().values() if not queue.under_way(line[0])]
        for job in [] if alone else first:
            Events(job.folder / EVENTS).append("start")
            self.machine.start(job.folder)
        self.queue = Queue(self.workspace)

    @rule(which=WHICH)
    def a_process_begins(self, which):
        doing = {self.doing(folder) for folder in self.claims}
        if not (new := [pid for pid in self.machine.alive if pid not in doing and self.machine.folders[pid].exists()]):
            return
        pid = new[which % len(new)]
        folder = self.machine.folders[pid]
        job = Job.open(folder)
        if self.doing(folder) is not None or job.standing.state not in (State.QUEUED, State.STOPPING):
            if job.standing.state is not State.QUEUED or pid in self.asked:
                self.machine.end(pid)  # another one holds the claim, or nothing is left to do
            return
        self.claims[folder] = (pid, self.machine.alive[pid])
        with mock.patch.object(worker.os, "getpid", lambda: pid):
            try:
                worker._begin(job, Events(folder / EVENTS))
                assert job.state is State.RUNNING
            except Cancelled:
                self.conclude(folder, State.STOPPED)

    @rule(which=WHICH, outcome=st.sampled_from([State.FINISHED, State.FAILED]))
    def a_process_ends(self, which, outcome):
        if doing := [folder for folder in self.claims if self.doing(folder) is not None]:
            folder = doing[which % len(doing)]
            self.conclude(folder, State.STOPPED if self.doing(folder) in self.asked else outcome)

    @rule(which=WHICH)
    def a_process_is_killed(self, which):
        if alive := list(self.machine.alive):
            self.machine.end(alive[which % len(alive)])

    @rule()
    def numbers_are_used_again(self):
        for job in self.jobs():
            process = job.standing.process
            if process is not None and process.pid not in self.machine.alive:
                self.machine.start(self.root / "a stranger", process.pid)

    @precondition(lambda self: self.machine.alive)
    @rule()
    def the_machine_is_restarted(self):
        self.machine.restart()
        self.queue = Queue(self.workspace)

    # What is always so.

    @invariant()
    def it_is_as_it_is_said(self):
        busy = []
        for job in self.jobs():
            state, doing = job.state, self.doing(job.folder)
            if doing is not None:
                busy += [job.device] if job.device else []
                assert state in (State.RUNNING, State.STOPPING)
            else:
                assert state is not State.RUNNING
            if state is State.LOST:
                assert job.device is None or job.standing.begun is not None, "what waits cannot be lost"
            assert job.error is None or state in (State.LOST, State.FAILED)
            assert state is self.ended.get(job.folder, state), "what has ended stays so until it is resumed"
            if state.ended:
                self.ended[job.folder] = state
        assert len(busy) == len(set(busy)), "each device does one thing"

    def everything_comes_to_an_end(self):
        """Nothing is stuck: with a supervisor and processes that do their work, whatever waits is done."""
        for _ in range(200):
            jobs = self.jobs()
            if all(job.state.ended for job in jobs):
                return
            self.queue.step()
            for which in range(len(self.machine.alive)):
                self.a_process_begins(which)
            for _ in range(len(self.claims)):
                self.a_process_ends(0, State.FINISHED)
        raise AssertionError([(job.id, job.state, job.standing) for job in jobs if not job.state.ended])

    def jobs(self):
        return supervisor.all_jobs(self.workspace)

    def doing(self, folder):
        """The living process that does a job."""
        pid, started = self.claims.get(folder, (None, None))
        return pid if pid is not None and self.machine.alive.get(pid) == started else None

    def conclude(self, folder, state):
        Events(folder / EVENTS).append("state", state=state)
        self.machine.end(self.claims.pop(folder)[0])


TestJobs = Jobs.TestCase
TestJobs.settings = settings(max_examples=60, stateful_step_count=50, deadline=None, derandomize=True)
