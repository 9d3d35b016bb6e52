"""Signals to stop wait for a place where the work may be left: between two steps of training, not inside one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from embspace.progress import Cancelled, Progress

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Boundaries:
    """Progress whose calls are the places where the work may be left; use as a context manager.

    Inside, SIGTERM and SIGINT are noted, and handed at the next `stage` or `advance` to whoever handled them before,
    who may raise `Cancelled` or KeyboardInterrupt there. Outside the main thread signals are as they were.

    Args:
        progress: is told all that this is told.
        together: whether this process was asked to stop -> whether any was; all processes call in the same order.
    """

    def __init__(self, progress: Progress, together: Callable[[bool], bool] = bool) -> None:
        self._progress, self._together = progress, together
        self._before: dict[int, Any] = {}
        self._waiting: int | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if kind is None and self._waiting is not None:
            self._deliver()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Open a stage."""
        self._stop_if_asked()
        self._progress.stage(name, total, unit)

    def advance(self, count: int = 1, note: str = "") -> None:
        """Count."""
        self._stop_if_asked()
        self._progress.advance(count, note)

    def _stop_if_asked(self) -> None:
        mine = self._waiting is not None
        if self._together(mine):
            if mine:
                self._deliver()
            else:
                raise Cancelled

    def _deliver(self) -> None:
        """Do what the signal that waits would have done; nothing where it was ignored before."""
        number, self._waiting = self._waiting, None
        handler = self._before[number] if number is not None else None
        if callable(handler):
            handler(number, None)
        elif handler == signal.SIG_DFL:
            raise Cancelled

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._waiting = number
