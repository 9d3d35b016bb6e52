"""How far a job is: the numbers that are shown, and the `Progress` that writes them as events."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from embspace.jobs.store import Events
from embspace.progress import Cancelled

PAUSE = 0.2
"""seconds between two progress events of a stage, at least; long jobs write more rarely"""
WINDOW = 30.0
"""seconds over which the rate is taken: work that was found stored does not flatter the time left for long"""
AT_ONCE = 0.5
"""seconds from the beginning of a stage: several units counted at once in them were found done; no rate has them"""


@dataclass(frozen=True, slots=True)
class Report:
    """How far the open stage is.

    Attributes:
        stage: its name.
        done: units done.
        total: units in all; None: unknown.
        unit: what is counted.
        rate: units per second, lately; None before the first.
        eta: seconds left in this stage; None: unknown.
        note: a word beside the bar.
        elapsed: seconds since the work began.
    """

    stage: str
    done: int = 0
    total: int | None = None
    unit: str = ""
    rate: float | None = None
    eta: float | None = None
    note: str = ""
    elapsed: float = 0.0

    @property
    def share(self) -> float | None:
        """The part done, 0 .. 1; None where the total is unknown."""
        return None if self.total is None else min(self.done / self.total, 1.0) if self.total else 1.0

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """From a progress event; fields of later versions are passed over."""
        return cls(**{field.name: event[field.name] for field in fields(cls) if field.name in event})


class Reporter:
    """The `Progress` of a job: throttled events, and `Cancelled` once `stop()` was called."""

    def __init__(self, events: Events, clock: Callable[[], float] = time.monotonic) -> None:
        self.stopping = False
        self._events, self._clock, self._began = events, clock, clock()
        self._stage, self._total, self._unit, self._note, self._done = "working", None, "", "", 0
        self._opened, self._samples = self._began, deque([(self._began, 0)])
        self._written = -1.0
        self._pending = False

    def stop(self, at_once: bool = True) -> None:
        """Raise `Cancelled` here or at the next count, and again at every later one should something swallow it."""
        self.stopping = True
        if at_once:
            raise Cancelled

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Open a stage; it is written at once."""
        self._check()
        self._stage, self._total, self._unit, self._note, self._done = name, total, unit, "", 0
        now = self._clock()
        self._opened, self._samples = now, deque([(now, 0)])
        self._write(now)

    def advance(self, count: int = 1, note: str = "") -> None:
        """Count; written when the last event is long enough ago."""
        self._check()
        first, self._done = self._done == 0, self._done + count
        self._note = note
        self._pending = True
        now = self._clock()
        if first and count > 1 and now - self._opened < AT_ONCE:
            self._samples = deque([(now, self._done)])
        if now - self._written >= min(max(PAUSE, (now - self._began) / 1000), 10 * PAUSE):
            self._write(now)

    def flush(self) -> None:
        """Write what throttling held back."""
        if self._pending:
            self._write(self._clock())

    def _check(self) -> None:
        if self.stopping:
            raise Cancelled

    def _write(self, now: float) -> None:
        while len(self._samples) > 1 and now - self._samples[1][0] >= WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        self._samples.append((now, self._done))
        rate = (self._done - before) / (now - since) if self._done > before and now > since else None
        eta = (self._total - self._done) / rate if rate and self._total is not None else None
        report = Report(
            self._stage, self._done, self._total, self._unit, rate, eta and max(eta, 0.0), self._note, now - self._began
        )
        # Not to be able to say how far the work is must not end the work.
        with suppress(OSError):
            self._events.append("progress", durable=False, **asdict(report))
        self._written, self._pending = now, False
