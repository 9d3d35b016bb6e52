"""What happened to a job: a file of JSON lines that only grows, and that survives a crash in the middle of a line."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path
from typing import Any

RECORD = "job.json"
EVENTS = "events.jsonl"
LOG = "log.txt"


class Events:
    """The events of one job; remembers how far it has read, so that looking again costs only the new bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def append(self, event: str, *, durable: bool = True, **fields: Any) -> None:
        """Add one event with the time of now; `durable` waits until the disk has it.

        Raises:
            OSError: the disk is full or refuses the write; the next event then begins a new line.
        """
        data = json.dumps({"event": event, "time": time.time(), **fields}, ensure_ascii=False).encode() + b"\n"
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                data = b"\n" + data
            # One write per line: the worker and whoever cancels it append to the same file.
            if os.write(handle, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)

    def fresh(self) -> list[dict[str, Any]]:
        """The whole lines added since the last look; a torn line is passed over, a growing last one waits."""
        try:
            if self.path.stat().st_size == self._offset:  # most looks find nothing new
                return []
            with open(self.path, "rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [event for line in whole.split(b"\n") if (event := _parse(line)) is not None]


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "event" in value else None
