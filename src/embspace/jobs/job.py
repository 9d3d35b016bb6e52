"""A job: a folder that says what is to be done (`job.json`) and what became of it (`events.jsonl`, `log.txt`)."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from embspace.errors import StoreError
from embspace.jobs.identity import Identity
from embspace.jobs.report import Report
from embspace.jobs.store import EVENTS, LOG, RECORD, Events
from embspace.storage import read_json

VERSION = 1
GRACE = 10.0
"""seconds between asking a job to stop and ending it"""
STARTING = 60.0
"""seconds that a job may be without a process before it counts as lost"""
LOST = (
    "The process of this job is gone without a word: it was killed, ran out of memory, or the machine was restarted. "
    "Start the same again: what was stored is found."
)


class State(StrEnum):
    """Where a job stands; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.rank == 3

    @property
    def rank(self) -> int:
        """A job only goes from lower to higher ranks: queued 0, running 1, stopping 2, ended 3."""
        return {"queued": 0, "running": 1, "stopping": 2}.get(self.value, 3)


@dataclass(slots=True)
class Job:
    """One piece of long work in a process of its own; every look reads the folder anew, and only what is new.

    Attributes:
        id: the folder's name; sorts by time of submission.
        folder: where it lies.
        workflow: the name of what is run.
        config: its settings, as JSON.
        key: equal for equal workflow and config.
        created: seconds since the epoch.
        workspace: the root of the workspace it computes into.
    """

    id: str
    folder: Path
    workflow: str
    config: dict[str, Any]
    key: str
    created: float
    workspace: Path
    _events: Events = field(init=False, repr=False, compare=False)
    _state: State = field(init=False, default=State.QUEUED, repr=False, compare=False)
    _last: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)
    _report: Report | None = field(init=False, default=None, repr=False, compare=False)
    _process: Identity | None = field(init=False, default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._events = Events(self.folder / EVENTS)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The job of a folder.

        Raises:
            StoreError: `job.json` is missing, damaged or of another version.
        """
        record = read_json(folder / RECORD)
        if not isinstance(record, dict) or record.get("version") != VERSION:
            raise StoreError(f"{folder / RECORD} was not written by this version of embspace; remove the folder.")
        try:
            place = Path(record["workspace"])
            return cls(
                folder.name, folder, record["workflow"], record["config"], record["key"], record["created"], place
            )
        except (KeyError, TypeError) as error:
            raise StoreError(f"{folder / RECORD} lacks {error}; remove the folder.") from error

    @property
    def log(self) -> Path:
        """The file of everything the process wrote, tracebacks included."""
        return self.folder / LOG

    @property
    def state(self) -> State:
        """Where the job stands now; `lost` when its process is gone without a final event."""
        self._read()
        if self._state.ended or self._alive():
            return self._state
        self._read()  # it may have ended between the two looks
        if self._state.ended:
            return self._state
        return State.STOPPED if self._state is State.STOPPING else State.LOST

    @property
    def error(self) -> str | None:
        """Why it failed or that it was lost, a sentence for a person; None while all is well."""
        state = self.state
        return LOST if state is State.LOST else self._last.get("error") if state is State.FAILED else None

    @property
    def result(self) -> dict[str, Any] | None:
        """What the workflow returned; None unless finished."""
        return self._last.get("result") if self.state is State.FINISHED else None

    def progress(self) -> Report | None:
        """Stage, done, total, unit, rate, seconds left and note, as of the last event; None before the first."""
        self._read()
        return self._report

    def cancel(self, grace: float = GRACE) -> None:
        """Ask the job to stop, and end its processes if it has not after `grace` seconds; returns at once.

        The worker keeps what it has stored. A second call on a job that is long stopping ends it immediately.
        """
        state = self.state
        if state.ended:
            return
        if state is State.STOPPING and time.time() - self._last["time"] >= grace:
            self._signal(signal.SIGKILL)
            return
        if state is not State.STOPPING:
            self._events.append("state", state=State.STOPPING)
        self._signal(signal.SIGTERM)
        threading.Thread(target=self._end, args=(grace,), daemon=True, name=f"end {self.id}").start()

    def wait(self, timeout: float | None = None) -> State:
        """The state once the job has ended, or after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not (state := self.state).ended and (deadline is None or time.monotonic() < deadline):
            time.sleep(0.05)
        return state

    def _end(self, grace: float) -> None:
        if not type(self).open(self.folder).wait(grace).ended:
            self._signal(signal.SIGKILL)

    def _read(self) -> None:
        for event in self._events.fresh():
            if event["event"] == "progress" and "stage" in event:
                self._report = Report.read(event)
            elif event["event"] == "state" and (state := State(event["state"])).rank > self._state.rank:
                self._state, self._last = state, event

    def _identity(self) -> Identity | None:
        if self._process is None:
            self._process = Identity.read(read_json(self.folder / RECORD).get("process"))
        return self._process

    def _alive(self) -> bool:
        process = self._identity()
        return time.time() - self.created < STARTING if process is None else process.alive()

    def _signal(self, number: signal.Signals) -> None:
        process = self._identity()
        if process is None or not process.alive():
            return
        try:
            # A worker started by hand or by a cluster's engine shares a group with others.
            own_group = os.getpgid(process.pid) == process.pid
            (os.killpg if own_group else os.kill)(process.pid, number)
        except ProcessLookupError:
            return
