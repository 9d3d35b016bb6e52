"""How long work tells its state: a `Progress` takes counts, and raises `Cancelled` when asked to stop."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self

_AT_ONCE = 0.5
"""seconds from the beginning of a stage: several units counted at once in them were found done; no rate has them"""


class Cancelled(BaseException):
    """The user asked to stop; like KeyboardInterrupt it passes through `except Exception`."""


class Progress(Protocol):
    """A receiver of progress: `stage` opens a named stage, `advance` counts, both may raise `Cancelled`."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Open a stage of `total` units (None: unknown); the stage before it is complete."""
        ...

    def advance(self, count: int = 1, note: str = "") -> None:
        """Count `count` more units of the stage as done, with an optional note beside the bar."""
        ...


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Do nothing."""

    def advance(self, count: int = 1, note: str = "") -> None:
        """Do nothing."""


class Terminal:
    """Progress bars with rate and time left in the terminal (rich); use as a context manager."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self._task = None
        self._unit, self._done, self._found = "", 0, 0
        self._start = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._bars.stop()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Open a bar of its own for the stage."""
        self._unit, self._done, self._found = unit, 0, 0
        self._start = time.monotonic()
        self._bars.start()
        self._task = self._bars.add_task(name, total=total, rate="", note="")

    def advance(self, count: int = 1, note: str = "") -> None:
        """Move the bar of the open stage."""
        if self._task is None:
            self.stage("working")
        assert self._task is not None
        first, self._done = self._done == 0, self._done + count
        now = time.monotonic()
        if first and count > 1 and now - self._start < _AT_ONCE:
            self._found, self._start = self._done, now
        rate = (self._done - self._found) / max(now - self._start, 1e-9)
        told = f"{rate:,.{0 if rate >= 10 else 1}f} {self._unit}/s" if self._done > self._found else ""
        self._bars.update(self._task, advance=count, rate=told, note=note)
