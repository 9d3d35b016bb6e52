"""Kills whoever works on jobs, again and again, and counts what that costs: jobs lost, done twice, stuck.

    python benchmarks/job_kills.py --kills 100 --jobs 12

Submitters, the supervisor and workers are killed by SIGKILL, chosen at random. Jobs count to a number and note each
step in a ledger; one that was killed is resumed and goes on where its ledger ends. Each number must then stand there
once.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embspace.errors import JobError
from embspace.jobs.job import Job, State
from embspace.jobs.locks import SUPERVISOR
from embspace.jobs.supervisor import all_jobs, attend, resume, submit
from embspace.progress import Progress
from embspace.workspace import Workspace

NAME = "job_kills:Steps"
KINDS = ("submitter", "supervisor", "worker")
PAUSE = 0.02
"""seconds that a step of a job takes"""
PAUSE_BETWEEN = 0.8
"""seconds between two kills, at most; a process takes some tenths to start"""
PATIENCE = 120.0
"""seconds after the last kill in which everything must have ended"""


@dataclass(frozen=True, slots=True)
class Steps:
    """How far a job counts, and where it notes that."""

    number: int
    steps: int
    ledger: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of kills came to."""

    kills: Mapping[str, int]
    submitted: int
    finished: int
    resumed: int
    lost: int
    twice: int
    stuck: int
    seconds: float

    @property
    def good(self) -> bool:
        """Whether every job was done once."""
        return self.lost == self.twice == self.stuck == 0


def run(config: Steps, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """The workflow: one step after the other, each written down by one append."""
    ledger = Path(config.ledger)
    done = len(_lines(ledger))
    progress.stage("counting", config.steps, "steps")
    progress.advance(done)
    for step in range(done, config.steps):
        time.sleep(PAUSE)
        with open(ledger, "ab", buffering=0) as stream:
            stream.write(f"{step}\n".encode())
        progress.advance()
    return {"steps": config.steps}


def submit_all(root: Path, numbers: range, steps: int, lanes: int) -> None:
    """What a submitter does: its jobs one after the other, into the queues of some devices."""
    for number in numbers:
        config = Steps(number, steps, str(root / f"ledger-{number}"))
        submit(NAME, config, Workspace(root / "room"), queue=True, device=f"cuda:{number % lanes}")


def kill(root: Path, kills: int, jobs: int, steps: int = 40, lanes: int = 2, seed: int = 0) -> Outcome:
    """Submit jobs, kill at random, resume what was lost, and count.

    Args:
        root: an empty folder.
        kills: how many processes are killed.
        jobs: how many jobs are submitted in all, by submitters that are started again when they are killed.
        steps: how far each counts.
        lanes: how many devices they wait for.
        seed: of the choice of who is killed, and when.
    """
    chance, workspace = random.Random(seed), Workspace(root / "room")
    workspace.jobs.mkdir(parents=True)
    killed: Counter[str] = Counter()
    resumed, began = 0, time.monotonic()
    submitter = _submitter(root, jobs, steps, lanes)
    while sum(killed.values()) < kills or submitter.poll() != 0:
        time.sleep(chance.uniform(0.0, PAUSE_BETWEEN))
        if submitter.poll() not in (None, 0, -signal.SIGKILL):
            raise RuntimeError(f"a submitter ended with status {submitter.poll()}")
        if submitter.poll() == -signal.SIGKILL:
            submitter = _submitter(root, jobs, steps, lanes)
        if sum(killed.values()) < kills:
            killed.update(_kill_one(chance, workspace, submitter, killed, most=kills // len(KINDS) + 1))
        if chance.random() < 0.3:
            attend(workspace)
        resumed += _resume(workspace)
        if sum(killed.values()) < kills and submitter.poll() == 0 and not _active(workspace):
            for path in root.glob("ledger-*"):  # all done too soon: the same once more, as new jobs
                path.rename(path.with_name(f"old-{path.name}-{time.monotonic_ns()}"))
            submitter = _submitter(root, jobs, steps, lanes)
    deadline = time.monotonic() + PATIENCE
    while _active(workspace) and time.monotonic() < deadline:
        resumed += _resume(workspace)
        attend(workspace)
        time.sleep(0.1)
    return _count(root, workspace, killed, jobs, steps, resumed, time.monotonic() - began)


def _count(
    root: Path, workspace: Workspace, killed: Counter[str], jobs: int, steps: int, resumed: int, seconds: float
) -> Outcome:
    found = all_jobs(workspace)
    ledgers = [_lines(path) for path in root.glob("*ledger-*")]
    return Outcome(
        kills=dict(sorted(killed.items())),
        submitted=len(found),
        finished=sum(job.state is State.FINISHED for job in found),
        resumed=resumed,
        lost=jobs - len(list(root.glob("ledger-*"))),
        twice=sum(ledger != [str(step) for step in range(len(ledger))] or len(ledger) > steps for ledger in ledgers),
        stuck=sum(job.state is not State.FINISHED for job in found) + sum(len(ledger) < steps for ledger in ledgers),
        seconds=seconds,
    )


def _kill_one(
    chance: random.Random, workspace: Workspace, submitter: subprocess.Popen[bytes], killed: Counter[str], most: int
) -> list[str]:
    """Kill one process of those there are, of no kind more than `most`; its kind, or nothing where there is none."""
    there: dict[str, int] = {} if submitter.poll() is not None else {"submitter": submitter.pid}
    if (pid := _supervisor(workspace)) is not None:
        there["supervisor"] = pid
    workers = [job.standing.process for job in all_jobs(workspace) if not job.state.ended]
    if alive := [process.pid for process in workers if process is not None and process.alive()]:
        there["worker"] = chance.choice(alive)
    if not (kinds := [kind for kind in KINDS if kind in there and killed[kind] < most]):
        return []
    kind = chance.choice(kinds)
    with suppress(ProcessLookupError):
        os.kill(there[kind], signal.SIGKILL)
        return [kind]
    return []


def _supervisor(workspace: Workspace) -> int | None:
    """The process that holds the supervisor's lock, as /proc tells it."""
    path = workspace.jobs / SUPERVISOR
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"embspace.jobs.queue" in words and path.resolve() in map(Path.resolve, (folder / "fd").iterdir()):
                return int(folder.name)
    return None


def _resume(workspace: Workspace) -> int:
    count = 0
    for job in all_jobs(workspace):
        if job.state in (State.LOST, State.FAILED):
            with suppress(JobError):  # the supervisor may have found otherwise meanwhile
                resume(job)
                count += 1
    return count


def _active(workspace: Workspace) -> list[Job]:
    return [job for job in all_jobs(workspace) if job.state is not State.FINISHED]


def _submitter(root: Path, jobs: int, steps: int, lanes: int) -> subprocess.Popen[bytes]:
    """A process that submits what was not submitted yet."""
    here = str(Path(__file__).resolve().parent)
    code = "import sys; from pathlib import Path; from job_kills import missing, submit_all; "
    code += "root, jobs, steps, lanes = Path(sys.argv[1]), *map(int, sys.argv[2:]); "
    code += "[submit_all(root, range(n, n + 1), steps, lanes) for n in missing(root, jobs)]"
    words = [sys.executable, "-c", code, str(root), str(jobs), str(steps), str(lanes)]
    return subprocess.Popen(words, env=os.environ | {"PYTHONPATH": here})


def missing(root: Path, jobs: int) -> list[int]:
    """The numbers of which there is no job that has not been done before."""
    there = {
        job.config["number"]
        for job in all_jobs(Workspace(root / "room"))
        if job.state is not State.FINISHED or (root / f"ledger-{job.config['number']}").exists()
    }
    return [number for number in range(jobs) if number not in there]


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def main(arguments: list[str] | None = None) -> None:
    """Print what a run of kills came to; exit status 1 if a job was lost, done twice or stuck."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill(Path(folder), wanted.kills, wanted.jobs, wanted.steps, wanted.lanes, wanted.seed)
    for name, value in asdict(outcome).items():
        print(f"{name:<10} {value:.1f}" if isinstance(value, float) else f"{name:<10} {value}")
    sys.exit(not outcome.good)


if __name__ == "__main__":
    main()
