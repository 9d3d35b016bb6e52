"""A job: a folder that says what is to be done (`job.json`) and what became of it (`events.jsonl`, `log.txt`)."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from embspace.errors import StoreError
from embspace.jobs.identity import Identity
from embspace.jobs.launch import Launch, start_supervisor
from embspace.jobs.locks import alone
from embspace.jobs.report import Report
from embspace.jobs.signals import send
from embspace.jobs.standing import Standing
from embspace.jobs.state import State
from embspace.jobs.store import EVENTS, LOG, RECORD, Events
from embspace.storage import read_json

VERSION = 1
GRACE = 10.0
"""seconds between asking a job to stop and ending it"""
SAVING = 600.0
"""the same for a job that waited its turn: training saves a checkpoint first"""
STARTING = 60.0
"""seconds that a job that starts at once may be without a process before it counts as lost"""
LOST = (
    "The process of this job is gone without a word: it was killed, ran out of memory, or the machine was restarted. "
    "Resume it or start the same again: what was stored is found."
)


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
        launch: how its process is started.
    """

    id: str
    folder: Path
    workflow: str
    config: dict[str, Any]
    key: str
    created: float
    workspace: Path
    launch: Launch = field(repr=False)
    _events: Events = field(init=False, repr=False, compare=False)
    _standing: Standing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._events = Events(self.folder / EVENTS)
        self._standing = Standing(self.created)

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
            values = (record["workflow"], record["config"], record["key"], record["created"], Path(record["workspace"]))
            return cls(folder.name, folder, *values, Launch.read(record))
        except (KeyError, TypeError, AttributeError) as error:
            raise StoreError(f"{folder / RECORD} lacks {error}; remove the folder.") from error

    @property
    def log(self) -> Path:
        """The file of everything the process wrote, tracebacks included."""
        return self.folder / LOG

    @property
    def device(self) -> str | None:
        """The device whose queue it waits in; None: it starts at once."""
        return self.launch.device

    @property
    def grace(self) -> float:
        """Seconds between asking it to stop and ending it."""
        return GRACE if self.device is None else SAVING

    @property
    def standing(self) -> Standing:
        """What its events say now."""
        for event in self._events.fresh():
            self._standing = self._standing.after(event)
        return self._standing

    @property
    def state(self) -> State:
        """Where the job stands now; `lost` when its process is gone without a final event."""
        now = self.standing
        if now.state.ended or self._alive(now):
            return now.state
        if self.standing is not now:  # it went on between the looks
            return self.state
        return State.STOPPED if now.state is State.STOPPING else State.LOST

    @property
    def error(self) -> str | None:
        """Why it failed or that it was lost, a sentence for a person; None while all is well."""
        state = self.state
        return LOST if state is State.LOST else self._standing.last.get("error") if state is State.FAILED else None

    @property
    def kind(self) -> str:
        """The class of `embspace.errors` that it failed with; empty where it did not, or by what nobody foresaw."""
        return str(self._standing.last.get("kind", "")) if self.state is State.FAILED else ""

    @property
    def result(self) -> dict[str, Any] | None:
        """What the workflow returned; None unless finished."""
        return self._standing.last.get("result") if self.state is State.FINISHED else None

    @property
    def ended(self) -> float | None:
        """When it wrote its last word, in seconds since the epoch; None before, and of one that is lost."""
        now = self.standing
        return now.last["time"] if now.state.ended else None

    def progress(self) -> Report | None:
        """Stage, done, total, unit, rate, seconds left and note, as of the last event; None before the first."""
        return self.standing.report

    def cancel(self, grace: float | None = None) -> None:
        """Ask the job to stop, and end its processes if it has not after `grace` seconds; returns at once.

        The worker keeps what it has stored; training saves a checkpoint. A second call on a job that is long stopping
        ends it immediately. One that still waits its turn never starts.

        Args:
            grace: `self.grace` without it.
        """
        grace = self.grace if grace is None else grace
        with alone(self.folder.parent):
            state, process = self.state, self._standing.process
            if state.ended:
                return
            if state is State.QUEUED and (process is None or not process.alive()):
                self._events.append("state", state=State.STOPPED)
                return
            late = state is State.STOPPING and time.time() - self._standing.last["time"] >= grace
            if state is not State.STOPPING:
                with suppress(OSError):  # on a full disk it must be possible to stop what fills it
                    self._events.append("state", state=State.STOPPING, grace=grace)
        if late:
            send(process, signal.SIGKILL)
            return
        # A training process saves while its children still work for it.
        send(process, signal.SIGTERM, group=self.device is None)
        threading.Thread(target=self._end, args=(grace, process), daemon=True, name=f"end {self.id}").start()

    def wait(self, timeout: float | None = None) -> State:
        """The state once the job has ended, or after `timeout` seconds; sees to it that there is a supervisor."""
        deadline = None if timeout is None else time.monotonic() + timeout
        looks = 0
        while not (state := self.state).ended and (deadline is None or time.monotonic() < deadline):
            if state is State.QUEUED and self.device is not None and looks % 20 == 0:
                start_supervisor(self.folder.parents[1], self.folder.parent)
            looks += 1
            time.sleep(0.05)
        return state

    def _end(self, grace: float, process: Identity | None) -> None:
        deadline = time.monotonic() + grace
        while process is not None and process.alive():
            if time.monotonic() >= deadline:
                send(process, signal.SIGKILL)
                return
            time.sleep(0.05)

    def _alive(self, now: Standing) -> bool:
        if now.state is State.QUEUED and self.device is not None:
            return True  # it waits its turn, whatever became of a process that was started for it
        return time.time() - now.since < STARTING if now.process is None else now.process.alive()
