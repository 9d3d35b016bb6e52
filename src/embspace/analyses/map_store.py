"""Stored coordinates: one `.npy` per layer of a map, and a small recipe beside it that says what made it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embspace.errors import StoreError
from embspace.storage import crc32, read_json, write_aside, write_json


def read_map(folder: Path, key: str, shape: tuple[int, int]) -> tuple[NDArray[np.float32], dict[str, Any]] | None:
    """The coordinates stored under a key, (n, dimensions), and their recipe.

    None where there are none, or where they are not whole (wrong size or checksum): then they are made again.
    """
    try:
        recipe = read_json(folder / f"{key}.json")
        coordinates = np.load(folder / f"{key}.npy", allow_pickle=False)
    except (OSError, StoreError, ValueError, EOFError):
        return None
    if not isinstance(recipe, dict) or coordinates.shape != shape or coordinates.dtype != np.float32:
        return None
    return (coordinates, recipe) if recipe.get("crc32") == crc32(coordinates.tobytes()) else None


def write_map(folder: Path, key: str, coordinates: NDArray[np.float32], recipe: Mapping[str, Any]) -> None:
    """Store (n, dimensions) coordinates, then their recipe: the map counts as stored once its recipe is there.

    Raises:
        StoreError: the disk is full or refuses the write.
    """
    write_aside(folder / f"{key}.npy", lambda stream: np.save(stream, coordinates, allow_pickle=False))
    write_json(folder / f"{key}.json", {**recipe, "crc32": crc32(coordinates.tobytes())})
