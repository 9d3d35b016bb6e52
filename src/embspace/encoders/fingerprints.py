"""Fingerprints of checkpoint files, of which a file is read once: large ones are remembered across processes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from os import stat_result
from pathlib import Path

from embspace.errors import StoreError
from embspace.storage import file_fingerprint, fingerprint, read_json, write_json
from embspace.workspace import current_workspace

_LARGE = 64 * 2**20
"""bytes from which reading a file takes longer than looking it up"""
_SETTLED = 2.0
"""seconds since a file's last change: a younger one may change again within one tick of the file system's clock"""
_KEPT = 256
"""files remembered, the last ones"""


def files_fingerprint(folder: Path, names: Iterable[str]) -> str:
    """32 hexadecimal digits of some files of a folder, of their names and bytes; the folder's name does not count."""
    return fingerprint({name: bytes_fingerprint(folder / name) for name in names})


def bytes_fingerprint(path: Path) -> str:
    """32 hexadecimal digits of a file's bytes; the file is read again when it changes."""
    path = path.resolve()
    status = path.stat()
    known = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    return _once(path, *known) if status.st_size < _LARGE else _remembered(path, known, status)


@lru_cache(maxsize=1024)
def _once(path: Path, size: int, changed: int, touched: int, inode: int) -> str:
    return file_fingerprint(path)


def _remembered(path: Path, known: list[int], status: stat_result) -> str:
    """The fingerprint of a file from the workspace's list, as long as nothing that tells of a change has changed."""
    memory = current_workspace().root / "fingerprints.json"
    entry = _entries(memory).get(str(path))
    if isinstance(entry, list) and len(entry) == 2 and entry[0] == known and isinstance(entry[1], str):
        return entry[1]
    found = _once(path, *known)
    if time.time() - max(status.st_mtime, status.st_ctime) >= _SETTLED:
        entries = _entries(memory)
        entries.pop(str(path), None)
        entries[str(path)] = [known, found]
        with suppress(StoreError):  # a workspace that cannot be written to costs time, not the answer
            write_json(memory, dict(list(entries.items())[-_KEPT:]))
    return found


def _entries(memory: Path) -> dict[str, object]:
    if not memory.is_file():
        return {}
    try:
        entries = read_json(memory)
    except (StoreError, OSError):
        return {}
    return entries if isinstance(entries, dict) else {}
