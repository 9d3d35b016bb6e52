"""How a job's process is started: where, in which environment, and on which device it waits its turn."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from embspace.errors import StoreError
from embspace.jobs.devices import default_device, device_name, only
from embspace.jobs.identity import Identity
from embspace.jobs.locks import supervisor_lock
from embspace.jobs.store import EVENTS, LOG, Events

JOB = "EMBSPACE_JOB"
"""the variable that tells a job's processes its id"""
KEPT = ("CUDA_", "HIP_", "ROCR_", "PYTORCH_", "OMP_", "MKL_", "HF_", "TRANSFORMERS_", "TOKENIZERS_", "ACCELERATE_")
SECRET = ("TOKEN", "KEY", "SECRET", "PASSWORD")


@dataclass(frozen=True, slots=True)
class Launch:
    """What a job's process gets from whoever submitted it, for it may be started much later and by another.

    Attributes:
        device: the machine's own name of the device whose queue it waits in; None: it starts at once.
        cwd: the current folder, against which relative paths in its settings are read.
        environment: the variables that bear on how it computes; never a secret.
    """

    device: str | None
    cwd: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def here(cls, device: str | None, queue: bool, config: Mapping[str, Any]) -> Self:
        """As things are in this process.

        Args:
            device: the one device that the job shall see, of those that this process does; None: all of them.
            queue: whether it waits for its device.
            config: its settings; a setting `device` says which, where `device` does not.

        Raises:
            SettingsError: there is no such device.
        """
        now = dict(os.environ)
        kept = {name: value for name, value in now.items() if name == "PYTHONPATH" or name.startswith(KEPT)}
        kept = {name: value for name, value in kept.items() if not any(word in name for word in SECRET)}
        if device:
            kept |= only(device_name(device, now))
        if not queue:
            return cls(None, str(Path.cwd()), kept)
        wanted = device or config.get("device")
        name = device_name(wanted, now) if isinstance(wanted, str) else default_device(now)
        return cls(name, str(Path.cwd()), kept)

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """From `job.json`; without it a job starts at once, where its starter is."""
        value = record.get("launch") or {}
        return cls(value.get("device"), value.get("cwd", ""), value.get("environment") or {})

    def start(self, folder: Path, workspace: Path) -> None:
        """Start the process of a job in a group of its own; that it will be is written before, which it is after.

        Raises:
            StoreError: it cannot be started.
        """
        events = Events(folder / EVENTS)
        environment = os.environ | dict(self.environment) | {"EMBSPACE_WORKSPACE": str(workspace), JOB: folder.name}
        cwd = self.cwd if Path(self.cwd or ".").is_dir() else str(workspace)
        try:
            events.append("start")
            with open(folder / LOG, "ab") as log:
                process = _python(("embspace.jobs.worker", str(folder)), log, cwd or None, environment)
        except OSError as error:
            raise StoreError(f"The process of the job {folder.name} cannot be started: {error}.") from error
        if identity := Identity.of(process.pid):
            with suppress(OSError):  # it says so itself when it begins
                events.append("process", **identity.plain())


def start_supervisor(workspace: Path, jobs: Path) -> bool:
    """Start the supervisor of a workspace where none runs; whether one was started.

    Raises:
        StoreError: it cannot be started, or the folder has no locks.
    """
    lock = supervisor_lock(jobs)
    if lock is None:
        return False
    try:
        with open(jobs / "supervisor.txt", "ab") as log:
            # The lock goes over with its open file: at no time can a second one take it.
            _python(("embspace.jobs.queue", str(workspace), str(lock)), log, "/", keep=(lock,))
    except OSError as error:
        raise StoreError(f"The supervisor of {jobs} cannot be started: {error}.") from error
    finally:
        os.close(lock)
    return True


def _python(
    module: tuple[str, ...],
    log: IO[bytes],
    cwd: str | None,
    environment: dict[str, str] | None = None,
    keep: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """A module of ours in a process and session of its own, its output in a file; it takes over the files of `keep`."""
    # -P: a file called random.py in the current folder must not become a library.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", *module],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=(environment or os.environ) | {"PYTHONUNBUFFERED": "1"},
        cwd=cwd,
        pass_fds=keep,
    )
    # Nobody else may wait for it; a child that ended and was never waited for stays in the process table.
    threading.Thread(target=process.wait, daemon=True, name=f"wait for {process.pid}").start()
    return process
