"""Training checkpoints: a folder that is complete or does not count; holds everything that goes on from there."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from embspace.encoders.trained import DONE, step_folder
from embspace.errors import StoreError
from embspace.storage import crc32, read_json, refused, sync_folder, write_aside, write_json

_STATE = "state.pt"


def save_checkpoint(
    folder: Path,
    step: int,
    state: dict[str, Any],
    *,
    write: Callable[[Path], object] | None = None,
    facts: dict[str, Any] | None = None,
    keep: int = 1,
    spare: Collection[int] = (),
) -> Path:
    """Write `state` and all random number generators' states as `folder/step-N`; older ones are removed after.

    Args:
        folder: of the run.
        step: its number; a checkpoint that is there already stays as it is.
        state: of plain types and tensors.
        write: puts further files, such as a model's, into the folder that it is given.
        facts: written to `complete.json` beside the step and the files' sizes and checksums.
        keep: how many of the last checkpoints stay.
        spare: steps that stay whatever `keep` says.

    Raises:
        StoreError: the disk refuses the write; the checkpoints before stay.
    """
    target = step_folder(folder, step)
    if not (target / DONE).exists():
        _sweep(folder)
        staged = folder / f".{target.name}.part"
        try:
            write_aside(staged / _STATE, lambda stream: torch.save({**state, "random": random_states()}, stream))
            if write is not None:
                write(staged)
            write_json(staged / DONE, {"step": step, **(facts or {}), "files": _sealed(staged)})
            shutil.rmtree(target, ignore_errors=True)
            os.replace(staged, target)
            sync_folder(folder)
        except (OSError, SafetensorError) as error:
            raise refused(target, _as_os_error(error)) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    whole = checkpoints(folder)
    for old in whole[: max(0, len(whole) - keep)]:
        if int(old.name[5:]) not in spare:
            os.replace(old, folder / f".{old.name}.part")  # at once: half a checkpoint must not look like one
    _sweep(folder)
    return target


def checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints of a run, oldest first."""
    return sorted(path for path in folder.glob("step-*") if path.name[5:].isdecimal() and (path / DONE).exists())


def forget_states(folder: Path) -> None:
    """Remove all but the models from the checkpoints of a run that is finished: two thirds of their size.

    Raises:
        StoreError: the disk refuses; the models stay.
    """
    for path in checkpoints(folder):
        facts = read_json(path / DONE)
        facts["files"].pop(_STATE, None)
        write_json(path / DONE, facts)
        (path / _STATE).unlink(missing_ok=True)


def check_checkpoint(path: Path) -> None:
    """See that the files of a checkpoint are as they were written.

    Raises:
        StoreError: one is missing or was changed; names it.
    """
    facts = read_json(path / DONE, f"Remove the folder {path} to go on from the one before.")
    files = facts.get("files") if isinstance(facts, dict) else None
    if not isinstance(files, dict) or _STATE not in files or not isinstance(facts.get("fingerprint"), str):
        raise StoreError(
            f"{path / DONE} was not written by a training of embspace. Remove the folder {path} to go on from the one "
            "before."
        )
    for name, (size, checksum) in files.items():
        one = path / name
        if not one.exists() or one.stat().st_size != size or _checksum(one) != checksum:
            raise StoreError(f"{one} is missing or damaged. Remove the folder {path} to go on from the one before.")


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state of a checkpoint; the random number generators are set to where they stood.

    Raises:
        StoreError: the checkpoint is damaged.
    """
    try:
        state = torch.load(path / _STATE, map_location="cpu", weights_only=True)  # it may be of another machine
        _set_random_states(state.pop("random"))
    except Exception as error:
        raise StoreError(
            f"{path}: the checkpoint cannot be read ({error}). Remove it to go on from another."
        ) from error
    return state


def _sealed(folder: Path) -> dict[str, list[int]]:
    """The size and CRC-32 of each file of a folder, all of them safe on the disk."""
    files = {}
    for path in sorted(folder.iterdir()):
        with open(path, "rb+") as stream:
            os.fsync(stream.fileno())
        files[path.name] = [path.stat().st_size, _checksum(path)]
    return files


def _checksum(path: Path) -> int:
    if not path.stat().st_size:
        return crc32(b"")
    data: Any = np.memmap(path, np.uint8, "r")
    return crc32(memoryview(data))


def _sweep(folder: Path) -> None:
    """Remove what an interrupted save or removal left."""
    for path in folder.glob(".step-*.part"):
        shutil.rmtree(path, ignore_errors=True)


def _as_os_error(error: OSError | SafetensorError) -> OSError:
    if isinstance(error, OSError):
        return error
    code = re.search(r"(?:code: |os error )(\d+)", str(error))  # safetensors names the system's error in its text alone
    return OSError(int(code[1]), os.strerror(int(code[1]))) if code else OSError(str(error))


def random_states() -> dict[str, Any]:
    """The states of Python's, numpy's and torch's generators, of plain types and tensors."""
    name, keys, position, has_gauss, gauss = np.random.get_state()  # noqa: NPY002 (libraries draw from it)
    return {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(np.asarray(keys).copy()), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def _set_random_states(states: dict[str, Any]) -> None:
    random.setstate(states["python"])
    name, keys, *rest = states["numpy"]
    np.random.set_state((name, keys.numpy(), *rest))  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"][: torch.cuda.device_count()])
