"""Locks on files that the kernel frees when a process dies: one hand at a time on the jobs, one process per job."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from embspace.errors import StoreError
from embspace.storage import refused

_ALONE = ".lock"
SUPERVISOR = ".supervisor.lock"
_CLAIM = ".claim"
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@contextmanager
def alone(jobs: Path) -> Iterator[None]:
    """One at a time submits, starts, cancels, resumes or removes in a folder of jobs; held for moments only.

    Raises:
        StoreError: the folder cannot be written.
    """
    handle = _open(jobs / _ALONE)
    try:
        with suppress_no_locks():
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def claim(folder: Path) -> Iterator[bool]:
    """Ask without waiting to be the one process that does the job of a folder, until the end of the block.

    A lock of the process, not of an open file: children that outlive it do not keep the job.

    Yields:
        Whether it is; a file system without locks grants every claim.

    Raises:
        StoreError: the folder cannot be written.
    """
    handle = _open(folder / _CLAIM)
    try:
        held = True
        try:
            with suppress_no_locks():
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            held = False
        yield held
    finally:
        os.close(handle)


def supervisor_lock(jobs: Path) -> int | None:
    """The open lock of the one supervisor of a folder of jobs; None: another process holds it.

    It is held by whoever holds the file open: a child to which the number is passed on holds it too.

    Raises:
        StoreError: the folder cannot be written, or its file system has no locks.
    """
    handle = _open(jobs / SUPERVISOR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError as error:
        os.close(handle)
        raise StoreError(
            f"{jobs} lies where files cannot be locked ({error.strerror or error}), and a queue needs that: choose a "
            "workspace on a disk of this machine."
        ) from error
    return handle


@contextmanager
def suppress_no_locks() -> Iterator[None]:
    """Go on where the file system has no locks: work may then be done twice."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _open(path: Path) -> int:
    try:
        with suppress(FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise refused(path, error) from error
