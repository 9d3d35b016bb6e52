"""Uploaded files on their way into a corpus; their names come from elsewhere and are never taken as paths."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from embspace.storage import fingerprint, write_aside
from embspace.workflows.corpora import uploads
from embspace.workspace import Workspace

_DAY = 24 * 3600.0


class Upload(Protocol):
    """What Streamlit gives for a file."""

    name: str
    file_id: str

    def getbuffer(self) -> memoryview:
        """Its bytes."""
        ...


def safe_names(names: Iterable[str]) -> list[str]:
    """Names for files in one folder: the last part of each, letters, digits, dots, hyphens and underscores alone."""
    found: list[str] = []
    for name in names:
        last = PurePosixPath(name.replace("\\", "/")).name
        plain = re.sub(r"[^\w.-]+", "_", last).lstrip(".-")[-100:] or "file"
        while plain.casefold() in {one.casefold() for one in found}:
            plain = f"again-{plain}"
        found.append(plain)
    return found


def write_uploads(files: Sequence[Upload], workspace: Workspace) -> list[Path]:
    """The files on the disk, in a folder of their own; written once.

    Raises:
        StoreError: the disk refuses.
    """
    for old in uploads(workspace).glob("*"):  # of dialogs that were closed
        if time.time() - old.stat().st_mtime > _DAY:
            shutil.rmtree(old, ignore_errors=True)
    folder = uploads(workspace) / fingerprint([[one.file_id, one.name] for one in files])
    paths = [folder / name for name in safe_names(one.name for one in files)]
    for one, path in zip(files, paths, strict=True):
        if not path.exists():
            data = one.getbuffer()
            write_aside(path, lambda stream, data=data: stream.write(data))
    return paths
