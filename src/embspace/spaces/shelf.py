"""The stored spaces of a workspace: what each is, how large, when it was last opened, and what may go."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from embspace.errors import SettingsError, StoreError
from embspace.spaces import shards, store
from embspace.spaces.claims import claim
from embspace.spaces.manifest import read_manifest, stored_shard
from embspace.storage import refused
from embspace.workspace import Workspace

State = Literal["whole", "unfinished", "damaged", "other version"]

_USED = ".used"
_OFTEN = 60.0  # seconds between two marks


@dataclass(frozen=True, slots=True)
class StoredSpace:
    """A space on disk, seen from outside: no vector is read.

    Attributes:
        path: its folder.
        fingerprint: of its recipe; the name of the folder where the head is damaged.
        recipe: what made it; empty where the head is damaged.
        layers: the numbers of the layers that are stored.
        model_layers: how many the model has, embeddings included.
        dim: width of a vector.
        n_words: rows.
        shards: how many there are to be.
        dtypes: of each shard that is stored, by its index.
        in_windows: rows whose sentence was read in windows, of the shards that are stored.
        bytes: on disk.
        state: whole; unfinished (shards are missing); damaged (by names, sizes and manifests: `verify` reads all); or
            written by another version of embspace.
        problem: what is wrong, a sentence; empty: nothing.
        created: when it was begun, in seconds since 1970.
        used: when it was last opened.
    """

    path: Path
    fingerprint: str
    recipe: dict[str, Any]
    layers: tuple[int, ...]
    model_layers: int
    dim: int
    n_words: int
    shards: int
    dtypes: dict[int, str]
    in_windows: int
    bytes: int
    state: State
    problem: str
    created: float
    used: float

    @property
    def stored_dtype(self) -> str:
        """How its vectors are stored, unless a shard would have overflowed."""
        return self.recipe.get("stored_dtype", "")


def stored_spaces(workspace: Workspace) -> list[StoredSpace]:
    """Every space of a workspace, the last used first; damaged ones too, and those that cannot be read."""
    found = []
    for folder in space_folders(workspace):
        with suppress(FileNotFoundError):  # removed meanwhile
            found.append(look_at(folder))
    return sorted(found, key=lambda one: (-one.used, one.fingerprint))


def space_folders(workspace: Workspace) -> list[Path]:
    """The folders of all spaces, whatever state they are in, by name."""
    return sorted(folder for folder in workspace.spaces.glob("[!.]*") if folder.is_dir())


def find_space(name: str, workspace: Workspace) -> Path:
    """The folder of the space that is called `name`, or whose fingerprint begins with it.

    Raises:
        StoreError: none or several do.
    """
    folders = space_folders(workspace)
    begin = [folder for folder in folders if folder.name.startswith(name)]
    found = [folder for folder in begin if folder.name == name] or begin
    if len(found) != 1:
        known = ", ".join(folder.name[:12] for folder in (found or folders)[:5]) or "none"
        raise StoreError(f"{len(found) or 'No'} spaces in {workspace.spaces} begin with {name!r}; there are: {known}.")
    return found[0]


def look_at(folder: Path) -> StoredSpace:
    """What a folder of a space says about itself; damaged is also one that cannot be read.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    empty = {"fingerprint": folder.name, "recipe": {}, "layers": (), "model_layers": 0, "dim": 0, "n_words": 0}
    empty |= {"shards": 0, "dtypes": {}, "in_windows": 0}
    try:
        sizes, created = _sizes(folder)
    except PermissionError as error:
        values = {"path": folder, "bytes": 0, "created": 0.0, "used": 0.0}
        return StoredSpace(**values, **empty, state="damaged", problem=str(refused(folder, error)))
    values: dict[str, Any] = {
        "path": folder,
        "bytes": sum(sizes),
        "created": created,
        "used": _last_used(folder, created),
    }
    try:
        head = store.read_head(folder)
    except StoreError as error:
        state = "other version" if isinstance(error, store.OtherVersionError) else "damaged"
        return StoredSpace(**values, **empty, state=state, problem=str(error))
    plans = store.plans_of(head)
    dtypes, in_windows, problem = {}, 0, ""
    for index, plan in enumerate(plans):
        try:
            if manifest := stored_shard(folder, index, plan):
                shards.check_files(folder, head, index, manifest)
                dtypes[index] = manifest.dtype
                in_windows += manifest.in_windows
        except StoreError as error:
            problem = problem or str(error)
    if not problem and not (folder / "sentences.parquet").exists():
        problem = f"{folder / 'sentences.parquet'} is missing."
    values |= {name: head[name] for name in ("fingerprint", "recipe", "model_layers", "dim", "n_words")}
    values |= {"layers": tuple(head["layers"]), "shards": len(plans), "dtypes": dtypes, "in_windows": in_windows}
    state = "damaged" if problem else "whole" if len(dtypes) == len(plans) else "unfinished"
    return StoredSpace(**values, state=state, problem=problem)


def count_found(folder: Path) -> int:
    """How many of a whole space's words have pieces.

    Raises:
        StoreError: a table of words is damaged.
    """
    plans = store.plans_of(store.read_head(folder))
    manifests = [(index, read_manifest(folder, index)) for index in range(len(plans))]
    return sum(int(shards.read_words(folder, index, one)["found"].to_numpy().sum()) for index, one in manifests)


def _sizes(folder: Path) -> tuple[list[int], float]:
    """The bytes of each file, and when the oldest was written."""
    sizes, times = [], []
    for path in folder.iterdir():
        with suppress(OSError):  # a writer may just have renamed it
            status = path.stat()
            sizes.append(status.st_size)
            times.append(status.st_mtime)
    return sizes, min(times, default=folder.stat().st_mtime)


def _last_used(folder: Path, created: float) -> float:
    try:
        return (folder / _USED).stat().st_mtime
    except OSError:
        return created


def mark_used(folder: Path) -> None:
    """Note that a space was opened, at most once a minute; a folder that cannot be written goes without."""
    path = folder / _USED
    with suppress(OSError):
        if time.time() - _last_used(folder, 0.0) > _OFTEN:
            path.touch()


def over_budget(spaces: Sequence[StoredSpace], budget: int) -> list[StoredSpace]:
    """The whole spaces to remove, the least recently used first, until the rest takes at most `budget` bytes.

    Unfinished ones stay, for somebody may be making them; damaged ones stay, for they may be repaired.
    """
    left = sum(one.bytes for one in spaces)
    gone = []
    for one in sorted(spaces, key=lambda one: (one.used, one.fingerprint)):
        if left <= budget:
            break
        if one.state == "whole":
            gone.append(one)
            left -= one.bytes
    return gone


def remove_space(folder: Path) -> None:
    """Delete a space whole; a deletion that is cut off leaves nothing under its name.

    Raises:
        StoreError: another process is making it, or the disk refuses.
    """
    for path in folder.glob(".claim-*"):
        with claim(folder, int(path.name.removeprefix(".claim-"))) as mine:
            if not mine.held:
                raise StoreError(
                    f"{folder} is being made by another process; stop that one first (embspace jobs list)."
                )
    aside = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.part")
    try:
        folder.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise refused(folder, error) from error


def parse_size(text: str) -> int:
    """Bytes of a size as people write it: `20GB`, `1.5 TB`, `500MiB`, `1000`.

    Raises:
        SettingsError: it is none.
    """
    written = text.strip().upper()
    number = written.rstrip("KMGTIB ")
    unit = written[len(number) :].strip()
    scale = {"": 1, "B": 1} | {f"{one}B": 1000**power for power, one in enumerate("KMGT", 1)}
    scale |= {f"{one}IB": 1024**power for power, one in enumerate("KMGT", 1)}
    try:
        size = float(number) * scale[unit]
    except (KeyError, ValueError) as error:
        raise SettingsError(f"{text!r} is no size; write it as 20GB, 500MB or 1.5TiB.") from error
    if not 0 <= size < float("inf"):
        raise SettingsError(f"{text!r} is no size; write it as 20GB, 500MB or 1.5TiB.")
    return int(size)
