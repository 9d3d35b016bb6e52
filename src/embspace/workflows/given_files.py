"""Files that an analysis is given beside its spaces: kept by their content, so that results are found again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from embspace.errors import SettingsError
from embspace.storage import file_fingerprint, write_aside
from embspace.workspace import Workspace

_REFERENCE = re.compile(r"([0-9a-f]{32})/(\w[\w.-]{0,119})")


def keep_files(paths: Sequence[Path | str], workspace: Workspace, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Copy files into the workspace, each once; what a config calls them: `fingerprint/name`.

    Args:
        paths: of any place.
        workspace: whose folder `files` holds them, a folder per content.
        names: that they get instead of their own, which say what a file does not.

    Raises:
        SettingsError: one is not there, or cannot be read.
        StoreError: the disk refuses.
    """
    kept = []
    for at, given in enumerate(paths):
        path = Path(given).expanduser()
        if not path.is_file():
            raise SettingsError(f"{path}: no such file{' (it is a folder)' if path.is_dir() else ''}.")
        name = re.sub(r"[^\w.-]+", "_", names[at] if names else path.name).lstrip("_.-")[-100:] or "file"
        try:
            reference = f"{file_fingerprint(path)}/{name.lstrip('.-')}"
            place = workspace.files / reference
            if not place.is_file():
                with open(path, "rb") as source:
                    write_aside(place, lambda stream, source=source: shutil.copyfileobj(source, stream))
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from error
        kept.append(reference)
    return tuple(kept)


def kept_file(reference: str, workspace: Workspace) -> Path:
    """Where a file lies that a config names.

    Raises:
        SettingsError: that is no name of a kept file, or it is not in this workspace.
    """
    if not _REFERENCE.fullmatch(reference):
        raise SettingsError(f"{reference[:160]!r} is no file of a workspace; those are named like 0123…/scores.csv.")
    path = workspace.files / reference
    if not path.is_file():
        raise SettingsError(f"The file {path.name!r} is not in this workspace ({workspace.root}); give it once more.")
    return path
