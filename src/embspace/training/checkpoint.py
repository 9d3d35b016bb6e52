"""Training checkpoints: a folder that is complete or does not count; holds everything that goes on from there."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embspace.errors import StoreError
from embspace.storage import sync_folder, write_aside, write_json

_STATE, _DONE = "state.pt", "complete.json"


def save_checkpoint(folder: Path, step: int, state: dict[str, Any]) -> Path:
    """Write `state` and all random number generators' states as `folder/step-N`; older ones are removed after.

    Raises:
        StoreError: the disk refuses the write; the checkpoint before stays.
    """
    target = folder / f"step-{step:08d}"
    if (target / _DONE).exists():
        return target
    staged = folder / f".{target.name}.part"
    shutil.rmtree(staged, ignore_errors=True)
    write_aside(staged / _STATE, lambda stream: torch.save({**state, "random": random_states()}, stream))
    write_json(staged / _DONE, {"step": step})
    shutil.rmtree(target, ignore_errors=True)
    os.replace(staged, target)
    sync_folder(folder)
    for old in checkpoints(folder)[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints of a run, oldest first."""
    return sorted(path for path in folder.glob("step-*") if (path / _DONE).exists())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The state of a checkpoint; the random number generators are set to where they stood.

    Raises:
        StoreError: the checkpoint is damaged.
    """
    try:
        state = torch.load(path / _STATE, weights_only=True)
    except Exception as error:
        raise StoreError(
            f"{path}: the checkpoint cannot be read ({error}). Remove it to go on from another."
        ) from error
    _set_random_states(state.pop("random"))
    return state


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
    if states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])
