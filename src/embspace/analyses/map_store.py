"""Stored coordinates: one `.npy` per layer of a map, and a small recipe beside it that says what made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embspace.errors import StoreError
from embspace.storage import crc32, read_json, refused, write_aside, write_json


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


def maps_of(folder: Path, space: str) -> list[str]:
    """The keys of the stored maps of a space and of its views; `space` is the fingerprint of the one on disk."""
    keys = []
    for path in sorted(folder.glob("*.json")):
        try:
            recipe = read_json(path)
        except StoreError:  # a damaged recipe is of no map
            continue
        if isinstance(recipe, dict) and space in (recipe.get("stored"), recipe.get("space")):
            keys.append(path.stem)
    return keys


def remove_maps(folder: Path, keys: Iterable[str]) -> int:
    """Delete stored maps, recipe first, so that none is left that seems whole; the bytes that were freed.

    Raises:
        StoreError: the disk refuses.
    """
    freed = 0
    for key in keys:
        for path in (folder / f"{key}.json", folder / f"{key}.npy"):
            try:
                freed += path.stat().st_size
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise refused(path, error) from error
    return freed


def write_map(folder: Path, key: str, coordinates: NDArray[np.float32], recipe: Mapping[str, Any]) -> None:
    """Store (n, dimensions) coordinates, then their recipe: the map counts as stored once its recipe is there.

    Raises:
        StoreError: the disk is full or refuses the write.
    """
    write_aside(folder / f"{key}.npy", lambda stream: np.save(stream, coordinates, allow_pickle=False))
    write_json(folder / f"{key}.json", {**recipe, "crc32": crc32(coordinates.tobytes())})
