"""How long work tells its state: a `Progress` takes counts, and raises `Cancelled` when asked to stop."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self


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
        self._unit, self._done, self._start = "", 0, time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._bars.stop()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Open a bar of its own for the stage."""
        self._unit, self._done, self._start = unit, 0, time.monotonic()
        self._bars.start()
        self._task = self._bars.add_task(name, total=total, rate="", note="")

    def advance(self, count: int = 1, note: str = "") -> None:
        """Move the bar of the open stage."""
        if self._task is None:
            self.stage("working")
        assert self._task is not None
        self._done += count
        rate = self._done / max(time.monotonic() - self._start, 1e-9)
        self._bars.update(self._task, advance=count, rate=f"{rate:,.0f} {self._unit}/s", note=note)
