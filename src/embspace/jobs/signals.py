"""Signals to a job's processes, and never to a stranger."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from embspace.jobs import identity
from embspace.jobs.identity import Identity


def send(process: Identity | None, number: signal.Signals, group: bool = True) -> None:
    """Signal a process if it is still the same one, with its group where it leads one."""
    if process is None or not process.alive():
        return
    try:
        # A worker started by hand or by a cluster's engine shares a group with others.
        own_group = group and os.getpgid(process.pid) == process.pid
        (os.killpg if own_group else os.kill)(process.pid, number)
    except ProcessLookupError:
        return


def end_leftovers(process: Identity | None, mark: str) -> list[int]:
    """End what is left of the group of a process that died, such as the children of one that was killed.

    Args:
        process: the one that led the group.
        mark: what stands in the environment of its children, `NAME=value`; a group whose number came to be used
            again has it not.

    Returns:
        The processes that were ended; empty where the system does not tell of environments (no `/proc`).
    """
    if process is None or process.alive() or not (identity.PROC / "self").is_dir():
        return []
    ended = []
    for folder in identity.PROC.glob("[0-9]*"):
        with suppress(OSError, IndexError):
            group = (folder / "stat").read_text().rpartition(")")[2].split()[2]
            if group == str(process.pid) and mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                ended.append(int(folder.name))
    return ended
