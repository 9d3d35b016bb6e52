"""Who makes which shard: locks that the kernel frees when a process dies, so that no shard is made twice at once.

A file system without locks (some network folders) costs no more than work done twice: every claim is granted there.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from embspace.storage import refused

_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class Claim:
    """A shard that this process makes, until `release`, the end of a `with` block, or the end of the process.

    Attributes:
        held: whether this process has the shard; otherwise another one is making it.
    """

    def __init__(self, handle: int | None, held: bool) -> None:
        self._handle, self.held = handle, held

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let others have the shard."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle, self.held = None, False


def claim(folder: Path, index: int) -> Claim:
    """Ask for a shard without waiting; two claims on one shard exclude each other, between threads too.

    Whoever holds it looks whether the shard is stored by now: the one who held it before may have committed it.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = _claim_file(folder, index)
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in _NO_LOCKS:
                return Claim(None, True)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return Claim(None, False)
            raise refused(path, error) from error
        if _is_at(handle, path):
            return Claim(handle, True)
        os.close(handle)  # swept between opening and locking: a lock on a file without a name excludes nobody


def sweep_claims(folder: Path) -> None:
    """Remove the claim files of a space; those that are held are left."""
    for path in folder.glob(".claim-*"):
        index = path.name.removeprefix(".claim-")
        if index.isdecimal():
            with claim(folder, int(index)) as mine:
                if mine.held:
                    with suppress(OSError):
                        path.unlink(missing_ok=True)


@contextmanager
def commit_lock(folder: Path) -> Iterator[bool]:
    """One process at a time commits to a space, so that files and manifest are of the same hand.

    Yields:
        Whether the file system has locks; without them the one who commits must look at what it committed.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = folder / ".lock"
    handle = _open(path)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            locked = True
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise refused(path, error) from error
            locked = False
        yield locked
    finally:
        os.close(handle)


def _claim_file(folder: Path, index: int) -> Path:
    return folder / f".claim-{index:05d}"


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise refused(path, error) from error


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
