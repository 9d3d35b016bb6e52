"""What the events of a job come to: a fold over them, which looks at no process and no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from embspace.jobs.identity import Identity
from embspace.jobs.report import Report
from embspace.jobs.state import State


@dataclass(frozen=True, slots=True)
class Standing:
    """A job as its events tell it; whether a process still lives is not theirs to say.

    Attributes:
        since: when it was submitted or resumed, in seconds since the epoch.
        state: what was written last; a job whose process died without a word still says running here.
        last: the event that led to `state`; empty before the first.
        begun: when its work began; None before.
        report: how far it is.
        starts: how often a process was started for it.
        start: when the last of these starts was written down.
        started: the process that was started last.
        doing: the process that said it does the work.
    """

    since: float
    state: State = State.QUEUED
    last: Mapping[str, Any] = field(default_factory=dict)
    begun: float | None = None
    report: Report | None = None
    starts: int = 0
    start: float = 0.0
    started: Identity | None = None
    doing: Identity | None = None

    @property
    def process(self) -> Identity | None:
        """The process that does it; before its work began, the one that was started last."""
        return self.doing or self.started

    def after(self, event: Mapping[str, Any]) -> Standing:
        """As it is after one more event; one of an unknown kind changes nothing."""
        match event["event"]:
            case "progress" if "stage" in event:
                return replace(self, report=Report.read(event))
            case "start":
                return replace(self, starts=self.starts + 1, start=event["time"])
            case "process":
                return replace(self, started=Identity.read(event))
            case "resumed":
                return Standing(event["time"])
            case "state" if event["state"] in list(State):
                return self._moved(State(event["state"]), event)
        return self

    def _moved(self, state: State, event: Mapping[str, Any]) -> Standing:
        # Whoever says that it runs holds the job's claim, whatever else was started for it meanwhile.
        now = replace(self, doing=Identity.read(event.get("process")) or self.doing)
        if state is State.RUNNING and now.begun is None:
            now = replace(now, begun=event["time"])
        return replace(now, state=state, last=event) if state.rank > self.state.rank else now
