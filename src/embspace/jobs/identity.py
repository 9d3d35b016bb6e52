"""Which process a number means: a pid is used again, a pid with its start time on one boot is not."""

from __future__ import annotations

import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

PROC = Path("/proc")
"""where Linux tells of processes; systems without it are asked through `ps` and `sysctl`"""


@dataclass(frozen=True, slots=True)
class Identity:
    """One process for all time.

    Attributes:
        pid: its number.
        started: its start time, in the system's own notation.
        boot: the id of the boot it runs on; empty where the system has none.
    """

    pid: int
    started: str
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of the process that has this pid now; None: there is none, or it has ended."""
        state, started = _state_and_start(pid)
        return cls(pid, started, _boot()) if started and state not in ("Z", "X") else None

    @classmethod
    def read(cls, value: Any) -> Self | None:
        """From its JSON form; None where that is incomplete."""
        try:
            return cls(int(value["pid"]), str(value["started"]), str(value["boot"]))
        except (KeyError, TypeError, ValueError):
            return None

    def plain(self) -> dict[str, Any]:
        """Its JSON form."""
        return asdict(self)

    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        return type(self).of(self.pid) == self


def _state_and_start(pid: int) -> tuple[str, str]:
    if (PROC / "self").is_dir():
        try:
            # The command in parentheses may itself hold blanks and parentheses.
            after_command = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return "", ""
        return after_command[0], after_command[19]
    answer = _ask("ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)).split(maxsplit=1)
    return (answer[0][0], answer[1].strip()) if len(answer) == 2 else ("", "")


def _boot() -> str:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return _ask("sysctl", "-n", "kern.bootsessionuuid")


def _ask(*command: str) -> str:
    try:
        environment = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=5, check=False
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
