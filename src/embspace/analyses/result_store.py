"""Stored results: a folder per result with a Parquet file per table and what made them; whole or not there at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from embspace.errors import StoreError
from embspace.storage import read_json, refused, sync_folder, write_aside, write_json

FIRST = "result"
"""the file of the first table; others go by their names"""
SETTINGS = "settings.json"


def write_result(folder: Path, key: str, tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Path:
    """Store tables under a key, all of them or none; the folder. What another process stored meanwhile stays.

    Raises:
        StoreError: the disk is full or refuses the write.
    """
    place, aside = folder / key, folder / f".{key}.{uuid4().hex[:8]}.part"
    try:
        for name, path in _files(aside, tables).items():
            write_aside(path, lambda stream, name=name: tables[name].to_parquet(stream, index=False))
        write_json(aside / SETTINGS, {"tables": list(tables), **settings})
        if place.exists() and read_result(folder, key) is None:
            os.replace(place, folder / f".{key}.{uuid4().hex[:8]}.part")
        with suppress(FileExistsError):
            aside.rename(place)
        sync_folder(folder)
    except OSError as error:
        if not place.exists():
            raise refused(place, error) from error
    finally:
        for left in folder.glob(f".{key}.*.part"):
            shutil.rmtree(left, ignore_errors=True)
    return place


def read_result(folder: Path, key: str) -> dict[str, pd.DataFrame] | None:
    """The tables stored under a key, with their `.attrs`; None where there are none, or where they are damaged."""
    place = folder / key
    try:
        names = read_json(place / SETTINGS)["tables"]
        return {name: pd.read_parquet(path) for name, path in _files(place, dict.fromkeys(names)).items()}
    except (StoreError, OSError, KeyError, TypeError, ValueError, pa.ArrowException):
        return None


def _files(folder: Path, tables: Mapping[str, object]) -> dict[str, Path]:
    """Where each table lies."""
    return {name: folder / f"{name if at else FIRST}.parquet" for at, name in enumerate(tables)}
